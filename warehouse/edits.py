"""What changed between the versions of a story, and when it was off the site: `core.edits`, kept up.

What two texts show is asked of warehouse/sentences.py once per pair; all else is SQL. A story with one
version that never was gone costs nothing here.
"""

from __future__ import annotations

import json
from collections import Counter

import duckdb

from warehouse.database import literal
from warehouse.sentences import edit
from warehouse.texts import texts

BATCH = 256  # pairs of texts in memory at a time


def keep_up(con: duckdb.DuckDBPyConnection) -> Counter[str]:
    """The rows changed in `core.edits`, brought up to date for `touched_stories`: then they are a rebuild's.

    Part of the load's transaction, once the stories' versions and readings are derived (1_readings,
    2_versions). Texts whose difference is known already are not compared again.
    """
    con.execute(_PAIRS)
    con.execute(_TURNS)
    if con.execute(_NOTHING).fetchone() == (0,):
        return Counter()
    con.execute(_COMPARED)
    _compare(con)
    con.execute(_DERIVED)
    rows = [*con.execute(_DELETED).fetchall(), *con.execute(_MERGED).fetchall()]
    for table in ("edit_pairs", "edit_turns", "compared_texts", "texts_to_compare", "derived_edits"):
        con.execute(f"drop table if exists {table}")
    return Counter(action for (action,) in rows)


def _compare(con: duckdb.DuckDBPyConnection) -> None:
    """Nothing; every pair of texts that no edit of the story compared before is compared."""
    con.execute(_TO_COMPARE)
    pairs = con.execute(_IN_ORDER).fetchall()
    for first in range(0, len(pairs), BATCH):
        some = pairs[first : first + BATCH]
        said = texts(con, {place for pair in some for place in pair[2:]})
        found = []
        for one, other, before, after in some:
            shown = edit(said[before], said[after])
            if shown is None:
                continue
            found.append(
                {
                    "body_id_before": str(one),
                    "body_id": str(other),
                    "shows": shown.shows,
                    "before": shown.made.before,
                    "after": shown.made.after,
                    "before_at": shown.made.before_at,
                    "after_at": shown.made.after_at,
                }
            )
        con.execute(_KEEP.format(found=literal(json.dumps(found, ensure_ascii=False))))


# Versions that follow one another, of the few touched stories that have more than one.
_PAIRS = """
create or replace temp table edit_pairs as
select
    n.story_id,
    o.version as version_before,
    n.version,
    n.first_seen_at as edited_at,
    o.last_seen_at as seen_before,
    -- Null where the site names no time.
    n.updated_at <= o.last_updated_at as stealth,
    o.last_updated_at as updated_at_before,
    n.updated_at,
    n.capture_id,
    struct_pack(o.title, o.authors, o.section, o.kind, o.body_id) as was,
    struct_pack(n.title, n.authors, n.section, n.kind, n.body_id) as became
from derived_versions as n
join derived_versions as o
    on o.story_id = n.story_id
    and o.version = n.version - 1
where n.version > 1
"""

# Where a held story's page turned into an answer 404 or 410, or back into a text. A feed has a text for a
# while after the page is gone: that is no return.
_TURNS = """
create or replace temp table edit_turns as
with
gone as (
    select
        story_id,
        fetched_at,
        seen_in
    from readings
    where had_from = 'page'
        and reason = 'gone'
),
first_gone as (
    select
        story_id,
        min((fetched_at, seen_in)) as since
    from gone
    group by story_id
),
answers as (
    select
        story_id,
        fetched_at,
        seen_in,
        null::timestamptz as updated_at,
        true as is_gone
    from gone
    union all
    select
        r.story_id,
        r.fetched_at,
        r.seen_in,
        r.updated_at,
        false as is_gone
    from article_readings as r
    join first_gone as f using (story_id)
    where r.had_from = 'page'
        or (r.fetched_at, r.seen_in) < f.since
),
followed as (
    select
        *,
        lag(is_gone) over story as was_gone,
        lag(fetched_at) over story as seen_before,
        last_value(updated_at ignore nulls) over (
            partition by story_id
            order by fetched_at, seen_in
            rows between unbounded preceding and 1 preceding
        ) as updated_at_before
    from answers
    window story as (partition by story_id order by fetched_at, seen_in)
)
select
    f.story_id,
    f.fetched_at as edited_at,
    f.seen_before,
    f.is_gone,
    f.updated_at_before,
    f.updated_at,
    f.seen_in as capture_id,
    max(v.version) filter ((v.first_seen_at, v.capture_id) < (f.fetched_at, f.seen_in)) as version_before,
    max(v.version) filter (not f.is_gone) as version
from followed as f
join derived_versions as v
    on v.story_id = f.story_id
    and (v.first_seen_at, v.capture_id) <= (f.fetched_at, f.seen_in)
where f.is_gone <> f.was_gone
group by all
having version_before is not null -- a story that was gone before it was held is new, and did not return
"""

