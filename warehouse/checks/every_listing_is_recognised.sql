-- A list, feed or sitemap on whose newest reading nothing was recognised, though the site gave it: its layout
-- changed. The newest day of a section counts, so that one that is recognised again is no longer here.
with
readings as (
    select
        place,
        section,
        day,
        url,
        status,
        capture_id,
        recognised,
        happened_at
    from raw.journal
    where event = 'listing'
        and status in (200, 304)
    qualify row_number() over (
        partition by place, section
        order by day desc nulls last, happened_at desc, capture_id
    ) = 1
)
select
    place,
    section,
    day,
    url,
    capture_id,
    happened_at as read_at
from readings
where not recognised
order by place, section
