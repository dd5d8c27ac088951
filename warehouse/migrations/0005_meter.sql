-- The rail meter: what pages say beside their stories, and its verdicts, which stand in the journal.

alter table raw.journal add column item integer;
alter table raw.journal add column rules varchar;
alter table raw.journal add column of_run varchar;
alter table raw.journal add column sentences varchar[];
alter table raw.journal add column leads_to varchar[];
alter table raw.journal add column sign varchar;
alter table raw.journal add column pages integer;

-- One row per capture, item and rules that the meter quarantined: its first verdict.
create table core.quarantine (
    capture_id varchar not null,
    item integer not null,
    rules varchar not null,
    story_id bigint not null,
    sentences varchar[] not null, -- the lines of the body that are no part of the story
    leads_to varchar[] not null, -- the stories they tease: an id, or "host/news/id" of a sister site
    sign varchar not null,
    judged_at timestamptz not null,
    judged_in varchar not null, -- the run of the meter
    primary key (capture_id, item, rules)
);

-- One row per extracted file whose evidence was taken in, under today's rules.
create table core.metered (
    name varchar primary key
);

-- One row per text in which pages tease a story, under today's rules; seen is when those pages were fetched.
create table core.teasers (
    rules varchar not null,
    leads_to varchar not null,
    kind varchar not null, -- headline, excerpt
    text varchar not null,
    first_seen timestamptz not null,
    last_seen timestamptz not null
);

-- One row per text that stands outside the stories on pages, under today's rules, known by 48 bits.
create table core.furniture (
    rules varchar not null,
    text_key bigint not null,
    stories bigint[] not null, -- on whose pages: the four least of them
    first_seen timestamptz not null,
    last_seen timestamptz not null
);

-- The extracts as they count: what the meter quarantined is a rejection. (A macro and no view, for a view
-- would not follow the table's columns.)
create macro core.judged() as table
    select e.* replace (
        case when q.capture_id is null then e.content_hash end as content_hash,
        case when q.capture_id is null then e.reason else 'rail_in_body' end as reason,
        case when q.capture_id is null then e.final else true end as final,
        case
            when q.capture_id is null then e.detail
            else 'left in the body: ' || left(q.sentences[1], 120) || ' (' || q.sign || ')'
        end as detail
    )
    from raw.extracts as e
    left join core.quarantine as q using (capture_id, item, rules);

-- One row per capture of a story that gave no article under the newest rules it was read under.
create or replace view rejections as
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
    join core.judged() as e
        on e.capture_id = coalesce(c.revisit_of, c.capture_id)
        and e.item = 0
    join raw.rules as r using (rules)
    where c.role = 'story'
    qualify row_number() over (partition by c.capture_id order by r.generation desc) = 1
)
from read_last
where reason is not null;
