"""`make bench`: the documents say what the record says, a run keeps what it measured, and no figure is
loose."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import __main__ as bench
from benchmarks import documents, machine
from benchmarks.jobs import BY_NAME, JOBS, Job, chosen
from benchmarks.million.report import picture
from benchmarks.million.steps import QUESTIONS
from benchmarks.record import Figure, Record, Size, figure, larger, spread
from benchmarks.stated import figures, listed, stale, unknown

ROOT = documents.ROOT
PRINTED = """\
Some words.

**How fast.** Three rounds.

| way       | per second       |
|-----------|-----------------:|
| **ours**  | 729 (638 to 739) |
| `theirs`  |               50 |
| nobody's  |                – |

## What it costs

| stories | seconds          | bytes  |
|---------|-----------------:|-------:|
| 1,000   | 0.5 (0.4 to 0.6) |  3 MB  |
| 10,000  | 5.5 (5.4 to 5.6) | 21 MB  |
"""


def record(job: str = "choices", size: Size = Size.USUAL, printed: str = PRINTED) -> Record:
    return Record(
        job,
        size,
        f"python -m {job}",
        "2031-05-02",
        "abc",
        61.0,
        {"machine": "a machine"},
        tuple(printed.splitlines()),
    )


# The record.


def test_a_record_is_what_its_file_says() -> None:
    assert Record.of(record().json()) == record()
    for broken in ('{"job": "x"}', json.dumps({**json.loads(record().json()), "size": "huge"})):
        with pytest.raises(ValueError):
            Record.of(broken)


def test_figures_are_the_cells_of_tables() -> None:
    one = record()
    assert [(each.title, len(each.rows)) for each in one.tables()] == [("How fast", 3), ("What it costs", 2)]
    assert one.figure("ours", "per second") == Figure(729, 638, 739, "", "729 (638 to 739)")
    assert one.figure("theirs", "per second").value == 50
    assert one.figure("10,000", "bytes", "What it costs") == Figure(21, None, None, "MB", "21 MB")
    assert one.section("What it costs").startswith("| stories")
    for missing in (("ours", "an hour"), ("mine", "per second"), ("nobody's", "per second")):
        with pytest.raises(KeyError):
            one.figure(*missing)
    with pytest.raises(KeyError):
        one.figure("ours", "per second", "What it costs")


@given(st.lists(st.integers(-(10**6), 10**6), min_size=1))
def test_a_spread_is_read_back(values: list[int]) -> None:
    found = figure(spread(values, "{:,.1f}"))
    assert found is not None and (found.low, found.high) == (min(values), max(values))
    assert found.low <= found.value <= found.high  # type: ignore[operator]


@pytest.mark.parametrize("cell", ["", "–", "yes", "a 5", "not installed"])
def test_words_are_no_figure(cell: str) -> None:
    assert figure(cell) is None


@pytest.mark.parametrize(
    ("new", "old", "so"),
    [
        (Size.USUAL, None, True),
        (Size.USUAL, Size.USUAL, True),
        (Size.FULL, Size.USUAL, True),
        (Size.USUAL, Size.FULL, False),
        (Size.SMALL, None, False),
        (Size.SMALL, Size.SMALL, False),
    ],
)
def test_what_is_smaller_takes_no_place(new: Size, old: Size | None, so: bool) -> None:
    assert larger(record(size=new), record(size=old) if old else None) is so


# The jobs.


def test_every_job_has_a_name_a_module_its_sizes_and_its_page() -> None:
    assert len(BY_NAME) == len(JOBS)
    for job in JOBS:
        assert set(job.arguments) == set(job.minutes) == set(Size)
        assert job.there or job.name == "scale", job.module
        for name in (job.page, *job.pictures):
            assert not name or (ROOT / "docs" / name).is_file(), name
        if job.page:
            marks = re.findall(r"<!-- figures: (\w+)", (ROOT / "docs" / job.page).read_text("utf-8"))
            assert job.name in marks or job.name == "scale", job.page
    assert {path.stem for path in documents.KEPT.glob("*.json")} <= set(BY_NAME)


def test_jobs_are_chosen_by_name() -> None:
    assert chosen(None) == JOBS
    assert [job.name for job in chosen("million, choices")] == ["choices", "million"]
    with pytest.raises(ValueError, match="no benchmark is called nothing; there are choices, "):
        chosen("nothing")


# A run.


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose documents and results lie in a folder of their own, with the modules of three jobs."""
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "good_job.py").write_text(f"import os; assert os.environ['MADE']; print({PRINTED!r})")
    (modules / "bad_job.py").write_text("raise SystemExit('no')")
    (modules / "found_job.py").write_text(f"print({PRINTED!r}); raise SystemExit(1)")
    (tmp_path / "docs/benchmarks").mkdir(parents=True)
    (tmp_path / "README.md").write_text(
        "It takes <!-- figure: good :: theirs :: per second -->?<!-- --> s.\n"
    )
    (tmp_path / "CONTRIBUTING.md").write_text("Nothing.\n")
    monkeypatch.setenv("PYTHONPATH", f"{modules}:{ROOT}")
    monkeypatch.syspath_prepend(str(modules))
    for module in (bench, documents):
        monkeypatch.setattr(module, "ROOT", tmp_path)
        monkeypatch.setattr(module, "KEPT", tmp_path / "docs/benchmarks")
    monkeypatch.setattr(bench, "MADE", tmp_path / "build/bench")
    monkeypatch.setattr(documents, "PAGE", tmp_path / "docs/benchmarks.md")
    return tmp_path


