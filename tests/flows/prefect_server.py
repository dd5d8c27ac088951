"""A Prefect server that a test has started: asked over HTTP, and by Prefect's own command."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid4

from flows.server import ask

ROOT = Path(__file__).parents[2]
FINAL = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
PAUSE = Event()  # never set: its wait is how these tests give the server time between two looks


def until(look: Callable[[], Any], seconds: float = 180.0) -> Any:
    """What `look` gives once it gives something; the server has no way to tell us."""
    for _ in range(int(seconds / 0.5)):
        if found := look():
            return found
        PAUSE.wait(0.5)
    raise AssertionError(f"waited {seconds} s in vain")


class PrefectServer:
    """The server whose address is in `environment`, as those have it who run Prefect's commands."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.deployment = cache(self._deployment)

    def prefect(self, *words: str) -> str:
        """What Prefect's own command says, which must succeed."""
        done = subprocess.run(
            [sys.executable, "-m", "prefect", *words],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ask(self, path: str, body: Any = None, method: str | None = None) -> Any:
        """The answer of the server's interface, as JSON."""
        return ask(self.environment["PREFECT_API_URL"], path, body, method)

    def _deployment(self, flow: str) -> str:
        """The id of a flow's deployment, which has the flow's name."""
        return str(self.ask(f"deployments/name/{flow}/{flow}")["id"])

    def start(self, flow: str, due: datetime | None = None, **parameters: Any) -> str:
        """The id of a run of the flow's deployment, due now or then."""
        state: dict[str, Any] = {"type": "SCHEDULED"}
        if due:
            state["state_details"] = {"scheduled_time": due.isoformat()}
        said = {"parameters": parameters, "state": state, "idempotency_key": str(uuid4())}
        return str(self.ask(f"deployments/{self.deployment(flow)}/create_flow_run", said)["id"])

    def run(self, run: str) -> dict[str, Any]:
        """What the server knows of a run."""
        return dict(self.ask(f"flow_runs/{run}"))

    def runs(self, *states: str) -> list[dict[str, Any]]:
        """The runs in these states; in any where none is named."""
        asked = {"state": {"type": {"any_": list(states)}}} if states else {}
        return list(self.ask("flow_runs/filter", {"flow_runs": asked, "limit": 200}))

    def ended(self, run: str, seconds: float = 180.0) -> dict[str, Any]:
        """The run, once it is in a final state."""

        def look() -> dict[str, Any] | None:
            told = self.run(run)
            return told if told["state"]["type"] in FINAL else None

        return dict(until(look, seconds))

    def log(self, run: str) -> list[dict[str, Any]]:
        """The lines of a run's log and its tasks', in order."""
        asked = {"logs": {"flow_run_id": {"any_": [run]}}, "limit": 200, "sort": "TIMESTAMP_ASC"}
        found: list[dict[str, Any]] = []
        while more := self.ask("logs/filter", asked | {"offset": len(found)}):
            found += more
        return found

    def artifacts(self, run: str) -> dict[str, dict[str, Any]]:
        """What a run left, by key."""
        found = self.ask("artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run]}}})
        return {each["key"]: each for each in found}
