"""Windows of days, and the periods in them, of which a week begins on Monday: as dates, and in SQL. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from warehouse.database import literal

Unit = Literal["day", "week", "month", "year"]
UNITS: tuple[Unit, ...] = ("day", "week", "month", "year")
MOST_PERIODS = 1000
NO_SECTION = "no section"
STORY_DAY = "coalesce(published_on, printed_on)"
"""The day of a story, as `stories_by_day_and_section` counts it."""


@dataclass(frozen=True, slots=True)
class Window:
    """Which days (both in), of which section or all, and how long a period is. A week begins on Monday."""

    unit: Unit = "month"
    first: date | None = None
    last: date | None = None
    section: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """What an archive holds: first and last day of stories, the newest capture's day, sections by size."""

    first: date | None
    last: date | None
    newest: date | None
    sections: tuple[str, ...]


def began(day: date, unit: Unit) -> date:
    """The first day of the period that this day is in."""
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit == "month":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if unit == "year" else day


def following(begin: date, unit: Unit) -> date:
    """The first day of the period after the one that begins then. Of the last that there is: its end."""
    try:
        if unit == "year":
            return begin.replace(year=begin.year + 1)
        if unit == "month":
            return began(begin + timedelta(days=31), "month")
        return begin + timedelta(days=7 if unit == "week" else 1)
    except (OverflowError, ValueError):
        return date.max


def periods(first: date, last: date, unit: Unit) -> Iterator[date]:
    """The beginnings of the periods from the one with `first` to the one with `last`."""
    begin = began(first, unit)
    while begin <= last:
        yield begin
        after = following(begin, unit)
        if after <= begin:
            return
        begin = after


def narrowed(window: Window, found: Span) -> tuple[Window, bool]:
    """The window with at most MOST_PERIODS periods, the newest, and whether that left any away."""
    first, last = window.first or found.first, window.last or found.last
    if first is None or last is None:
        return window, False
    last = min(last, found.last or last)
    first = max(first, found.first or first)
    begins = list(periods(first, last, window.unit))
    if len(begins) <= MOST_PERIODS:
        return window, False
    return replace(window, first=begins[-MOST_PERIODS]), True


def fitting(first: date, last: date) -> Unit:
    """The unit that gives a span neither too few periods nor too many."""
    days = (last - first).days
    if days <= 62:
        return "day"
    if days <= 366:
        return "week"
    return "month" if days <= 366 * 20 else "year"


def period_of(day: str, window: Window) -> str:
    """In SQL, the first day of the period that the day of this name is in."""
    return f"date_trunc('{window.unit}', {day})::date"


def conditions(day: str, window: Window) -> tuple[str, ...]:
    """In SQL, what holds of a row in the window: of its day, of this name, and of its `section`."""
    found = []
    if window.first:
        found.append(f"{day} >= date '{window.first}'")
    if window.last:
        found.append(f"{day} <= date '{window.last}'")
    if window.section == NO_SECTION:
        found.append("section is null")
    elif window.section is not None:
        found.append(f"section = {literal(window.section)}")
    return tuple(found)


def joined(all_of: Sequence[str]) -> str:
    """In SQL, the clause that wants all of these, with its line end; "" where there are none."""
    return "where " + "\n    and ".join(all_of) + "\n" if all_of else ""
