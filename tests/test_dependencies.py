"""What we depend on: no vulnerability of it is known, as far as anybody can be asked; a list of it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import distributions
from pathlib import Path
from threading import Thread

import pytest

HERE = Path(__file__).parents[1]
PINNED = re.compile(r"^([a-zA-Z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def audited(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    pytest.importorskip("pip_audit")
    return subprocess.run(
        [sys.executable, HERE / "deploy" / "audit.py", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_of_no_dependency_a_vulnerability_is_known() -> None:
    done = audited()
    if done.stdout.startswith("skipped: "):
        pytest.skip(done.stdout.strip())
    assert done.returncode == 0, done.stdout + done.stderr


class _Osv(BaseHTTPRequestHandler):
    """A list of known vulnerabilities on loopback: of one version of one package it knows one."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        known = asked["package"]["name"] == "six" and asked["version"] == "1.16.0"
        said = {"vulns": [VULNERABLE]} if known else {}
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


VULNERABLE = {
    "id": "MADE-UP-1",
    "summary": "made up",
    "details": "made up",
    "modified": "2026-01-01T00:00:00Z",
    "published": "2026-01-01T00:00:00Z",
    "affected": [
        {
            "package": {"name": "six", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.17.0"}]}],
        }
    ],
}


@contextmanager
def osv() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Osv) as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1/query"
        server.shutdown()


def test_a_known_vulnerability_is_found_and_told(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        f"six==1.16.0 \\\n    --hash=sha256:{'0' * 64}\nidna==3.10 \\\n    --hash=sha256:{'1' * 64}\n"
    )
    with osv() as where:
        done = audited(lock, where)
    assert done.returncode == 1, done.stderr
    assert done.stdout.splitlines() == [
        "six 1.16.0: MADE-UP-1, mended in 1.17.0",
        "2 packages, 1 known vulnerabilities",
    ]


def test_where_nobody_can_be_asked_it_is_skipped_and_said(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"six==1.16.0 \\\n    --hash=sha256:{'0' * 64}\n")
    done = audited(lock, "http://127.0.0.1:9/v1/query")
    assert done.returncode == 0
    assert done.stdout.startswith("skipped: the list of known vulnerabilities cannot be asked")


@pytest.mark.slow
def test_the_bill_of_materials_is_one_and_names_what_is_installed(tmp_path: Path) -> None:
    pytest.importorskip("cyclonedx_py")
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    bill = tmp_path / "sbom.json"
    [line] = re.findall(r"-m (cyclonedx_py .*)", (HERE / "Makefile").read_text())
    words = line.replace("build/sbom.json", str(bill)).replace("$(BIN)/python", sys.executable).split()
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=HERE, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    text = bill.read_text("utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    said = json.loads(text)
    assert said["metadata"]["component"]["name"] == "dawn-as-a-table"
    listed = {(_plain(each["name"]), each["version"]) for each in said["components"]}
    pinned = {
        (_plain(name), version) for name, version in PINNED.findall((HERE / "requirements.lock").read_text())
    }
    installed = {(_plain(each.metadata["Name"]), each.version) for each in distributions()}
    assert len(pinned & installed) > 50
    assert pinned & installed <= listed


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
