-- A story one of whose pages gives an article, all of them having been read under today's rules, is in
-- `articles`, with a page's text. (But for those that were forgotten: another check looks for these.)
with
pages as (
    select
        c.story_id,
        c.capture_id,
        e.capture_id is not null as read_today,
        e.content_hash
    from raw.captures as c
    left join core.judged() as e
        on e.capture_id = coalesce(c.revisit_of, c.capture_id)
        and e.item = 0
        and e.rules = (select max_by(rules, generation) from raw.rules)
    where c.role = 'story'
)
select
    p.story_id,
    any_value(p.capture_id) filter (p.content_hash is not null) as capture_id
from pages as p
left join core.articles as a using (story_id)
where a.source is distinct from 'page'
    and p.story_id not in (select story_id from forgotten)
group by p.story_id
having bool_and(p.read_today)
    and count(p.content_hash) > 0
