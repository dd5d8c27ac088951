"""The command `dawn explore`: it says where, answers there and nowhere else, and ends when it is told to."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.explore.conftest import Archived
from tests.flows.conftest import in_folder

COMMAND = [sys.executable, "-c", "from flows.cli import main; main()", "explore", "--no-browser"]


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_and_ends_when_told_to(archived: Archived, sign: signal.Signals) -> None:
    words = [*COMMAND, "--port", "0", "--data", str(archived.folder.root)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            assert address.startswith("http://127.0.0.1:")
            said = httpx.get(address, timeout=60)
            assert said.status_code == 200
            assert "<h1>Today</h1>" in said.text
            process.send_signal(sign)
            _, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0, errors
    assert "Traceback" not in errors


def test_the_end_does_not_wait_for_answers(archived: Archived) -> None:
    """Two questions that would take hours end with it, and are told so."""

    def asking(sql: str, until: bool) -> str:
        """What is answered, once it is no more (or is at last) told that two are asked already."""
        while ((said := httpx.get(ask, params={"sql": sql}, timeout=60)).status_code == 503) is not until:
            pass
        return said.text

    endless = "select sum(hash(a.range)) from range(1000000) as a, range(1000000) as b"
    words = [*COMMAND, "--port", "0", "--data", str(archived.folder.root)]
    with (
        subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process,
        ThreadPoolExecutor(2) as pool,
    ):
        try:
            assert process.stdout is not None
            ask = process.stdout.readline().strip() + "ask"
            asked = [pool.submit(asking, endless, until=False) for _ in range(2)]
            asking("select 1", until=True)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0 and "Traceback" not in errors, errors
    for each in asked:
        assert "dawn explore has ended" in each.result()


def test_it_listens_on_loopback_alone(archived: Archived) -> None:
    from explore.serving import bound

    with bound(0) as taken:
        assert taken.getsockname()[0] == "127.0.0.1"


def test_a_port_that_is_taken_is_one_clear_line(archived: Archived) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = archived.dawn("explore", "--no-browser", "--port", str(port))
    assert done.returncode == 1
    [line] = done.stderr.strip().splitlines()
    assert str(port) in line and "--port" in line


def test_without_an_archive_it_says_what_to_do(tmp_path: Path) -> None:
    done = in_folder(tmp_path)("explore", "--no-browser", "--port", "0")
    assert done.returncode == 2
    assert "dawn backfill" in done.stderr
    assert list(tmp_path.iterdir()) == []
