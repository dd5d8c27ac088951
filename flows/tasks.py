"""How the stages run under Prefect: each as one task, the two that touch the network with retries.

The flows are synchronous on purpose. That costs a second a run, and makes the time limits real: they
interrupt the main thread wherever it waits, while an async flow that works there is only told afterwards.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import State, StateType
from prefect.logging import get_run_logger
from prefect.runtime import deployment, flow_run
from prefect.states import Cancelled, Completed
from prefect.tasks import Task, exponential_backoff

from crawlers.site import LIVE, TIME_ZONE
from flows import account, config, stages
from flows.catching_up import covered_by
from flows.coverage import drawing
from flows.crawl_log import LOG
from flows.crawling import CrawlStoppedError, Manners, mannered
from flows.folder import DataFolder, FolderError, open_folder, site_address, site_of
from flows.lakes import lake_of
from flows.passes import today
from flows.receipt import Receipt
from flows.stages import outcome
from warehouse.checks import Check
from warehouse.database import readable
from warehouse.days import covered
from warehouse.manners import crawled

T = TypeVar("T")
NETWORK = (stages.discover, stages.fetch, stages.share)
RETRIES = 3
LATE_RUNS = 200  # the most that a server gives at a time
STAGE_TIMEOUT = 3 * 3600.0  # seconds; a thousand stories at one in two seconds take half an hour


class PassFailedError(RuntimeError):
    """A pass left something owed, failed or red; the message is one sentence for whoever looks at the run."""


def as_task(name: str, stage: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
    """What the stage gives, run as a Prefect task of that name, which logs what came of it.

    Only what touches the network is retried: 10, 20 and 40 s later, each up to twice as long by chance
    (DAWN_RETRY_DELAY sets the first). All else would fail again in the same way.
    """
    network = stage in NETWORK
    first: float = config.find("retry-delay").value
    as_prefect = Task(
        fn=_logged(stage),
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


def _logged(stage: Callable[..., T]) -> Callable[..., T]:
    """The stage, whose crawl's log goes to the task's at the level of each line, and what came of it too."""

    @wraps(stage)
    def logged(*args: Any, **kwargs: Any) -> T:
        log = get_run_logger()
        forward = _Forward(log)
        LOG.addHandler(forward)
        try:
            result = stage(*args, **kwargs)
        finally:
            LOG.removeHandler(forward)
        if args and isinstance(args[0], DataFolder) and (line := outcome(args[0], result)):
            log.info(line)
        return result

    return logged


class _Forward(logging.Handler):
    """To a logger of Prefect's, which knows by itself whose run it is: also from another thread."""

    def __init__(self, log: Any) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Nothing; the line is the other logger's."""
        self._log.log(record.levelno, "%s", record.getMessage())


def _worth_another_try(_task: Any, _run: Any, state: Any) -> bool:
    """Whether a failed try is worth another: not where the crawl was stopped or asked for patience."""
    return not isinstance(state.result(raise_on_failure=False), CrawlStoppedError)


def place(
    data: Path | None, site: str | None, delay: float | None, contact: str | None
) -> tuple[DataFolder, Manners]:
    """The data folder and the manners of a run: its parameters, else the settings (`flows.config`).

    A run has no folder by default: it would begin a new archive wherever the worker stands.
    """
    held = config.find("data")
    if data is None and held.source == "default":
        raise FolderError("name the data folder: the parameter `data`, or DAWN_DATA where the worker runs")
    root = data or Path(held.value)
    said = site or config.find("site").value
    address = site_address(said) if said else site_of(root) or LIVE
    pause = config.find("delay").value if delay is None else delay
    manners = mannered(address, pause, contact or config.find("contact").value)
    manners = replace(manners, log_level="INFO", most_disk=config.find("max-disk").value)
    if most := config.find("max-requests").value:
        manners = replace(manners, most_requests=most)
    beyond = {name: config.find(name.replace("_", "-")).value for name in ("store", "local_archive", "dask")}
    folder = open_folder(root, address, **beyond)
    lake_of(folder)  # raises SettingError for one that nothing can be sent to
    return folder, manners


def named_by_time() -> str:
    """A run's name: its flow, and the day that it was asked for or the minute, the site's, it was due at."""
    if day := flow_run.parameters.get("day"):
        return f"{flow_run.flow_name} of {day}"
    due = flow_run.scheduled_start_time or datetime.now(UTC)
    return f"{flow_run.flow_name} {due.astimezone(TIME_ZONE):%Y-%m-%d %H:%M}"


