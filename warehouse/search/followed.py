"""Words over the years: of the stories of each period, how many have them. Asks the index and the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from tantivy import Query, Searcher

from warehouse.database import literal, published
from warehouse.periods import STORY_DAY, Window, conditions, joined, period_of
from warehouse.query import QueryError
from warehouse.search.analysis import damage_shown
from warehouse.search.find import alike, opened
from warehouse.search.question import question
from warehouse.search.sql import MOST


@dataclass(frozen=True, slots=True)
class Followed:
    """How many stories each period has, and of these, by what was asked for, how many have it.

    `sql` asks for the same, except that of what more than `MOST` texts have, which `beyond` names, it counts
    those only that fit best.
    """

    sql: str
    stories: dict[date, int]
    having: dict[str, dict[date, int]]
    beyond: tuple[str, ...]


def followed(data: Path, asked: Sequence[str], window: Window) -> Followed:
    """Of the stories of a data folder in the window, by period, how many have each of these.

    Each is a question as of `warehouse.search.search`, and asks current texts. Of an index that is older than
    the file what changed since is not counted. Raises QueryError, which begins with what was asked, where it
    has no sense, WarehouseError where there is no index.
    """
    for said in asked:
        _sensible(said)
    path, searcher = opened(data / "search")
    found = {}
    with damage_shown(path):
        for said in asked:
            found[said] = _texts_with(searcher, question(said, alike=partial(alike, searcher)).query)
    with published(data / "dawn.duckdb") as con:
        # Counted here: what the index knows would have to be put into a table first, which takes longer.
        current: dict[object, date] = dict(con.execute(_current(window)).fetchall())
    having = {}
    for said, texts in found.items():
        counts = Counter(map(current.get, texts))
        having[said] = {period: n for period, n in counts.items() if period is not None}
    beyond = tuple(said for said, texts in found.items() if len(texts) > MOST)
    return Followed(followed_sql(asked, window), dict(Counter(current.values())), having, beyond)


def _texts_with(searcher: Searcher, query: Query) -> list[object]:
    """The key of every document that fits, in no order: unranked that takes a tenth of the time."""
    unranked = Query.const_score_query(query, 0.0)
    hits = searcher.search(unranked, max(searcher.num_docs, 1), count=False).hits
    return list(searcher.fast_field_values("key", [address for _, address in hits]))


def _sensible(said: str) -> None:
    try:
        question(said)
    except QueryError as error:
        raise QueryError(f"{said[:60]!r}: {error}") from error


def followed_sql(asked: Sequence[str], window: Window) -> str:
    """The question in SQL; periods in which no story has a word are left out in its answer."""
    searches = "\n    union all\n".join(
        f"    select\n        {literal(said)} as word,\n        story_id\n    from search({literal(said)})"
        for said in asked
    )
    return _FOLLOWED.format(searches=searches, stories=_stories(window, "articles"))


def _current(window: Window) -> str:
    return (
        "select\n    core.document_key(story_id, content_hash, published_on, printed_on, printed_in),\n"
        f"    {period_of(STORY_DAY, window)}\nfrom core.articles\n{_where(window)}"
    )


def _stories(window: Window, table: str) -> str:
    where = _where(window).replace("\n    and", "\n        and")
    return (
        f"    select\n        story_id,\n        {period_of(STORY_DAY, window)} as period\n"
        f"    from {table}\n    {where}"
    )


def _where(window: Window) -> str:
    return joined((f"{STORY_DAY} is not null", *conditions(STORY_DAY, window)))


_FOLLOWED = """with
found as (
{searches}
),
stories as (
{stories}),
in_all as (
    select
        period,
        count(*) as stories
    from stories
    group by period
)
select
    s.period,
    f.word,
    count(*) as having_it,
    any_value(i.stories) as stories,
    round(100 * count(*) / any_value(i.stories), 3) as percent
from found as f
join stories as s using (story_id)
join in_all as i using (period)
group by
    s.period,
    f.word
order by
    s.period,
    f.word
"""
