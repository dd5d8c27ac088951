"""How far a backfill is, and how long it takes yet."""

from __future__ import annotations

import pytest

from flows.estimate import Estimate, lasting
from flows.receipt import Receipt

FETCHED, COMPLETE = Receipt(runs=("a run",)), Receipt()


def test_days_that_were_complete_say_nothing_of_those_that_are_not() -> None:
    estimate = Estimate(5, began=100.0)
    assert estimate.after(COMPLETE, 100.1) == "1 of 5 days"
    assert estimate.after(FETCHED, 400.1) == "2 of 5 days, about 15 min left"
    assert estimate.after(COMPLETE, 400.2) == "3 of 5 days, about 10 min left"
    assert estimate.after(FETCHED, 500.2) == "4 of 5 days, about 3 min left"
    assert estimate.after(FETCHED, 600.2) == "5 of 5 days"


def test_the_latest_days_count() -> None:
    estimate, now = Estimate(100, 0.0), 0.0
    for took in [1000.0] * 5 + [10.0] * 10:
        now += took
        said = estimate.after(FETCHED, now)
    assert said == "15 of 100 days, about 14 min left"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (89, "89 s"),
        (90, "2 min"),
        (3000, "50 min"),
        (5400, "1 h 30 min"),
        (12_000, "3 h 20 min"),
        (187_200, "2 d 4 h"),
    ],
)
def test_a_length_of_time_in_its_unit(seconds: float, said: str) -> None:
    assert lasting(seconds) == said
