-- Stories that tell the same: signatures and pairs, kept up by each load (warehouse/families.py).

-- One row per story that is held: the band keys of its text.
create table core.signatures (
    story_id bigint not null,
    body_id uuid not null, -- of the text that was signed
    day date not null, -- it came out; or was printed, or first seen
    words integer not null,
    bands uinteger[] not null -- none where the text is too short to be compared
);

-- One row per two stories, a before b, at most thirty days apart, whose texts differ and tell the same. Two
-- stories with the very same text stand in the views alone.
create table core.pairs (
    a bigint not null,
    b bigint not null,
    shared integer not null, -- distinct shingles in both
    of_a integer not null, -- distinct shingles of a
    of_b integer not null,
    covered integer not null, -- words of the shorter that stand in the longer, with small gaps
    shorter integer not null, -- words of the shorter
    begins_alike boolean not null
);

-- What one story is to another, by where and when they came out.
create macro core.relation(a, b) as
    case
        when (a.printed_on is null) <> (b.printed_on is null) then 'print and web'
        when list_has_any(
            [each.name for each in coalesce(a.bylines, []) if each.role = 'agency'] || coalesce(a.input_from, []),
            [each.name for each in coalesce(b.bylines, []) if each.role = 'agency'] || coalesce(b.input_from, [])
        ) then 'wire copy'
        when abs(epoch(a.published_at) - epoch(b.published_at)) <= 3 * 86400 then 'update under a new id'
        else 'run again'
    end;

-- One row per story whose very text another has: `first_id` is the first that had it. Of texts under 25 words only
-- under the same title and within thirty days of the one before: "To be updated" tells nothing.
create view core.identical as
with
shared as (
    select body_id
    from core.signatures
    where words > 0
    group by body_id
    having count(*) > 1
),
had as (
    select
        s.story_id,
        s.body_id,
        s.day,
        case when s.words < 25 then lower(trim(a.title)) end as title,
        a.published_at
    from core.signatures as s
    semi join shared using (body_id)
    join core.articles as a using (story_id)
),
apart as (
    select
        *,
        title is not null
            and day - lag(day) over (partition by body_id, title order by day, story_id) > 30 as begins
    from had
),
stretched as (
    select
        *,
        count(*) filter (begins) over (
            partition by body_id, title
            order by day, story_id
            rows unbounded preceding
        ) as stretch
    from apart
)
select
    story_id,
    first_value(story_id) over same as first_id
from stretched
window same as (
    partition by body_id, title, stretch
    order by published_at nulls last, story_id
    rows between unbounded preceding and unbounded following
)
qualify count(*) over same > 1;

-- One row per two stories that tell the same: `story_id` is the fuller, or else the earlier of the two. Of many with
-- the very same text, each with the first.
create view duplicates as
with
found as (
    select
        i.first_id as a,
        i.story_id as b,
        true as same_text,
        null::integer as shared,
        null::integer as of_a,
        null::integer as of_b,
        null::integer as covered,
        null::integer as shorter,
        true as begins_alike
    from core.identical as i
    where i.first_id <> i.story_id
    union all by name
    select
        *,
        false as same_text
    from core.pairs
),
measured as (
    select
        f.* exclude (a, b),
        a,
        b,
        sa.words as words_a,
        sb.words as words_b,
        coalesce(f.shared / least(f.of_a, f.of_b), 1) as containment,
        coalesce(f.shared / (f.of_a + f.of_b - f.shared), 1) as jaccard,
        coalesce(f.covered / f.shorter, 1) as covered_share,
        abs(sa.day - sb.day)::integer as days_apart
    from found as f
    join core.signatures as sa
        on sa.story_id = f.a
    join core.signatures as sb
        on sb.story_id = f.b
),
told as (
    select
        m.*,
        lower(trim(one.title)) = lower(trim(two.title)) as same_title,
        core.relation(one, two) as relation,
        (m.words_a, -coalesce(epoch(one.published_at), 'infinity'::double), -m.a)
            > (m.words_b, -coalesce(epoch(two.published_at), 'infinity'::double), -m.b) as a_is_fuller
    from measured as m
    join core.articles as one
        on one.story_id = m.a
    join core.articles as two
        on two.story_id = m.b
)
select
    if(a_is_fuller, a, b) as story_id,
    if(a_is_fuller, b, a) as other_id,
    case
        when same_text and same_title then 'identical'
        when same_text then 're-headed'
        when covered_share >= 0.9 and least(words_a, words_b) < 0.9 * greatest(words_a, words_b)
            then if(begins_alike, 'cut', 'part of')
        when jaccard >= 0.9 and not same_title then 're-headed'
        else 'revised'
    end as reason, -- what the other is of the story: identical, re-headed, cut, part of, revised
    relation, -- print and web, wire copy, update under a new id, run again
    days_apart,
    containment, -- of the shingles of the one with fewer, the share that both have
    jaccard, -- of the shingles of both, the share that both have
    covered_share as covered -- of the words of the shorter, the share that stands in the longer
