"""`dawn status` and what it is made of: bytes by part, runs by the ends of their journals, ages."""

from __future__ import annotations

import fcntl
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.cli import dawn
from flows.disk import DiskUse, disk_use, readable_size
from flows.folder import DataFolder, open_folder
from flows.status import Crawl, ago, crawls, lines
from warehouse.days import Holdings
from warehouse.ledger import DayState

SITE = "https://www.dawn.com"
NOW = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return open_folder(tmp_path / "data", SITE)


def journal(folder: DataFolder, run: str, outcome: str | None, at: datetime = NOW) -> Path:
    path = folder.journal / f"{run}.jsonl"
    events = [{"event": "begin", "at": (at - timedelta(minutes=5)).isoformat(), "site": SITE}]
    if outcome:
        events.append({"event": "end", "at": at.isoformat(), "outcome": outcome, "reason": "so it was"})
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return path


def test_the_newest_run_and_the_newest_that_finished(folder: DataFolder) -> None:
    assert crawls(folder) == (None, None)
    journal(folder, "20260309T060000Z-latest-aaaa", "finished")
    journal(folder, "20260309T070000Z-stories-bbbb", "failed")
    journal(folder, "20260309T080000Z-edition-cccc", None)
    journal(folder, "20260309T090000Z-meter-dddd", None)  # a stage's, no run
    newest, succeeded = crawls(folder)
    assert newest and (newest.run[-4:], newest.outcome) == ("cccc", "killed")
    assert succeeded == Crawl("20260309T060000Z-latest-aaaa", "finished", NOW, "so it was")


def test_a_run_at_work_is_running_and_a_torn_journal_is_killed(folder: DataFolder) -> None:
    path = journal(folder, "20260309T080000Z-edition-cccc", None)
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        newest, _ = crawls(folder)
        assert newest and newest.outcome == "running"
    with path.open("a") as file:
        file.write('{"event": "end", "outco')
    newest, _ = crawls(folder)
    assert newest and newest.outcome == "killed"
    path.write_text('{"event')
    newest, _ = crawls(folder)
    assert newest and newest.outcome == "killed"


def test_bytes_are_counted_by_part(folder: DataFolder) -> None:
    for name, size in {
        "archive/a.warc.gz": 1000,
        "journal/a.jsonl": 200,
        "extracted/a.r.jsonl.gz": 30,
        "search/deep/down/x.idx": 4,
        "dawn.duckdb": 5_000,
        "warehouse.duckdb": 6_000,
        "warehouse.duckdb.wal": 1,
        "elsewhere/x": 7,
    }.items():
        (folder.root / name).parent.mkdir(parents=True, exist_ok=True)
        (folder.root / name).write_bytes(b"x" * size)
    (folder.root / "archive/link.warc.gz").symlink_to("nowhere")
    mark = (folder.root / "site.json").stat().st_size
    use = disk_use(folder.root)
    link = len("nowhere")
    assert use == DiskUse(1000 + link, 200, 30, 4, 11_001, 7 + mark, use.free)
    assert use.total == 12_242 + link + mark
    assert use.free > 0


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (9_949, "9.9 kB"),
        (9_950, "10 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (123_456_789, "123 MB"),
        (2_270_000_000, "2.3 GB"),
        (10**15, "1000 TB"),
    ],
)
def test_sizes_are_for_people(size: int, said: str) -> None:
    assert readable_size(size) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "0 seconds ago"),
        (1, "1 second ago"),
        (119, "119 seconds ago"),
        (120, "2 minutes ago"),
        (7199, "119 minutes ago"),
        (7200, "2 hours ago"),
        (200_000, "2 days ago"),
    ],
)
def test_ages_are_for_people(seconds: int, said: str) -> None:
    assert ago(timedelta(seconds=seconds)) == said


def test_the_archive_in_ten_lines() -> None:
    day = DayState(date(2026, 3, 8), "complete", 23, 0, 9, 0, 0, 0, 0, 0, None)
    earlier = NOW - timedelta(hours=3)
    ended = Crawl("20260309T085500Z-latest-aaaa", "finished", earlier, "all was asked for")
    held = Holdings(earlier, 9, 11, 40, earlier, 2, 1)
    disk = DiskUse(1_500_000, 20_000, 0, 0, 3_000_000, 40, 10**12)
    assert lines(SITE, held, [day], ended, ended, disk, NOW) == [
        "site       https://www.dawn.com",
        "days       2026-03-08 to 2026-03-08: 1 complete",
        "stories    9 in 11 versions",
        "captures   40, the newest 2026-03-09 14:00 (3 hours ago)",
        "published  2026-03-09 14:00 (3 hours ago)",
        "last run   20260309T085500Z-latest-aaaa: finished 2026-03-09 14:00 (3 hours ago), all was asked for",
        "succeeded  20260309T085500Z-latest-aaaa: finished 2026-03-09 14:00 (3 hours ago), all was asked for",
        "owed       2",
        "breaks     1",
        "disk       1.5 MB archive, 20 kB journal, 3.0 MB databases, 40 bytes other; 1.0 TB free",
    ]
    empty = lines(SITE, None, [], None, None, disk, NOW)
    assert len(empty) == 10
    assert [line[11:] for line in empty[1:7]] == [
        "none was listed yet",
        *["nothing is published yet"] * 3,
        *["none yet"] * 2,
    ]


@pytest.mark.parametrize(
    ("age", "code", "said"),
    [
        ("2h", 1, "ended 3 hours ago, more than 2 hours"),
        ("4h", 0, "finished"),
        ("1d", 0, "finished"),
        ("240m", 0, "finished"),
        ("3", 2, "is no length of time"),
        ("-3h", 2, "is no length of time"),
        ("3 h", 2, "is no length of time"),
    ],
)
def test_a_monitor_gets_an_exit_code_and_one_line(folder: DataFolder, age: str, code: int, said: str) -> None:
    journal(folder, "20260309T060000Z-latest-aaaa", "finished", datetime.now(UTC) - timedelta(hours=3.5))
    done = CliRunner().invoke(dawn, ["status", "--data", str(folder.root), f"--max-age={age}"])
    assert done.exit_code == code, done.output
    assert said in done.output
    if code == 1:
        assert len(done.output.strip().splitlines()) == 1


def test_a_monitor_hears_that_nothing_ever_succeeded(folder: DataFolder) -> None:
    journal(folder, "20260309T060000Z-latest-aaaa", "failed")
    done = CliRunner().invoke(dawn, ["status", "--data", str(folder.root), "--max-age", "3h"])
    assert done.exit_code == 1
    assert "has succeeded yet" in done.output
