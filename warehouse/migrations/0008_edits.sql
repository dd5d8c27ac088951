-- What changed after a story came out, and the archive as a reader saw it at any moment.

-- Of a version, the latest time of update that any of its readings names: an edit that does not go beyond it was
-- not told by the site.
alter table core.versions add column last_updated_at timestamptz;

-- One row per change between two versions that follow one another (title, authors, section, kind, body), and per turn
-- in a held story's availability: the first of a row of answers 404 or 410, the first page with its text after
-- them. Kept up by warehouse/edits.py.
create table core.edits (
    story_id bigint not null,
    change varchar not null, -- title, authors, section, kind, body, availability
    version_before integer not null,
    version integer, -- none where the story is gone
    edited_at timestamptz not null,
    seen_before timestamptz not null,
    shows varchar not null, -- the type, as far as the two texts tell it
    before varchar[] not null,
    "after" varchar[] not null,
    before_at integer[] not null,
    after_at integer[] not null,
    stealth boolean,
    updated_at_before timestamptz,
    updated_at timestamptz,
    capture_id varchar not null,
    body_id_before uuid, -- of both texts, where the body changed
    body_id uuid,
    primary key (story_id, version_before, change, capture_id)
);

-- A line as its reader sees it: white space and soft hyphens make no version.
create macro core.as_read(line) as
    trim(regexp_replace(replace(line, chr(173), ''), '[\s\p{Z}]+', ' ', 'g'));

-- One row per change of a story after it was first seen.
create view edits as
select
    story_id,
    edited_at,
    seen_before,
    case
        when stealth and shows in ('addition', 'removal', 'rewrite') then 'stealth edit'
        else shows
    end as type,
    change,
    version_before,
    version,
    before,
    "after",
    stealth,
    updated_at_before,
    updated_at,
    capture_id,
    before_at,
    after_at
from core.edits;

comment on view edits is
    'One row per change of a story after it was first seen: what changed between two versions, and where it was taken off the site and came back.';
comment on column edits.edited_at is
    'When the change was first seen; it was made between seen_before and then.';
comment on column edits.seen_before is
    'When what was before it was last seen: the older version, of a retraction the text, of a return the answer 404 or 410.';
comment on column edits.type is
    'headline, byline, section, kind; of a body: correction note, stealth edit, addition, removal, rewrite, paragraphs (the same sentences in other paragraphs); retraction (the page answered 404 or 410: one row for all such answers in a row), return.';
comment on column edits.change is
    'What of the story changed: title, authors, section, kind, body, availability. Two versions have at most one row for each.';
comment on column edits.version_before is
    'The version before the change; of a retraction, the last that was seen.';
comment on column edits.version is
    'The version with the change; none of a retraction.';
comment on column edits.before is
    'The sentences taken out of the body, in order; of another change the value before it, of a byline each name. Of type paragraphs, paragraphs.';
comment on column edits."after" is
    'The sentences put into the body, in order; of another change the value after it, of a byline each name. Of type paragraphs, paragraphs.';
comment on column edits.stealth is
    'Whether the site''s own time of update did not move: the new version names none later than the old one did. Null where it names no time.';
comment on column edits.updated_at_before is
    'The latest time of update that a page of the version before named.';
comment on column edits.updated_at is
    'The time of update that the first page with the change named.';
comment on column edits.capture_id is
    'The capture that showed the change first.';
comment on column edits.before_at is
    'Which sentences of the old body those of `before` were, counted from 1: taken out of it and those of `after` put in at `after_at`, it is the new one.';
comment on column edits.after_at is
    'Which sentences of the new body those of `after` are, counted from 1.';

-- One row per story as a reader saw it at that moment: its newest version that had been seen by then. Stories that
-- were off the site then (edits: retraction) are left out until they came back. What versions do not keep is as it
-- is known today: url, published_at, published_on, printed_on, printed_in. Not given are dateline, pictures, tags and
-- links of that time, and what a feed had of a story before its page was had. Between two captures a reader may have
-- seen either text; here the earlier one stands until the later was seen.
create macro articles_as_of(moment) as table
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
        having arg_max(shows, (edited_at, shows)) = 'retraction'
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

insert into meta.stale values ('edits');
