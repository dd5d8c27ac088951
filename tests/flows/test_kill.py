"""`kill -9` anywhere on the way, then the same command again: the same tables as without the kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

from crawlers.lookalike import Lookalike, faults
from tests.flows.conftest import stories

# What kills the process, and where: before or in the middle of what the line names.
KILL = "import os, signal\ndef killed(*_, **__): os.kill(os.getpid(), signal.SIGKILL)\n"
STAGES = {
    "before the crawl is started": "import flows.stages as s; s.subprocess.Popen = killed",
    "before extracting": "import crawlers.extracted as e; e.extract_archives = killed",
    "with an extract half written": "import crawlers.extracted as e; e.os.fsync = killed",
    "inside the load, before anything is derived": "import warehouse.load as w; w._derive = killed",
    "inside the load, before the commit": (
        "import warehouse.load as w; derive = w._derive; w._derive = lambda con: (derive(con), killed())"
    ),
    "after the load, before publishing": "import flows.stages as s; s.publish_file = killed",
    "with half a file copied": (
        "import warehouse.publish as p\n"
        "def half(source, target): target.write_bytes(source.read_bytes()[:5000]); killed()\n"
        "p.shutil.copyfile = half"
    ),
    "after the copy, before it is put in place": "import warehouse.publish as p; p.os.fsync = killed",
}


def backfill(data: Path, address: str, site: Lookalike, prelude: str = "") -> subprocess.Popen[str]:
    days = sorted(site.days)
    words = [f"{days[0]}..{days[-1]}", "--site", address, "--delay", "0", "--data", str(data)]
    return subprocess.Popen(
        [sys.executable, "-c", f"{prelude}\nfrom flows.cli import main; main()", "backfill", *words],
        env={key: value for key, value in os.environ.items() if not key.startswith("DAWN_")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(child: subprocess.Popen[str]) -> None:
    _, said = child.communicate(timeout=120)
    assert child.returncode == 0, said


def undisturbed(tmp_path: Path, address: str, site: Lookalike) -> list[tuple[object, ...]]:
    finished(backfill(tmp_path / "undisturbed", address, site))
    return stories(tmp_path / "undisturbed")


@pytest.mark.parametrize("stalled_on", [pytest.param("/newspaper/sport/", marks=pytest.mark.slow), "/news/"])
def test_killed_in_the_middle_of_a_crawl(
    site: Lookalike, address: str, tmp_path: Path, stalled_on: str
) -> None:
    """The command dies at the third listing or the eighth story; its crawl follows it."""
    expected = undisturbed(tmp_path, address, site)
    healed, reached = Event(), Event()
    stall = faults.stall(healed)
    answered = 0

    def stalled(reply: faults.Reply) -> faults.Reply:
        nonlocal answered
        answered += 1
        if answered < (8 if stalled_on == "/news/" else 1):
            return reply
        reached.set()
        return stall(reply)

    site.faults[lambda path: path.startswith(stalled_on)] = stalled
    child = backfill(tmp_path / "data", address, site)
    assert reached.wait(60)
    child.send_signal(signal.SIGKILL)
    child.communicate(timeout=60)
    healed.set()
    site.faults.clear()
    asked = len(site.requests)
    finished(backfill(tmp_path / "data", address, site))
    assert stories(tmp_path / "data") == expected
    again = [request.path for request in site.requests[asked:] if request.path.startswith("/news/")]
    assert len(again) == len(set(again))


@pytest.mark.slow
@pytest.mark.parametrize("where", STAGES)
def test_killed_in_every_stage(site: Lookalike, address: str, tmp_path: Path, where: str) -> None:
    expected = undisturbed(tmp_path, address, site)
    child = backfill(tmp_path / "data", address, site, KILL + STAGES[where])
    child.communicate(timeout=120)
    assert child.returncode == -signal.SIGKILL, f"it was never killed {where}"
    finished(backfill(tmp_path / "data", address, site))
    assert stories(tmp_path / "data") == expected


@pytest.mark.slow
def test_two_backfills_at_once_double_nothing(site: Lookalike, address: str, tmp_path: Path) -> None:
    expected = undisturbed(tmp_path, address, site)
    site.requests.clear()
    for child in [backfill(tmp_path / "data", address, site) for _ in range(2)]:
        finished(child)
    assert stories(tmp_path / "data") == expected
    asked = [request.path for request in site.requests if request.path.startswith("/news/")]
    assert len(asked) == len(set(asked))
