"""What the stage `watch` is given to compare, and what becomes of its journal in the tables."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.warehouse.paper import START, Paper, article, discovery, everything, feed, rows
from warehouse.checks import check
from warehouse.coverage import PageRow, coverage, said_of
from warehouse.publish import publish

ERA = 100_000


def covered(paper: Paper, *standing: tuple[int, datetime]) -> list[PageRow]:
    return coverage(paper.root / "warehouse.duckdb", paper.files()[1], paper.rules, ERA, standing)


def held(paper: Paper, *stories: int, **fields: Any) -> None:
    """A run with a page of each of these stories, loaded."""
    paper.run(spider="stories")
    for story in stories:
        paper.page(story, article(story, f"The text of {story}.", **fields))
    paper.load()


def test_a_batch_stands_beside_its_past(paper: Paper) -> None:
    held(paper, 1, 2)
    paper.run(spider="stories")
    paper.page(3, article(3, authors=[], section=None, tags=["tram"]))
    first, second, third = covered(paper)
    assert [(page.story_id, page.new) for page in (first, second, third)] == [
        (1, False),
        (2, False),
        (3, True),
    ]
    assert third.run == paper.name
    assert third.kind == "news"
    assert third.has == {
        "article": True,
        "body": True,
        "title": True,
        "authors": False,
        "section": False,
        "published_at": True,
        "updated_at": True,
        "image_url": False,
        "image_caption": False,
        "tags": True,
        "dateline": False,
        "pictures": False,
        "layout": True,
    }
    assert set(third.marks) == {"body", "title"}
    assert first.marks["authors"] == second.marks["authors"]
    assert first.marks["title"] != second.marks["title"]


def test_without_a_new_page_or_a_past_there_is_nothing_to_compare(paper: Paper) -> None:
    paper.run(spider="stories")
    paper.page(1, article(1))
    assert covered(paper) == []  # the first batch of all, or a rebuild
    paper.load()
    assert covered(paper) == []  # loaded already


def test_pages_that_gave_no_article(paper: Paper) -> None:
    held(paper, 1)
    paper.run(spider="stories")
    for story, reason in enumerate(("not_an_article", "no_body", "rail_in_body", "pointer", "partial"), 2):
        paper.page(story, None, reason=reason)
    paper.page(9, None, reason="gone", status=404)
    found = {page.story_id: page for page in covered(paper) if page.new}
    assert {story: page.has for story, page in found.items()} == {
        2: {"article": False},
        3: {"article": True, "body": False},
        4: {"article": True, "body": True},
    }
    assert {page.kind for page in found.values()} == {None}


def test_a_kind_that_may_have_no_text_is_not_asked_for_one(paper: Paper) -> None:
    held(paper, 1)
    paper.run(spider="stories")
    paper.page(2, article(2, "", kind="cartoon"))
    assert "body" not in covered(paper)[-1].has


def test_a_text_is_whole_that_has_half_the_words_the_feed_had_by_then(paper: Paper) -> None:
    text = "Of the lamps nobody knew. " * 20
    paper.run()
    feed(paper, article(1, text), article(2, text), article(3, "A few words."), article(5, text))
    held(paper, 4)
    paper.run(spider="stories")
    for story, said in ((1, text[:240]), (2, text[:270]), (3, "Less."), (4, text)):
        paper.page(story, article(story, said))
    paper.page(5, None, reason="no_body")
    asked = {page.story_id: page.has.get("whole_body") for page in covered(paper) if page.new}
    assert asked == {1: False, 2: True, 3: None, 4: None, 5: None}
    paper.load()
    paper.run(spider="stories")
    paper.page(9, article(9))
    asked = {page.story_id: page.has.get("whole_body") for page in covered(paper)}
    assert (asked[1], asked[2]) == (False, True), "the same of what is held"


def test_the_printed_day_is_asked_of_those_that_the_paper_lists(paper: Paper) -> None:
    paper.run(discovery(1), discovery(2), discovery(3, "daily", "latest-news"), discovery(4, member=False))
    paper.load()
    held(paper, 9)
    paper.run(spider="stories")
    for story in range(1, 5):
        paper.page(story, article(story, printed_on=None if story == 2 else "2026-03-09"))
    asked = {page.story_id: page.has.get("printed_on") for page in covered(paper)}
    assert asked == {9: None, 1: True, 2: False, 3: None, 4: None}


def test_the_day_of_the_paper_is_not_the_time_it_went_online(paper: Paper) -> None:
    held(paper, 1)
    paper.run(spider="stories")
    paper.page(2, article(2, published_at_from="print line", published_at_exact=False))
    assert [page.has["published_at"] for page in covered(paper)] == [True, False]


def test_other_years_and_old_fetches_are_no_past(paper: Paper) -> None:
    held(paper, 150_000, 250_000, 350_000, 450_000)
    paper.run(spider="stories")
    paper.now += timedelta(days=40)
    paper.page(360_000, article(360_000))
    assert [page.story_id for page in covered(paper)] == [250_000, 350_000, 450_000, 360_000]
    paper.load()
    paper.run(spider="stories")
    paper.now = START + timedelta(days=80)
    paper.page(370_000, article(370_000))
    assert [page.story_id for page in covered(paper)] == [360_000, 370_000]


def test_what_stands_is_looked_at_from_its_beginning(paper: Paper) -> None:
    held(paper, 1)
    since = paper.now + timedelta(minutes=45)
    held(paper, 2)
    paper.rules = "r2"  # nothing new, but all read anew
    assert covered(paper) == []
    assert [page.story_id for page in covered(paper, (0, since))] == [2]
    assert covered(paper, (5, since)) == []


def test_the_past_is_read_under_the_same_rules(paper: Paper) -> None:
    held(paper, 1, 2)
    for line in paper.lines[paper.name]:
        line["article"] = line["article"] | {"authors": []}
    paper.run(spider="stories")
    paper.page(3, article(3, authors=[]))
    paper.rules = "r2"
    assert [(page.story_id, page.has["authors"]) for page in covered(paper)] == [
        (1, False),
        (2, False),
        (3, False),
    ]


def test_what_is_known_of_a_story_besides_its_page(paper: Paper) -> None:
    paper.run(
        discovery(1, "sitemap", "sitemap", None, title="As listed", listed_at="2026-03-09T04:00:00+05:00"),
        discovery(
            2, "daily", "latest-news", author="Our Correspondent", listed_at="2026-03-09T04:00:00+05:00"
        ),
        spider="latest",
    )
    feed(paper, article(1, "As the feed has it.", authors=["AFP", "Reuters"], title="In the feed"))
    paper.load()
    held(paper, 2)
    (one, two) = sorted(said_of(paper.root / "warehouse.duckdb", [1, 2, 3]), key=lambda said: said.story_id)
    assert one.values["title"] == ["In the feed", "As listed"]
    assert one.values["authors"] == ["AFP | Reuters"]
    assert one.values["body"] == ["As the feed has it."]
    assert one.values["published_at"] == ["2026-03-09T00:00:00+00:00", "2026-03-08T23:00:00+00:00"]
    assert two.values["authors"] == ["AFP", "Our Correspondent"]
    assert two.values["published_at"] == ["2026-03-09T00:00:00+00:00"]


# ── the journal of breaks ────────────────────────────────────────────────────────────────────────────────

NOTICED = datetime(2026, 3, 9, 12, tzinfo=UTC)
KEY = {"field": "authors", "what": "missing", "kind": "news", "era": 0, "since": "2026-03-09T11:00:00+00:00"}
BREAK = {
    "pages": 12,
    "holding": 0,
    "past_pages": 500,
    "past_holding": 500,
    "chance": 1e-20,
    "without": [{"capture_id": "urn:1", "story_id": 1, "url": "http://site/news/1"}],
    "proposals": [{"part": "byline", "now": ".old", "selector": "p.new", "pages": 11, "known": 12}],
}


def told(root: Path, event: str, hours: int = 0, **said: Any) -> None:
    at = (NOTICED + timedelta(hours=hours)).isoformat()
    line = json.dumps({"event": event, "at": at, "drift": KEY | said})
    (root / f"20260309T12000{hours}Z-drift-00{hours}.jsonl").write_text(line + "\n")


def test_a_break_is_published_though_no_article_changed(paper: Paper) -> None:
    warehouse, public = paper.root / "warehouse.duckdb", paper.root / "dawn.duckdb"
    held(paper, 1)
    publish(warehouse, public)
    told(paper.root, "break", **BREAK)
    paper.load()
    assert publish(warehouse, public)
    red = {each.name: each for each in check(public) if not each.green}
    (row,) = red["no_field_went_missing"].rows
    shown = dict(zip(red["no_field_went_missing"].columns, row, strict=True))
    assert shown["field"] == "authors"
    assert shown["on_pages"] == "0 of 12"
    assert shown["look_at"] == "http://site/news/1"
    assert shown["proposed"] == ["byline: p.new"]


def test_a_break_ends_with_what_ends_it(paper: Paper) -> None:
    held(paper, 1)
    told(paper.root, "break", **BREAK)
    told(paper.root, "mended", 1, kind="opinion")  # another break's
    paper.load()
    state = "select state, hour(ended_at) from breaks"
    assert rows(paper, state) == [("open", None)]
    told(paper.root, "accepted", 2)
    told(paper.root, "mended", 3)
    paper.load()
    assert rows(paper, state) == [("accepted", 14)]


def test_breaks_are_no_runs_and_a_rebuild_repeats_them(paper: Paper) -> None:
    held(paper, 1)
    told(paper.root, "break", **BREAK)
    paper.load()
    assert rows(paper, "select count(*) from runs") == [(1,)]
    paper.load("again.duckdb")
    assert everything(paper) == everything(paper, "again.duckdb")
