"""How the stages run under Prefect: each as one task, the two that touch the network with retries.

The flows are synchronous on purpose. That costs a second a run, and makes the time limits real: they
interrupt the main thread wherever it waits, while an async flow that works there is only told afterwards.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger
from prefect.tasks import Task, exponential_backoff

from crawlers.site import LIVE
from flows import stages
from flows.folder import DataFolder, FolderError, open_folder, site_address, site_of
from flows.passes import Receipt
from flows.room import size
from flows.stages import Manners
from warehouse.checks import Check

T = TypeVar("T")
NETWORK = (stages.discover, stages.fetch)
RETRIES = 3
STAGE_TIMEOUT = 3 * 3600.0  # seconds; a thousand stories at one in two seconds take half an hour


class PassFailedError(RuntimeError):
    """A pass left something owed, failed or red; the message is one sentence for whoever looks at the run."""


def as_task(name: str, stage: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
    """What the stage gives, run as a Prefect task of that name.

    Only what touches the network is retried: 10, 20 and 40 s later, each up to twice as long by chance
    (DAWN_RETRY_DELAY sets the first). All else would fail again in the same way.
    """
    network = stage in NETWORK
    first = _number("DAWN_RETRY_DELAY", 10)
    as_prefect = Task(
        fn=stage,
        name=stage.__name__,
        task_run_name=name,
        retries=RETRIES if network else 0,
        retry_delay_seconds=exponential_backoff(backoff_factor=first) if network and first >= 1 else 0,
        retry_jitter_factor=1 if network and first >= 1 else None,
        retry_condition_fn=_worth_another_try,
        timeout_seconds=STAGE_TIMEOUT if network else None,
        cache_policy=NO_CACHE,
        persist_result=False,
    )
    result: T = as_prefect(*args, **kwargs)
    return result


def _worth_another_try(_task: Any, _run: Any, state: Any) -> bool:
    """Whether a failed try is worth another: not where the crawl was stopped or asked for patience."""
    return not isinstance(state.result(raise_on_failure=False), stages.CrawlStoppedError)


def _number(name: str, default: float) -> float:
    try:
        return float(os.environ.get(name, default))
    except ValueError:
        raise FolderError(f"{name} must be a number of seconds, and is {os.environ[name]!r}") from None


def place(
    data: Path | None, site: str | None, delay: float | None, contact: str | None
) -> tuple[DataFolder, Manners]:
    """The data folder and the manners of a run: its parameters, else DAWN_DATA, DAWN_SITE and so on."""
    named = data or os.environ.get("DAWN_DATA")
    if not named:
        raise FolderError("name the data folder: the parameter `data`, or DAWN_DATA where the worker runs")
    root = Path(named)
    said = site or os.environ.get("DAWN_SITE")
    address = site_address(said) if said else site_of(root) or LIVE
    pause = delay if delay is not None else _number("DAWN_DELAY", Manners().delay)
    manners = stages.mannered(address, pause, contact or os.environ.get("DAWN_CONTACT"))
    if bound := os.environ.get("DAWN_MAX_DISK"):
        manners = replace(manners, most_disk=size(bound))
    return open_folder(root, address), manners


def reported(receipt: Receipt) -> dict[str, Any]:
    """What a flow returns of its receipt. Raises PassFailedError where something is owed, failed or red."""
    log = get_run_logger()
    for state in receipt.days:
        log.info(
            "%s is %s: %s stored, %s unchanged, %s rejected, %s gone, %s refused, %s owed",
            *(state.day, state.state, state.stored, state.unchanged, state.rejected, state.gone),
            *(state.refused, state.owed),
        )
    for red in receipt.red:
        log.error("%s (%s rows, the first: %s)", red.message, red.failing, _row(red))
    if receipt.fault:
        raise PassFailedError(receipt.fault)
    log.info(
        "done: %s crawls, %s", len(receipt.runs), "published" if receipt.published else "nothing changed"
    )
    return {"runs": list(receipt.runs), "published": receipt.published}


def _row(check: Check) -> dict[str, str]:
    return dict(zip(check.columns, map(str, check.rows[0]), strict=True))
