"""The steps that are measured, each in a process of its own: what it returns is seconds, or as it says."""

from __future__ import annotations

import resource
import shutil
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.million.made import A_DAY, RULES, Files, hours_later, made

Figures = dict[str, float]
TURNS = 3

QUESTIONS = {
    "how many": "select count(*) from articles",
    "one story": "select * from articles where story_id = 1000500",
    "a day": "select story_id, title from articles where published_on = date '2012-01-02'",
    "texts of a day": "select story_id, body from articles where published_on = date '2012-01-02'",
    "by section": "select section, count(*) from articles group by 1",
    "words a year": "select year(published_on), sum(word_count) from articles group by 1",
    "of an author": "select count(*) from articles where list_contains(authors, 'Author 42')",
    "a word in titles": "select count(*) from articles where title ilike '%karo%'",
    "versions of one": "select version, body from versions where story_id = 1000500",
    "edited": "select count(*) from versions where version > 1",
    "edits": "select type, count(*) from edits group by 1",
    "as of": "select count(*) from articles_as_of(timestamptz '2030-01-01 00:00:00+05')",
    "per day and section": "select * from stories_by_day_and_section limit 100",
    "per author": "select * from stories_by_author limit 100",
    "corrections": "select count(*) from corrections_of_the_week",
    "front page": "select * from front_page where day = date '2012-01-02'",
    "editions": "select state, count(*) from editions group by 1",
    "runs": "select count(*) from runs",
    "rejections": "select count(*) from rejections",
    "families": "select count(*) from families",
}
"""Typical questions and every view that people query, by name."""


