-- A day's grace: the site's clock and ours need not agree.
select
    story_id,
    url,
    published_at,
    updated_at,
    printed_on,
    first_seen_at
from articles
where published_at > last_seen_at + interval 1 day
    or updated_at > last_seen_at + interval 1 day
    or printed_on > (last_seen_at at time zone core.zone())::date + 7
