-- Each touched day's sections: what was listed, what became of it, and whether anything is missing.
merge into core.editions as kept
using (
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
    read as ( -- the newest listing that said something, or else the newest at all
        select
            *,
            coalesce(recognised, false) as good,
            status in (404, 410) as missing,
            case place
                -- Printed pieces go online between 04:00 and 09:00 on the printed day.
                when 'print' then happened_at < (day + interval 10 hour)::timestamp at time zone 'Asia/Karachi'
                else happened_at < (day + interval 24 hour)::timestamp at time zone 'Asia/Karachi'
            end as early
        from raw.journal
        where event = 'listing'
            and day in (from touched_days)
        qualify row_number() over (
            partition by day, place, section
            order by good or missing desc, happened_at desc
        ) = 1
    ),
    failed as (
        select
            day,
            place,
            section,
            max_by(coalesce(error, 'robots') || coalesce(': ' || detail, ''), happened_at) as failure
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
            l.status
        from raw.journal as d
        join core.ledger as l using (story_id)
        where d.event = 'discovery'
            and d.member
            and d.day in (from touched_days)
            -- Once the page is held its print line decides, but for the slips that name the month before.
            and not (
                d.place = 'print'
                and l.status = 'stored'
                and l.printed_on is distinct from d.day
                and (l.printed_on + interval 1 month)::date is distinct from d.day
            )
    ),
    counted as (
        select
            day,
            place,
            section,
            count(*)::integer as listed,
            count(*) filter (status = 'stored')::integer as stored,
            count(*) filter (status = 'rejected')::integer as rejected,
            count(*) filter (status = 'gone')::integer as gone,
            count(*) filter (status = 'refused')::integer as refused,
            count(*) filter (status = 'owed')::integer as owed
        from members
        group by all
    )
    select
        a.day,
        a.place,
        a.section,
        case
            when r.missing then 'absent'
            when not coalesce(r.good, false) then 'unknown'
            when r.early then 'partial'
            when coalesce(c.listed, 0) = 0 then 'absent'
            when c.owed > 0 then 'partial'
            else 'complete'
        end as state,
        coalesce(c.listed, 0) as listed,
        coalesce(c.stored, 0) as stored,
        coalesce(c.rejected, 0) as rejected,
        coalesce(c.gone, 0) as gone,
        coalesce(c.refused, 0) as refused,
        coalesce(c.owed, 0) as owed,
        case
            when r.missing then 'the site has no such listing (' || r.status || ')'
            when r.url is null then coalesce(f.failure, 'the listing was never read')
            when not r.good then 'nothing on the listing was recognised (status ' || r.status || ')'
            when r.early then 'read before the day''s list was final'
            when coalesce(c.listed, 0) = 0 then 'nothing of that day is listed'
            when c.owed > 0 then c.owed || ' of ' || c.listed || ' stories are still owed'
        end as reason,
        r.url,
        r.happened_at as listed_at
    from asked as a
    left join read as r using (day, place, section)
    left join failed as f using (day, place, section)
    left join counted as c using (day, place, section)
) as derived
on kept.day = derived.day
    and kept.place = derived.place
    and kept.section = derived.section
when matched and kept is distinct from derived then update by name
when not matched then insert by name
when not matched by source and kept.day in (from touched_days) then delete
returning merge_action;
