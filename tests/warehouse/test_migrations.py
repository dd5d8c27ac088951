"""Migrations: once, in order, each whole or not at all; and what became of rows that older schemas held."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

import warehouse.database as database
from tests.warehouse.paper import (
    KEPT,
    PUBLIC,
    Paper,
    article,
    discovery,
    everything,
    feed,
    opened,
    rows,
    settled_listings,
    week,
)
from warehouse.database import WarehouseError, literal, reader, scripts, writer
from warehouse.load import load
from warehouse.publish import publish
from warehouse.query import answer

ALL = scripts("migrations")
NAMES = [name for name, _ in ALL]
OURS = ("main", "raw", "core", "meta")
TABLES = """
select
    schema_name || '.' || table_name,
    list(column_name order by column_index)
from duckdb_columns()
join duckdb_tables() using (database_name, schema_name, table_name)
where database_name = ?
    and schema_name in ('raw', 'core', 'meta')
    and schema_name || '.' || table_name not in ('meta.migrations', 'meta.stale')
group by all
order by 1
"""

Scripts = Callable[[list[tuple[str, str]]], None]


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Scripts:
    """Lets the code know these migrations, and no others."""

    def know(migrations: list[tuple[str, str]]) -> None:
        monkeypatch.setattr(
            database, "scripts", lambda folder: migrations if folder == "migrations" else scripts(folder)
        )

    return know


def applied(path: Path) -> list[tuple[str, str]]:
    with closing(duckdb.connect(str(path), read_only=True)) as con:
        return con.execute("from meta.migrations order by name").fetchall()


def schema(path: Path) -> list[tuple[Any, ...]]:
    """Every table, view, column and macro of a file."""
    with closing(duckdb.connect(str(path), read_only=True)) as con:
        objects = con.execute(
            """
            select schema_name, table_name, column_name || ' ' || data_type
            from duckdb_columns()
            where not internal
            union all
            select schema_name, function_name, parameters::varchar
            from duckdb_functions()
            where not internal
            """
        ).fetchall()
    return sorted(objects, key=repr)


def test_migrations_are_numbered_one_by_one_and_leave_transactions_alone() -> None:
    """Two of one number have no order of their own, and one that commits could be half applied."""
    numbers = [int(name[:4]) for name in NAMES]
    assert len(set(numbers)) == len(numbers) and numbers == sorted(numbers) and numbers[0] == 1
    # By the words: DuckDB makes a transaction of its own of one statement, which keeps to one that is open.
    for name, text in ALL:
        assert not re.search(
            r"(?im)^\s*(?:begin|start|commit|rollback|abort)(?:\s+transaction)?\s*;", text
        ), name


def test_each_is_applied_once_in_order_with_its_digest(tmp_path: Path, known: Scripts) -> None:
    path = tmp_path / "warehouse.duckdb"
    for n in range(len(ALL) + 1):
        known(ALL[:n])
        with writer(path):
            pass
        assert applied(path) == [(name, hashlib.sha256(text.encode()).hexdigest()) for name, text in ALL[:n]]
    with closing(duckdb.connect(str(path))) as con:
        assert database.migrate(con) == []
    at_once = tmp_path / "at_once.duckdb"
    with closing(duckdb.connect(str(at_once))) as con:
        assert database.migrate(con) == NAMES
    assert schema(at_once) == schema(path)


@pytest.mark.parametrize("name", NAMES)
def test_an_edited_one_is_refused_and_nothing_else_is_applied(
    tmp_path: Path, known: Scripts, name: str
) -> None:
    path = tmp_path / "warehouse.duckdb"
    with writer(path):
        pass
    before = schema(path)
    edited = [(each, text + ("-- edited" if each == name else "")) for each, text in ALL]
    known([*edited, ("9999_more", "create table meta.more (n integer)")])
    with pytest.raises(WarehouseError) as refused, writer(path):
        pass
    said = str(refused.value)
    assert f"migration {name} was changed after it was applied to {path}" in said and "\n" not in said
    assert (schema(path), [each for each, _ in applied(path)]) == (before, NAMES)


def test_a_database_of_a_newer_version_is_refused_by_writers_and_readers(
    paper: Paper, known: Scripts
) -> None:
    """Whole as it is: the newer version goes on with it afterwards."""
    week(paper)
    path, public = paper.root / "warehouse.duckdb", paper.root / "dawn.duckdb"
    newer = [*ALL, ("9998_newer", "create table meta.newer (n integer)"), ("9999_newest", "select 1")]
    known(newer)
    paper.load()
    publish(path, public)
    before = {each: each.read_bytes() for each in (path, public)}
    known(ALL)
    for file, asking in (
        (path, lambda: writer(path)),
        (public, lambda: reader(public)),
        (public, lambda: answer(public, "select 1")),
    ):
        with pytest.raises(WarehouseError) as refused, asking():
            pass
        assert str(refused.value) == (
            f"{file} was written by a newer version of this program (it has 9998_newer, which is not known"
            " here): use that version, or a later one; nothing was changed"
        )
    with pytest.raises(WarehouseError, match="newer version"):
        paper.load()
    assert {each: each.read_bytes() for each in (path, public)} == before
    known(newer)
    with answer(public, "select count(*) from articles") as found:
        assert list(found.rows) == [(2,)]


def test_one_that_comes_before_an_applied_one_is_refused(tmp_path: Path, known: Scripts) -> None:
    path = tmp_path / "warehouse.duckdb"
    known([*ALL, ("9999_last", "create table meta.last (n integer)")])
    with writer(path):
        pass
    known(
        [
            *ALL,
            ("9990_between", "create table meta.between (n integer)"),
            ("9999_last", "create table meta.last (n integer)"),
        ]
    )
    with (
        pytest.raises(WarehouseError, match="9990_between comes before 9999_last, which was applied"),
        writer(path),
    ):
        pass
    assert [name for name, _ in applied(path)] == [*NAMES, "9999_last"]


HALF = """
create schema half;
create table half.one (n integer primary key);
insert into half.one values (1);
alter table raw.files add column half varchar;
alter table raw.files add column whole boolean default false;
drop view articles;
create macro core.half(n) as n / 2;
insert into meta.stale values ('half');
"""


@pytest.mark.parametrize(
    "fails", ["select no_such_column from half.one;", "insert into half.one values (1);"]
)
def test_one_that_fails_half_way_leaves_nothing_and_no_record(
    paper: Paper, known: Scripts, fails: str
) -> None:
    week(paper)
    paper.load()
    path = paper.root / "warehouse.duckdb"
    before, all_rows = schema(path), everything(paper)
    known([*ALL, ("9998_good", "create table meta.good (n integer)"), ("9999_half", HALF + fails)])
    with pytest.raises(WarehouseError) as refused, writer(path):
        pass
    assert f"migration 9999_half cannot be applied to {path}: " in str(refused.value)
    assert "\n" not in str(refused.value)
    good = ("meta", "good", "n INTEGER")
    assert schema(path) == sorted([*before, good], key=repr)
    assert [name for name, _ in applied(path)] == [*NAMES, "9998_good"]
    known([*ALL, ("9998_good", "create table meta.good (n integer)")])
    assert everything(paper) == all_rows


def in_another_process(path: Path, code: str) -> subprocess.Popen[str]:
    lines = f"""
