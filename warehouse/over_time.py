"""What came out over time: stories by section and author, edits by hour and delay; each a question in SQL.

Every figure comes with the SQL that gave it, which anybody may ask again: `from`, `to` and the section are
written into it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from textwrap import indent
from typing import Any

import duckdb

from warehouse.database import literal, published
from warehouse.periods import NO_SECTION, STORY_DAY, Span, Window, conditions, joined, period_of

MOST_SECTIONS = 7  # with the others eight
PROLIFIC = 20
ALIKE = 5
DELAYS = (
    ("before it came out", "0 minutes"),
    ("under 15 minutes", "15 minutes"),
    ("under an hour", "1 hour"),
    ("under 3 hours", "3 hours"),
    ("under 12 hours", "12 hours"),
    ("under a day", "1 day"),
    ("under a week", "7 days"),
    ("under 30 days", "30 days"),
)
"""How long after publication an edit was seen: what that is called, and up to when."""
LATER, UNKNOWN = "later", "not known"
DELAY_NAMES = (*(name for name, _ in DELAYS), LATER, UNKNOWN)


@dataclass(frozen=True, slots=True)
class Counted:
    """Figures by period (or hour, or delay) and series, and the SQL that asks for them.

    `in_all` is, of periods, how many stories each has that has any, whatever its series.
    """

    sql: str
    rows: tuple[tuple[Any, str, float], ...]
    in_all: Mapping[date, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Author:
    """A name in bylines: its stories of the window, and their first and last day."""

    name: str
    stories: int
    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True)
class Authors:
    """Stories of the `chosen`, and who is most prolific in the window, with the SQL that says so.

    `unknown` are names without a story in the window, each with names in bylines that are like it.
    """

    chosen: tuple[str, ...]
    counted: Counted
    prolific: tuple[Author, ...]
    prolific_sql: str
    unknown: tuple[tuple[str, tuple[str, ...]], ...]


def span(public: Path) -> Span:
    """Over which days there are stories, and of which sections."""
    with published(public) as con:
        row = con.execute(_SPAN).fetchone()
        assert row is not None
        return Span(row[0], row[1], row[2], tuple(row[3] or ()))


def sections(public: Path, window: Window) -> Counted:
    """Stories by period and section: the largest sections of the window, and the others."""
    where = indent(_where(_DAY, window), "    ")
    with published(public) as con:
        sql = _BY_SECTION.format(period=period_of(_DAY, window), where=where)
        return _counted(con, sql, _stories(con, window))


def authors(public: Path, window: Window, names: Sequence[str], most: int) -> Authors:
    """Stories by period of these authors; where none is named, of the `most` prolific ones."""
    with published(public) as con:
        prolific_sql = _PROLIFIC.format(where=_where(_DAY, window))
        prolific = tuple(Author(*row) for row in con.execute(prolific_sql).fetchall())
        chosen = tuple(names) or tuple(each.name for each in prolific[:most])
        listed = ", ".join(literal(name) for name in chosen) or "null"
        where = joined((*conditions(_DAY, window), f"author in ({listed})"))
        sql = _BY_AUTHOR.format(period=period_of(_DAY, window), chosen=listed, where=where)
        counted = _counted(con, sql, _stories(con, window))
        having = {name for _, name, _ in counted.rows}
        unknown = tuple((name, _alike(con, name)) for name in chosen if name not in having)
    return Authors(chosen, counted, prolific, prolific_sql, unknown)


def edits(public: Path, window: Window) -> tuple[Counted, Counted]:
    """Edits by type and the hour of the day, the site's, at which they were first seen; and by type and how
    long after publication that was."""
    where = _where(_EDITED, window)
    cases = "\n".join(
        f"        when e.edited_at - a.published_at < interval '{until}' then '{name}'"
        for name, until in DELAYS
    )
    with published(public) as con:
        return (
            _counted(con, _BY_HOUR.format(where=where)),
            _counted(con, _BY_DELAY.format(cases=cases, where=where)),
        )


def _counted(con: duckdb.DuckDBPyConnection, sql: str, in_all: Mapping[date, int] | None = None) -> Counted:
    return Counted(sql, tuple(con.execute(sql).fetchall()), in_all or {})


def _stories(con: duckdb.DuckDBPyConnection, window: Window) -> dict[date, int]:
    sql = _BY_PERIOD.format(period=period_of(_DAY, window), where=_where(_DAY, window))
    return dict(con.execute(sql).fetchall())


def _alike(con: duckdb.DuckDBPyConnection, name: str) -> tuple[str, ...]:
    """Names in bylines that have this in them, be it written small or large; the most prolific first."""
    return tuple(row[0] for row in con.execute(_ALIKE.format(name=literal(name))).fetchall())


_DAY = "day"
_EDITED = "timezone(core.zone(), e.edited_at)::date"


def _where(day: str, window: Window) -> str:
    return joined(conditions(day, window))


_SPAN = f"""
select
    min(day),
    max(day),
    (select timezone(core.zone(), max(fetched_at))::date from raw.captures),
    (
        select list(section order by stories desc, section)
        from (
            select
                coalesce(section, '{NO_SECTION}') as section,
                sum(stories) as stories
            from stories_by_day_and_section
            group by all
        )
    )
from stories_by_day_and_section
"""

_BY_PERIOD = """
select
    {period} as period,
    sum(stories)::bigint as stories
from stories_by_day_and_section
{where}group by all
order by all
"""

_BY_SECTION = f"""with
stories as (
    select
        {{period}} as period,
        coalesce(section, '{NO_SECTION}') as section,
        sum(stories)::bigint as stories
    from stories_by_day_and_section
{{where}}    group by all
),
largest as (
    select section
    from stories
    group by section
    order by
        sum(stories) desc,
        section
    limit {MOST_SECTIONS}
)
select
    period,
    if(section in (from largest), section, 'others') as section,
    sum(stories)::bigint as stories
from stories
group by all
order by all
"""

_NAMED = f"""select
        unnest(list_distinct(authors)) as author,
        section,
        {STORY_DAY} as day
    from articles"""

_BY_AUTHOR = f"""with
stories as (
    {_NAMED}
    where list_has_any(authors, [{{chosen}}])
)
select
    {{period}} as period,
    author,
    count(*) as stories
from stories
{{where}}group by all
order by all
"""

_PROLIFIC = f"""with
stories as (
    {_NAMED}
)
select
    author,
    count(*) as stories,
    min(day) as first_on,
    max(day) as last_on
from stories
{{where}}group by author
having first_on is not null
order by
    stories desc,
    author
limit {PROLIFIC}
"""

_ALIKE = f"""
select author
from stories_by_author
where contains(lower(author), lower({{name}}))
order by
    stories desc,
    author
limit {ALIKE}
"""

_BY_HOUR = """select
    hour(e.edited_at) as hour,
    e.type,
    count(*) as edits
from edits as e
join articles as a using (story_id)
{where}group by all
order by all
"""

_BY_DELAY = f"""select
    case
        when a.published_at is null or not a.published_at_exact then '{UNKNOWN}'
{{cases}}
        else '{LATER}'
    end as after_publication,
    e.type,
    count(*) as edits
from edits as e
join articles as a using (story_id)
{{where}}group by all
order by
    min(e.edited_at - a.published_at),
    e.type
"""
