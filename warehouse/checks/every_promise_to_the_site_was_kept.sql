-- A run of the last seven days that broke a rule of its own: a gap too short, a wait not kept, asked before
-- robots.txt was read, or beyond the day's requests. It ended as failed; here it stays in sight.
select
    run,
    began_at,
    unnest(broken_promises) as broken
from runs
where began_at > (select max(began_at) from runs) - interval 7 days
order by run
