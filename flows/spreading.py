"""Extraction on many machines: a Prefect flow whose tasks Dask's workers do, one for each WARC file.

What passes between the machines are files. With a store a worker gets the bytes from there and puts the
extracts there; without one the data folder must lie under the same path on all of them. A worker that is lost
costs its task, which another does again: the same captures under the same rules give the same bytes.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import as_completed
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_LOGGING_TO_API_ENABLED,
    PREFECT_SERVER_ANALYTICS_ENABLED,
    temporary_settings,
)
from prefect_dask.task_runners import DaskTaskRunner

from crawlers import store as stores
from crawlers.apart import extract_apart
from crawlers.away import ARCHIVE, bring
from crawlers.extract import RULES
from crawlers.extracted import file_name, warn
from crawlers.packs import Segment
from crawlers.reading import Tally
from crawlers.urls import is_loopback
from crawlers.workers import NoWorkersError
from flows.folder import DataFolder, site_of

RETRIES = 3
"""How often a task is tried again: a store that could not be asked, a process that was lost."""

SERVER_SECONDS = 120
"""How long a Prefect server of our own may take to begin, where none is named; on two cores it takes 8."""


@dataclass(frozen=True, slots=True)
class Portion:
    """The runs of one WARC file that a worker is to extract: plain values, for they travel.

    `file` is the name of the WARC file; `runs` are names with first and last byte and, where it is known, the
    digest. With `store` the bytes are there; without, `data` is the folder that all machines see.
    """

    file: str
    runs: tuple[tuple[str, int, int, str | None], ...]
    site: str
    rules: str
    store: str | None
    data: str


def spread(folder: DataFolder, waiting: Sequence[Segment], done: Callable[[Path], None]) -> None:
    """Nothing; the folder has the extracts of these runs, made by the workers of its scheduler.

    `done` is called with each as it comes. With a store the caller has seen to it that the runs are there;
    what it has of their extracts is not made again. Raises NoWorkersError, StoreError, and what a task
    raised for the last time.
    """
    assert folder.dask is not None
    left = _had_already(folder, waiting, done)
    if not left:
        return

    def taken(portion: Portion, made: Made) -> None:
        for run, sha256, tally in made:
            path = folder.extracted / file_name(run)
            _take(folder, path, sha256)
            warn(f"{portion.file}, {run}", Tally(**tally))
            done(path)

    with _server(folder.dask):
        _do(folder.dask, _portions(folder, left), taken)


def _had_already(
    folder: DataFolder, waiting: Sequence[Segment], done: Callable[[Path], None]
) -> list[Segment]:
    """The runs whose extracts the store has not; those that it has, of a caller that was killed, come."""
    if folder.store is None:
        return list(waiting)
    store = stores.Store(folder.store)
    there = store.names("extracted")
    for one in waiting:
        if (name := file_name(one.run)) in there:
            store.get(f"extracted/{name}", folder.extracted / name)
            done(folder.extracted / name)
    return [one for one in waiting if file_name(one.run) not in there]


def _portions(folder: DataFolder, waiting: Sequence[Segment]) -> list[Portion]:
    """One for each WARC file, the largest first: what takes longest is not begun last."""
    ordered = sorted(waiting, key=lambda one: (one.path, one.start))
    found = [
        Portion(
            path.name,
            tuple((one.run, one.start, one.start + one.size, one.away) for one in of_file),
            *(folder.site, RULES, folder.store, str(folder.root.absolute())),
        )
        for path, of_file in groupby(ordered, key=lambda one: one.path)
    ]
    return sorted(found, key=lambda one: sum(run[1] - run[2] for run in one.runs))


Made = list[tuple[str, str, dict[str, int]]]
"""Of each run its name, the digest of its extract, and the counts of what could not be read."""


def _do(scheduler: str, portions: Sequence[Portion], taken: Callable[[Portion, Made], None]) -> None:
    """Nothing, once all portions are done; `taken` is called with each as it comes."""
    runner: Any = DaskTaskRunner(address=scheduler)
    key = uuid4().hex
    _UNDER_WAY[key] = portions, taken
    try:
        extract_on_dask.with_options(task_runner=runner)(key)
    except OSError as error:  # Dask's own, in words of many lines
        if "trying to connect" not in str(error):
            raise
        raise NoWorkersError(
            f"no Dask scheduler answers at {scheduler}: start one (`dask scheduler`), or unset DAWN_DASK"
        ) from error
    finally:
        del _UNDER_WAY[key]


_UNDER_WAY: dict[str, tuple[Sequence[Portion], Callable[[Portion, Made], None]]] = {}


def _under_way(key: str) -> tuple[Sequence[Portion], Callable[[Portion, Made], None]]:
    return _UNDER_WAY[key]


@flow(name="extract on dask", persist_result=False, validate_parameters=False)
def extract_on_dask(key: str) -> None:
    """Nothing; the portions that are filed under this key are done.

    A flow travels with its tasks, and all that it closes over: a terminal that shows progress cannot.
    """
    portions, taken = _under_way(key)
    futures = {extract_portion.submit(portion): portion for portion in portions}
    for future in as_completed(list(futures)):
        taken(futures[future], future.result())


def _worth_another_try(_task: Any, _run: Any, state: Any) -> bool:
    """Whether a failed task is worth another try: not where each worker would say the same."""
    return not isinstance(state.result(raise_on_failure=False), NoWorkersError)


@task(
    name="extract",
    task_run_name="extract {portion.file}",
    retries=RETRIES,
    retry_delay_seconds=[1, 5, 20],
    retry_condition_fn=_worth_another_try,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def extract_portion(portion: Portion) -> Made:
    """What a worker made of a portion; the extracts lie in the store, or in the folder that all see.

    Raises NoWorkersError where it runs other rules, or does not see the folder.
    """
    if portion.rules != RULES:
        raise NoWorkersError(
            f"a worker runs other rules than those asked for ({RULES}, not {portion.rules}): install the same"
            " version on all machines"
        )
    with tempfile.TemporaryDirectory(prefix="dawn-extract-") as room:
        scratch = Path(room)
        segments = _brought(portion, scratch)
        made: Made = []
        for one, (path, tally) in zip(
            segments, extract_apart(segments, scratch / "extracted", portion.site), strict=True
        ):
            sha256 = stores.facts(path).sha256
            if portion.store is not None:
                stores.Store(portion.store).put(f"extracted/{path.name}", path)
            else:
                _place(path, Path(portion.data, "extracted", path.name))
            counts = {"torn": tally.torn, "skipped": tally.skipped}
            made.append((one.run, sha256, counts))
        return made


def _brought(portion: Portion, scratch: Path) -> list[Segment]:
    """The portion's runs as files that this worker sees, held to the site and, where known, their digests."""
    if portion.store is None:
        data = Path(portion.data)
        archive = data / ARCHIVE / portion.file
        if not archive.exists():
            raise NoWorkersError(
                f"a worker does not see {archive}: without a store the data folder must lie under the same"
                " path on all machines (set DAWN_STORE otherwise)"
            )
        _held_to(site_of(data), portion, str(data))
        return [Segment(archive, run, start, end) for run, start, end, _ in portion.runs]
    store = stores.Store(portion.store)
    _held_to(store.site(), portion, portion.store)
    wanted = [Segment(Path(portion.file), run, start, end, away) for run, start, end, away in portion.runs]
    (scratch / ARCHIVE).mkdir()
    brought = bring(wanted, store, scratch / ARCHIVE)
    return [brought[one.run] for one in wanted]


