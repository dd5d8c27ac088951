-- No article without the capture that showed it and the text it says.
select
    a.story_id,
    a.capture_id
from core.articles as a
left join raw.captures as c using (capture_id)
left join raw.bodies as b using (body_id)
where c.capture_id is null
    or b.body_id is null