def job(name: str, may_find: bool = False) -> Job:
    sizes = dict.fromkeys(Size, "")
    return Job(name, "a job", f"{name}_job", sizes, dict.fromkeys(Size, 0.1), may_find=may_find)


def test_a_run_keeps_what_it_measured_and_says_what_failed(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench.run([job("bad"), job("good"), job("found", True), job("absent")], Size.USUAL) == 1
    said = capsys.readouterr().out
    assert "bad: failed: python -m bad_job ended with 1" in said
    assert "absent: not there yet" in said and "it found something amiss" in said
    kept = documents.records(here / "docs/benchmarks")
    assert set(kept) == {"good", "found"}
    assert kept["good"].section() == PRINTED.strip()
    assert kept["good"].machine["machine"] and kept["good"].size is Size.USUAL
    assert (
        (here / "README.md")
        .read_text()
        .startswith("It takes <!-- figure: good :: theirs :: per second -->50<!-- --> s.")
    )


def test_a_smaller_run_leaves_the_record_alone_unless_it_is_told_otherwise(here: Path) -> None:
    assert bench.run([job("good")], Size.FULL) == 0
    assert bench.run([job("good")], Size.USUAL) == 0
    assert bench.run([job("good")], Size.SMALL) == 0
    assert documents.records(here / "docs/benchmarks")["good"].size is Size.FULL
    assert Record.of((here / "build/bench/good.json").read_text()).size is Size.SMALL
    assert bench.run([job("good")], Size.USUAL, replace=True) == 0
    assert documents.records(here / "docs/benchmarks")["good"].size is Size.USUAL


def test_an_interrupt_costs_the_job_under_way_alone(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = bench.measured

    def interrupted(one: Job, size: Size, replace: bool) -> str:
        if one.name == "found":
            raise KeyboardInterrupt
        return whole(one, size, replace)

    monkeypatch.setattr(bench, "measured", interrupted)
    assert bench.run([job("good"), job("found", True)], Size.USUAL) == 1
    assert set(documents.records(here / "docs/benchmarks")) == {"good"}
    assert "-->50<!--" in (here / "README.md").read_text()
    assert bench.done_already(job("good"), Size.USUAL, machine.commit())
    assert not bench.done_already(job("good"), Size.FULL, machine.commit())
    assert not bench.done_already(job("found"), Size.USUAL, machine.commit())


def test_a_place_whose_figure_is_gone_is_said_and_costs_no_result(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "README.md").write_text("<!-- figure: good :: ours :: an hour -->1<!-- -->")
    assert bench.run([job("good")], Size.USUAL) == 1
    assert "documents: failed: good has no ours | an hour" in capsys.readouterr().out
    assert set(documents.records()) == {"good"}


# The documents.


def test_the_documents_are_as_the_record_has_them() -> None:
    kept = documents.records()
    for path in documents.pages():
        text = path.read_text("utf-8")
        assert documents.written(text, kept) == text, f"{path.name}: run `make bench-documents`"
    assert documents.PAGE.read_text("utf-8") == documents.page(kept), "run `make bench-documents`"


def test_a_figure_that_no_record_has_is_no_figure() -> None:
    with pytest.raises(KeyError):
        documents.written("<!-- figure: choices :: ours :: an hour -->1<!-- -->", {"choices": record()})
    text = "<!-- figures: choices/What it costs -->\nold\n<!-- end of figures -->\n"
    once = documents.written(text, {"choices": record()})
    assert "| 10,000" in once and "old" not in once and documents.written(once, {"choices": record()}) == once
    assert "Not measured yet." in documents.written(text, {})


@pytest.mark.parametrize("path", documents.pages(), ids=lambda path: path.name)
def test_every_other_figure_says_where_it_is_from(path: Path) -> None:
    page, known = path.read_text("utf-8"), listed((documents.KEPT / "stated.toml").read_text("utf-8"))
    stated = known.get(str(path.relative_to(ROOT)), ())
    assert list(unknown(page, stated)) == [], "mark its place, or say in stated.toml where it is from"
    assert list(stale(page, stated)) == [], "stated.toml has what the page has not"


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ("It takes 3 ms, or 1.5 s.", ["3 ms", "1.5 s"]),
        ("At 6,853 stories a second; 30 to 60 kB.", ["6,853 stories a", "30 to 60 kB"]),
        ("Twice, 0.77 × or 22 %; 14.7 times.", ["0.77 ×", "22 %", "14.7 times"]),
        ("In 2001, on 27 November 2026, of 100,000 stories on 2 cores.", []),
        ("`sleep 5 s` and\n```sh\nwait 5 s\n```\n", []),
        ("every 7 days, at 10 hours", []),
        ("<!-- figure: a :: b :: c -->5<!-- --> s", []),
        ("<!-- figures: a -->\n5 s\n<!-- end of figures -->\n", []),
        ("[5 s](page-5 s)", ["5 s"]),
    ],
)
def test_what_counts_as_a_figure(page: str, found: Sequence[str]) -> None:
    assert [each for _, each in figures(page)] == found


