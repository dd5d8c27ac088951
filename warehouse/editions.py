"""The sections of days, and the stories that a day's lists named: each with what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from warehouse.database import published


@dataclass(frozen=True, slots=True)
class Edition:
    """One section of one day: how it stands, and how many of its stories stand how."""

    day: date
    place: str
    section: str
    state: str
    listed: int
    stored: int
    unchanged: int
    rejected: int
    gone: int
    refused: int
    owed: int
    reason: str | None
    listed_at: datetime | None

    @property
    def held(self) -> int:
        """Stories of which there is a text."""
        return self.stored + self.unchanged


@dataclass(frozen=True, slots=True)
class SectionDays:
    """A section over several days: on how many it stands how, and what became of its stories, day by day."""

    place: str
    section: str
    complete: int
    partial: int
    unknown: int
    absent: int
    listed: int
    held: int
    owed: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A story that a section's list of a day owes, and how it stands.

    `listed_since` is when that list first had it, `asked_at` when it was last asked for, whatever came of it,
    `failed` how often in vain since it was settled last. `reason` says why there is no text, and of one from
    a feed why there is no page.
    """

    place: str
    section: str
    story_id: int
    title: str | None
    ending: str
    reason: str | None
    listed_since: datetime
    asked_at: datetime | None
    failed: int
    word_count: int | None


def editions(public: Path, days: tuple[date, date], place: str | None = None) -> list[Edition]:
    """Each section of each of these days, both ends included, in the order of days."""
    with published(public) as con:
        rows = con.execute(_EDITIONS, {"first": days[0], "last": days[1], "place": place}).fetchall()
    return [Edition(*row) for row in rows]


def section_days(public: Path, days: tuple[date, date], place: str | None = None) -> list[SectionDays]:
    """Each section that was listed in these days, and how it stands over them."""
    with published(public) as con:
        rows = con.execute(_SECTIONS, {"first": days[0], "last": days[1], "place": place}).fetchall()
    return [SectionDays(*row) for row in rows]


def listed(public: Path, day: date) -> list[Listed]:
    """The stories that this day's lists owe, in the order in which each list has them.

    Counted just as the editions are: a story of the paper that says of itself that it was printed on another
    day is not among them.
    """
    with published(public) as con:
        rows = con.execute(_LISTED, {"day": day}).fetchall()
    return [Listed(*row) for row in rows]


_EDITIONS = """
select
    day,
    place,
    section,
    state,
    listed,
    stored,
    unchanged,
    rejected,
    gone,
    refused,
    owed,
    reason,
    listed_at
from core.editions
where day between $first and $last
    and place = coalesce($place, place)
order by day, place desc, section
"""

_SECTIONS = """
select
    place,
    section,
    count(*) filter (state = 'complete') as complete,
    count(*) filter (state = 'partial') as partial,
    count(*) filter (state = 'unknown') as unknown,
    count(*) filter (state = 'absent') as absent,
    sum(listed)::bigint as listed,
    sum(stored + unchanged)::bigint as held,
    sum(owed)::bigint as owed
from core.editions
where day between $first and $last
    and place = coalesce($place, place)
group by place, section
order by place desc, section
"""

_LISTED = """
with
named as (
    select
        place,
        section,
        story_id,
        max_by(position, happened_at) as position,
        max_by(title, happened_at) as title,
        min(happened_at) as listed_since
    from raw.journal
    where event = 'discovery'
        and member
        and day = $day
        and story_id is not null
    group by place, section, story_id
),
tried as (
    select
        story_id,
        max(happened_at) as tried_at
    from raw.journal
    where event in ('attempt', 'refused')
        and story_id in (select story_id from named)
    group by story_id
)
select
    n.place,
    n.section,
    n.story_id,
    coalesce(a.title, n.title),
    case when l.unchanged then 'unchanged' else l.status end as ending,
    l.reason,
    n.listed_since,
    greatest(l.captured_at, t.tried_at) as asked_at,
    l.failed_since,
    a.word_count
from named as n
join core.ledger as l using (story_id)
left join core.articles as a using (story_id)
left join tried as t using (story_id)
where not core.printed_elsewhere(n.place, $day, l.status, l.source, l.printed_on)
order by n.place desc, n.section, n.position, n.story_id
"""
