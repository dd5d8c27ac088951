"""The calendar of days: pure functions of rows, that read without colour and without sight."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.coverage import SHOWN_GAPS, calendar, drawing, missing, totals
from warehouse.days import Gap
from warehouse.ledger import DayState
from warehouse.standing import MARKS

SVG = "{http://www.w3.org/2000/svg}"


def day(said: str, state: str = "complete", reason: str | None = None, **counts: int) -> DayState:
    names = ("stored", "unchanged", "rejected", "gone", "refused", "owed")
    each: dict[str, Any] = {name: counts.get(name, 0) for name in names}
    return DayState(date.fromisoformat(said), state, sections=23, unknown=0, reason=reason, **each)


FEBRUARY = [
    day("2026-02-27", stored=20, rejected=1),
    day("2026-02-28", "partial", "icon: 1 of 9 stories are still owed", stored=8, unchanged=3, owed=1),
    day("2026-03-01", "absent", "nothing of that day is listed"),
    day("2026-03-02", "unknown", "never listed"),
]


def test_a_month_is_a_line_and_a_day_a_mark() -> None:
    ruler, february, march = (line.plain.rstrip() for line in calendar(FEBRUARY))
    assert ruler.split() == ["1", "5", "10", "15", "20", "25", "30", "held", "of", "listed"]
    assert february == "2026-02 " + " " * 52 + " ● ◐" + " " * 6 + f"{31:>8} of 33"
    assert march == "2026-03  · ?" + " " * 58 + f"{0:>8} of 0"
    assert february[8 + 2 * 27 + 1] == "◐", "the 28th stands in the 28th column"


def test_the_legend_counts_days_and_every_ending() -> None:
    *legend, stories = (line.plain for line in totals(FEBRUARY))
    assert [line.split()[:4] for line in legend] == [
        ["●", "complete", "1", "day"],
        ["◐", "partial", "1", "day"],
        ["?", "unknown", "1", "day"],
        ["·", "absent", "1", "day"],
    ]
    assert stories == "33 stories listed, day by day: 28 stored, 3 unchanged, 1 rejected, 1 owed"


def test_what_is_missing_is_said_with_its_reason() -> None:
    one, two = date(2026, 2, 27), date(2026, 3, 1)
    said = [
        Gap(one, one, "print", "icon", "partial", 1, "1 of 9 stories are still owed"),
        Gap(one, two, None, None, "unknown", 0, "never listed"),
    ]
    assert [line.plain for line in missing(said)][1:] == [
        "◐ 2026-02-27  print icon: 1 of 9 stories are still owed",
        "? 2026-02-27..2026-03-01  every section: never listed",
    ]
    assert [line.plain for line in missing([])] == ["nothing is missing"]
    many = missing(said[:1] * (SHOWN_GAPS + 7))
    assert len(many) == SHOWN_GAPS + 2
    assert "7 more" in many[-1].plain


def test_the_picture_says_each_day_in_words() -> None:
    drawn = ElementTree.fromstring(drawing(FEBRUARY))
    titles = [element.text for element in drawn.iter(f"{SVG}title")]
    assert titles == [
        "Coverage, 2026-02-27 to 2026-03-02",
        "2026-02-27: complete, 21 listed: 20 stored, 1 rejected",
        "2026-02-28: partial, 12 listed: 8 stored, 3 unchanged, 1 owed (icon: 1 of 9 stories are still owed)",
        "2026-03-01: absent, 0 listed (nothing of that day is listed)",
        "2026-03-02: unknown, 0 listed (never listed)",
    ]
    assert drawn.findtext(f"{SVG}desc") == (
        "4 days: 1 complete, 1 partial, 1 unknown, 1 absent. 31 of 33 stories listed are held."
    )
    assert "prefers-color-scheme: dark" in (drawn.findtext(f"{SVG}style") or "")


def test_the_picture_needs_nothing_from_elsewhere() -> None:
    drawn = drawing([day("2026-03-01", "partial", "<script>alert('&')</script>")])
    assert "<script" not in drawn
    assert drawn.count("http") == 1, "only the name space"
    assert not {"href", "src", "url(", "@import", "@font-face"} & {
        word for word in ("href", "src", "url(", "@import", "@font-face") if word in drawn
    }


@pytest.mark.parametrize("draw", [calendar, totals, drawing])
def test_no_day_at_all_is_drawn_too(draw: Any) -> None:
    assert draw([])


@given(
    st.dates(date(2000, 1, 1), date(2030, 1, 1)),
    st.lists(st.tuples(st.sampled_from(sorted(MARKS)), st.integers(0, 50)), min_size=1, max_size=120),
)
def test_every_day_stands_in_its_place_once(first: date, said: list[tuple[str, int]]) -> None:
    days = [
        day((first + timedelta(n)).isoformat(), state, stored=stored)
        for n, (state, stored) in enumerate(said)
    ]
    lines = {line.plain[:7]: line.plain[8:] for line in calendar(days)[1:]}
    for each in days:
        column = lines[f"{each.day:%Y-%m}"][2 * (each.day.day - 1) : 2 * each.day.day]
        assert column == " " + MARKS[each.state]
    marks = "".join(line[:62] for line in lines.values())
    assert len(marks.replace(" ", "")) == len(days)
    cells = [
        g for g in ElementTree.fromstring(drawing(days)).iter(f"{SVG}g") if g.find(f"{SVG}title") is not None
    ]
    assert len(cells) == len(days)
    places = {(cell[1].get("x"), cell[1].get("y")) for cell in cells}
    assert len(places) == len(days), "no day lies on another"
