"""What a schedule does after an outage: the ledger says what is owed, and one run does it.

Nothing here knows Prefect or asks the site.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from flows import stages
from flows.folder import DataFolder
from warehouse import ledger
from warehouse.ledger import DayState

CATCH_UP_DAYS = 30
"""How far back a schedule looks for editions that an outage left incomplete. Older ones are a backfill's."""

_STAMP = "%Y%m%dT%H%M%SZ"


def covered_by(folder: DataFolder, spider: str, due: datetime, day: date | None = None) -> str | None:
    """The finished run of this spider that began at `due` (aware) or later, of that day where one is given.

    None where there is none: then whoever was due then has its work to do yet. Late runs of a schedule find
    the one that went before them in this way, and ask nothing of the site.
    """
    from crawlers.journal import Outcome, read

    first = f"{due.astimezone(UTC):{_STAMP}}"  # a run's name has whole seconds
    for path in sorted(folder.journal.glob(f"*-{spider}-*.jsonl"), reverse=True):
        if path.name[: len(first)] < first:
            return None
        events = list(read(path))
        ended = bool(events) and events[-1].get("outcome") == Outcome.FINISHED
        if ended and (day is None or events[0].get("day") == day.isoformat()):
            return path.stem
    return None


def owed_days(states: Sequence[DayState], today: date) -> list[date]:
    """The days whose edition is owed, the newest first, of what the ledger says of the days up to today.

    Yesterday and today in any case (today's own lists end with the day); before them every day since the
    first that was ever listed, as far as `states` go back, that is neither complete nor absent.
    """
    known = [state.day for state in states if state.sections]
    settled = {state.day for state in states if state.state in ("complete", "absent")}
    first = min([*known, today - timedelta(1)])
    days = {state.day for state in states if first <= state.day <= today} | {today - timedelta(1), today}
    return sorted((day for day in days if day >= today - timedelta(1) or day not in settled), reverse=True)


def owes_latest(folder: DataFolder) -> bool:
    """Whether the rolling lists owe a story, once all that crawls have left is taken in."""
    with folder.crawling():
        stages.settle(folder)
        return bool(stages.owed_of_latest(folder)())


def owes_editions(folder: DataFolder, today: date, catch_up_days: int = CATCH_UP_DAYS) -> bool:
    """Whether a day up to today owes anything, so many days back, once all that crawls have left is taken in.

    Of today that is stories alone: its lists are not final.
    """
    with folder.crawling():
        stages.settle(folder)
        states = ledger.day_states(folder.warehouse, today - timedelta(max(catch_up_days, 1)), today)
    owed = owed_days(states, today)
    return any(
        state.owed or (state.day < today and state.state not in ("complete", "absent"))
        for state in states
        if state.day in owed
    )
