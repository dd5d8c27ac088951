"""Packs: many runs in one file, each readable as before, and nothing lost or doubled by a kill anywhere."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from crawlers import extracted, packs, ranges
from crawlers.archive import ArchiveWriter
from crawlers.extracted import extract_archives
from crawlers.items import Capture
from crawlers.packs import Segment, compact, files, segments, segments_of
from crawlers.reading import read
from tests.crawlers.paper import page

SITE = "https://www.dawn.com"
AT = datetime(2026, 3, 9, 4, 5, 6, tzinfo=UTC)
HTML = [("Content-Type", "text/html; charset=utf-8")]
RUNS = (
    "20260227T235900Z-latest-0001",
    "20260301T000000Z-latest-0002",
    "20260301T001500Z-stories-0003",
    "20260315T001500Z-latest-0004",
    "20260316T001500Z-edition-0005",
)


def write(archive: Path, run: str, pages: int = 3, software: str = "dawn-as-a-table") -> Path:
    """A run's own file: some stories, the last of them twice."""
    path = archive / f"{run}.warc.gz"
    with ArchiveWriter(path, facts={"isPartOf": run, "software": software}) as writer:
        for number in range(pages):
            body = page(f"<p>Story {number} of {run}, and some words.</p>" * 5)
            writer.write(f"{SITE}/news/{2000500 + number}/made-up", 200, HTML, body.encode(), AT)
        writer.write(f"{SITE}/news/{2000500 + number}/made-up", 200, HTML, body.encode(), AT)
    return path


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    made = tmp_path / "archive"
    made.mkdir()
    for run in RUNS:
        write(made, run)
    return made


def captures(archive: Path) -> dict[str, list[Capture]]:
    return {run: list(segment.read()) for run, segment in segments(archive).items()}


def test_a_months_runs_lie_in_one_file_byte_for_byte(archive: Path) -> None:
    before = captures(archive)
    bytes_of = {run: (archive / f"{run}.warc.gz").read_bytes() for run in RUNS}
    done = compact(archive)
    assert (done.runs, [path.name for path in done.packs], done.left) == (4, ["2026-03.001.warc.gz"], ())
    assert [path.name for path in files(archive)] == ["2026-03.001.warc.gz", f"{RUNS[0]}.warc.gz"]
    assert captures(archive) == before
    assert {run: b"".join(segment.pieces()) for run, segment in segments(archive).items()} == bytes_of
    with (archive / "2026-03.001.warc.gz").open("rb") as file:  # as anybody reads it
        kinds = [record.rec_type for record in ArchiveIterator(file, check_digests=True)]
    assert kinds == ["warcinfo", "response", "response", "response", "revisit"] * 4
    assert [capture.id for capture in read(done.packs[0])] == [
        capture.id for run in RUNS[1:] for capture in before[run]
    ]


def test_again_it_does_nothing_and_later_runs_join_the_month(archive: Path) -> None:
    compact(archive)
    before = {path: path.stat().st_mtime_ns for path in archive.iterdir()}
    assert compact(archive).packs == ()
    assert {path: path.stat().st_mtime_ns for path in archive.iterdir()} == before
    late = "20260331T120000Z-latest-0006"
    write(archive, late)
    held = captures(archive)
    assert [path.name for path in compact(archive).packs] == ["2026-03.002.warc.gz"]
    assert captures(archive) == held
    assert sorted(path.name for path in archive.iterdir()) == [
        "2026-03.002.json",
        "2026-03.002.warc.gz",
        f"{RUNS[0]}.warc.gz",
    ]


def test_a_full_pack_is_left_alone(archive: Path) -> None:
    limit = sum((archive / f"{run}.warc.gz").stat().st_size for run in RUNS[1:3]) + 300
    held = captures(archive)
    assert len(compact(archive, limit).packs) == 2
    first = (archive / "2026-03.001.warc.gz").stat().st_ino
    write(archive, "20260331T120000Z-latest-0006")
    write(archive, "20260331T121500Z-latest-0007")
    compact(archive, limit)
    assert (archive / "2026-03.001.warc.gz").stat().st_ino == first
    assert {run: captures(archive)[run] for run in RUNS} == held
    assert {segment.path.name for segment in segments(archive).values() if segment.run > RUNS[4]} == {
        "2026-03.003.warc.gz"
    }


