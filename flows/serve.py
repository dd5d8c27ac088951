"""Server and worker on this machine: the schedules of prefect.yaml, running until Ctrl-C.

Prefect is driven through its own command, in processes of its own: nothing here imports it.
"""

from __future__ import annotations

import fcntl
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

from crawlers import dawn
from crawlers.facts import NAMED_BY as SITE_NAMED_BY
from crawlers.facts import OURS
from crawlers.site import SITE_FILE, TIME_ZONE
from flows.crawling import Manners
from flows.folder import DataFolder
from flows.server import ask
from flows.settings_file import NAMED_BY, file_in_use

POOL = "dawn"
LOST_RUNS = "a run that is no longer heard of has crashed"  # as deploy/crashed.yaml names it
HEALTHY_WITHIN = 120.0  # seconds; 6 to 9 on an idle machine
END_WITHIN = 30.0
AT_ONCE = 5
"""Runs that the worker takes up at a time: one of each kind. Without it every late run is taken up at once
after an outage, most of them to be cancelled, and the server is busy with nothing else for minutes."""
_LOOPBACK = urllib.request.build_opener(
    urllib.request.ProxyHandler({})
)  # no proxy stands before this machine


def serve(folder: DataFolder, manners: Manners, port: int) -> None:
    """Nothing, once Ctrl-C or SIGTERM ended it; the Prefect server keeps its own data in the data folder.

    Raises click.ClickException where a part cannot be started, with what it said last in its log.
    """
    port = port or free_port()
    with _alone(folder), running(folder, manners, port) as (parts, ended):
        if not ended.is_set():
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
    home.mkdir(mode=0o700, exist_ok=True)  # what Prefect remembers has webhooks and passwords in it
    _refuse_taken(port)
    environment = environment_for(folder, manners, port)
    ended = Event()
    before = {sign: signal.signal(sign, lambda *_: ended.set()) for sign in (signal.SIGINT, signal.SIGTERM)}
    parts: dict[str, subprocess.Popen[bytes]] = {}
    try:
        parts["server"] = _start(
            "server", home, environment, "server", "start", "--host", "127.0.0.1", "--port", str(port)
        )
        _await_health(f"{environment['PREFECT_API_URL']}/health", parts["server"], folder, ended)
        if not ended.is_set():
            mark_crashed(environment["PREFECT_API_URL"])
            _tell(home, environment, "work-pool", "create", POOL, "--type", "process", "--overwrite")
            _tell(home, environment, "--no-prompt", "deploy", "--all", "--prefect-file", str(scheduled(home)))
            (home / "api").write_text(environment["PREFECT_API_URL"] + "\n", "utf-8")  # for `--submit`
            parts["worker"] = _start(
                *("worker", home, environment, "worker", "start", "--pool", POOL, "--type", "process"),
                *("--limit", str(AT_ONCE)),
            )
            if not is_registered(environment["PREFECT_API_URL"], LOST_RUNS):
                file = prefect_file().parent / "deploy" / "crashed.yaml"
                _tell(home, environment, "automation", "create", "--from-file", str(file))
        yield parts, ended
    finally:
        (home / "api").unlink(missing_ok=True)
        for part in reversed(list(parts.values())):
            part.send_signal(signal.SIGINT if part is parts.get("worker") else signal.SIGTERM)
            try:
                part.wait(END_WITHIN)
            except subprocess.TimeoutExpired:
                part.kill()
                part.wait()
        for sign, handler in before.items():
            signal.signal(sign, handler)


