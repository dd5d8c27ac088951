"""What readers are told of days and of a story's way, from a published file alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from crawlers.urls import naming
from tests.warehouse.paper import Paper, article, discovery, listing, settled_listings, week
from warehouse.database import WarehouseError
from warehouse.days import Gap, covered, gaps, holdings
from warehouse.ledger import day_states
from warehouse.publish import publish
from warehouse.way import Neighbour, way

DAY = date(2026, 3, 9)


def published(paper: Paper) -> Path:
    paper.load()
    publish(paper.root / "warehouse.duckdb", paper.root / "dawn.duckdb")
    return paper.root / "dawn.duckdb"


def test_days_gaps_and_holdings_of_a_published_file(paper: Paper) -> None:
    paper.run(*settled_listings("2026-03-05"), discovery(1, day="2026-03-05"), day="2026-03-05")
    paper.page(1, article(1, printed_on="2026-03-05"))
    paper.run(
        settled_listings()[0],
        discovery(2),
        discovery(3),
        listing("daily", "latest-news", recognised=False, at="2026-03-12T00:00:00+00:00"),
    )
    paper.page(2, article(2))
    paper.run(spider="stories")
    paper.page(2, article(2))
    public = published(paper)
    days = covered(public)
    assert [day.day.day for day in days] == [5, 6, 7, 8, 9]
    assert [day.state for day in days] == ["complete", "unknown", "unknown", "unknown", "partial"]
    assert (days[-1].listed, days[-1].stored, days[-1].unchanged, days[-1].owed) == (2, 0, 1, 1)
    assert days == day_states(paper.root / "warehouse.duckdb", date(2026, 3, 5), DAY)
    assert [day.state for day in covered(public, (DAY, DAY), "daily")] == ["unknown"]
    assert [day.listed for day in covered(public, (DAY, DAY), "daily")] == [0]
    assert [day.listed for day in covered(public, (DAY, DAY), "print")] == [2]
    nothing = "nothing on the listing was recognised (status 200)"
    assert gaps(public, (date(2026, 3, 4), DAY)) == [
        Gap(date(2026, 3, 4), date(2026, 3, 4), None, None, "unknown", 0, "never listed"),
        Gap(date(2026, 3, 6), date(2026, 3, 8), None, None, "unknown", 0, "never listed"),
        Gap(DAY, DAY, "print", "national", "partial", 1, "1 of 2 stories are still owed"),
        Gap(DAY, DAY, "daily", "latest-news", "unknown", 0, nothing),
    ]
    held = holdings(public)
    assert (held.stories, held.versions, held.captures, held.owed, held.open_breaks) == (2, 2, 3, 1, 0)
    assert held.published_at and held.newest_capture


def test_an_archive_without_a_listing_has_no_day(paper: Paper) -> None:
    paper.run(spider="stories")
    paper.page(1, article(1))
    assert covered(published(paper)) == []


def test_a_file_of_an_earlier_version_is_said_to_be_one(paper: Paper) -> None:
    public = published(paper)
    con = duckdb.connect(str(public))
    con.execute("drop view editions; alter table core.ledger drop column unchanged")
    con.close()
    with pytest.raises(WarehouseError, match="was published by an earlier version"):
        covered(public, (DAY, DAY))


def test_the_way_of_a_story_has_every_step(paper: Paper) -> None:
    week(paper)
    public = published(paper)
    known = way(public, 1, naming(1))
    assert [step.what for step in known.steps] == [
        "discovery",
        *["capture"] * 5,
        *["reading"] * 4,  # the fifth capture was the fourth one's bytes again
        *["version"] * 3,
        *["edit"] * 2,
        "edition",
    ]
    seen = [step.at for step in known.steps if step.what == "version"]
    assert [step.at for step in known.steps if step.what == "edit"] == seen[1:]
    assert known.ledger and known.ledger["status"] == "stored"
    assert known.article and known.article["version"] == 3
    refused, failed = way(public, 5, naming(5)), way(public, 6, naming(6))
    assert [step.what for step in refused.steps] == ["discovery", "refused", "edition"]
    assert [step.what for step in failed.steps] == ["discovery", "attempt", "edition"]
    assert failed.steps[1].facts["detail"] == "60 s"
    gone = way(public, 3, naming(3))
    assert [step.facts["reason"] for step in gone.steps if step.what == "reading"] == ["gone"]
    rail = way(public, 99, naming(99))
    assert [step.what for step in rail.steps] == ["discovery"] and rail.ledger is None
    (print_line,) = (step.facts for step in way(public, 7, naming(7)).steps if step.what == "edition")
    assert print_line["printed_elsewhere"]


def test_each_reading_under_each_rules_is_told(paper: Paper) -> None:
    paper.run(*settled_listings(), discovery(1))
    paper.page(1, article(1))
    paper.load()
    paper.lines["run001"][0].update(
        article=None, rejection={"reason": "no_body", "final": True, "detail": "why", "points_to": None}
    )
    paper.rules = "r2"
    readings = [step.facts for step in way(published(paper), 1, naming(1)).steps if step.what == "reading"]
    assert [(each["rules"], each["newest_rules"], each["is_article"]) for each in readings] == [
        ("r1", False, True),
        ("r2", True, False),
    ]


def test_a_story_never_heard_of_is_placed_between_its_neighbours(paper: Paper) -> None:
    paper.run(*settled_listings(), discovery(10), discovery(10, "daily", "latest-news"), discovery(30))
    paper.run(discovery(20, "feed", "home", None), spider="latest")
    paper.page(10, article(10))
    known = way(published(paper), 15, naming(15))
    assert (known.steps, known.ledger) == ((), None)
    assert known.neighbours == (
        Neighbour(10, DAY, "daily latest-news, print national", "1 complete, 1 partial"),
        Neighbour(30, DAY, "print national", "1 complete, 1 partial"),
    )