import os, sys
from pathlib import Path
import warehouse.database as database
path = Path({str(path)!r})
{code}
"""
    return subprocess.Popen(
        [sys.executable, "-c", lines],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_one_that_is_killed_half_way_leaves_nothing_and_no_record(paper: Paper) -> None:
    """Between what it changes and the record of it."""
    week(paper)
    paper.load()
    path = paper.root / "warehouse.duckdb"
    before, all_rows = schema(path), everything(paper)
    killed = in_another_process(
        path,
        f"""
real, half = database.scripts, {HALF!r}
class Con:
    def __init__(self, con): self.con = con
    def __getattr__(self, name): return getattr(self.con, name)
    def execute(self, text, *given):
        if text.startswith("insert into meta.migrations") and given[0][0] == "9999_half":
            os.kill(os.getpid(), 9)
        return self.con.execute(text, *given)
database.scripts = lambda folder: real(folder) + [("9999_half", half)] * (folder == "migrations")
connect = database.duckdb.connect
database.duckdb.connect = lambda *a, **k: Con(connect(*a, **k))
with database.writer(path): pass
""",
    )
    said = killed.communicate(timeout=60)[1]
    assert killed.returncode == -9, said
    assert everything(paper) == all_rows
    assert (schema(path), [name for name, _ in applied(path)]) == (before, NAMES)


def test_of_two_processes_one_migrates_and_the_other_is_told(tmp_path: Path) -> None:
    """Commands never come so far: they hold the data folder's lock."""
    path = tmp_path / "warehouse.duckdb"
    first = in_another_process(
        path, "with database.writer(path): print('open', flush=True); sys.stdin.read()"
    )
    assert first.stdout and first.stdin
    assert first.stdout.readline() == "open\n"
    with pytest.raises(WarehouseError) as refused, writer(path):
        pass
    assert f"{path} cannot be opened: " in str(refused.value) and "\n" not in str(refused.value)
    assert "lock" in str(refused.value)
    first.communicate("", timeout=60)
    assert first.returncode == 0
    with writer(path) as con:
        assert con.execute("select name from meta.migrations order by 1").fetchall() == [(n,) for n in NAMES]


# ── rows of earlier schemas ──────────────────────────────────────────────────────────────────────────────


