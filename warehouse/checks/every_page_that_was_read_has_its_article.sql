-- A story one of whose pages gave an article under today's rules is in `articles`, with a page's text.
select distinct
    c.story_id,
    c.capture_id
from raw.extracts as e
join raw.captures as c using (capture_id)
left join core.articles as a
    on a.story_id = c.story_id
where e.rules = (select max_by(rules, generation) from raw.rules)
    and e.item = 0
    and e.content_hash is not null
    and c.role = 'story'
    and a.source is distinct from 'page'
