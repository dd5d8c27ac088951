-- Every reading of the touched stories, each story under one set of rules: the newest that covers all its
-- captures. A text read under old rules is never compared with one read under new rules.
create or replace temp table readings as
with
pages as (
    select
        coalesce(e.story_id, c.story_id) as story_id,
        c.capture_id as seen_in,
        c.fetched_at,
        e.*  exclude (story_id, capture_id)
    from raw.captures as c
    join raw.extracts as e
        on e.capture_id = coalesce(c.revisit_of, c.capture_id)
        and e.item = 0
    where c.role = 'story'
        and coalesce(e.story_id, c.story_id) in (from touched_stories)
),
feed_items as (
    select
        e.story_id,
        c.capture_id as seen_in,
        c.fetched_at,
        e.* exclude (story_id, capture_id)
    from raw.extracts as e
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
covered as (
    select
        b.story_id,
        b.had_from,
        b.rules,
        r.generation,
        count(*) as captures
    from both_sources as b
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
    and (
        r.had_from = 'page'
        or not exists (
            from readings as p
            where p.story_id = r.story_id
                and p.had_from = 'page'
                and p.content_hash is not null
        )
    );
