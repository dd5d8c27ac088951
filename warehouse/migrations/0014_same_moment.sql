-- As before, but of two answers of the same moment the one stands last that stands last in `edits` too: a page that
-- came back and was gone again within it is gone. Archives that others made have whole seconds.
create or replace macro articles_as_of(moment) as table
    with
    seen as (
        select
            story_id,
            max(version) as version,
            min(first_seen_at) as first_seen_at
        from core.versions
        where first_seen_at <= moment::timestamptz
        group by story_id
    ),
    gone as (
        select story_id
        from core.edits
        where change = 'availability'
            and edited_at <= moment::timestamptz
        group by story_id
        having arg_max(shows, (edited_at, capture_id)) = 'retraction'
    )
    select
        v.story_id,
        a.url,
        v.title,
        v.kind,
        v.section,
        v.authors,
        b.body,
        v.word_count,
        a.published_at,
        v.updated_at,
        a.published_on,
        a.printed_on,
        a.printed_in,
        s.first_seen_at,
        v.first_seen_at as version_seen_at,
        v.version,
        v.content_hash,
        v.rules,
        v.source,
        v.capture_id
    from seen as s
    join core.versions as v using (story_id, version)
    join core.articles as a using (story_id)
    join raw.bodies as b
        on b.body_id = v.body_id
    anti join gone
        on gone.story_id = s.story_id;

comment on macro table articles_as_of is
    'One row per story as a reader saw it at a moment: from articles_as_of(timestamptz ''2026-03-09 12:00:00+05'').';
