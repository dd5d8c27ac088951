"""The proof that scaling out changes nothing, over few pages; and how its figures are told."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from benchmarks.record import Record, Size
from benchmarks.scale.equal import beside
from benchmarks.scale.killed import Kill
from benchmarks.scale.made import RUN, made
from benchmarks.scale.report import report
from benchmarks.scale.trial import HERE, THERE, Compared, Found
from benchmarks.services import postgresql_programs
from tests.warehouse.paper import Paper, article
from warehouse.publish import publish


def test_what_is_told_is_what_was_found() -> None:
    found = Found(20_000, 4_000, 2, packed=15_600.0, minutes=12.4)
    found.rates = {(HERE, 1): [300.0, 320.0], (HERE, 2): [600.0, 640.0]}
    found.rates |= {(THERE, 1): [240.0, 256.0], (THERE, 2): [450.0, 480.0]}
    found.firsts = {key: [1.0, 2.0] for key in found.rates}
    found.embedded = {
        "extract": 31.25,
        "first": 9.0,
        "meter": 10.0,
        "load": 5.0,
        "publish": 1.0,
        "share": 0.0,
    }
    found.scaled = {
        "send": 3.0,
        "extract": 41.67,
        "first": 9.0,
        "meter": 10.0,
        "load": 5.0,
        "publish": 1.0,
        "share": 8.0,
    }
    found.asked = {"how many": ([1.0, 1.0, 1.0], [20.0, 30.0, 40.0])}
    found.weights = {"archive": 312_000_000, "extracted": 40_000_000, "lake": 60_000_000, "file": 70_000_000}
    found.kills = [Kill("a Dask worker", "4 extracts were there", "went on")]
    found.compared = [Compared("one and the other", 40, 480_000, ())]
    told = report(found)
    record = Record("scale", Size.FULL, "", "", "", 0.0, {}, tuple(told.splitlines()))
    assert record.figure("lake, KB a story", "figure").value == 3.0
    assert record.figure("2 of Dask's workers", "× as many processes").value == 0.75
    assert record.figure("2 of processes here", "× one of its kind").value == 2.0
    assert record.figure("all", "embedded").value == 47.2  # 31.25, and 16
    assert record.figure("all", "scaled out").value == 68.7  # 3, 41.67, and 24
    assert record.figure("how many", "lake").value == 30
    assert (
        "20,000 pages in 40 WARC files, 15.6 KB packed each; 2 rounds of 4,000 pages; 12 minutes in all."
        in told
    )


def test_what_is_made_is_an_archive_of_whole_runs(tmp_path: Path) -> None:
    from crawlers.packs import segments

    made(tmp_path, 30)
    (lying,) = segments(tmp_path / "archive").values()
    captures = list(lying.read())
    assert len({capture.url for capture in captures}) == 30 < RUN
    assert min(len(capture.content) for capture in captures) > 140_000


@pytest.mark.parametrize(
    ("change", "differing"),
    [
        ("update core.articles set title = 'Another' where story_id = 1", ["articles", "core.articles"]),
        ("delete from raw.bodies where body like '%one%'", ["articles", "raw.bodies", "versions"]),
        ("update meta.snapshot set snapshot_id = 'another'", []),
        ("insert into raw.files values ('20260310T000000Z-meter-0000.jsonl')", ["raw.files"]),
        (
            "update raw.files set name = 'x-meter-1' where name = '20260309T000000Z-meter-0000.jsonl'",
            [],
        ),
    ],
)
def test_two_files_are_the_same_but_for_the_names_of_the_program_s_own_acts(
    tmp_path: Path, change: str, differing: list[str]
) -> None:
    paper = Paper(tmp_path)
    paper.run(spider="stories")
    paper.page(1, article(1, "A text of one."))
    paper.page(2, article(2, "A text of two."))
    paper.load()
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as con:
        con.execute("insert into raw.files values ('20260309T000000Z-meter-0000.jsonl')")
    one = tmp_path / "one.duckdb"
    publish(tmp_path / "warehouse.duckdb", one)
    other = Path(shutil.copy(one, tmp_path / "other.duckdb"))
    with duckdb.connect(str(other)) as con:
        con.execute(change)
    found = {each.split(" ")[0] for each in beside(one, other).differing}
    assert set(differing) <= found and bool(found) == bool(differing)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_worker_the_loader_and_the_database_are_killed_and_all_is_equal(tmp_path: Path) -> None:
    if postgresql_programs() is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks.scale",
            "--pages",
            "1500",
            "--round-pages",
            "500",
            "--rounds",
            "1",
        ],
        env={**os.environ, "PREFECT_HOME": str(tmp_path / "prefect")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("`kill -9`") == 3
    assert "exit 1: dawn: 1 checks are red, first: the lake holds what was published" in done.stdout
