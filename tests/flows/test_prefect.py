"""The schedules: a real Prefect server and worker on this machine, as `dawn serve` starts them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import yaml

from crawlers.lookalike import Lookalike, faults
from flows.serve import environment_for, free_port
from flows.stages import Manners
from tests.flows.conftest import Dawn

PAUSE = Event()  # never set: its wait is how these tests give the server time between two looks


def until(look: Callable[[], Any], seconds: float = 180.0) -> Any:
    """What `look` gives once it gives something; the server has no way to tell us."""
    for _ in range(int(seconds / 0.5)):
        if found := look():
            return found
        PAUSE.wait(0.5)
    raise AssertionError(f"waited {seconds} s in vain")


class Served:
    """A running `dawn serve`, asked through Prefect's own command line."""

    def __init__(self, data: Path, site: str, port: int, retry_delay: str) -> None:
        from flows.folder import open_folder

        self.folder = open_folder(data, site)
        self.environment = environment_for(self.folder, Manners(0), port) | {"DAWN_RETRY_DELAY": retry_delay}
        self.port = port

    def prefect(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "prefect", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def runs(self, *states: str) -> list[dict[str, Any]]:
        """The flow runs in these states, as `prefect flow-run ls` tells them."""
        words = [word for state in states for word in ("--state", state)]
        return list(json.loads(self.prefect("flow-run", "ls", "--limit", "200", *words, "-o", "json")))

    def start(self, deployment: str, *parameters: str) -> str:
        """The id of a run of a deployment, started now."""
        said = [word for each in parameters for word in ("-p", each)]
        told = self.prefect("deployment", "run", deployment, *said)
        return next(line.split()[-1] for line in told.splitlines() if "UUID" in line)

    def ended(self, run: str) -> dict[str, Any]:
        """The run, once it is in a final state."""
        final = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}

        def look() -> dict[str, Any] | None:
            told = json.loads(self.prefect("flow-run", "inspect", run, "-o", "json"))
            return told if told["state"]["type"] in final else None

        return dict(until(look))


@contextmanager
def serving(data: Path, site: str, retry_delay: str = "0") -> Iterator[Served]:
    """`dawn serve` in a process of its own, its deployments registered and its worker started."""
    port = free_port()
    served = Served(data, site, port, retry_delay)
    words = ["serve", "--data", str(data), "--site", site, "--delay", "0", "--port", str(port)]
    child = subprocess.Popen(
        [sys.executable, "-c", "from flows.cli import main; main()", *words],
        env={**os.environ, "DAWN_RETRY_DELAY": retry_delay},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stderr
        said = []
        for line in child.stderr:
            said.append(line)
            if "Ctrl-C" in line:
                break
        else:
            raise AssertionError("".join(said))
        yield served
    finally:
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=90)
    assert child.returncode == 0


def test_prefect_yaml_says_what_the_flows_are() -> None:
    """Every entrypoint is a dotted flow of ours, every schedule in Asia/Karachi."""
    from importlib import import_module

    from prefect import Flow

    told = yaml.safe_load((Path(__file__).parents[2] / "prefect.yaml").read_text("utf-8"))
    for deployment in told["deployments"]:
        module, _, name = deployment["entrypoint"].rpartition(".")
        assert isinstance(getattr(import_module(module), name), Flow)
        assert {schedule["timezone"] for schedule in deployment.get("schedules", [])} <= {"Asia/Karachi"}
        assert deployment["concurrency_limit"] == {"limit": 1, "collision_strategy": "CANCEL_NEW"}
    schedules = {d["name"]: [s["cron"] for s in d.get("schedules", [])] for d in told["deployments"]}
    assert schedules == {
        "latest": ["*/15 * * * *"],
        "edition": ["30 10 * * *"],
        "revisit": ["20 3,9,15,21 * * *"],
        "backfill": [],
        "replay": [],
    }


@pytest.mark.slow
def test_deployed_then_scheduled_then_run(site: Lookalike, address: str, dawn: Dawn, tmp_path: Path) -> None:
    """The one proof that a release of Prefect, FastAPI or SQLAlchemy breaks in silence."""
    data = tmp_path / "data"
    with serving(data, address) as served:
        scheduled = until(lambda: served.runs("SCHEDULED"))
        assert {run["deployment_id"] for run in scheduled}
        run = served.ended(served.start("latest/latest"))
        assert run["state"]["type"] == "COMPLETED", run["state"]
    found = dawn("sql", "select count(*) as n from articles", "--format", "jsonl", "--data", data)
    assert json.loads(found.stdout)["n"] > 15


