-- Counted anew from the discoveries and the ledger, apart from what the load kept up.
with
listed as (
    select
        d.day,
        d.place,
        d.section,
        count(distinct d.story_id) as listed
    from raw.journal as d
    left join core.ledger as l using (story_id)
    where d.event = 'discovery'
        and d.member
        and d.day is not null
        and not coalesce(core.printed_elsewhere(d.place, d.day, l.status, l.source, l.printed_on), false)
    group by all
)
select
    e.day,
    e.place,
    e.section,
    coalesce(l.listed, 0) as discovered,
    e.listed,
    e.stored + e.unchanged + e.rejected + e.gone + e.refused + e.owed as accounted_for
from core.editions as e
left join listed as l using (day, place, section)
where coalesce(l.listed, 0) <> e.listed
    or e.listed <> e.stored + e.unchanged + e.rejected + e.gone + e.refused + e.owed
