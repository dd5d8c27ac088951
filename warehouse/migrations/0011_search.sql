-- What the index of full-text search follows. The index itself is no table: it lies in the folder `search`.

-- One row per story that has a text, or had one: a digest of its documents, and the load that last changed it.
create table meta.texts (
    story_id bigint primary key,
    digest uuid, -- null: it has no text any more
    change bigint not null
);

-- One row per load that changed a text. The mark is drawn by chance: an index that knows a change by number and
-- mark was made from this file, or from a copy of it, and from no other that counted as far.
create table meta.text_changes (
    change bigint primary key,
    mark uuid not null
);

-- What a document's text is known by, however many versions have it.
create macro core.text_content(content_hash) as (md5_number_lower(content_hash) >> 1)::bigint;

-- What a document is known by: the text, and what else it can be found by.
create macro core.document_key(story_id, content_hash, published_on, printed_on, printed_in) as
    (
        md5_number_lower(
            concat_ws(
                chr(31),
                story_id,
                content_hash,
                coalesce(published_on::varchar, '-'),
                coalesce(printed_on::varchar, '-'),
                coalesce(printed_in, '-')
            )
        ) >> 1
    )::bigint;

insert or ignore into meta.unpublished values ('rows changed');
insert or ignore into meta.stale values ('full-text search');
