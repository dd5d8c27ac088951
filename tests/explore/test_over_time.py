"""Over time: the figures are those of the archive, its SQL gives the same, each chart is told in words."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from playwright.sync_api import Browser, Page, expect

from explore.harmless import harmless
from tests.explore.conftest import Archived, asking, faults_of, fits, opened, served
from tests.flows.conftest import told
from tests.warehouse.paper import Paper, article
from warehouse.database import writer
from warehouse.periods import UNITS, Unit, began, following, periods
from warehouse.publish import publish
from warehouse.search import keep_up

HOSTILE = "Mag</text><script>alert(1)</script>'azine"
SECTIONS = ("Pakistan", "World", HOSTILE, "Sport")
AUTHORS = ("Ayla Noor", "O'Brien <b>", "Zeb")
FIRST = date(2025, 12, 29)  # a Monday
STORIES = [
    (
        n,
        FIRST + timedelta(days=n * 3 % 70),
        SECTIONS[n % 4],
        AUTHORS[: 1 + n % 3],
        "flood" if n % 5 == 0 else "rice",
    )
    for n in range(1, 61)
]
"""Number, day, section, authors, and the word that stands in it; up to the day before the crawl."""
PATHS = tuple(f"/over-time?of={of}" for of in ("sections", "authors", "words&word=water&word=rice", "edits"))


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with these stories, two of which were edited an hour later, and its search index."""
    root = tmp_path_factory.mktemp("made-up")
    paper = Paper(root)
    for words in ("met", "met again"):
        paper.run(spider="stories")
        for n, day, section, authors, word in STORIES:
            if words == "met" or n in (7, 8):
                published = f"{day}T09:00:00+05:00"
                said = {
                    "section": section,
                    "authors": list(authors),
                    "published_on": str(day),
                    "printed_on": None,
                }
                body = f"The council {words} about the {word}."
                paper.page(n, article(n, body, published_at=published, updated_at=published, **said))
    paper.load()
    publish(root / "warehouse.duckdb", root / "dawn.duckdb")
    keep_up(root / "dawn.duckdb", root / "search")
    return root


@pytest.fixture
def client(made_up: Path) -> Iterator[httpx.Client]:
    with asking(made_up) as here:
        yield here


def figures(page: str, name: str) -> dict[tuple[str, str], float]:
    """What the table below a chart says, by its row and its column."""
    [table] = html.fromstring(page).xpath(f"//figure[@id='{name}']//details//table")
    columns = [each.text_content() for each in table.xpath(".//thead//th")]
    found = {}
    for row in table.xpath(".//tbody/tr"):
        first, *rest = [each.text_content() for each in row.xpath("./td")]
        found |= {
            (first, column): float(value) for column, value in zip(columns[1:], rest, strict=True) if value
        }
    return {key: value for key, value in found.items() if value}


def same_in_sql(client: httpx.Client, page: str, name: str) -> list[dict[str, object]]:
    """What the question behind a chart's link answers, as a file of JSON lines."""
    links = html.fromstring(page).xpath(f"//figure[@id='{name}']//a[.='The same in SQL']/@href")
    [link] = links or [""]
    said = client.get(link)
    assert said.status_code == 200 and 'role="img"' in said.text, link
    answer = client.get(link.replace("/ask?", "/ask/answer.jsonl?"))
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


@pytest.mark.parametrize(
    ("by", "first", "label"),
    [
        ("day", lambda day: day, lambda day: f"{day:%-d %b %Y}"),
        ("week", lambda day: day - timedelta(day.weekday()), lambda day: f"week of {day:%-d %b %Y}"),
        ("month", lambda day: day.replace(day=1), lambda day: f"{day:%b %Y}"),
        ("year", lambda day: day.replace(month=1, day=1), lambda day: f"{day:%Y}"),
    ],
)
def test_sections_are_counted_by_any_period(client: httpx.Client, by: str, first, label) -> None:  # type: ignore[no-untyped-def]
    page = client.get("/over-time", params={"of": "sections", "by": by}).text
    # The pages were fetched on 9 March 2026: its month and year, and the week that began on it, go on.
    open_since = {
        "day": date(2026, 3, 9),
        "week": date(2026, 3, 9),
        "month": date(2026, 3, 1),
        "year": date(2026, 1, 1),
    }
    expected: Counter[tuple[str, str]] = Counter()
    by_sql: Counter[tuple[str, str]] = Counter()
    for _, day, section, _, _ in STORIES:
        begin = first(day)
        said = label(begin) + (", not complete" if begin >= open_since[by] else "")
        expected[said, section] += 1
        by_sql[str(begin), section] += 1
    assert figures(page, "stories-by-section") == expected
    rows = same_in_sql(client, page, "stories-by-section")
    assert {(row["period"], row["section"]): row["stories"] for row in rows} == by_sql


