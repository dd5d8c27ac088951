"""The flow `revisit`: four times a day, held stories that have most likely changed since they were had."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from prefect import flow
from pydantic import Field

from flows import config, passes
from flows.tasks import as_task, named_by_time, place, reported, take_over_late_runs


@flow(name="revisit", flow_run_name=named_by_time, timeout_seconds=6 * 3600, validate_parameters=True)
def revisit(
    budget: Annotated[int | None, Field(ge=0, le=100_000)] = None,
    data: Path | None = None,
    site: str | None = None,
    delay: float | None = None,
    contact: str | None = None,
) -> dict[str, Any]:
    """What a pass over held stories did, of `budget` requests a day.

    Without one, as many as the setting says. Raises PassFailedError in one sentence.

    The runs of a day share its budget by its quarters; what one leaves, the next ones have.
    """
    folder, manners = place(data, site, delay, contact)
    take_over_late_runs()
    most = config.find("budget").value if budget is None else budget
    return reported(folder, passes.revisit(folder, manners, most, do=as_task, by_quarters=True))


if __name__ == "__main__":  # `python -m flows.revisit`: one pass through Prefect, without any deployment
    revisit()
