"""After an outage: what the ledger says is owed, and which late run finds its work done."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.catching_up import covered_by, owed_days
from flows.folder import DataFolder, open_folder
from warehouse.ledger import DayState

TODAY = date(2026, 3, 10)


def days(*states: str) -> list[DayState]:
    """The days up to today, which is the last: c(omplete), a(bsent), p(artial), ?, - never listed."""
    names = {"c": "complete", "a": "absent", "p": "partial", "?": "unknown", "-": "unknown"}
    return [
        DayState(TODAY - timedelta(len(states) - 1 - n), names[s], 0 if s == "-" else 7, *[0] * 7, None)
        for n, s in enumerate(states)
    ]


def ago(*counts: int) -> list[date]:
    return [TODAY - timedelta(n) for n in counts]


@pytest.mark.parametrize(
    ("states", "owed"),
    [
        pytest.param("------", ago(0, 1), id="a new archive begins with yesterday"),
        pytest.param("ccccc-", ago(0, 1), id="every morning: today, and yesterday once more"),
        pytest.param("ccc---", ago(0, 1, 2), id="48 hours of outage"),
        pytest.param("c-----", ago(0, 1, 2, 3, 4), id="a long one"),
        pytest.param("--c---", ago(0, 1, 2), id="what lies before the first day ever listed is a backfill's"),
        pytest.param("cpc?c-", ago(0, 1, 2, 4), id="days that were listed and not finished"),
        pytest.param("cacac-", ago(0, 1), id="days without a paper are settled"),
        pytest.param("p", ago(0, 1), id="nothing but today was looked at"),
    ],
)
def test_what_is_owed(states: str, owed: Sequence[date]) -> None:
    assert owed_days(days(*states), TODAY) == list(owed)


@given(st.text("cap?-", min_size=2, max_size=40))
def test_no_hole_is_left_and_nothing_settled_is_asked_for_twice(states: str) -> None:
    known = days(*states)
    owed = owed_days(known, TODAY)
    assert owed == sorted(set(owed), reverse=True)
    settled = {each.day for each in known if each.state in ("complete", "absent")}
    assert set(owed) & settled <= set(ago(0, 1))
    listed = [each.day for each in known if each.sections]
    for each in known:
        if listed and each.day >= min(listed) and each.day not in settled:
            assert each.day in owed


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return open_folder(tmp_path / "data", "http://127.0.0.1:1")


def crawl(folder: DataFolder, run: str, outcome: str | None, day: str | None = None) -> None:
    events: list[dict[str, object]] = [{"event": "begin", "at": "2026-03-10T00:00:00+00:00", "day": day}]
    if outcome:
        events.append({"event": "end", "at": "2026-03-10T00:01:00+00:00", "outcome": outcome})
    (folder.journal / f"{run}.jsonl").write_text("".join(json.dumps(each) + "\n" for each in events))


DUE = datetime(2026, 3, 10, 6, 15, 0, 400_000, UTC)


@pytest.mark.parametrize(
    ("run", "outcome", "covers"),
    [
        ("20260310T061500Z-latest-0001", "finished", True),  # the same second
        ("20260310T070000Z-latest-0001", "finished", True),
        ("20260310T061459Z-latest-0001", "finished", False),  # it may have missed what came since
        ("20260310T070000Z-latest-0001", "failed", False),
        ("20260310T070000Z-latest-0001", "stopped", False),
        ("20260310T070000Z-latest-0001", None, False),  # killed, or running yet
        ("20260310T070000Z-stories-0001", "finished", False),
    ],
)
def test_only_a_finished_run_that_began_later_covers(
    folder: DataFolder, run: str, outcome: str | None, covers: bool
) -> None:
    crawl(folder, run, outcome)
    assert covered_by(folder, "latest", DUE) == (run if covers else None)


def test_an_edition_is_covered_by_one_of_its_day_alone(folder: DataFolder) -> None:
    crawl(folder, "20260310T080000Z-edition-0002", "finished", "2026-03-01")
    assert covered_by(folder, "edition", DUE, TODAY) is None
    crawl(folder, "20260310T070000Z-edition-0001", "finished", "2026-03-10")
    assert covered_by(folder, "edition", DUE, TODAY) == "20260310T070000Z-edition-0001"
