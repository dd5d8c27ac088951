"""Ask: what DuckDB answers is what people see and keep; nothing is changed, nothing runs for ever."""

from __future__ import annotations

import csv
import json
import re
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from playwright.sync_api import Browser, Page, expect

from explore.asking import LONGEST_CELL, MOST_ROWS, Asking
from explore.charts import OTHERS, Datum, gathered
from explore.examples import EXAMPLES
from explore.harmless import told_apart
from explore.plot import Choice, PlotError, choice, column, plotted
from tests.explore.conftest import Archived, faults_of, fits, opened, served

QUESTION = (
    "select section, count(*) as stories, max(published_on) as last from articles group by all order by 1"
)
ENDLESS = "select sum(hash(a.range)) from range(1000000) as a, range(1000000) as b"
PATHS = ("/ask", "/ask?sql=from+stories_by_day_and_section", "/ask?sql=selec")


def duckdb_says(archived: Archived, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(archived.folder.public), read_only=True) as con:
        con.execute("set TimeZone = 'Asia/Karachi'")
        return con.execute(sql).fetchall()


def trouble(page: str) -> str:
    """What a page says beside the question."""
    [said] = html.fromstring(page).xpath("//*[@id='said']")
    return str(said.text_content())


def test_people_ask_see_draw_and_keep(tab: Page, address: str, archived: Archived, tmp_path: Path) -> None:
    expected = duckdb_says(archived, QUESTION)
    tab.goto(f"{address}/ask")
    question = tab.get_by_role("textbox", name="One question")
    question.fill(QUESTION)
    question.press("Control+Enter")
    table = tab.get_by_role("region", name="The answer as a table")
    expect(table.get_by_role("row")).to_have_count(1 + len(expected))
    shown = [row.get_by_role("cell").all_inner_texts() for row in table.get_by_role("row").all()[1:]]
    assert shown == [[str(value) for value in row] for row in expected]
    expect(question).to_have_value(QUESTION)
    expect(tab.get_by_role("img", name="stories by last and section")).to_be_visible()

    tab.get_by_label("To the right").select_option("section")
    tab.get_by_label("Colour").select_option("none")
    tab.get_by_label("As", exact=True).select_option("bars")
    tab.get_by_role("button", name="Draw").click()
    picture = tab.get_by_role("img", name="stories by section")
    heights = [stories for _, stories, _ in expected]
    expect(picture).to_have_accessible_description(
        re.compile(f"{len(expected)} figures, from {min(heights)} to {max(heights)}")
    )

    for form in ("CSV", "Parquet", "JSON Lines"):
        with tab.expect_download() as downloading:
            tab.get_by_role("link", name=form, exact=True).click()
        kept = tmp_path / downloading.value.suggested_filename
        downloading.value.save_as(kept)
        assert duckdb.sql(f"from '{kept}'").fetchall() == expected, form
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "dawn-answer.csv",
        "dawn-answer.jsonl",
        "dawn-answer.parquet",
    ]


def test_names_go_into_the_question(tab: Page, address: str) -> None:
    tab.goto(f"{address}/ask")
    question = tab.get_by_role("textbox", name="One question")
    question.fill("select count(*) from")
    tab.get_by_text("stories_by_author").first.click()
    tab.get_by_role("button", name="stories_by_author", exact=True).click()
    expect(question).to_have_value("select count(*) from stories_by_author")
    expect(question).to_be_focused()
    question.fill("select max(")
    tab.get_by_role("textbox", name="Names and meanings").fill("how many st")
    expect(tab.get_by_text("One row per name in a byline.")).to_be_visible()
    expect(tab.locator("details[data-table] > summary", has_text="snapshot")).to_have_count(2)
    expect(tab.locator("details[data-table] > summary", has_text="snapshot").first).to_be_hidden()
    tab.get_by_role("button", name="words", exact=True).locator("visible=true").or_(
        tab.get_by_role("button", name="stories", exact=True).locator("visible=true")
    ).first.press("Enter")  # a key does what a click does
    expect(question).to_have_value("select max(stories")