_NOTHING = """
select
    (select count(*) from edit_pairs)
    + (select count(*) from edit_turns)
    + (select count(*) from core.edits where story_id in (from touched_stories))
"""

# What the edits of these stories know already of pairs of texts: it depends on the texts alone.
_COMPARED = """
create or replace temp table compared_texts as
select
    body_id_before,
    body_id,
    any_value(shows) as shows,
    any_value(before) as before,
    any_value("after") as "after",
    any_value(before_at) as before_at,
    any_value(after_at) as after_at
from core.edits
where story_id in (from touched_stories)
    and change = 'body'
group by all
"""

_TO_COMPARE = """
create or replace temp table texts_to_compare as
select
    pair.one,
    pair.other,
    o.rowid as text_before,
    n.rowid as text
from (
    select distinct {'one': was.body_id, 'other': became.body_id} as pair
    from edit_pairs
    where was.body_id <> became.body_id
)
join raw.bodies as o
    on o.body_id = pair.one
join raw.bodies as n
    on n.body_id = pair.other
anti join compared_texts as c
    on c.body_id_before = pair.one
    and c.body_id = pair.other
"""

# As the texts lie in the table: a batch then reads few parts of it.
_IN_ORDER = """
select
    one,
    other,
    text_before,
    text
from texts_to_compare
order by text_before, text
"""

# No parameters where a load has to be quick: where pandas is installed, the first one imports it.
_KEEP = """
insert into compared_texts by name
select unnest(from_json(
    {found},
    '[{{
        "body_id_before": "uuid",
        "body_id": "uuid",
        "shows": "varchar",
        "before": ["varchar"],
        "after": ["varchar"],
        "before_at": ["integer"],
        "after_at": ["integer"]
    }}]'
), recursive := true)
"""

_DERIVED = """
create or replace temp table derived_edits as
with
values_of_pairs as (
    select
        p.* exclude (was, became),
        unnest([
            {'change': 'title', 'shows': 'headline', 'before': [was.title], 'after': [became.title]},
            {'change': 'authors', 'shows': 'byline', 'before': was.authors, 'after': became.authors},
            {'change': 'section', 'shows': 'section', 'before': [was.section], 'after': [became.section]},
            {'change': 'kind', 'shows': 'kind', 'before': [was.kind], 'after': [became.kind]}
        ], recursive := true)
    from edit_pairs as p
),
said as ( -- where there is no section, there is no value
    select
        * replace (
            list_filter(before, lambda each: each is not null) as before,
            list_filter("after", lambda each: each is not null) as "after"
        )
    from values_of_pairs
    where list_transform(before, lambda each: core.as_read(each))
        is distinct from list_transform("after", lambda each: core.as_read(each))
),
texts as (
    select
        p.* exclude (was, became),
        'body' as change,
        c.*
    from edit_pairs as p
    join compared_texts as c
        on c.body_id_before = p.was.body_id
        and c.body_id = p.became.body_id
),
turns as (
    select
        * exclude (is_gone),
        'availability' as change,
        if(is_gone, 'retraction', 'return') as shows,
        []::varchar[] as before,
        []::varchar[] as "after"
    from edit_turns
),
values_and_turns as (
    from said
    union all by name
    from turns
)
select
    *,
    range(1, len(before) + 1)::integer[] as before_at,
    range(1, len("after") + 1)::integer[] as after_at
from values_and_turns
union all by name
from texts
"""

_DELETED = """
delete from core.edits
where story_id in (from touched_stories)
    and (story_id, version_before, change, capture_id) not in (
        select
            story_id,
            version_before,
            change,
            capture_id
        from derived_edits
    )
returning 'DELETE'
"""

_MERGED = """
merge into core.edits as kept
using derived_edits as derived
on kept.story_id = derived.story_id
    and kept.version_before = derived.version_before
    and kept.change = derived.change
    and kept.capture_id = derived.capture_id
when matched and kept is distinct from derived then update by name
when not matched then insert by name
returning merge_action
"""
