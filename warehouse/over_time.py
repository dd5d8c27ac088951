"""What came out over time: stories by section and author, edits by hour and delay; each a question in SQL.

Every figure comes with the SQL that gave it, which anybody may ask again: `from`, `to` and the section are
written into it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from textwrap import indent
from typing import Any, Literal

from warehouse.database import literal, published

Unit = Literal["day", "week", "month", "year"]
UNITS: tuple[Unit, ...] = ("day", "week", "month", "year")
MOST_SECTIONS = 7  # with the others eight
MOST_PERIODS = 1000
PROLIFIC = 20
ALIKE = 5
NO_SECTION = "no section"

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
class Window:
    """Which days (both in), of which section or all, and how long a period is. A week begins on Monday."""

    unit: Unit = "month"
    first: date | None = None
    last: date | None = None
    section: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """What an archive holds: first and last day of stories, the newest capture's day, sections by size."""

    first: date | None
    last: date | None
    newest: date | None
    sections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """Figures by period (or hour, or delay) and series, and the SQL that asks for them."""

    sql: str
    rows: tuple[tuple[Any, str, float], ...]


@dataclass(frozen=True, slots=True)
class Author:
    """A name in bylines: its stories of the window, and their first and last day."""

    name: str
    stories: int
    first_on: date
    last_on: date


def span(public: Path) -> Span:
    """Over which days there are stories, and of which sections."""
    with published(public) as con:
        row = con.execute(_SPAN).fetchone()
        assert row is not None
        return Span(row[0], row[1], row[2], tuple(row[3] or ()))


def stories_by_period(public: Path, window: Window) -> dict[date, int]:
    """How many stories each period has, of those that have any."""
    with published(public) as con:
        return dict(con.execute(_by_period(window)).fetchall())


def stories_by_section(public: Path, window: Window) -> Counted:
    """Stories by period and section: the largest sections of the window, and the others."""
    return _counted(
        public, _BY_SECTION.format(period=period_of(_DAY, window), where=indent(_where(_DAY, window), "    "))
    )


def stories_by_author(public: Path, window: Window, names: Sequence[str]) -> Counted:
    """Stories by period of these authors."""
    chosen = ", ".join(literal(name) for name in names) or "null"
    chosen_ones = (*conditions(_DAY, window), f"author in ({chosen})")
    return _counted(
        public,
        _BY_AUTHOR.format(period=period_of(_DAY, window), where=joined(chosen_ones)),
    )


def prolific(public: Path, window: Window) -> tuple[Author, ...]:
    """The authors with the most stories of the window, the most prolific first."""
    with published(public) as con:
        found = con.execute(prolific_sql(window)).fetchall()
    return tuple(Author(*row) for row in found)


def prolific_sql(window: Window) -> str:
    """The question for the most prolific authors of the window."""
    return _PROLIFIC.format(where=_where(_DAY, window))


def alike(public: Path, name: str) -> tuple[str, ...]:
    """Names in bylines that have this in them, be it written small or large; the most prolific first."""
    with published(public) as con:
        found = con.execute(_ALIKE.format(name=literal(name))).fetchall()
    return tuple(row[0] for row in found)


def edits_by_hour(public: Path, window: Window) -> Counted:
    """Edits by the hour of the day in Karachi at which they were first seen, and by type."""
    return _counted(public, _BY_HOUR.format(where=_where(_EDITED, window)))


def edits_by_delay(public: Path, window: Window) -> Counted:
    """Edits by how long after publication they were first seen, and by type."""
    cases = "\n".join(
        f"        when e.edited_at - a.published_at < interval '{until}' then '{name}'"
        for name, until in DELAYS
    )
    return _counted(public, _BY_DELAY.format(cases=cases, where=_where(_EDITED, window)))


def began(day: date, unit: Unit) -> date:
    """The first day of the period that this day is in."""
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit == "month":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if unit == "year" else day


def following(begin: date, unit: Unit) -> date:
    """The first day of the period after the one that begins then. Of the last that there is: its end."""
    try:
        if unit == "year":
            return begin.replace(year=begin.year + 1)
        if unit == "month":
            return began(begin + timedelta(days=31), "month")
        return begin + timedelta(days=7 if unit == "week" else 1)
    except (OverflowError, ValueError):
        return date.max


def periods(first: date, last: date, unit: Unit) -> Iterator[date]:
    """The beginnings of the periods from the one with `first` to the one with `last`."""
    begin = began(first, unit)
    while begin <= last:
        yield begin
        after = following(begin, unit)
        if after <= begin:
            return
        begin = after


def narrowed(window: Window, found: Span) -> tuple[Window, bool]:
    """The window with at most MOST_PERIODS periods, the newest, and whether that left any away."""
    first, last = window.first or found.first, window.last or found.last
    if first is None or last is None:
        return window, False
    last = min(last, found.last or last)
    first = max(first, found.first or first)
    begins = list(periods(first, last, window.unit))
    if len(begins) <= MOST_PERIODS:
        return window, False
    return replace(window, first=begins[-MOST_PERIODS]), True


def fitting(first: date, last: date) -> Unit:
    """The unit that gives a span neither too few periods nor too many."""
    days = (last - first).days
    if days <= 62:
        return "day"
    if days <= 366:
        return "week"
    return "month" if days <= 366 * 20 else "year"


def _counted(public: Path, sql: str) -> Counted:
    with published(public) as con:
        return Counted(sql, tuple(con.execute(sql).fetchall()))


_DAY = "day"
STORY_DAY = "coalesce(published_on, printed_on)"
"""The day of a story, as `stories_by_day_and_section` counts it."""
_EDITED = "timezone('Asia/Karachi', e.edited_at)::date"


def period_of(day: str, window: Window) -> str:
    """In SQL, the first day of the period that the day of this name is in."""
    return f"date_trunc('{window.unit}', {day})::date"


def conditions(day: str, window: Window) -> tuple[str, ...]:
    """In SQL, what holds of a row in the window: of its day, of this name, and of its `section`."""
    found = []
    if window.first:
        found.append(f"{day} >= date '{window.first}'")
    if window.last:
        found.append(f"{day} <= date '{window.last}'")
    if window.section == NO_SECTION:
        found.append("section is null")
    elif window.section is not None:
        found.append(f"section = {literal(window.section)}")
    return tuple(found)


def _where(day: str, window: Window) -> str:
    return joined(conditions(day, window))


def joined(all_of: Sequence[str]) -> str:
    """In SQL, the clause that wants all of these, with its line end; "" where there are none."""
    return "where " + "\n    and ".join(all_of) + "\n" if all_of else ""


def _by_period(window: Window) -> str:
    return _BY_PERIOD.format(period=period_of(_DAY, window), where=_where(_DAY, window))


_SPAN = f"""
select
    min(day),
    max(day),
    (select timezone('Asia/Karachi', max(fetched_at))::date from raw.captures),
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

_STORIES_OF_AUTHORS = f"""select distinct
        story_id,
        unnest(authors) as author,
        section,
        {STORY_DAY} as day
    from articles"""

_BY_AUTHOR = f"""with
stories as (
    {_STORIES_OF_AUTHORS}
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
    {_STORIES_OF_AUTHORS}
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
