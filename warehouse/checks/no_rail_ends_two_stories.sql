-- A rail ends every page of its day with the same words. Two stories by different hands whose last two
-- paragraphs are the same, long as teasers are, end in a rail; a writer's own last line repeats alone.
with
endings as (
    select
        story_id,
        authors,
        string_split(body, E'\n\n')[-2:] as ending
    from articles
    where word_count > 60
)
select
    array_to_string(ending, ' / ') as ending,
    count(*) as stories,
    min(story_id) as first_story,
    max(story_id) as last_story
from endings
where len(ending) = 2
    and length(ending[1]) > 40
    and length(ending[2]) > 40
group by ending
having count(distinct authors) > 2
