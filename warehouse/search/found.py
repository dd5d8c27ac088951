"""A page of what was found: its hits, how many there are in all, and what may have been meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import duckdb
from tantivy import Occur, Query, Searcher

from warehouse.database import published
from warehouse.search.analysis import damage_shown, schema
from warehouse.search.filtered import Filters, newest
from warehouse.search.find import Hit, alike, find, opened
from warehouse.search.index import in_step
from warehouse.search.meant import meant
from warehouse.search.passage import Passage, passage
from warehouse.search.question import Question, question

FARTHEST = 10_000
"""Hits that are told of one question, a page at a time: whoever wants more had better ask for less."""


@dataclass(frozen=True, slots=True)
class Found:
    """Some of the hits, from the `skipped`-th on; `titles` are theirs, with the words that were searched for.

    `count` is how many there are in all; not `exact` where the index is older or newer than the published
    file. `newest` has the newest version of each story of which a past text is among the hits. `meant` are
    other words, where nothing has these.
    """

    hits: tuple[Hit, ...]
    titles: tuple[Passage, ...]
    count: int
    exact: bool = True
    newest: Mapping[int, int] = field(default_factory=dict)
    meant: tuple[str, ...] = ()


def found(
    data: Path, words: str, filters: Filters, *, past: bool = False, limit: int = 25, skipped: int = 0
) -> Found:
    """The texts of a data folder that fit, as `warehouse.search.search` has them; without words the newest.

    Raises QueryError where the question has no sense, WarehouseError where there are words and no index.
    """
    limit = max(min(limit, FARTHEST - skipped), 0)
    ask = partial(question, words, **asdict(filters))
    if words.strip():
        ask()  # what has no sense is said before anything is opened
    with published(data / "dawn.duckdb") as con:
        if not words.strip():
            count, hits = newest(con, filters, limit, past, skipped)
            return _told(con, hits, count)
        folder = data / "search"
        hits = find(con, folder, ask, limit, past, skipped)
        path, searcher = opened(folder)
        with damage_shown(path):
            asked = ask(alike=partial(alike, searcher))
            count = _count(con, searcher, asked, past)
            others = () if hits or skipped else meant(searcher, words, asked)
        least = skipped + len(hits) if hits else 0  # of an index that is older than the file
        return _told(con, hits, max(count, least), asked, in_step(con, folder), others)


def everything(data: Path, words: str, filters: Filters, *, past: bool = False) -> tuple[Hit, ...]:
    """All of the hits, the first FARTHEST where there are more. Raises what `found` raises."""
    return found(data, words, filters, past=past, limit=FARTHEST).hits


def _told(
    con: duckdb.DuckDBPyConnection,
    hits: Sequence[Hit],
    count: int,
    asked: Question | None = None,
    exact: bool = True,
    others: tuple[str, ...] = (),
) -> Found:
    sought = asked.sought if asked else ()
    titles = tuple(passage(hit.title, sought, 2 * len(hit.title) + 1) for hit in hits)
    stories = sorted({hit.story_id for hit in hits if not hit.current})
    versions = dict(con.execute(_NEWEST.format(stories=stories)).fetchall()) if stories else {}
    return Found(tuple(hits), titles, count, exact, versions, others)


def _count(con: duckdb.DuckDBPyConnection, searcher: Searcher, asked: Question, past: bool) -> int:
    """How many documents fit; without `past` those that an edit replaced are taken off, which are few."""
    count = _documents(searcher, asked.query)
    if past or not count:
        return count
    keys = [key for (key,) in con.execute(_PAST).fetchall()]
    if not keys:
        return count
    replaced = Query.const_score_query(Query.term_set_query(schema(), "key", keys), 0.0)
    both = Query.boolean_query([(Occur.Must, asked.query), (Occur.Must, replaced)])
    return count - _documents(searcher, both)


def _documents(searcher: Searcher, query: Query) -> int:
    result = searcher.search(query, 1, count=True)
    return int(result.count or 0)  # type: ignore[attr-defined]  # its stubs do not know it


_PAST = """
select distinct core.document_key(v.story_id, v.content_hash, a.published_on, a.printed_on, a.printed_in)
from core.versions as v
join core.articles as a using (story_id)
where v.content_hash <> a.content_hash
"""

_NEWEST = """
select
    story_id,
    version
from core.articles
where story_id in (select unnest({stories}::bigint[]))
"""
