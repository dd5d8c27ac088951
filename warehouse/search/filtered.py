"""Stories by filters alone, the newest first: those that an index would find, by SQL, which needs none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    asked: dict[str, Any] = {
        "kind": filters.kind and filters.kind.strip().lower(),
        "sections": _named(con, _SECTIONS, filters.section),
        "authors": _named(con, _AUTHORS, filters.author),
        "first": filters.first or (date.min if filters.last else None),
        "last": filters.last or date.max,
        "past": past,
    }
    chosen, facts = _clauses(asked)
    counted = con.execute(_COUNTED.format(where=chosen), facts).fetchone()
    assert counted is not None
    rows = con.execute(_PAGE.format(where=chosen), facts | {"limit": limit, "skipped": skipped}).fetchall()
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


def _clauses(asked: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The conditions of what is asked, and their parameters."""
    clauses: Iterable[tuple[str, tuple[str, ...]]] = (
        ("v.kind = $kind", ("kind",)),
        ("v.section in (select unnest($sections::varchar[]))", ("sections",)),
        ("list_has_any(v.authors, $authors::varchar[])", ("authors",)),
        (
            "(a.published_on between $first and $last or a.printed_on between $first and $last)",
            ("first", "last"),
        ),
    )
    taken = [(sql, names) for sql, names in clauses if asked[names[0]] is not None]
    facts = {name: asked[name] for _, names in taken for name in names}
    current = [] if asked["past"] else ["v.content_hash = a.content_hash"]
    return "\n    and ".join(["true", *current, *(sql for sql, _ in taken)]), facts


_TEXTS = """
with texts as (
    select
        v.story_id,
        max(v.version) as version,
        v.content_hash = any_value(a.content_hash) as is_current
    from core.versions as v
    join core.articles as a using (story_id)
    where {where}
    group by v.story_id, v.content_hash
)
"""

_COUNTED = _TEXTS + "select count(*) from texts"

_PAGE = (
    _TEXTS
    + """
select
    story_id,
    version,
    is_current
from texts
order by story_id desc, version desc
limit $limit
offset $skipped
"""
)

_SECTIONS = "select distinct section from core.versions where section is not null"
_AUTHORS = "select distinct unnest(authors) from core.versions"