def test_authors_are_those_that_were_chosen(client: httpx.Client) -> None:
    chosen = [AUTHORS[1], AUTHORS[2], "Nobody", "ayla"]
    page = client.get("/over-time", params={"of": "authors", "by": "month", "author": chosen}).text
    expected: Counter[tuple[str, str]] = Counter()
    for _, day, _, authors, _ in STORIES:
        for author in set(authors) & set(chosen):
            expected[f"{day:%b %Y}" + (", not complete" if day >= date(2026, 3, 1) else ""), author] += 1
    assert figures(page, "stories-by-author") == expected
    said = html.fromstring(page).text_content()
    assert "No story of these days is by Nobody." in said
    assert re.search(r"is by ayla\.\s+Names like it: Ayla Noor", said)
    rows = same_in_sql(client, page, "stories-by-author")
    assert sum(int(str(row["stories"])) for row in rows) == sum(expected.values())


def test_the_most_prolific_are_of_the_days_and_the_section(client: httpx.Client) -> None:
    asked = {"of": "authors", "from": "2026-01-05", "to": "2026-02", "section": HOSTILE}
    page = html.fromstring(client.get("/over-time", params=asked).text)
    expected: Counter[str] = Counter()
    for _, day, section, authors, _ in STORIES:
        if date(2026, 1, 5) <= day <= date(2026, 2, 28) and section == HOSTILE:
            expected.update(authors)
    rows = page.xpath("//section[@aria-labelledby='prolific']//tbody/tr")
    assert {row[0].text_content(): int(row[1].text_content()) for row in rows} == expected


def test_words_are_shares_of_the_stories_of_a_period(client: httpx.Client) -> None:
    asked = {"of": "words", "by": "month", "word": ["flood", '"the rice" OR flood', "-flood council"]}
    page = client.get("/over-time", params=asked).text
    stories = Counter(f"{day:%b %Y}" for _, day, *_ in STORIES)
    floods = Counter(f"{day:%b %Y}" for _, day, _, _, word in STORIES if word == "flood")
    expected = {}
    for month, n in stories.items():
        said = month + (", not complete" if month == "Mar 2026" else "")
        share = {
            "flood": floods[month] / n,
            '"the rice" OR flood': 1.0,
            "-flood council": 1 - floods[month] / n,
        }
        expected |= {(said, word): round(100 * part, 3) for word, part in share.items() if part}
    assert figures(page, "words") == pytest.approx(expected)
    in_sql = same_in_sql(client, page, "words")
    assert {row["having_it"] for row in in_sql if row["word"] == "flood"} == set(floods.values())
    assert {(row["word"], row["percent"]) for row in in_sql} == {
        (word, value) for (_, word), value in figures(page, "words").items()
    }


def test_edits_are_counted_by_hour_and_by_how_long_after_publication(
    client: httpx.Client, made_up: Path
) -> None:
    page = client.get("/over-time", params={"of": "edits"}).text
    # The second run began at 8:00 in UTC and read a page half an hour later: that is after one in Karachi.
    hours = figures(page, "edits-by-hour")
    assert hours == {("13", kind): n for (_, kind), n in hours.items()} and sum(hours.values()) == 2
    assert {hour for (hour, _) in hours} == {
        str(int(str(row["hour"]))) for row in same_in_sql(client, page, "edits-by-hour")
    }
    days = [(date(2026, 3, 9) - day).days for n, day, *_ in STORIES if n in (7, 8)]
    expected = Counter("under 30 days" if each < 30 else "later" for each in days)
    delays = figures(page, "edits-by-delay")
    assert Counter({late: int(n) for (late, _), n in delays.items()}) == expected
    assert sum(int(str(row["edits"])) for row in same_in_sql(client, page, "edits-by-delay")) == 2
    none = client.get("/over-time", params={"of": "edits", "to": "2025"})
    assert "No story was seen to change in these days" in none.text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"from": "yesterday"}, "from: wants a day, a month or a year"),
        ({"to": "2026-13"}, "to: wants a day"),
        ({"from": "2026-02", "to": "2026-01"}, "from 1 Feb 2026 to 31 Jan 2026 there is no day"),
        ({"by": "decade"}, "by: wants one of day, week, month, year"),
        ({"section": "<i>No"}, "no story is of a section"),
        ({"of": "words", "word": "-flood"}, "say also what is to be found"),
        ({"of": "words", "word": "titel:flood"}, "did you mean title:flood?"),
    ],
)
def test_what_has_no_sense_is_said_and_stays_in_the_form(
    client: httpx.Client, asked: dict[str, str], said: str
) -> None:
    answer = client.get("/over-time", params=asked)
    assert answer.status_code == 400
    page = html.fromstring(answer.text)
    [told] = page.xpath("//*[@role='alert']")
    assert said in told.text_content()
    for name in set(asked) & {"from", "to", "word"}:
        assert asked[name] in page.xpath(f"//input[@name='{name}']/@value")
    assert client.get("/over-time/stories-by-section.vl.json", params=asked).status_code == 400


