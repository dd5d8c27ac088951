-- Every story that a listing owes stands in the ledger; who is called stored has an article, and who has one
-- is called stored, but where the text is a feed's and the page is owed still.
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
        or (l.status = 'stored') <> (a.story_id is not null and not (a.source = 'feed' and l.status = 'owed'))
    )
group by d.story_id
