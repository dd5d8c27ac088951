-- The day is that of the time, in the site's zone; nothing is updated a day before it came out; a piece is printed
-- within forty-five days of the day it went online. (Print lines that name the month before do occur.)
select
    story_id,
    url,
    published_at,
    published_on,
    updated_at,
    printed_on
from core.articles
where (published_at_exact and published_on <> timezone(core.zone(), published_at)::date)
    or updated_at < published_at - interval 1 day
    or abs(printed_on - published_on) > 45
order by story_id
