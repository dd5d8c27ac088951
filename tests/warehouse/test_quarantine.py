"""What the meter's verdicts do to the tables, and what the warehouse tells the meter."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.warehouse.paper import Paper, article, discovery, everything, feed, rows, settled_listings
from warehouse import evidence
from warehouse.checks import check
from warehouse.differences import differences
from warehouse.load import load
from warehouse.publish import publish


def verdict(capture: str, story: int = 1, item: int = 0, rules: str = "r1") -> dict[str, Any]:
    """The event that a page was quarantined."""
    return {
        "event": "quarantine",
        "capture_id": capture,
        "item": item,
        "rules": rules,
        "story_id": story,
        "sentences": ["A line of a rail.", "Another."],
        "leads_to": ["77", "images.site/news/5"],
        "sign": "a headline followed by its excerpt",
    }


def judged(paper: Paper, *events: dict[str, Any], rules: str = "r1") -> None:
    """A journal of the meter: no crawl begins or ends in it."""
    paper.run(spider="meter", day=None)
    runs = [run for run in paper.lines if run != paper.name]
    told = [{"event": "judged", "rules": rules, "of_run": run, "pages": 1} for run in runs]
    paper._journal = [*events, *told]
    paper._write()
    del paper.lines[paper.name]


def test_a_quarantined_page_is_a_rejection_and_no_article(paper: Paper) -> None:
    paper.run(*settled_listings(), discovery(1), discovery(2))
    capture = paper.page(1, article(1, "Text.\n\nA line of a rail."))
    paper.page(2, article(2))
    judged(paper, verdict(capture))
    paper.load()
    assert rows(paper, "select story_id from articles") == [(2,)]
    ((story, reason, final, detail),) = rows(paper, "select story_id, reason, final, detail from rejections")
    assert (story, reason, final) == (1, "rail_in_body", True)
    assert detail == "left in the body: A line of a rail. (a headline followed by its excerpt)"
    assert rows(paper, "select status from core.ledger where story_id = 1") == [("rejected",)]
    assert rows(paper, "select run from runs") == [("run001",)], "the meter's journal is no run"
    publish(paper.root / "warehouse.duckdb", paper.root / "dawn.duckdb")
    (red,) = [each for each in check(paper.root / "dawn.duckdb") if not each.green]
    assert red.name == "no_story_is_quarantined"
    shown = dict(zip(red.columns, red.rows[0], strict=True))
    assert (shown["story_id"], shown["sentences"]) == (1, ["A line of a rail.", "Another."])


def test_what_was_clean_before_stays(paper: Paper) -> None:
    paper.run(discovery(1))
    paper.page(1, article(1, "A text."))
    paper.run(spider="stories")
    capture = paper.page(1, article(1, "A text.\n\nA line of a rail."))
    paper.run(spider="stories")
    paper.page(1, None, reason="x")
    paper.lines[paper.name][-1].update(article=None, rejection=None, revisit_of=capture)
    judged(paper, verdict(capture))
    paper.load()
    assert rows(paper, "select version, body from versions") == [(1, "A text.")]
    assert rows(paper, "select count(*) from rejections") == [(2,)], "a revisit is its original's"
    assert rows(paper, "select status from core.ledger") == [("stored",)]


def test_an_item_of_a_feed_can_be_quarantined(paper: Paper) -> None:
    paper.run(discovery(1, "feed", "home", None), spider="latest")
    capture = feed(paper, article(1, "From the feed.", source="feed"), article(2, source="feed"))
    judged(paper, verdict(capture, 1, item=1))
    paper.load()
    assert rows(paper, "select story_id from articles") == [(2,)]


def test_new_rules_release(paper: Paper) -> None:
    paper.run(discovery(1))
    capture = paper.page(1, article(1, "Text.\n\nA line of a rail."))
    judged(paper, verdict(capture))
    paper.load()
    paper.lines["run001"][0]["article"] = article(1, "Text.")
    paper.rules = "r2"
    judged(paper, rules="r2")
    paper.load()
    assert rows(paper, "select body from articles") == [("Text.",)]
    assert rows(paper, "from rejections") == []
    paper.rules = "r1"
    paper.lines["run001"][0]["article"] = article(1, "Text.\n\nA line of a rail.")
    paper.load()
    assert rows(paper, "from articles") == [], "rules that are taken back come with their verdicts"


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 6))])
def test_verdicts_in_any_order_give_the_same_tables(paper: Paper, seed: int) -> None:
    paper.run(*settled_listings(), discovery(1), discovery(2))
    first = paper.page(1, article(1, "Text.\n\nA line of a rail."))
    paper.page(2, article(2))
    judged(paper, verdict(first))
    paper.run(spider="stories")
    second = paper.page(2, article(2, "Mended.\n\nA line of a rail."))
    judged(paper, verdict(second, 2), verdict(first) | {"sentences": ["Said twice."]})
    journals, extracts = paper.files()
    files = [(path, True) for path in journals] + [(path, False) for path in extracts]
    paper.load("at_once.duckdb")
    expected = everything(paper, "at_once.duckdb")
    assert expected["core.quarantine"]
    random.Random(seed).shuffle(files)
    for path, journal in files:
        load(paper.root / "shuffled.duckdb", [path] if journal else [], [] if journal else [path], "r1")
    assert everything(paper, "shuffled.duckdb") == expected


def test_differences_know_what_is_quarantined(paper: Paper) -> None:
    paper.run(discovery(1))
    capture = paper.page(1, article(1, "Text.\n\nA line of a rail."))
    judged(paper, verdict(capture))
    paper.load()
    publish(paper.root / "warehouse.duckdb", paper.root / "dawn.duckdb")
    public, extracts = paper.root / "dawn.duckdb", paper.files()[1]
    assert differences(public, extracts, {(capture, 0)}) == []
    outcome = {each.field: each for each in differences(public, extracts)}["outcome"]
    assert outcome.examples == ((1, "rejected: rail_in_body", "article"),)


# ── what the meter asks ──────────────────────────────────────────────────────────────────────────────────

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)
WEEK = timedelta(days=7)


def shown(*teasers: tuple[str, str, str], outside: tuple[int, ...] = ()) -> dict[str, Any]:
    return {"teasers": [list(each) for each in teasers], "outside": list(outside), "rail_sentences": 1}


def test_evidence_is_taken_in_once_and_in_any_order(paper: Paper) -> None:
    teaser = ("77", "headline", "A story elsewhere")
    for story in range(1, 7):
        paper.run(spider="stories")
        paper.page(story, article(story), evidence=shown(teaser, outside=(11, 10 + story % 2)))
    _, extracts = paper.files()
    at_once, bit_by_bit = paper.root / "at_once.duckdb", paper.root / "bits.duckdb"
    assert evidence.take_in(at_once, extracts, "r1") == 6
    assert evidence.take_in(at_once, extracts, "r1") == 0
    for path in reversed(extracts):
        assert evidence.take_in(bit_by_bit, [path], "r1") == 1
    for table in ("core.teasers", "core.furniture", "core.metered"):
        query = f"from {table} order by all"
        assert rows(paper, query, "at_once.duckdb") == rows(paper, query, "bits.duckdb")
    said = evidence.surroundings(at_once, "r1", NOON - WEEK, NOON + WEEK)
    assert said.teasers == (teaser,), "nothing is loaded yet"
    assert said.furniture == {11: (1, 2, 3, 4), 10: (2, 4, 6)}


def test_evidence_counts_near_its_time_and_under_its_rules(paper: Paper) -> None:
    paper.run(discovery(1))
    paper.page(1, article(1, "A text " * 100), evidence=shown(("77", "excerpt", "Said elsewhere")))
    paper.load()
    warehouse, (_, extracts) = paper.root / "warehouse.duckdb", paper.files()
    evidence.take_in(warehouse, extracts, "r1")
    near = evidence.surroundings(warehouse, "r1", NOON - WEEK, NOON + WEEK)
    assert [(each[0], each[1], len(each[2])) for each in near.teasers] == [
        ("1", "headline", 7), ("1", "opening", 400), ("77", "excerpt", 14)
    ]  # fmt: skip
    assert evidence.surroundings(warehouse, "r1", NOON + WEEK, NOON + 2 * WEEK).teasers == ()
    assert evidence.bodies(warehouse, {1, 2}) == {1: "A text " * 100}
    paper.rules = "r2"
    evidence.take_in(warehouse, paper.files()[1][:0], "r2")
    assert rows(paper, "from core.teasers") == []


def test_which_runs_are_judged(paper: Paper) -> None:
    paper.run(discovery(1))
    capture = paper.page(1, article(1))
    judged(paper, verdict(capture))
    paper.load()
    warehouse = paper.root / "warehouse.duckdb"
    assert evidence.judged_runs(warehouse, "r1") == {"run001"}
    assert evidence.judged_runs(warehouse, "r2") == set()
    assert evidence.quarantined(warehouse, "r1") == {(capture, 0)}
    assert "run002.jsonl" in evidence.loaded(warehouse)
