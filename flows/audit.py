"""The flow `audit`: once a week every byte of the archive read, every capture counted, every check asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prefect import flow
from prefect.logging import get_run_logger

from flows import passes
from flows.tasks import as_task, named_by_time, place, reported, take_over_late_runs


@flow(name="audit", flow_run_name=named_by_time, timeout_seconds=24 * 3600, validate_parameters=True)
def audit(data: Path | None = None, site: str | None = None) -> dict[str, Any]:
    """What reading the whole archive shows: counts, where nothing is wrong. Raises PassFailedError.

    Makes no request.
    """
    folder, _ = place(data, site, None, None)
    take_over_late_runs()
    found, receipt = passes.audited(folder, do=as_task)
    counts = {"runs": found.runs, "captures": found.captures, "bytes": found.bytes}
    get_run_logger().info("read %(captures)s captures of %(runs)s runs, %(bytes)s bytes", counts)
    return reported(folder, receipt) | counts
