-- A paragraph of twenty words or more stands once in a story. Twice means that a page was read twice over: a
-- "read more" fold, a copy for phones.
with
paragraphs as (
    select
        story_id,
        unnest(string_split(body, E'\n\n')) as paragraph
    from articles
    where contains(body, E'\n\n')
)
select
    story_id,
    count(*) as times,
    left(paragraph, 120) as paragraph
from paragraphs
where length(paragraph) >= 100
    and len(string_split(paragraph, ' ')) >= 20
group by story_id, paragraph
having count(*) > 1
order by story_id
