"""Pages read in processes that may hang or die: each of them is watched, and another goes on after it."""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import resource
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path

from benchmarks.fuzz.checks import Finding, Outcome, outcome
from benchmarks.fuzz.corpus import corpus
from benchmarks.fuzz.mutations import damaged

_AGAIN = 10  # every tenth page is read twice
_MEMORY = 3_000_000_000  # bytes of address space a process may have
_BEGINNING = 60  # wall seconds more for the first page: the corpus is made before it


@dataclass(frozen=True, slots=True)
class Share:
    """The pages of one process: first, first + step, … below `last`. `limit` is in CPU seconds a page."""

    first: int
    last: int
    step: int
    seed: int
    limit: float


Work = Callable[[Share, Connection, Path], None]


def read_pages(share: Share, says: Connection, trace: Path) -> None:
    """Reads the pages of a share; says the number before each and what became of it after."""
    with trace.open("w") as file:
        faulthandler.enable(file=file)
        faulthandler.register(signal.SIGUSR1, file=file)
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        whole = corpus()
        for number in range(share.first, share.last, share.step):
            says.send(number)
            says.send(outcome(damaged(whole, share.seed, number), share.limit, number % _AGAIN == 0))


def outcomes(
    numbers: range, seed: int, jobs: int, limit: float, patience: float, work: Work = read_pages
) -> Iterator[tuple[int, Outcome | Finding]]:
    """Each page's number and what became of it; a Finding where its process hung or died.

    `limit` is in CPU seconds; after `patience` wall seconds at one page a process counts as hanging.
    """
    with tempfile.TemporaryDirectory() as folder:
        lanes = [
            _Lane(
                Share(first, numbers.stop, jobs, seed, limit), patience, Path(folder) / f"trace-{first}", work
            )
            for first in numbers[:jobs]
        ]
        while any(lane.open for lane in lanes):
            wait([lane.hears for lane in lanes if lane.open], timeout=1)
            for lane in lanes:
                yield from lane.heard()


class _Lane:
    """One process after the other, each with a pipe of its own: one that is killed takes no other's down."""

    def __init__(self, share: Share, patience: float, trace: Path, work: Work) -> None:
        self.open = True
        self._patience, self._trace, self._work = patience, trace, work
        self._begin(share)

    def _begin(self, share: Share) -> None:
        context = multiprocessing.get_context("forkserver")
        self.hears, says = context.Pipe(duplex=False)
        self._share, self._at = share, share.first
        self._since = time.monotonic() + _BEGINNING
        self._reading = True
        self._process = context.Process(target=self._work, args=(share, says, self._trace), daemon=True)
        self._process.start()
        says.close()

    def heard(self) -> Iterator[tuple[int, Outcome | Finding]]:
        """What its process has said by now, or that it hangs or died."""
        try:
            while self.open and self.hears.poll():
                said = self.hears.recv()
                self._since = time.monotonic()
                self._reading = isinstance(said, int)
                if isinstance(said, int):
                    self._at = said
                else:
                    yield self._at, said
        except (EOFError, OSError):  # it ended, or was ended
            self._process.join()
            if self._reading:
                yield self._at, self._stuck(f"the process ended with {self._process.exitcode}")
            self._next(self._at + self._share.step)
            return
        if self.open and time.monotonic() - self._since > self._patience:
            os.kill(self._process.pid or 0, signal.SIGUSR1)  # it writes down where it is
            self._process.join(1)
            self._process.kill()
            self._process.join()
            yield self._at, self._stuck("a page without end")
            self._next(self._at + self._share.step)

    def _next(self, first: int) -> None:
        self.hears.close()
        self.open = first < self._share.last
        if self.open:
            share = self._share
            self._begin(Share(first, share.last, share.step, share.seed, share.limit))

    def _stuck(self, cause: str) -> Finding:
        trace = self._trace.read_text("utf-8").splitlines() if self._trace.exists() else []
        ours = [line.strip() for line in trace if "/crawlers/" in line]
        return Finding(cause, " < ".join(line.rpartition("/")[2] for line in ours[:6]))