@pytest.mark.parametrize(("title", "sql"), EXAMPLES)
def test_the_examples_are_answered(client: httpx.Client, archived: Archived, title: str, sql: str) -> None:
    assert len(EXAMPLES) == 10
    said = client.get("/ask", params={"sql": sql})
    assert said.status_code == 200, trouble(said.text)
    assert title in said.text
    rows = html.fromstring(said.text).xpath("//div[@aria-label='The answer as a table']//tbody/tr")
    if "search" not in sql:
        assert len(rows) == len(duckdb_says(archived, sql))


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("drop table core.articles", "only questions are answered here"),
        ("delete from core.articles", "not DELETE"),
        ("insert into core.articles select * from core.articles", "not INSERT"),
        ("copy (select 1) to '/tmp/there'", "not COPY"),
        ("attach '/tmp/there'", "not ATTACH"),
        ("set threads = 1", "not SET"),
        ("install httpfs", "not LOAD"),
        ("select 1; drop table core.articles", "one statement at a time"),
        ("from read_text('/etc/passwd')", "disabled"),
        ("from 'http://127.0.0.1:1/x.csv'", "disabled"),
        ("selec 1", "syntax error"),
        ("select nothing from articles", "nothing"),
        ("from search('title:')", "title: wants something behind it"),
        ("-- nothing", "there is no question in it"),
    ],
)
def test_what_is_no_question_is_refused_in_one_line(
    client: httpx.Client, archived: Archived, sql: str, why: str
) -> None:
    before = archived.folder.public.stat()
    said = client.get("/ask", params={"sql": sql})
    assert said.status_code == 400
    assert why in trouble(said.text) and "\n" not in trouble(said.text)
    assert html.fromstring(said.text).xpath("//textarea")[0].text.strip() == sql
    for form in ("csv", "jsonl", "parquet"):
        kept = client.get(f"/ask/answer.{form}", params={"sql": sql})
        assert kept.status_code == 400 and kept.headers["content-type"].startswith("text/html")
        assert trouble(kept.text)
    assert archived.folder.public.stat() == before
    assert not Path("/tmp/there").exists()


HOSTILE = """
select
    '<script>alert(1)</script><img src=x onerror=alert(2)>' as "<script>alert(3)</script>",
    repeat('<b>5 MB', 1000000) as long,
    chr(8238) || 'gpj.exe' || chr(0) || chr(27) || '[31m' as turned,
    [{'a': [1, null]}] as nested,
    map {'k': 'v'} as mapped,
    'nan'::double as nan,
    '-infinity'::double as infinite,
    date '1947-08-14' as early,
    timestamptz '1947-08-14 00:00:00+05:00' as instant,
    date '0044-03-15 (BC)' as ancient,
    'infinity'::date as never,
    interval 3 month as span,
    '\\xDE\\xAD'::blob as bytes,
    time '10:00' as clock,
    170141183460469231731687303715884105727::hugeint as huge,
    1.50::decimal(5, 2) as money,
    null as nothing,
    true as yes,
    1 as twice,
    2 as twice
"""


def test_hostile_cells_are_words(tab: Page, address: str, client: httpx.Client) -> None:
    tab.on("dialog", lambda dialog: pytest.fail(dialog.message))
    tab.goto(str(httpx.URL(f"{address}/ask", params={"sql": HOSTILE})))
    table = tab.get_by_role("region", name="The answer as a table")
    names = [each.strip() for each in table.get_by_role("columnheader").all_inner_texts()]
    cells = dict(zip(names, table.get_by_role("cell").all_inner_texts(), strict=True))
    assert table.locator("script, img, b").count() == 0
    assert cells["<script>alert(3)</script>"].startswith("<script>alert(1)</script><img")
    assert len(cells["long"]) == LONGEST_CELL and cells["long"].endswith("…")
    assert "1 cell cut" in tab.inner_text("main")
    assert cells["turned"] == "⟨U+202E⟩gpj.exe⟨U+0000⟩⟨U+001B⟩[31m"
    assert cells["nested"] == '[{"a": [1, null]}]' and cells["mapped"] == '{"k": "v"}'
    assert (cells["nan"], cells["infinite"], cells["nothing"], cells["yes"]) == ("", "", "", "true")
    assert (cells["early"], cells["ancient"], cells["never"]) == (
        "1947-08-14",
        "0044-03-15 (BC)",
        "9999-12-31",
    )
    assert cells["instant"].startswith("1947-08-14 00:30:00+05:30")  # Karachi was half an hour ahead then
    assert (cells["span"], cells["bytes"], cells["clock"]) == ("90 days, 0:00:00", "dead", "10:00:00")
    assert cells["huge"] == "170141183460469231731687303715884105727"
    assert (cells["twice"], cells["twice (2)"]) == ("1", "2")
    assert fits(tab)

    csv.field_size_limit(10_000_000)
    kept = list(csv.reader(client.get("/ask/answer.csv", params={"sql": HOSTILE}).text.splitlines()))
    assert kept[1][1] == "<b>5 MB" * 1_000_000  # whole
    twice = client.get("/ask/answer.jsonl", params={"sql": HOSTILE})
    assert twice.status_code == 400 and "two columns are called 'twice'" in trouble(twice.text)


