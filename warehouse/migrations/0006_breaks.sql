-- Fields that went missing: said by the journals of the stage `watch`, which have no begin and no end.

-- One value per event `break`, `mended` or `accepted`; null for every other event.
alter table raw.journal add column drift struct(
    field varchar,
    what varchar,
    kind varchar,
    era integer,
    since timestamptz,
    pages integer,
    holding integer,
    past_pages integer,
    past_holding integer,
    chance double,
    without struct(capture_id varchar, story_id bigint, url varchar)[],
    proposals struct(part varchar, now varchar, selector varchar, pages integer, known integer)[]
);

-- One row per break: a field that pages of a kind (null: of all kinds) had, and from `since` on had not.
create view breaks as
with
said as (
    select
        event,
        happened_at,
        unnest(drift)
    from raw.journal
    where drift is not null
),
endings as (
    select
        field,
        what,
        kind,
        era,
        since,
        min(happened_at) as ended_at,
        arg_min(event, happened_at) as state
    from said
    where event in ('mended', 'accepted')
    group by all
)
select
    b.happened_at as noticed_at,
    b.field,
    b.what, -- missing, or constant where every page says the same
    b.kind,
    coalesce(e.state, 'open') as state, -- open, mended, accepted
    b.since,
    e.ended_at,
    b.holding, -- of `pages` since then, so many have it
    b.pages,
    b.past_holding, -- of `past_pages` before, so many had it
    b.past_pages,
    b.chance,
    b.without, -- pages to look at
    b.proposals, -- rules that would find the values known from elsewhere; never applied
    b.era -- the hundred thousand that the stories' ids lie in
from said as b
left join endings as e
    on e.field = b.field
    and e.what = b.what
    and e.kind is not distinct from b.kind
    and e.era = b.era
    and e.since = b.since
where b.event = 'break';
