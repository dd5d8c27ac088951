"""How days stand put together, and a day's stories: they add up to what its editions count."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.warehouse.paper import START, Paper, article, discovery, settled_listings, week
from warehouse.days import covered
from warehouse.editions import SectionDays, editions, listed, section_days
from warehouse.ledger import DayState
from warehouse.publish import publish
from warehouse.standing import ENDINGS, MARKS, MEANINGS, months, never_listed, together

DAY = date(2026, 3, 9)


def published(paper: Paper) -> Path:
    paper.load()
    publish(paper.root / "warehouse.duckdb", paper.root / "dawn.duckdb")
    return paper.root / "dawn.duckdb"


def test_each_story_of_a_day_is_told_with_how_it_stands_and_why(paper: Paper) -> None:
    week(paper)
    public = published(paper)
    stories = {each.story_id: each for each in listed(public, DAY)}
    assert {number: each.ending for number, each in stories.items()} == {
        1: "stored",
        2: "rejected",
        3: "gone",
        4: "owed",
        5: "refused",
        6: "owed",
    }, "7 was not printed that day, 99 stood in a rail"
    assert {number: each.reason for number, each in stories.items() if each.reason} == {
        2: "pointer: why",
        3: "gone: why",
        4: "blocked: why",
        5: "robots",
        6: "timeout: 60 s",
    }
    again = START + timedelta(hours=2)  # the second run asked for these two, and has two events of its own
    assert {n: stories[n].asked_at for n in (5, 6)} == {
        5: again + timedelta(seconds=1),
        6: again + timedelta(seconds=2),
    }
    assert stories[3].asked_at == START + timedelta(hours=1, minutes=32), "its page came third"
    assert (stories[6].failed, stories[1].failed, stories[1].word_count) == (1, 0, 2)
    assert {each.listed_since for each in stories.values()} == {
        START + timedelta(hours=1, seconds=n) for n in range(3, 9)
    }


def test_a_days_stories_add_up_to_its_editions_and_come_in_the_lists_order(paper: Paper) -> None:
    week(paper)
    paper.run(
        discovery(1, "daily", "latest-news", position=2),
        discovery(31, "daily", "latest-news", position=1),
        discovery(30, "daily", "latest-news", position=3),
    )
    public = published(paper)
    stories = listed(public, DAY)
    counted = Counter((each.place, each.section, each.ending) for each in stories)
    for each in editions(public, (DAY, DAY)):
        for ending in ENDINGS:
            assert counted[each.place, each.section, ending] == getattr(each, ending), (each, ending)
    assert [each.story_id for each in stories if each.place == "daily"] == [31, 1, 30]
    assert [each.place for each in stories] == ["print"] * 6 + ["daily"] * 3
    [state] = covered(public, (DAY, DAY))
    assert len({each.story_id for each in stories}) == state.listed


def test_editions_are_the_tables_and_sections_their_sums(paper: Paper) -> None:
    for n, day in enumerate(("2026-03-05", "2026-03-08", "2026-04-01"), 1):
        paper.run(*settled_listings(day), discovery(n, day=day), discovery(10 + n, day=day), day=day)
        if n < 3:
            paper.page(n, article(n, printed_on=day))
    public = published(paper)
    march = (date(2026, 3, 1), date(2026, 3, 31))
    con = duckdb.connect(str(public), read_only=True)
    rows = con.execute(
        "select day, place, section, state, stored, owed, reason"
        " from editions where month(day) = 3 order by all"
    ).fetchall()
    con.close()
    told = [
        (each.day, each.place, each.section, each.state, each.stored, each.owed, each.reason)
        for each in editions(public, march)
    ]
    assert sorted(told) == rows and len(rows) == 4
    assert section_days(public, march) == [
        SectionDays("print", "national", 0, 2, 0, 0, 4, 2, 2),
        SectionDays("daily", "latest-news", 0, 0, 0, 2, 0, 0, 0),
    ]
    assert [each.place for each in section_days(public, march, "daily")] == ["daily"]
    assert {each.place for each in editions(public, march, "print")} == {"print"}


def test_a_day_that_nothing_is_known_of_has_nothing(paper: Paper) -> None:
    public = published(paper)
    assert (listed(public, DAY), editions(public, (DAY, DAY)), section_days(public, (DAY, DAY))) == (
        [],
        [],
        [],
    )


# ── days put together: pure ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("states", "state"),
    [
        ([], "unknown"),
        (["complete", "complete"], "complete"),
        (["absent", "complete", "absent"], "complete"),
        (["absent", "absent"], "absent"),
        (["unknown", "absent"], "unknown"),
        (["unknown", "complete"], "partial"),
        (["partial", "complete"], "partial"),
        (["partial"], "partial"),
    ],
)
def test_days_together_stand_as_the_least_of_them_lets_them(states: list[str], state: str) -> None:
    assert together(states) == state


def test_every_state_has_a_mark_of_its_own_and_a_meaning() -> None:
    assert len(set(MARKS.values())) == len(MARKS)
    assert list(MEANINGS) == list(MARKS)


def some_day(n: int, known: bool) -> DayState:
    counts: dict[str, Any] = dict.fromkeys(ENDINGS, 0)
    state = {"state": "complete" if known else "unknown", "reason": None if known else "never listed"}
    return DayState(date(2024, 2, 27) + timedelta(n), sections=int(known), unknown=0, **state, **counts)


@given(st.dictionaries(st.integers(0, 80), st.booleans()))
def test_stretches_and_months_hold_each_day_once(days: dict[int, bool]) -> None:
    states = [some_day(n, days[n]) for n in sorted(days)]
    stretches = never_listed(states)
    held = [first + timedelta(n) for first, last in stretches for n in range((last - first).days + 1)]
    assert held == [state.day for state in states if state.reason]
    assert all(one[1] + timedelta(1) < two[0] for one, two in pairwise(stretches))
    by_month = list(months(states))
    assert [state for _, found in by_month for state in found.values()] == states
    assert [month for month, _ in by_month] == sorted({month for month, _ in by_month})
    assert all(state.day.replace(day=1) == month for month, found in by_month for state in found.values())
