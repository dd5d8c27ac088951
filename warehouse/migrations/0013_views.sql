-- Questions that everybody asks, and the dictionary of all tables.

-- One row per day and section in which stories came out.
create view stories_by_day_and_section as
select
    coalesce(published_on, printed_on) as day,
    section,
    count(*)::integer as stories,
    sum(word_count)::bigint as words,
    count(printed_on)::integer as printed
from core.articles
where coalesce(published_on, printed_on) is not null
group by all
order by day desc, stories desc, section;

-- One row per name in a byline.
create view stories_by_author as
select
    author,
    count(*)::integer as stories,
    sum(word_count)::bigint as words,
    min(coalesce(published_on, printed_on)) as first_on,
    max(coalesce(published_on, printed_on)) as last_on,
    list_sort(list_distinct(list(section))) as sections
from (
    select
        * exclude (authors),
        unnest(list_distinct(authors)) as author
    from core.articles
)
group by author
order by stories desc, author;

-- One row per correction note, stealth edit, retraction and return, in the seven days up to the newest capture:
-- a file that was put away tells of its own last week.
create view corrections_of_the_week as
select
    e.story_id,
    a.title,
    e.edited_at,
    e.type,
    e.before,
    e."after",
    a.url
from edits as e
join core.articles as a using (story_id)
where e.type in ('correction note', 'stealth edit', 'retraction', 'return')
    and e.edited_at > (select max(fetched_at) - interval 7 day from raw.captures)
order by e.edited_at desc, e.story_id;

-- One row per story and day on which it was listed on the front page of the paper, as last listed.
create view front_page as
with
listed as (
    select
        day,
        story_id,
        position,
        title
    from raw.journal
    where event = 'discovery'
        and place = 'print'
        and section = 'front-page'
        and member
        and story_id is not null
    qualify row_number() over (partition by day, story_id order by happened_at desc, run desc) = 1
)
select
    l.day,
    l.position,
    l.story_id,
    coalesce(a.title, l.title) as title,
    a.authors,
    a.word_count,
    a.url,
    a.story_id is not null as stored
from listed as l
left join core.ledger as k using (story_id)
left join core.articles as a using (story_id)
where not coalesce(core.printed_elsewhere('print', l.day, k.status, k.source, k.printed_on), false)
order by day desc, position, story_id;

-- One row per table and per column, with what it holds.
create view dictionary as
select
    schema_name as table_schema,
    table_name,
    null::varchar as column_name,
    null::varchar as data_type,
    comment as meaning
from (
    select schema_name, table_name, comment from duckdb_tables() where not internal and database_name = current_database()
    union all
    select schema_name, view_name, comment from duckdb_views() where not internal and database_name = current_database()
)
union all
select
    schema_name,
    table_name,
    column_name,
    data_type,
    comment
from duckdb_columns()
where not internal
    and database_name = current_database();

insert or ignore into meta.unpublished values ('new views');
