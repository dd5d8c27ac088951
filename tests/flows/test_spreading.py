"""Extraction by Dask's workers, real ones: the same bytes as here, also where one is killed in the middle."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from crawlers.extracted import extract_archives
from crawlers.packs import compact, segments
from flows import storing
from flows.folder import DataFolder, open_folder
from tests.crawlers.test_packs import RUNS, SITE, write
from tests.objects import CREDENTIALS, Proxy, _Passing, before, new_bucket, object_store

ROOT = Path(__file__).parents[2]


def filled(data: Path, store: str | None = None) -> DataFolder:
    """A folder with runs in files of their own, one of them torn, and a pack."""
    folder = open_folder(data, SITE, store=store)
    for run in RUNS[1:3]:
        write(folder.archive, run, pages=20)
    compact(folder.archive)
    for run in RUNS[3:]:
        write(folder.archive, run, pages=20)
    torn = folder.archive / f"{RUNS[3]}.warc.gz"
    torn.write_bytes(torn.read_bytes()[:-30])
    return folder


def made_here(folder: DataFolder, room: Path) -> dict[str, bytes]:
    """The extracts that processes of this machine make."""
    pairs = [(one, run) for run, one in segments(folder.archive).items()]
    return {path.name: path.read_bytes() for path in extract_archives(pairs, room, SITE, 2)}


def extracts(folder: DataFolder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.extracted.iterdir()}


@pytest.fixture
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DAWN_", "PREFECT_", "AWS_", "DASK_"))}
    return kept | {
        "PREFECT_HOME": str(tmp_path_factory.getbasetemp() / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PYTHONPATH": str(ROOT),
    }


@dataclass(frozen=True, slots=True)
class Cluster:
    address: str
    workers: list[subprocess.Popen[bytes]]


def _first_line(process: subprocess.Popen[bytes], mark: str) -> str:
    """The first line of a process's log that has this mark; the rest is read away."""
    assert process.stderr
    for line in process.stderr:
        if mark in (said := line.decode("utf-8", "replace")):
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return said
    raise AssertionError(f"it ended before it said {mark!r}")


