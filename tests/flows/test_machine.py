"""The machine's faults: a full disk, a folder that is read-only, a clock that jumps, few descriptors, little
memory.

Each gives one clear line and loses nothing: once it is gone, the same command makes the folder what it is
where nothing happened.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import pytest

from crawlers.lookalike import Lookalike, faults
from tests.flows.conftest import Backfilled, stories

MAIN = "from flows.cli import main; main()"

# From here on no file of this process grows beyond so many bytes: what a full disk is for it.
FULL = """
import resource
def full(most):
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
def full_before(module, name, most=0):
    module = __import__(module, fromlist=["x"])
    stage = getattr(module, name)
    setattr(module, name, lambda *a, **k: (full(most), stage(*a, **k))[1])
"""
STAGES = {
    "plan": (
        "import crawlers.plan as p; write = p.Plan.write; "
        "p.Plan.write = lambda self, path: (full(0), write(self, path))[1]"
    ),
    "extract": "full_before('crawlers.extracted', 'extract_archives')",
    "extract, half a file": "full_before('crawlers.extracted', 'extract_archives', 300)",
    "meter": "full_before('flows.metering', 'judge')",
    "load": "full_before('flows.stages', 'load_files')",
    "load, half a file": "full_before('flows.stages', 'load_files', 200_000)",
    "load, before the commit": "full_before('warehouse.load', '_derive', 300_000)",
    "publish": "full_before('flows.stages', 'publish_file')",
    "publish, half a file": "full_before('flows.stages', 'publish_file', 200_000)",
    "index": "full_before('warehouse.search', 'keep_up')",
    "index, half a file": "full_before('warehouse.search', 'keep_up', 2000)",
}

# In the crawl process, for which Python's own start-up is the one door: in the middle of a record of the
# archive, or of a line of the journal.
IN_THE_CRAWL = {
    "archive": "import crawlers.archive as m; C, n = m.ArchiveWriter, '_append'",
    "journal": "import crawlers.journal as m; C, n = m.JournalWriter, '_write'",
}
DOOR = """
import sys
{full}
if "crawlers.crawl" in " ".join(sys.orig_argv):
    {where}
    write, count = getattr(C, n), [0]
    def counted(self, *said, **more):
        count[0] += 1
        if count[0] == {at}:
            self._file.flush()
            full(self._file.tell() + 100)
        return write(self, *said, **more)
    setattr(C, n, counted)
"""

# What the clock says, in seconds beside what it should: read anew each time from a file.
CLOCK = """
import datetime, os, time
def aside():
    with open(os.environ["CLOCK"]) as file:
        return float(file.read() or 0)
right, right_time, right_ns = datetime.datetime, time.time, time.time_ns
class Kind(type):
    def __instancecheck__(cls, one): return isinstance(one, right)
    def __subclasscheck__(cls, one): return issubclass(one, right)
class Aside(right, metaclass=Kind):
    @classmethod
    def now(cls, tz=None): return right.now(tz) + datetime.timedelta(seconds=aside())
    @classmethod
    def utcnow(cls): return right.utcnow() + datetime.timedelta(seconds=aside())
