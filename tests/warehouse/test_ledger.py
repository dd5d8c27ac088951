"""What is owed: never forgotten, and never asked for without one of the causes that count."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.warehouse.paper import START, Paper, article, discovery, listing, settled_listings
from warehouse import ledger

DAY = date(2026, 3, 9)
EARLY, LATE = "2026-03-09T04:00:00+00:00", "2026-03-20T04:00:00+00:00"


def of_latest(paper: Paper) -> list[tuple[int, str]]:
    paper.load()
    return [
        (owed.story_id, owed.cause) for owed in ledger.owed_of_latest(paper.root / "warehouse.duckdb", START)
    ]


def failed(story: int, error: str = "timeout") -> dict[str, Any]:
    return {"event": "attempt", "url": f"http://site/news/{story}", "story_id": story, "error": error}


def in_sitemap(story: int, changed_at: str = EARLY) -> dict[str, Any]:
    return discovery(story, "sitemap", "sitemap", None, changed_at=changed_at, listed_at=EARLY)


@pytest.fixture
def held(paper: Paper) -> Paper:
    """Story 1, listed once and held since, its page changed last at 00:00 UTC of its day."""
    paper.run(in_sitemap(1), spider="latest")
    paper.run(spider="stories")
    paper.page(1, article(1))
    return paper


def test_what_is_new_is_owed(paper: Paper) -> None:
    paper.run(in_sitemap(1), discovery(2, "feed", "home", None, member=False), spider="latest")
    assert of_latest(paper) == [(1, "new")]


def test_what_is_held_is_not_asked_for_again(held: Paper) -> None:
    for _ in range(3):
        held.run(in_sitemap(1), discovery(1, "latest", "latest-news", None, listed_at=LATE), spider="latest")
        assert of_latest(held) == []


def test_a_later_time_in_the_sitemap_is_a_cause_once(held: Paper) -> None:
    held.run(in_sitemap(1, LATE), spider="latest")
    assert of_latest(held) == [(1, "changed")]
    held.run(spider="stories")
    held.page(1, article(1))  # the page itself shows no change: it was looked at all the same
    held.run(in_sitemap(1, LATE), spider="latest")
    assert of_latest(held) == []


def test_a_page_that_names_a_time_to_come_hides_no_change(held: Paper) -> None:
    held.run(spider="stories")
    held.page(1, article(1, updated_at="2027-01-01T00:00:00+05:00"))
    held.run(in_sitemap(1, LATE), spider="latest")
    assert of_latest(held) == [(1, "changed")]


def test_a_held_story_whose_last_attempt_failed_is_asked_for_again_but_not_for_ever(held: Paper) -> None:
    for _ in range(ledger.MOST_TRIES):
        held.run(failed(1), spider="stories")
        assert of_latest(held) == [(1, "failed")]
    held.run(failed(1), spider="stories")
    assert of_latest(held) == []
    held.run(in_sitemap(1, LATE), spider="latest")
    assert of_latest(held) == [(1, "failed")], "but for what the site says has changed"


def test_a_run_tells_what_it_asked_for_in_vain(held: Paper) -> None:
    run = held.run(
        failed(1), failed(2, "too_large"), {"event": "refused", "url": "u", "story_id": 3}, spider="stories"
    )
    held.page(4, article(4))
    held.page(5, None, reason="gone")
    held.page(6, None, reason="blocked", final=False)
    held.load()
    told = ledger.unanswered(held.root / "warehouse.duckdb", run, [1, 2, 3, 4, 5, 6, 7])
    nothing = "it was not asked for"
    assert told == {1: "timeout", 3: "robots.txt forbids it", 6: nothing, 7: nothing}


def test_what_robots_forbid_is_asked_for_again_when_it_changed(paper: Paper) -> None:
    paper.run(in_sitemap(1), spider="latest")
    paper.run({"event": "refused", "url": "u", "story_id": 1}, spider="stories")
    paper.run(in_sitemap(1), spider="latest")
    assert of_latest(paper) == []
    paper.run(in_sitemap(1, LATE), spider="latest")
    assert of_latest(paper) == [(1, "changed")]


def test_a_day_whose_listings_robots_all_forbid_is_looked_at_again(paper: Paper) -> None:
    warehouse = paper.root / "warehouse.duckdb"
    places = [("print", "national"), ("daily", "latest-news")]
    refused = {"event": "refused", "url": "u", "day": str(DAY)}
    paper.run(*(refused | {"place": place, "section": section} for place, section in places))
    paper.load()
    assert ledger.needs_listing(warehouse, DAY)
    (state,) = ledger.day_states(warehouse, DAY, DAY)
    assert (state.state, state.reason) == ("absent", "robots.txt forbids the listing")
    paper.run(*settled_listings())
    paper.load()
    assert not ledger.needs_listing(warehouse, DAY)


@pytest.mark.parametrize("error", ["too_large", "offsite", "redirected"])
def test_what_will_never_be_had_is_not_asked_for_every_time(paper: Paper, error: str) -> None:
    paper.run(in_sitemap(1), spider="latest")
    paper.run(failed(1, error), spider="stories")
    for _ in range(2):
        paper.run(in_sitemap(1), spider="latest")
        assert of_latest(paper) == []
    assert [each.status for each in ledger.accounts(paper.root / "warehouse.duckdb", [1, 2])] == ["rejected"]


def test_blocked_and_broken_answers_stay_owed(paper: Paper) -> None:
    paper.run(*settled_listings(), discovery(1), discovery(2))
    paper.page(1, None, reason="blocked", final=False)
    paper.page(2, None, reason="partial", final=False)
    paper.load()
    owed = ledger.owed_of_day(paper.root / "warehouse.duckdb", DAY)
    assert [(each.story_id, each.cause) for each in owed] == [(1, "failed"), (2, "failed")]
    (state,) = ledger.day_states(paper.root / "warehouse.duckdb", DAY, DAY)
    assert (state.state, state.owed) == ("partial", 2)


def test_days_are_listed_until_they_are_settled(paper: Paper) -> None:
    warehouse = paper.root / "warehouse.duckdb"
    assert ledger.needs_listing(warehouse, DAY)
    paper.run(*settled_listings(), discovery(1))
    paper.load()
    assert not ledger.needs_listing(warehouse, DAY), "what is owed is known without reading listings again"
    assert ledger.day_states(warehouse, DAY, DAY)[0].state == "partial"
    paper.run(spider="stories")
    paper.page(1, article(1))
    paper.load()
    assert ledger.day_states(warehouse, DAY, DAY)[0].state == "complete"
    around = ledger.day_states(warehouse, date(2026, 3, 8), date(2026, 3, 10))
    assert [day.state for day in around] == ["unknown", "complete", "unknown"]


def test_only_the_runs_of_a_range_are_read_again(paper: Paper) -> None:
    paper.run(*settled_listings(), discovery(2))
    paper.page(1, article(1))
    paper.run(spider="stories")
    paper.page(2, None, reason="no_body")  # never an article: its day is known from its listing
    paper.run(spider="stories")
    paper.page(3, article(3, published_on="2026-01-01", printed_on=None))
    paper.load()
    assert ledger.runs_of_days(paper.root / "warehouse.duckdb", DAY, DAY) == {"run001", "run002"}


def test_bytes_held_are_known_by_address(paper: Paper) -> None:
    paper.run(spider="stories")
    capture = paper.page(1, article(1))
    paper.load()
    (held,) = ledger.payloads(paper.root / "warehouse.duckdb", [1])
    assert (held.capture_id, held.url, held.digest) == (capture, "http://site/news/1", f"sha256:{capture}")


EVERY = [("print", "national"), ("daily", "latest-news")]


def test_a_day_lacks_what_it_lacks_and_nothing_else(paper: Paper) -> None:
    """Each day of March is one case."""
    warehouse = paper.root / "warehouse.duckdb"
    assert ledger.known_days(warehouse) is None
    cases: dict[int, tuple[list[dict[str, Any]] | None, list[tuple[str, str]], int | None]] = {}

    def case(
        events: Callable[[str], list[dict[str, Any]]] | None, lacks: list[tuple[str, str]], owed: int | None
    ) -> None:
        day = len(cases) + 1
        cases[day] = (events(f"2026-03-{day:02}") if events else None, lacks, owed)

    def no_print(day: str) -> dict[str, Any]:
        return listing("print", "national", day, status=404, recognised=False, at=LATE)

    case(lambda day: [], EVERY, 0)  # asked for, and killed before it answered
    case(None, EVERY, 0)  # never asked for
    case(settled_listings, [], None)
    case(lambda day: [*settled_listings(day), discovery(1, day=day)], [], 1)
    case(
        lambda day: [
            *settled_listings(day),
            discovery(2, day=day),
            discovery(2, "daily", "latest-news", day),
            discovery(3, "daily", "latest-news", day),
        ],
        [],
        2,
    )
    case(lambda day: [*settled_listings(day), discovery(4, day=day, member=False)], [], None)
    case(lambda day: [settled_listings(day)[0], discovery(5, day=day)], EVERY[1:], 1)
    case(
        lambda day: [settled_listings(day)[0], listing("daily", "latest-news", day, recognised=False)],
        EVERY[1:],
        0,
    )
    case(  # read before it was over
        lambda day: [settled_listings(day)[0], listing("daily", "latest-news", day, at=EARLY)], EVERY[1:], 0
    )
    case(lambda day: [settled_listings(day)[1], no_print(day)], [], None)  # there is none
    case(lambda day: [*settled_listings(day), discovery(9, day=day)], [], None)  # held
    for day, (events, _, _) in cases.items():
        if events is not None:
            paper.run(*events, day=f"2026-03-{day:02}")
    paper.page(9, article(9, printed_on=f"2026-03-{len(cases):02}"))
    paper.load()
    first, last = date(2026, 3, 1), date(2026, 3, len(cases))
    assert ledger.known_days(warehouse) == (first, last)
    lacking = {
        each.day.day: (list(each.listings), each.owed)
        for each in ledger.missing(warehouse, first, last, EVERY)
    }
    assert lacking == {day: (lacks, owed) for day, (_, lacks, owed) in cases.items() if owed is not None}
