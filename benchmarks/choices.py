"""What two of the design's choices cost, each beside the way not taken: `python -m benchmarks.choices`."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import duckdb
import trafilatura

from benchmarks.turns import Turns, in_turn
from crawlers.extract import extract_page
from crawlers.lookalike import Lookalike
from warehouse.database import literal


def extraction(turns: int) -> Turns:
    """Cut the body out, then trafilatura; beside trafilatura over the whole page."""
    site = Lookalike(days=3)
    pages = [site.page(story, "https://www.dawn.com").encode() for story in site.stories]
    kilobytes = sum(map(len, pages)) // len(pages) // 1000
    return in_turn(
        f"Extraction: pages of the look-alike, {kilobytes} KB each",
        ("ours: layout first, trafilatura on the body", lambda: [extract_page(page) for page in pages]),
        (
            "trafilatura over the whole page",
            lambda: [
                trafilatura.bare_extraction(page, include_comments=False, with_metadata=True)
                for page in pages
            ],
        ),
        len(pages),
        turns,
    )


def taking_in(turns: int) -> Turns:
    """DuckDB's own reader of JSON Lines; beside rows handed over one by one from Python."""
    rows = [{"story_id": n, "body": f"A sentence of story {n}. " * 200} for n in range(1000)]
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "rows.jsonl"
        lines.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        con = duckdb.connect(str(Path(folder) / "file.duckdb"))
        con.execute("create table t (story_id bigint, body varchar)")

        def read_json() -> None:
            con.execute("delete from t")
            con.execute(
                f"insert into t from read_json({literal(str(lines))}, format = 'newline_delimited',"
                " columns = {'story_id': 'bigint', 'body': 'varchar'})"
            )

        def row_by_row() -> None:
            con.execute("delete from t")
            con.executemany("insert into t values (?, ?)", [(row["story_id"], row["body"]) for row in rows])

        return in_turn(
            "Warehouse: taking in articles of 5 KB",
            ("ours: read_json over the extracted file", read_json),
            ("executemany from Python", row_by_row),
            len(rows),
            turns,
        )


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--turns", type=int, default=5)
    given = asked.parse_args()
    for measure in (extraction, taking_in):
        print(measure(given.turns))
