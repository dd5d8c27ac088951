"""The stages that are timed, each in a process of its own: `python -m benchmarks.scale --step NAME DATA`."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from flows import stages
from flows.options import existing

Seconds = dict[str, float]


def by_processes(data: Path, jobs: int) -> Seconds:
    """Extraction by so many processes of this machine, into the folder: all of it, and until the first."""
    from crawlers.extracted import extract_archives
    from crawlers.packs import segments

    folder = existing(data)
    began = time.perf_counter()
    first = 0.0
    waiting = [(lying, run) for run, lying in segments(folder.archive).items()]
    for _ in extract_archives(waiting, folder.extracted, folder.site, jobs):
        first = first or time.perf_counter() - began
    return {"extract": time.perf_counter() - began, "first": first}


def by_dask(data: Path, _jobs: int) -> Seconds:
    """Extraction by the workers of the Dask scheduler that the environment names."""
    folder = existing(data)
    assert folder.dask is not None
    began = time.perf_counter()
    first = 0.0

    def told(_what: str, done: int, _of: int | None) -> None:
        nonlocal first
        if done and not first:
            first = time.perf_counter() - began

    stages.extract(folder, told)
    return {"extract": time.perf_counter() - began, "first": first}


def the_rest(data: Path, _jobs: int) -> Seconds:
    """What follows extraction, each stage by itself; sending to the lake only where one is named."""
    folder = existing(data)
    took: Seconds = {}
    for stage in (stages.meter, stages.load, stages.publish, stages.share):
        began = time.perf_counter()
        stage(folder)
        took[stage.__name__] = time.perf_counter() - began
    return took


def send(data: Path, _jobs: int) -> Seconds:
    """The archive into the store that the environment names."""
    from flows import storing

    folder = existing(data)
    began = time.perf_counter()
    storing.keep(folder)
    return {"send": time.perf_counter() - began}


def forget(data: Path, _jobs: int) -> Seconds:
    """Nothing; nobody has an extract any more: not the folder, nor its store."""
    from flows import storing

    folder = existing(data)
    for path in folder.extracted.iterdir():
        path.unlink()
    if (store := storing.store_of(folder)) is not None:
        store.delete({f"extracted/{name}" for name in store.names("extracted")})
    return {}


STEPS: dict[str, Callable[[Path, int], Seconds]] = {
    step.__name__: step for step in (by_processes, by_dask, the_rest, send, forget)
}
