"""The stage that looks whether the archive still holds what it held: each byte read, each capture counted."""

from __future__ import annotations

from dataclasses import dataclass

from flows import storing
from flows.crawling import Progress, quiet
from flows.folder import DataFolder
from warehouse import ledger


@dataclass(frozen=True, slots=True)
class Audited:
    """What an audit found.

    `damaged` are captures whose bytes are not those that were written, and files that break off; `lacking`
    are captures that the tables know and the archive has no bytes of; `unread` those that the archive has and
    the tables do not know.
    """

    runs: int
    captures: int
    bytes: int
    damaged: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def fault(self) -> str | None:
        """In one line what is wrong, and what to do; None where nothing is."""
        if self.damaged:
            return (
                f"{len(self.damaged)} places of the archive are damaged, first {self.damaged[0]}:"
                " put the file back from a backup (docs/keeping.md)"
            )
        if self.lacking:
            return (
                f"the archive has no bytes of {len(self.lacking)} captures, first {self.lacking[0]}:"
                " put its file back from a backup (docs/keeping.md)"
            )
        if self.unread:
            never = f"{len(self.unread)} captures were never taken in"
            return f"{never}, first {self.unread[0]}: run `dawn replay`"
        return None


def audit(folder: DataFolder, progress: Progress = quiet) -> Audited:
    """What reading the whole archive shows. Makes no request and changes nothing.

    The caller holds the right to crawl, and has taken in what lay there. What a crawl's kill tore at the end
    of its own file is no damage: that was never a capture.
    """
    from crawlers.packs import segments

    known = ledger.captures_of_runs(folder.warehouse)
    damaged: list[str] = []
    lacking: list[str] = []
    unread: list[str] = []
    captures = read = 0
    lying = segments(folder.archive)
    for done, segment in enumerate(storing.each_at_hand(folder, lying.values()), 1):
        run = segment.run
        found: set[str] = set()
        reading = segment.read()  # which compares each payload with the digest that its record declares
        for capture in reading:
            found.add(capture.id)
        if reading.skipped:
            damaged.append(f"{lying[run]}: {reading.skipped} records are not what was written")
        of_run = known.pop(run, set())
        lacking += sorted(of_run - found)
        unread += sorted(found - of_run)
        if of_run - found and reading.torn:
            damaged.append(f"{lying[run]} breaks off")
        captures += len(found)
        read += segment.size
        progress("reading the archive", done, len(lying))
    for ids in known.values():
        lacking += sorted(ids)
    return Audited(len(lying), captures, read, tuple(damaged), tuple(lacking), tuple(unread))
