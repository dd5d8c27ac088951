-- Numbered from 1 without a gap, in the order they were seen, each different from the one before, and the
-- article is the last of them.
with
followed as (
    select
        *,
        lag(version, 1, 0) over story as before,
        lag(last_seen_at) over story as seen_before,
        lag(content_hash) over story as hash_before
    from core.versions
    window story as (partition by story_id order by version)
)
select
    story_id,
    version,
    'out of order' as fault
from followed
where version <> before + 1
    or first_seen_at < seen_before
    or content_hash = hash_before
union all
select
    story_id,
    a.version,
    'the article is not its last version' as fault
from core.articles as a
left join (
    select
        story_id,
        max_by(version, version) as version,
        max_by(content_hash, version) as content_hash
    from core.versions
    group by story_id
) as v using (story_id)
where a.version is distinct from v.version
    or a.content_hash is distinct from v.content_hash