def test_many_rows_are_cut_and_said_to_be(client: httpx.Client) -> None:
    said = client.get(
        "/ask", params={"sql": "select range as n, n * 2 as double from range(100_000_000_000)"}
    )
    page = html.fromstring(said.text)
    assert len(page.xpath("//div[@aria-label='The answer as a table']//tbody/tr")) == MOST_ROWS
    assert "The first 1,000 rows are shown; there are more" in page.text_content()
    many = ", ".join(f"{n} as c{n}" for n in range(150))
    assert "the first 100 of 150 columns" in client.get("/ask", params={"sql": f"select {many}"}).text
    few = client.get("/ask", params={"sql": f"select range as n from range({MOST_ROWS})"})
    assert "1,000 rows</span>" in few.text and "there are more" not in few.text
    none = client.get("/ask", params={"sql": "select 1 as n where false"})
    assert none.status_code == 200 and "No row has all of this." in none.text


def test_wide_answers_scroll_by_themselves(browser: Browser, address: str) -> None:
    wide = ", ".join(f"'a_long_word_{n}' as column_{n}" for n in range(40))
    with opened(browser, viewport={"width": 360, "height": 740}) as page:
        page.goto(str(httpx.URL(f"{address}/ask", params={"sql": f"select {wide}"})))
        expect(page.get_by_role("region", name="The answer as a table")).to_be_visible()
        assert fits(page)


@pytest.fixture
def impatient(archived: Archived) -> Iterator[tuple[httpx.Client, Asking]]:
    """The pages of the archive where a question may take 0.3 seconds, and two may be asked at once."""
    bounds = Asking(seconds=0.3, memory=200 << 20)
    with (
        served(archived.folder.root, asking=bounds) as here,
        httpx.Client(base_url=here, timeout=60) as client,
    ):
        yield client, bounds


def test_a_question_that_takes_too_long_is_stopped(impatient: tuple[httpx.Client, Asking]) -> None:
    client, _ = impatient
    for path in ("/ask", "/ask/answer.csv", "/ask/answer.jsonl", "/ask/answer.parquet"):
        said = client.get(path, params={"sql": ENDLESS})
        assert said.status_code == 400
        assert trouble(said.text) == "not answered within 0.3 seconds, and stopped: ask for less"
    rows = client.get(
        "/ask/answer.csv", params={"sql": "from range(100_000_000_000)"}
    )  # it yields, and goes on
    assert rows.status_code == 400 and "stopped" in trouble(rows.text)
    assert client.get("/ask", params={"sql": "select 1"}).status_code == 200


def test_a_question_that_needs_too_much_memory_is_refused(impatient: tuple[httpx.Client, Asking]) -> None:
    client, bounds = impatient
    said = client.get("/ask", params={"sql": "select list(range) from range(1_000_000_000)"})
    assert said.status_code == 400
    assert bounds.memory == 200 << 20 and ("emory" in trouble(said.text) or "stopped" in trouble(said.text))


