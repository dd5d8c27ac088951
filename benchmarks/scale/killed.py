"""The whole of it with a Dask worker, the loader and PostgreSQL each killed once on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.services import Dask, PostgreSQL

_DAWN = "from flows.cli import main; main()"
PATIENCE = 600.0  # seconds
_EMPTY = 1 << 20  # bytes of a file without rows, and somewhat more
_BEGUN = 1 << 20  # bytes that a load has written when it is killed


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill: what was killed, what was there at that moment, and how the command ended."""

    what: str
    when: str
    ended: str


class NotKilledError(RuntimeError):
    """The moment to kill at never came: the proof would be none."""


def replay(data: Path, environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """`dawn replay` of the folder: extract, load, publish, send, check."""
    with log.open("wb") as written:
        return subprocess.Popen(
            [sys.executable, "-c", _DAWN, "replay", "--data", str(data)],
            env={**environment},
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def worker_then_loader(data: Path, environment: Mapping[str, str], cluster: Dask, logs: Path) -> list[Kill]:
    """A worker killed while it extracts, and then the loader while it loads."""
    process = replay(data, environment, logs / "loader-killed.log")
    extracts = data / "extracted"

    def made() -> int:
        return len(list(extracts.glob("*.jsonl.gz")))

    wanted = max(1, _runs(data) // 10)
    _await(process, lambda: made() >= wanted, "the first extracts")
    before = made()
    cluster.workers[0].send_signal(signal.SIGKILL)
    cluster.workers[0].wait()
    kills = [Kill("a Dask worker, `kill -9`", f"{before} extracts of {_runs(data)} were there", "went on")]

    def loaded() -> int:
        """Bytes that a transaction under way has written: a small one into the log, else into the file."""
        log = _size(data / "warehouse.duckdb.wal")
        return log + max(_size(data / "warehouse.duckdb") - _EMPTY, 0) if log else 0

    _await(process, lambda: loaded() > _BEGUN, "a load")
    written = loaded()
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    kills.append(
        Kill("the loader, `kill -9`", f"{written / 1e6:.0f} MB of its load were written", "run again")
    )
    return kills


def database(
    data: Path, environment: Mapping[str, str], server: PostgreSQL, sent: Callable[[], int], logs: Path
) -> Kill:
    """PostgreSQL killed while rows are sent to the lake; it is up again afterwards."""
    before = sent()
    process = replay(data, environment, logs / "postgresql-killed.log")
    _await(process, lambda: sent() >= before + 3, "files of the lake")
    there = sent() - before
    server.kill()
    code = process.wait(PATIENCE)
    server.start()
    last = (logs / "postgresql-killed.log").read_text("utf-8", "replace").strip().splitlines()[-1]
    return Kill("PostgreSQL, `kill -9`", f"{there} files of the lake were there", f"exit {code}: {last}")


def again(data: Path, environment: Mapping[str, str], logs: Path) -> int:
    """The exit code of the command, once nothing is in its way."""
    return replay(data, environment, logs / "again.log").wait(PATIENCE)


def objects(endpoint: str, bucket: str, prefix: str) -> int:
    """How many objects a bucket has under a prefix: at most a thousand are counted."""
    from botocore.session import get_session

    client = get_session().create_client("s3", endpoint_url=endpoint, region_name="us-east-1")
    return int(client.list_objects_v2(Bucket=bucket, Prefix=prefix)["KeyCount"])


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _runs(data: Path) -> int:
    return len(list((data / "archive").glob("*.warc.gz")))


def _await(process: subprocess.Popen[bytes], come: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE
    while not come():
        if process.poll() is not None or time.monotonic() > until:
            raise NotKilledError(f"the command ended with {process.poll()} before there was {what}")
        time.sleep(0.02)
