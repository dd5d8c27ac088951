-- Which of the touched stories have other documents than before: what the index has to take up.
create or replace temp table changed_texts as
with
documents as (
    select distinct
        v.story_id,
        core.document_key(v.story_id, v.content_hash, a.published_on, a.printed_on, a.printed_in) as key
    from core.versions as v
    join core.articles as a using (story_id)
    where v.story_id in (from touched_stories)
),
digests as (
    select
        story_id,
        md5(string_agg(key::varchar, ' ' order by key))::uuid as digest
    from documents
    group by story_id
)
select
    t.story_id,
    d.digest
from touched_stories as t
left join digests as d using (story_id)
left join meta.texts as kept using (story_id)
where d.digest is distinct from kept.digest;

insert into meta.text_changes
select
    coalesce(max(change), 0) + 1,
    uuid()
from meta.text_changes
having exists (from changed_texts);

insert or replace into meta.texts
select
    story_id,
    digest,
    (select max(change) from meta.text_changes)
from changed_texts;
