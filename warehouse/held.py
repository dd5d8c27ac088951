"""All that a published file holds of one story: text, versions, dates, relatives. Read, never judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb

from warehouse.database import published
from warehouse.texts import texts as lying

RELATIVES = 200
"""The most stories of a family, and the most duplicates, that are told."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version without its text; `capture_id` is the first that showed it."""

    version: int
    title: str
    kind: str
    section: str | None
    authors: tuple[str, ...]
    word_count: int
    updated_at: datetime | None
    first_seen_at: datetime
    last_seen_at: datetime
    capture_id: str
    source: str


@dataclass(frozen=True, slots=True)
class Text:
    """A version's number, its text, and what else makes it one."""

    version: int
    title: str
    kind: str
    section: str | None
    authors: tuple[str, ...]
    body: str


@dataclass(frozen=True, slots=True)
class Said:
    """A date that a source says of the story; `happened_at` or `day` is None where the source says none."""

    field: str
    source: str
    happened_at: datetime | None
    day: date | None
    said: str | None
    chosen: bool
    agrees: bool | None


@dataclass(frozen=True, slots=True)
class Relative:
    """Another story that tells the same. `reason` and the figures are of what `later` has of the other.

    `fuller` says that the other one is the fuller or earlier of the two.
    """

    story_id: int
    title: str | None
    fuller: bool
    reason: str
    relation: str | None
    days_apart: int | None
    containment: float
    covered: float | None


@dataclass(frozen=True, slots=True)
class Member:
    """A story of the family, the canonical one first."""

    story_id: int
    title: str | None
    published_on: date | None
    is_canonical: bool
    reason: str | None
    relation: str | None


@dataclass(frozen=True, slots=True)
class Turn:
    """The story was taken off the site ("retraction"), or came back ("return")."""

    type: str
    edited_at: datetime
    seen_before: datetime | None


@dataclass(frozen=True, slots=True)
class Held:
    """What is held. `article` has the columns of the table articles, None of a story without one.

    `forgotten_at` and `forgotten_because` are of a story that was taken out everywhere.
    """

    story_id: int
    article: dict[str, Any] | None
    versions: tuple[Version, ...]
    dates: tuple[Said, ...]
    family: tuple[Member, ...]
    family_size: int
    relatives: tuple[Relative, ...]
    turns: tuple[Turn, ...]
    forgotten_at: datetime | None
    forgotten_because: str | None


@dataclass(frozen=True, slots=True)
class Served:
    """A capture of a story's page; `lies_in` and `bytes_of` name run and capture that have its bytes."""

    capture_id: str
    url: str
    fetched_at: datetime
    status: int
    lies_in: str
    bytes_of: str


def held(public: Path, story_id: int) -> Held:
    """All that is held of a story; nothing but its number where nothing is."""
    with published(public) as con:
        article = _rows(con, _ARTICLE, story_id)
        for row in article:
            both = row.pop("body_id"), row.pop("markdown_id")
            said = _bodies(con, [each for each in both if each])
            row["body"], row["body_markdown"] = (said.get(each, "") for each in both)
        forgotten = _rows(con, _FORGOTTEN, story_id)
        family = _rows(con, _FAMILY, story_id)
        size = max((row.pop("size") for row in family), default=0)
        return Held(
            story_id,
            article[0] if article else None,
            tuple(Version(**_with_names(row)) for row in _rows(con, _VERSIONS, story_id)),
            tuple(Said(**row) for row in _rows(con, _DATES, story_id)),
            tuple(Member(**row) for row in family),
            size,
            tuple(Relative(**row) for row in _rows(con, _RELATIVES, story_id)),
            tuple(Turn(**row) for row in _rows(con, _TURNS, story_id)),
            forgotten[0]["forgotten_at"] if forgotten else None,
            forgotten[0]["reason"] if forgotten else None,
        )


def texts(public: Path, story_id: int, versions: Sequence[int]) -> dict[int, Text]:
    """Of these versions of a story those that there are, each with its text."""
    with published(public) as con:
        found = con.execute(_TEXTS, {"story": story_id, "versions": list(versions)}).fetchall()
        said = _bodies(con, [row[5] for row in found])
    return {
        version: Text(version, title, kind, section, tuple(authors), said.get(body, ""))
        for version, title, kind, section, authors, body in found
    }


def served(public: Path, story_id: int, capture_id: str) -> Served | None:
    """The capture of that id, if it is one of this story's page."""
    with published(public) as con:
        found = con.execute(_SERVED, {"story": story_id, "capture": capture_id}).fetchone()
    return Served(*found) if found else None


def _bodies(con: duckdb.DuckDBPyConnection, bodies: Sequence[UUID]) -> dict[UUID, str]:
    places = con.execute(_PLACES, {"bodies": list(bodies)}).fetchall()
    found = lying(con, [place for _, place in places])
    return {body: found[place] for body, place in places if place in found}


def _rows(con: duckdb.DuckDBPyConnection, sql: str, story_id: int) -> list[dict[str, Any]]:
    cursor = con.execute(sql, {"story": story_id})
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _with_names(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"authors": tuple(row["authors"] or ())}


_ARTICLE = """
select * exclude (dates)
from core.articles
where story_id = $story
"""

_VERSIONS = """
select
    version,
    title,
    kind,
    section,
    authors,
    word_count,
    updated_at,
    first_seen_at,
    last_seen_at,
    capture_id,
    source
from core.versions
where story_id = $story
order by version
"""

_TEXTS = """
select
    version,
    title,
    kind,
    section,
    coalesce(authors, []),
    body_id
from core.versions
where story_id = $story
    and version in (select unnest($versions::integer[]))
"""

_PLACES = """
select
    body_id,
    place
from core.places
where body_id in (select unnest($bodies::uuid[]))
"""

_DATES = """
select
    field,
    source,
    happened_at,
    day,
    said,
    chosen,
    agrees
from dates
where story_id = $story
order by
    list_position(['published', 'updated', 'printed'], field),
    chosen desc,
    source,
    happened_at
"""

_FAMILY = f"""
with found as materialized (
    from families
)
select
    f.story_id,
    a.title,
    a.published_on,
    f.is_canonical,
    f.reason,
    f.relation,
    f.size
from found as f
left join core.articles as a using (story_id)
where f.family_id = (select family_id from found where story_id = $story)
order by
    f.is_canonical desc,
    f.story_id
limit {RELATIVES}
"""

_RELATIVES = f"""
select
    a.story_id,
    a.title,
    d.other_id = $story as fuller,
    d.reason,
    d.relation,
    d.days_apart,
    d.containment,
    d.covered
from duplicates as d
join core.articles as a
    on a.story_id = if(d.other_id = $story, d.story_id, d.other_id)
where d.story_id = $story
    or d.other_id = $story
order by
    fuller desc,
    d.containment desc,
    a.story_id
limit {RELATIVES}
"""

_TURNS = """
select
    type,
    edited_at,
    seen_before
from edits
where story_id = $story
    and change = 'availability'
order by edited_at
"""

_FORGOTTEN = """
select
    forgotten_at,
    reason
from forgotten
where story_id = $story
"""

_SERVED = """
select
    c.capture_id,
    c.url,
    c.fetched_at,
    c.status,
    coalesce(o.run, c.run),
    coalesce(o.capture_id, c.capture_id)
from raw.captures as c
left join raw.captures as o
    on o.capture_id = c.revisit_of
where c.capture_id = $capture
    and c.role = 'story'
    and c.story_id = $story
"""
