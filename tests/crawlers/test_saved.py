"""`dawn extract` and the stage say the same whatever the number of processes, and read what there is."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from datetime import UTC, datetime
from io import BytesIO, TextIOWrapper
from pathlib import Path
from types import SimpleNamespace

import pytest

from crawlers import extracted, ranges, saved
from crawlers.archive import ArchiveWriter
from crawlers.extracted import extract_archives
from crawlers.saved import read_files
from crawlers.workers import WorkerLostError
from tests.crawlers.paper import page
from tests.crawlers.test_pages import FEED

SITE = "https://www.dawn.com"
AT = datetime(2026, 3, 9, 4, 5, 6, tzinfo=UTC)
HTML = [("Content-Type", "text/html; charset=utf-8")]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of stories, some twice, one gone, a listing, a feed."""
    path = tmp_path_factory.mktemp("archive") / "20260309T000000Z-stories-0a1b.warc.gz"
    with ArchiveWriter(path) as writer:
        for number in range(2000501, 2000561):
            url = f"{SITE}/news/{number}/made-up"
            content = page(f"<p>Story {number}, and some words.</p>" * 9).replace("2000500", str(number))
            writer.write(url, 200, HTML, content.encode(), AT)
            if number % 5 == 0:
                writer.write(url, 200, HTML, content.encode(), AT)
        writer.write(f"{SITE}/news/2000001/x", 404, HTML, b"<p>not there</p>", AT)
        writer.write(f"{SITE}/latest-news/2026-03-09", 200, HTML, b"<p>a listing</p>", AT)
        writer.write(f"{SITE}/feeds/home", 200, [("Content-Type", "application/rss+xml")], FEED.encode(), AT)
    return path


