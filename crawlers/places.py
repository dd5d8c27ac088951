"""Where in which WARC file a capture's record lies, and the command line that prints it."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from crawlers.records import Records, TornError, is_zipped


@dataclass(frozen=True, slots=True)
class Lying:
    """A record's place: `length` bytes from `offset` on, as the file lies there, compressed where it is.

    `length` is None inside a gzip member of many records: there `offset` is the member's.
    """

    path: Path
    offset: int
    length: int | None
    zipped: bool

    @property
    def command(self) -> str:
        """One line for a shell that prints the record: WARC head, HTTP head, the payload as it was sent."""
        behind = f"tail -c +{self.offset + 1} {shlex.quote(str(self.path))}"
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
