"""What of a data folder the store has, and how it comes to have it; and what may leave the folder for that.

A folder without a store asks nobody for anything: all of this does nothing there. The truth is what lies in
the folder, or is noted there as lying in the store alone (`crawlers.away`): `keep` brings the store to it,
again and again, so that it does not matter where the last one was killed.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flows.folder import DataFolder

if TYPE_CHECKING:
    from crawlers.packs import Segment
    from crawlers.store import Store

FOLDERS = ("archive", "journal", "extracted")
"""What a store has of a data folder, and in which order: a journal is there once its archive file is."""

AT_ONCE = 8
"""Files that are sent or fetched at once: most are small, and wait for the answer."""

_LOG = logging.getLogger(__name__)

Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class Kept:
    """What was done to a store: files sent that it lacked, their bytes, files changed and deleted there."""

    sent: int = 0
    bytes: int = 0
    replaced: int = 0
    deleted: int = 0

    def __bool__(self) -> bool:
        return bool(self.sent or self.replaced or self.deleted)


def store_of(folder: DataFolder) -> Store | None:
    """The folder's store, not yet asked for anything; None where it has none."""
    if folder.store is None:
        return None
    from crawlers.store import Store

    return Store(folder.store)


def keep(folder: DataFolder, progress: Progress = lambda *_: None) -> Kept:
    """What it took to bring the store to what the folder says: runs that are over, journals, extracts.

    The caller holds the right to crawl. Raises StoreError; what was sent until then is there. Files go from
    the store only where the folder says the same without them: all runs of an archive file lie in others that
    the store has, an extract is of older rules than one that it has.
    """
    store = store_of(folder)
    if store is None:
        return Kept()
    from flows.crawling import await_writers

    await_writers(folder)
    claim(folder, store)
    replaced, deleted = _tell_changes(folder, store)
    there = {name: store.names(name) for name in FOLDERS}
    here = _here(folder)
    lacking = [
        (f"{path.parent.name}/{path.name}", path)
        for path in here
        if there[path.parent.name].get(path.name) != path.stat().st_size
    ]
    size = sum(path.stat().st_size for _, path in lacking)
    sent = 0
    if lacking:
        progress("sending to the store", 0, len(lacking))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for folder_of in FOLDERS:
            part = [each for each in lacking if each[1].parent.name == folder_of]
            for was_sent in pool.map(lambda each: store.put(*each), part):
                sent += was_sent
                progress("sending to the store", sent, len(lacking))
    for _, path in lacking:
        there[path.parent.name][path.name] = path.stat().st_size
    over = _superseded(folder, store, there["archive"]) | _outdated(there["extracted"])
    store.delete(over)
    return Kept(sent, size if sent else 0, replaced, deleted + len(over))


def kept(folder: DataFolder, progress: Progress = lambda *_: None) -> str | None:
    """Why the store has not what it should have, in a line; None where it has, and where there is none.

    What may leave the folder for that has left it.
    """
    if folder.store is None:
        return None
    from crawlers.store import StoreError

    try:
        keep(folder, progress)
        let_go(folder)
    except StoreError as error:
        return f"{error} (what was fetched is in {folder.root}; `dawn send` sends what the store lacks)"
    return None


def kept_so_far(folder: DataFolder, progress: Progress = lambda *_: None) -> bool:
    """Whether the store, if there is one, has what is here: else there is a warning, and work goes on.

    `kept`, at the end of a pass, tries again and is believed.
    """
    from crawlers.store import StoreError

    try:
        keep(folder, progress)
    except StoreError as error:
        _LOG.warning("%s", error)
        return False
    return True


def claim(folder: DataFolder, store: Store) -> None:
    """Nothing; the store belongs to the folder's site, and the folder remembers which store it has.

    Raises StoreError where it belongs to another, and where it had been in use and is empty now.
    """
    store.claim(folder.site, folder.root / "site.json", in_use=folder.store_note.exists())
    if not folder.store_note.exists():
        beside = folder.store_note.with_name(f"{folder.store_note.name}.new")
        beside.write_text(json.dumps({"url": store.url}) + "\n", "utf-8")
        beside.replace(folder.store_note)


# ── changes ──────────────────────────────────────────────────────────────────────────────────────────────


