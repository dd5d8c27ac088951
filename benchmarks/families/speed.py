"""What it costs to keep up who tells the same: a first load of n stories, and 300 more into them."""

from __future__ import annotations

import multiprocessing
import resource
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb

from benchmarks.families.labelled import put_in
from benchmarks.families.made import Press
from benchmarks.record import spread
from warehouse import families
from warehouse.database import writer

NEW = 300
PORTION = 5000


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of work and of the clock, and what it took of memory and disk."""

    stories: int
    work: float
    clock: float
    more_work: float
    more_clock: float
    views_clock: float
    pairs: int
    bytes_a_story: float
    peak: float


COLUMNS = (
    "stories",
    "CPU seconds",
    "stories/CPU s",
    "clock, s",
    "300 more, CPU s",
    "300 more, clock, s",
    "`families`, all, s",
    "pairs",
    "bytes a story",
    "peak memory, GB",
)


def row(rounds: Sequence[Cost]) -> list[str]:
    """A line of the table, of several rounds over as many stories."""
    one = rounds[0]
    return [
        f"{one.stories:,}",
        spread([each.work for each in rounds], "{:.1f}"),
        spread([each.stories / each.work for each in rounds], "{:,.0f}"),
        spread([each.clock for each in rounds], "{:.1f}"),
        spread([each.more_work for each in rounds]),
        spread([each.more_clock for each in rounds]),
        spread([each.views_clock for each in rounds]),
        f"{one.pairs:,}",
        f"{one.bytes_a_story:.0f}",
        f"{max(each.peak for each in rounds):.2f}",
    ]


def cost(stories: int, memory: str = "2GB") -> Cost:
    """The cost at so many stories, in a process of its own: the peak of its memory is this one's alone."""
    with multiprocessing.get_context("spawn").Pool(1) as alone:
        return alone.apply(measured, (stories, memory))


def measured(stories: int, memory: str) -> Cost:
    press = Press()
    texts = press.texts(stories + NEW)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "warehouse.duckdb"
        with writer(path) as con:
            con.execute(f"set memory_limit = '{memory}'")
            con.execute("set enable_progress_bar = false")
            left = stories
            while left:
                portion = list(islice(texts, min(PORTION, left)))
                left -= len(portion)
                put_in(
                    con,
                    [(each.story_id, each.day, each.title, "\n\n".join(each.paragraphs)) for each in portion],
                )
            con.execute("insert or ignore into touched_stories select story_id from core.articles")
            con.execute("checkpoint")
            before = path.stat().st_size
            con.execute("begin")
            work, clock = _timed(con)
            con.execute("commit")
            con.execute("checkpoint")
            size = path.stat().st_size - before
            pairs = con.execute("select count(*) from core.pairs").fetchone()
            put_in(
                con, [(each.story_id, each.day, each.title, "\n\n".join(each.paragraphs)) for each in texts]
            )
            con.execute("begin")
            more_work, more_clock = _timed(con)
            con.execute("commit")
            begin = time.perf_counter()
            con.execute("select count(*) from families").fetchone()
            views = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return Cost(
        stories, work, clock, more_work, more_clock, views, pairs[0] if pairs else 0, size / stories, peak
    )


def _timed(con: duckdb.DuckDBPyConnection) -> tuple[float, float]:
    work, clock = time.process_time(), time.perf_counter()
    families.keep_up(con)
    return time.process_time() - work, time.perf_counter() - clock
