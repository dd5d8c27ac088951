"""Full-text search inside a question in SQL: `from search('flood relief')`."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from warehouse.search.analysis import damage_shown
from warehouse.search.find import alike, candidates, opened
from warehouse.search.passage import passage
from warehouse.search.question import question

MOST = 100_000  # texts that one search gives

SEARCH = """
create temp macro search(words, past := false) as table
with
found as (
    select unnest(search_texts(words), recursive := true)
)
select
    v.story_id,
    max(v.version) as version,
    any_value(v.content_hash = a.content_hash) as is_current,
    any_value(f.score) as score
from found as f
join core.versions as v
    on v.story_id = f.story_id
    and core.text_content(v.content_hash) = f.content
join core.articles as a
    on a.story_id = v.story_id
where past
    or v.content_hash = a.content_hash
group by
    v.story_id,
    v.content_hash
"""

ASKS = re.compile(r"\b(search|passage)\s*\(", re.IGNORECASE)


def offer(con: duckdb.DuckDBPyConnection, folder: Path, sql: str) -> None:
    """Nothing; where the SQL asks for it, `search(words)` is a table and `passage(body, words)` a function.

    The table has one row per text that fits: story_id, version, is_current, score; with `past := true` also
    those that an edit replaced. The function gives the passage that fits, its words between asterisks.
    """
    if not ASKS.search(sql):
        return

    def search_texts(words: str) -> list[dict[str, Any]]:
        path, searcher = opened(folder)
        with damage_shown(path):
            found = candidates(searcher, question(words, alike=partial(alike, searcher)), MOST)
        return [{"story_id": each.story_id, "content": each.content, "score": each.score} for each in found]

    def passage_of(body: str, words: str) -> str:
        return passage(body, question(words).sought).marked()

    con.create_function(
        "search_texts",
        search_texts,
        ["varchar"],
        "struct(story_id bigint, content bigint, score double)[]",
    )
    con.create_function("passage", passage_of, ["varchar", "varchar"], "varchar")
    con.execute(SEARCH)
