"""Questions to begin with, each of which every archive can answer."""

EXAMPLES = (
    (
        "Stories a day, by section",
        """from stories_by_day_and_section
order by
    day,
    section
""",
    ),
    (
        "The longest stories",
        """select
    story_id,
    title,
    section,
    word_count,
    published_on
from articles
order by word_count desc
limit 50
""",
    ),
    (
        "The most prolific authors, and how much they wrote",
        """select
    author,
    stories,
    words,
    first_on,
    last_on
from stories_by_author
order by stories desc
limit 30
""",
    ),
    (
        "Stories with these words, best first",
        """select
    s.score,
    a.published_on,
    a.section,
    a.title
from search('water OR flood') as s
join articles as a using (story_id)
order by s.score desc
limit 50
""",
    ),
    (
        "What was changed silently",
        """select
    edited_at,
    type,
    story_id,
    before,
    after
from edits
where stealth
order by edited_at desc
limit 100
""",
    ),
    (
        "How often the headline, the byline or the text is changed",
        """select
    type,
    count(*) as edits,
    count(distinct story_id) as stories
from edits
group by all
order by edits desc
""",
    ),
    (
        "What stood on the front page",
        """select
    day,
    position,
    title,
    authors,
    word_count
from front_page
order by
    day desc,
    position
limit 100
""",
    ),
    (
        "Stories that tell the same",
        """select
    f.relation,
    f.reason,
    f.days_apart,
    f.story_id,
    a.title
from families as f
join articles as a using (story_id)
where not f.is_canonical
order by f.days_apart desc
limit 100
""",
    ),
    (
        "At what hour stories come out",
        """select
    hour(published_at) as hour,
    count(*) as stories
from articles
where published_at_exact
group by all
order by hour
""",
    ),
    (
        "How complete each day of the paper is",
        """select
    day,
    state,
    count(*) as sections,
    sum(listed)::int as listed,
    sum(owed)::int as owed
from editions
where place = 'print'
group by all
order by
    day desc,
    state
""",
    ),
)
"""What is asked, and how."""
