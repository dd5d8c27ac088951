-- Captures and texts without an index over their keys. Those keys are random, so that each load wrote nearly the
-- whole index anew and each checkpoint wrote it to the disk, and a text's key cost a third of packing the text. A load
-- looks up the keys that it brings, and the check `every_key_stands_once` sees to the rest. (DuckDB drops a primary key
-- only with its table.)

alter table raw.captures rename to captures_with_index;
create table raw.captures (
    capture_id varchar not null, -- unique
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
insert into raw.captures select * from raw.captures_with_index order by rowid;
drop table raw.captures_with_index;

alter table raw.bodies rename to bodies_with_index;
create table raw.bodies (
    body_id uuid not null, -- unique: the first 128 bits of the text's SHA-256
    body varchar not null using compression zstd
);
insert into raw.bodies select * from raw.bodies_with_index order by rowid;
drop table raw.bodies_with_index;
