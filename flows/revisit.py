"""The flow `revisit`: four times a day, held stories that have most likely changed since they were had."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prefect import flow

from flows import passes
from flows.tasks import as_task, place, reported


@flow(name="revisit", timeout_seconds=6 * 3600, validate_parameters=True)
def revisit(
    budget: int = passes.REVISITS,
    data: Path | None = None,
    site: str | None = None,
    delay: float | None = None,
    contact: str | None = None,
) -> dict[str, Any]:
    """What a pass over held stories did, of `budget` requests a day. Raises PassFailedError in one sentence.

    The runs of a day share its budget by its quarters; what one leaves, the next ones have.
    """
    folder, manners = place(data, site, delay, contact)
    return reported(passes.revisit(folder, manners, budget, do=as_task, by_quarters=True))


if __name__ == "__main__":  # `python -m flows.revisit`: one pass through Prefect, without any deployment
    revisit()
