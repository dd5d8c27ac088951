-- No row that stands for something which is not there.
select
    'version without its article' as fault,
    story_id::varchar as what
from core.versions
anti join core.articles using (story_id)
union all
select
    'version without its text',
    story_id || ' version ' || version
from core.versions
anti join raw.bodies using (body_id)
union all
select
    'version without the capture that showed it',
    story_id || ' version ' || version
from core.versions
anti join raw.captures using (capture_id)
union all
select
    'reading of a capture that is not there',
    capture_id || ' under ' || rules
from raw.extracts
anti join raw.captures using (capture_id)
union all
select distinct
    'capture of a run that has no journal',
    run
from raw.captures
anti join raw.journal using (run)
union all
select
    'change of a version that is not there',
    e.story_id || ' version ' || e.version
from core.edits as e
anti join core.versions as v
    on v.story_id = e.story_id
    and v.version = e.version
where e.version is not null
union all
select
    'signature of a story that is not held',
    story_id::varchar
from core.signatures
anti join core.articles using (story_id)
union all
select
    'pair with a story that is not held',
    a || ' and ' || b
from core.pairs
where a not in (select story_id from core.articles)
    or b not in (select story_id from core.articles)
