-- Every story that a listing owes stands in the ledger, and who is called stored has an article.
select
    d.story_id,
    any_value(d.url) as url,
    any_value(l.status) as status
from raw.journal as d
left join core.ledger as l using (story_id)
left join core.articles as a using (story_id)
where d.event = 'discovery'
    and d.member
    and (
        l.story_id is null
        or (l.status = 'stored') is distinct from (a.story_id is not null and l.status = 'stored')
    )
group by d.story_id
