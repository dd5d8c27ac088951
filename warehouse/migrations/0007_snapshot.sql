-- What a published file is, said inside it; and a way to have everything derived anew.

-- One row per cause to derive every story and day anew, which the next load does; none otherwise. A migration
-- that adds to what is derived says so here.
create table meta.stale (
    why varchar primary key
);

-- One row: what this file is. In the writer's own file, what the newest published one is.
create table meta.snapshot (
    snapshot_id varchar not null, -- time and chance: two files are the same snapshot, or have different ids
    published_at timestamptz not null
);

-- One row: the snapshot that this file is.
create view snapshot as
from meta.snapshot;
