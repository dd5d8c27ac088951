"""More than one machine: a Prefect server on SQLite or PostgreSQL, and two workers on one queue.

All of it is real and on loopback: PostgreSQL from its Debian package, `prefect server start`, Prefect's own
`deploy --all` of prefect.yaml, and worker processes that are killed.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from queue import Queue
from threading import Event, Thread

import pytest

from crawlers.lookalike import Lookalike, faults
from flows.crawling import Manners
from flows.folder import open_folder
from flows.serve import environment_for, free_port
from flows.server import NoServerError
from tests.flows.conftest import Dawn
from tests.flows.prefect_server import ROOT, PrefectServer, until

pytestmark = pytest.mark.slow

Databases = Callable[[str], str]


# PostgreSQL, as Debian packages it.


def programs() -> Path | None:
    """The folder of PostgreSQL's server programs: the newest Debian package's, else what is on the path."""
    packaged = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    if found := max(packaged, key=lambda path: float(path.parts[-3]), default=None):
        return found.parent
    named = shutil.which("initdb")
    return Path(named).resolve().parent if named else None


@pytest.fixture(scope="module")
def databases() -> Iterator[Databases]:
    """Makes a new PostgreSQL database of the given name and gives its address, for Prefect."""
    where = programs()
    if where is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    root = os.geteuid() == 0
    if root and not shutil.which("runuser"):
        pytest.skip("PostgreSQL does not run as root, and there is no runuser to become another user")
    # Not in pytest's folder, which is closed to other users.
    home = Path(tempfile.mkdtemp(prefix="dawn-postgres-"))
    if root:
        shutil.chown(home, "postgres")

    def run(program: str, *words: str) -> None:
        become = ["runuser", "-u", "postgres", "--"] if root else []
        # Into a file: the server inherits the pipe of whoever starts it, and never closes it.
        with (home.parent / f"{home.name}.log").open("ab") as log:
            done = subprocess.run(
                [*become, str(where / program), *words],
                cwd=home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                timeout=120,
                check=False,
            )
        assert done.returncode == 0, (home.parent / f"{home.name}.log").read_text("utf-8", "replace")

    port, folder = free_port(), str(home / "cluster")
    try:
        run("initdb", "-D", folder, "--username=dawn", "--auth=trust", "--encoding=UTF8", "--locale=C", "-N")
        options = f"-h 127.0.0.1 -p {port} -c unix_socket_directories='' -c fsync=off"
        run("pg_ctl", "-D", folder, "-w", "-t", "60", "-l", str(home / "server.log"), "-o", options, "start")
        try:

            def database(name: str) -> str:
                run("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "dawn", name)
                return f"postgresql+asyncpg://dawn@127.0.0.1:{port}/{name}"

            yield database
        finally:
            run("pg_ctl", "-D", folder, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home)
        (home.parent / f"{home.name}.log").unlink(missing_ok=True)


# A server and its workers, each a process of its own, with a home of its own as on machines of their own.


class Cluster(PrefectServer):
    """A Prefect server and its workers by name."""

    def __init__(self, environment: dict[str, str], home: Path, processes: ExitStack) -> None:
        super().__init__(environment)
        self.home = home
        self.processes = processes
        self.workers: dict[str, subprocess.Popen[bytes]] = {}

    def begin(self, name: str, *words: str) -> subprocess.Popen[bytes]:
        """A command of Prefect that goes on, ended with the cluster."""
        with (self.home / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "prefect", *words],
                env=self.environment | {"PREFECT_HOME": str(self.home / name)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.processes.callback(end, process)
        return process

    def online(self) -> set[str]:
        told = self.ask("work_pools/dawn/workers/filter", {})
        return {worker["name"] for worker in told if worker["status"] == "ONLINE"}

    def running(self, run: str) -> list[tuple[str, str]]:
        """From when to when the run was RUNNING, as the server has it; the end of time where it still is."""
        states = sorted(self.ask(f"flow_run_states/?flow_run_id={run}"), key=lambda state: state["timestamp"])
        ends = [*(state["timestamp"] for state in states[1:]), "9999"]
        spans = zip(states, ends, strict=True)
        return [(state["timestamp"], end) for state, end in spans if state["type"] == "RUNNING"]

    def busy(self) -> list[str]:
        """The names of the workers that run something now."""
        return [name for name, worker in self.workers.items() if worker.poll() is None and below(worker.pid)]


@contextmanager
def cluster(folder: Path, site: str, database: str | None, workers: int = 2) -> Iterator[Cluster]:
    """A server on the database (None: SQLite) with prefect.yaml deployed, and that many workers.

    The schedules are off: a run at the quarter of an hour would take the slot from those of a test.
    """
    port, home = free_port(), folder / "prefect"
    home.mkdir()
    environment = environment_for(open_folder(folder / "data", site), Manners(0), port) | {
        "PREFECT_HOME": str(home / "commands"),
        "PREFECT_WORKER_QUERY_SECONDS": "2",
        "DAWN_RETRY_DELAY": "0",
        **({"PREFECT_SERVER_DATABASE_CONNECTION_URL": database} if database else {}),
    }
    with ExitStack() as processes:
        made = Cluster(environment, home, processes)
        server = made.begin("server", "server", "start", "--host", "127.0.0.1", "--port", str(port))

        def healthy() -> bool:
            assert server.poll() is None, (home / "server.log").read_text("utf-8")
            try:
                return bool(made.ask("health"))
            except NoServerError:
                return False

        until(healthy)
        made.prefect("work-pool", "create", "dawn", "--type", "process")
        for name in (f"worker-{number}" for number in range(1, workers + 1)):
            # One run at a time in each, so that two runs are always on two workers.
            words = ("--pool", "dawn", "--name", name, "--type", "process", "--limit", "1")
            made.workers[name] = made.begin(name, "worker", "start", *words)
        made.prefect("--no-prompt", "deploy", "--all")
        until(lambda: made.runs("SCHEDULED"))
        for deployment in made.ask("deployments/filter", {}):
            for schedule in deployment["schedules"]:
                path = f"deployments/{deployment['id']}/schedules/{schedule['id']}"
                made.ask(path, {"active": False}, "PATCH")
        until(lambda: made.online() == set(made.workers))
        yield made


def end(process: subprocess.Popen[bytes]) -> None:
    """Nothing; the process and all that it started are ended."""
    own = [process.pid, *below(process.pid)]
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pid in own[1:]:
        kill(pid)


def below(pid: int) -> list[int]:
    """The processes that this one started and those started, each after its parent."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            told = stat.read_text("utf-8", "replace")
        except OSError:  # ended while we looked
            continue
        state, parent = told.rpartition(")")[2].split()[:2]
        if state != "Z":
            parents.setdefault(int(parent), []).append(int(stat.parent.name))
    found = [pid]
    for each in found:
        found += parents.get(each, [])
    return found[1:]


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class Stall:
    """The site answers no story until it is healed; `reached` is set once one was asked for."""

    reached: Event
    healed: Event


