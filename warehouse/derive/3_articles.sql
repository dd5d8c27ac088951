-- The newest version of each touched story, with the rest as its newest reading shows it.
merge into core.articles as kept
using (
    with
    newest as (
        select * exclude (url), url
        from article_readings
        qualify row_number() over (partition by story_id order by fetched_at desc, seen_in desc) = 1
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
        n.seen_in as capture_id
    from newest as n
    join seen as s using (story_id)
    join latest as l using (story_id)
) as derived
on kept.story_id = derived.story_id
when matched and kept is distinct from derived then update by name
when not matched then insert by name
when not matched by source and kept.story_id in (from touched_stories) then delete
returning merge_action;
