-- Text of the page around it stands in the newest page of a story: look at the lines, mend the layout's
-- rules, and `dawn replay`.
with
newest as (
    select
        c.story_id,
        c.capture_id,
        c.url,
        c.fetched_at,
        c.revisit_of,
        e.rules,
        e.reason,
        e.detail
    from raw.captures as c
    join core.judged() as e
        on e.capture_id = coalesce(c.revisit_of, c.capture_id)
        and e.item = 0
    join raw.rules as r using (rules)
    where c.role = 'story'
        and (e.reason is null or e.final)
    qualify row_number() over (
        partition by c.story_id
        order by r.generation desc, c.fetched_at desc, c.capture_id desc
    ) = 1
)
select
    n.story_id,
    n.url,
    n.fetched_at,
    coalesce(q.sentences, [n.detail]) as sentences,
    q.leads_to,
    q.sign
from newest as n
left join core.quarantine as q
    on q.capture_id = coalesce(n.revisit_of, n.capture_id)
    and q.item = 0
    and q.rules = n.rules
where n.reason = 'rail_in_body'
order by n.story_id
