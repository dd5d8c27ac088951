-- A section of the last seven days that lists less than a quarter of what it listed on the same weekday before
-- (the median of the last eight of them, four at least, and four stories or more), while other sections of that
-- day list as ever: its listing moved, or its cards are not recognised any more. A day on which nothing
-- appears at all is a holiday.
with
final as (
    select
        day,
        place,
        section,
        listed,
        sum(listed) over (partition by day, place) as of_that_day
    from core.editions
    where state <> 'partial'
),
compared as (
    select
        *,
        count(*) over before as weeks,
        median(listed) over before as usual,
        max(day) over (partition by place) as newest
    from final
    where of_that_day > 0
    window before as (
        partition by place, section, dayofweek(day)
        order by day
        rows between 8 preceding and 1 preceding
    )
)
select
    day,
    place,
    section,
    listed,
    usual
from compared
where day > newest - 7
    and weeks >= 4
    and usual >= 4
    and listed < usual / 4
order by day, place, section