class Counted:
    """Called with each day's receipt: the run's name then says how many are done."""

    def __init__(self, what: str, total: int | None = None) -> None:
        self.total = total
        self._what = what
        self._done = 0

    def __call__(self, receipt: Receipt) -> None:
        """Nothing; one more day is done, whatever came of it. Of days that were settled before only the last
        is told to the server: there may be thousands."""
        self._done += 1
        if receipt.runs or receipt.failure or self._done == self.total:
            rename(f"{self._what}: {self._done}{f' of {self.total} days' if self.total else ' days done'}")


def rename(name: str) -> None:
    """Nothing; the run of this flow has that name. Outside of a run there is nothing to name."""
    if flow_run.id:
        with get_client(sync_client=True) as client:
            client.update_flow_run(UUID(flow_run.id), name=name)


def caught_up(
    folder: DataFolder, spider: str, owes: Callable[[], bool], day: date | None = None
) -> State[Any] | None:
    """How a late run ends whose work another one did since it was due; None where there is work to do.

    After an outage a server hands out every run that it had planned. The first to begin does the work of all;
    where it got the lists and not the stories, `owes` says so, and the next one goes on.
    """
    if (due := flow_run.scheduled_start_time) is None:
        return None
    run = covered_by(folder, spider, due, day)
    if run is None or owes():
        take_over_late_runs()
        return None
    message = f"due at {due.astimezone(TIME_ZONE):%Y-%m-%d %H:%M}; {run} did its work since"
    get_run_logger().info("nothing to do: %s", message)
    return Completed(name="Covered", message=message)


def take_over_late_runs() -> None:
    """Nothing; the runs of this deployment that are late and not begun are cancelled: this does their work.

    Each would be a process, if only to find that out. A run with other parameters has other work, and stays.
    """
    if not deployment.id or not flow_run.id:
        return
    now: Any = datetime.now(UTC)
    with get_client(sync_client=True) as client:
        own = client.read_flow_run(UUID(flow_run.id))
        waiting = client.read_flow_runs(
            flow_run_filter=FlowRunFilter(
                deployment_id=FlowRunFilterDeploymentId(any_=[UUID(deployment.id)]),
                state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
                expected_start_time=FlowRunFilterExpectedStartTime(before_=now),
            ),
            limit=LATE_RUNS,
        )
        late = [each for each in waiting if each.parameters == own.parameters]
        for each in late:
            client.set_flow_run_state(each.id, Cancelled(message=f"late; {flow_run.name} does its work"))
    if late:
        get_run_logger().info("%s late runs cancelled: this one does their work", len(late))


def reported(folder: DataFolder, receipt: Receipt) -> dict[str, Any]:
    """What a flow returns of its receipt; its account stands among the run's artifacts, in Prefect's pages.

    Raises PassFailedError where something is owed, failed or red.
    """
    log = get_run_logger()
    for state in receipt.days:
        log.info(
            "%s is %s: %s stored, %s unchanged, %s rejected, %s gone, %s refused, %s owed",
            *(state.day, state.state, state.stored, state.unchanged, state.rejected, state.gone),
            *(state.refused, state.owed),
        )
    for red in receipt.red:
        log.error("%s (%s rows, the first: %s)", red.message, red.failing, _row(red))
    _leave_account(folder, receipt)
    if receipt.fault:
        raise PassFailedError(receipt.fault)
    log.info(
        "done: %s crawls, %s", len(receipt.runs), "published" if receipt.published else "nothing changed"
    )
    return {"runs": list(receipt.runs), "published": receipt.published}


def _leave_account(folder: DataFolder, receipt: Receipt) -> None:
    name = flow_run.flow_name or "dawn"
    crawls, days, drawn = [], [], None
    if readable(folder.public):
        span = [state.day for state in receipt.days] or [today() - timedelta(30), today()]
        crawls = crawled(folder.public, receipt.runs)
        days = covered(folder.public, (min(span), max(span)))
        drawn = drawing(days)
    links = {"the site": folder.site, "the published file": str(folder.public.absolute())}
    text = account.page(receipt, crawls, days, drawn, links)
    create_markdown_artifact(
        key=f"{name}-account", markdown=text, description=receipt.fault or "nothing is owed, failed or red"
    )
    if receipt.days:
        create_table_artifact(
            key=f"{name}-counts",
            table=account.counted(receipt),
            description="what became of each day's stories",
        )


def _row(check: Check) -> dict[str, str]:
    return dict(zip(check.columns, map(str, check.rows[0]), strict=True))
