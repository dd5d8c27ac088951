"""What is owed: asked of the tables before every crawl, never of a crawler's memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from warehouse.database import reader, writer

MOST_TRIES = 10
"""How often a held story is asked for in vain before it is left alone until the site says it changed."""


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server calls the page that it gave last: with these it can be asked for another one alone.

    `capture_id`, `fetched_at` and `digest` are those of the capture of run `run` that has the bytes.
    """

    capture_id: str
    run: str
    fetched_at: datetime
    digest: str
    etag: str | None
    last_modified: str | None


@dataclass(frozen=True, slots=True)
class Owed:
    """A story to ask for, its address as it was last linked, and why.

    `held` is what that very address gave last, where its server named it.
    """

    story_id: int
    url: str
    cause: str  # new, failed, changed, named, revisit
    held: Validators | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """What became of a story: its status, and its title or else why there is none."""

    story_id: int
    status: str  # stored, unchanged, rejected, gone, refused, owed
    version: int | None
    words: int | None
    what: str | None


@dataclass(frozen=True, slots=True)
class Payload:
    """Bytes the archive holds, which need not be kept twice if they come again."""

    digest: str
    capture_id: str
    url: str
    fetched_at: datetime
    same: str | None = None  # the capture that holds them, where that was asked


@dataclass(frozen=True, slots=True)
class DayState:
    """One day of editions: how many of its sections stand how, and what became of its stories.

    `state` is complete where every section is complete or absent and one is complete; absent where all are
    absent; else unknown (never listed) or partial. A story listed in two sections counts once. `stored` are
    new or changed texts, `unchanged` those that were held and said the same when they were had again.
    """

    day: date
    state: str
    sections: int
    unknown: int
    stored: int
    unchanged: int
    rejected: int
    gone: int
    refused: int
    owed: int
    reason: str | None

    @property
    def listed(self) -> int:
        """How many stories the day's listings owe: each of them ended in one of these ways."""
        return self.stored + self.unchanged + self.rejected + self.gone + self.refused + self.owed

    @property
    def held(self) -> int:
        """Of these, stories of which there is a text."""
        return self.stored + self.unchanged


@dataclass(frozen=True, slots=True)
class Missing:
    """What a day lacks: (place, section) of the listings to read, and how many stories are owed."""

    day: date
    listings: tuple[tuple[str, str], ...]
    owed: int


def owed_of_day(warehouse: Path, day: date) -> list[Owed]:
    """The stories that a day's listings owe and nothing has settled yet, in the order of their ids."""
    with writer(warehouse) as con:
        rows = con.execute(
            """
            select
                d.story_id,
                max_by(d.url, d.happened_at),
                case any_value(l.reason) when 'never asked for' then 'new' else 'failed' end
            from raw.journal as d
            join core.ledger as l using (story_id)
            where d.event = 'discovery'
                and d.member
                and d.day = ?
                and l.status = 'owed'
            group by d.story_id
            order by d.story_id
            """,
            [day],
        ).fetchall()
    return [Owed(*row) for row in rows]


def owed_of_latest(warehouse: Path, since: datetime) -> list[Owed]:
    """The stories that feeds, sitemap and the latest list owe, seen there at or after `since`, newest first.

    Held ones only where the site itself vouches for a change later than any that a capture has answered (a
    card's shown time is no such cause), or where the last attempt at them failed, MOST_TRIES times at most.
    """
    with writer(warehouse) as con:
        rows = con.execute(
            """
            with
            seen as (
                select
                    story_id,
                    max_by(url, happened_at) as url,
                    max(changed_at) as changed_at
                from raw.journal
                where event = 'discovery'
                    and member
                    and place in ('latest', 'feed', 'sitemap')
                    and happened_at >= ?
                group by story_id
            )
            select
                l.story_id,
                coalesce(s.url, a.url) as address,
                case
                    when l.status <> 'owed' and l.failed_since = 0 then 'changed'
                    when l.reason = 'never asked for' then 'new'
                    else 'failed'
                end as cause
            from core.ledger as l
            left join seen as s using (story_id)
            left join core.articles as a using (story_id)
            where (s.story_id is not null and l.status = 'owed')
                or (l.status = 'stored' and l.failed_since between 1 and ?)
                or (
                    l.status in ('stored', 'rejected', 'gone', 'refused')
                    and s.changed_at > coalesce(l.known_until, '-infinity')
                )
            order by l.story_id desc
            """,
            [since, MOST_TRIES],
        ).fetchall()
    return [Owed(*row) for row in rows]


def accounts(public: Path, stories: Sequence[int]) -> list[Account]:
    """What the published file knows of these stories, by id; of a story that it knows nothing of, no row."""
    with reader(public) as con:
        rows = con.execute(
            """
            select
                l.story_id,
                case when l.unchanged then 'unchanged' else l.status end,
                a.version,
                a.word_count,
                coalesce(a.title, l.reason)
            from core.ledger as l
            left join core.articles as a using (story_id)
            where l.story_id in (select unnest(?::bigint[]))
            order by l.story_id
            """,
            [list(stories)],
        ).fetchall()
    return [Account(*row) for row in rows]


