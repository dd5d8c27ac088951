-- The last number in a story's address is its id, and no two stories have one address.
select
    story_id,
    url
from core.articles
where regexp_extract(url, '(\d+)\D*$', 1) is distinct from story_id::varchar
union all
select
    story_id,
    url
from core.articles
qualify count(*) over (partition by url) > 1
