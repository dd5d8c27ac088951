-- One more way a story ends: it was held, was had again, and said the same.

-- Only where the status is stored: the newest answer of the story's page showed the text that was held.
alter table core.ledger add column unchanged boolean default false;

-- Of the stories stored, those; `stored` counts the others: new, or another text than was held before.
alter table core.editions add column unchanged integer default 0;

-- One row per day and section: `listed` is the sum of stored, unchanged, rejected, gone, refused and owed.
create or replace view editions as
select
    day,
    place,
    section,
    state,
    listed,
    stored,
    unchanged,
    rejected,
    gone,
    refused,
    owed,
    reason,
    url,
    listed_at
from core.editions;

insert into meta.stale values ('which stories came again unchanged');

-- Readers must get the new columns even where no row changes by them.
insert or ignore into meta.unpublished values ('the tables have new columns');
