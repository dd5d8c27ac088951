"""The flow `edition`: each morning the printed paper of the day, and what the days before still lack."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from pydantic import Field

from crawlers.site import TOWN
from flows import passes
from flows.catching_up import CATCH_UP_DAYS, owes_editions
from flows.tasks import Counted, as_task, caught_up, named_by_time, place, reported


@flow(name="edition", flow_run_name=named_by_time, timeout_seconds=8 * 3600, validate_parameters=True)
def edition(
    day: date | None = None,
    catch_up_days: Annotated[int, Field(ge=0, le=366)] = CATCH_UP_DAYS,
    data: Path | None = None,
    site: str | None = None,
    delay: float | None = None,
    contact: str | None = None,
) -> dict[str, Any] | State[Any]:
    """What one day's edition did; without a day, yesterday's and today's, and after an outage those it left
    incomplete, at most so many days back. Raises PassFailedError.
    """
    folder, manners = place(data, site, delay, contact)
    today = passes.today()
    if day and day > today:
        raise ValueError(f"{day} is still to come; today is {today} in {TOWN}")
    if day:
        return reported(folder, passes.backfill(folder, manners, [day], do=as_task))
    if done := caught_up(folder, "edition", lambda: owes_editions(folder, today, catch_up_days), today):
        return done
    counted = Counted(flow_run.name or "edition")
    return reported(folder, passes.edition(folder, manners, catch_up_days, do=as_task, told=counted))
