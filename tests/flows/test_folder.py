"""The data folder: one site, one crawl at a time, and nobody starves."""

from __future__ import annotations

import fcntl
import json
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest

from flows.folder import FolderError, open_folder, run_id, site_of


def test_a_folder_remembers_its_site(tmp_path: Path) -> None:
    assert site_of(tmp_path / "data") is None
    open_folder(tmp_path / "data", "http://one")
    assert site_of(tmp_path / "data") == "http://one"
    assert open_folder(tmp_path / "data", "http://one").public == tmp_path / "data/dawn.duckdb"
    with pytest.raises(FolderError, match="belongs to http://one, not to http://two"):
        open_folder(tmp_path / "data", "http://two")


def begun(folder: Path, name: str, *lines: str) -> None:
    (folder / "journal").mkdir(parents=True, exist_ok=True)
    (folder / "journal" / f"{name}.jsonl").write_text("".join(lines))


def test_a_folder_whose_mark_is_lost_knows_its_site_by_its_journals(tmp_path: Path) -> None:
    begun(tmp_path, "1-stories", '{"event": "begin", "site": "http://one"}\n', '{"event": "end"}\n')
    begun(tmp_path, "2-meter", '{"event": "judged", "of_run": "1-stories"}\n')
    begun(tmp_path, "3-killed", '{"event": "beg')
    begun(tmp_path, "4-killed")
    assert site_of(tmp_path) == "http://one"
    with pytest.raises(FolderError, match="belongs to http://one, not to http://two"):
        open_folder(tmp_path, "http://two")
    assert not (tmp_path / "site.json").exists()
    open_folder(tmp_path, "http://one")
    assert json.loads((tmp_path / "site.json").read_text()) == {"site": "http://one"}


@pytest.mark.parametrize("mark", ["", "{", "[]", '{"place": 1}'])
def test_a_broken_mark_is_said_and_not_replaced(tmp_path: Path, mark: str) -> None:
    (tmp_path / "site.json").write_text(mark)
    with pytest.raises(FolderError, match="cannot be used as a data folder"):
        open_folder(tmp_path, "http://one")
    assert (tmp_path / "site.json").read_text() == mark


def test_a_file_in_the_way_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("something else")
    with pytest.raises(FolderError, match="cannot be used"):
        open_folder(tmp_path / "data", "http://one")


def test_names_of_runs_sort_by_time() -> None:
    times = [
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC),
        datetime(2026, 11, 3, tzinfo=UTC),
    ]
    names = [run_id("edition", time) for time in times]
    assert names == sorted(names)
    assert names[0].startswith("20260101T000000Z-edition-")


def test_who_waits_comes_before_who_comes_back(tmp_path: Path) -> None:
    """A long backfill lets `latest` in after the day at which it began to wait, not after the last."""
    folder = open_folder(tmp_path, "http://one")
    order: list[str] = []
    begun, latest_waits = Event(), Event()

    def backfill() -> None:
        for day in range(4):
            with folder.crawling():
                order.append(f"day {day}")
                if day == 1:
                    begun.set()
                    assert latest_waits.wait(30)

    def latest() -> None:
        assert begun.wait(30)
        with folder.crawling(latest_waits.set):
            order.append("latest")

    threads = [Thread(target=backfill), Thread(target=latest)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert order == ["day 0", "day 1", "latest", "day 2", "day 3"]


def test_a_failure_inside_gives_the_right_back(tmp_path: Path) -> None:
    folder = open_folder(tmp_path, "http://one")
    with pytest.raises(KeyError), folder.crawling():
        raise KeyError
    with folder.crawling(lambda: pytest.fail("still held")):
        assert json.loads((tmp_path / "site.json").read_text()) == {"site": "http://one"}


def free(lock: Path) -> bool:
    """Whether nobody holds this lock now."""
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def test_the_turn_is_held_by_who_waits_and_by_nobody_else(tmp_path: Path) -> None:
    """What makes the order above certain and not only likely: the kernel wakes whom it likes."""
    folder = open_folder(tmp_path, "http://one")
    waits = Event()

    def other() -> None:
        with folder.crawling(waits.set):
            pass

    thread = Thread(target=other)
    with folder.crawling():
        assert free(tmp_path / "turn.lock")
        thread.start()
        assert waits.wait(30)
        assert not free(tmp_path / "turn.lock")
    thread.join(30)
    assert free(tmp_path / "turn.lock")
    assert free(tmp_path / "crawl.lock")