def on_one_core(root: Path, size: int) -> Figures:
    """A load of all, without its families, by a DuckDB of one thread, and in turn with it what two ways take
    that derive nothing: row by row, and DuckDB's reader of JSON Lines straight into one table. Of three turns
    the one whose load was the middle one; and the seconds of the fastest and the slowest load."""
    _one_thread()
    data = root / "one-core"
    files = made(root / "files", size)
    some = made(root / "files", min(size, 50_000)).extracts
    turns = []
    for _ in range(TURNS):
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir(parents=True)
        found = _load(data / "warehouse.duckdb", files, families=False)
        with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as con:
            rows = con.execute("select story_id, title, authors, body from articles limit 1000").fetchall()
        upserts = partial(_row_by_row, data / "upserts.duckdb", rows)
        found["upserts"] = size / len(rows) * _timed(upserts)
        found["bare"] = size / min(size, 50_000) * _timed(lambda: _bare(data / "bare.duckdb", some))
        turns.append(found)
    shutil.rmtree(data)
    turns.sort(key=lambda turn: turn["load"])
    return turns[TURNS // 2] | {"fastest": turns[0]["load"], "slowest": turns[-1]["load"]}


def all_of_it(root: Path, size: int) -> Figures:
    """A load of all, with every core."""
    return _load(root / f"data-{size}/warehouse.duckdb", made(root / "files", size))


def an_hour_later(root: Path, size: int) -> Figures:
    """A load of 300 stories more, of which 50 are edits of the last week's."""
    later = hours_later(root / f"later-{size}", size, hours=1, among=7 * A_DAY)
    return _load(root / f"data-{size}/warehouse.duckdb", later)


def two_hours_later(root: Path, size: int) -> Figures:
    """A load of 300 stories more, of which 50 are edits of all years'."""
    later = hours_later(root / f"later-{size}", size, hours=2, among=size)
    return _load(root / f"data-{size}/warehouse.duckdb", later)


def publish(root: Path, size: int) -> Figures:
    """A publication and a mere copy of the file that takes an older one's place too (to free that one's
    blocks takes long), three times in turn; the medians."""
    from statistics import median

    from warehouse.publish import publish as put_out

    source, public = root / f"data-{size}/warehouse.duckdb", root / f"data-{size}/dawn.duckdb"
    put_out(source, public, anyway=True)
    _copied(source, public.with_name("copy.duckdb"))
    turns = [
        (
            _timed(lambda: _copied(source, public.with_name("copy.duckdb"))),
            _timed(lambda: put_out(source, public, anyway=True)),
        )
        for _ in range(TURNS)
    ]
    public.with_name("copy.duckdb").unlink()
    copies, publications = zip(*turns, strict=True)
    return {"publish": median(publications), "copy": median(copies), "bytes": source.stat().st_size}


def index(root: Path, size: int) -> Figures:
    """The index of full-text search, made anew; and its bytes."""
    from warehouse.search import keep_up

    data = root / f"data-{size}"
    shutil.rmtree(data / "search", ignore_errors=True)
    seconds = _timed(lambda: keep_up(data / "dawn.duckdb", data / "search", False))
    return {
        "index": seconds,
        "bytes": sum(path.stat().st_size for path in (data / "search").rglob("*") if path.is_file()),
        "peak": _peak(),
    }


def questions(root: Path, size: int) -> Figures:
    """Each question, the second time that it is asked."""
    from warehouse.database import reader
    from warehouse.search import search

    found = {}
    data = root / f"data-{size}"
    with reader(data / "dawn.duckdb") as con:
        for name, sql in QUESTIONS.items():
            con.execute(sql).fetchall()
            found[name] = _timed(lambda sql=sql: con.execute(sql).fetchall())  # type: ignore[misc]
    words = "karo mota"
    search(data, words)
    return found | {"search": _timed(lambda: search(data, words))}


STEPS: dict[str, Callable[[Path, int], Figures]] = {
    step.__name__: step
    for step in (on_one_core, all_of_it, an_hour_later, two_hours_later, publish, index, questions)
}


def _one_thread() -> None:
    """Nothing; every DuckDB of this process has one thread from now on. (A process bound to one core has as
    many as the machine has cores, which then wait for one another.)"""
    connect = duckdb.connect

    def with_one(*words: Any, **more: Any) -> duckdb.DuckDBPyConnection:
        return connect(*words, **more | {"config": {"threads": 1} | more.get("config", {})})

    duckdb.connect = with_one


def _load(warehouse: Path, files: Files, families: bool = True) -> Figures:
    """Seconds of a load without its families, its CPU seconds, seconds of the families; peak in bytes."""
    from warehouse import families as stage
    from warehouse.load import load

    spent, cpu, keep_up = 0.0, 0.0, stage.keep_up

    def apart(con: duckdb.DuckDBPyConnection) -> int:
        nonlocal spent, cpu
        wall, processor = time.perf_counter(), time.process_time()
        compared = keep_up(con) if families else 0
        spent, cpu = spent + time.perf_counter() - wall, cpu + time.process_time() - processor
        return compared

    stage.keep_up = apart
    began = time.process_time()
    seconds = _timed(lambda: load(warehouse, files.journals, files.extracts, RULES))
    took = time.process_time() - began
    return {"load": seconds - spent, "cpu": took - cpu, "families": spent, "peak": _peak()}


def _copied(source: Path, target: Path) -> None:
    """Nothing; the target is a copy of the source, put in the older one's place as a publication is."""
    from warehouse.publish import copy

    beside = target.with_name(target.name + ".new")
    copy(source, beside)
    beside.replace(target)


def _row_by_row(path: Path, rows: list[tuple[Any, ...]]) -> None:
    """Nothing; each row was put in by a statement of its own, all in one transaction."""
    with duckdb.connect(str(path)) as con:
        con.execute(
            "create table articles ("
            " story_id bigint primary key, title varchar, authors varchar[], body varchar)"
        )
        con.execute("begin")
        for row in rows:
            con.execute(
                "insert into articles values (?, ?, ?, ?) on conflict do update set title = excluded.title,"
                " authors = excluded.authors, body = excluded.body",
                row,
            )
        con.execute("commit")
        con.execute("checkpoint")


def _bare(path: Path, extracts: Sequence[Path]) -> None:
    """Nothing; the lines of these files stand in one table, packed as ours are."""
    from warehouse.database import literal
    from warehouse.load import EXTRACT_COLUMNS, json_lines

    with duckdb.connect() as con:
        con.execute(f"attach {literal(str(path))} as bare (storage_version 'v1.5.0')")
        con.execute("set checkpoint_threshold = '1GB'")
        lines = f"select capture_id, fetched_at, unnest(article) from {json_lines(extracts, EXTRACT_COLUMNS)}"
        columns = con.execute(f"describe {lines}").fetchall()
        texts = ("body", "body_markdown")
        named = ", ".join(
            f'"{name}" {kind}' + (" using compression zstd" if name in texts else "")
            for name, kind, *_ in columns
        )
        con.execute(f"create table bare.lines ({named})")
        con.execute(f"insert into bare.lines {lines}")
        con.execute("checkpoint bare")


def _timed(what: Callable[[], Any]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


def _peak() -> float:
    """The most memory that this process ever held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
