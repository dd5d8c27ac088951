-- The newest version of each touched story, with the rest as its newest reading shows it.
create or replace temp table derived_articles as
with
newest_reading as (
    select
        story_id,
        seen_in,
        place
    from article_readings
    qualify row_number() over (partition by story_id order by fetched_at desc, seen_in desc, item desc) = 1
),
newest as (
    select
        r.story_id,
        r.seen_in,
        e.* exclude (story_id)
    from newest_reading as r
    join raw.extracts as e
        on e.rowid = r.place
),
seen as (
    select
        story_id,
        min(fetched_at) as first_seen_at,
        max(fetched_at) as last_seen_at
    from article_readings
    group by story_id
),
latest as (
    select
        story_id,
        max(version) as version
    from core.versions
    where story_id in (from touched_stories)
    group by story_id
),
listed as ( -- when a place that lists the story says it came out; the most trusted place, its first word
    select
        story_id,
        case when place in ('feed', 'sitemap') then place else 'listing' end as place,
        listed_at
    from raw.journal
    where event = 'discovery'
        and listed_at is not null
        and story_id in (from touched_stories)
        and listed_at <= happened_at + interval 1 day
    qualify row_number() over (
        partition by story_id
        order by
            case place when 'feed' then 1 when 'sitemap' then 2 else 3 end,
            happened_at,
            listed_at
    ) = 1
),
dated as ( -- the page's own time of day stands; where it has the day alone or nothing, a listing's is taken
    select
        n.* replace (
            if(l.place is null, n.published_at, l.listed_at) as published_at,
            if(l.place is null, n.published_on, timezone(core.zone(), l.listed_at)::date) as published_on,
            if(l.place is null, n.published_at_from, l.place) as published_at_from,
            if(l.place is null, n.published_at_exact, true) as published_at_exact
        )
    from newest as n
    left join listed as l
        on l.story_id = n.story_id
        and n.published_at_exact is not true
        and (n.published_on is null or n.published_on = timezone(core.zone(), l.listed_at)::date)
)
select
    n.story_id,
    n.url,
    n.title,
    n.kind,
    n.section,
    n.authors,
    n.dateline,
    n.body_id,
    n.word_count,
    n.published_at,
    n.updated_at,
    n.published_on,
    n.printed_on,
    n.printed_in,
    n.image_url,
    n.image_caption,
    n.tags,
    n.links,
    s.first_seen_at,
    s.last_seen_at,
    l.version,
    n.content_hash,
    n.rules,
    n.source,
    n.published_at_from,
    n.updated_at_from,
    n.printed_on_from,
    n.rail_sentences,
    n.markdown_id,
    n.pictures,
    n.embeds,
    n.bylines,
    n.dateline_on,
    n.about_author,
    n.contacts,
    n.input_from,
    n.header_image,
    n.layout,
    n.published_at_exact,
    n.dates,
    n.seen_in as capture_id
from dated as n
join seen as s using (story_id)
join latest as l using (story_id);

delete from core.articles
where story_id in (from touched_stories)
    and story_id not in (select story_id from derived_articles)
returning 'DELETE';

merge into core.articles as kept
using derived_articles as derived
on kept.story_id = derived.story_id
when matched and kept is distinct from derived then update by name
when not matched then insert by name
returning merge_action;
