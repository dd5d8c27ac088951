-- As core.judged, of some of the extracts: the table or view of that name has the columns of raw.extracts.
create macro core.judged_of(extracts) as table
    select e.* replace (
        case when q.capture_id is null then e.content_hash end as content_hash,
        case when q.capture_id is null then e.reason else 'rail_in_body' end as reason,
        case when q.capture_id is null then e.final else true end as final,
        case
            when q.capture_id is null then e.detail
            else 'left in the body: ' || left(q.sentences[1], 120) || ' (' || q.sign || ')'
        end as detail
    )
    from query_table(extracts) as e
    left join core.quarantine as q using (capture_id, item, rules);

-- The same of all of them: said once.
create or replace macro core.judged() as table
    from core.judged_of('raw.extracts');
