"""How long a backfill will take yet: from the days that it had to fetch, and no clock of its own. Pure."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flows.receipt import Receipt

RECENT = 10
"""Days whose mean is taken: the paper was larger twenty years ago."""


class Estimate:
    """Of `days` in all, begun at `began`; times are seconds of any one clock that goes on steadily."""

    def __init__(self, days: int, began: float) -> None:
        self._left = days
        self._days = days
        self._last = began
        self._took: deque[float] = deque(maxlen=RECENT)

    def after(self, receipt: Receipt, now: float) -> str:
        """How far it is now that one more day is done: `12 of 30 days, about 40 min left`.

        Days that were complete before cost next to nothing, and say nothing of those that are not: where no
        day had to be fetched yet there is no estimate.
        """
        self._left -= 1
        if receipt.runs:
            self._took.append(now - self._last)
        self._last = now
        said = f"{self._days - self._left} of {self._days} days"
        if self._took and self._left:
            said += f", about {lasting(self._left * sum(self._took) / len(self._took))} left"
        return said


def lasting(seconds: float) -> str:
    """A length of time in the unit that suits it: `40 s`, `12 min`, `3 h 20 min`, `2 d 4 h`."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{round(seconds)} s"
    if minutes < 90:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes // 1440} d {minutes % 1440 // 60} h"
