"""`python -m benchmarks.search [STORIES…] [--rounds 3]`: what full-text search costs, over made-up archives
of such sizes.

Texts are some 4.4 KB of invented words, as frequent as words are (Zipf), written straight into the tables of
core. Prints a table in Markdown; nothing is asserted.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from statistics import median
from time import perf_counter

import duckdb

from benchmarks.extract.report import table
from benchmarks.record import spread
from warehouse.database import writer
from warehouse.publish import publish
from warehouse.search import search

SIZES = (1_000, 10_000, 100_000)
LOAD = 300
VOCABULARY = 60_000
QUESTIONS = 20
KEEP_UP = """
import re, sys, time
from pathlib import Path
from warehouse.search import keep_up
data = Path(sys.argv[1])
began, work = time.perf_counter(), time.process_time()
done = keep_up(data / "dawn.duckdb", data / "search")
print(done.added, time.perf_counter() - began, time.process_time() - work)
# Not getrusage: what a process inherits there is the peak of whoever started it.
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024)
"""
COLUMNS = (
    "stories",
    "all anew, s",
    "CPU seconds",
    "stories/CPU s",
    "300 more, s",
    "a question, ms",
    "size, MB",
    "peak memory, MB",
)


class Texts:
    """Invented words, and texts of them."""

    def __init__(self, seed: int = 1) -> None:
        self._chance = random.Random(seed)
        syllables = [a + b for a in "bcdfghjklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er", "im")]
        self.words = sorted(
            {
                "".join(self._chance.choices(syllables, k=self._chance.choice((1, 2, 2, 3, 3, 4))))
                for _ in range(VOCABULARY)
            }
        )
        self._chance.shuffle(self.words)
        self._weights = list(accumulate(1 / (rank + 2.7) for rank in range(len(self.words))))

    def text(self, words: int) -> str:
        """So many words, in paragraphs."""
        said = self._chance.choices(self.words, cum_weights=self._weights, k=words)
        return "\n\n".join(" ".join(said[n : n + 60]).capitalize() + "." for n in range(0, len(said), 60))


def fill(con: duckdb.DuckDBPyConnection, texts: Texts, first: int, count: int) -> None:
    """Nothing; so many stories more stand in the tables that search reads, as one load leaves them."""
    con.execute("begin")
    for begin in range(first, first + count, 5_000):
        stories = range(begin, min(begin + 5_000, first + count))
        rows = {
            "story": list(stories),
            "title": [texts.text(9).rstrip(".") for _ in stories],
            "body": [texts.text(random.Random(story).randint(250, 880)) for story in stories],
        }
        con.execute(
            "create or replace temp table made as"
            " select unnest($story) as story, unnest($title) as title, unnest($body) as body",
            rows,
        )
        con.execute("""
            insert into raw.bodies
            select distinct substr(sha256(body), 1, 32)::uuid as body_id, body
            from made
            where body_id not in (select body_id from raw.bodies)
        """)
        con.execute("""
            insert into core.versions by name
            select
                story as story_id,
                1 as version,
                title,
                'news' as kind,
                ['Pakistan', 'World', 'Business'][1 + story % 3] as section,
                ['Writer ' || story % 200] as authors,
                substr(sha256(body), 1, 32)::uuid as body_id,
                700 as word_count,
                sha256(body) as content_hash,
                now() as first_seen_at,
                now() as last_seen_at,
                'urn:' || story as capture_id,
                'page' as source,
                'r' as rules
            from made
        """)
        con.execute(
            """
            insert into core.articles by name
            select
                v.* exclude (updated_at, last_updated_at),
                'http://site/news/' || story_id as url,
                date '2000-01-01' + (story_id // 100)::int as published_on,
                [] as tags,
                [] as links,
                0 as rail_sentences
            from core.versions as v
            where story_id between ? and ?
        """,
            [stories[0], stories[-1]],
        )
    con.execute(
        "insert into meta.text_changes select coalesce(max(change), 0) + 1, uuid() from meta.text_changes"
    )
    con.execute(
        "insert into meta.texts select story_id, uuid(), (select max(change) from meta.text_changes)"
        " from core.articles where story_id >= ?",
        [first],
    )
    con.execute("insert or ignore into meta.unpublished values ('made up')")
    con.execute("commit")
    con.execute("checkpoint")


def in_a_process(data: Path) -> tuple[float, ...]:
    """What keeping up took in a process of its own: documents added, seconds, CPU seconds, peak MB."""
    said = subprocess.run(
        [sys.executable, "-c", KEEP_UP, str(data)], check=True, stdout=subprocess.PIPE, text=True
    )
    return tuple(map(float, said.stdout.split()))


@dataclass(frozen=True, slots=True)
class Round:
    """What one archive of some size took: seconds, and bytes."""

    anew: float
    cpu: float
    more: float
    asked: tuple[float, ...]
    size: float
    peak: float


def measure(stories: int, texts: Texts) -> Round:
    """An archive made, indexed, kept up and asked."""
    with tempfile.TemporaryDirectory(prefix="dawn-search-") as name:
        data = Path(name)
        own, public, folder = data / "warehouse.duckdb", data / "dawn.duckdb", data / "search"
        with writer(own) as con:
            fill(con, texts, 1, stories)
        publish(own, public)
        _, anew, cpu, peak = in_a_process(data)
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        with writer(own) as con:
            fill(con, texts, stories + 1, LOAD)
        publish(own, public)
        added, more, _, _ = in_a_process(data)
        assert added == LOAD
        asked = []
        for n in range(QUESTIONS):
            words = f"{texts.words[3 + n]} {texts.words[300 + 97 * n]}"
            began = perf_counter()
            search(data, words)
            asked.append(perf_counter() - began)
        return Round(anew, cpu, more, tuple(asked), size, peak)


def row(stories: int, rounds: Sequence[Round]) -> list[str]:
    """One line of the table."""
    questions = [second * 1000 for one in rounds for second in one.asked]
    return [
        f"{stories:,}",
        spread([one.anew for one in rounds], "{:.1f}"),
        spread([one.cpu for one in rounds], "{:.1f}"),
        spread([stories / one.cpu for one in rounds], "{:,.0f}"),
        spread([one.more for one in rounds]),
        spread(questions, "{:.0f}"),
        f"{median(one.size for one in rounds) / 1e6:,.0f}",
        f"{max(one.peak for one in rounds):,.0f}",
    ]


def main(sizes: list[int], rounds: int) -> None:
    """Nothing; the table on stdout. The sizes go round in turn."""
    texts = Texts()
    made: dict[int, list[Round]] = {stories: [] for stories in sizes}
    for turn in range(rounds):
        for stories in sizes:
            made[stories].append(measure(stories, texts))
            print(f"round {turn + 1} of {rounds}: {stories:,} stories", file=sys.stderr, flush=True)
    print(f"**Full-text search.** {rounds} rounds; {QUESTIONS} questions in each.\n")
    print(table(COLUMNS, [row(stories, each) for stories, each in made.items()]))


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("sizes", type=int, nargs="*", default=list(SIZES))
    asked.add_argument("--rounds", type=int, default=3)
    given = asked.parse_args()
    main(given.sizes, given.rounds)