@pytest.mark.slow
def test_a_site_that_is_down_fails_in_words_and_the_next_run_mends_it(
    site: Lookalike, address: str, tmp_path: Path
) -> None:
    with serving(tmp_path / "data", address) as served:
        site.faults["*"] = faults.down
        run = served.ended(served.start("latest/latest"))
        assert run["state"]["type"] == "FAILED"
        assert "robots.txt" in run["state"]["message"]
        asked = [request.path for request in site.requests]
        assert set(asked) == {"/robots.txt"}, "a site that is down is not asked for anything else"
        crawls = len(list((tmp_path / "data/journal").glob("*-latest-*.jsonl")))
        assert crawls == 4, "the first try and three more"
        site.faults.clear()
        run = served.ended(served.start("latest/latest"))
        assert run["state"]["type"] == "COMPLETED", run["state"]


@pytest.mark.slow
def test_backfill_edition_revisit_and_replay_run_as_deployments(
    site: Lookalike, address: str, tmp_path: Path
) -> None:
    day = str(site.days[0])
    with serving(tmp_path / "data", address) as served:
        run = served.ended(served.start("backfill/backfill", f"first={day}", f"last={day}"))
        assert run["state"]["type"] == "COMPLETED", run["state"]
        assert run["name"] == f"backfill {day}..{day}"
        run = served.ended(served.start("edition/edition", f"day={day}"))
        assert run["state"]["type"] == "COMPLETED", run["state"]
        requests = len(site.requests)
        run = served.ended(served.start("revisit/revisit", "budget=5"))
        assert run["state"]["type"] == "COMPLETED", run["state"]
        assert len(site.requests) == requests, "what was had a minute ago is worth no request"
        run = served.ended(served.start("replay/replay"))
        assert run["state"]["type"] == "COMPLETED", run["state"]
        assert len(site.requests) == requests


@pytest.mark.slow
def test_a_cancelled_run_ends_its_crawl(site: Lookalike, address: str, dawn: Dawn, tmp_path: Path) -> None:
    """Cancelled while the site stalls: the crawl process ends, its journal says so, the rest is owed."""
    healed, reached = Event(), Event()
    stall = faults.stall(healed)

    def stalled(reply: faults.Reply) -> faults.Reply:
        reached.set()
        return stall(reply)

    data = tmp_path / "data"
    with serving(data, address) as served:
        site.faults[lambda path: path.startswith("/news/")] = stalled
        run = served.start("latest/latest")
        assert reached.wait(120)
        served.prefect("flow-run", "cancel", run)
        assert served.ended(run)["state"]["type"] == "CANCELLED"
        healed.set()
        site.faults.clear()
        run = served.start("latest/latest")
        assert served.ended(run)["state"]["type"] == "COMPLETED"
    told = dawn(
        "sql", "select outcome, count(*) as n from runs group by 1", "--format", "jsonl", "--data", data
    )
    assert "stopped" in told.stdout


@pytest.mark.slow
def test_serve_ended_in_the_middle_of_a_run_leaves_no_slot_taken(
    site: Lookalike, address: str, tmp_path: Path
) -> None:
    """Ctrl-C while the site stalls: the run is marked when `dawn serve` starts again; the next one runs."""
    healed, reached = Event(), Event()
    stall = faults.stall(healed)

    def stalled(reply: faults.Reply) -> faults.Reply:
        reached.set()
        return stall(reply)

    site.faults[lambda path: path.startswith("/news/")] = stalled
    with serving(tmp_path / "data", address) as served:
        left = served.start("latest/latest")
        assert reached.wait(120)
    healed.set()
    site.faults.clear()
    with serving(tmp_path / "data", address) as served:
        assert served.ended(left)["state"]["type"] in {"CRASHED", "CANCELLED", "FAILED"}
        run = served.ended(served.start("latest/latest"))
        assert run["state"]["type"] == "COMPLETED", run["state"]


def test_serve_takes_no_port_and_no_folder_from_others(dawn: Dawn, tmp_path: Path) -> None:
    import fcntl
    import socket

    options = ("--site", "http://127.0.0.1:9", "--delay", "0")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = dawn("serve", *options, "--port", str(other.getsockname()[1]))
    assert done.returncode == 1
    assert "is taken: name another one with --port" in done.stderr
    with (tmp_path / "data/prefect/serve.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = dawn("serve", *options, "--port", "0")
    assert done.returncode == 1
    assert "another `dawn serve` works in" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
