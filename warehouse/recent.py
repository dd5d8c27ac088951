"""What came into a published file last, and what changed in it. Read, never judged here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from warehouse.database import published

STORIES, EDITS, RUNS = 60, 30, 8
"""The most rows of each that are told."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A story that was captured first in the day before the newest capture."""

    story_id: int
    title: str
    section: str | None
    authors: tuple[str, ...]
    published_on: date | None
    word_count: int
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Changed:
    """A change of a story in the seven days before the newest capture; the sentences out and in, in order."""

    story_id: int
    title: str
    type: str
    edited_at: datetime
    version_before: int | None
    version: int | None
    before: tuple[str, ...]
    after: tuple[str, ...]
    stealth: bool | None


@dataclass(frozen=True, slots=True)
class Ran:
    """A crawl: how it ended, what it brought, and what it did against its own rules."""

    run: str
    spider: str
    began_at: datetime
    ended_at: datetime | None
    outcome: str
    reason: str | None
    captures: int
    failed_attempts: int
    broken_promises: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recent:
    """The newest of everything; `arrived_in_all` and `changed_in_all` count what is not listed, too.

    `owed` are stories that are owed, `open_breaks` fields that went missing and are not mended.
    """

    newest_capture: datetime | None
    published_at: datetime | None
    stories: int
    versions: int
    captures: int
    owed: int
    open_breaks: int
    arrived_in_all: int
    changed_in_all: int
    arrived: tuple[Arrived, ...]
    changed: tuple[Changed, ...]
    runs: tuple[Ran, ...]


def recent(public: Path) -> Recent:
    """What came in during the day before the newest capture, what changed in seven, and the newest runs."""
    with published(public) as con:
        counted = con.execute(_COUNTED).fetchone()
        assert counted is not None
        newest = counted[0]
        since = {"newest": newest}
        in_all = con.execute(_IN_ALL, since).fetchone()
        assert in_all is not None
        told: tuple[Any, ...] = (
            *counted,
            *in_all,
            tuple(Arrived(*_tuples(row)) for row in con.execute(_ARRIVED, since).fetchall()),
            tuple(Changed(*_tuples(row)) for row in con.execute(_CHANGED, since).fetchall()),
            tuple(Ran(*_tuples(row)) for row in con.execute(_RUNS).fetchall()),
        )
    return Recent(*told)


def _tuples(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(tuple(value) if isinstance(value, list) else value for value in row)


_COUNTED = """
select
    (select max(fetched_at) from raw.captures),
    (select max(published_at) from snapshot),
    (select count(*) from core.articles),
    (select count(*) from core.versions),
    (select count(*) from raw.captures),
    (select count(*) from core.ledger where status = 'owed'),
    (select count(*) from breaks where state = 'open')
"""

_IN_ALL = """
select
    (select count(*) from core.articles where first_seen_at > $newest::timestamptz - interval 1 day),
    (select count(*) from core.edits where edited_at > $newest::timestamptz - interval 7 day)
"""

_ARRIVED = f"""
select
    story_id,
    title,
    section,
    authors,
    published_on,
    word_count,
    first_seen_at
from core.articles
where first_seen_at > $newest::timestamptz - interval 1 day
order by
    coalesce(published_at, first_seen_at) desc,
    story_id desc
limit {STORIES}
"""

_CHANGED = f"""
select
    e.story_id,
    a.title,
    e.type,
    e.edited_at,
    e.version_before,
    e.version,
    e.before,
    e."after",
    e.stealth
from edits as e
join core.articles as a using (story_id)
where e.edited_at > $newest::timestamptz - interval 7 day
order by
    e.edited_at desc,
    e.story_id,
    e.change
limit {EDITS}
"""

_RUNS = f"""
select
    run,
    spider,
    began_at,
    ended_at,
    outcome,
    reason,
    captures,
    failed_attempts,
    coalesce(broken_promises, [])
from runs
order by began_at desc
limit {RUNS}
"""
