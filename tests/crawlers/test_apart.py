"""A process apart: the same extracts, within a page's time, from a thread that no signal reaches."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from crawlers import apart
from crawlers.apart import extract_apart
from crawlers.extracted import extract_archives, stored_lines
from crawlers.limit import works_here
from crawlers.packs import compact, segments
from crawlers.workers import WorkerLostError
from tests.crawlers.test_packs import RUNS, SITE, write


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    made = tmp_path / "archive"
    made.mkdir()
    for run in RUNS[:3]:
        write(made, run)
    return made


def in_a_thread(archive: Path, target: Path) -> list[Path]:
    def work() -> list[Path]:
        assert not works_here()
        found = extract_apart(list(segments(archive).values()), target, SITE)
        first = apart._OWN.process
        assert extract_apart(list(segments(archive).values()), target, SITE) == found
        assert apart._OWN.process is first, "it stays for the next"
        first.kill()
        first.communicate()
        return [path for path, _ in found]

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def test_the_same_bytes_from_files_and_from_a_pack(archive: Path, tmp_path: Path) -> None:
    write(archive, RUNS[3]).write_bytes((archive / f"{RUNS[2]}.warc.gz").read_bytes()[:-20])  # torn
    lying = segments(archive)
    made = [*extract_archives([(one, run) for run, one in lying.items()], tmp_path / "here", SITE)]
    assert {path.name: path.read_bytes() for path in in_a_thread(archive, tmp_path / "apart")} == {
        path.name: path.read_bytes() for path in made
    }
    compact(archive)
    assert any(one.path.name.startswith("2026-03.") for one in segments(archive).values())
    for path in in_a_thread(archive, tmp_path / "packed"):
        assert path.read_bytes() == (tmp_path / "here" / path.name).read_bytes()


def test_a_pages_time_holds_there(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "from functools import partial\nfrom crawlers import apart, extracted\n"
        "def busy(*_):\n    while True: pass\n"
        "extracted._fill = busy\n"
        "extracted.lines = partial(extracted.lines, seconds=0.05)\napart.main()"
    )
    monkeypatch.setattr(apart, "COMMAND", (sys.executable, "-c", code))
    paths = in_a_thread(archive, tmp_path / "apart")
    said = [line["rejection"]["reason"] for path in paths for line in stored_lines(path) if line["rejection"]]
    assert said and set(said) == {"too_slow"}


def test_a_process_that_is_lost_is_told_and_replaced(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "import os, signal, sys\nsys.stdin.readline()\nos.kill(os.getpid(), signal.SIGKILL)"
    lying = list(segments(archive).values())

    def work() -> None:
        with monkeypatch.context() as lost:
            lost.setattr(apart, "COMMAND", (sys.executable, "-c", code))
            with pytest.raises(WorkerLostError, match="ended with code -9"):
                extract_apart(lying, tmp_path / "apart", SITE)
        assert len(extract_apart(lying, tmp_path / "apart", SITE)) == 3
        with pytest.raises(OSError, match="nobody"):
            extract_apart([type(lying[0])(tmp_path / "nobody", "x")], tmp_path / "apart", SITE)
        apart._OWN.process.kill()
        apart._OWN.process.communicate()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()
