"""The flow `latest`: every quarter of an hour, what is new and what the site says has changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows import passes
from flows.catching_up import owes_latest
from flows.tasks import as_task, caught_up, named_by_time, place, reported


@flow(name="latest", flow_run_name=named_by_time, timeout_seconds=6 * 3600, validate_parameters=True)
def latest(
    data: Path | None = None, site: str | None = None, delay: float | None = None, contact: str | None = None
) -> dict[str, Any] | State[Any]:
    """What a pass over feeds, sitemap and latest list did. Raises PassFailedError in one sentence.

    A late run of the schedule does nothing where another one has done its work since it was due.
    """
    folder, manners = place(data, site, delay, contact)
    if done := caught_up(folder, "latest", lambda: owes_latest(folder)):
        return done
    return reported(folder, passes.latest(folder, manners, do=as_task))


if __name__ == "__main__":  # `python -m flows.latest`: one pass through Prefect, without any deployment
    latest()
