-- What the raw tables amount to, kept up by each load; a rebuild gives the same rows.

create schema core;

-- One row per story and version: consecutive captures with the same content are one version.
create table core.versions (
    story_id bigint not null,
    version integer not null,
    title varchar not null,
    kind varchar not null,
    section varchar,
    authors varchar[] not null,
    body_id uuid not null,
    word_count integer not null,
    content_hash varchar not null,
    updated_at timestamptz,
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    capture_id varchar not null, -- the first that showed it
    source varchar not null,
    rules varchar not null,
    primary key (story_id, version)
);

-- One row per story: its newest version, with what is kept current without making a version.
create table core.articles (
    story_id bigint primary key,
    url varchar not null,
    title varchar not null,
    kind varchar not null,
    section varchar,
    authors varchar[] not null,
    dateline varchar,
    body_id uuid not null,
    word_count integer not null,
    published_at timestamptz,
    updated_at timestamptz,
    published_on date,
    printed_on date,
    printed_in varchar,
    image_url varchar,
    image_caption varchar,
    tags varchar[] not null,
    links varchar[] not null,
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    version integer not null,
    content_hash varchar not null,
    rules varchar not null,
    source varchar not null,
    published_at_from varchar,
    updated_at_from varchar,
    printed_on_from varchar,
    rail_sentences integer not null,
    capture_id varchar not null -- the newest that showed it
);

-- One row per story that was ever listed, asked for or captured: what became of it.
create table core.ledger (
    story_id bigint primary key,
    status varchar not null, -- stored, rejected, gone, refused, owed
    reason varchar,
    captured_at timestamptz, -- the last time a page of it was had, whatever it gave
    known_until timestamptz, -- the newest time the site told us of that a capture has answered
    failed_since integer not null, -- how often it was asked for in vain after the site last said something
    printed_on date, -- of the text that is held, and where that is from: page or feed
    source varchar
);

-- Whether a print section's listing owes a story as far as is known: once its page is held, the print line
-- decides, but for the slips that name the same day of the month before.
create macro core.printed_elsewhere(place, day, status, source, printed_on) as
    place = 'print'
    and status = 'stored'
    and source = 'page'
    and printed_on is distinct from day
    and not coalesce(
        (printed_on + interval 1 month)::date = day and dayofmonth(printed_on) = dayofmonth(day),
        false
    );

-- One row per day and section of an edition.
create table core.editions (
    day date not null,
    place varchar not null, -- print or daily
    section varchar not null,
    state varchar not null, -- complete, partial, absent, unknown
    listed integer not null,
    stored integer not null,
    rejected integer not null,
    gone integer not null,
    refused integer not null,
    owed integer not null,
    reason varchar,
    url varchar,
    listed_at timestamptz,
    primary key (day, place, section)
);

-- The schema meta holds the record of these migrations; see database.py.

-- One row where something changed that the published file does not hold yet; none otherwise.
create table meta.unpublished (
    why varchar primary key
);
