"""What stories of a published file can be chosen by: its sections, its kinds, its busiest authors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from warehouse.database import published

MOST = 300
"""The most sections, and the most authors, that are told: a page that lists thousands is none."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Sections, kinds and authors of current stories, those with the most stories, by name."""

    sections: tuple[str, ...]
    kinds: tuple[str, ...]
    authors: tuple[str, ...]


def choices(public: Path) -> Choices:
    """What there is to choose from."""
    with published(public) as con:
        told = [
            tuple(name for (name,) in con.execute(sql).fetchall()) for sql in (_SECTIONS, _KINDS, _AUTHORS)
        ]
    return Choices(*told)


_BUSIEST = f"""
select name
from (
    select
        name,
        count(*) as stories
    from ({{names}})
    where trim(name) <> ''
    group by name
    order by stories desc, name
    limit {MOST}
)
order by lower(name), name
"""

_SECTIONS = _BUSIEST.format(names="select section as name from core.articles")
_KINDS = _BUSIEST.format(names="select kind as name from core.articles")
_AUTHORS = _BUSIEST.format(names="select unnest(authors) as name from core.articles")
