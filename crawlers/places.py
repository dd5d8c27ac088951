"""Where in which WARC file a capture's record lies, the command that prints it, and the capture itself."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from crawlers.away import at_hand
from crawlers.items import Capture
from crawlers.packs import Segment, segments
from crawlers.reading import answer
from crawlers.records import Records, TornError, is_zipped
from crawlers.site import MAX_PAGE_BYTES
from crawlers.store import Store, StoreError

_LONGEST = 2 * MAX_PAGE_BYTES  # bytes of a record that are held: more gives no page


@dataclass(frozen=True, slots=True)
class Lying:
    """A record's place: `length` bytes from `offset` on, as the file lies there, compressed where it is.

    `length` is None inside a gzip member of many records: there `offset` is the member's.
    """

    path: Path
    offset: int
    length: int | None
    zipped: bool
    store: str | None = None  # where the file lies, if it does not lie here

    @property
    def command(self) -> str:
        """One line for a shell that prints the record: WARC head, HTTP head, the payload as it was sent.

        Of an object by Amazon's own command, which reads it from its beginning.
        """
        behind = f"tail -c +{self.offset + 1}"
        if self.store is not None and self.store.startswith("s3:"):
            behind = f"aws s3 cp {shlex.quote(self.store)} - | {behind}"
        else:
            behind += f" {shlex.quote((self.store or str(self.path)).removeprefix('file://'))}"
        cut = f" | head -c {self.length}" if self.length is not None else ""
        return behind + cut + (" | gunzip" if self.zipped else "")


def places(archives: Iterable[Path], captures: Collection[str]) -> dict[str, Lying]:
    """Where these captures lie; the files are read in this order, as far as it takes to find all of them.

    A record that breaks off, and what stands behind it, is not found. Nothing is parsed but records' heads.
    """
    found: dict[str, Lying] = {}
    for path in archives:
        if len(found) == len(set(captures)):
            break
        with path.open("rb") as file:
            zipped = is_zipped(file)
            records = Records(file)
            try:
                while (named := records.head()) is not None:
                    offset, inside = records.place
                    records.block(int(named.get("content-length", "")), keep=False)
                    identity = named.get("warc-record-id", "").strip("<> ")
                    if identity in captures and identity not in found:
                        end = None if inside else records.after
                        length = None if end is None else end - offset
                        found[identity] = Lying(path, offset, length, zipped)
            except (TornError, ValueError):
                continue
    return found


def capture_of(archive: Path, run: str, capture_id: str, store: str | None = None) -> Capture | None:
    """A run's capture with its bytes, from the run's own file, its pack, or the store; None without any.

    Only of a record that has bytes: a revisit's lie in another. Records before it are passed over unparsed.
    """
    try:
        lying = segments(archive).get(run)
        if lying is None:
            return None
        with at_hand([lying], Store(store) if store else None) as (here,):
            return _capture_in(here, capture_id)
    except (OSError, TornError, ValueError, StoreError):  # broken off, or compacted in this very moment
        return None


def _capture_in(lying: Segment, capture_id: str) -> Capture | None:
    with lying.path.open("rb") as file:
        records = Records(file, lying.start)
        while (named := records.head()) is not None:
            offset, _ = records.place
            if lying.end is not None and offset >= lying.end:
                return None
            identity = named.get("warc-record-id", "").strip("<> ")
            wanted = named.get("warc-type") == "response" and identity == capture_id
            length = int(named.get("content-length", ""))
            block = records.block(length, keep=wanted and length <= _LONGEST)
            if wanted:
                return answer(named, block) if length <= _LONGEST else None
    return None