def _held_to(site: str | None, portion: Portion, where: str) -> None:
    if site != portion.site:
        raise NoWorkersError(f"{where}, as a worker sees it, belongs to {site}, not to {portion.site}")


def _place(path: Path, target: Path) -> None:
    """Nothing; the file lies at `target`, whole or not at all. Workers of other machines have our number."""
    target.parent.mkdir(exist_ok=True)
    beside = target.with_name(f".{target.name}.{uuid4().hex}")
    try:
        shutil.copyfile(path, beside)
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _take(folder: DataFolder, path: Path, sha256: str) -> None:
    """Nothing; a run's extract lies at `path`, and is what the worker says that it made."""
    if folder.store is not None:
        stores.Store(folder.store).get(f"extracted/{path.name}", path)
    if not path.exists():
        raise NoWorkersError(f"{path} is not here, though a worker made it: does it see another folder?")
    if stores.facts(path).sha256 != sha256:
        path.unlink()
        raise NoWorkersError(f"{path} is not what a worker made: run it again")


@contextmanager
def _server(scheduler: str) -> Iterator[None]:
    """Nothing, while a Prefect server can be told how the work goes: the one that is set, or one of our own.

    Without that each worker would start a server of its own. Ours is on loopback, and so for workers of this
    machine alone. Raises NoWorkersError where theirs are others.
    """
    if PREFECT_API_URL.value():
        yield
        return
    if not is_loopback(f"http://{urlsplit(scheduler).netloc}"):
        raise NoWorkersError(
            f"the workers of {scheduler} tell a Prefect server how their work goes: name one that they reach"
            " with PREFECT_API_URL"
        )
    from prefect.server.api.server import SubprocessASGIServer

    server = SubprocessASGIServer()
    with temporary_settings({PREFECT_SERVER_ANALYTICS_ENABLED: False}):  # it asks nobody elsewhere
        server.start(timeout=SERVER_SECONDS)
    try:
        # Workers would go on to send it their logs when it is gone.
        with temporary_settings({PREFECT_API_URL: server.api_url, PREFECT_LOGGING_TO_API_ENABLED: False}):
            yield
    finally:
        server.stop()
