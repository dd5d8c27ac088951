"""What a terminal shows: tables that fit at any width, progress with counts; and a pipe none of that."""

from __future__ import annotations

import re
import shutil
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from crawlers.lookalike import Lookalike
from flows.console import folded
from flows.coverage import calendar
from flows.progress import rate
from flows.tables import GAP, LEAST, LINES, MARK, print_table, widths
from tests.flows.conftest import Backfilled, in_folder
from tests.flows.terminal import in_terminal

# ── how wide ─────────────────────────────────────────────────────────────────────────────────────────────

COLUMNS = st.lists(st.tuples(st.integers(1, 300), st.booleans()), min_size=1, max_size=30)


@given(COLUMNS, st.integers(12, 250))
def test_a_table_is_never_wider_than_its_terminal(columns: list[tuple[int, bool]], room: int) -> None:
    natural, rigid = [n for n, _ in columns], [fixed for _, fixed in columns]
    found = widths(natural, rigid, room)
    left_out = len(found) < len(natural)
    assert 1 <= len(found) <= len(natural)
    taken = sum(found) + GAP * (len(found) - 1) + (GAP + 1 if left_out else 0)
    assert taken <= room
    assert all(1 <= got <= wanted for got, wanted in zip(found, natural, strict=False))
    if len(found) > 1:
        for got, wanted, fixed in zip(found, natural, rigid, strict=False):
            assert got == wanted if fixed else got >= min(wanted, LEAST)
    if sum(natural) + GAP * (len(natural) - 1) <= room:
        assert found == natural, "what fits is left alone"


@given(COLUMNS, st.integers(12, 250))
def test_no_room_is_wasted_while_a_column_is_squeezed(columns: list[tuple[int, bool]], room: int) -> None:
    natural, rigid = [n for n, _ in columns], [fixed for _, fixed in columns]
    found = widths(natural, rigid, room)
    if len(found) == len(natural) and found != natural:
        assert sum(found) + GAP * (len(found) - 1) == room


class _Terminal(StringIO):
    def isatty(self) -> bool:
        return True


CELLS = st.text(st.sampled_from("ab 漢é\n\t—"), max_size=200)


@settings(deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=4), st.integers(12, 100), st.booleans())
def test_every_line_of_a_table_fits_and_says_what_is_cut(
    rows: list[tuple[str, str, str]], room: int, terminal: bool
) -> None:
    out = _Terminal() if terminal else StringIO()
    console = Console(file=out, width=room, color_system=None, highlight=False)
    lacking = print_table(
        console, ("one", "a longer head", "three"), [[Text(c) for c in row] for row in rows], (False,) * 3
    )
    lines = out.getvalue().splitlines()
    assert all(cell_len(line) <= room for line in lines)
    assert (lacking is not None) == (MARK in out.getvalue())
    if not terminal:
        assert lacking is None or "cut" not in lacking, "in a pipe texts are whole"
    elif len(rows) == 1:
        assert len(lines) <= LINES + 3, "a head may take three lines"


TEXTS = st.text(st.sampled_from("ab cd — é"), max_size=300)


@given(TEXTS, st.integers(0, 40), st.integers(10, 120))
def test_a_folded_line_keeps_its_words_and_fits(said: str, hang: int, width: int) -> None:
    lines = folded(Text(said), hang, width)
    assert all(cell_len(line.plain) <= width for line in lines)
    kept = "".join("".join(line.plain.split()) for line in lines)
    assert kept == "".join(said.split())


def test_a_line_hangs_beside_its_label_where_there_is_room() -> None:
    said = Text("days       one two three four")
    assert [line.plain for line in folded(said, 11, 24)] == ["days       one two three", "           four"]
    assert [line.plain for line in folded(said, 11, 14)] == ["days", "  one two", "  three four"]


@pytest.mark.parametrize(
    ("speed", "said"),
    [
        *((None, ""), (0, ""), (0.001, "4/h"), (0.5, "30/min"), (0.949, "57/min")),
        *((0.96, "1.0/s"), (3.21, "3.2/s"), (9.96, "10/s"), (250, "250/s")),
    ],
)
def test_a_rate_in_its_unit(speed: float | None, said: str) -> None:
    assert rate(speed) == said


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
@pytest.mark.parametrize("width", [40, 80, 200])
def test_nothing_is_wider_than_the_terminal(backfilled: Backfilled, tmp_path: Path, width: int) -> None:
    sql = "select story_id from articles order by word_count desc limit 1"
    story = in_folder(tmp_path)("sql", sql, "--format", "csv").stdout.split()[1]
    for words in (
        ("sql", "from articles limit 3"),
        ("sql", "select story_id, title, body from articles order by all limit 3"),
        ("sql", "select * from editions"),
        ("search", "the"),
        ("coverage", "2020-01-01..2026-12-31"),
        ("edits",),
        ("status",),
        ("check",),
        ("config",),
        ("why", story),
        (),
    ):
        shown = in_terminal(tmp_path, width, *words)
        assert shown.code == 0, shown.raw
        # Of a command line that is to be copied the terminal breaks the lines, so that it is copied whole.
        wide = [line for line in shown.lines if cell_len(line) > width and "| gunzip" not in line]
        assert wide == [], words