def test_what_breaks_off_or_is_anothers_stays_as_it_is(archive: Path) -> None:
    torn = archive / f"{RUNS[1]}.warc.gz"
    torn.write_bytes(torn.read_bytes()[:-7])
    write(archive, "20260302T000000Z-import-0008", software="somebody's")
    write(archive, "brought-by-hand")
    done = compact(archive)
    assert {path.name.removesuffix(".warc.gz"): why for path, why in done.left} == {
        RUNS[1]: "its last record breaks off",
        "20260302T000000Z-import-0008": "it is not one of ours, record by record",
        "brought-by-hand": "its name is no run's",
    }
    assert done.runs == 3
    assert len(segments(archive)) == 7


def test_a_lost_or_wrong_sidecar_costs_nothing(archive: Path) -> None:
    [pack] = compact(archive).packs
    sidecar = pack.with_name("2026-03.001.json")
    said, known = sidecar.read_bytes(), segments_of(pack)
    for wrong in (None, b"{", b'{"runs": []}', said.replace(b'"start": 0', b'"start": 1')):
        sidecar.unlink() if wrong is None else sidecar.write_bytes(wrong)
        assert segments_of(pack) == known
    sidecar.unlink()
    compact(archive)
    assert sidecar.read_bytes() == said


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_extracts_are_the_same(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    monkeypatch.setattr(ranges, "RANGE", 1000)
    monkeypatch.setattr(ranges, "_SMALLEST", 500)
    monkeypatch.setattr(extracted, "RANGE", 500)

    def made(where: str) -> dict[str, bytes]:
        lying = [(segment, run) for run, segment in segments(archive).items()]
        lying = lying[:1] if jobs > 1 and where == "alone" else lying
        found = list(extract_archives(lying, tmp_path / where, SITE, jobs))
        return {path.name: path.read_bytes() for path in found}

    before = made("before")
    compact(archive)
    assert made("after") == before
    one = segments(archive)[RUNS[2]]
    [alone] = extract_archives([(one, RUNS[2])], tmp_path / "one", SITE, 2)
    assert before[alone.name] == alone.read_bytes()


KILLS = ("fsync", "rename", "replace", "unlink")
KILL = """
import os, pathlib, signal, sys
from crawlers.packs import compact
what, nth, times = sys.argv[2], int(sys.argv[3]), 0
owner = os if what == "fsync" else pathlib.Path
real = getattr(owner, what)
def killed(*given, **named):
    global times
    times += 1
    if times == nth:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*given, **named)
setattr(owner, what, killed)
compact(pathlib.Path(sys.argv[1]))
"""


@pytest.mark.parametrize("what", KILLS)
def test_killed_before_any_step_nothing_is_lost_or_doubled(archive: Path, tmp_path: Path, what: str) -> None:
    """Before the nth time that a file is synced, renamed or removed, for every n there is."""
    compact(archive)
    write(archive, "20260331T120000Z-latest-0006")  # so that a pack is to be replaced, too
    held = captures(archive)
    for nth in range(1, 20):
        copied = tmp_path / f"{nth}"
        shutil.copytree(archive, copied)
        done = subprocess.run([sys.executable, "-c", KILL, str(copied), what, str(nth)], check=False)
        assert captures(copied) == held
        compact(copied)
        assert captures(copied) == held
        assert len(list(copied.iterdir())) == 3
        if done.returncode != -signal.SIGKILL:
            break
    assert nth > 1


def test_what_cannot_be_read_back_takes_no_files_place(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = captures(archive)
    monkeypatch.setattr(Segment, "sha256", lambda _: "not what was read")
    with pytest.raises(OSError, match="not what was read"):
        compact(archive)
    assert captures(archive) == held
    assert len([path for path in files(archive) if not packs.is_pack(path)]) == len(RUNS)
    monkeypatch.undo()
    assert compact(archive).runs == 4
    assert list(archive.glob("*.new")) == []
