-- Two long paragraphs stand twice in a story, or one that is a third of it: a page that was read twice over (a
-- "read more" fold, a copy for phones). One line more than once does occur: the paper printed it so.
with
paragraphs as (
    select
        story_id,
        word_count,
        unnest(string_split(body, E'\n\n')) as paragraph
    from articles
    where contains(body, E'\n\n')
),
repeated as (
    select
        story_id,
        word_count,
        paragraph,
        count(*) as times,
        len(string_split(paragraph, ' ')) as words
    from paragraphs
    where length(paragraph) >= 100
    group by story_id, word_count, paragraph
    having count(*) > 1
        and words >= 20
)
select
    story_id,
    count(*) as paragraphs,
    max(times) as times,
    left(min(paragraph), 120) as one_of_them
from repeated
group by story_id, word_count
having count(*) > 1
    or sum(words * times) >= word_count / 3
order by story_id
