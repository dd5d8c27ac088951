-- What became of each touched story: every one of them ends as one of five; who is stored may be unchanged.
create or replace temp table derived_ledger as
with
last_page as ( -- what the newest capture gave, under the rules the story is read under
    select
        story_id,
        fetched_at,
        reason,
        final,
        detail
    from readings
    where had_from = 'page'
    qualify row_number() over (partition by story_id order by fetched_at desc, seen_in desc) = 1
),
last_failure as (
    select
        story_id,
        happened_at,
        event,
        error,
        detail
    from raw.journal
    where event in ('attempt', 'refused')
        and story_id in (from touched_stories)
    qualify row_number() over (partition by story_id order by happened_at desc, run desc) = 1
),
answered as ( -- the last time it was settled, if only by its size or by robots.txt
    select
        story_id,
        max(answered_at) as answered_at
    from (
        select
            story_id,
            fetched_at as answered_at
        from readings
        where had_from = 'page'
            and (reason is null or final)
        union all
        select
            story_id,
            happened_at as answered_at
        from raw.journal
        where (event = 'refused' or error in ('too_large', 'offsite', 'redirected'))
            and story_id in (from touched_stories)
    )
    group by story_id
),
told as ( -- a card's own time counts as told, so that a feed that says the same is no news
    select
        d.story_id,
        max(greatest(d.changed_at, d.listed_at)) as known_until
    from raw.journal as d
    join answered as p using (story_id)
    where d.event = 'discovery'
        and d.happened_at <= p.answered_at
        and d.story_id in (from touched_stories)
    group by d.story_id
),
in_vain as ( -- requests that were given up since then, but for those that will never do better
    select
        f.story_id,
        count(*)::integer as failed_since
    from raw.journal as f
    left join answered as a using (story_id)
    where f.event = 'attempt'
        and f.error not in ('too_large', 'offsite', 'redirected')
        and f.happened_at > coalesce(a.answered_at, '-infinity')
        and f.story_id in (from touched_stories)
    group by f.story_id
),
last_answer as ( -- the capture that settled it last: an article, or a rejection for good
    select
        story_id,
        arg_max(seen_in, (fetched_at, seen_in)) as seen_in
    from readings
    where had_from = 'page'
        and (reason is null or final)
    group by story_id
),
held as (
    select
        a.story_id,
        a.updated_at,
        a.printed_on,
        a.source,
        a.capture_id as last_seen_in,
        v.capture_id as first_seen_in
    from core.articles as a
    join core.versions as v using (story_id, version)
    where a.story_id in (from touched_stories)
)
select
    t.story_id,
    case
        when g.story_id is not null then 'rejected'
        when h.source = 'page' then 'stored'
        when h.source = 'feed' and (
            p.final
            or f.event = 'refused'
            or f.error in ('too_large', 'offsite', 'redirected')
        ) then 'stored'
        when f.event = 'refused' and f.happened_at > coalesce(p.fetched_at, '-infinity') then 'refused'
        when f.error in ('too_large', 'offsite', 'redirected') and f.happened_at > coalesce(p.fetched_at, '-infinity') then 'rejected'
        when p.reason = 'gone' then 'gone'
        when p.final then 'rejected'
        else 'owed'
    end as status,
    case
        when g.story_id is not null then 'forgotten'
        when h.source = 'page' then null
        when h.source = 'feed' and p.final then 'from the feed: ' || p.reason
        when f.happened_at > coalesce(p.fetched_at, '-infinity') then coalesce(f.error, 'robots') || coalesce(': ' || f.detail, '')
        when p.reason is not null then p.reason || ': ' || p.detail
        when t.story_id is not null then 'never asked for'
    end as reason,
    p.fetched_at as captured_at,
    -- A page that names a time to come must not hide the changes until then.
    greatest(least(h.updated_at, a.answered_at), told.known_until) as known_until,
    coalesce(v.failed_since, 0) as failed_since,
    h.printed_on,
    h.source,
    -- The last answer shows the newest version, and is not the first that does.
    coalesce(
        h.source = 'page' and h.last_seen_in = n.seen_in and h.last_seen_in <> h.first_seen_in,
        false
    ) as unchanged
from touched_stories as t
left join held as h using (story_id)
left join last_page as p using (story_id)
left join last_failure as f using (story_id)
left join told using (story_id)
left join answered as a using (story_id)
left join last_answer as n using (story_id)
left join in_vain as v using (story_id)
left join forgotten as g using (story_id);

merge into core.ledger as kept
using derived_ledger as derived
on kept.story_id = derived.story_id
when matched and kept is distinct from derived then update by name
when not matched then insert by name;