def test_the_spec_can_be_kept_and_has_the_figures(client: httpx.Client) -> None:
    kept = client.get("/over-time/stories-by-section.vl.json", params={"by": "year"})
    assert kept.headers["content-disposition"] == 'attachment; filename="stories-by-section.vl.json"'
    spec = kept.json()
    assert spec["$schema"].startswith("https://vega.github.io/schema/vega-lite/")
    assert sum(each["y"] for each in spec["data"]["values"]) == len(STORIES)
    assert "var(--" not in kept.text  # colours of a page that is not there
    assert client.get("/over-time/passwd.vl.json").status_code == 400


def test_hostile_names_are_words(made_up: Path, browser: Browser) -> None:
    with served(made_up) as here, opened(browser) as tab:
        tab.goto(f"{here}/over-time?of=sections")
        expect(tab.get_by_role("img", name="Stories by section and week")).to_be_visible()
        assert tab.locator("figure script").count() == 0
        assert HOSTILE in tab.locator("figure svg").inner_html().replace("&lt;", "<").replace("&gt;", ">")


def test_an_archive_without_a_story_says_what_to_do(tmp_path: Path) -> None:
    with writer(tmp_path / "warehouse.duckdb"):
        pass
    publish(tmp_path / "warehouse.duckdb", tmp_path / "dawn.duckdb")
    with asking(tmp_path) as here:
        for path in PATHS:
            said = here.get(path)
            assert said.status_code == 200 and "dawn backfill" in said.text, path


def test_people_choose_and_see(tab: Page, address: str, archived: Archived) -> None:
    """From one subject to the next; the chart is one picture with a name and words; its table unfolds."""
    tab.goto(address)
    tab.get_by_role("link", name="Over time").click()
    picture = tab.get_by_role("img", name="Stories by section and day")
    expect(picture).to_be_visible()
    [(highest,)] = told(archived.folder, "select max(stories) from stories_by_day_and_section")
    expect(picture).to_have_accessible_description(re.compile(rf"The highest figure is {highest} "))
    tab.get_by_text("These figures as a table").click()
    expect(tab.get_by_role("region", name="The figures: Stories by section and day")).to_be_visible()
    tab.get_by_role("link", name="Words").click()
    tab.get_by_role("textbox", name="Words, phrases or questions, 1").fill("water")
    tab.get_by_role("button", name="Show").click()
    expect(tab.get_by_role("img", name="Percent of stories with these words, by day")).to_be_visible()
    tab.get_by_role("link", name="The same in SQL").click()
    expect(tab.get_by_role("textbox", name="One question")).to_have_value(
        re.compile(r"from search\('water'\)")
    )
    expect(tab.get_by_role("region", name="The answer as a table")).to_be_visible()


@pytest.mark.parametrize(("path", "scheme"), [*zip(PATHS, ("light", "dark") * 2, strict=True)])
def test_the_charts_are_for_everyone(browser: Browser, address: str, path: str, scheme: str) -> None:
    with opened(browser, color_scheme=scheme, viewport={"width": 360, "height": 740}) as page:
        page.goto(address + path)
        for folded in page.locator("summary").all():
            folded.click()
        assert faults_of(page) == []
        assert fits(page)


@given(st.dates(), st.sampled_from(UNITS))
def test_a_day_is_in_one_period(day: date, unit: Unit) -> None:
    begin = began(day, unit)
    after = following(begin, unit)
    assert begin <= day and (day < after or after == date.max)
    assert began(begin, unit) == begin
    if unit == "week":
        assert begin.isoweekday() == 1


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(0, 900), st.sampled_from(UNITS))
def test_periods_follow_one_another(first: date, days: int, unit: Unit) -> None:
    last = first + timedelta(days=days)
    assert list(periods(first, last, unit)) == sorted(
        {began(first + timedelta(days=n), unit) for n in range(days + 1)}
    )


@given(st.text(), st.integers(1, 50))
def test_what_hides_or_turns_is_shown(text: str, most: int) -> None:
    said = harmless(text, most)
    assert not re.search(
        "[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f]", said
    )
    assert len(re.sub("⟨U\\+[0-9A-F]{4,6}⟩", "x", said)) <= most
    assert harmless(said) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\u202egpj.exe", "a⟨U+202E⟩gpj.exe"),
        ("\x1b[31m\x00", "⟨U+001B⟩[31m⟨U+0000⟩"),
        ("soft\u00ad\ufeff\u061c\U000e0041", "soft⟨U+00AD⟩⟨U+FEFF⟩⟨U+061C⟩⟨U+E0041⟩"),
        ("می\u200cخواہم", "می\u200cخواہم"),
        ("two\nlines\tand\u00a0a space", "two\nlines\tand\u00a0a space"),
        ("سیلاب 👩\u200d🚒", "سیلاب 👩\u200d🚒"),
    ],
)
def test_what_is_written_stays(text: str, said: str) -> None:
    assert harmless(text) == said
