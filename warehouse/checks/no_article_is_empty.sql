-- A title for every story, and a text for all but pictures, cartoons and films.
select
    story_id,
    url,
    kind,
    title
from articles
where trim(title) = ''
    or (trim(body) = '' and kind not in ('pictures', 'cartoon', 'video'))
order by story_id
