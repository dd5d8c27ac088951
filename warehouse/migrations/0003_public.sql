-- The tables people query. Bodies are joined in here: they are stored once.

-- One row per story.
create view articles as
select
    a.story_id,
    a.url,
    a.title,
    a.kind,
    a.section,
    a.authors,
    a.dateline,
    b.body,
    a.word_count,
    a.published_at,
    a.updated_at,
    a.published_on,
    a.printed_on,
    a.printed_in,
    a.image_url,
    a.image_caption,
    a.tags,
    a.links,
    a.first_seen_at,
    a.last_seen_at,
    a.version,
    a.content_hash,
    a.rules,
    a.source,
    a.published_at_from,
    a.updated_at_from,
    a.printed_on_from,
    a.rail_sentences,
    a.capture_id
from core.articles as a
join raw.bodies as b using (body_id);

-- One row per story and version.
create view versions as
select
    v.story_id,
    v.version,
    v.title,
    v.kind,
    v.section,
    v.authors,
    b.body,
    v.word_count,
    v.content_hash,
    v.updated_at,
    v.first_seen_at,
    v.last_seen_at,
    v.capture_id,
    v.source,
    v.rules
from core.versions as v
join raw.bodies as b using (body_id);

-- One row per response.
create view captures as
select
    capture_id,
    run,
    url,
    role,
    story_id,
    fetched_at,
    status,
    media_type,
    bytes,
    digest,
    revisit_of
from raw.captures;

-- One row per capture of a story that gave no article under the newest rules it was read under.
create view rejections as
with read_last as (
    select
        c.capture_id,
        c.run,
        c.story_id,
        c.url,
        c.fetched_at,
        c.status,
        e.reason,
        e.final,
        e.detail,
        e.points_to,
        e.rules
    from raw.captures as c
    join raw.extracts as e
        on e.capture_id = coalesce(c.revisit_of, c.capture_id)
        and e.item = 0
    join raw.rules as r using (rules)
    where c.role = 'story'
    qualify row_number() over (partition by c.capture_id order by r.generation desc) = 1
)
from read_last
where reason is not null;

-- One row per place and time a story was listed; `member` says whether that listing owes it.
create view discoveries as
select
    run,
    happened_at as seen_at,
    place,
    section,
    day,
    story_id,
    url,
    title,
    author,
    listed_at,
    changed_at,
    position,
    member,
    listing_url
from raw.journal
where event = 'discovery';

-- One row per day and section.
create view editions as
from core.editions;

-- One row per run: one start of one crawl. A run whose journal breaks off was killed.
create view runs as
with
began as (
    from raw.journal
    where event = 'begin'
),
ended as (
    from raw.journal
    where event = 'end'
),
counts as (
    select
        run,
        count(*) filter (event = 'listing') as listings,
        count(distinct story_id) filter (event = 'discovery' and member) as stories_listed,
        count(*) filter (event = 'attempt') as failed_attempts,
        count(*) filter (event = 'refused') as refused,
        coalesce(sum(seconds) filter (event = 'wait'), 0) as seconds_waited
    from raw.journal
    group by run
),
had as (
    select
        run,
        count(*) as captures,
        count(*) filter (role = 'story') as story_captures,
        sum(bytes)::bigint as bytes
    from raw.captures
    group by run
)
select
    b.run,
    b.spider,
    b.site,
    b.day,
    b.happened_at as began_at,
    e.happened_at as ended_at,
    coalesce(e.outcome, 'killed') as outcome,
    coalesce(e.reason, 'the journal breaks off: the process was killed') as reason,
    b.stories as stories_asked,
    c.listings,
    c.stories_listed,
    coalesce(h.captures, 0) as captures,
    coalesce(h.story_captures, 0) as story_captures,
    c.failed_attempts,
    c.refused,
    c.seconds_waited,
    coalesce(h.bytes, 0) as bytes,
    b.delay,
    b.user_agent
from began as b
join counts as c using (run)
left join ended as e using (run)
left join had as h using (run);
