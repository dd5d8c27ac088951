"""Servers for proofs and timings, processes on loopback: PostgreSQL, and object storage that speaks S3."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

KEYS = {
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""What the object storage of `object_storage` is asked with; it lets in whoever comes."""


class NotInstalledError(RuntimeError):
    """The server is not to be had here; the message says how to get it."""


def free_port() -> int:
    """A port on loopback that nobody listens at just now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def postgresql_programs() -> Path | None:
    """The folder of PostgreSQL's server programs: the newest Debian package's, else what is on the path."""
    packaged = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    if found := max(packaged, key=lambda path: float(path.parts[-3]), default=None):
        return found.parent
    named = shutil.which("initdb")
    return Path(named).resolve().parent if named else None


class PostgreSQL:
    """A PostgreSQL server of its own on loopback, that can be killed and started again."""

    def __init__(self, programs: Path, home: Path, durable: bool) -> None:
        self._programs = programs
        self._home = home
        self._durable = durable
        self.port = free_port()
        cluster = str(home / "cluster")
        self._run(
            *("initdb", "-D", cluster, "--username=dawn", "--auth=trust", "--encoding=UTF8", "--locale=C"),
            *(() if durable else ("-N",)),
        )
        self.start()

    def start(self) -> None:
        """Nothing; it takes connections."""
        fsync = "" if self._durable else " -c fsync=off"
        self._run(
            *("pg_ctl", "-D", str(self._home / "cluster"), "-w", "-t", "60"),
            *("-l", str(self._home / "server.log"), "-o"),
            f"-h 127.0.0.1 -p {self.port} -c unix_socket_directories=''{fsync}",
            "start",
        )

    def kill(self) -> None:
        """Nothing; all its processes ended at once, as by `kill -9`."""
        parent = int((self._home / "cluster/postmaster.pid").read_text("utf-8").split("\n", 1)[0])
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text("utf-8").split()
        processes = [parent, *map(int, children)]
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        while any(_runs(process) for process in processes):  # they hold its memory, and its port
            time.sleep(0.01)
        # A process that nobody has waited for yet still has its number, and would be taken for the server.
        (self._home / "cluster/postmaster.pid").unlink()

    def stop(self) -> None:
        """Nothing; it is over."""
        self._run("pg_ctl", "-D", str(self._home / "cluster"), "-w", "-m", "immediate", "stop")

    def database(self, name: str) -> str:
        """The address of a new database of that name, postgresql://dawn@127.0.0.1:port/name."""
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "dawn", name)
        return f"postgresql://dawn@127.0.0.1:{self.port}/{name}"

    def _run(self, program: str, *words: str) -> None:
        become = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        # Into a file: the server inherits the pipe of whoever starts it, and never closes it.
        with (self._home.parent / f"{self._home.name}.log").open("ab") as log:
            done = subprocess.run(
                [*become, str(self._programs / program), *words],
                cwd=self._home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                timeout=120,
                check=False,
            )
        if done.returncode:
            said = (self._home.parent / f"{self._home.name}.log").read_text("utf-8", "replace")
            raise RuntimeError(f"{program} failed: {said[-2000:]}")


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text("utf-8").rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


@contextmanager
def postgresql(durable: bool = False) -> Iterator[PostgreSQL]:
    """A server of PostgreSQL as Debian packages it, gone afterwards; `durable`: it outlives being killed.

    Raises NotInstalledError.
    """
    programs = postgresql_programs()
    if programs is None:
        raise NotInstalledError("PostgreSQL is not installed: apt-get install postgresql")
    root = os.geteuid() == 0
    if root and not shutil.which("runuser"):
        raise NotInstalledError("PostgreSQL does not run as root, and there is no runuser to become another")
    home = Path(tempfile.mkdtemp(prefix="dawn-postgres-"))  # open to the user that it runs as
    if root:
        shutil.chown(home, "postgres")
    try:
        server = PostgreSQL(programs, home, durable)
        try:
            yield server
        finally:
            if (home / "cluster/postmaster.pid").exists():
                server.stop()
    finally:
        shutil.rmtree(home)
        (home.parent / f"{home.name}.log").unlink(missing_ok=True)


class ObjectStorage:
    """Object storage on loopback that speaks S3: its address, and what processes that ask it are told."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.environment = KEYS | {"AWS_ENDPOINT_URL": self.url}

    def bucket(self, name: str) -> str:
        """The address of a new bucket, s3://name."""
        with urlopen(Request(f"{self.url}/{name}", method="PUT"), timeout=10):
            return f"s3://{name}"


@contextmanager
def object_storage(logged: Path | None = None) -> Iterator[ObjectStorage]:
    """A server of moto's, which keeps all in its memory, gone afterwards; its log of requests if wanted."""
    port = free_port()
    with (logged or Path(os.devnull)).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        storage = ObjectStorage(port)
        _await_answer(storage.url, process)
        yield storage
    finally:
        end([process])


def _await_answer(url: str, process: subprocess.Popen[bytes], seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the server of {url} ended with code {process.returncode}")
        try:
            with urlopen(url, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError(f"the server of {url} does not answer")


def end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Nothing; the processes are over: told to, and killed where they do not hear."""
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
