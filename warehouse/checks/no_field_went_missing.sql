-- A break stands until pages have the field again, or somebody accepts that it is gone: `dawn check` says how.
select
    field,
    what,
    coalesce(kind, 'all kinds') as kind,
    holding || ' of ' || pages as on_pages,
    past_holding || ' of ' || past_pages as before,
    since,
    without[1].url as look_at,
    list_transform(proposals, lambda rule: rule.part || ': ' || rule.selector) as proposed
from breaks
where state = 'open'
order by since, field, kind