def test_two_are_asked_at_once_and_the_third_is_told_to_wait(impatient: tuple[httpx.Client, Asking]) -> None:
    client, bounds = impatient
    with bounds.turn(), bounds.turn():
        for path in ("/ask", "/ask/answer.csv"):
            said = client.get(path, params={"sql": "select 1"})
            assert said.status_code == 503 and said.headers["retry-after"]
            assert "wait until one is done" in trouble(said.text)
        assert client.get("/ask").status_code == 200  # the page itself is there
    assert client.get("/ask", params={"sql": "select 1"}).status_code == 200


def test_who_goes_away_ends_the_question(archived: Archived) -> None:
    bounds = Asking(seconds=120, at_once=1)
    with (
        served(archived.folder.root, asking=bounds) as here,
        httpx.Client(base_url=here, timeout=60) as client,
    ):
        with pytest.raises(httpx.ReadTimeout):
            client.get("/ask", params={"sql": ENDLESS}, timeout=0.5)
        while (said := client.get("/ask", params={"sql": "select 1"})).status_code == 503:
            pass  # until the server has noticed; else the test's own time runs out
        assert said.status_code == 200


def test_no_file_is_left_behind(
    archived: Archived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: httpx.Client
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for form in ("csv", "jsonl", "parquet"):
        for sql, status in ((QUESTION, 200), ("select 1 / 'x'", 400)):
            assert client.get(f"/ask/answer.{form}", params={"sql": sql}).status_code == status
            assert list(tmp_path.iterdir()) == []
    assert client.get("/ask/answer.exe", params={"sql": QUESTION}).status_code == 404


def test_an_answer_that_is_too_large_for_the_disk_is_given_up(
    archived: Archived, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nearly_full(_path: object) -> SimpleNamespace:
        return SimpleNamespace(free=100_000)

    monkeypatch.setattr("shutil.disk_usage", nearly_full)
    bounds = Asking(seconds=120)
    with (
        served(archived.folder.root, asking=bounds) as here,
        httpx.Client(base_url=here, timeout=60) as client,
    ):
        for form in ("csv", "parquet"):
            sql = "select hash(range) from range(100_000_000_000)"
            said = client.get(f"/ask/answer.{form}", params={"sql": sql})
            assert said.status_code == 400
            assert "more than half of what is free on the disk" in trouble(said.text)


def test_a_question_of_another_site_is_not_run(client: httpx.Client) -> None:
    for site, run in (("cross-site", False), ("same-site", False), ("same-origin", True), ("none", True)):
        headers = {"sec-fetch-site": site, "sec-fetch-mode": "navigate"}
        said = client.get("/ask", params={"sql": "select 6 * 7 as n"}, headers=headers)
        assert ("<bdi>42</bdi>" in said.text) == run
        assert "select 6 * 7 as n" in said.text
        kept = client.get("/ask/answer.csv", params={"sql": "select 6 * 7 as n"}, headers=headers)
        assert (kept.text == "n\n42\n") == run


def test_a_question_that_is_too_long_is_said_to_be(client: httpx.Client) -> None:
    said = client.get("/ask", params={"sql": "select 1 --" + "x" * 8000})
    assert said.status_code == 400 and "`dawn sql` takes longer ones" in trouble(said.text)


@pytest.mark.parametrize(("path", "scheme"), [*zip(PATHS, ("light", "dark", "dark"), strict=True)])
def test_asking_is_for_everyone(browser: Browser, address: str, path: str, scheme: str) -> None:
    with opened(browser, color_scheme=scheme, viewport={"width": 360, "height": 740}) as page:
        if path.endswith("selec"):  # whose status the console complains of
            page.route("**/ask?sql=selec", lambda route: route.fulfill(response=route.fetch(), status=200))
        page.goto(address + path)
        page.locator("details[data-table] summary").first.click()
        assert faults_of(page) == []
        assert fits(page)


# ── plots ────────────────────────────────────────────────────────────────────────────────────────────────

DAYS = [date(2026, 1, n) for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"day": DAYS, "n": [1, 2, 3]}, Choice("day", "n", "", "lines")),
        ({"n": [1, 2, 3], "day": DAYS}, Choice("day", "n", "", "lines")),
        ({"at": [datetime(2026, 1, 1, tzinfo=UTC)] * 3, "n": [1, 2, 3]}, Choice("at", "n", "", "points")),
        ({"day": DAYS, "who": ["a", "b", "a"], "n": [1, 2, 3]}, Choice("day", "n", "who", "lines")),
        ({"who": ["a", "b", "c"], "n": [1, 2, 3]}, Choice("who", "n", "", "bars")),
        (
            {"story_id": [7, 8, 9], "words": [1, 2, 3], "who": ["a", "b", "c"]},
            Choice("who", "words", "", "bars"),
        ),
        ({"hour": [0, 1, 2], "n": [1, 2, 3]}, Choice("hour", "n", "", "bars")),
        ({"a": [0, 0, 2], "n": [1.5, 2, 3]}, Choice("a", "n", "", "points")),
        ({"n": [Decimal("1.5"), None, 3]}, Choice("n", "n", "", "bars")),
        ({"who": ["a", "b", "c"], "yes": [True, False, True]}, None),
        ({"mixed": ["0044-03-15 (BC)", DAYS[0], None]}, None),
        ({"nan": [float("nan")] * 3}, None),
        ({}, None),
    ],
)
def test_the_first_plot_fits_the_types(columns: dict[str, list[Any]], expected: Choice | None) -> None:
    made = [column(name, values) for name, values in columns.items()]
    assert choice(made) == expected
    if expected:
        assert plotted(made, expected).chart.data


