"""The lake as it is meant: its catalog in PostgreSQL, its rows on object storage; each of them killed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.services import NotInstalledError, ObjectStorage, PostgreSQL, object_storage, postgresql
from tests.warehouse.paper import Paper, article, discovery, settled_listings
from warehouse.database import WarehouseError
from warehouse.lake import Lake, behind, compared, restore, send, tidy
from warehouse.lake.address import lake
from warehouse.lake.engine import engine
from warehouse.publish import publish
from warehouse.query import answer

pytestmark = pytest.mark.slow

SITE = "https://www.dawn.com"
STORIES = 400


@pytest.fixture(scope="module")
def database() -> Iterator[PostgreSQL]:
    try:
        with postgresql(durable=True) as server:
            yield server
    except NotInstalledError as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def storage() -> Iterator[ObjectStorage]:
    with object_storage() as server, pytest.MonkeyPatch.context() as patched:
        for name, value in server.environment.items():
            patched.setenv(name, value)
        yield server


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two publications of one data folder, the later one with half of its stories edited."""
    paper = Paper(tmp_path_factory.mktemp("two"))
    paper.run(*settled_listings(), *(discovery(story) for story in range(1, STORIES)))
    for story in range(1, STORIES):
        paper.page(story, article(story, f"Story {story} tells of a bridge. " * 40))
    first = published(paper, "first.duckdb")
    paper.run(spider="stories", day=None)
    for story in range(1, STORIES, 2):
        paper.page(story, article(story, f"Story {story} tells of two bridges. " * 40))
    return first, published(paper, "second.duckdb")


def published(paper: Paper, name: str) -> Path:
    paper.load()
    publish(paper.root / "warehouse.duckdb", paper.root / name, anyway=True)
    return paper.root / name


@pytest.fixture
def there(database: PostgreSQL, storage: ObjectStorage, request: pytest.FixtureRequest) -> Lake:
    name = re.sub(r"\W+", "-", request.node.name.lower())[-40:].strip("-")
    return lake(database.database(name), f"{storage.bucket(name)}/lake", SITE)


def same(public: Path, where: Lake) -> bool:
    return all(each.same for each in compared(public, where))


SENDER = """
import os, signal, sys
from pathlib import Path
from warehouse.lake import send
from warehouse.lake.address import lake

public, catalog, files, site, when = sys.argv[1:]
def told(done, total):
    print(done, flush=True)
    if done == int(when):
        os.kill(os.getpid(), signal.SIGSTOP)
try:
    send(Path(public), lake(catalog, files, site), told_of=told)
except Exception as error:
    print(f"{type(error).__name__}: {error}", flush=True)
    raise SystemExit(1)
"""


def sender(public: Path, where: Lake, when: int = 99) -> subprocess.Popen[str]:
    """A loader in a process of its own, that stops still behind the table of that number."""
    return subprocess.Popen(
        [sys.executable, "-c", SENDER, str(public), where.catalog, str(where.files), SITE, str(when)],
        stdout=subprocess.PIPE,
        text=True,
    )


def await_stop(process: subprocess.Popen[str]) -> None:
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)


def test_the_same_rows_there_and_back(two: tuple[Path, Path], there: Lake, tmp_path: Path) -> None:
    for public in two:
        assert behind(public, there)
        send(public, there)
        assert same(public, there)
        assert not behind(public, there)
    tidy(there, kept=timedelta(0))
    assert same(two[1], there)
    rows = restore(there, tmp_path / "warehouse.duckdb")
    assert rows["core.versions"] == STORIES - 1 + STORIES // 2
    again = there.of("http://127.0.0.1:9")
    publish(tmp_path / "warehouse.duckdb", tmp_path / "dawn.duckdb", anyway=True)
    send(tmp_path / "dawn.duckdb", again)
    assert same(tmp_path / "dawn.duckdb", again)
    with answer(there.of(None), "select site, count(*) from articles group by all order by all") as found:
        assert list(found.rows) == [("http://127.0.0.1:9", STORIES - 1), (SITE, STORIES - 1)]


@pytest.mark.parametrize("table", [1, 12, 22])
def test_a_loader_that_is_killed_leaves_what_was_there(
    two: tuple[Path, Path], there: Lake, table: int
) -> None:
    first, second = two
    send(first, there)
    killed = sender(second, there, table)
    await_stop(killed)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert same(first, there)
    send(second, there)
    assert same(second, there)
    before = objects(there)
    tidy(there, kept=timedelta(0))
    assert objects(there) < before  # what the killed one left is gone
    assert same(second, there)


def objects(where: Lake) -> int:
    """How many files lie under a lake's place."""
    from warehouse.lake.engine import give_keys

    con = engine()
    assert where.files
    give_keys(con, where.files)
    row = con.execute(f"select count(*) from glob('{where.files}/**')").fetchone()
    con.close()
    assert row
    return int(row[0])


def test_postgresql_killed_while_rows_are_sent_and_while_they_are_read(
    two: tuple[Path, Path], there: Lake, database: PostgreSQL
) -> None:
    first, second = two
    send(first, there)
    process = sender(second, there, 12)
    await_stop(process)
    database.kill()
    process.send_signal(signal.SIGCONT)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert re.search(r"WarehouseError: the lake postgres:.* cannot be written: [^\n]+\n$", said)
    with (
        pytest.raises(WarehouseError, match=r"cannot be read: .*Connection refused"),
        answer(there, "select 1"),
    ):
        pass
    database.start()
    assert same(first, there)
    send(second, there)
    assert same(second, there)


def test_of_two_loaders_at_once_the_second_to_end_is_refused(two: tuple[Path, Path], there: Lake) -> None:
    first, second = two
    send(first, there)
    waiting = sender(second, there, 5)
    await_stop(waiting)
    send(second, there)
    waiting.send_signal(signal.SIGCONT)
    said, _ = waiting.communicate(timeout=120)
    assert waiting.returncode == 1
    assert "WarehouseError: another loader sent to the lake" in said
    assert same(second, there)


def test_who_reads_goes_on_while_another_publication_is_sent(two: tuple[Path, Path], there: Lake) -> None:
    first, second = two
    send(first, there)
    count = "select story_id, body from articles order by story_id"
    with answer(there, count, batch=1) as found:
        before = next(found.rows)
        send(second, there)
        tidy(there)  # what it reads is left for a day
        rest = list(found.rows)
    assert len([before, *rest]) == STORIES - 1
    assert before[1].startswith("Story 1 tells of a bridge.")
    with answer(there, count) as found:
        assert next(found.rows)[1].startswith("Story 1 tells of two bridges.")


def test_object_storage_that_is_gone_is_told_in_a_line(two: tuple[Path, Path], database: PostgreSQL) -> None:
    with object_storage() as short_lived, pytest.MonkeyPatch.context() as patched:
        for name, value in short_lived.environment.items():
            patched.setenv(name, value)
        where = lake(database.database("gone"), f"{short_lived.bucket('gone')}/lake", SITE)
        send(two[0], where)
        patched.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        with pytest.raises(WarehouseError, match="cannot be written: ") as refused:
            send(two[1], where)
        assert "\n" not in str(refused.value)
        patched.setenv("AWS_ENDPOINT_URL", short_lived.url)
        assert same(two[0], where)
        send(two[1], where)
        assert same(two[1], where)
