"""What the warehouse costs at each size, one process a step: `python -m benchmarks.million [SIZES…]`."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from benchmarks.million.made import RULES, an_hour_later, made

SIZES = (1_000, 10_000, 100_000)
QUESTIONS = {
    "how many": "select count(*) from articles",
    "one story": "select * from articles where story_id = 1000500",
    "a day": "select story_id, title from articles where published_on = date '2012-01-02'",
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


def main(sizes: list[int]) -> None:
    """Nothing; two tables on stdout. What was made stays in MADE (default: a folder that is removed)."""
    with TemporaryDirectory() as scratch:
        root = Path(os.environ.get("MADE", scratch))
        rows, answers = [], {}
        for size in sizes:
            data = root / f"data-{size}"
            data.mkdir(parents=True, exist_ok=True)
            for path in data.glob("*.duckdb*"):
                path.unlink()
            made(root / "files", size)
            all_of_it, more = _step("load", root, size), _step("more", root, size)
            out, index = _step("publish", root, size), _step("index", root, size)
            upserts = _step("upserts", root, size)
            answers[size] = _step("questions", root, size)
            warehouse = (data / "warehouse.duckdb").stat().st_size
            rows.append(
                f"| {size:,} | {size / all_of_it['load']:,.0f} | {size / all_of_it['cpu']:,.0f} |"
                f" {size / all_of_it['load'] / upserts['rate']:.0f} | {size / all_of_it['families']:,.0f} |"
                f" {size / index['seconds']:,.0f} | {more['load']:.2f} s | {more['families']:.2f} s |"
                f" {out['seconds']:.2f} s | {out['copy']:.2f} s | {warehouse / size / 1000:.1f} kB |"
                f" {all_of_it['peak'] / 1e6:.2f} GB |"
            )
    print(
        "| stories | load, stories/s | stories per CPU s | times row-by-row upserts | families, stories/s |"
        " search index, stories/s | 300 more | their families | publish | a copy alone | a story | peak |"
    )
    print("|" + "---|" * 12)
    print("\n".join(rows))
    print("\n| question | " + " | ".join(f"{size:,}" for size in sizes) + " |")
    print("|---|" + "---|" * len(sizes))
    for name in (*QUESTIONS, "search"):
        print(f"| {name} | " + " | ".join(f"{answers[size][name] * 1000:,.0f} ms" for size in sizes) + " |")


def _step(name: str, root: Path, size: int) -> dict[str, float]:
    """What a process of its own measured, so that none has another's memory or warm cache."""
    command = [sys.executable, "-m", "benchmarks.million", "--step", name, str(root), str(size)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _timed(what: Callable[[], Any]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


def load(root: Path, size: int, later: bool = False) -> dict[str, float]:
    """Seconds of the load without its families, CPU seconds of it, seconds of the families, peak in kB."""
    from warehouse import families
    from warehouse.load import load as take_in

    files = made(root / "files", size)
    if later:
        files = an_hour_later(root / f"later-{size}", size, 200, 50, 50)
    spent, cpu, keep_up = 0.0, 0.0, families.keep_up

    def apart(con: duckdb.DuckDBPyConnection) -> int:
        nonlocal spent, cpu
        wall, processor = time.perf_counter(), time.process_time()
        compared = keep_up(con)
        spent, cpu = spent + time.perf_counter() - wall, cpu + time.process_time() - processor
        return compared

    families.keep_up = apart
    began = time.process_time()
    warehouse = root / f"data-{size}/warehouse.duckdb"
    seconds = _timed(lambda: take_in(warehouse, files.journals, files.extracts, RULES))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    took = time.process_time() - began - cpu
    return {"load": seconds - spent, "cpu": took, "families": spent, "peak": peak}


def publish(root: Path, size: int) -> dict[str, float]:
    """Seconds of a publication, and of a copy of the file alone, in turn."""
    from warehouse.publish import copy
    from warehouse.publish import publish as put_out

    data = root / f"data-{size}"
    seconds = _timed(lambda: put_out(data / "warehouse.duckdb", data / "dawn.duckdb", anyway=True))
    return {"seconds": seconds, "copy": _timed(lambda: copy(data / "warehouse.duckdb", data / "copy.duckdb"))}


def index(root: Path, size: int) -> dict[str, float]:
    """Seconds in which the index of full-text search is made."""
    import shutil

    from warehouse.search import keep_up

    data = root / f"data-{size}"
    shutil.rmtree(data / "search", ignore_errors=True)
    return {"seconds": _timed(lambda: keep_up(data / "dawn.duckdb", data / "search", False))}


def upserts(root: Path, size: int) -> dict[str, float]:
    """Stories per second where each is put in by a statement of its own, into a table of the same columns."""
    con = duckdb.connect(str(root / "upserts.duckdb"))
    con.execute("drop table if exists articles")
    con.execute(
        "create table articles (story_id bigint primary key, title varchar, authors varchar[], body varchar)"
    )
    with duckdb.connect(str(root / f"data-{size}/dawn.duckdb"), read_only=True) as from_there:
        rows = from_there.execute("select story_id, title, authors, body from articles limit 500").fetchall()
    upsert = "insert into articles values (?, ?, ?, ?) on conflict do update set title = excluded.title"
    seconds = _timed(lambda: [con.execute(upsert, row) for row in rows])
    con.close()
    (root / "upserts.duckdb").unlink()
    return {"rate": len(rows) / seconds}


def questions(root: Path, size: int) -> dict[str, float]:
    """Seconds of each question, the second time that it is asked."""
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


if __name__ == "__main__":
    if sys.argv[1:2] == ["--step"]:
        step, root, size = sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
        steps = {"publish": publish, "index": index, "upserts": upserts, "questions": questions}
        measured = load(root, size, step == "more") if step in ("load", "more") else steps[step](root, size)
        print(json.dumps(measured))
    else:
        main([int(size) for size in sys.argv[1:]] or list(SIZES))
