-- The very same text of twenty-five words or more in four stories: an error page, a notice, a wall in place of
-- the story. (A story is run twice, three times at most; see `families`.)
select
    left(any_value(b.body), 120) as body_begins,
    count(*) as stories,
    min(a.story_id) as first_story,
    max(a.story_id) as last_story
from core.articles as a
join raw.bodies as b using (body_id)
where a.word_count >= 25
group by a.body_id
having count(*) >= 4
order by stories desc
