"""The days of a published file: how each stands, and what is missing where. Read, never judged here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from warehouse.database import published
from warehouse.ledger import DAY_STATES, DayState


@dataclass(frozen=True, slots=True)
class Gap:
    """A section that is partial or unknown on the days from `first` to `last`, for one reason.

    `place` and `section` are None where the days were never listed at all.
    """

    first: date
    last: date
    place: str | None
    section: str | None
    state: str
    owed: int
    reason: str


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a published file holds, counted, and how old it is."""

    published_at: datetime | None
    stories: int
    versions: int
    captures: int
    newest_capture: datetime | None
    owed: int
    open_breaks: int


def covered(public: Path, days: tuple[date, date] | None = None, place: str | None = None) -> list[DayState]:
    """One DayState for every day of the range, or of all between the first and the last ever listed.

    With a `place` (print, daily) of that one alone. Empty where no range is given and nothing was listed.
    """
    with published(public) as con:
        if days is None:
            row = con.execute(
                "select min(day), max(day) from core.editions where place = coalesce(?, place)", [place]
            ).fetchone()
            if row is None or row[0] is None:
                return []
            days = row[0], row[1]
        rows = con.execute(DAY_STATES, {"first": days[0], "last": days[1], "place": place}).fetchall()
    return [DayState(*row) for row in rows]


def gaps(public: Path, days: tuple[date, date], place: str | None = None) -> list[Gap]:
    """What is partial or unknown in these days, in order; days never listed are one gap where in a row."""
    with published(public) as con:
        rows = con.execute(_GAPS, {"first": days[0], "last": days[1], "place": place}).fetchall()
    return [Gap(*row) for row in rows]


def holdings(public: Path) -> Holdings:
    """What the published file holds."""
    with published(public) as con:
        row = con.execute(_HOLDINGS).fetchone()
    assert row is not None
    return Holdings(*row)


_GAPS = """
with
days as (
    select unnest(generate_series($first::date, $last::date, interval 1 day))::date as day
),
never as (
    select
        d.day,
        -- Days in a row lie equally far from their own number.
        d.day - row_number() over (order by d.day)::integer as island
    from days as d
    anti join (
        select day
        from core.editions
        where place = coalesce($place, place)
    ) using (day)
)
select
    min(day) as first,
    max(day) as last,
    null as place,
    null as section,
    'unknown' as state,
    0 as owed,
    'never listed' as reason
from never
group by island
union all
select
    day,
    day,
    place,
    section,
    state,
    owed,
    reason
from core.editions
where day between $first and $last
    and place = coalesce($place, place)
    and state in ('partial', 'unknown')
order by first, place desc nulls first, section
"""

_HOLDINGS = """
select
    (select max(published_at) from snapshot),
    (select count(*) from core.articles),
    (select count(*) from core.versions),
    (select count(*) from raw.captures),
    (select max(fetched_at) from raw.captures),
    (select count(*) from core.ledger where status = 'owed'),
    (select count(*) from breaks where state = 'open')
"""
