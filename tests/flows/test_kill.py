"""`kill -9` anywhere on the way, then the same command again: the same tables as without the kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from threading import Event

import pytest

from crawlers.lookalike import Lookalike, faults
from tests.flows.conftest import stories

# What kills the process, and where: before or in the middle of what the line names.
KILL = "import os, signal\ndef killed(*_, **__): os.kill(os.getpid(), signal.SIGKILL)\n"
STAGES = {
    "before the crawl is started": "import flows.crawling as c; c.subprocess.Popen = killed",
    "after a crawl": (
        "import flows.stages as s; crawl = s.crawl; s.crawl = lambda *a, **k: (crawl(*a, **k), killed())"
    ),
    "before extracting": "import crawlers.extracted as e; e.extract_archives = killed",
    "with an extract half written": "import crawlers.extracted as e; e.os.fsync = killed",
    "before the rail meter": "import flows.metering as m; m.judge = killed",
    "with a verdict half written": "import crawlers.journal as j; j.os.fsync = killed",
    "before looking for missing fields": "import flows.passes as p; p.watch = killed",
    "inside the load, before anything is derived": "import warehouse.load as w; w._derive = killed",
    "inside the load, between articles and ledger": "import warehouse.edits as e; e.keep_up = killed",
    "inside the load, before the commit": (
        "import warehouse.load as w; derive = w._derive; w._derive = lambda con: (derive(con), killed())"
    ),
    "after the commit, before the checkpoint": (
        "import warehouse.load as w; load = w._load; w._load = lambda *a: (load(*a), killed())"
    ),
    "after the load, before publishing": "import flows.stages as s; s.publish_file = killed",
    "with half a file copied": (
        "import warehouse.publish as p\n"
        "def half(source, target): target.write_bytes(source.read_bytes()[:5000]); killed()\n"
        "p.shutil.copyfile = half"
    ),
    "after the copy, before it is put in place": "import warehouse.publish as p; p.os.fsync = killed",
    "before the index": "import warehouse.search as w; w.keep_up = killed",
    "before the checks": "import flows.passes as p; p._red = killed",
}

# In the crawl process itself, for which Python's own start-up is the one door: before or in the middle of the
# tenth record of the archive, and of a line of the journal.
IN_THE_CRAWL = {
    "before a record of the archive": "archive._file.write = lambda _: killed()",
    "with half a record in the archive": (
        "write = archive._file.write\n"
        "    archive._file.write = lambda said: (write(bytes(said)[:300]), archive._file.flush(), killed())"
    ),
    "after a record of the archive": (
        "flush = archive._file.flush\n    archive._file.flush = lambda: (flush(), killed())"
    ),
}
DOOR = """
import os, signal, sys
def killed(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
def tenth(archive, _count=[0]):
    _count[0] += 1
    if _count[0] != 10: return
    {what}
if "crawlers.crawl" in " ".join(sys.orig_argv):
    import crawlers.archive as a
    write = a.ArchiveWriter._write
    def counted(self, *said, **more):
        tenth(self)
        return write(self, *said, **more)
    a.ArchiveWriter._write = counted
"""


def backfill(
    data: Path, address: str, site: Lookalike, prelude: str = "", door: Path | None = None
) -> subprocess.Popen[str]:
    days = sorted(site.days)
    settings = {"PYTHONPATH": os.pathsep.join(filter(None, (str(door), os.environ.get("PYTHONPATH"))))}
    words = [f"{days[0]}..{days[-1]}", "--site", address, "--delay", "0", "--data", str(data)]
    return subprocess.Popen(
        [sys.executable, "-c", f"{prelude}\nfrom flows.cli import main; main()", "backfill", *words],
        env={key: value for key, value in os.environ.items() if not key.startswith("DAWN_")}
        | (settings if door else {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(child: subprocess.Popen[str], seconds: float = 120) -> None:
    _, said = child.communicate(timeout=seconds)
    assert child.returncode == 0, said


def asked(site: Lookalike) -> Counter[str]:
    """How often each path was asked for."""
    return Counter(request.path for request in site.requests)


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """What the command makes of the look-alike's day when let be, and how often each path is asked for."""

    site: Lookalike
    address: str
    stories: list[tuple[object, ...]]
    asked: Counter[str]


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undisturbed]:
    site, data = Lookalike(days=1), tmp_path_factory.mktemp("undisturbed")
    with site.serve() as address:
        finished(backfill(data, address, site))
        yield Undisturbed(site, address, stories(data), asked(site))
    assert site.errors == []


@pytest.fixture
def site(undisturbed: Undisturbed) -> Iterator[Lookalike]:
    """The same one, for a story's address has the site's in it; it was asked for nothing yet."""
    undisturbed.site.requests.clear()
    yield undisturbed.site
    undisturbed.site.faults.clear()


