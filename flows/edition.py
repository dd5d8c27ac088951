"""The flow `edition`: each morning the printed paper of the day, and what the day before still lacks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from prefect import flow

from flows import passes
from flows.tasks import as_task, place, reported


@flow(name="edition", timeout_seconds=8 * 3600, validate_parameters=True)
def edition(
    day: date | None = None,
    data: Path | None = None,
    site: str | None = None,
    delay: float | None = None,
    contact: str | None = None,
) -> dict[str, Any]:
    """What one day's edition did; without a day, yesterday's and today's. Raises PassFailedError.

    Today's own lists cannot be final in the morning: they are read, and left to tomorrow's run to judge.
    """
    folder, manners = place(data, site, delay, contact)
    today = passes.today()
    if day and day > today:
        raise ValueError(f"{day} is still to come; today is {today} in Karachi")
    days = [day] if day else [today - timedelta(1), today]
    receipt = passes.backfill(folder, manners, days, do=as_task)
    if not day:
        judged = tuple(state for state in receipt.days if state.day != today or state.owed or state.unknown)
        receipt = replace(receipt, days=judged)
    return reported(receipt)
