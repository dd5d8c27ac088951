"""The flow `replay`: the archive read anew under today's rules, with no request made."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.logging import get_run_logger

from flows import passes
from flows.tasks import as_task, named_by_time, place, reported


@flow(name="replay", flow_run_name=named_by_time, timeout_seconds=24 * 3600, validate_parameters=True)
def replay(
    first: date | None = None,
    last: date | None = None,
    dry_run: bool = False,
    data: Path | None = None,
    site: str | None = None,
) -> dict[str, Any]:
    """What today's rules change, by field, as {field: stories}; loaded unless it is a dry run."""
    if last and not first:
        raise ValueError("a range of days needs its first day")
    folder, _ = place(data, site, None, None)
    changes, receipt = passes.replay(folder, (first, last or first) if first else None, dry_run, do=as_task)
    changes = changes or []
    for change in changes:
        get_run_logger().info("%s changes in %s stories", change.field, change.stories)
    return reported(folder, receipt) | {"changes": {change.field: change.stories for change in changes}}
