-- Where the extracts of the touched stories lie is looked up first: then of a million rows a few are read whole.
create or replace temp table touched_places as
select
    rowid as place,
    capture_id,
    item
from raw.extracts
where story_id in (from touched_stories);

-- A page may name another story than its address does. As a rule none is left to be found by its capture, and the
-- long keys of a million rows are not read.
insert into touched_places
select
    rowid,
    capture_id,
    item
from raw.extracts
where item = 0
    and capture_id in (
        select coalesce(revisit_of, capture_id)
        from raw.captures
        where role = 'story'
            and story_id in (from touched_stories)
            and coalesce(revisit_of, capture_id) not in (select capture_id from touched_places where item = 0)
    );

-- What the readings of a story are told apart by; all else that an article has is fetched for its newest alone.
create or replace temp view touched_extracts as
select
    rowid as place,
    capture_id,
    item,
    rules,
    story_id,
    title,
    kind,
    section,
    authors,
    body_id,
    word_count,
    updated_at,
    source,
    content_hash,
    reason,
    final,
    detail
from raw.extracts
where rowid in (select place from touched_places);

-- Every reading of the touched stories, each story under one set of rules: the newest under which all its
-- captures were read. A text read under old rules is never compared with one read under new rules.
create or replace temp table readings as
with
pages as (
    select
        c.story_id,
        c.capture_id as seen_in,
        c.fetched_at,
        e.* exclude (story_id, capture_id)
    from raw.captures as c
    join core.judged_of('touched_extracts') as e
        on e.capture_id = coalesce(c.revisit_of, c.capture_id)
        and e.item = 0
    where c.role = 'story'
        and c.story_id in (from touched_stories)
),
feed_items as (
    select
        e.story_id,
        c.capture_id as seen_in,
        c.fetched_at,
        e.* exclude (story_id, capture_id)
    from core.judged_of('touched_extracts') as e
    join raw.captures as c
        on e.capture_id = coalesce(c.revisit_of, c.capture_id)
    where e.item > 0
        and e.story_id in (from touched_stories)
),
both_sources as (
    select 'page' as had_from, * from pages
    union all by name
    select 'feed' as had_from, * from feed_items
),
holding as ( -- the captures in which a story was ever read, under whatever rules
    select distinct
        story_id,
        had_from,
        seen_in
    from both_sources
),
covered as ( -- how many of them were read under which rules, whether or not the story was found there
    select
        h.story_id,
        h.had_from,
        e.rules,
        r.generation,
        count(distinct h.seen_in) as captures
    from holding as h
    join raw.captures as c
        on c.capture_id = h.seen_in
    join raw.extracts as e
        on e.capture_id = coalesce(c.revisit_of, c.capture_id)
        and e.item = 0
    join raw.rules as r using (rules)
    group by all
),
chosen as (
    select
        story_id,
        had_from,
        max_by(rules, (captures, generation)) as rules
    from covered
    group by all
)
select b.*
from both_sources as b
join chosen using (story_id, had_from, rules);

-- The page is the story: a feed's text counts only where no page was ever had.
create or replace temp table article_readings as
select *
from readings as r
where r.content_hash is not null
    and r.story_id not in (select story_id from forgotten)
    and (
        r.had_from = 'page'
        or not exists (
            from readings as p
            where p.story_id = r.story_id
                and p.had_from = 'page'
                and p.content_hash is not null
        )
    );
