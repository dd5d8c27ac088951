"""The stage that brings captures of others into the archive: WARC files in, runs of our own out.

Runs are named `…-import-…`; each has an archive file and a journal as a crawl has them, and is extracted,
judged and loaded like one. No network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from flows.folder import DataFolder, run_id
from flows.forgetting import remembered
from warehouse import ledger

if TYPE_CHECKING:
    from crawlers.foreign import Found, Known, Taken

IMPORT = "import"
"""Stands in the names of runs where a crawl has its spider."""

RUN_BYTES = 256_000_000
"""Bytes of pages for one run: what a load takes in at once is one run at least, and must fit into memory."""

_NAMES = 5  # files named in a journal; of more it is said how many


@dataclass(frozen=True, slots=True)
class Brought:
    """What an import did: its runs, none where nothing was new, and what became of each file's records."""

    runs: tuple[str, ...]
    files: tuple[Found, ...]

    @property
    def taken(self) -> int:
        """Captures that were taken in."""
        return sum(found.taken for found in self.files)


def bring(
    folder: DataFolder,
    files: Sequence[Path],
    progress: Callable[[str, int, int | None], None] = lambda *_: None,
) -> Brought:
    """What these WARC files add to the folder's archive, each capture once, under its record's own id.

    What is held must be loaded already, and the caller holds the right to crawl. The files are read and left
    as they are. Killed at any moment the archive has what was written until then; done again the rest comes
    in. Extracts nothing, loads nothing.
    """
    from crawlers.foreign import Foreign

    foreign = Foreign(folder.site, lambda asked: _known(folder.warehouse, asked), remembered(folder))
    said = ", ".join(path.name for path in files[:_NAMES])
    what = said if len(files) <= _NAMES else f"{said} and {len(files) - _NAMES} more"
    runs = _Runs(folder, what)
    try:
        for path in files:
            for taken in foreign.captures(path):
                runs.keep(taken)
                progress(f"taking in {path.name}", runs.captures, None)
            progress(f"read {path.name}", runs.captures, None)
        for taken in foreign.late():
            runs.keep(taken)
    except BaseException as error:
        with suppress(OSError):  # a full disk has no room for this line either
            runs.break_off(error)
        raise
    runs.end()
    return Brought(tuple(runs.names), tuple(foreign.found))


def _known(warehouse: Path, asked: Sequence[tuple[str, str, datetime]]) -> list[Known]:
    from crawlers.foreign import Known

    return [
        Known(each.capture_id, each.url, each.fetched_at, each.digest, each.same or each.capture_id)
        for each in ledger.held(warehouse, asked)
    ]


class _Runs:
    """The runs of one import: the first begins with the first capture, another where one becomes large."""

    def __init__(self, folder: DataFolder, what: str) -> None:
        self.names: list[str] = []
        self.captures = 0
        self._folder, self._what = folder, what
        self._open = False

    def keep(self, taken: Taken) -> None:
        """Nothing; the capture stands in the archive."""
        if self._open and self._archive.bytes > RUN_BYTES:
            self.end()
        if not self._open:
            self._begin()
        self._archive.keep(taken.capture, taken.original)
        self.captures += 1
        self._of_run += 1

    def _begin(self) -> None:
        from crawlers.archive import ArchiveWriter
        from crawlers.journal import JournalWriter

        name = run_id(IMPORT)
        self.names.append(name)
        # The journal first, as a crawl does it: a run that has an archive has a journal.
        self._journal = JournalWriter(self._folder.journal / f"{name}.jsonl")
        self._journal.begin(
            run=name,
            spider=IMPORT,
            site=self._folder.site,
            day=None,
            delay=None,
            user_agent=None,
            sections=(),
            stories=0,
        )
        facts = {"isPartOf": name, "description": f"captures of {self._folder.site} from {self._what}"}
        self._archive = ArchiveWriter(self._folder.archive / f"{name}.warc.gz", facts=facts)
        self._open, self._of_run = True, 0

    def end(self) -> None:
        """Nothing; the run that is open is over and on the disk, if one is."""
        from crawlers.journal import Outcome

        self._close(Outcome.FINISHED, f"{self._of_run} captures from {self._what}" if self._open else "")

    def break_off(self, error: BaseException) -> None:
        """Nothing; the run that is open is over, and its journal says why."""
        from crawlers.journal import Outcome

        interrupted = isinstance(error, KeyboardInterrupt)
        said = "interrupted" if interrupted else f"broke off: {str(error) or repr(error)}"
        self._close(Outcome.STOPPED if interrupted else Outcome.FAILED, f"{self._what}: {said}")

    def _close(self, outcome: object, reason: str) -> None:
        from crawlers.journal import Outcome

        if not self._open:
            return
        self._open = False
        assert isinstance(outcome, Outcome)
        try:
            self._archive.close()
            self._journal.end(
                outcome=outcome,
                reason=reason,
                requests=0,
                responses=self._of_run,
                bytes_=self._archive.bytes,
            )
        finally:
            self._journal.close()  # whoever reads the run waits for that