def test_a_figure_lies_in_a_phrase_that_has_a_source() -> None:
    known = listed('["a.md"]\n"a limit" = ["for 30 seconds at most"]\n')["a.md"]
    assert list(unknown("It waits for\n30 seconds at most.", known)) == []
    assert len(list(unknown("It waits for 31 seconds at most.", known))) == 1
    assert list(stale("It waits.", known)) == ["for 30 seconds at most"]


def test_the_machine_is_told_without_its_name() -> None:
    said = machine.described()
    assert {"machine", "disk", "kernel", "versions", "load before"} == set(said)
    assert "duckdb 1." in said["versions"] and "cores" in said["machine"]
    assert not any(name in " ".join(said.values()) for name in (str(ROOT), str(Path.home())))
    assert replace(record(), commit="") != record()


def test_the_million_is_drawn_of_one_size_and_of_several() -> None:
    one = {
        "all_of_it": {"stories": 1_000.0, "load": 2.0, "families": 1.0},
        "index": {"index": 0.5},
        "publish": {"publish": 0.2},
        "an_hour_later": {"load": 0.4},
        "questions": dict.fromkeys((*QUESTIONS, "search"), 0.01),
    }
    assert picture({1_000: one}).count("<circle") == 6
    assert picture({1_000: one, 10_000: one}).count("<circle") == 12
