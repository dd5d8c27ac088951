-- A join on two conditions, one of them of the left side alone, compared each capture with each.

create or replace view runs as
with
began as (
    from raw.journal
    where event = 'begin'
),
ended as (
    from raw.journal
    where event = 'end'
),
counts as (
    select
        run,
        count(*) filter (event = 'listing') as listings,
        count(distinct story_id) filter (event = 'discovery' and member) as stories_listed,
        count(*) filter (event = 'attempt') as failed_attempts,
        count(*) filter (event = 'retry') as retries,
        count(*) filter (event = 'refused') as refused,
        coalesce(sum(seconds) filter (event = 'wait'), 0) as seconds_waited
    from raw.journal
    group by run
),
had as (
    select
        c.run,
        count(*) as captures,
        count(*) filter (c.role = 'story') as story_captures,
        count(*) filter (c.status = 304) as not_modified,
        sum(c.bytes)::bigint as bytes,
        sum(h.bytes) filter (c.status = 304)::bigint as bytes_saved
    from raw.captures as c
    left join raw.captures as h
        on h.capture_id = if(c.status = 304, c.revisit_of, null)
    group by c.run
)
select
    b.run,
    b.spider,
    b.site,
    b.day,
    b.happened_at as began_at,
    e.happened_at as ended_at,
    coalesce(e.outcome, 'killed') as outcome,
    coalesce(e.reason, 'the journal breaks off: the process was killed') as reason,
    b.stories as stories_asked,
    c.listings,
    c.stories_listed,
    coalesce(h.captures, 0) as captures,
    coalesce(h.story_captures, 0) as story_captures,
    c.failed_attempts,
    c.refused,
    c.seconds_waited,
    coalesce(h.bytes, 0) as bytes,
    b.delay,
    b.user_agent,
    e.requests,
    c.retries,
    e.receipt.statuses as statuses,
    e.receipt.promised as gap_promised,
    e.receipt.smallest_gap as smallest_gap,
    e.receipt.longest_pace as longest_pace,
    e.receipt.seconds_asked as seconds_asked,
    e.receipt.robots as robots,
    coalesce(h.not_modified, 0) as not_modified,
    coalesce(h.bytes_saved, 0) as bytes_saved,
    coalesce(e.receipt.broken, []) as broken_promises
from began as b
join counts as c using (run)
left join ended as e using (run)
left join had as h using (run);

insert or ignore into meta.unpublished values ('the view of the runs is another');