@pytest.mark.parametrize(
    ("chosen", "why"),
    [
        (Choice("x", "who"), "y: wants a column of numbers"),
        (Choice("<x>", "n"), "x: the answer has no column"),
        (Choice("x", "n", "no"), "colour: the answer has no column"),
    ],
)
def test_what_cannot_be_drawn_is_said(chosen: Choice, why: str) -> None:
    with pytest.raises(PlotError, match=re.escape(why)):
        plotted([column("x", [1]), column("n", [1]), column("who", ["a"])], chosen)


def test_what_a_plot_leaves_away_is_said() -> None:
    words = [f"word {n}" for n in range(60)]
    made = [
        column("w", words),
        column("n", [float("inf"), *range(59)]),
        column("c", [str(n % 20) for n in range(60)]),
    ]
    notes = plotted(made, Choice("w", "n", "c", "bars")).notes
    assert [note.split(" ")[0] for note in notes] == ["1", "w:", "c:"]
    lines = plotted(made, Choice("w", "n", "c", "lines")).chart
    assert OTHERS not in lines.order and len(lines.order) == 7


def test_the_plots_spec_can_be_kept(client: httpx.Client) -> None:
    asked = {"sql": QUESTION, "x": "section", "y": "stories", "mark": "points"}
    spec = client.get("/ask/plot.vl.json", params=asked).json()
    assert spec["layer"][0]["mark"]["type"] == "point" and json.dumps(spec).isascii() is not None
    for wrong in ({"x": "nowhere"}, {"mark": "cake"}, {"y": "section"}):
        refused = client.get("/ask/plot.vl.json", params=asked | wrong)
        assert refused.status_code == 400 and trouble(refused.text)
        page = client.get("/ask", params=asked | wrong)
        assert page.status_code == 400 and "The answer as a table" in page.text  # which stays


@given(st.lists(st.text(max_size=200), max_size=12))
def test_columns_are_told_apart(names: list[str]) -> None:
    told = told_apart(names, 20)
    assert len(told) == len(names) == len(set(told)) and all(told)


@given(
    st.lists(st.tuples(st.sampled_from("abcdefghijkl"), st.integers(-5, 9)), max_size=40), st.integers(1, 9)
)
def test_the_others_are_what_is_left(pairs: list[tuple[str, int]], most: int) -> None:
    data, order = gathered([Datum(n, y, name) for n, (name, y) in enumerate(pairs)], most)
    assert [each.y for each in data] == [y for _, y in pairs]
    assert {each.series for each in data} == set(order) and len(order) <= most
    assert all(each.series in (name, OTHERS) for each, (name, _) in zip(data, pairs, strict=True))
