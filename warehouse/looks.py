"""Looks at stories that are held: what they saw, whose next one could see something new, and what was spent.

A look is a capture of a story's page, its 404 or 410, or a 304 that names the page it is the same as. To read
old captures anew is no look. Instants are aware, ages are in hours since the story came out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from warehouse.database import writer
from warehouse.ledger import Owed, Validators

SAMPLED = 20
"""Of so many looks at a held page one names no page: the server has to send it, whatever it believes."""

_FETCHED = 10_000  # rows of candidates in memory at a time


@dataclass(frozen=True, slots=True)
class Looks:
    """Some looks at stories of one section that were looked at before, and for how long they had been away.

    `first` is the band of ages in which the stories were when they were seen before, `last` the one in which
    they were looked at again. `hours_first` and `hours_last` are how long all of them together were away in
    these two; in the bands between, each of them was away for the whole band. Where both are one band,
    `hours_first` is all.
    """

    section: str | None
    first: int
    last: int
    changed: bool
    looks: int
    hours_first: float
    hours_last: float


class Candidate(NamedTuple):
    """A held story whose page is still there: how old it was when it was last looked at, and is now."""

    story_id: int
    section: str | None
    age_then: float
    age_now: float


def history(warehouse: Path, edges: Sequence[int]) -> list[Looks]:
    """What looks at held stories saw, added up by section, bands of age, and whether something had changed.

    `edges` are the ages, in hours and from 0 on, at which a band begins. Something changed where the look is
    the first that saw a version, or the first answer 404 or 410. Only looks count for which the site gave no
    cause: revisits, and captures that others made. A story that is asked for because the sitemap says that it
    changed nearly always has, and says nothing of the stories that nobody was told of.
    """
    with writer(warehouse) as con:
        rows = con.execute(_HISTORY, {"edges": [edge * 3600 for edge in edges]}).fetchall()
    return [Looks(*row) for row in rows]


def candidates(warehouse: Path, now: datetime) -> Iterator[Candidate]:
    """Every story that can be looked at again, in the order of their ids.

    Not those that were taken off the site, forgotten, or forbidden by robots.txt since they were had; not
    those that only a feed gave; not those asked for in vain the last time, which are `latest`'s to ask for.
    """
    with writer(warehouse) as con:
        found = con.execute(_CANDIDATES, {"now": now})
        while rows := found.fetchmany(_FETCHED):
            yield from map(Candidate._make, rows)


def asked(warehouse: Path, stories: Sequence[int]) -> list[Owed]:
    """These held stories as they are to be asked for, in this order.

    The address is the one that last gave us the page, and `held` what its server called that page: of our own
    captures alone, for who knows what others' servers said. An answer that gave no article is not held.
    """
    with writer(warehouse) as con:
        rows = con.execute(_ASKED, {"stories": list(stories)}).fetchall()
    return [
        Owed(story_id, url, "revisit", Validators(capture_id, *rest) if capture_id else None)
        for story_id, url, capture_id, *rest in rows
    ]


def listings(warehouse: Path, urls: Sequence[str]) -> dict[str, Validators]:
    """Of these feeds and lists those that are held, and what their server called them. Empty without a file.

    Held is what was read and recognised: of that alone the journal has every card.

    Not those whose server once gave other bytes under the very same words: it is not believed.
    """
    if not warehouse.exists():
        return {}
    with writer(warehouse) as con:
        rows = con.execute(_LISTINGS, {"urls": list(urls)}).fetchall()
    return {url: Validators(*rest) for url, *rest in rows}


def lies(warehouse: Path) -> bool:
    """Whether the site called two texts of a story by the same words, within the last 30 days of versions.

    Then 304 means nothing there, and pages are asked for whole. Found out by the looks that name no page:
    one in SAMPLED does not.
    """
    with writer(warehouse) as con:
        row = con.execute(_LIES).fetchone()
    return bool(row and row[0])


def spent(warehouse: Path, day: date) -> int:
    """How many requests for revisits were sent on a day of the site's: each try, and each redirect."""
    with writer(warehouse) as con:
        row = con.execute(
            """
            select count(*)
            from raw.journal
            where event = 'request'
                and cause = 'revisit'
                and timezone(core.zone(), happened_at)::date = ?
            """,
            [day],
        ).fetchone()
    return int(row[0]) if row else 0


def in_vain(warehouse: Path, run: str) -> list[Owed]:
    """The held stories that a run asked for in vain, by id; the cause says why no page came."""
    with writer(warehouse) as con:
        rows = con.execute(
            """
            select
                story_id,
                max_by(j.url, j.happened_at),
                max_by(j.error || coalesce(': ' || j.detail, ''), j.happened_at)
            from raw.journal as j
            join core.ledger as l using (story_id)
            where j.run = ?
                and j.event = 'attempt'
                and l.failed_since > 0
            group by story_id
            order by story_id
            """,
            [run],
        ).fetchall()
    return [Owed(*row) for row in rows]