@pytest.fixture
def always_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small files are read by several processes too, in small ranges."""
    monkeypatch.setattr(saved, "_WORTH_A_POOL", 0)
    monkeypatch.setattr(saved, "_PAGES", 2)
    monkeypatch.setattr(ranges, "RANGE", 3000)
    monkeypatch.setattr(ranges, "_SMALLEST", 1000)
    monkeypatch.setattr(extracted, "RANGE", 3000)


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    messages = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    caplog.clear()
    return messages


@pytest.mark.usefixtures("always_apart")
def test_any_files_give_the_same_lines_with_any_number_of_jobs(
    tmp_path: Path, archive: Path, caplog: pytest.LogCaptureFixture
) -> None:
    torn, other, bare = tmp_path / "torn.warc.gz", tmp_path / "empty.warc.gz", tmp_path / "nothing"
    torn.write_bytes(archive.read_bytes()[:-2000])
    with ArchiveWriter(other):
        pass
    bare.write_bytes(b"")
    pages = []
    for n in range(5):
        pages.append(tmp_path / f"{n}.html")
        pages[-1].write_text(page(f"<p>Saved page {n}.</p>"))
    files = [pages[0], archive, *pages[1:4], torn, other, archive, bare, pages[4]]
    one = list(read_files(files))
    warned = said(caplog)
    assert len(one) == 5 + 2 * 61 + 1 + (len(list(read_files([torn]))))
    assert all(line.endswith(b"\n") and json.loads(line)["url"] is not None for line in one)
    assert warned[0].startswith(f"{torn}: 1 torn and 0 foreign")
    assert warned[1] == f"{other} holds no story of {SITE}"
    said(caplog)
    for jobs in (2, 3):
        assert list(read_files(files, jobs=jobs)) == one
        assert said(caplog) == warned


@pytest.mark.usefixtures("always_apart")
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_file_that_cannot_be_read_is_an_error_after_all_before_it(
    tmp_path: Path, archive: Path, jobs: int
) -> None:
    first, missing = tmp_path / "first.html", tmp_path / "missing.html"
    first.write_text(page("<p>x</p>"))
    lines = read_files([archive, first, missing, first], jobs=jobs)
    assert len([next(lines) for _ in range(62)]) == 62
    with pytest.raises(FileNotFoundError, match=r"missing\.html"):
        next(lines)
    with pytest.raises(IsADirectoryError):
        list(read_files([tmp_path], jobs=jobs))


@pytest.mark.usefixtures("always_apart")
@pytest.mark.parametrize("jobs", [1, 2])
def test_stdin_and_pipes_are_read_by_several_processes_too(
    tmp_path: Path,
    archive: Path,
    jobs: int,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    expected = list(read_files([archive]))
    cut = archive.read_bytes()[:-10]
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(cut)))
    assert list(read_files([Path("-")], jobs=jobs)) == expected
    assert said(caplog) == ["stdin: 1 torn and 0 foreign records skipped"]
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    thread = threading.Thread(target=lambda: pipe.write_bytes(cut))
    thread.start()
    assert list(read_files([pipe], jobs=jobs)) == expected
    thread.join()


@pytest.mark.parametrize("coding", ["utf-16", "utf-8-sig"])
def test_a_saved_page_says_by_its_first_bytes_how_it_is_written(tmp_path: Path, coding: str) -> None:
    saved_page = page("<p>The river’s café.</p>")
    (tmp_path / "plain.html").write_text(saved_page, "utf-8")
    (tmp_path / "marked.html").write_text(saved_page, coding)
    plain, marked = read_files([tmp_path / "plain.html", tmp_path / "marked.html"])
    assert marked == plain and json.loads(plain)["body"] == "The river’s café."


def test_little_to_do_is_done_in_this_process(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved, "_read_apart", None)
    assert len(list(read_files([archive], jobs=8))) == 61


@pytest.mark.usefixtures("always_apart")
def test_pages_larger_than_any_are_not_read_whole(tmp_path: Path) -> None:
    large = tmp_path / "large.html"
    with large.open("wb") as file:
        file.write(b"<p>")
        file.truncate(3 << 30)
    for jobs in (1, 2):
        [line] = read_files([large], jobs=jobs)
        assert json.loads(line)["reason"] == "too_large"


@pytest.mark.usefixtures("always_apart")
def test_a_process_that_is_killed_is_named_with_its_bytes(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved, "read_part", _out_of_memory)
    with pytest.raises(WorkerLostError, match=r"gz, bytes \d+ to \d+: .* signal 9: out of memory"):
        list(read_files([archive], jobs=2))


def _out_of_memory(*_: object) -> None:
    os.kill(os.getpid(), 9)


def bytes_of(paths: list[Path]) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in paths}


@pytest.mark.usefixtures("always_apart")
def test_the_stage_writes_the_same_files_with_any_number_of_jobs(
    tmp_path: Path, archive: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """One large file that all read together, and small ones, one process each."""
    archives = [(archive, "large")]
    for n in range(5):
        small = tmp_path / f"{n}.warc.gz"
        small.write_bytes(archive.read_bytes()[: 1500 + 700 * n])
        archives.append((small, f"small-{n}"))
    one = bytes_of(list(extract_archives(archives, tmp_path / "one", SITE)))
    warned = sorted(said(caplog))
    assert len(one) == 6 and len(warned) == 5
    for jobs in (2, 3):
        made = list(extract_archives(archives, tmp_path / f"{jobs}", SITE, jobs))
        assert bytes_of(made) == one
        assert sorted(said(caplog)) == warned
        assert made[0].name.startswith("large"), "what takes long is begun first"
    assert bytes_of(list(extract_archives(archives[:1], tmp_path / "alone", SITE, 2))).items() <= one.items()


def test_in_another_thread_the_stage_works_in_a_process_where_limits_hold(
    tmp_path: Path, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [expected] = extract_archives([(archive, "a")], tmp_path / "main", SITE)
    monkeypatch.setattr(extracted, "limited", SimpleNamespace())  # in this process nothing can be read now
    made: list[Path] = []
    thread = threading.Thread(
        target=lambda: made.extend(extract_archives([(archive, "a")], tmp_path / "other", SITE))
    )
    thread.start()
    thread.join()
    assert [path.read_bytes() for path in made] == [expected.read_bytes()]
