from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from crawlers.lookalike import Lookalike
from flows.folder import DataFolder

Dawn = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def dawn(tmp_path: Path) -> Dawn:
    """The command `dawn` in a process of its own, in an empty folder, with no settings of whoever tests."""
    return in_folder(tmp_path)


def in_folder(folder: Path) -> Dawn:
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("DAWN_", "PREFECT_"))
    }

    def run(
        *words: str | Path, piped: str | None = None, settings: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from flows.cli import main; main()", *map(str, words)],
            cwd=folder,
            env=environment | (settings or {}),
            input=piped,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    return run


@pytest.fixture
def site() -> Lookalike:
    """One day of a made-up newspaper: small enough to be crawled within seconds."""
    return Lookalike(days=1)


@pytest.fixture
def address(site: Lookalike) -> Iterator[str]:
    with site.serve() as served:
        yield served
    assert site.errors == []


@dataclass(frozen=True, slots=True)
class Backfilled:
    """A folder in which the newest day of a look-alike that goes on being served is complete.

    `said` is what the command that did it printed on stdout.
    """

    site: Lookalike
    address: str
    day: str
    data: Path
    said: str


@pytest.fixture(scope="session")
def once_backfilled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backfilled]:
    site = Lookalike(days=1)
    folder = tmp_path_factory.mktemp("backfilled")
    with site.serve() as address:
        done = in_folder(folder)("backfill", str(site.days[0]), "--site", address, "--delay", "0")
        assert done.returncode == 0, done.stderr
        yield Backfilled(site, address, str(site.days[0]), folder / "data", done.stdout)
    assert site.errors == []


@pytest.fixture
def backfilled(once_backfilled: Backfilled, tmp_path: Path) -> Iterator[Backfilled]:
    """A copy of the folder for one test. The site, which all have in common, is put right again behind it."""
    shutil.copytree(once_backfilled.data, tmp_path / "data")
    site = once_backfilled.site
    before = site.stories, site.gone
    yield replace(once_backfilled, data=tmp_path / "data")
    site.stories, site.gone = before
    site.faults.clear()


def told(folder: DataFolder, query: str) -> list[tuple[Any, ...]]:
    """The rows that a published file answers, asked with DuckDB itself."""
    con = duckdb.connect(str(folder.public), read_only=True)
    try:
        return con.execute(query).fetchall()
    finally:
        con.close()


def tables(data: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every table and view of a published file, as sorted rows.

    Not which snapshot it is, how far a search index has to look back, and where in the file texts lie: these
    tell files apart on purpose.
    """
    con = duckdb.connect(str(data / "dawn.duckdb"), read_only=True)
    try:
        names = con.execute(
            "select table_schema || '.' || table_name from information_schema.tables"
            " where table_name not in ('texts', 'text_changes', 'snapshot', 'places')"
        ).fetchall()
        return {name: sorted(con.execute(f"from {name}").fetchall(), key=repr) for (name,) in names}
    finally:
        con.close()


def stories(data: Path) -> list[tuple[Any, ...]]:
    """What the archive says of the stories, without when and in which run it was fetched."""
    con = duckdb.connect(str(data / "dawn.duckdb"), read_only=True)
    try:
        return con.execute(
            """
            select a.* exclude (first_seen_at, last_seen_at, capture_id), e.states
            from articles as a, (select list(e order by e) as states from (
                select (day, place, section, state, listed, stored, rejected, gone, refused, owed) as e
                from editions
            )) as e
            order by story_id
            """
        ).fetchall()
    finally:
        con.close()
