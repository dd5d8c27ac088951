"""The flow `backfill`: a range of days, one after the other, each as far as anything of it is missing."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from prefect import flow

from flows import passes
from flows.tasks import Counted, as_task, place, reported


@flow(
    name="backfill",
    flow_run_name="backfill {first}..{last}",
    timeout_seconds=72 * 3600,
    validate_parameters=True,
)
def backfill(
    first: date,
    last: date,
    again: bool = False,
    missing: bool = False,
    newest_first: bool = False,
    data: Path | None = None,
    site: str | None = None,
    delay: float | None = None,
    contact: str | None = None,
) -> dict[str, Any]:
    """What filling the days from `first` to `last`, both included, did. Raises PassFailedError.

    With `missing`, nothing is asked for but what is owed. Its run's name says how far it is.
    """
    if first > last or last > passes.today():
        raise ValueError(f"{first}..{last} is no range of days up to today ({passes.today()})")
    folder, manners = place(data, site, delay, contact)
    counted = Counted(f"backfill {first}..{last}")
    if missing:
        return reported(
            folder,
            passes.missing(folder, manners, (first, last), newest_first, do=as_task, told=counted),
        )
    days = passes.days_of((first, last), newest_first)
    counted.total = len(days)
    return reported(folder, passes.backfill(folder, manners, days, again, do=as_task, told=counted))