def test_a_table_keeps_its_columns_and_says_how_to_see_the_rest(
    backfilled: Backfilled, tmp_path: Path
) -> None:
    query = "select story_id, title, word_count from articles order by story_id limit 4"
    asked = in_folder(tmp_path)("sql", query, "--format", "csv").stdout.splitlines()[1:]
    numbers = [line.split(",")[0] for line in asked]
    for width in (40, 80):
        head, *lines = [line for line in in_terminal(tmp_path, width, "sql", query).lines if line]
        title, count = head.index("title"), head.index("word_count")
        assert [line[: title - GAP].strip() for line in lines if line[: title - GAP].strip()] == numbers
        assert all(line[title - GAP : title] == "  " for line in lines if len(line) > title)
        assert all(line[count - GAP : count] == "  " for line in lines if len(line) > count)
    narrow = in_terminal(tmp_path, 40, "sql", "from articles limit 1")
    assert narrow.lines[0].endswith(MARK)
    assert "columns are left out" in " ".join(narrow.lines) and "--format" in " ".join(narrow.lines)
    long = in_terminal(tmp_path, 80, "sql", "select body from articles order by word_count desc limit 1")
    assert len([line for line in long.lines if line]) <= LINES + 3
    assert "long texts are cut" in " ".join(long.lines)
    piped = in_folder(tmp_path)("sql", "select body from articles order by word_count desc limit 1")
    assert piped.stderr == "" and MARK not in piped.stdout.splitlines()[0]


def test_a_narrow_calendar_has_every_day(backfilled: Backfilled) -> None:
    from warehouse.days import covered

    states = covered(backfilled.data / "dawn.duckdb")
    wide = calendar(states)
    for room, most in ((40, 39), (80, 65)):
        narrow = calendar(states, room)
        assert max(len(line.plain) for line in narrow) <= most
        for mark in "●◐?·":
            count = sum(line.plain.count(mark) for line in wide)
            assert sum(line.plain.count(mark) for line in narrow) == count
        held = re.search(r"\d+ of \d+", "".join(line.plain for line in wide))
        assert held and held[0] in "".join(line.plain for line in narrow)


STEPS = (
    *("listings of", "stories", "extracting", "looking for rails"),
    *("loading", "publishing", "indexing", "checking"),
)
COUNTED = re.compile(r"stories .*\b\d+/\d+ [\d.]+/(s|min) \d:\d\d:\d\d left$")


@pytest.mark.slow
def test_a_terminal_shows_each_step_with_count_rate_and_time_left(
    site: Lookalike, address: str, tmp_path: Path
) -> None:
    words = ("backfill", str(site.days[0]), "--site", address, "--delay", "0.01")
    shown = in_terminal(tmp_path, 100, *words, piped_stdout=True)
    assert shown.code == 0, shown.raw
    for step in STEPS:
        assert any(step in line for line in shown.lines), step
    assert any(COUNTED.search(line) for line in shown.lines)
    assert all(len(line) <= 100 for line in shown.lines)


def test_a_pipe_gets_a_line_a_day_and_no_control_characters(backfilled: Backfilled, tmp_path: Path) -> None:
    words = ("backfill", backfilled.day, "--site", backfilled.address, "--delay", "0", "--again")
    done = in_folder(tmp_path)(*words)
    assert done.returncode == 0, done.stderr
    assert len(done.stderr.splitlines()) == 1 and done.stderr.startswith(backfilled.day)
    assert done.stderr.removesuffix("\n").isprintable()


@pytest.mark.parametrize("forced", ["FORCE_COLOR", "TTY_COMPATIBLE"])
def test_who_asks_for_colours_in_a_pipe_gets_no_bars(
    backfilled: Backfilled, tmp_path: Path, forced: str
) -> None:
    done = in_folder(tmp_path)("replay", "--dry-run", settings={forced: "1"})
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "steps"),
    [
        (("replay",), ("extracting", "loading", "indexing", "checking")),
        pytest.param(("audit",), ("reading the archive",), marks=pytest.mark.slow),
        pytest.param(("compact",), ("putting runs together",), marks=pytest.mark.slow),
        (("forget", "1", "--dry-run"), ("looking for what is said of them",)),
    ],
)
def test_every_long_command_shows_how_far_it_is(
    backfilled: Backfilled, tmp_path: Path, words: tuple[str, ...], steps: tuple[str, ...]
) -> None:
    if words == ("replay",):  # so that there is all to do
        shutil.rmtree(tmp_path / "data" / "search")
        (tmp_path / "data" / "warehouse.duckdb").unlink()
        for made in (tmp_path / "data" / "extracted").iterdir():
            made.unlink()
    shown = in_terminal(tmp_path, 100, *words)
    assert shown.code == 0, shown.raw
    for step in steps:
        counted = [line for line in shown.lines if re.search(rf"{step}.*\d+/\d+", line)]
        assert counted, shown.raw
