"""The schedules: a real Prefect server and worker on this machine, as `dawn serve` starts them."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
import yaml

from crawlers.lookalike import Lookalike, faults
from flows.crawling import Manners
from flows.folder import open_folder
from flows.serve import LOST_RUNS, environment_for, free_port, is_registered
from tests.flows.conftest import Dawn
from tests.flows.prefect_server import PrefectServer, until


class Served(PrefectServer):
    """A running `dawn serve`."""

    def __init__(self, data: Path, site: str, port: int, retry_delay: str) -> None:
        folder = open_folder(data, site)
        super().__init__(environment_for(folder, Manners(0), port) | {"DAWN_RETRY_DELAY": retry_delay})
        self.port = port
        self.command: subprocess.Popen[str] | None = None


@contextmanager
def serving(data: Path, site: str, retry_delay: str = "0", scheduled: bool = False) -> Iterator[Served]:
    """`dawn serve` in a process of its own, its deployments registered and its worker started.

    Without its schedules, where they are not asked for: else a quarter of an hour that comes round meanwhile
    has its own run, and the test's is cancelled for it.
    """
    port = free_port()
    served = Served(data, site, port, retry_delay)
    words = ["serve", "--data", str(data), "--site", site, "--delay", "0", "--port", str(port)]
    child = subprocess.Popen(
        [sys.executable, "-c", "from flows.cli import main; main()", *words],
        env={**os.environ, "DAWN_RETRY_DELAY": retry_delay},
        stderr=subprocess.PIPE,
        text=True,
    )
    served.command = child
    try:
        assert child.stderr
        said = []
        for line in child.stderr:
            said.append(line)
            if "Ctrl-C" in line:
                break
        else:
            raise AssertionError("".join(said))
        if not scheduled:
            for each in served.ask("deployments/filter", {}):
                for schedule in each["schedules"]:
                    path = f"deployments/{each['id']}/schedules/{schedule['id']}"
                    served.ask(path, {"active": False}, "PATCH")
        yield served
    finally:
        child.send_signal(signal.SIGINT)
        _, rest = child.communicate(timeout=90)
    assert child.returncode == 0, rest


def test_prefect_yaml_says_what_the_flows_are() -> None:
    """Every entrypoint is a dotted flow of ours, every schedule in Asia/Karachi."""
    from importlib import import_module

    from prefect import Flow

    told = yaml.safe_load((Path(__file__).parents[2] / "prefect.yaml").read_text("utf-8"))
    for deployment in told["deployments"]:
        module, _, name = deployment["entrypoint"].rpartition(".")
        assert isinstance(getattr(import_module(module), name), Flow)
        assert {schedule["timezone"] for schedule in deployment.get("schedules", [])} <= {"Asia/Karachi"}
        collision = "ENQUEUE" if deployment["name"] in ("backfill", "edition") else "CANCEL_NEW"
        assert deployment["concurrency_limit"] == {"limit": 1, "collision_strategy": collision}
    schedules = {d["name"]: [s["cron"] for s in d.get("schedules", [])] for d in told["deployments"]}
    assert schedules == {
        "latest": ["*/15 * * * *"],
        "edition": ["30 10 * * *"],
        "audit": ["30 3 * * 0"],
        "revisit": ["20 3,9,15,21 * * *"],
        "backfill": [],
        "replay": [],
    }


def test_deployed_then_scheduled_then_run(site: Lookalike, address: str, dawn: Dawn, tmp_path: Path) -> None:
    """The one quick proof that a release of Prefect, FastAPI or SQLAlchemy breaks in silence; and what the
    run leaves in Prefect's pages: its name, its log, its account."""
    data = tmp_path / "data"
    with serving(data, address, scheduled=True) as served:
        scheduled = until(lambda: served.runs("SCHEDULED"))
        assert {run["deployment_id"] for run in scheduled}
        assert is_registered(served.environment["PREFECT_API_URL"], LOST_RUNS)
        run = served.ended(served.start("latest"))
        assert run["state"]["type"] == "COMPLETED", run["state"]
        assert re.fullmatch(r"latest \d{4}-\d\d-\d\d \d\d:\d\d", run["name"])
        # A run sends its last lines after it has told its state.
        until(lambda: [line for line in served.log(run["id"]) if line["message"].startswith("done: ")])
        log = [(line["level"], line["message"]) for line in served.log(run["id"])]
        assert (logging.INFO, "scrapy.core.engine: Spider opened") in log
        assert any("finished (all was asked for)" in said for _, said in log)
        assert any("articles insert" in said for _, said in log)
        assert any("checks, none red" in said for _, said in log)
        assert not [said for level, said in log if level >= logging.WARNING]
        account = served.artifacts(run["id"])["latest-account"]
        assert account["description"] == "nothing is owed, failed or red"
        assert "Crawls and their manners" in account["data"]
        assert "data:image/svg+xml;base64," in account["data"]
    found = dawn("sql", "select count(*) as n from articles", "--format", "jsonl", "--data", data)
    assert json.loads(found.stdout)["n"] > 15


