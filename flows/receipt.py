"""What a pass amounts to: what it did, what is owed, and in one line what is wrong. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from warehouse.checks import Check
from warehouse.ledger import DayState, Owed


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a pass amounts to, for whoever asked for it.

    `owed` are stories it was asked for and did not get; `failure` is why its crawl broke off; `red` are the
    checks that found something; `days` the days it was asked for, as they stand now; `behind` is why the
    store has not all that the folder has.
    """

    runs: tuple[str, ...] = ()
    owed: tuple[Owed, ...] = ()
    failure: str | None = None
    red: tuple[Check, ...] = ()
    days: tuple[DayState, ...] = ()
    published: bool = False
    behind: str | None = None

    @property
    def fault(self) -> str | None:
        """In one line, what is owed, failed or red; None where all that was asked for was done."""
        if self.failure:
            return self.failure.replace("\n", " | ")
        if self.behind:
            return self.behind
        incomplete = [day for day in self.days if day.state not in ("complete", "absent")]
        if incomplete:
            first = incomplete[0]
            return (
                f"{len(incomplete)} of {len(self.days)} days are not complete, first {first.day}"
                f" ({first.reason or first.state}): run the same command again"
            )
        if self.owed:
            story = self.owed[0]
            return f"{len(self.owed)} stories are still owed, first {story.url} ({story.cause}): run it again"
        if self.red:
            return f"{len(self.red)} checks are red, first: {self.red[0].message}"
        return None
