-- A rail ends every page of its day with the same run of teasers. Several stories whose last six paragraphs
-- are the same end in one: three by three hands, or ten by whomever. (Fewer are not enough: updates on one
-- event share their background.)
with
endings as (
    select
        story_id,
        authors,
        string_split(body, E'\n\n')[-6:] as ending
    from articles
)
select
    array_to_string(ending, ' / ') as ending,
    count(*) as stories,
    min(story_id) as first_story,
    max(story_id) as last_story
from endings
where len(ending) = 6
group by ending
having count(distinct authors) > 2
    or count(*) >= 10