def unanswered(warehouse: Path, run: str | None, stories: Sequence[int]) -> dict[int, str]:
    """Which of these stories a run asked for in vain, and why: no page came, and nothing settled them."""
    with writer(warehouse) as con:
        rows = con.execute(
            """
            with
            wanted as (
                select unnest(?::bigint[]) as story_id
            ),
            settled as (
                select c.story_id
                from raw.captures as c
                join core.judged() as e
                    on e.capture_id = coalesce(c.revisit_of, c.capture_id)
                    and e.item = 0
                where c.run = ?
                    and c.role = 'story'
                    and (e.reason is null or e.final)
                union
                select story_id
                from raw.journal
                where run = ?
                    and error in ('too_large', 'offsite', 'redirected')
            ),
            failures as (
                select
                    story_id,
                    max_by(
                        coalesce(error, 'robots.txt forbids it') || coalesce(': ' || detail, ''),
                        happened_at
                    ) as why
                from raw.journal
                where run = ?
                    and event in ('attempt', 'refused')
                group by story_id
            )
            select
                w.story_id,
                coalesce(f.why, 'it was not asked for')
            from wanted as w
            anti join settled using (story_id)
            left join failures as f using (story_id)
            """,
            [list(stories), run, run, run],
        ).fetchall()
    return dict(rows)


def payloads(warehouse: Path, stories: Sequence[int]) -> list[Payload]:
    """The newest bytes held of these stories, and of every feed, sitemap and robots.txt."""
    with writer(warehouse) as con:
        rows = con.execute(
            """
            select digest, capture_id, url, fetched_at
            from raw.captures
            where revisit_of is null
                and status = 200
                and bytes > 0
                and (
                    role in ('feed', 'sitemap', 'robots')
                    or (role = 'story' and story_id in (select unnest(?::bigint[])))
                )
            qualify row_number() over (partition by url order by fetched_at desc, capture_id) = 1
            """,
            [list(stories)],
        ).fetchall()
    return [Payload(*row) for row in rows]


def held(warehouse: Path, captures: Sequence[tuple[str, str, datetime]]) -> list[Payload]:
    """What is held of these (id, address, time): under one of the ids, or of an address at that moment.

    Of a revisit the digest is that of the bytes it repeats, and `same` names the capture that has them.
    """
    ids, addresses, times = zip(*captures, strict=True) if captures else ((), (), ())
    with writer(warehouse) as con:
        rows = con.execute(
            """
            with
            asked as (
                select
                    unnest($ids::varchar[]) as capture_id,
                    unnest($addresses::varchar[]) as url,
                    unnest($times::timestamptz[]) as fetched_at
            )
            select digest, capture_id, url, fetched_at, coalesce(revisit_of, capture_id)
            from raw.captures
            semi join asked using (capture_id)
            union
            select digest, capture_id, url, fetched_at, coalesce(revisit_of, capture_id)
            from raw.captures
            semi join asked using (url, fetched_at)
            order by capture_id
            """,
            {"ids": list(ids), "addresses": list(addresses), "times": list(times)},
        ).fetchall()
    return [Payload(*row) for row in rows]


def needs_listing(warehouse: Path, day: date) -> bool:
    """Whether the day's listings must be read (again): one never was, gave nothing, or was read too early.

    Also where robots.txt forbade every one of them: to see whether it still does costs one request.
    """
    with writer(warehouse) as con:
        return con.execute(_LISTED, {"first": day, "last": day}).fetchall() != [(day,)]


def settled_days(warehouse: Path, first: date, last: date) -> list[DayState]:
    """The days of the range, both ends included, of which nothing has to be asked: no listing, no story."""
    with writer(warehouse) as con:
        listed = {day for (day,) in con.execute(_LISTED, {"first": first, "last": last}).fetchall()}
        rows = con.execute(DAY_STATES, {"first": first, "last": last, "place": None}).fetchall()
    states = [DayState(*row) for row in rows]
    return [
        state
        for state in states
        if state.day in listed and state.state in ("complete", "absent") and not state.owed
    ]


def missing(warehouse: Path, first: date, last: date, listings: Sequence[tuple[str, str]]) -> list[Missing]:
    """The days of the range that lack something, in order; of a day that is complete or absent, nothing.

    A listing is missing that was never read on that day, of which nothing was recognised, or which was read
    before it was final. `listings` are the (place, section) pairs that make a day.
    """
    with writer(warehouse) as con:
        rows = con.execute(
            _MISSING,
            {
                "first": first,
                "last": last,
                "places": [place for place, _ in listings],
                "sections": [section for _, section in listings],
            },
        ).fetchall()
    return [
        Missing(day, tuple((each["place"], each["section"]) for each in unread), owed)
        for day, unread, owed in rows
    ]


