-- What a page shows beyond the first fields: structure, media, who and where from, and every date it says.

alter table raw.extracts add column markdown_id uuid; -- of raw.bodies
alter table raw.extracts add column pictures struct(url varchar, caption varchar, credit varchar, "after" integer)[];
alter table raw.extracts add column embeds struct(service varchar, url varchar, "after" integer)[];
alter table raw.extracts add column bylines struct(name varchar, role varchar, url varchar)[];
alter table raw.extracts add column dateline_on date;
alter table raw.extracts add column about_author varchar;
alter table raw.extracts add column contacts varchar[];
alter table raw.extracts add column input_from varchar[];
alter table raw.extracts add column header_image varchar;
alter table raw.extracts add column layout varchar;
alter table raw.extracts add column published_at_exact boolean;
alter table raw.extracts add column dates
    struct(field varchar, source varchar, happened_at timestamptz, day date, said varchar)[];

alter table core.articles add column markdown_id uuid;
alter table core.articles add column pictures struct(url varchar, caption varchar, credit varchar, "after" integer)[];
alter table core.articles add column embeds struct(service varchar, url varchar, "after" integer)[];
alter table core.articles add column bylines struct(name varchar, role varchar, url varchar)[];
alter table core.articles add column dateline_on date;
alter table core.articles add column about_author varchar;
alter table core.articles add column contacts varchar[];
alter table core.articles add column input_from varchar[];
alter table core.articles add column header_image varchar;
alter table core.articles add column layout varchar;
alter table core.articles add column published_at_exact boolean;
alter table core.articles add column dates
    struct(field varchar, source varchar, happened_at timestamptz, day date, said varchar)[];

-- One row per story.
create or replace view articles as
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
    a.capture_id,
    m.body as body_markdown,
    a.pictures,
    a.embeds,
    a.bylines,
    a.dateline_on,
    a.about_author,
    a.contacts,
    a.input_from,
    a.header_image,
    a.layout,
    a.published_at_exact
from core.articles as a
join raw.bodies as b using (body_id)
left join raw.bodies as m
    on m.body_id = a.markdown_id;

-- One row per story, date (published, updated, printed), source and what that source says. `chosen` is the one
-- that the article took: the first in the order meta, json-ld, shown, feed, sitemap, listing, print line that
-- lies at most a day after the page was had. `agrees` is whether a source is within five minutes of the chosen
-- one, or names its day where either says no time. Days are in Asia/Karachi.
create view dates as
with
of_pages as (
    select
        a.story_id,
        unnest(a.dates, recursive := true)
    from core.articles as a
),
of_listings as (
    select distinct
        story_id,
        'published' as field,
        case when place in ('feed', 'sitemap') then place else 'listing' end as source,
        listed_at as happened_at,
        timezone('Asia/Karachi', listed_at)::date as day,
        null::varchar as said
    from raw.journal
    where event = 'discovery'
        and listed_at is not null
    union
    select
        story_id,
        'updated',
        'sitemap',
        changed_at,
        timezone('Asia/Karachi', changed_at)::date,
        null
    from raw.journal
    where event = 'discovery'
        and place = 'sitemap'
        and changed_at is not null
    union
    -- The address of a list names its day: "/newspaper/national/2025-04-29".
    select
        story_id,
        case when place = 'print' then 'printed' else 'published' end,
        'address',
        null,
        day,
        null
    from raw.journal
    where event = 'discovery'
        and place in ('print', 'daily')
        and member
        and day is not null
),
said as (
    select distinct * from of_pages
    union
    select l.*
    from of_listings as l
    semi join core.articles as a using (story_id)
),
taken as (
    select
        story_id,
        'published' as field,
        published_at_from as source,
        published_at as moment,
        published_on as day,
        published_at_exact as exact
    from core.articles
    union all
    select
        story_id,
        'updated',
        updated_at_from,
        updated_at,
        timezone('Asia/Karachi', updated_at)::date,
        true
    from core.articles
    union all
    select
        story_id,
        'printed',
        printed_on_from,
        null,
        printed_on,
        false
    from core.articles
)
select
    s.story_id,
    s.field,
    s.source,
    s.happened_at,
    s.day,
    s.said,
    coalesce(
        s.source = t.source
        and s.day = t.day
        and (s.happened_at is null or t.moment is null or s.happened_at = t.moment),
        false
    ) as chosen,
    case
        when t.day is null then null
        when t.exact and s.happened_at is not null
            then abs(epoch(s.happened_at) - epoch(t.moment)) <= 300
        else s.day = t.day
    end as agrees
from said as s
left join taken as t using (story_id, field);