def about_to_change(folder: DataFolder, paths: Iterable[Path]) -> None:
    """Nothing; it is noted that these files will say something else than the store, or be gone.

    Before they are touched: who is killed meanwhile leaves the note, and the next `keep` heeds it.
    """
    if folder.store is None:
        return
    folders = set()
    for path in paths:
        note = folder.changed / path.parent.name / path.name
        note.parent.mkdir(parents=True, exist_ok=True)
        note.touch()
        folders.add(note.parent)
    for each in folders:
        descriptor = os.open(each, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _tell_changes(folder: DataFolder, store: Store) -> tuple[int, int]:
    """How many files were changed in the store, and how many deleted there, because they were here."""
    from crawlers.packs import away

    noted = sorted(folder.changed.glob("*/*"))
    gone, deleted, replaced = set(away(folder.archive)), set(), 0
    for note in noted:
        path = folder.root / note.parent.name / note.name
        if path in gone:  # it was left as it is
            continue
        if path.exists():
            store.replace(f"{note.parent.name}/{note.name}", path)
            replaced += 1
        elif note.parent.name != "archive":  # an archive file goes once its runs are there in others
            deleted.add(f"{note.parent.name}/{note.name}")
    store.delete(deleted)
    for note in noted:
        note.unlink()
    return replaced, len(deleted)


def _here(folder: DataFolder) -> list[Path]:
    """The files that the store should have, packs' sidecars before the packs."""
    from crawlers.extract import RULES
    from crawlers.packs import files, is_pack, sidecar_of

    archive = files(folder.archive)
    sidecars = [sidecar_of(path) for path in archive if is_pack(path) and sidecar_of(path).exists()]
    journals = sorted(folder.journal.glob("*.jsonl"))
    extracts = sorted(folder.extracted.glob(f"*.{RULES}.jsonl.gz"))
    return [*sidecars, *archive, *journals, *extracts]


def _superseded(folder: DataFolder, store: Store, there: dict[str, int]) -> set[str]:
    """Archive files of the store that the folder has put into others: all their runs lie in those."""
    from crawlers.packs import away, files, segments, sidecar_of

    known = {path.name for path in (*files(folder.archive), *away(folder.archive))}
    strange = sorted(name for name in there if name.endswith(".warc.gz") and name not in known)
    if not strange:
        return set()
    elsewhere = {run for run, one in segments(folder.archive).items() if one.path.name in there}
    over = set()
    for name in strange:
        runs = {name.removesuffix(".warc.gz")}
        sidecar = sidecar_of(Path(name)).name
        if runs <= elsewhere:
            over.add(f"archive/{name}")
        elif sidecar in there and _runs_of(store, sidecar) <= elsewhere:
            over |= {f"archive/{name}", f"archive/{sidecar}"}
    return over


def _runs_of(store: Store, sidecar: str) -> set[str]:
    """The runs that a sidecar in the store names. Raises StoreError where it is none."""
    from crawlers.store import StoreError

    try:
        return {str(one["run"]) for one in json.loads(store.read(f"archive/{sidecar}"))["runs"]}
    except (ValueError, KeyError, TypeError):
        raise StoreError(f"{store.url}/archive/{sidecar} is no sidecar of a pack: delete it") from None


def _outdated(there: dict[str, int]) -> set[str]:
    """Extracts of the store that are of other rules than today's, where it has today's too."""
    from crawlers.extract import RULES
    from flows.metering import run_of_extract

    ending = f".{RULES}.jsonl.gz"
    current = {run_of_extract(Path(name)) for name in there if name.endswith(ending)}
    return {
        f"extracted/{name}"
        for name in there
        if not name.endswith(ending) and run_of_extract(Path(name)) in current
    }


# ── leaving the folder, and coming back ──────────────────────────────────────────────────────────────────


def let_go(folder: DataFolder) -> int:
    """How many archive files left the folder because the store has them: beyond the bound, the oldest first.

    Each is compared with the store's size and digest before it goes. What is to be extracted yet stays.
    """
    from crawlers.extracted import file_name
    from crawlers.packs import files, is_pack, note_away, segments, sidecar_of
    from crawlers.store import facts

    store = store_of(folder)
    if store is None or folder.local_archive is None:
        return 0
    paths = sorted(files(folder.archive), key=_age)
    total = sum(path.stat().st_size for path in paths)
    if total <= folder.local_archive:
        return 0
    there = store.names("archive")
    waiting = {
        one.path
        for run, one in segments(folder.archive).items()
        if not (folder.extracted / file_name(run)).exists()
    }
    left = 0
    for path in paths:
        size = path.stat().st_size
        if total <= folder.local_archive:
            break
        if path in waiting or there.get(path.name) != size:
            continue
        if store.facts(f"archive/{path.name}") != facts(path):
            continue
        note_away(path)
        path.unlink()
        if is_pack(path):
            sidecar_of(path).unlink(missing_ok=True)
        total -= size
        left += 1
    return left


def _age(path: Path) -> str:
    """What sorts archive files by when their first run began: `2026-11.002…` before `20261103T…`."""
    return path.name.replace("-", "", 1) if path.name[4:5] == "-" else path.name


def at_hand(folder: DataFolder, segments: Iterable[Segment]) -> AbstractContextManager[list[Segment]]:
    """These runs as files that lie here, while the block runs. Raises StoreError where they cannot be had."""
    from crawlers.away import at_hand

    return at_hand(segments, store_of(folder))


def each_at_hand(folder: DataFolder, segments: Iterable[Segment]) -> Iterator[Segment]:
    """These runs one by one as files that lie here: each until the next one is asked for."""
    from crawlers.away import batches

    for batch in batches(segments):
        with at_hand(folder, batch) as here:
            yield from here


def bring_small_ones_home(folder: DataFolder, progress: Progress = lambda *_: None) -> None:
    """Nothing; what a compaction may put together lies here again: runs of their own, unfilled packs.

    Where only packs are away that get no more runs, nothing comes.
    """
    from crawlers.away import bring_home
    from crawlers.packs import PACK_BYTES, away, files, is_pack, run_month

    gone = away(folder.archive)
    own = [path for path in gone if not is_pack(path)]
    months = {run_month(path.name) for path in (*own, *files(folder.archive)) if not is_pack(path)}
    unfilled = [
        path
        for path, runs in gone.items()
        if is_pack(path) and path.name[:7] in months and sum(run.size for run in runs) < PACK_BYTES // 2
    ]
    for done, path in enumerate([*own, *unfilled], 1):
        bring_home(path, store_of(folder))
        progress("bringing runs home", done, len(own) + len(unfilled))


@dataclass(frozen=True, slots=True)
class Restored:
    """What came out of a store: files and their bytes, and archive files that are noted as lying there."""

    files: int
    bytes: int
    left: int


def bring_all(folder: DataFolder, progress: Progress = lambda *_: None) -> Restored:
    """What came out of the store: all that the folder lacks; the oldest archive files beyond its bound stay.

    Raises StoreError, also where the folder has another file under a name of the store's. The caller holds
    the right to crawl.
    """
    from crawlers.extract import RULES
    from crawlers.packs import AWAY

    store = store_of(folder)
    assert store is not None
    claim(folder, store)
    there = {name: store.names(name) for name in FOLDERS}
    archive = {name: size for name, size in there["archive"].items() if name.endswith(".warc.gz")}
    staying = _staying(archive, folder.local_archive)
    wanted: list[tuple[str, Path]] = []
    size = 0
    for folder_of in reversed(FOLDERS):  # extracts, journals, archive files: each is of use without the next
        for name, length in there[folder_of].items():
            path = folder.root / folder_of / name
            if folder_of == "extracted" and not name.endswith(f".{RULES}.jsonl.gz"):
                continue
            if name in staying or path.with_name(name + AWAY).exists():
                continue
            if not path.exists():
                wanted.append((f"{folder_of}/{name}", path))
                size += length
            elif path.stat().st_size != length:
                raise _differs(store, folder, f"{folder_of}/{name}")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for done, _ in enumerate(pool.map(lambda each: store.get(*each), wanted), 1):
            progress("coming from the store", done, len(wanted))
        left = [name for name in staying if not (folder.archive / (name + AWAY)).exists()]
        for done, _ in enumerate(pool.map(lambda name: _note(folder, store, name), left), 1):
            progress("noting what stays there", done, len(left))
    return Restored(len(wanted), size, len(staying))


def _staying(archive: dict[str, int], bound: int | None) -> set[str]:
    """The archive files that stay in the store: the oldest, so many that the rest is within the bound."""
    staying = set()
    over = sum(archive.values()) - bound if bound is not None else 0
    for name in sorted(archive, key=lambda name: _age(Path(name))):
        if over <= 0:
            break
        staying.add(name)
        over -= archive[name]
    return staying


def _note(folder: DataFolder, store: Store, name: str) -> None:
    """Nothing; it is noted which runs a file of the store holds that stays there."""
    from crawlers.packs import is_pack, note_away_of, sidecar_of
    from crawlers.store import StoreError

    path = folder.archive / name
    if path.exists():
        return
    said = store.read(f"archive/{sidecar_of(path).name}") if is_pack(path) else None
    try:
        note_away_of(path, store.facts(f"archive/{name}"), said)
    except (ValueError, KeyError, TypeError):
        raise StoreError(
            f"{store.url}/archive/{sidecar_of(path).name} does not say which runs {name} has: restore without"
            " local-archive, which reads them in the file itself"
        ) from None


def _differs(store: Store, folder: DataFolder, name: str) -> Exception:
    from crawlers.store import StoreError

    return StoreError(
        f"{folder.root} has another {name} than {store.url}: nothing was replaced; restore into a new folder"
    )
