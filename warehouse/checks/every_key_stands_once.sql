-- Keys that no index guards: two rows of one key would double every row that is joined to them.
select
    'capture' as fault,
    capture_id as what,
    count(*) as rows
from raw.captures
group by capture_id
having count(*) > 1
union all
select
    'text',
    body_id::varchar,
    count(*)
from raw.bodies
group by body_id
having count(*) > 1
union all
select
    'reading of a capture',
    capture_id || ' item ' || item || ' under ' || rules,
    count(*)
from raw.extracts
group by capture_id, item, rules
having count(*) > 1