def as_of(paper: Paper, newest: str, n: int, known: Scripts) -> tuple[str, dict[str, list[str]]]:
    """A database with the first `n` migrations alone that holds what `newest` holds, as far as it has the
    tables and columns for it; and its tables with their columns."""
    name = f"schema{n}.duckdb"
    known(ALL[:n])
    with writer(paper.root / name) as con:
        con.execute(f"attach {literal(str(paper.root / newest))} as newest (read_only)")
        old = dict(con.execute(TABLES, ["warehouse"]).fetchall())
        new = dict(con.execute(TABLES, ["newest"]).fetchall())
        for table, columns in old.items():
            shared = ", ".join(f'"{column}"' for column in columns if column in new.get(table, ()))
            if shared:
                con.execute(f"delete from {table}")  # a migration may have put rows of its own there
                con.execute(f"insert into {table} ({shared}) select {shared} from newest.{table}")
        con.execute("detach newest")
    known(ALL)
    return name, old


def one_run_more(paper: Paper) -> None:
    """A story of before edited, another off the site, a new one, a feed's, and a listing that owes one."""
    paper.run(*settled_listings(), discovery(8), discovery(9), spider="edition")
    paper.page(1, article(1, "First text, mended once more.", updated_at="2026-03-09T15:00:00+05:00"))
    paper.page(7, None, reason="gone", status=404)
    paper.page(8, article(8, "Quite new."))
    feed(paper, article(10, "From a feed.", source="feed"))


@pytest.mark.parametrize(
    "n",
    [
        pytest.param(n, id=name, marks=[] if n in (1, len(ALL)) else [pytest.mark.slow])
        for n, name in enumerate(NAMES, 1)
    ],
)
def test_rows_of_an_earlier_schema_are_kept_and_brought_up_to_date(
    paper: Paper, known: Scripts, n: int
) -> None:
    """Opened by this code the rows are there; after the next pass all tables equal a rebuild from the files.

    The next pass reads every capture anew, for its rules are other ones. What a text had under the old rules
    and had no column then (Markdown, pictures: before 0004) stays null in `raw.extracts`, as no file of those
    rules is read twice; nothing is derived from that any more.
    """
    week(paper)
    paper.load("newest.duckdb")
    name, old = as_of(paper, "newest.duckdb", n, known)
    counts = " union all ".join(f"select '{table}' as name, count(*) from {table}" for table in old)
    before = rows(paper, f"from ({counts}) order by name", "newest.duckdb")
    assert sum(count for _, count in before) > 40
    with opened(paper, name) as con:
        assert con.execute(f"from ({counts}) order by name").fetchall() == before
        new = dict(con.execute(TABLES, ["warehouse"]).fetchall())
        assert [
            each for (each,) in con.execute("select name from meta.migrations order by 1").fetchall()
        ] == NAMES
        # Before anything is loaded people can ask what they could ask before, and every view there is now.
        for table in PUBLIC:
            con.execute(f"from {table}").fetchall()
        told = rows(paper, "select story_id, title, body from articles order by 1", "newest.duckdb")
        expected = (
            told if "core.articles" in old else []
        )  # the schema before had none: the next load makes them
        assert con.execute("select story_id, title, body from articles order by 1").fetchall() == expected
    without = {table for table in old if table.startswith("raw.") and old[table] != new[table]}
    old_files = set(rows(paper, "from raw.files", name))
    before_rules = paper.rules

    one_run_more(paper)
    if not without:
        # The same rules: nothing of before is read anew.
        same_rules = paper.root / "same_rules.duckdb"
        same_rules.write_bytes((paper.root / name).read_bytes())
        paper.load("same_rules.duckdb")
        paper.load("rebuilt_same.duckdb")
        upgraded, rebuilt = everything(paper, "same_rules.duckdb"), everything(paper, "rebuilt_same.duckdb")
        for table in (*PUBLIC, *KEPT):
            assert upgraded[table] == rebuilt[table], table

    old_extracts = [path for path in paper.files()[1] if (path.name,) in old_files]
    paper.rules = "r2"
    journals, extracts = paper.files()
    load(paper.root / name, journals, extracts, paper.rules)
    load(paper.root / "rebuilt.duckdb", [], old_extracts, before_rules)
    load(paper.root / "rebuilt.duckdb", journals, extracts, paper.rules)
    if without:
        with opened(paper, "rebuilt.duckdb") as con:
            for table in without & {"raw.extracts"}:
                for column in set(new[table]) - set(old[table]):
                    con.execute(f'update {table} set "{column}" = null where rules = ?', [before_rules])
    upgraded, rebuilt = everything(paper, name), everything(paper, "rebuilt.duckdb")
    for table in (*PUBLIC, *KEPT):
        expected, found = rebuilt[table], upgraded[table]
        if table == "raw.bodies" and without:  # the texts in Markdown of the old rules were never taken in
            assert set(found) <= set(expected)
            continue
        assert found == expected, table
