-- The rail meter of the warehouse: phrases of the site's chrome, print lines, soft hyphens.
select
    story_id,
    url,
    right(body, 160) as body_ends
from articles
where regexp_matches(body, '(?m)^Published in Dawn,\s*(?:(?:The )?[A-Z][\w&’'' ]+,\s*)?[A-Za-z]{3,9} \d{1,2}(?:st|nd|rd|th)?,? \d{4}$')
    or regexp_matches(body, '(?m)^(?:Dear visitor, the comments section|Follow Dawn (?:Business )?on (?:Twitter|X|LinkedIn|Facebook|Instagram)|Listen to article$|Join our Whatsapp channel)')
    or regexp_matches(body, '(?m)^Opinion$(?s:.*)^Editorial$')
    or contains(body, chr(173))
