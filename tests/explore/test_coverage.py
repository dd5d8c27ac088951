"""Coverage: from the calendar to a day to the story that is owed; every state told without its colour."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from explore.coverage import told as told_of
from tests.explore.conftest import Archived, asking, faults_of, fits, opened
from tests.flows.conftest import told
from tests.warehouse.paper import Paper, article, discovery, listing, settled_listings, week
from warehouse.database import writer
from warehouse.ledger import DayState
from warehouse.publish import publish


def cells(text: str) -> dict[str, tuple[str, str]]:
    """Each day of a calendar that is a link: its state, and its name."""
    found = re.findall(r'<a class="cell (\w+)" href="/coverage/([0-9-]+)" aria-label="([^"]+)"', text)
    return {day: (state, name) for state, day, name in found}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Four days of five: complete, absent, never listed, partial with every way a story can go."""
    paper = Paper(tmp_path_factory.mktemp("made"))
    paper.run(
        *settled_listings("2025-12-30"),
        discovery(40, day="2025-12-30"),
        discovery(41, "daily", "latest-news", "2025-12-30"),
        day="2025-12-30",
    )
    paper.page(40, article(40, printed_on="2025-12-30"))
    paper.page(41, article(41))
    late = "2026-03-12T00:00:00+00:00"
    missing = [
        listing(*where, "2025-12-31", status=404, at=late)
        for where in (("print", "national"), ("daily", "latest-news"))
    ]
    paper.run(*missing, day="2025-12-31")
    week(paper)
    hostile = discovery(50, "daily", "latest-news", title="<script>alert(1)</script>\u202e", position=1)
    paper.run(hostile, discovery(1, "daily", "latest-news", position=2))
    paper.load()
    publish(paper.root / "warehouse.duckdb", paper.root / "dawn.duckdb")
    with asking(paper.root) as client:
        yield client


# ── in a browser ─────────────────────────────────────────────────────────────────────────────────────────


def test_from_the_calendar_to_the_day_to_the_story_that_is_owed(
    tab: Page, address: str, archived: Archived
) -> None:
    def story(route: Route) -> None:
        route.fulfill(content_type="text/html", body="<title>the story</title>")

    tab.route("**/story/*", story)
    tab.goto(f"{address}/coverage")
    on = date.fromisoformat(archived.day)
    day = tab.get_by_role("link", name=f"{on.day} {on:%B %Y}: partial, ").first
    expect(day).to_have_accessible_name(re.compile(r"\d+ of \d+ held, (.*, )?1 owed"))
    day.click()
    tab.wait_for_url(f"{address}/coverage/{archived.day}")
    owed = tab.locator("li.listed", has=tab.locator(".state.owed"))
    expect(owed).to_have_count(1)
    expect(owed).to_contain_text("connection")
    expect(owed).to_contain_text("last asked for")
    expect(tab.locator("pre.command")).to_have_text(
        f"dawn backfill --data {archived.folder.root} {archived.day}"
    )
    tab.locator("pre.command").click()
    assert tab.evaluate("getSelection().toString()").strip() == tab.locator("pre.command").inner_text()
    owed.get_by_role("link").click()
    tab.wait_for_url(f"{address}/story/{archived.owed}")


def test_arrows_go_from_day_to_day_and_one_tab_leaves_them(
    tab: Page, address: str, archived: Archived
) -> None:
    tab.goto(f"{address}/coverage")
    years = tab.locator("table.years a")
    year = re.compile("complete|partial|absent|unknown")
    years.first.focus()
    expect(years.first).to_have_accessible_name(year)
    tab.keyboard.press("ArrowRight")
    expect(years.nth(1)).to_be_focused()
    tab.keyboard.press("ArrowLeft")
    expect(years.first).to_be_focused()
    tab.keyboard.press("End")
    expect(years.last).to_be_focused()
    tab.keyboard.press("Tab")
    expect(tab.locator("[data-roving] a:focus")).to_have_count(0)