@contextmanager
def stalling(site: Lookalike) -> Iterator[Stall]:
    stall = Stall(Event(), Event())
    wait = faults.stall(stall.healed)

    def stalled(reply: faults.Reply) -> faults.Reply:
        stall.reached.set()
        return wait(reply)

    def is_story(path: str) -> bool:
        return path.startswith("/news/")

    site.faults[is_story] = stalled
    try:
        yield stall
    finally:
        del site.faults[is_story]
        stall.healed.set()


def answered(site: Lookalike) -> Counter[str]:
    """How often each story was given whole."""
    found = (re.match(r"/news/(\d+)", request.path) for request in site.requests if request.status == 200)
    return Counter(story.group(1) for story in found if story)


def once_but_for_the_cut_one(site: Lookalike) -> None:
    """Nothing; each story was given once; the one whose answer a killed crawl did not read, twice."""
    twice = [story for story, times in answered(site).items() if times > 1]
    assert len(twice) <= 1, twice
    assert max(answered(site).values()) <= 2


def articles(dawn: Dawn, data: Path) -> int:
    told = dawn("sql", "select count(*) as n from articles", "--format", "jsonl", "--data", data)
    assert told.returncode == 0, told.stderr
    return int(json.loads(told.stdout)["n"])


def sound(dawn: Dawn, data: Path) -> None:
    told = dawn("check", "--data", data)
    assert told.returncode == 0, told.stdout + told.stderr


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_deployed_then_scheduled_then_run(
    kind: str, site: Lookalike, address: str, dawn: Dawn, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The one machine's database and the one for several: prefect.yaml on it, and a run by a worker."""
    database = request.getfixturevalue("databases")("deployed") if kind == "postgresql" else None
    with cluster(tmp_path, address, database) as made:
        assert made.online() == {"worker-1", "worker-2"}
        run = made.ended(made.start("latest"))
        assert run["state"]["type"] == "COMPLETED", run["state"]
        assert rows_of_runs(tmp_path, database) >= 1, "the server keeps its runs in that database"
    assert articles(dawn, tmp_path / "data") > 15
    sound(dawn, tmp_path / "data")


def rows_of_runs(folder: Path, database: str | None) -> int:
    """How many runs the server's own database holds, read past the server."""
    question = "select count(*) from flow_run where state_type = 'COMPLETED'"
    if database is None:
        import sqlite3

        with sqlite3.connect(folder / "prefect/server/prefect.db") as file:
            return int(file.execute(question).fetchone()[0])

    async def ask() -> int:
        import asyncpg

        connection = await asyncpg.connect(database.replace("+asyncpg", ""))
        try:
            return int(await connection.fetchval(question))
        finally:
            await connection.close()

    return asyncio.run(ask())


def test_one_run_of_a_deployment_at_a_time_over_two_workers(
    site: Lookalike, address: str, dawn: Dawn, tmp_path: Path, databases: Databases
) -> None:
    """Of four runs of `latest` started at once one works, though a second worker has nothing to do."""
    with cluster(tmp_path, address, databases("one_at_a_time")) as made:
        with stalling(site) as stall:
            runs = [made.start("latest") for _ in range(4)]
            assert stall.reached.wait(120)
            until(lambda: sum(made.run(run)["state"]["type"] == "CANCELLED" for run in runs) == 3)
            assert len(made.busy()) == 1
        states = [made.ended(run)["state"]["type"] for run in runs]
        assert sorted(states) == ["CANCELLED", "CANCELLED", "CANCELLED", "COMPLETED"]
        runs.append(made.start("latest"))
        assert made.ended(runs[-1])["state"]["type"] == "COMPLETED", "the slot is free again"
        spans = sorted(span for run in runs for span in made.running(run))
        assert len(spans) == 2
        assert all(earlier[1] <= later[0] for earlier, later in pairwise(spans)), spans
    assert set(answered(site).values()) == {1}
    sound(dawn, tmp_path / "data")


def test_two_deployments_on_two_workers_share_one_data_folder(
    site: Lookalike, address: str, dawn: Dawn, tmp_path: Path, databases: Databases
) -> None:
    """`latest` and `backfill` at once: one crawls while the other waits for its turn; nothing comes twice."""
    day = str(site.days[0])
    with cluster(tmp_path, address, databases("side_by_side")) as made:
        with stalling(site) as stall:
            runs = [made.start("latest"), made.start("backfill", first=day, last=day)]
            assert stall.reached.wait(120)
            until(lambda: all(made.run(run)["state"]["type"] == "RUNNING" for run in runs))
            assert len(made.busy()) == 2
        for run in runs:
            ended = made.ended(run)
            assert ended["state"]["type"] == "COMPLETED", ended["state"]
        (first, second) = sorted(span for run in runs for span in made.running(run))
        assert second[0] < first[1], "they were at work at the same time"
    assert set(answered(site).values()) == {1}
    assert articles(dawn, tmp_path / "data") > 15
    sound(dawn, tmp_path / "data")


def test_a_killed_worker_s_run_goes_on_and_the_other_worker_takes_the_next(
    site: Lookalike, address: str, dawn: Dawn, tmp_path: Path, databases: Databases
) -> None:
    """`kill -9` of the worker alone, its run in the middle of a crawl."""
    with cluster(tmp_path, address, databases("worker_killed")) as made:
        with stalling(site) as stall:
            left = made.start("latest")
            assert stall.reached.wait(120)
            (killed,) = made.busy()
            orphans = below(made.workers[killed].pid)
            made.workers[killed].kill()
            made.workers[killed].wait()
        try:
            # Both were seen: the run is done, or Prefect's engine gave up without the worker it belonged to.
            told = made.ended(left)["state"]
            assert told["type"] in {"COMPLETED", "CRASHED"}, told
            run = made.ended(made.start("latest"))
            assert run["state"]["type"] == "COMPLETED", run["state"]
        finally:
            for pid in orphans:
                kill(pid)
    once_but_for_the_cut_one(site)
    sound(dawn, tmp_path / "data")


@pytest.mark.timeout(420)  # a run that is not heard of is given up after 90 s
def test_a_machine_that_goes_away_in_the_middle_of_a_run(
    site: Lookalike, address: str, dawn: Dawn, tmp_path: Path, databases: Databases
) -> None:
    """`kill -9` of a worker and of its run: given up, told of, and the other worker does what was left."""
    with cluster(tmp_path, address, databases("machine_gone")) as made, receiver() as (hook, told):
        made.prefect("automation", "create", "--from-file", "deploy/crashed.yaml")
        notify(made, hook, tmp_path)
        with stalling(site) as stall:
            left = made.start("latest")
            assert stall.reached.wait(120)
            (killed,) = made.busy()
            gone = below(made.workers[killed].pid)
            made.workers[killed].kill()
            for pid in gone[:-1]:  # not the crawl, which must end by itself when the run does
                kill(pid)
            until(lambda: not any(alive(pid) for pid in gone), 30)
        assert made.run(left)["state"]["type"] == "RUNNING", "the server knows nothing of it yet"
        run = made.ended(left)
        assert run["state"]["type"] == "CRASHED", run["state"]
        said = told.get(timeout=60)
        assert said["run"] == run["name"]
        assert (
            said["message"]
            == "nothing was heard of it for 90 seconds; what it fetched is kept, the next run goes on"
        )
        run = made.ended(made.start("latest"))
        assert run["state"]["type"] == "COMPLETED", run["state"]
        assert told.empty()
    once_but_for_the_cut_one(site)
    sound(dawn, tmp_path / "data")


def test_a_failed_run_is_told_of(site: Lookalike, address: str, tmp_path: Path) -> None:
    """The webhook gets one POST: which run, and the sentence that says what is wrong."""
    with cluster(tmp_path, address, None, workers=1) as made, receiver() as (hook, told):
        notify(made, hook, tmp_path)
        site.faults["*"] = faults.down
        run = made.ended(made.start("latest"))
        assert run["state"]["type"] == "FAILED"
        said = told.get(timeout=60)
        assert (said["flow"], said["run"], said["state"]) == ("latest", run["name"], "Failed")
        assert said["message"] == run["state"]["message"]
        assert "robots.txt" in said["message"]
        assert said["text"] == f"latest, {run['name']}, Failed: {said['message']}"
        site.faults.clear()
        assert made.ended(made.start("latest"))["state"]["type"] == "COMPLETED"
        assert told.empty(), "a run that is well is nobody's news"


def notify(made: Cluster, hook: str, folder: Path) -> None:
    """Nothing; the commands of docs/running.md were run that make the webhook and its automation."""
    page = (ROOT / "docs/running.md").read_text("utf-8")
    found = re.search(
        r"<!-- notify: run by tests/flows/test_servers.py -->\n```sh\n(.*?)```", page, re.DOTALL
    )
    assert found
    done = subprocess.run(
        ["bash", "-euc", found.group(1)],
        env=made.environment
        | {
            "WEBHOOK": hook,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "TMPDIR": str(folder),
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def receiver() -> Iterator[tuple[str, Queue[dict[str, str]]]]:
    """The address of a web server on loopback, and what is posted to it."""
    told: Queue[dict[str, str]] = Queue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/hook", told
        finally:
            server.shutdown()
            thread.join()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