@pytest.mark.slow
def test_a_run_that_fails_twice_succeeds_the_third_time(
    site: Lookalike, address: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"

    def tries() -> list[Path]:
        return sorted((data / "journal").glob("*-latest-*.jsonl"))

    def twice(reply: faults.Reply) -> faults.Reply:
        return faults.down(reply) if len(tries()) <= 2 else reply

    with serving(data, address) as served:
        site.faults["*"] = twice
        run = served.ended(served.start("latest"))
        assert run["state"]["type"] == "COMPLETED", run["state"]
        asked = {"flow_runs": {"id": {"any_": [run["id"]]}}}
        tasks = {task["task_key"].split("-")[0]: task for task in served.ask("task_runs/filter", asked)}
        discovered = next(task for name, task in tasks.items() if "discover" in name)
        assert discovered["run_count"] == 3
        assert all(task["run_count"] == 1 for task in tasks.values() if task is not discovered)
    outcomes = [json.loads(path.read_text().splitlines()[-1])["outcome"] for path in tries()]
    assert outcomes == ["failed", "failed", "finished"]


@pytest.mark.slow
def test_a_cron_fires(site: Lookalike, address: str, tmp_path: Path) -> None:
    """A schedule of every minute, beside those of prefect.yaml: the server makes the run, a worker does."""
    with serving(tmp_path / "data", address) as served:
        deployment = served.deployment("latest")
        minutely = {"cron": "* * * * *", "timezone": "Asia/Karachi"}
        served.ask(f"deployments/{deployment}/schedules", [{"schedule": minutely, "active": True}])
        done = until(lambda: served.runs("COMPLETED"))
        assert done[0]["auto_scheduled"]
        assert done[0]["deployment_id"] == deployment
    assert [request for request in site.requests if request.path.startswith("/news/")]


@pytest.mark.slow
@pytest.mark.timeout(600)  # 195 runs are made and waited for one by one, over HTTP
def test_an_outage_of_two_days_is_caught_up_by_one_run(dawn: Dawn, tmp_path: Path) -> None:
    """192 quarters of an hour and two mornings were missed; what was planned for them comes at once."""
    from flows.passes import today

    now = today()
    # Its newest day is over: what a story says happened later today would be asked for again, and rightly.
    site = Lookalike(days=3, today=now - timedelta(1))
    data = tmp_path / "data"
    with site.serve() as address:
        before = now - timedelta(3)
        done = dawn("backfill", str(before), "--site", address, "--delay", "0", "--data", data)
        assert done.returncode == 0, done.stderr
        with serving(data, address) as served:
            served.ask("work_pools/dawn", {"is_paused": True}, "PATCH")
            clock = datetime.now(UTC)
            late = [served.start("latest", clock - timedelta(minutes=15 * n)) for n in range(192, 0, -1)]
            mornings = [served.start("edition", clock - timedelta(hours=24 * n)) for n in (2, 1)]
            # Somebody asked for this one while the worker was away: nobody else does its work.
            asked_for = served.start("edition", clock - timedelta(hours=1), day=str(before))
            served.ask("work_pools/dawn", {"is_paused": False}, "PATCH")
            runs = [served.ended(run) for run in (*late, *mornings)]
            by_hand = served.ended(asked_for)
        journals = [path.name for path in (data / "journal").glob("*.jsonl")]
    assert site.errors == []
    assert by_hand["state"]["type"] == "COMPLETED", by_hand["state"]
    ends = Counter(run["state"]["name"] for run in runs)
    assert ends["Completed"] == 2, ends
    assert set(ends) <= {"Completed", "Cancelled", "Covered"}, ends
    # Two crawls of the lists, one of them by another spider; today's and the two days' of the outage.
    assert sum("-latest-" in name for name in journals) == 1
    assert sum("-edition-" in name for name in journals) == 4
    asked = Counter(request.path for request in site.requests if request.path.startswith("/news/"))
    assert asked
    assert not [path for path, times in asked.items() if times > 1]
    states = dawn(
        "sql",
        f"select day, bool_and(state in ('complete', 'absent')) as done from editions"
        f" where day between '{before}' and '{now - timedelta(1)}' group by day order by day",
        "--format",
        "jsonl",
        "--data",
        data,
    )
    assert [json.loads(line)["done"] for line in states.stdout.splitlines()] == [True] * 3


@pytest.mark.slow
def test_a_late_run_goes_on_where_another_one_got_the_lists_alone(
    site: Lookalike, address: str, tmp_path: Path
) -> None:
    """Only what the ledger does not owe is covered, whoever else ran since."""
    with serving(tmp_path / "data", address) as served:
        due = datetime.now(UTC) - timedelta(hours=1)
        site.faults[lambda path: path.startswith("/news/")] = faults.down
        assert served.ended(served.start("latest", due))["state"]["name"] == "Failed"
        site.faults.clear()
        ends = [served.ended(served.start("latest", due))["state"] for _ in range(2)]
    assert [state["name"] for state in ends] == ["Completed", "Covered"]
    assert "did its work since" in ends[1]["message"]
    given = [each.path for each in site.requests if each.path.startswith("/news/") and each.status == 200]
    assert given
    assert len(given) == len(set(given))


@pytest.mark.slow
def test_a_site_that_is_down_fails_in_words_and_the_next_run_mends_it(
    site: Lookalike, address: str, tmp_path: Path
) -> None:
    with serving(tmp_path / "data", address) as served:
        site.faults["*"] = faults.down
        run = served.ended(served.start("latest"))
        assert run["state"]["type"] == "FAILED"
        assert "robots.txt" in run["state"]["message"]
        asked = [request.path for request in site.requests]
        assert set(asked) == {"/robots.txt"}, "a site that is down is not asked for anything else"
        crawls = len(list((tmp_path / "data/journal").glob("*-latest-*.jsonl")))
        assert crawls == 4, "the first try and three more"
        site.faults.clear()
        run = served.ended(served.start("latest"))
        assert run["state"]["type"] == "COMPLETED", run["state"]


@pytest.mark.slow
def test_backfill_edition_revisit_and_replay_run_as_deployments(
    site: Lookalike, address: str, dawn: Dawn, tmp_path: Path
) -> None:
    day = str(site.days[0])
    with serving(tmp_path / "data", address) as served:
        run = served.ended(served.start("backfill", first=day, last=day))
        assert run["state"]["type"] == "COMPLETED", run["state"]
        assert run["name"] == f"backfill {day}..{day}: 1 of 1 days"
        assert set(served.artifacts(run["id"])) == {"backfill-account", "backfill-counts"}
        # The same range again, handed over from a terminal: the folder knows its server.
        handed = dawn("backfill", day, "--submit", "--data", tmp_path / "data")
        assert handed.returncode == 0, handed.stderr
        assert f"http://127.0.0.1:{served.port}/runs/flow-run/" in handed.stdout
        run = served.ended(handed.stdout.strip().rsplit("/", 1)[1])
        assert run["state"]["type"] == "COMPLETED", run["state"]
        assert run["name"] == f"backfill {day}..{day}: 1 of 1 days"
        run = served.ended(served.start("edition", day=day))
        assert run["state"]["type"] == "COMPLETED", run["state"]
        requests = len(site.requests)
        run = served.ended(served.start("revisit", budget=5))
        assert run["state"]["type"] == "COMPLETED", run["state"]
        assert len(site.requests) == requests, "what was had a minute ago is worth no request"
        run = served.ended(served.start("replay"))
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
        run = served.start("latest")
        assert reached.wait(120)
        served.prefect("flow-run", "cancel", run)
        assert served.ended(run)["state"]["type"] == "CANCELLED"
        healed.set()
        site.faults.clear()
        run = served.start("latest")
        assert served.ended(run)["state"]["type"] == "COMPLETED"
    told = dawn(
        "sql", "select outcome, count(*) as n from runs group by 1", "--format", "jsonl", "--data", data
    )
    assert "stopped" in told.stdout


@pytest.mark.slow
def test_a_server_that_is_gone_loses_nothing(
    site: Lookalike, address: str, dawn: Dawn, tmp_path: Path
) -> None:
    """`kill -9` of Prefect's server while a backfill fetches: the command goes on where that was."""
    healed, reached = Event(), Event()
    stall = faults.stall(healed)

    def stalled(reply: faults.Reply) -> faults.Reply:
        reached.set()
        return stall(reply)

    data, day = tmp_path / "data", str(site.days[0])
    with pytest.raises(AssertionError, match="the server ended"), serving(data, address) as served:
        site.faults[lambda path: path.startswith("/news/")] = stalled
        served.start("backfill", first=day, last=day)
        assert reached.wait(120)
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                said = (process / "cmdline").read_bytes()
                if b"server" in said and f"\0{served.port}\0".encode() in said and b"prefect" in said:
                    os.kill(int(process.name), signal.SIGKILL)
        assert served.command
        served.command.wait(60)
        healed.set()
        site.faults.clear()
    done = dawn("backfill", day, "--data", data, "--delay", "0")
    assert done.returncode == 0, done.stderr
    assert "1 of 1 days complete" in done.stdout
    news = Counter(request.path for request in site.requests if request.path.startswith("/news/"))
    assert sum(times > 1 for times in news.values()) <= 1, "the one that was under way"


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
        left = served.start("latest")
        assert reached.wait(120)
    healed.set()
    site.faults.clear()
    with serving(tmp_path / "data", address) as served:
        assert served.ended(left)["state"]["type"] in {"CRASHED", "CANCELLED", "FAILED"}
        run = served.ended(served.start("latest"))
        assert run["state"]["type"] == "COMPLETED", run["state"]
        assert served.prefect("automation", "ls").count("Proactive") == 1, "it is registered once"


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