@pytest.fixture
def cluster(environment: dict[str, str], tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler and two workers of a thread each, as processes."""

    def start(*words: str, also: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]],
            env=environment | (also or {}),
            cwd=tmp_path,
            stderr=subprocess.PIPE,
        )
        started.callback(process.wait)
        started.callback(process.kill)
        return process

    with ExitStack() as started:
        scheduler = start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        address = "tcp://" + _first_line(scheduler, "Scheduler at:").rpartition("tcp://")[2].strip()
        workers = [
            start("dask_worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard") for _ in range(2)
        ]
        for worker in workers:
            _first_line(worker, "Registered to:")
        yield Cluster(address, workers)


def extracting(folder: DataFolder, environment: dict[str, str]) -> subprocess.Popen[str]:
    """A process that extracts what waits in the folder with Dask; its last line on stdout counts."""
    code = (
        "from pathlib import Path\nfrom flows import stages\nfrom flows.folder import open_folder\n"
        "stages.POOL_BYTES = 0\n"
        f"folder = open_folder(Path({str(folder.root)!r}), {SITE!r}, {folder.store!r}, None, {folder.dask!r})"
        "\n"
        "from flows.progress import reporting\n"  # whose locks cannot travel to a worker
        "with folder.crawling(), reporting() as (progress, _):\n"
        "    made = stages.extract(folder, progress)\n"
        "print(len(made))"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_with_a_store_and_a_worker_killed_in_the_middle(
    cluster: Cluster, environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with object_store() as server, before(server) as proxy:
        aws = CREDENTIALS | {"AWS_ENDPOINT_URL": proxy.address}
        for name, value in aws.items():
            monkeypatch.setenv(name, value)
        _tell_workers(cluster, aws)
        folder = replace(filled(tmp_path / "data", f"s3://{new_bucket()}/dawn"), dask=cluster.address)
        with folder.crawling():
            storing.keep(folder)
        here = made_here(folder, tmp_path / "here")
        arrived, until = threading.Semaphore(0), threading.Event()
        _hold(proxy, arrived, until)
        child = extracting(folder, environment | aws)
        for _ in cluster.workers:
            while not arrived.acquire(timeout=1):
                assert child.poll() is None, child.communicate()
        cluster.workers[0].kill()
        cluster.workers[0].wait()
        until.set()
        said, trouble = child.communicate(timeout=600)
        assert said.splitlines()[-1:] == ["4"], trouble
        assert extracts(folder) == here
        store = storing.store_of(folder)
        assert store is not None
        assert {name: store.read(f"extracted/{name}") for name in store.names("extracted")} == here
        for path in folder.extracted.iterdir():
            path.unlink()
        proxy.requests.clear()
        again, trouble = extracting(folder, environment | aws).communicate(timeout=600)
        assert again.splitlines()[-1:] == ["4"] and extracts(folder) == here, trouble
        assert not [path for method, path in proxy.requests if method == "PUT"], "they were there already"


def _hold(proxy: Proxy, arrived: threading.Semaphore, until: threading.Event) -> None:
    """Nothing; the next two who fetch a WARC file wait in the middle of it."""

    def fault(passing: _Passing) -> bool:
        arrived.release()
        until.wait(300)
        return False

    proxy.fail("GET", ".warc.gz", fault, times=2)


def _tell_workers(cluster: Cluster, environment: dict[str, str]) -> None:
    """Nothing; the workers have this in their environments, as they would from whoever runs them."""
    from distributed import Client

    with Client(cluster.address, set_as_default=False) as client:
        client.run(lambda said: os.environ.update(said), environment)  # noqa: PLW0108 (else a copy of ours)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_without_a_store_the_folder_is_shared(
    cluster: Cluster, environment: dict[str, str], tmp_path: Path
) -> None:
    folder = replace(filled(tmp_path / "data"), dask=cluster.address)
    here = made_here(folder, tmp_path / "here")
    said, trouble = extracting(folder, environment).communicate(timeout=600)
    assert said.splitlines()[-1:] == ["4"] and extracts(folder) == here, trouble


def portion(folder: DataFolder, **other: Any) -> Any:
    from flows.spreading import _portions

    return replace(_portions(folder, list(segments(folder.archive).values()))[0], **other)


def test_a_worker_that_cannot_do_it_says_why(tmp_path: Path) -> None:
    from crawlers.workers import NoWorkersError
    from flows.spreading import extract_portion

    folder = filled(tmp_path / "data")
    for other, said in (
        ({"rules": "0123456789"}, "a worker runs other rules than those asked for"),
        (
            {"data": str(tmp_path / "elsewhere")},
            "without a store the data folder must lie under the same path",
        ),
        ({"site": "http://other"}, "belongs to https://www.dawn.com, not to http://other"),
    ):
        with pytest.raises(NoWorkersError, match=said):
            extract_portion.fn(portion(folder, **other))


def test_one_task_for_each_file_the_largest_first(tmp_path: Path) -> None:
    from flows.spreading import _portions

    folder = filled(tmp_path / "data")
    found = _portions(folder, list(segments(folder.archive).values()))
    assert [len(one.runs) for one in found] == [2, 1, 1]
    assert [one.file.startswith("2026-03.") for one in found] == [True, False, False]
    assert json.dumps([one.runs for one in found]), "plain values"


def test_without_a_server_that_workers_elsewhere_reach_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    from crawlers.workers import NoWorkersError
    from flows.spreading import _server

    with (
        temporary_settings(restore_defaults={PREFECT_API_URL}),
        pytest.raises(NoWorkersError, match="PREFECT_API_URL"),
        _server("tcp://10.0.0.5:8786"),
    ):
        pass