# Seconds are whole, so that sums do not depend on the order of the rows.
_HISTORY = """
with
unprompted as (
    select distinct
        run,
        story_id
    from raw.journal
    where event = 'request'
        and cause = 'revisit'
    union
    select
        c.run,
        c.story_id
    from raw.captures as c
    join raw.journal as b
        on b.run = c.run
        and b.event = 'begin'
        and b.spider = 'import'
    where c.role = 'story'
),
answers as (
    select
        capture_id,
        run,
        story_id,
        fetched_at,
        status in (404, 410) as is_gone
    from raw.captures
    where role = 'story'
        and (status in (200, 404, 410) or (status = 304 and revisit_of is not null))
        and story_id in (select story_id from unprompted)
),
followed as (
    select
        *,
        lag(fetched_at) over story as seen_before,
        lag(is_gone) over story as was_gone
    from answers
    window story as (partition by story_id order by fetched_at, capture_id)
),
changes as (
    select
        story_id,
        capture_id
    from core.versions
    where version > 1
        and source = 'page'
),
aged as (
    select
        a.section,
        coalesce(a.published_at, a.first_seen_at) as came_out_at,
        greatest(0, date_diff('second', came_out_at, f.seen_before)) as age_then,
        greatest(0, date_diff('second', came_out_at, f.fetched_at)) as age_now,
        f.is_gone or c.capture_id is not null as changed
    from followed as f
    semi join unprompted as u
        on u.run = f.run
        and u.story_id = f.story_id
    join core.articles as a
        on a.story_id = f.story_id
    left join changes as c
        on c.story_id = f.story_id
        and c.capture_id = f.capture_id
    where not f.was_gone -- null at the first look
),
banded as (
    select
        *,
        len(list_filter($edges::bigint[], lambda edge: edge <= age_then)) as first,
        len(list_filter($edges::bigint[], lambda edge: edge <= age_now)) as last
    from aged
)
select
    section,
    (first - 1)::integer,
    (last - 1)::integer,
    changed,
    count(*),
    sum(if(first = last, age_now, ($edges::bigint[])[first + 1]) - age_then)::bigint / 3600,
    sum(if(first = last, 0, age_now - ($edges::bigint[])[last]))::bigint / 3600
from banded
group by section, first, last, changed
order by section, first, last, changed
"""

_CANDIDATES = """
with
retracted as (
    select story_id
    from core.edits
    where change = 'availability'
    group by story_id
    having arg_max(shows, (edited_at, capture_id)) = 'retraction'
),
refused as (
    select distinct j.story_id
    from raw.journal as j
    join core.ledger as l using (story_id)
    where j.event = 'refused'
        and j.happened_at > l.captured_at
)
select
    l.story_id,
    a.section,
    greatest(0.0, (epoch(l.captured_at) - epoch(coalesce(a.published_at, a.first_seen_at))) / 3600),
    greatest(0.0, (epoch($now::timestamptz) - epoch(coalesce(a.published_at, a.first_seen_at))) / 3600)
from core.ledger as l
join core.articles as a using (story_id)
where l.status = 'stored'
    and a.source = 'page'
    and l.captured_at is not null
    and l.failed_since = 0
    and l.story_id not in (select story_id from retracted)
    and l.story_id not in (select story_id from refused)
    and l.story_id not in (select story_id from forgotten)
order by l.story_id
"""

_LISTINGS = """
with
own as (
    select *
    from raw.captures
    where url in (select unnest($urls::varchar[]))
        and (status = 200 or (status = 304 and revisit_of is not null))
        and run not in (select run from raw.journal where event = 'begin' and spider = 'import')
        -- What was not read whole, or not recognised, is read again: a body that breaks off is archived, too.
        and capture_id in (
            select capture_id
            from raw.journal
            where event = 'listing'
                and recognised
        )
),
last as (
    select *
    from own
    qualify row_number() over (partition by url order by fetched_at desc, capture_id desc) = 1
),
liars as (
    select url
    from own
    where status = 200
        and coalesce(etag, last_modified) is not null
    group by url, etag, last_modified
    having count(distinct digest) > 1
)
select
    l.url,
    h.capture_id,
    h.run,
    h.fetched_at,
    h.digest,
    coalesce(l.etag, h.etag),
    coalesce(l.last_modified, h.last_modified)
from last as l
join raw.captures as h
    on h.capture_id = coalesce(l.revisit_of, l.capture_id)
    and h.status = 200
    and h.revisit_of is null
where coalesce(l.etag, h.etag, l.last_modified, h.last_modified) is not null
    and l.url not in (select url from liars)
"""

_LIES = """
with
named as (
    select
        v.seen_at,
        c.etag,
        c.last_modified,
        lag(c.etag) over story as etag_before,
        lag(c.last_modified) over story as last_modified_before
    from (
        select
            story_id,
            version,
            capture_id,
            first_seen_at as seen_at
        from core.versions
        where source = 'page'
    ) as v
    join raw.captures as c using (capture_id)
    window story as (partition by v.story_id order by v.version)
)
select count(*) > 0
from named
where seen_at > (select max(first_seen_at) from core.versions) - interval 30 days
    and (
        (etag is not null and etag = etag_before)
        or (etag is null and last_modified is not null and last_modified = last_modified_before)
    )
"""

_ASKED = """
with
wanted as (
    select
        unnest($stories::bigint[]) as story_id,
        unnest(range(len($stories::bigint[]))) as place
),
own as (
    select *
    from raw.captures
    where role = 'story'
        and status = 200
        and story_id in (select story_id from wanted)
        and run not in (select run from raw.journal where event = 'begin' and spider = 'import')
    qualify row_number() over (partition by story_id order by fetched_at desc, capture_id desc) = 1
),
had as ( -- where the bytes of these lie, if they gave an article
    select *
    from raw.captures
    where status = 200
        and revisit_of is null
        and capture_id in (select coalesce(revisit_of, capture_id) from own)
        and capture_id in (
            select capture_id
            from raw.extracts
            where item = 0
                and content_hash is not null
                and story_id in (select story_id from wanted)
        )
)
select
    w.story_id,
    coalesce(o.url, a.url),
    h.capture_id,
    h.run,
    h.fetched_at,
    h.digest,
    o.etag,
    o.last_modified
from wanted as w
join core.articles as a using (story_id)
left join own as o using (story_id)
left join had as h
    on h.capture_id = coalesce(o.revisit_of, o.capture_id)
    and h.url = o.url
    and coalesce(o.etag, o.last_modified) is not null
order by w.place
"""
