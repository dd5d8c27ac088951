-- By which words a server can be asked whether a page is still the one that is held: its own ETag and Last-Modified.

alter table raw.captures add column etag varchar;
alter table raw.captures add column last_modified varchar;

-- One row per response.
create or replace view captures as
select
    capture_id,
    run,
    url,
    role,
    story_id,
    fetched_at,
    status,
    media_type,
    bytes,
    digest,
    revisit_of,
    etag,
    last_modified
from raw.captures;

-- Readers must get the new columns even where no row changes by them.
insert or ignore into meta.unpublished values ('the tables have new columns');
