"""Runs of the archive that the store alone has, brought to hand while they are read, or for good."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

from crawlers.packs import AWAY, Segment, grouped, is_pack, sidecar_of
from crawlers.store import Store, StoreError

ARCHIVE = "archive"
"""The folder of WARC files, here as in a store."""

BATCH = 256 << 20
"""Bytes that are brought at once: so much room they need besides the archive."""


@contextmanager
def at_hand(segments: Iterable[Segment], store: Store | None) -> Iterator[list[Segment]]:
    """These runs as segments of files that lie here, in their order, while the block runs.

    Those that lie here are what they are, and no store is asked. Of a pack the bytes between the first and
    the last of them come in one go. Each run is compared with its digest. Raises StoreError.
    """
    wanted = list(segments)
    missing = [segment for segment in wanted if segment.away is not None and not segment.path.exists()]
    if not missing:
        yield [_here(segment) for segment in wanted]
        return
    with tempfile.TemporaryDirectory(prefix="dawn-at-hand-") as scratch:
        brought = bring(missing, store_of_these(missing, store), Path(scratch))
        yield [brought.get(segment.run) or _here(segment) for segment in wanted]


def batches(segments: Iterable[Segment], most: int = BATCH) -> Iterator[list[Segment]]:
    """The runs in groups for `at_hand`, none of many more bytes than `most`, unless one run has more.

    Runs of one file stand together, in the order in which they lie there.
    """
    return grouped(sorted(segments, key=lambda one: (one.path, one.start)), most)


def bring(segments: Sequence[Segment], store: Store, scratch: Path) -> dict[str, Segment]:
    """The runs in files of `scratch`, by name; each has the digest that is noted of it. Raises StoreError."""
    found: dict[str, Segment] = {}
    ordered = sorted(segments, key=lambda one: (one.path, one.start))
    for path, of_file in groupby(ordered, key=lambda one: one.path):
        runs = list(of_file)
        start, end = runs[0].start, max(run.start + run.size for run in runs)
        target = scratch / path.name
        store.get_range(f"{ARCHIVE}/{path.name}", target, start, end)
        for run in runs:
            here = Segment(target, run.run, run.start - start, run.start + run.size - start)
            if run.away is not None and here.sha256() != run.away:
                raise StoreError(
                    f"{ARCHIVE}/{path.name} in {store.url} does not hold {run.run} as it was sent there:"
                    " run it again; if that is no use, put it back from a backup"
                )
            found[run.run] = here
    return found


def bring_home(path: Path, store: Store | None) -> None:
    """Nothing; a file that the store alone had lies in the archive again, whole. Raises StoreError."""
    name = f"{ARCHIVE}/{path.name}"
    note = path.with_name(path.name + AWAY)
    if store is None:
        raise _nowhere(path)
    if is_pack(path):
        store.get(name.removesuffix(".warc.gz") + ".json", sidecar_of(path))
    store.get(name, path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    note.unlink(missing_ok=True)


def store_of_these(segments: Sequence[Segment], store: Store | None) -> Store:
    """The store, if there is one. Raises StoreError where these runs can be nowhere."""
    if store is None:
        raise _nowhere(segments[0].path)
    return store


def _nowhere(path: Path) -> StoreError:
    return StoreError(f"{path.name} lies in a store, and none is named: give it with --store or DAWN_STORE")


def _here(segment: Segment) -> Segment:
    return segment if segment.away is None else Segment(segment.path, segment.run, segment.start, segment.end)
