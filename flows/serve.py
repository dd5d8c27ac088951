"""Server and worker on this machine: the schedules of prefect.yaml, running until Ctrl-C.

Prefect is driven through its own command, in processes of its own: nothing here imports it.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import click

from flows.folder import DataFolder
from flows.stages import Manners

POOL = "dawn"
HEALTHY_WITHIN = 120.0  # seconds; 6 to 9 on an idle machine
END_WITHIN = 30.0


def serve(folder: DataFolder, manners: Manners, port: int) -> None:
    """Nothing, once Ctrl-C or SIGTERM ended it; the Prefect server keeps its own data in the data folder.

    Raises click.ClickException where a part cannot be started, with what it said last in its log.
    """
    port = port or free_port()
    with running(folder, manners, port) as (parts, ended):
        click.echo(f"Prefect's pages   http://127.0.0.1:{port}", err=True)
        click.echo(f"the data folder   {folder.root} of {folder.site}", err=True)
        click.echo(f"logs              {folder.root / 'prefect'}/*.log", err=True)
        click.echo("the schedules of prefect.yaml run now; Ctrl-C ends server and worker", err=True)
        while not ended.wait(1):
            for name, part in parts.items():
                if part.poll() is not None:
                    raise click.ClickException(
                        f"the {name} ended with exit code {part.returncode}: {_last_line(folder, name)}"
                    )


@contextmanager
def running(
    folder: DataFolder, manners: Manners, port: int
) -> Iterator[tuple[dict[str, subprocess.Popen[bytes]], Event]]:
    """The two processes by name, healthy and with all deployments registered; both ended at the end."""
    home = folder.root / "prefect"
    home.mkdir(exist_ok=True)
    environment = environment_for(folder, manners, port)
    ended = Event()
    before = {sign: signal.signal(sign, lambda *_: ended.set()) for sign in (signal.SIGINT, signal.SIGTERM)}
    parts: dict[str, subprocess.Popen[bytes]] = {}
    try:
        parts["server"] = _start(
            "server", home, environment, "server", "start", "--host", "127.0.0.1", "--port", str(port)
        )
        _await_health(f"http://127.0.0.1:{port}/api/health", parts["server"], folder, ended)
        if not ended.is_set():
            _tell(home, environment, "work-pool", "create", POOL, "--type", "process", "--overwrite")
            _tell(home, environment, "--no-prompt", "deploy", "--all", "--prefect-file", str(prefect_file()))
            parts["worker"] = _start(
                "worker", home, environment, "worker", "start", "--pool", POOL, "--type", "process"
            )
        yield parts, ended
    finally:
        for part in reversed(list(parts.values())):
            part.send_signal(signal.SIGINT if part is parts.get("worker") else signal.SIGTERM)
            try:
                part.wait(END_WITHIN)
            except subprocess.TimeoutExpired:
                part.kill()
                part.wait()
        for sign, handler in before.items():
            signal.signal(sign, handler)


def environment_for(folder: DataFolder, manners: Manners, port: int) -> dict[str, str]:
    """The environment of server, worker and every run: where Prefect and the data are, and no telemetry."""
    ours = {
        "DAWN_DATA": str(folder.root.resolve()),
        "DAWN_SITE": folder.site,
        "DAWN_DELAY": str(manners.delay),
        **({"DAWN_CONTACT": manners.contact} if manners.contact else {}),
        "PREFECT_HOME": str((folder.root / "prefect").resolve()),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_CLI_PROMPT": "false",
    }
    return {**os.environ, "PREFECT_WORKER_QUERY_SECONDS": "5", **ours}


def prefect_file() -> Path:
    """The prefect.yaml to register: the working directory's, else the one beside the source."""
    for path in (Path.cwd() / "prefect.yaml", Path(__file__).resolve().parents[1] / "prefect.yaml"):
        if path.is_file():
            return path
    raise click.ClickException("there is no prefect.yaml here: run `dawn serve` in a checkout of the project")


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(name: str, home: Path, environment: Mapping[str, str], *words: str) -> subprocess.Popen[bytes]:
    with (home / f"{name}.log").open("ab") as log:
        # A session of its own: Ctrl-C in the terminal reaches us alone, and we end the parts in order.
        return subprocess.Popen(
            [sys.executable, "-m", "prefect", *words],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _tell(home: Path, environment: Mapping[str, str], *words: str) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "prefect", *words],
        env=dict(environment),
        cwd=prefect_file().parent,
        capture_output=True,
        text=True,
        check=False,
    )
    with (home / "deploy.log").open("a") as log:
        log.write(told.stdout + told.stderr)
    if told.returncode != 0:
        last = (told.stderr.strip() or told.stdout.strip()).splitlines()[-1:]
        raise click.ClickException(f"`prefect {' '.join(words)}` failed: {' '.join(last)}")


def _await_health(url: str, server: subprocess.Popen[bytes], folder: DataFolder, ended: Event) -> None:
    waited = 0.0
    while not ended.wait(0.5):
        waited += 0.5
        if server.poll() is not None:
            raise click.ClickException(f"the Prefect server did not start: {_last_line(folder, 'server')}")
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            pass
        if waited > HEALTHY_WITHIN:
            raise click.ClickException(
                f"no answer from the Prefect server in {HEALTHY_WITHIN:.0f} s: {_last_line(folder, 'server')}"
            )


def _last_line(folder: DataFolder, name: str) -> str:
    lines = (folder.root / "prefect" / f"{name}.log").read_text("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
