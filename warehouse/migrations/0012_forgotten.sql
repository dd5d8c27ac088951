-- Stories that were taken out everywhere: the journal remembers that they may not come back.

-- One row per story that was forgotten: since when, and the first reason that was given. Nothing else is held of it.
create view forgotten as
select
    story_id,
    min(happened_at) as forgotten_at,
    arg_min(reason, happened_at) as reason
from raw.journal
where event = 'forgotten'
group by story_id;
