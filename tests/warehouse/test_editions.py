"""The account of each day and section, and to which a story belongs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.warehouse.paper import (
    Paper,
    article,
    discovery,
    listing,
    rows,
    settled_listings,
)


@pytest.mark.parametrize(
    ("events", "state", "reason"),
    [
        ([], "unknown", "the listing was never read"),
        ([listing(status=404, recognised=False)], "absent", "the site has no such listing (404)"),
        ([listing(recognised=False)], "unknown", "nothing on the listing was recognised (status 200)"),
        ([listing(at="2026-03-10T00:00:00+00:00")], "absent", "nothing of that day is listed"),
        ([listing(at="2026-03-08T20:00:00+00:00")], "partial", "read before the day's list was final"),
        (
            [
                {
                    "event": "attempt",
                    "url": "u",
                    "place": "print",
                    "section": "national",
                    "day": "2026-03-09",
                    "error": "dns",
                }
            ],
            "unknown",
            "dns",
        ),
        (
            [listing(at="2026-03-10T00:00:00+00:00"), discovery(1)],
            "partial",
            "1 of 1 stories are still owed",
        ),
        # Gone later, but its stories were listed once and are owed all the same.
        (
            [listing(), discovery(1), listing(status=404, recognised=False, at="2026-03-11T00:00:00+00:00")],
            "partial",
            "1 of 1 stories are still owed",
        ),
        # A section may simply not be there yet.
        (
            [listing(status=404, recognised=False, at="2026-03-08T20:00:00+00:00")],
            "partial",
            "read before the day's list was final",
        ),
        (
            [{"event": "refused", "url": "u", "place": "print", "section": "national", "day": "2026-03-09"}],
            "absent",
            "robots.txt forbids the listing",
        ),
    ],
)
def test_a_section_is_never_called_complete_without_cause(
    paper: Paper, events: list[dict[str, Any]], state: str, reason: str
) -> None:
    paper.run(*events)
    paper.load()
    assert rows(paper, "select state, reason from editions where place = 'print'") == [(state, reason)]


def test_a_slip_that_names_the_month_before_stays_in_its_edition(paper: Paper) -> None:
    paper.run(*settled_listings(), discovery(1))
    paper.page(1, article(1, printed_on="2026-02-09"))
    paper.load()
    assert rows(paper, "select state, listed from editions where place = 'print'") == [("complete", 1)]


@pytest.mark.parametrize("printed", ["2026-01-28", "2026-01-29", "2026-01-30", "2026-01-31"])
def test_a_slip_names_the_same_day_of_the_month(paper: Paper, printed: str) -> None:
    """28 February has four neighbours in January that a month's addition would take for it."""
    day = "2026-02-28"
    paper.run(*settled_listings(day), discovery(1, day=day), day=day)
    paper.page(1, article(1, printed_on=printed))
    paper.load()
    listed = 1 if printed == "2026-01-28" else 0
    assert rows(paper, "select listed from editions where place = 'print'") == [(listed,)]


def test_what_is_printed_another_day_belongs_to_that_day(paper: Paper) -> None:
    paper.run(*settled_listings(), discovery(1))
    paper.page(1, article(1, printed_on="2026-03-08"))
    paper.load()
    assert rows(paper, "select state, listed from editions where place = 'print'") == [("absent", 0)]
