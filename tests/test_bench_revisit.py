"""The benchmark of revisits counts what it says it counts."""

from __future__ import annotations

from benchmarks.revisit import Story, Watch, fixed, outcomes, scheduled, trace
from warehouse.looks import Looks

EDITED = Story(1, "Sport", 0.0, 0.1, (0.05, 0.5, 0.7, 30.0, 200.0))
NEVER = Story(2, "Sport", 10.0, 10.2, ())


def test_edits_between_two_looks_are_caught_as_one() -> None:
    watch = fixed((EDITED, NEVER), (1.0, 6.0, 48.0), end=100.0)
    # 0.05 lay before the first look, 0.5 and 0.7 are one, 30 is one, 200 comes after the end.
    assert (watch.requests, watch.caught) == (6, 2)
    at_runs = fixed((EDITED, NEVER), (1.0, 6.0, 48.0), end=100.0, every=24.0)
    assert (at_runs.requests, at_runs.caught) == (4, 2), "1 h and 6 h meet in one run"


def test_the_history_is_what_the_looks_saw() -> None:
    watch = Watch((EDITED, NEVER))
    watch.look(EDITED, 2.0)
    watch.look(NEVER, 10.7)
    first, second = watch.history
    assert (first.section, first.first, first.last, first.changed, first.looks) == ("Sport", 0, 1, True, 1)
    assert (first.hours_first, first.hours_last) == (0.9, 1.0)
    assert second == Looks("Sport", 0, 0, False, 1, 10.7 - 10.0 - (10.2 - 10.0), 0.0)


def test_a_schedule_keeps_to_its_requests_and_a_seed_to_its_trace() -> None:
    made = trace(3, 8, 20)
    assert made == trace(3, 8, 20) != trace(4, 8, 20)
    assert {len(story.edits) > 0 for story in made} == {True, False}
    watch = scheduled(made, 8, 100)
    assert watch.requests <= 100
    assert sum(one.looks for one in watch.history) == watch.requests
    rows = outcomes(3, 8, 20)
    assert len({row.edits for row in rows.values()}) == 1
    assert all(row.caught <= min(row.edits, row.requests) for row in rows.values())
