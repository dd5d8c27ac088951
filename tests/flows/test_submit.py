"""A backfill handed to a server: what is asked of it, and what is said where it cannot be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.flows.conftest import Dawn

DAYS = "2025-04-26..2025-04-28"


class Server(ThreadingHTTPServer):
    """Answers as Prefect's server does, in the two questions that a submission asks."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.asked: list[tuple[str, Any]] = []
        self.deployed = True
        self.busy = 0  # questions that are answered 503
        self.allowed: list[str | None] = []

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/api"


class Answers(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append((self.path, None))
        self.server.allowed.append(self.headers.get("Authorization"))
        self._answer(200 if self.server.deployed else 404, {"id": "abc"})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, body))
        self._answer(201, {"id": "r-1", "name": "backfill of three days"})

    def _answer(self, status: int, body: Any) -> None:
        if self.server.busy:
            self.server.busy -= 1
            status = 503
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_the_server_is_asked_for_the_range_and_what_the_command_line_says(dawn: Dawn, server: Server) -> None:
    settings = {"PREFECT_API_URL": server.api, "DAWN_DELAY": "9", "DAWN_SITE": "http://127.0.0.1:7"}
    done = dawn("backfill", DAYS, "--submit", "--newest-first", "--delay", "3", settings=settings)
    assert done.returncode == 0, done.stderr
    page = f"{server.api.removesuffix('/api')}/runs/flow-run/r-1"
    assert done.stdout == f"submitted as backfill of three days: {page}\n"
    (looked, _), (path, body) = server.asked
    assert looked == "/api/deployments/name/backfill/backfill"
    assert path == "/api/deployments/abc/create_flow_run"
    # What this terminal's environment says is not what the worker's does, and is not sent.
    assert body["parameters"] == {
        "first": "2025-04-26",
        "last": "2025-04-28",
        "newest_first": True,
        "delay": 3.0,
    }


def test_a_folders_own_server_is_found_without_a_setting(dawn: Dawn, server: Server, tmp_path: Path) -> None:
    (tmp_path / "data/prefect").mkdir(parents=True)
    (tmp_path / "data/prefect/api").write_text(server.api + "\n")
    # Wherever the worker stands, it is this folder.
    done = dawn("backfill", DAYS, "--submit", "--missing", "--data", "data")
    assert done.returncode == 0, done.stderr
    assert server.asked[1][1]["parameters"]["missing"] is True
    assert server.asked[1][1]["parameters"]["data"] == str(tmp_path / "data")


def test_a_busy_server_is_asked_again_for_one_and_the_same_run(dawn: Dawn, server: Server) -> None:
    server.busy = 3
    # With a proxy in the environment, which is none of this machine's, and a slash too many.
    settings = {
        "PREFECT_API_URL": server.api + "/",
        "PREFECT_API_AUTH_STRING": "admin:secret",
        "http_proxy": "http://127.0.0.1:9",
    }
    done = dawn("backfill", DAYS, "--submit", settings=settings)
    assert done.returncode == 0, done.stderr
    assert server.allowed[-1] == "Basic YWRtaW46c2VjcmV0"
    assert len(server.asked) == 5
    assert server.asked[0][0] == "/api/deployments/name/backfill/backfill"
    keys = {body["idempotency_key"] for _, body in server.asked if body}
    assert len(keys) == 1
    assert "secret" not in done.stdout + done.stderr


def test_what_cannot_be_submitted_is_said_in_one_line(dawn: Dawn, server: Server) -> None:
    def said(*words: str, **settings: str) -> tuple[int, str]:
        done = dawn("backfill", *words, settings=settings)
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr
        return done.returncode, done.stderr

    code, line = said(DAYS, "--submit")
    assert code == 2
    assert "start `dawn serve --data data`, or name one in PREFECT_API_URL" in line
    code, line = said("--missing", "--submit", PREFECT_API_URL=server.api)
    assert code == 2
    assert "--submit wants a range of days" in line
    code, line = said("2999-01-01", "--submit", PREFECT_API_URL=server.api)
    assert code == 2
    assert "is still to come" in line
    assert server.asked == [], "nothing wrong reaches the server"
    server.deployed = False
    code, line = said(DAYS, "--submit", PREFECT_API_URL=server.api)
    assert code == 1
    assert "register it with `prefect deploy --all`" in line
    code, line = said(DAYS, "--submit", PREFECT_API_URL="http://127.0.0.1:9/api")
    assert code == 1
    assert "no Prefect server answers at http://127.0.0.1:9/api" in line
    code, line = said(DAYS, "--submit", PREFECT_API_URL="nonsense")
    assert code == 1
    assert "mend PREFECT_API_URL" in line
