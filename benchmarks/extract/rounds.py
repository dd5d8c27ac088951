"""The tools at work: a process each, the pages in small lots, each lot given to one tool after the other.

So the machine's moods fall on all of them alike, and a ratio of two tools holds where a time does not.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.extract.scoring import Page, Totals, score, totals
from benchmarks.extract.tools import ROOT, NotInstalledError, Tool, interpreter

_LOT = 25
_TICK = 0.01  # seconds: some machines' clocks of CPU time tick no oftener, and a few pages take no tick


@dataclass(frozen=True, slots=True)
class Figures:
    """What one tool did. Without `totals` it could not be measured, and `missing` says why."""

    tool: Tool
    version: str = ""
    rates: tuple[float, ...] = ()  # pages per CPU second, a round each
    peak_mb: float = 0.0
    totals: Totals | None = None
    failed: int = 0  # pages it raised on, or refused
    changed: int = 0  # pages that came out otherwise in a later round
    asked: int = 0  # times it asked for the network
    missing: str = ""


class UnavailableError(Exception):
    """A tool's process does not start, or came to its end."""


@dataclass(slots=True)
class Worker:
    """A tool's process, and the sums of what it answered."""

    tool: Tool
    process: subprocess.Popen[str]
    version: str = ""
    seconds: list[float] = field(default_factory=list)  # a round each
    last: dict[str, Any] = field(default_factory=dict)
    failed: int = 0
    changed: int = 0

    def answer(self) -> dict[str, Any]:
        """Its next answer."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise UnavailableError(f"its process ended with {self.process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "unavailable" in answer:
            raise UnavailableError(answer["unavailable"])
        return answer

    def read(self, lot: Sequence[Page], *, first: bool) -> None:
        """Has it read some pages. What is read first is kept, and not timed."""
        assert self.process.stdin is not None
        pages = [{"file": page.file, "url": page.url} for page in lot]
        try:
            self.process.stdin.write(json.dumps({"pages": pages, "keep": first}) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError as error:
            raise UnavailableError(f"its process ended with {self.process.wait()}") from error
        self.last = self.answer()
        if first:
            self.failed += self.last["failed"]
        else:
            self.seconds[-1] += self.last["cpu"]
            self.changed += self.last["changed"]


@contextmanager
def _at_work(tool: Tool, folder: Path) -> Iterator[Worker]:
    """A process of the tool, which has been imported. It is ended with the block, if it still runs."""
    script = Path(__file__).with_name("worker.py")
    # -P: its own folder must not hide a tool's modules. Caches go where everything else of the run goes.
    command = [str(interpreter(tool)), "-P", str(script), tool.way, tool.package, str(folder)]
    own = {"PYTHONPATH": "" if tool.requires else str(ROOT), "PYTHONHASHSEED": "0", "PYTHONNOUSERSITE": "1"}
    environment = os.environ | own | {"TMPDIR": str(folder), "TLDEXTRACT_CACHE": str(folder / "tlds")}
    with (
        (folder / f"{tool.way}.log").open("w", encoding="utf-8") as log,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=environment
        ) as process,
    ):
        worker = Worker(tool, process)
        try:
            worker.version = worker.answer()["version"]
            yield worker
        finally:
            process.kill()
            assert process.stdin is not None
            # A request that a dead process never took would be sent once more, and fail the whole run.
            with suppress(BrokenPipeError):
                process.stdin.close()


def measured(tools: Sequence[Tool], pages: Sequence[Page], folder: Path, rounds: int) -> list[Figures]:
    """The figures of every tool, in the order given; after one round that is not timed.

    An optional tool that is not there is left out.
    """
    missing: dict[str, str] = {}
    left_out: set[str] = set()
    with ExitStack() as stack:
        workers: list[Worker] = []
        for tool in tools:
            try:
                workers.append(stack.enter_context(_at_work(tool, folder)))
            except NotInstalledError as error:
                missing[tool.name] = f"not installed: {error}"
            except UnavailableError as error:
                if tool.optional:
                    left_out.add(tool.name)
                missing[tool.name] = f"not available: {error}"
        lots = [pages[start : start + _LOT] for start in range(0, len(pages), _LOT)]
        for turn in range(rounds + 1):
            print(f"round {turn} of {rounds}" if turn else "warming up", file=sys.stderr)
            for worker in workers:
                if turn:
                    worker.seconds.append(0.0)
            for number, lot in enumerate(lots):
                # Another order each time, so that nobody always comes after the same other.
                for worker in Random(f"{turn}/{number}").sample(workers, len(workers)):
                    if worker.tool.name in missing:
                        continue
                    try:
                        worker.read(lot, first=turn == 0)
                    except UnavailableError as error:
                        missing[worker.tool.name] = f"stopped: {error}"
                        log = (folder / f"{worker.tool.way}.log").read_text("utf-8", "replace")
                        print(f"{worker.tool.name} stopped: {error}\n{log[-2000:]}", file=sys.stderr)
        done = {worker.tool.name: worker for worker in workers}
        return [
            Figures(tool, missing=missing[tool.name])
            if tool.name in missing
            else _figures(done[tool.name], pages, folder)
            for tool in tools
            if tool.name not in left_out
        ]


def _figures(worker: Worker, pages: Sequence[Page], folder: Path) -> Figures:
    by_file = {page.file: page for page in pages}
    with (folder / f"{worker.tool.way}.jsonl").open(encoding="utf-8") as lines:
        told = [json.loads(line) for line in lines]
    if all("failed" in said for said in told):
        return Figures(worker.tool, worker.version, missing=f"fails on every page: {told[0]['failed']}")
    scores = [score(said, by_file[said["file"]]) for said in told]
    return Figures(
        tool=worker.tool,
        version=worker.version,
        rates=tuple(len(pages) / max(seconds, _TICK) for seconds in worker.seconds),
        peak_mb=worker.last["peak_kb"] / 1024,
        totals=totals(scores),
        failed=worker.failed,
        changed=worker.changed,
        asked=worker.last["asked"],
    )
