-- `dawn forget` broke off, or an old copy was brought back: run it again, without naming a story.
select
    f.story_id,
    f.forgotten_at,
    c.capture_id,
    c.url
from forgotten as f
join raw.extracts as e using (story_id)
join raw.captures as c using (capture_id)