from told;

-- One row per story that tells the same as another. `family_id` is the canonical story's id: each story points to
-- the fullest that it is paired with (of equals the earliest), and whoever points nowhere is canonical.
create view families as
with recursive
ends as ( -- whoever has the very text of an earlier one stands behind it
    select
        d.* exclude (story_id, other_id),
        d.story_id as said_of,
        d.other_id as said_to,
        coalesce(i.first_id, d.story_id) as story_id,
        coalesce(j.first_id, d.other_id) as other_id
    from duplicates as d
    left join core.identical as i
        on i.story_id = d.story_id
    left join core.identical as j
        on j.story_id = d.other_id
),
said as ( -- of two texts that several stories have, what is said of the two closest in time
    select
        least(story_id, other_id) as a,
        greatest(story_id, other_id) as b,
        unnest(arg_min(
            struct_pack(reason, relation, days_apart, containment, jaccard, covered),
            (days_apart, said_of, said_to)
        ))
    from ends
    where story_id <> other_id
    group by least(story_id, other_id), greatest(story_id, other_id)
    union all by name
    select
        least(said_of, said_to) as a,
        greatest(said_of, said_to) as b,
        * exclude (said_of, said_to, story_id, other_id)
    from ends
    where story_id = other_id
),
meetings as (
    select story_id, other_id from ends where story_id <> other_id
    union
    select other_id, story_id from ends where story_id <> other_id
),
ranked as (
    select
        m.story_id,
        m.other_id,
        (s.words, -coalesce(epoch(a.published_at), 'infinity'::double), -m.story_id) as own,
        (t.words, -coalesce(epoch(b.published_at), 'infinity'::double), -m.other_id) as others
    from meetings as m
    join core.signatures as s
        on s.story_id = m.story_id
    join core.articles as a
        on a.story_id = m.story_id
    join core.signatures as t
        on t.story_id = m.other_id
    join core.articles as b
        on b.story_id = m.other_id
),
pointers as (
    select
        story_id,
        arg_max(other_id, others) as points_to
    from ranked
    where others > own
    group by story_id
    union all
    select
        story_id,
        first_id
    from core.identical
    where story_id <> first_id
),
followed as (
    select
        story_id,
        points_to as reached
    from pointers
    union all
    select
        f.story_id,
        p.points_to
    from followed as f
    join pointers as p
        on p.story_id = f.reached
),
settled as (
    select
        story_id,
        reached as family_id
    from followed
    anti join pointers
        on pointers.story_id = followed.reached
),
members as (
    select
        story_id,
        family_id
    from settled
    union
    select
        family_id,
        family_id
    from settled
)
select
    m.story_id,
    m.family_id,
    m.story_id = m.family_id as is_canonical,
    count(*) over (partition by m.family_id)::integer as size,
    p.points_to as told_in, -- the fuller or earlier story that tells the same; none for the canonical
    s.reason, -- what it is of that one
    s.relation,
    s.days_apart,
    s.containment,
    s.jaccard,
    s.covered
from members as m
left join pointers as p using (story_id)
left join said as s
    on s.a = least(p.points_to, m.story_id)
    and s.b = greatest(p.points_to, m.story_id);

insert into meta.stale values ('families');