def test_a_days_command_can_be_copied(browser: Browser, address: str, archived: Archived) -> None:
    with opened(browser, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.goto(f"{address}/coverage/{archived.day}")
        page.get_by_role("button", name="Copy").click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == page.locator("pre.command").inner_text()


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_it_is_for_everyone(browser: Browser, address: str, archived: Archived, scheme: str) -> None:
    """axe finds nothing, and a phone's width is enough: a year, a month, a day."""
    with opened(browser, color_scheme=scheme, viewport={"width": 360, "height": 740}) as page:
        for path in ("", f"?month={archived.day[:7]}", f"/{archived.day}"):
            page.goto(f"{address}/coverage{path}")
            assert faults_of(page) == []
            assert fits(page)


# ── without one ──────────────────────────────────────────────────────────────────────────────────────────


def test_each_day_is_a_link_whose_name_says_everything(made: httpx.Client) -> None:
    assert cells(made.get("/coverage?year=2025").text) == {
        "2025-12-30": ("complete", "30 December 2025: complete, 2 of 2 held"),
        "2025-12-31": ("absent", "31 December 2025: absent, nothing listed"),
    }
    newest = cells(made.get("/coverage").text)
    assert len(newest) == 31 + 28 + 9
    assert newest["2026-01-01"] == ("unknown", "1 January 2026: unknown, never listed")
    assert newest["2026-03-09"] == (
        "partial",
        "9 March 2026: partial, 1 of 7 held, 1 rejected, 1 gone, 1 refused, 3 owed",
    )
    month = cells(made.get("/coverage?month=2026-03").text)
    assert month == {day: said for day, said in newest.items() if day.startswith("2026-03")}


def test_one_kind_of_list_can_be_looked_at_alone(made: httpx.Client) -> None:
    paper = cells(made.get("/coverage?year=2026&place=print").text)
    assert (
        paper["2026-03-09"][1] == "9 March 2026: partial, 1 of 6 held, 1 rejected, 1 gone, 1 refused, 2 owed"
    )
    daily = made.get("/coverage?month=2026-03&place=daily")
    assert "1 of 2 held, 1 owed" in cells(daily.text)["2026-03-09"][1]
    assert "daily <bdi>latest-news</bdi>" in daily.text and "<bdi>national</bdi>" not in daily.text


def test_years_and_months_say_how_all_of_their_days_stand(made: httpx.Client) -> None:
    said = made.get("/coverage").text
    assert "2025: 1 complete, 1 absent; 2 of 2 stories held" in said
    assert "March 2026: 1 partial, 8 unknown; 1 of 7 stories held" in said
    assert "January 2026: 31 unknown; 0 of 0 stories held" in said
    assert "never listed, 2026-01-01..2026-03-08" in said
    assert re.search(r"dawn backfill --data \S+ --missing 2026-01-01\.\.2026-03-09", said)
    assert "2025" in re.findall(r'rel="prev">([^<]+)<', said) and 'rel="next"' not in said
    assert "Nothing.</li>" in made.get("/coverage?month=2025-12").text


def test_sections_stand_over_a_year_and_on_each_day_of_a_month(made: httpx.Client) -> None:
    year = made.get("/coverage?year=2025").text
    row = re.search(r"print <bdi>national</bdi></th>(.*)</tr>", year)
    assert row and re.findall(r">(\d+)<", row[1]) == ["1", "0", "0", "1", "1", "1", "0"]
    month = made.get("/coverage?month=2026-03").text
    grid = re.search(r"print <bdi>national</bdi></th>(.*?)</tr>", month, re.DOTALL)
    assert grid
    found = re.findall(r'class="cell (\w+)" title="([^"]+)"', grid[1])
    assert found == [("partial", "2026-03-09: partial, 1 of 6 held; 2 of 6 stories are still owed")]
    assert grid[1].count("<td") == 32, "the days, and their sum"


def test_a_day_tells_each_story_that_is_not_held_why_and_since_when(made: httpx.Client) -> None:
    said = made.get("/coverage/2026-03-09").text
    found = re.findall(
        r'<li class="listed">.*?href="/story/(\d+)".*?class="state (\w+)".*?<bdi>(.*?)</bdi></p>',
        said,
        re.DOTALL,
    )
    assert found == [
        ("4", "owed", "blocked: why"),
        ("6", "owed", "timeout: 60 s"),
        ("50", "owed", "never asked for"),
        ("2", "rejected", "pointer: why"),
        ("3", "gone", "why"),
        ("5", "refused", "robots.txt forbids it"),
    ]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;⟨U+202E⟩</bdi>" in said and "<script>alert" not in said
    lines = re.findall(r"listed since <time[^>]*>([^<]+)<", said)
    assert lines == [f"9 Mar 2026, {hour}:00" for hour in (14, 14, 18, 14, 14, 14)]
    assert said.count("never asked for</span>") == 1 and said.count("last asked for") == 5
    assert said.count("1 request in vain") == 1


def test_what_is_held_stands_in_the_order_of_its_list(client: httpx.Client, archived: Archived) -> None:
    said = client.get(f"/coverage/{archived.day}").text
    part = re.search(r"daily <bdi>latest-news</bdi></h3>\s*<ol>(.*?)</ol>", said, re.DOTALL)
    assert part
    rows = told(
        archived.folder,
        "select story_id from discoveries semi join articles using (story_id)"
        f" where member and place = 'daily' and section = 'latest-news' and day = '{archived.day}'"
        " group by 1 order by max_by(position, seen_at)",
    )
    assert [int(story) for story in re.findall(r"/story/(\d+)", part[1])] == [story for (story,) in rows]
    assert len(rows) > 3


@pytest.mark.parametrize(
    ("day", "states", "command"),
    [
        ("2025-12-30", "Each story that the day&#39;s lists name is held", " 2025-12-30 --again"),
        ("2025-12-31", "lists name no story", " 2025-12-31 --again"),
        ("2026-01-01", "was never listed", " 2026-01-01<"),
        ("1999-02-28", "was never listed", " 1999-02-28<"),
        ("9999-12-31", "was never listed", " 9999-12-31<"),
        ("0001-01-01", "was never listed", " 0001-01-01<"),
    ],
)
def test_a_day_that_lacks_nothing_or_everything(
    made: httpx.Client, day: str, states: str, command: str
) -> None:
    answer = made.get(f"/coverage/{day}")
    assert answer.status_code == 200
    said = answer.text.replace("day's", "day&#39;s")
    assert states in said and command in said


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("?year=20x5", 400, "there is no month or year &#39;20x5&#39;"),
        ("?month=2025-13", 400, "month: wants a day, a month or a year"),
        ("?month=2025-02-30", 400, "there is no month"),
        ("?year=0000", 400, "month: wants"),
        ("?place=%3Cb%3E", 400, "place: wants print or daily, and not &#39;&lt;b&gt;&#39;"),
        ("?year=9999", 200, "Coverage, 9999"),
        ("?year=0001", 200, "Coverage, 1"),
        ("/2025-02-30", 404, "2025-02-30&#39; is no day"),
        ("/20250228", 404, "is no day"),
        ("/%3Cscript%3E", 404, "&lt;script&gt;&#39; is no day"),
    ],
)
def test_what_is_no_day_is_said_to_be_none(made: httpx.Client, path: str, status: int, said: str) -> None:
    answer = made.get(f"/coverage{path}")
    assert (answer.status_code, said in answer.text) == (status, True), answer.text


def test_an_archive_without_a_day_says_what_to_do(paper: Paper) -> None:
    with writer(paper.root / "warehouse.duckdb"):
        pass
    publish(paper.root / "warehouse.duckdb", paper.root / "dawn.duckdb")
    with asking(paper.root) as client:
        said = client.get("/coverage")
        assert said.status_code == 200
        assert "No day was listed yet" in said.text and "dawn backfill" in said.text
        assert "never listed" in client.get("/coverage/2025-04-29").text
        assert client.get("/coverage?place=print").status_code == 200


def test_a_day_in_one_line() -> None:
    day = DayState(date(2025, 4, 29), "partial", 23, 0, 60, 8, 0, 0, 0, 2, "national: 2 of 9 are owed")
    assert told_of(day) == "29 April 2025: partial, 68 of 70 held, 2 owed"
