-- What the stages before said, as they said it. These tables are only ever added to.

create schema raw;

-- One row per file that was loaded, so that no file is loaded twice.
create table raw.files (
    name varchar primary key
);

-- One row per set of rules a capture was ever read under; the greatest generation is today's.
create table raw.rules (
    generation integer primary key,
    rules varchar not null
);

-- One row per event of a run's journal.
create table raw.journal (
    run varchar not null,
    event varchar not null,
    happened_at timestamptz not null,
    spider varchar,
    site varchar,
    day date,
    delay double,
    user_agent varchar,
    sections struct(place varchar, section varchar)[],
    stories bigint,
    url varchar,
    place varchar,
    section varchar,
    status integer,
    capture_id varchar,
    recognised boolean,
    cards integer,
    members integer,
    listing_url varchar,
    story_id bigint,
    title varchar,
    author varchar,
    listed_at timestamptz,
    changed_at timestamptz,
    position integer,
    member boolean,
    error varchar,
    detail varchar,
    attempts integer,
    seconds double,
    cause varchar,
    outcome varchar,
    reason varchar,
    requests bigint,
    responses bigint,
    bytes bigint
);

-- One row per response in the archive.
create table raw.captures (
    capture_id varchar primary key,
    run varchar not null,
    url varchar not null,
    role varchar not null,
    story_id bigint,
    fetched_at timestamptz not null,
    status integer not null,
    media_type varchar,
    bytes bigint not null,
    digest varchar not null,
    revisit_of varchar
);

-- One row per text that ever was a body: each is stored once, however often it came.
create table raw.bodies (
    body_id uuid primary key, -- the first 128 bits of its SHA-256
    body varchar not null using compression zstd
);

-- One row per capture (item 0), or item of a feed (item 1, 2, …), and rules it was read under.
create table raw.extracts (
    capture_id varchar not null,
    item integer not null,
    rules varchar not null,
    story_id bigint,
    url varchar,
    -- an article …
    title varchar,
    kind varchar,
    section varchar,
    authors varchar[],
    dateline varchar,
    body_id uuid,
    word_count integer,
    published_at timestamptz,
    updated_at timestamptz,
    published_on date,
    printed_on date,
    printed_in varchar,
    image_url varchar,
    image_caption varchar,
    tags varchar[],
    links varchar[],
    source varchar,
    published_at_from varchar,
    updated_at_from varchar,
    printed_on_from varchar,
    rail_sentences integer,
    content_hash varchar,
    -- … or a rejection
    reason varchar,
    final boolean,
    detail varchar,
    points_to varchar
);
