"""`dawn extract` over one large WARC file: one process beside two, and how much memory each takes.

The whole of it: `python -m benchmarks.warc`. Wall time is measured, for that is what several processes are to
save: let nothing else run meanwhile. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from time import perf_counter, sleep

from benchmarks.extract.report import table
from benchmarks.record import spread
from crawlers.archive import ArchiveWriter
from crawlers.lookalike import Lookalike
from crawlers.site import LIVE

REPLICA = Path(
    os.environ.get("DAWN_REPLICA") or Path(__file__).parents[1].resolve().parent / "shared/dawn/replica.py"
)
PAGE_BYTES = 150_000
DISTINCT = 800  # pages; larger files hold them again and again
LOOK = 0.2  # seconds between two looks at the processes
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Run:
    """What one start of the command took."""

    pages: int
    jobs: int
    seconds: float = 0.0
    digest: str = ""
    peaks: dict[int, int] = field(default_factory=dict)  # kB of resident memory at most, by process
    ticks: dict[int, int] = field(default_factory=dict)  # CPU time so far, by process
    main: int = 0
    busy: float = 0.0  # CPU seconds that the machine spent on all its processes meanwhile

    @property
    def cpu(self) -> float:
        """CPU seconds of the command, all its processes together."""
        return sum(self.ticks.values()) / TICKS

    def row(self) -> list[str]:
        """What is shown of it."""
        others = [peak for pid, peak in self.peaks.items() if pid != self.main]
        return [
            f"{self.pages:,}, {self.jobs}",
            f"{self.seconds:.1f}",
            f"{self.pages / self.seconds:.0f}",
            f"{self.cpu:.1f}",
            f"{max(self.busy - self.cpu, 0):.1f}",
            f"{self.peaks[self.main] / 1024:.0f}",
            f"{max(others, default=0) / 1024:.0f}",
        ]


@dataclass(frozen=True, slots=True)
class Runs:
    """All of them, in the order in which they ran."""

    what: str
    made: tuple[Run, ...]
    load: tuple[float, float]  # how much else the machine had to do, before and after

    def __str__(self) -> str:
        columns = ["pages, jobs", "seconds", "pages/s", "CPU seconds", "others' CPU seconds"]
        return "\n".join(
            [
                f"**`dawn extract` over a WARC file: {self.what}.**",
                "",
                table([*columns, "main, peak MB", "another, peak MB"], [run.row() for run in self.made]),
                "",
                "**Two processes against one.**",
                "",
                table(["pages", "times as fast", "times the CPU time"], list(self._ratios())),
                "",
                f"The same bytes: {'yes' if self._same() else 'NO'}. Load of the machine before"
                f" {self.load[0]:.1f}, after {self.load[1]:.1f}.",
            ]
        )

    def _ratios(self) -> Iterator[list[str]]:
        for pages in dict.fromkeys(run.pages for run in self.made):
            runs = [run for run in self.made if run.pages == pages]
            pairs = list(zip(runs[::2], runs[1::2], strict=True))
            fast = [one.seconds / two.seconds for one, two in pairs]
            cpu = [two.cpu / one.cpu for one, two in pairs]
            yield [f"{pages:,}", spread(fast), spread(cpu)]

    def _same(self) -> bool:
        return all(len({run.digest for run in self.made if run.pages == one.pages}) == 1 for one in self.made)


def several_processes(pages: int = 20_000, round_pages: int = 2_000, rounds: int = 5) -> Runs:
    """The command with one process and with two in turn: some rounds over few pages, and one over all."""
    with tempfile.TemporaryDirectory() as folder:
        before = os.getloadavg()[0]
        made: list[Run] = []
        what = ""
        for number, turns in ((round_pages, rounds), (pages, 1)):
            path = Path(folder) / f"{number}.warc.gz"
            what = write_pages(path, number)
            for _ in range(turns):
                made.extend(run(path, number, jobs) for jobs in (1, 2))
        return Runs(what, tuple(made), (before, os.getloadavg()[0]))


def write_pages(path: Path, number: int) -> str:
    """What the pages of this new WARC file are: the replica's where it is at hand, else the look-alike's."""
    made = list(islice(replica() if REPLICA.is_file() else lookalike(), min(DISTINCT, number)))
    once = path.with_suffix(".once")
    fetched_at = datetime(2025, 4, 29, tzinfo=UTC)
    ends = []
    with ArchiveWriter(once) as archive:
        for story_id, page in made:
            url = f"{LIVE}/news/{story_id}/made-up"
            archive.write(url, 200, [("Content-Type", "text/html; charset=utf-8")], page, fetched_at)
            ends.append(once.stat().st_size)
    with path.open("wb") as whole:
        for _ in range(number // len(made)):
            with once.open("rb") as part:
                shutil.copyfileobj(part, whole)
        if rest := number % len(made):
            whole.write(once.read_bytes()[: ends[rest - 1]])
    once.unlink()
    size = sum(len(page) for _, page in made) // len(made)
    name = "the replica" if REPLICA.is_file() else "the look-alike, filled up"
    return f"pages of {name}, {size // 1000} KB each, {path.stat().st_size // number // 1000} KB packed"


def replica() -> Iterator[tuple[int, bytes]]:
    """Real texts in the real page."""
    spec = importlib.util.spec_from_file_location("replica", REPLICA)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    site = module.Site(REPLICA.parent / "texts/articles-2025-sample.jsonl.gz")
    for story in site.stories.values():
        yield story.id, story.page(LIVE).encode()


def lookalike() -> Iterator[tuple[int, bytes]]:
    """Pages of the made-up site with chrome after them, so that they are as long as real ones."""
    days = 14
    site = Lookalike(days=days)
    for number in site.stories:
        page = site.page(number, LIVE)
        link = "<li class='menu__item'><a class='menu__link' href='/trends/{}'>Topic {}</a></li>\n"
        missing = max(PAGE_BYTES - len(page), 0)
        chrome = "".join(link.format(n, n) for n in range(missing // len(link)))
        yield number, page.replace("</body>", f"<ul>{chrome}</ul></body>").encode()


def run(path: Path, pages: int, jobs: int) -> Run:
    """One start of the command over this file, its processes looked at from outside."""
    made = Run(pages, jobs)
    lines = path.with_suffix(".jsonl")
    command = [sys.executable, "-c", "from flows.cli import main; main()", "extract", "--jobs", str(jobs)]
    with lines.open("wb") as out:
        began, busy = perf_counter(), _busy()
        with subprocess.Popen([*command, str(path)], stdout=out) as process:
            made.main = process.pid
            while process.poll() is None:
                for pid in _family(process.pid):
                    _look(pid, made)
                sleep(LOOK)
        made.seconds, made.busy = perf_counter() - began, _busy() - busy
    if process.returncode:
        raise SystemExit(f"`dawn extract` failed: {process.returncode}")
    with lines.open("rb") as written:
        made.digest = hashlib.file_digest(written, "sha256").hexdigest()
    lines.unlink()
    return made


def _family(pid: int) -> Iterator[int]:
    """A process and all that it started."""
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from _family(int(child))


def _busy() -> float:
    """CPU seconds that the machine has worked since it started, in programs and for them."""
    user, nice, system = Path("/proc/stat").read_text().split()[1:4]
    return (int(user) + int(nice) + int(system)) / TICKS


def _look(pid: int, made: Run) -> None:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        times = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return
    peak = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    if peak:
        made.peaks[pid] = int(peak[0])
        made.ticks[pid] = int(times[11]) + int(times[12])


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=several_processes.__doc__)
    asked.add_argument("--pages", type=int, default=20_000)
    asked.add_argument("--round-pages", type=int, default=2_000)
    asked.add_argument("--rounds", type=int, default=5)
    given = asked.parse_args()
    print(several_processes(given.pages, given.round_pages, given.rounds))
