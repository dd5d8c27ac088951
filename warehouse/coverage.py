"""Which fields the newest pages have, and those of the recent past: read, never judged here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from warehouse.database import writer
from warehouse.load import ARTICLE_COLUMNS, EXTRACT_COLUMNS, json_lines

PAST_DAYS = 14  # before the first page of the batch, by when pages were fetched …
LEAST_PAGES, LONGEST_PAST_DAYS = 500, 60  # … and where a kind has not as many in them, up to these
MOST_PAGES = 20_000  # of a kind and age, of the batch and of the past each

COVERED = (
    "title",
    "authors",
    "section",
    "published_at",
    "updated_at",
    "image_url",
    "image_caption",
    "tags",
    "dateline",
    "pictures",
    "layout",
)
"""Fields that any article may have. What only some stories have by their nature (links, embeds, where they
were printed) comes and goes with what happens, not with the layout; `printed_on` is asked of those alone that
a section of the paper lists."""

MARKED = ("title", "authors", "section", "image_url", "image_caption")
FED_WORDS = 60
"""A feed that has as many words of a story has its text: a page with less than half of them lost the rest."""

FALLBACK = "fallback"  # the layout of a page that no layout knows


@dataclass(frozen=True, slots=True)
class PageRow:
    """One page of a story as it was read under today's rules.

    `has` holds the fields that apply to it, "article" and "body" among them, and "whole_body" where a feed
    had its text by then; `marks` are equal where two pages say the same.
    """

    capture_id: str
    run: str
    story_id: int
    url: str
    fetched_at: datetime
    kind: str | None
    layout: str | None
    new: bool
    has: dict[str, bool]
    marks: dict[str, int]


@dataclass(frozen=True, slots=True)
class Said:
    """What is known of a story besides its page: as held, as a feed has it, as a listing shows it."""

    story_id: int
    values: dict[str, list[str]]


def coverage(
    warehouse: Path,
    extracts: Sequence[Path],
    rules: str,
    era: int,
    standing: Sequence[tuple[int, datetime]] = (),
) -> list[PageRow]:
    """The pages that these extracts bring, and those of the recent past, as read under `rules`.

    A page is new that the warehouse knows under no rules. Of the past only stories count whose ids lie in the
    same `era` thousand as a new one's or in one beside it; also those of the eras in `standing`, since the
    time given there. Answers that are no pages are left out. Extracts that were loaded already bring nothing.
    """
    with writer(warehouse) as con:
        loaded = {name for (name,) in con.execute("select name from raw.files").fetchall()}
        waiting = [path for path in extracts if path.name not in loaded]
        if not waiting:
            return []
        lines = json_lines(waiting, EXTRACT_COLUMNS)
        con.execute("create temp table standing (era integer, since timestamptz)")
        if standing:
            con.executemany("insert into standing values (?, ?)", list(standing))
        con.execute(_PAGES.format(lines=lines), {"rules": rules, "era": era, "days": LONGEST_PAST_DAYS})
        bounds = {"days": PAST_DAYS, "longest": LONGEST_PAST_DAYS, "least": LEAST_PAGES, "most": MOST_PAGES}
        rows = con.execute(_NEAR, bounds).fetchall()
    return [_row(*row) for row in rows]


def _row(*row: Any) -> PageRow:
    *facts, has, marks = row
    return PageRow(
        *facts, *({name: one for name, one in each.items() if one is not None} for each in (has, marks))
    )


def said_of(warehouse: Path, stories: Sequence[int]) -> list[Said]:
    """What the warehouse knows of these stories' fields, each value once, what a feed says before the rest.

    Authors are one string with " | " between them; instants are ISO 8601 in UTC.
    """
    with writer(warehouse) as con:
        rows = con.execute(_SAID, [list(stories)]).fetchall()
    found: dict[int, dict[str, list[str]]] = {}
    for story, field, value in rows:
        found.setdefault(story, {}).setdefault(field, []).append(value)
    return [Said(story, values) for story, values in found.items()]


def _has(name: str) -> str:
    if name == "layout":
        return f"layout is distinct from '{FALLBACK}'"
    if name == "published_at":  # a day alone is better than nothing, and is no time
        return "published_at is not null and published_at_exact is not false"
    kind = ARTICLE_COLUMNS[name]
    if kind.endswith("[]"):
        return f"coalesce(len({name}), 0) > 0"
    return f"coalesce({name}, '') <> ''" if kind == "varchar" else f"{name} is not null"


_READ = tuple(dict.fromkeys((*COVERED, *MARKED, "published_at_exact", "printed_on", "kind")))
_HAS = ", ".join(f"{name} := case when reason is null then {_has(name)} end" for name in COVERED)
_MARKS = ", ".join(f"{name} := case when {_has(name)} then hash({name}) end" for name in MARKED)

_PAGES = f"""
create temp table read_pages as
with
brought as (
    select
        l.capture_id,
        l.run,
        l.story_id,
        l.url,
        l.fetched_at,
        c.capture_id is null as new,
        l.rejection.reason as reason,
        {", ".join(f"l.article.{name} as {name}" for name in _READ)},
        l.article.word_count as words,
        case when l.article.word_count > 0 then substr(sha256(l.article.body), 1, 32)::uuid end as body
    from {{lines}} as l
    left join raw.captures as c using (capture_id)
    where l.item = 0
        and l.role = 'story'
        and l.status = 200
        and l.story_id is not null
        and (l.article is not null or l.rejection is not null)
),
held as (
    select
        c.capture_id,
        c.run,
        c.story_id,
        c.url,
        c.fetched_at,
        false as new,
        e.reason,
        {", ".join(f"e.{name}" for name in _READ)},
        e.word_count as words,
        case when e.word_count > 0 then e.body_id end as body
    from raw.captures as c
    join raw.extracts as e using (capture_id)
    where e.item = 0
        and e.rules = $rules
        and c.role = 'story'
        and c.status = 200
        and c.story_id is not null
        and c.fetched_at >= (select min(fetched_at) from brought) - to_days($days)
        and c.capture_id not in (select capture_id from brought)
),
fed as (
    select
        story_id,
        fetched_at,
        article.word_count as words
    from {{lines}}
    where item > 0
        and article is not null
    union all
    select
        e.story_id,
        c.fetched_at,
        e.word_count
    from raw.extracts as e
    join raw.captures as c using (capture_id)
    where e.item > 0
        and e.rules = $rules
        and e.word_count is not null
)
select
    *,
    (story_id // $era)::integer as era,
    (
        select max_by(f.words, f.fetched_at)
        from fed as f
        where f.story_id = pages.story_id
            and f.fetched_at <= pages.fetched_at
    ) as fed_words
from (
    from brought
    union all by name
    from held
) as pages
-- A page with a rail in its text was read, and is kept back for that alone.
where reason is null
    or reason in ('not_an_article', 'no_body', 'rail_in_body')
"""

_NEAR = f"""
with
batch as (
    select
        min(fetched_at) as began_at,
        list(distinct era) as eras
    from read_pages
    where new
        and exists (select 1 from read_pages where not new)
),
wanted as (
    select
        p.*,
        p.new or p.fetched_at >= b.began_at - to_days($days) as recent,
        row_number() over (
            partition by p.new, p.kind, p.era
            order by p.fetched_at desc, p.capture_id
        ) as place
    from read_pages as p
    cross join batch as b
    where (
            b.eras is not null
            and (p.new or p.fetched_at >= b.began_at - to_days($longest))
            and list_has_any(b.eras, [p.era - 1, p.era, p.era + 1])
        )
        or exists (
            select 1
            from standing as s
            where p.era in (s.era, s.era + 1)
                and p.fetched_at >= s.since
        )
),
in_print as (
    select distinct story_id
    from raw.journal
    where event = 'discovery'
        and place = 'print'
        and member
        and story_id in (select story_id from wanted)
)
select
    capture_id,
    run,
    story_id,
    url,
    fetched_at,
    kind,
    layout,
    new,
    struct_pack(
        article := reason is distinct from 'not_an_article',
        body := case
            when reason = 'no_body' then false
            when reason = 'rail_in_body' or (reason is null and body is not null) then true
        end,
        whole_body := case
            when reason is null and body is not null and fed_words >= {FED_WORDS} then 2 * words >= fed_words
        end,
        printed_on := case
            when reason is null and story_id in (from in_print) then printed_on is not null
        end,
        {_HAS}
    ) as has,
    struct_pack(body := case when body is not null then hash(body) end, {_MARKS}) as marks
from wanted
where place <= case when coalesce(recent, true) then $most else $least end
order by fetched_at, capture_id
"""

_SAID = """
with
wanted as (
    select unnest(?::bigint[]) as story_id
),
texts as (
    select
        1 as place,
        e.story_id,
        e.title,
        array_to_string(e.authors, ' | ') as authors,
        e.section,
        e.published_at,
        null::timestamptz as updated_at,
        e.image_url,
        null as image_caption,
        b.body
    from raw.extracts as e
    join raw.bodies as b using (body_id)
    where e.item > 0
        and e.story_id in (from wanted)
    union all
    select
        2 as place,
        a.story_id,
        a.title,
        array_to_string(a.authors, ' | '),
        a.section,
        a.published_at,
        a.updated_at,
        a.image_url,
        a.image_caption,
        b.body
    from core.articles as a
    join raw.bodies as b using (body_id)
    where a.story_id in (from wanted)
    union all
    select
        3 as place,
        story_id,
        title,
        author,
        null,
        case when place in ('feed', 'sitemap') then listed_at end,
        null,
        null,
        null,
        null
    from raw.journal
    where event = 'discovery'
        and story_id in (from wanted)
),
said as (
    unpivot (
        select
            place,
            story_id,
            title,
            authors,
            section,
            strftime(published_at, '%Y-%m-%dT%H:%M:%S+00:00') as published_at,
            strftime(updated_at, '%Y-%m-%dT%H:%M:%S+00:00') as updated_at,
            image_url,
            image_caption,
            body
        from texts
    )
    on columns(* exclude (place, story_id))
    into name field value value
)
select
    story_id,
    field,
    value
from said
where value <> ''
group by all
order by story_id, field, min(place), value
"""
