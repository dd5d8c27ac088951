"""A run's receipt: how it asked the site, noted where the requests leave, and held against what was promised.

It knows nothing of who is to keep the promises, Scrapy's slots and the middlewares: it watches the wire.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

SHORT = 0.02
"""Seconds by which a gap may be short of what was promised: two clocks and a loop's turn, and no more."""


@dataclass
class Receipt:
    """What a run did so far. Times are monotonic seconds, `promised` the least seconds between two requests.

    `budget` is how many requests the run may make, None where that is not bounded.
    """

    promised: float
    budget: int | None = None
    requests: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    robots: str | None = None
    smallest_gap: float | None = None
    longest_pace: float = 0.0
    seconds_asked: float = 0.0
    seconds_waited: float = 0.0
    broken: list[str] = field(default_factory=list)
    _last: float | None = None
    _patient_until: float = 0.0

    def asked(self, at: float, url: str, *, is_robots: bool) -> None:
        """Nothing; a request leaves for this address now. A rule that it breaks is noted."""
        self.requests += 1
        if self._last is not None:
            gap = at - self._last
            self.smallest_gap = gap if self.smallest_gap is None else min(gap, self.smallest_gap)
            if gap < self.promised - SHORT:
                self._broke(f"{gap:.3f} s after the request before it, not {self.promised:g} s", url)
        self._last = at
        if at < self._patient_until - SHORT:
            self._broke(f"{self._patient_until - at:.1f} s before the site wanted to be asked again", url)
        if self.robots is None and not is_robots:
            self._broke("before robots.txt was read", url)
        if self.budget is not None and self.requests > self.budget:
            self._broke(f"beyond the {self.budget} requests that the day had left", url)

    def answered(self, status: int) -> None:
        """Nothing; an answer came."""
        self.statuses[status] += 1

    def asked_for_patience(self, at: float, seconds: float) -> None:
        """Nothing; the site does not want to be asked for so long from now on."""
        self.seconds_asked += seconds
        self._patient_until = max(self._patient_until, at + seconds)

    def waited(self, seconds: float) -> None:
        """Nothing; that long it was not asked, because it had asked for patience."""
        self.seconds_waited += seconds

    def spelled_out(self) -> dict[str, Any]:
        """The receipt as the journal has it; `broken` has the rules that were broken, ten of them at most."""
        return {
            "promised": self.promised,
            "smallest_gap": None if self.smallest_gap is None else round(self.smallest_gap, 3),
            "longest_pace": round(self.longest_pace, 3),
            "statuses": [{"status": each, "answers": n} for each, n in sorted(self.statuses.items())],
            "robots": self.robots,
            "seconds_asked": round(self.seconds_asked, 3),
            "seconds_waited": round(self.seconds_waited, 3),
            "broken": self.broken[:10],
        }

    def _broke(self, what: str, url: str) -> None:
        self.broken.append(f"{url} was asked for {what}")
