-- Each touched day's sections: what was listed, what became of it, and whether anything is missing.
create or replace temp table derived_editions as
with
asked as (
    select distinct
        b.day,
        s.place,
        s.section
    from raw.journal as b, unnest(b.sections) as u(s)
    where b.event = 'begin'
        and b.spider = 'edition'
        and b.day in (from touched_days)
),
read as ( -- the newest listing that said something, or else the newest at all; or that there is none
    select
        *,
        coalesce(recognised, event = 'no_listing') as good,
        status in (404, 410) as missing,
        event = 'no_listing' as spared, -- by the site's calendar
        event = 'listing' and case place
            -- Printed pieces go online between 04:00 and 09:00 on the printed day.
            when 'print' then happened_at < (day + interval 10 hour)::timestamp at time zone core.zone()
            else happened_at < (day + interval 24 hour)::timestamp at time zone core.zone()
        end as early
    from raw.journal
    where event in ('listing', 'no_listing')
        and day in (from touched_days)
    qualify row_number() over (
        partition by day, place, section
        order by good or missing desc, happened_at desc, run desc
    ) = 1
),
failed as (
    select
        day,
        place,
        section,
        max_by(coalesce(error, 'robots') || coalesce(': ' || detail, ''), happened_at) as failure,
        max_by(event, happened_at) = 'refused' as refused
    from raw.journal
    where event in ('attempt', 'refused')
        and story_id is null
        and day in (from touched_days)
    group by all
),
members as (
    select distinct
        d.day,
        d.place,
        d.section,
        l.story_id,
        case when l.unchanged then 'unchanged' else l.status end as ending
    from raw.journal as d
    join core.ledger as l using (story_id)
    where d.event = 'discovery'
        and d.member
        and d.day in (from touched_days)
        and not core.printed_elsewhere(d.place, d.day, l.status, l.source, l.printed_on)
),
counted as (
    select
        day,
        place,
        section,
        count(*)::integer as listed,
        count(*) filter (ending = 'stored')::integer as stored,
        count(*) filter (ending = 'rejected')::integer as rejected,
        count(*) filter (ending = 'gone')::integer as gone,
        count(*) filter (ending = 'refused')::integer as refused,
        count(*) filter (ending = 'owed')::integer as owed,
        count(*) filter (ending = 'unchanged')::integer as unchanged
    from members
    group by all
)
select
    a.day,
    a.place,
    a.section,
    case
        when r.url is null and f.refused then 'absent'
        when r.early then 'partial'
        when c.owed > 0 then 'partial'
        when r.missing and c.listed is null then 'absent'
        when not coalesce(r.good or r.missing, false) then 'unknown'
        when coalesce(c.listed, 0) = 0 then 'absent'
        else 'complete'
    end as state,
    coalesce(c.listed, 0) as listed,
    coalesce(c.stored, 0) as stored,
    coalesce(c.rejected, 0) as rejected,
    coalesce(c.gone, 0) as gone,
    coalesce(c.refused, 0) as refused,
    coalesce(c.owed, 0) as owed,
    case
        when r.url is null and f.refused then 'robots.txt forbids the listing'
        when r.early then 'read before the day''s list was final'
        when c.owed > 0 then c.owed || ' of ' || c.listed || ' stories are still owed'
        when r.missing and c.listed is null then 'the site has no such listing (' || r.status || ')'
        when r.url is null then coalesce(f.failure, 'the listing was never read')
        when not (r.good or r.missing) then 'nothing on the listing was recognised (status ' || r.status || ')'
        when r.spared then 'the site has no such list on that day of the week'
        when coalesce(c.listed, 0) = 0 then 'nothing of that day is listed'
    end as reason,
    r.url,
    r.happened_at as listed_at,
    coalesce(c.unchanged, 0) as unchanged
from asked as a
left join read as r using (day, place, section)
left join failed as f using (day, place, section)
left join counted as c using (day, place, section);

delete from core.editions
where day in (from touched_days)
    and (day, place, section) not in (select day, place, section from derived_editions)
returning 'DELETE';

merge into core.editions as kept
using derived_editions as derived
on kept.day = derived.day
    and kept.place = derived.place
    and kept.section = derived.section
when matched and kept is distinct from derived then update by name
when not matched then insert by name
returning merge_action;