def known_days(warehouse: Path) -> tuple[date, date] | None:
    """The first and the last day whose listings were ever asked for, or None."""
    with writer(warehouse) as con:
        row = con.execute("select min(day), max(day) from core.editions").fetchone()
    return (row[0], row[1]) if row and row[0] else None


def day_states(warehouse: Path, first: date, last: date) -> list[DayState]:
    """One DayState for every day of the range, both ends included, in order; also for days never listed."""
    with writer(warehouse) as con:
        rows = con.execute(DAY_STATES, {"first": first, "last": last, "place": None}).fetchall()
    return [DayState(*row) for row in rows]


def captures_of_runs(warehouse: Path) -> dict[str, set[str]]:
    """The ids of all captures that the tables know, by run."""
    with writer(warehouse) as con:
        rows = con.execute("select run, list(capture_id) from raw.captures group by run").fetchall()
    return {run: set(ids) for run, ids in rows}


def runs_of_days(warehouse: Path, first: date, last: date) -> set[str]:
    """The runs that hold a capture of any story published, printed or listed on these days, both included."""
    with writer(warehouse) as con:
        rows = con.execute(
            """
            select distinct c.run
            from raw.captures as c
            where c.story_id in (
                select story_id
                from core.articles
                where published_on between ? and ?
                    or printed_on between ? and ?
                union all
                select story_id
                from raw.journal
                where event = 'discovery'
                    and member
                    and day between ? and ?
            )
            """,
            [first, last, first, last, first, last],
        ).fetchall()
    return {run for (run,) in rows}


_LISTED = """
select day
from core.editions
where day between $first and $last
group by day
having not bool_or(
        state = 'unknown'
        or (state = 'partial' and owed = 0)
        or coalesce(reason like 'read before%', false)
    )
    and not bool_and(coalesce(reason like 'robots.txt%', false))
order by day
"""
"""The days whose listings need not be read (again)."""

DAY_STATES = """
with
days as (
    select unnest(generate_series($first::date, $last::date, interval 1 day))::date as day
),
sections as (
    select
        day,
        count(*) as sections,
        count(*) filter (state = 'unknown') as unknown,
        count(*) filter (state = 'partial') as partial,
        count(*) filter (state = 'complete') as complete,
        coalesce(
            min(section || ': ' || reason) filter (state in ('unknown', 'partial')),
            case when bool_and(state = 'absent') then min(reason) end
        ) as reason
    from core.editions
    where day between $first and $last
        and place = coalesce($place, place)
    group by day
),
stories as (
    select
        day,
        count(*) filter (status = 'stored' and not unchanged) as stored,
        count(*) filter (unchanged) as unchanged,
        count(*) filter (status = 'rejected') as rejected,
        count(*) filter (status = 'gone') as gone,
        count(*) filter (status = 'refused') as refused,
        count(*) filter (status = 'owed') as owed
    from (
        select distinct d.day, l.story_id, l.status, l.unchanged
        from raw.journal as d
        join core.ledger as l using (story_id)
        where d.event = 'discovery'
            and d.member
            and d.day between $first and $last
            and d.place = coalesce($place, d.place)
            and not core.printed_elsewhere(d.place, d.day, l.status, l.source, l.printed_on)
    )
    group by day
)
select
    d.day,
    case
        when s.day is null then 'unknown'
        when s.unknown = s.sections then 'unknown'
        when s.partial + s.unknown > 0 then 'partial'
        when s.complete = 0 then 'absent'
        else 'complete'
    end,
    coalesce(s.sections, 0),
    coalesce(s.unknown, 0),
    coalesce(t.stored, 0),
    coalesce(t.unchanged, 0),
    coalesce(t.rejected, 0),
    coalesce(t.gone, 0),
    coalesce(t.refused, 0),
    coalesce(t.owed, 0),
    case when s.day is null then 'never listed' else s.reason end
from days as d
left join sections as s using (day)
left join stories as t using (day)
order by d.day
"""
"""A row of DayState for each day from $first to $last; of one $place, or of all where it is null."""

_MISSING = """
with
days as (
    select unnest(generate_series($first::date, $last::date, interval 1 day))::date as day
),
wanted as (
    select
        unnest($places::varchar[]) as place,
        unnest($sections::varchar[]) as section,
        unnest(generate_series(1, len($places::varchar[]))) as position
),
unread as (
    select
        d.day,
        list({'place': w.place, 'section': w.section} order by w.position) as listings
    from days as d
    cross join wanted as w
    left join core.editions as e using (day, place, section)
    where e.day is null
        or e.state = 'unknown'
        or (e.state = 'partial' and (e.owed = 0 or e.reason like 'read before%'))
    group by d.day
),
owed as (
    select
        d.day,
        count(distinct d.story_id) as stories
    from raw.journal as d
    join core.ledger as l using (story_id)
    where d.event = 'discovery'
        and d.member
        and d.day between $first and $last
        and l.status = 'owed'
    group by d.day
)
select
    day,
    coalesce(u.listings, []),
    coalesce(o.stories, 0)
from days
left join unread as u using (day)
left join owed as o using (day)
where u.day is not null
    or o.day is not null
order by day
"""
