"""Stories by filters alone, the newest first: those that an index would find, by SQL, which needs none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import duckdb

from warehouse.search.analysis import composed, words
from warehouse.search.find import Hit, hits_of
from warehouse.search.question import cleaned, question


@dataclass(frozen=True, slots=True)
class Filters:
    """What a story must be, whatever it says; None asks nothing. Names are found by their words."""

    author: str | None = None
    section: str | None = None
    kind: str | None = None
    first: date | None = None
    last: date | None = None

    def __bool__(self) -> bool:
        return any(value is not None for value in asdict(self).values())


def newest(
    con: duckdb.DuckDBPyConnection, filters: Filters, limit: int, past: bool = False, skipped: int = 0
) -> tuple[int, list[Hit]]:
    """How many texts these filters let through, and those of them on this page, the greatest story id first.

    Raises QueryError where a filter has no word.
    """
    if filters:
        question("", **asdict(filters))  # says what has no sense
    versions = _PAST if past else _CURRENT
    asked: dict[str, Any] = {
        "kind": filters.kind and filters.kind.strip().lower(),
        "sections": _named(con, versions.sections, filters.section),
        "authors": _named(con, versions.authors, filters.author),
        "first": filters.first or (date.min if filters.last else None),
        "last": filters.last or date.max,
    }
    texts = versions.texts.format(where=_clauses(asked))
    facts = {name: asked[name] for name in asked if f"${name}" in texts}
    counted = con.execute(f"select count(*) from ({texts})", facts).fetchone()
    assert counted is not None
    manner = {"limit": limit, "skipped": skipped}
    rows = con.execute(_PAGE.format(texts=texts), facts | manner).fetchall()
    return int(counted[0]), hits_of(con, [(*row, 0.0) for row in rows], ())


def _named(con: duckdb.DuckDBPyConnection, names: str, said: str | None) -> list[str] | None:
    """The names that hold these words in a row, as the index compares them; None where nothing is asked."""
    if said is None:
        return None
    sought = words().analyze(cleaned(said))
    return [
        name for (name,) in con.execute(names).fetchall() if _holds(words().analyze(composed(name)), sought)
    ]


def _holds(name: Sequence[str], sought: Sequence[str]) -> bool:
    return any(name[n : n + len(sought)] == sought for n in range(len(name) - len(sought) + 1))


def _clauses(asked: Mapping[str, Any]) -> str:
    """The conditions of what is asked."""
    taken = [sql for name, sql in _WHERE.items() if asked[name] is not None]
    return "\n    and ".join(["true", *taken])


_WHERE = {
    "kind": "v.kind = $kind",
    "sections": "v.section in (select unnest($sections::varchar[]))",
    "authors": "list_has_any(v.authors, $authors::varchar[])",
    "first": "(published_on between $first and $last or printed_on between $first and $last)",
}


@dataclass(frozen=True, slots=True)
class _Versions:
    """Where texts are asked for, and which sections and authors they have."""

    texts: str
    sections: str
    authors: str


_CURRENT = _Versions(
    """
    select
        v.story_id,
        v.version,
        true as is_current
    from core.articles as v
    where {where}
    """,
    "select distinct section from core.articles where section is not null",
    "select distinct unnest(authors) from core.articles",
)

_PAST = _Versions(
    """
    select
        v.story_id,
        max(v.version) as version,
        v.content_hash = any_value(a.content_hash) as is_current
    from core.versions as v
    join core.articles as a using (story_id)
    where {where}
    group by v.story_id, v.content_hash
    """,
    "select distinct section from core.versions where section is not null",
    "select distinct unnest(authors) from core.versions",
)

_PAGE = """
select
    story_id,
    version,
    is_current
from ({texts})
order by story_id desc, version desc
limit $limit
offset $skipped
"""
