"""The data-quality checks: queries that must return no rows. The file's name is the message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from warehouse.database import Published, published, scripts

SHOWN_ROWS = 20


@dataclass(frozen=True, slots=True)
class Check:
    """One check as it came out: green without rows. At most SHOWN_ROWS of the rows are kept."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    failing: int  # how many rows there were

    @property
    def green(self) -> bool:
        """Whether the query returned no row."""
        return self.failing == 0

    @property
    def message(self) -> str:
        """The name as a sentence."""
        return self.name.replace("_", " ")


def check(public: Published, told: Callable[[int, int], None] = lambda _, __: None) -> list[Check]:
    """Every check of `warehouse/checks`, by name, over a published file or a lake; it changes nothing.

    `told` is called with how many were asked and how many there are.
    """
    with published(public) as con:
        outcomes = []
        asked = scripts("checks")
        for done, (name, text) in enumerate(asked, 1):
            cursor = con.execute(text)
            rows = cursor.fetchall()
            columns = tuple(column[0] for column in cursor.description)
            outcomes.append(Check(name, columns, tuple(rows[:SHOWN_ROWS]), len(rows)))
            told(done, len(asked))
        return outcomes
