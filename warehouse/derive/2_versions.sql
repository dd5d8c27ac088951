-- Consecutive readings with the same content are one version.
create or replace temp table derived_versions as
with
marked as (
    select
        *,
        lag(content_hash) over story is distinct from content_hash as starts
    from article_readings
    window story as (partition by story_id order by fetched_at, seen_in, item)
),
numbered as (
    select
        *,
        sum(starts::integer) over (
            partition by story_id
            order by fetched_at, seen_in, item
            rows unbounded preceding
        )::integer as version
    from marked
)
select
    story_id,
    version,
    arg_min(title, (fetched_at, seen_in, item)) as title,
    arg_min(kind, (fetched_at, seen_in, item)) as kind,
    arg_min_null(section, (fetched_at, seen_in, item)) as section,
    arg_min(authors, (fetched_at, seen_in, item)) as authors,
    arg_min(body_id, (fetched_at, seen_in, item)) as body_id,
    arg_min(word_count, (fetched_at, seen_in, item)) as word_count,
    arg_min(content_hash, (fetched_at, seen_in, item)) as content_hash,
    arg_min_null(updated_at, (fetched_at, seen_in, item)) as updated_at,
    min(fetched_at) as first_seen_at,
    max(fetched_at) as last_seen_at,
    max(updated_at) as last_updated_at,
    arg_min(seen_in, (fetched_at, seen_in, item)) as capture_id,
    arg_min(source, (fetched_at, seen_in, item)) as source,
    arg_min(rules, (fetched_at, seen_in, item)) as rules
from numbered
group by story_id, version;

delete from core.versions
where story_id in (from touched_stories)
    and (story_id, version) not in (select story_id, version from derived_versions)
returning 'DELETE';

merge into core.versions as kept
using derived_versions as derived
on kept.story_id = derived.story_id
    and kept.version = derived.version
when matched and (
    kept.content_hash is distinct from derived.content_hash
    or kept.updated_at is distinct from derived.updated_at
    or kept.last_updated_at is distinct from derived.last_updated_at
    or kept.first_seen_at is distinct from derived.first_seen_at
    or kept.last_seen_at is distinct from derived.last_seen_at
    or kept.capture_id is distinct from derived.capture_id
    or kept.source is distinct from derived.source
    or kept.rules is distinct from derived.rules
) then update by name
when not matched then insert by name
returning merge_action;
