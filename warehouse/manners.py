"""How crawls asked the site: what they promised it, and what the archive says that they did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from warehouse.database import literal, published


@dataclass(frozen=True, slots=True)
class Crawled:
    """One crawl. Times are in seconds; a gap is from the begin of one request to the begin of the next, of
    those that were answered. `delay` is what was promised; None where a run had none to promise."""

    run: str
    outcome: str
    delay: float | None
    requests: int
    statuses: tuple[tuple[int, int], ...]  # (status, answers), by status
    smallest_gap: float | None
    waited: float
    refused: int
    bytes: int


def crawled(public: Path, runs: Sequence[str]) -> list[Crawled]:
    """These runs as the published file knows them, by time. Empty for none."""
    if not runs:
        return []
    with published(public) as con:
        rows = con.execute(_CRAWLED.format(runs=", ".join(map(literal, runs)))).fetchall()
    return [
        Crawled(
            run=run,
            outcome=outcome,
            delay=delay,
            requests=requests,
            statuses=tuple((each["status"], each["answers"]) for each in statuses),
            smallest_gap=gap,
            waited=waited,
            refused=refused,
            bytes=size,
        )
        for run, outcome, delay, requests, statuses, gap, waited, refused, size in rows
    ]


_CRAWLED = """
with
asked as (
    select
        run,
        status,
        epoch(fetched_at - lag(fetched_at) over (partition by run order by fetched_at)) as gap
    from captures
    where run in ({runs})
),
answers as (
    select
        run,
        status,
        count(*) as answers
    from asked
    group by all
),
answered as (
    select
        run,
        list({{'status': status, 'answers': answers}} order by status) as statuses
    from answers
    group by run
),
gaps as (
    select
        run,
        min(gap) as smallest_gap
    from asked
    group by run
)
select
    r.run,
    r.outcome,
    b.delay,
    coalesce(e.requests, 0)::integer,
    coalesce(a.statuses, []),
    g.smallest_gap,
    coalesce(r.seconds_waited, 0),
    coalesce(r.refused, 0)::integer,
    coalesce(r.bytes, 0)::bigint
from runs as r
left join raw.journal as b
    on b.run = r.run
    and b.event = 'begin'
left join raw.journal as e
    on e.run = r.run
    and e.event = 'end'
left join answered as a
    on a.run = r.run
left join gaps as g
    on g.run = r.run
where r.run in ({runs})
order by r.run
"""