def mark_crashed(api: str) -> list[str]:
    """The names of the runs that an earlier `dawn serve` left behind as running, now marked as crashed.

    Nobody runs them any more: this server is the only one of its folder, and its worker is not started yet.
    Left alone they would hold their deployment's one slot, and every later run would be cancelled.
    """
    unfinished = {"type": {"any_": ["RUNNING", "PENDING", "CANCELLING"]}}
    runs = ask(api, "flow_runs/filter", {"flow_runs": {"state": unfinished}})
    message = "the `dawn serve` that started it was ended; what it fetched is kept, the next run goes on"
    for run in runs:
        state = {"type": "CRASHED", "name": "Crashed", "message": message}
        # Not by force: it is Prefect's own rules for a run's end that give its slot back.
        told = ask(api, f"flow_runs/{run['id']}/set_state", {"state": state})
        if told["status"] != "ACCEPT":
            click.echo(f"the run {run['name']} could not be marked as crashed: {told['status']}", err=True)
    return [str(run["name"]) for run in runs]


def is_registered(api: str, automation: str) -> bool:
    """Whether the server knows an automation of that name. Whoever changed or paused it there keeps it so."""
    return bool(ask(api, "automations/filter", {"automations": {"name": {"any_": [automation]}}}))


@contextmanager
def _alone(folder: DataFolder) -> Iterator[None]:
    """One `dawn serve` for a data folder; the kernel lets go for one that was killed."""
    home = folder.root / "prefect"
    home.mkdir(mode=0o700, exist_ok=True)  # what Prefect remembers has webhooks and passwords in it
    with (home / "serve.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise click.ClickException(f"another `dawn serve` works in {folder.root}: end it first") from None
        yield


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise click.ClickException(
                f"port {port} is taken: name another one with --port, or 0 for any free one"
            ) from None


def environment_for(folder: DataFolder, manners: Manners, port: int) -> dict[str, str]:
    """The environment of server, worker and every run: where Prefect and the data are, and no telemetry."""
    ours = {
        NAMED_BY: str(config.resolve()) if (config := file_in_use()) else "",  # a run stands elsewhere
        **({SITE_NAMED_BY: str(SITE_FILE)} if SITE_FILE != OURS else {}),
        "DAWN_DATA": str(folder.root.resolve()),
        "DAWN_SITE": folder.site,
        "DAWN_DELAY": str(manners.delay),
        **({"DAWN_CONTACT": manners.contact} if manners.contact else {}),
        **({"DAWN_MAX_DISK": str(manners.most_disk)} if manners.most_disk else {}),
        **({"DAWN_MAX_REQUESTS": str(manners.most_requests)} if manners.most_requests else {}),
        "PREFECT_HOME": str((folder.root / "prefect").resolve()),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_CLI_PROMPT": "false",
        **no_proxy(),
        # A run is heard of every 30 s; deploy/crashed.yaml gives up those that were not heard of for 90 s.
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
        # By default a server that is started again knows nothing of the slots its runs hold.
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    }
    return {**os.environ, "PREFECT_WORKER_QUERY_SECONDS": "5", **ours}


def no_proxy() -> dict[str, str]:
    """The environment variables that keep what is asked of this machine from going through a proxy."""
    others = os.environ.get("NO_PROXY") or os.environ.get("no_proxy")
    hosts = ",".join(filter(None, ("127.0.0.1,localhost", others)))
    return {"NO_PROXY": hosts, "no_proxy": hosts}


def prefect_file() -> Path:
    """The project's prefect.yaml: the one beside its source, else the working directory's if it is ours."""
    for path in (Path(__file__).resolve().parents[1] / "prefect.yaml", Path.cwd() / "prefect.yaml"):
        if path.is_file() and "flows.latest.latest" in path.read_text("utf-8", "replace"):
            return path
    raise click.ClickException("there is no prefect.yaml here: run `dawn serve` in a checkout of the project")


def scheduled(home: Path) -> Path:
    """The deployments' file with schedules in the site's time zone: the project's, or one made of it."""
    ours, zone = prefect_file(), TIME_ZONE.key
    if zone == dawn.TIME_ZONE.key:
        return ours
    made = (home / "prefect.yaml").resolve()  # what deploys stands in the project
    text = ours.read_text("utf-8").replace(f"timezone: {dawn.TIME_ZONE.key}", f"timezone: {zone}")
    made.write_text(text, "utf-8")
    return made


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
            with _LOOPBACK.open(url, timeout=5) as answer:
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