@pytest.fixture
def address(undisturbed: Undisturbed) -> str:
    return undisturbed.address


@pytest.mark.parametrize("stalled_on", [pytest.param("/newspaper/sport/", marks=pytest.mark.slow), "/news/"])
def test_killed_in_the_middle_of_a_crawl(
    site: Lookalike, address: str, undisturbed: Undisturbed, tmp_path: Path, stalled_on: str
) -> None:
    """The command dies at the third listing or the eighth story; its crawl follows it."""
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
    assert stories(tmp_path / "data") == undisturbed.stories
    again = [request.path for request in site.requests[asked:] if request.path.startswith("/news/")]
    assert len(again) == len(set(again))


@pytest.mark.slow
@pytest.mark.parametrize("where", STAGES)
def test_killed_in_every_stage(
    site: Lookalike, address: str, undisturbed: Undisturbed, tmp_path: Path, where: str
) -> None:
    """And not one story or listing is asked for twice: what was had is in the archive."""
    child = backfill(tmp_path / "data", address, site, KILL + STAGES[where])
    child.communicate(timeout=120)
    assert child.returncode == -signal.SIGKILL, f"it was never killed {where}"
    finished(backfill(tmp_path / "data", address, site))
    assert stories(tmp_path / "data") == undisturbed.stories
    beyond = asked(site) - undisturbed.asked
    assert set(beyond) <= {"/robots.txt"}
    assert beyond.total() <= 1, "each crawl begins with it"


@pytest.mark.slow
@pytest.mark.parametrize("where", IN_THE_CRAWL)
def test_the_crawl_itself_is_killed(
    site: Lookalike, address: str, undisturbed: Undisturbed, tmp_path: Path, where: str
) -> None:
    """The command says so and ends with 1; one story at most is asked for twice."""
    door = tmp_path / "door"
    door.mkdir()
    (door / "sitecustomize.py").write_text(DOOR.format(what=IN_THE_CRAWL[where]))
    child = backfill(tmp_path / "data", address, site, door=door)
    _, said = child.communicate(timeout=120)
    assert child.returncode == 1, said
    assert "ended with exit code -9" in said.strip().splitlines()[-1]
    finished(backfill(tmp_path / "data", address, site))
    assert stories(tmp_path / "data") == undisturbed.stories
    beyond = asked(site) - undisturbed.asked
    beyond.pop("/robots.txt", None)
    news = [path for path in beyond if path.startswith("/news/")]
    assert len(news) <= 1
    # A day whose listings were not all read is listed anew: 23 of them, and the ones that were read already.
    assert beyond.total() - len(news) <= 10


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_sixty_days_killed_at_twenty_random_moments(tmp_path: Path) -> None:
    """Each at a request drawn by chance and up to two seconds later, wherever the command is by then."""
    site = Lookalike(days=60)
    chance = Random(20)
    with site.serve() as address:
        finished(backfill(tmp_path / "undisturbed", address, site), 900)
        expected, once = stories(tmp_path / "undisturbed"), asked(site)
        moments = sorted(chance.sample(range(once.total()), 20))
        site.requests.clear()
        killed = 0
        for moment in moments:
            child = backfill(tmp_path / "data", address, site)
            reached = Event()

            def counted(reply: faults.Reply, moment: int = moment, reached: Event = reached) -> faults.Reply:
                if len(site.requests) >= moment:
                    reached.set()
                return reply

            site.faults["*"] = counted
            assert reached.wait(600), f"request {moment} never came"
            Event().wait(chance.uniform(0, 2))
            child.send_signal(signal.SIGKILL)
            child.communicate(timeout=60)
            killed += child.returncode == -signal.SIGKILL
        site.faults.clear()
        assert killed >= 18, "hardly any of them was killed in its work"
        finished(backfill(tmp_path / "data", address, site), 900)
        assert stories(tmp_path / "data") == expected
        beyond = asked(site) - once
        news = {path: times for path, times in beyond.items() if path.startswith("/news/")}
        # The one whose answer was under way.
        assert sum(news.values()) <= killed
        site.requests.clear()
        finished(backfill(tmp_path / "data", address, site), 900)
        assert [path for path in asked(site) if path.startswith("/news/")] == []
    assert site.errors == []


@pytest.mark.slow
def test_two_backfills_at_once_double_nothing(
    site: Lookalike, address: str, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    for child in [backfill(tmp_path / "data", address, site) for _ in range(2)]:
        finished(child)
    assert stories(tmp_path / "data") == undisturbed.stories
    asked = [request.path for request in site.requests if request.path.startswith("/news/")]
    assert len(asked) == len(set(asked))
