"""How a day can stand, by mark and by meaning, and days put together: by month, into one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # what reads tables is slow to load, and `dawn --help` comes by here
    from warehouse.ledger import DayState

MARKS = {"complete": "●", "partial": "◐", "unknown": "?", "absent": "·"}
"""Of each state a letter that differs in shape."""

MEANINGS = {
    "complete": "every story listed is accounted for",
    "partial": "stories are owed, or a list was not final or not read",
    "unknown": "never listed, or nothing on the lists was recognised",
    "absent": "the site has nothing of that day",
}
ENDINGS = ("stored", "unchanged", "rejected", "gone", "refused", "owed")
"""How a story that was listed can stand."""
NEVER = "never listed"
"""The reason of a day of which no list was ever asked for."""


def months(states: Sequence[DayState]) -> Iterator[tuple[date, dict[int, DayState]]]:
    """Each month's first day, with its days that are told of; months between them that have none, too."""
    found = {
        month: {state.day.day: state for state in days}
        for month, days in groupby(states, key=lambda state: state.day.replace(day=1))
    }
    month = min(found, default=None)
    while month is not None and month <= max(found):
        yield month, found.get(month, {})
        month = (month + timedelta(31)).replace(day=1)


def together(states: Iterable[str]) -> str:
    """The state of several days: the one that all have; complete where others are absent; else partial."""
    found = set(states)
    if len(found) > 1:
        found.discard("absent")
    return "partial" if len(found) > 1 else next(iter(found), "unknown")


def endings(states: Iterable[DayState]) -> list[tuple[str, int]]:
    """How many stories of these days stand how, in the order of ENDINGS."""
    days = list(states)
    return [(name, sum(getattr(state, name) for state in days)) for name in ENDINGS]


def never_listed(states: Iterable[DayState]) -> list[tuple[date, date]]:
    """The first and the last day of each stretch of days, in order, that were never listed."""
    stretches: list[tuple[date, date]] = []
    for day in (state.day for state in states if state.reason == NEVER and not state.sections):
        if stretches and stretches[-1][1] + timedelta(1) == day:
            stretches[-1] = (stretches[-1][0], day)
        else:
            stretches.append((day, day))
    return stretches