datetime.datetime = Aside
time.time = lambda: right_time() + aside()
time.time_ns = lambda: right_ns() + int(aside() * 1e9)
"""


def started(
    cwd: Path,
    *words: str | Path,
    first: str = "",
    door: str | None = None,
    limits: Sequence[tuple[int, int]] = (),
    before: Sequence[str] = (),
    settings: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, once it is over, on a machine with that fault.

    `first` is run in it before anything else, `door` in it and in the processes that it starts; `limits` are
    the kernel's; `before` is what starts it.
    """
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("DAWN_", "PREFECT_"))
    } | (settings or {})
    if door is not None:
        (cwd / "door").mkdir(exist_ok=True)
        (cwd / "door" / "sitecustomize.py").write_text(door)
        environment["PYTHONPATH"] = os.pathsep.join(
            filter(None, (str(cwd / "door"), environment.get("PYTHONPATH")))
        )

    def limited() -> None:
        for which, most in limits:
            resource.setrlimit(which, (most, most))

    return subprocess.run(
        [*before, sys.executable, "-c", f"{first}\n{MAIN}", *map(str, words)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        preexec_fn=limited if limits else None,
    )


def told(done: subprocess.CompletedProcess[str]) -> str:
    """The one line that says what was wrong. Fails where there is none, or more than that."""
    assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr, done.stderr
    lines = done.stderr.strip().splitlines()
    assert [line for line in lines if line.startswith("dawn: ")] == lines[-1:], done.stderr
    return lines[-1]


@pytest.fixture
def here(once_backfilled: Backfilled, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`dawn backfill` of the look-alike's one day into an empty folder, on a machine with some fault."""
    words = ("backfill", once_backfilled.day, "--site", once_backfilled.address, "--delay", "0")
    once_backfilled.site.requests.clear()
    return lambda **fault: started(tmp_path, *words, **fault)


def whole(
    here: Callable[..., subprocess.CompletedProcess[str]], undisturbed: Backfilled, tmp_path: Path
) -> None:
    """Nothing; the same command again made the folder what it is where nothing happened."""
    done = here()
    assert done.returncode == 0, done.stderr
    assert stories(tmp_path / "data") == stories(undisturbed.data)


def asked_twice(site: Lookalike) -> list[str]:
    news = [request.path for request in site.requests if request.path.startswith("/news/")]
    return [path for path in set(news) if news.count(path) > 1]


# ── the disk ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "stage", [each if each == "publish" else pytest.param(each, marks=pytest.mark.slow) for each in STAGES]
)
def test_the_disk_is_full_at_a_stage(
    here: Callable[..., subprocess.CompletedProcess[str]],
    once_backfilled: Backfilled,
    tmp_path: Path,
    stage: str,
) -> None:
    """And no story is asked for twice: what was had is in the archive."""
    said = told(here(first=FULL + STAGES[stage]))
    assert "File too large" in said
    whole(here, once_backfilled, tmp_path)
    assert asked_twice(once_backfilled.site) == []


@pytest.mark.slow
@pytest.mark.parametrize("at", [1, 2, 10, 20])
@pytest.mark.parametrize("which", IN_THE_CRAWL)
def test_the_disk_is_full_in_the_crawl(
    here: Callable[..., subprocess.CompletedProcess[str]],
    once_backfilled: Backfilled,
    tmp_path: Path,
    which: str,
    at: int,
) -> None:
    """One story at most is asked for twice: that whose record did not fit."""
    said = told(here(door=DOOR.format(full=FULL, where=IN_THE_CRAWL[which], at=at)))
    assert "File too large" in said
    whole(here, once_backfilled, tmp_path)
    assert len(asked_twice(once_backfilled.site)) <= 1


OTHERS = {
    "compact": (("compact",), "full_before('crawlers.packs', 'write_pack', 5000)"),
    "import": (("import", "others.warc.gz"), "full_before('flows.importing', 'bring', 5000)"),
    "forget": (("forget", "{story}"), "full_before('flows.forgetting', 'take_out', 5000)"),
    "replay": (("replay",), "full_before('crawlers.extracted', 'extract_archives', 500)"),
}


@pytest.mark.slow
@pytest.mark.parametrize("what", OTHERS)
def test_the_disk_is_full_for_a_command_that_keeps_the_archive(
    backfilled: Backfilled, tmp_path: Path, what: str
) -> None:
    words, fault = OTHERS[what]
    story = next(one.id for one in backfilled.site.newest if one.id not in backfilled.site.gone)
    words = tuple(word.format(story=story) for word in words)
    sound = tmp_path / "sound"
    sound.mkdir()
    shutil.copytree(backfilled.data, sound / "data")
    if what == "import":
        [*_, archive] = sorted((backfilled.data / "archive").glob("*-stories-*"))
        for folder in (tmp_path, sound):
            shutil.copy(archive, folder / "others.warc.gz")
        for folder in (tmp_path, sound):
            shutil.rmtree(folder / "data")
        words = (*words, "--site", backfilled.address)
    if what == "replay":
        for folder in (tmp_path, sound):
            shutil.rmtree(folder / "data" / "extracted")
    expected = started(sound, *words)
    assert expected.returncode in (0, 1), expected.stderr
    said = told(started(tmp_path, *words, first=FULL + fault))
    assert "File too large" in said
    again = started(tmp_path, *words)
    assert again.returncode == expected.returncode, again.stderr
    assert stories(tmp_path / "data") == stories(sound / "data")
    assert started(tmp_path, "audit").returncode == 0


# ── mounts, for which one must be root, and may make them ────────────────────────────────────────────────


@cache
def may_mount() -> str | None:
    """Why nothing can be mounted here, or None."""
    if shutil.which("unshare") is None:
        return "there is no `unshare`"
    done = subprocess.run(
        ["unshare", "--mount", "mount", "-t", "tmpfs", "-o", "size=64k", "none", "/mnt"],
        capture_output=True,
        text=True,
        check=False,
    )
    return (done.stderr.strip().splitlines() or ["it says nothing"])[-1] if done.returncode else None


mounts = pytest.mark.skipif(may_mount() is not None, reason=f"nothing can be mounted here: {may_mount()}")

GROWING = """
import json, os, subprocess, sys
place, told, *words = sys.argv[1:]
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", place], check=True)
size, said = 64, []
while size <= 1 << 17:
    subprocess.run(["mount", "-o", f"remount,size={size}k", place], check=True)
    done = subprocess.run(words, capture_output=True, text=True, cwd=place)
    said.append([size, done.returncode, done.stdout, done.stderr])
    if done.returncode == 0:
        break
    size = size * 3 // 2
with open(told, "w") as file:
    json.dump(said, file)
subprocess.run(["cp", "-a", os.path.join(place, "data"), os.path.join(os.path.dirname(told), "data")])
"""


@pytest.mark.slow
@mounts
@pytest.mark.timeout(600)
def test_a_disk_that_is_too_small_is_enlarged_until_it_does(
    once_backfilled: Backfilled, tmp_path: Path
) -> None:
    """A disk of memory, half as large again each time: full in another place at each size."""
    (tmp_path / "place").mkdir()
    once_backfilled.site.requests.clear()
    words = ("backfill", once_backfilled.day, "--site", once_backfilled.address, "--delay", "0")
    code = f"import flows.room; flows.room.SPARE = 0\n{MAIN}"  # else it asks for 200 MB before it begins
    done = subprocess.run(
        [
            *("unshare", "--mount", sys.executable, "-c", GROWING, tmp_path / "place", tmp_path / "told"),
            *(sys.executable, "-c", code, *words),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "told").read_text())
    *full, last = found
    assert last[1] == 0, last
    assert len(full) > 3
    for size, code, stdout, stderr in full:
        said = told(subprocess.CompletedProcess([], 1 if code == 2 else code, stdout, stderr))
        assert any(word in said for word in ("No space left", "nearly full", "not enough room", "full")), (
            size,
            said,
        )
    assert stories(tmp_path / "data") == stories(once_backfilled.data)


READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'


@pytest.mark.slow
@mounts
@pytest.mark.parametrize("which", ["archive", "journal", "extracted", "plans", "."])
def test_a_folder_is_read_only(
    here: Callable[..., subprocess.CompletedProcess[str]],
    once_backfilled: Backfilled,
    tmp_path: Path,
    which: str,
) -> None:
    place = tmp_path / "data" / which
    place.mkdir(parents=True)
    done = here(before=("unshare", "--mount", "sh", "-c", READ_ONLY, str(place)))
    said = told(
        subprocess.CompletedProcess([], 1 if done.returncode == 2 else done.returncode, "", done.stderr)
    )
    assert "Read-only file system" in said
    assert "data" in said
    whole(here, once_backfilled, tmp_path)


@pytest.mark.slow
@mounts
def test_questions_are_answered_in_a_folder_that_is_read_only(backfilled: Backfilled, tmp_path: Path) -> None:
    before = ("unshare", "--mount", "sh", "-c", READ_ONLY, str(backfilled.data))
    story = str(next(one.id for one in backfilled.site.newest if one.id not in backfilled.site.gone))
    for words in (
        ("sql", "select count(*) from articles"),
        ("check",),
        ("status",),
        ("coverage",),
        ("why", story),
        ("edits",),
    ):
        done = started(tmp_path, *words, before=before)
        assert done.returncode == 0, (words, done.stderr)
    assert "make that folder writable" in told(started(tmp_path, "search", "the", before=before))


# ── the clock ────────────────────────────────────────────────────────────────────────────────────────────

HOUR, DAY = 3600, 86400


@pytest.mark.slow
@pytest.mark.parametrize("aside", [-30 * HOUR, -2 * HOUR, 2 * HOUR, 30 * HOUR, 400 * DAY])
def test_the_clock_jumps_within_a_run(
    here: Callable[..., subprocess.CompletedProcess[str]],
    once_backfilled: Backfilled,
    tmp_path: Path,
    aside: int,
) -> None:
    clock, count = tmp_path / "clock", 0
    clock.write_text("0")

    def jumping(reply: faults.Reply) -> faults.Reply:
        nonlocal count
        count += 1
        if count == 30:
            clock.write_text(str(aside))
        return reply

    once_backfilled.site.faults["*"] = jumping
    try:
        done = here(door=CLOCK, settings={"CLOCK": str(clock)})
    finally:
        once_backfilled.site.faults.clear()
    assert count > 30
    assert done.returncode in (0, 1), done.stderr
    if done.returncode:
        told(done)
    whole(here, once_backfilled, tmp_path)
    assert asked_twice(once_backfilled.site) == []


@pytest.mark.slow
@pytest.mark.parametrize("aside", [-30 * HOUR, -2 * HOUR, 30 * HOUR, 400 * DAY])
def test_the_clock_was_wrong_in_an_earlier_run(
    here: Callable[..., subprocess.CompletedProcess[str]],
    once_backfilled: Backfilled,
    tmp_path: Path,
    aside: int,
) -> None:
    """What the site asked for then is kept for a day at most: nobody is shut out for 400 of them."""
    clock = tmp_path / "clock"
    clock.write_text(str(aside))
    site, answered = once_backfilled.site, 0

    def some(reply: faults.Reply) -> faults.Reply:
        nonlocal answered
        answered += 1
        return reply if answered <= 10 else faults.status(503, (("Retry-After", "3600"),))(reply)

    site.faults[lambda path: path.startswith("/news/")] = some
    try:
        done = here(door=CLOCK, settings={"CLOCK": str(clock)})
    finally:
        site.faults.clear()
    assert done.returncode == 1
    told(done)
    whole(here, once_backfilled, tmp_path)


# ── descriptors and memory ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
@pytest.mark.parametrize("many", [8, 12, 16, 20, 24, 28, 32, 40, 48, 64])
def test_there_are_few_descriptors(
    here: Callable[..., subprocess.CompletedProcess[str]],
    once_backfilled: Backfilled,
    tmp_path: Path,
    many: int,
) -> None:
    done = here(limits=[(resource.RLIMIT_NOFILE, many)])
    if done.returncode:
        said = told(done)
        assert "Too many open files" in said or "gave no page" in said, said
    whole(here, once_backfilled, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("mega", [100, 200, 300, 400, 500, 600, 800, 1000])
def test_there_is_little_memory(
    here: Callable[..., subprocess.CompletedProcess[str]],
    once_backfilled: Backfilled,
    tmp_path: Path,
    mega: int,
) -> None:
    done = here(limits=[(resource.RLIMIT_AS, mega << 20)])
    # A library that gets no memory as it starts, or for its index, ends the process itself: that is a kill.
    if done.returncode not in (0, -signal.SIGSEGV, -signal.SIGABRT, 127):
        assert "memory" in told(done).lower()
    whole(here, once_backfilled, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("mega", [1, 10, 20, 40])
def test_the_tables_may_have_little_memory(
    here: Callable[..., subprocess.CompletedProcess[str]],
    once_backfilled: Backfilled,
    tmp_path: Path,
    mega: int,
) -> None:
    done = here(first=f"import warehouse.database as d; d.MEMORY = {mega} << 20")
    if done.returncode:
        assert "memory" in told(done).lower()
    whole(here, once_backfilled, tmp_path)
