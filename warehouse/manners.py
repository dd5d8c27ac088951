"""How crawls asked the site: what they promised it, and what the archive says that they did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from warehouse.database import literal, published, writer


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
    not_modified: int = 0
    bytes_saved: int = 0  # of the pages that were the same


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
            not_modified=same,
            bytes_saved=saved,
        )
        for run, outcome, delay, requests, statuses, gap, waited, refused, size, same, saved in rows
    ]


def requests_on(warehouse: Path, day: date) -> int:
    """How many requests went to the site on a day of the site's, of runs that are taken in; 0 without any.

    Each answer is one, and each try that had none. What others fetched and we imported is not counted.
    """
    if not warehouse.exists():
        return 0
    with writer(warehouse) as con:
        row = con.execute(_REQUESTS, {"day": day}).fetchone()
    return int(row[0]) if row else 0


def not_before(warehouse: Path, latest: datetime) -> datetime | None:
    """Until when (UTC) the site did not want to be asked, as any run taken in was told; None if never.

    Nothing later than `latest` counts: that was said by a clock that was wrong.
    """
    if not warehouse.exists():
        return None
    with writer(warehouse) as con:
        row = con.execute(
            "select epoch_us(max(until)) from raw.journal where until <= $latest", {"latest": latest}
        ).fetchone()
    return datetime.fromtimestamp(row[0] / 1e6, UTC) if row and row[0] is not None else None


_REQUESTS = """
select
    (
        select count(*)
        from raw.captures
        where fetched_at >= timezone(core.zone(), $day::timestamp)
            and fetched_at < timezone(core.zone(), $day::timestamp + interval 1 day)
            and run not in (select run from raw.journal where event = 'begin' and spider = 'import')
    ) + (
        select count(*)
        from raw.journal
        where event in ('attempt', 'retry')
            and status is null
            and error in ('timeout', 'dns', 'connection', 'tls')
            and happened_at >= timezone(core.zone(), $day::timestamp)
            and happened_at < timezone(core.zone(), $day::timestamp + interval 1 day)
    )
"""

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
    coalesce(r.bytes, 0)::bigint,
    r.not_modified::integer,
    r.bytes_saved::bigint
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
