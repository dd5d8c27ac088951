-- The same rows as before, but for how texts are found: where they lie first, then what lies there. A join by the
-- texts' names, which are digests and lie anywhere, unpacks every text there is: 12 s for a day's of a million.

-- One row per text: where it lies in this file. Of no use from one query to the next.
create view core.places as
select
    body_id,
    rowid as place
from raw.bodies;

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
join core.places as k
    on k.body_id = a.body_id
join raw.bodies as b
    on b.rowid = k.place
left join core.places as l
    on l.body_id = a.markdown_id
left join raw.bodies as m
    on m.rowid = l.place;

-- One row per story and version.
create or replace view versions as
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
join core.places as k
    on k.body_id = v.body_id
join raw.bodies as b
    on b.rowid = k.place;

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
    join core.places as k
        on k.body_id = v.body_id
    join raw.bodies as b
        on b.rowid = k.place
    anti join gone
        on gone.story_id = s.story_id;

comment on macro table articles_as_of is
    'One row per story as a reader saw it at a moment: from articles_as_of(timestamptz ''2026-03-09 12:00:00+05'').';

insert or ignore into meta.unpublished values ('texts are found otherwise');
