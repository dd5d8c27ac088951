-- A name has a few words and no digits worth the name; a line of text in its place is a byline read wrongly.
select
    story_id,
    url,
    author
from (
    select
        story_id,
        url,
        unnest(authors) as author
    from core.articles
)
where trim(author) = ''
    or length(author) > 100
    or len(string_split(author, ' ')) > 12
order by story_id
