"""The account of each day and section, and to which a story belongs."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.warehouse.paper import (
    Paper,
    article,
    discovery,
    feed,
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


ANSWERS = (
    (["A text."], "stored"),
    (["A text.", "A text."], "unchanged"),
    (["A text.", "Another text."], "stored"),
    (["A text.", "A text.", "Another text."], "stored"),
    (["A text.", "Another text.", "Another text."], "unchanged"),
    (["A text.", "Another text.", "A text."], "stored"),  # back to what it was is a change, too
    (["A text.", "again"], "unchanged"),  # the same bytes, kept once
    (["timeout", "A text."], "stored"),
    (["A text.", "timeout"], "stored"),  # nothing was said the second time
    (["A text.", "A text.", "timeout"], "unchanged"),
    (["A text.", "blocked"], "stored"),
    (["A text.", "A text.", "blocked"], "unchanged"),
    (["A text.", "gone"], "stored"),  # held, and the page is gone: no text came again
    (["A text.", "A text.", "gone"], "stored"),
    (["gone"], "gone"),
    (["gone", "gone"], "gone"),
    (["pointer", "A text."], "stored"),
    (["feed", "A text."], "stored"),
    (["feed", "gone"], "stored"),
    (["feed", "A text.", "A text."], "unchanged"),
    (["timeout"], "owed"),
)
"""What a story's page (or a feed) said each time it was asked for, and how the story ends."""


def test_who_came_again_with_the_same_text_is_unchanged(paper: Paper) -> None:
    stories = dict(enumerate(ANSWERS, 1))
    paper.run(*settled_listings(), *(discovery(story) for story in stories))
    captures: dict[int, str] = {}
    for turn in range(3):
        said = {story: each[0][turn] for story, each in stories.items() if len(each[0]) > turn}
        failed = [story for story, each in said.items() if each == "timeout"]
        paper.run(
            *({"event": "attempt", "url": "u", "story_id": story, "error": "timeout"} for story in failed),
            spider="stories",
        )
        if fed := [
            article(story, "A text.", source="feed") for story, each in said.items() if each == "feed"
        ]:
            feed(paper, *fed)
        for story, each in said.items():
            if each in ("gone", "blocked", "pointer"):
                paper.page(story, None, reason=each, final=each != "blocked")
            elif each == "again":
                paper.page(story, None, reason="none")
                paper.lines[paper.name][-1].update(article=None, rejection=None, revisit_of=captures[story])
            elif each not in ("timeout", "feed"):
                captures[story] = paper.page(story, article(story, each))
    paper.load()
    endings = dict(
        rows(paper, "select story_id, if(unchanged, 'unchanged', status) from core.ledger order by story_id")
    )
    assert endings == {story: ending for story, (_, ending) in stories.items()}
    names = ("stored", "unchanged", "rejected", "gone", "refused", "owed")
    (counts,) = rows(paper, f"select listed, {', '.join(names)} from editions where place = 'print'")
    counted = Counter(endings.values())
    assert counts == (len(stories), *(counted[name] for name in names))


def test_the_same_text_under_new_rules_is_no_second_answer(paper: Paper) -> None:
    paper.run(*settled_listings(), discovery(1))
    paper.page(1, article(1))
    for rules in ("r1", "r2"):
        paper.rules = rules
        paper.load()
        assert rows(paper, "select stored, unchanged from editions where place = 'print'") == [(1, 0)]
