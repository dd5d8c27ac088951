"""The flow `latest`: every quarter of an hour, what is new and what the site says has changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prefect import flow

from flows import passes
from flows.tasks import as_task, place, reported


@flow(name="latest", timeout_seconds=6 * 3600, validate_parameters=True)
def latest(
    data: Path | None = None, site: str | None = None, delay: float | None = None, contact: str | None = None
) -> dict[str, Any]:
    """What a pass over feeds, sitemap and latest list did. Raises PassFailedError in one sentence."""
    folder, manners = place(data, site, delay, contact)
    return reported(passes.latest(folder, manners, do=as_task))


if __name__ == "__main__":  # `python -m flows.latest`: one pass through Prefect, without any deployment
    latest()
