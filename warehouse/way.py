"""All that a published file knows of how a story came, or did not come, to be stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from warehouse.database import published


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a story, or was made of it.

    `what` is discovery, request, retry, attempt, refused, wait, capture, reading, quarantine, version, edit
    or edition; `facts` are the columns that say it. Editions have no time.
    """

    what: str
    at: datetime | None
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The story with the next lower or higher id that a day's listing named, and how that day stands."""

    story_id: int
    day: date
    places: str
    states: str


@dataclass(frozen=True, slots=True)
class Way:
    """A story's steps by time, its row in the ledger, its article's (both None where there is none).

    `neighbours` are given for a story that nothing was ever heard of; `files` names what was loaded.
    """

    story_id: int
    steps: tuple[Step, ...]
    ledger: dict[str, Any] | None
    article: dict[str, Any] | None
    neighbours: tuple[Neighbour, ...] = ()
    files: frozenset[str] = field(default_factory=frozenset)


def way(public: Path, story_id: int, naming: str) -> Way:
    """The whole way of a story, as far as it is published.

    `naming` is a pattern of the addresses that name it: of a wait, nothing else says whom it was for.
    """
    with published(public) as con:
        steps = [
            Step(what, row.pop("at"), row)
            for what, sql in _STEPS.items()
            for row in _rows(con, sql, story_id, naming)
        ]
        ledger = _rows(con, _LEDGER, story_id)
        article = _rows(con, _ARTICLE, story_id)
        unheard = not steps and not ledger
        near = con.execute(_NEIGHBOURS, {"story": story_id}).fetchall() if unheard else []
        files = frozenset(name for (name,) in con.execute("select name from raw.files").fetchall())
    return Way(
        story_id,
        tuple(steps),
        ledger[0] if ledger else None,
        article[0] if article else None,
        tuple(Neighbour(*row) for row in near),
        files,
    )


def _rows(con: duckdb.DuckDBPyConnection, sql: str, story_id: int, naming: str = "") -> list[dict[str, Any]]:
    said = {"story": story_id, "naming": naming}
    cursor = con.execute(sql, {name: value for name, value in said.items() if f"${name}" in sql})
    names: Sequence[str] = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


_TRIES = """
    select
        happened_at as at,
        run,
        url,
        error,
        detail,
        status,
        attempts
    from raw.journal
    where event = '{event}'
        and story_id = $story
    order by happened_at, run
"""

_STEPS = {
    "discovery": """
        select
            happened_at as at,
            run,
            place,
            section,
            day,
            member,
            position,
            title,
            author,
            listed_at,
            changed_at,
            url,
            listing_url
        from raw.journal
        where event = 'discovery'
            and story_id = $story
        order by happened_at, run, position
    """,
    "request": """
        select
            happened_at as at,
            run,
            url,
            cause
        from raw.journal
        where event = 'request'
            and story_id = $story
        order by happened_at, run
    """,
    "retry": _TRIES.format(event="retry"),
    "attempt": _TRIES.format(event="attempt"),
    "refused": """
        select
            happened_at as at,
            run,
            url
        from raw.journal
        where event = 'refused'
            and story_id = $story
        order by happened_at, run
    """,
    "wait": """
        select
            happened_at as at,
            run,
            url,
            seconds,
            cause,
            until
        from raw.journal
        where event in ('wait', 'come_back')
            and regexp_matches(url, $naming)
        order by happened_at, run
    """,
    "capture": """
        with
        feeds as (
            select capture_id
            from raw.extracts
            where item > 0
                and story_id = $story
        )
        select
            fetched_at as at,
            capture_id,
            run,
            url,
            role,
            status,
            media_type,
            bytes,
            digest,
            revisit_of
        from raw.captures
        where (role = 'story' and story_id = $story)
            or capture_id in (from feeds)
            or revisit_of in (from feeds)
        order by fetched_at, capture_id
    """,
    "reading": """
        with
        pages as (
            select capture_id
            from raw.captures
            where role = 'story'
                and story_id = $story
        ),
        extracts as ( -- asked for apart: together every extract would be compared with every capture
            select e.*
            from raw.extracts as e
            semi join pages using (capture_id)
            where e.item = 0
            union all
            select *
            from raw.extracts
            where item > 0
                and story_id = $story
        )
        select
            c.fetched_at as at,
            e.capture_id,
            e.item,
            e.rules,
            r.generation is not distinct from (select max(generation) from raw.rules) as newest_rules,
            e.reason is null and e.content_hash is not null as is_article,
            e.title,
            e.kind,
            e.word_count,
            e.layout,
            e.source,
            e.content_hash,
            e.reason,
            e.final,
            e.detail,
            e.points_to
        from extracts as e
        join raw.captures as c using (capture_id)
        left join raw.rules as r using (rules)
        order by c.fetched_at, e.capture_id, e.item, r.generation
    """,
    "quarantine": """
        select
            judged_at as at,
            judged_in as run,
            capture_id,
            item,
            rules,
            sentences,
            leads_to,
            sign
        from core.quarantine
        where story_id = $story
        order by judged_at, capture_id, item
    """,
    "version": """
        select
            first_seen_at as at,
            version,
            title,
            word_count,
            content_hash,
            last_seen_at,
            capture_id,
            source,
            rules
        from core.versions
        where story_id = $story
        order by version
    """,
    "edit": """
        select
            edited_at as at,
            type,
            change,
            version_before,
            version,
            before,
            "after",
            stealth,
            seen_before,
            updated_at_before,
            updated_at,
            capture_id
        from edits
        where story_id = $story
        order by
            edited_at,
            capture_id,
            change
    """,
    "edition": """
        select
            null as at,
            d.day,
            d.place,
            d.section,
            e.state,
            e.reason,
            coalesce(
                core.printed_elsewhere(d.place, d.day, l.status, l.source, l.printed_on),
                false
            ) as printed_elsewhere
        from (
            select distinct
                day,
                place,
                section
            from raw.journal
            where event = 'discovery'
                and member
                and day is not null
                and story_id = $story
        ) as d
        left join core.editions as e using (day, place, section)
        left join core.ledger as l
            on l.story_id = $story
        order by d.day, d.place desc, d.section
    """,
}

_LEDGER = """
select
    status,
    unchanged,
    reason,
    captured_at,
    known_until,
    failed_since
from core.ledger
where story_id = $story
"""

_ARTICLE = """
select
    version,
    title,
    word_count,
    url,
    source
from core.articles
where story_id = $story
"""

_NEIGHBOURS = """
with
listed as (
    select
        story_id,
        day,
        place || ' ' || section as place
    from raw.journal
    where event = 'discovery'
        and member
        and day is not null
        and story_id is not null
),
near as (
    select max(story_id) filter (story_id < $story) as story_id from listed
    union
    select min(story_id) filter (story_id > $story) from listed
)
select
    l.story_id,
    l.day,
    string_agg(distinct l.place, ', ' order by l.place) as places,
    (
        select string_agg(n || ' ' || state, ', ' order by n desc, state)
        from (
            select
                state,
                count(*) as n
            from core.editions
            where day = l.day
            group by state
        )
    ) as states
from listed as l
semi join near using (story_id)
group by l.story_id, l.day
order by l.story_id, l.day
"""
