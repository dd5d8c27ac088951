"""Coverage: the calendar of days, a month's sections, and one day with each story that its lists named."""

from __future__ import annotations

import calendar
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crawlers.site import EDITION
from explore.archive import Archive, archive_of
from explore.page import address, day, page
from explore.remembered import remembered
from warehouse.days import covered
from warehouse.editions import Edition, Listed, editions, listed, section_days
from warehouse.ledger import DayState
from warehouse.query import QueryError
from warehouse.search.question import first_day, last_day
from warehouse.standing import ENDINGS, MARKS, MEANINGS, endings, months, never_listed, together

PLACES = {"": "the paper and the daily lists", "print": "the paper", "daily": "the daily lists"}
LACKING = 60
"""Days that lack something, and stretches of days never listed, with a line each; the rest is a number."""
LACKS = ("owed", "rejected", "gone", "refused")
HELD = ("stored", "unchanged")
SETTLED = ("complete", "absent")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ORDER = {(each.place.value, each.section): n for n, each in enumerate(EDITION)}
"""The sections in the order in which the site has them."""


@dataclass(frozen=True, slots=True)
class Span:
    """Some days put together: how they stand, in one state and in words that say everything."""

    first: date
    name: str
    state: str
    said: str
    held: int
    listed: int
    lacking: int


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the calendar: what is said of it, and its days; None of one that is not told of.

    `weekday` is that of its first day, 1 for a Monday.
    """

    span: Span
    weekday: int
    days: tuple[tuple[int, DayState | None], ...]


def coverage(request: Request) -> Response:
    """The calendar of a year or a month, all years in short, and how each section stands."""
    archive = archive_of(request)
    wrong = ""
    place = request.query_params.get("place", "")
    if place not in PLACES:
        wrong, place = f"place: wants print or daily, and not {place[:40]!r}", ""
    states = remembered(f"days {place}", archive, lambda: covered(archive.public, place=place or None))
    said = request.query_params.get("month", "") or request.query_params.get("year", "")
    try:
        first, last = _span_of(said.strip(), states)
    except QueryError as error:
        wrong = wrong or str(error)
        first, last = _span_of("", states)
    shown = [state for state in states if first <= state.day <= last]
    one_month = first.month == last.month
    facts: dict[str, Any] = {
        "wrong": wrong,
        "place": place,
        "places": PLACES,
        "states": states,
        "years": _years(states),
        "first": first,
        "one_month": one_month,
        "name": _month(first) if one_month else str(first.year),
        "months": _calendar(first, last, shown),
        "counts": Counter(state.state for state in shown),
        "endings": [(count, name) for name, count in endings(shown) if count],
        "never": never_listed(shown),
        "lacking": [each for each in shown if each.state in ("partial", "unknown") and each.sections],
        "most": LACKING,
        "command": _command(archive),
        "span": f"{shown[0].day}..{shown[-1].day}" if shown else "",
        "before": _beside(first, one_month, states, place, -1),
        "after": _beside(first, one_month, states, place, 1),
    }
    if one_month:
        facts |= _by_day(editions(archive.public, (first, last), place or None))
    else:
        sections = section_days(archive.public, (first, last), place or None)
        facts["sections"] = sorted(sections, key=lambda each: _order(each.place, each.section))
    return page(request, "coverage.html", _frame() | facts, 400 if wrong else 200)


def one_day(request: Request) -> Response:
    """A day: its sections, what is owed of it and why, what is held, and the command that fills it."""
    archive = archive_of(request)
    said = request.path_params["day"]
    try:
        on = date.fromisoformat(said if _DAY.fullmatch(said) else "")
    except ValueError:
        wrong = f"{said[:40]!r} is no day: one is written as 2025-04-29"
        return page(request, "trouble.html", {"heading": "No such day", "said": wrong}, 404)
    state = covered(archive.public, (on, on))[0]
    sections = editions(archive.public, (on, on))
    stories = listed(archive.public, on)
    facts: dict[str, Any] = {
        "day": on,
        "name": f"{on:%A}, {day(on)}",
        "state": state,
        "said": told(state),
        "endings": [(count, name) for name, count in endings([state]) if count],
        "sections": sorted(sections, key=lambda each: _order(each.place, each.section)),
        "lacking": _once([each for each in stories if each.ending in LACKS]),
        "held": _by_section([each for each in stories if each.ending in HELD]),
        "command": f"{_command(archive)} {on}" + (" --again" if state.state in SETTLED else ""),
        "yesterday": on - timedelta(1) if on > date.min else None,
        "tomorrow": on + timedelta(1) if on < date.max else None,
    }
    return page(request, "day.html", _frame() | facts)


def told(state: DayState) -> str:
    """All that is known of how a day stands, in one line: what its place in the calendar is called."""
    if not state.sections:
        return f"{_spelled(state.day)}: {state.state}, never listed"
    others = [(name, count) for name, count in endings([state]) if count and name not in HELD]
    counts = [f"{state.held} of {state.listed} held", *(f"{count} {name}" for name, count in others)]
    return f"{_spelled(state.day)}: {state.state}, {', '.join(counts) if state.listed else 'nothing listed'}"


def why(story: Listed) -> str:
    """Why a story is not held, without what its state says already."""
    reason = "robots.txt forbids it" if story.reason == "robots" else story.reason or ""
    return reason.removeprefix(f"{story.ending}: ")


def _frame() -> dict[str, Any]:
    return {"marks": MARKS, "meanings": MEANINGS, "told": told, "why": why, "all_endings": ENDINGS}


def _span_of(said: str, states: Sequence[DayState]) -> tuple[date, date]:
    """The first and last day of a year or month as typed, or of the newest year. Raises QueryError."""
    if said:
        if not re.fullmatch(r"[0-9]{4}(-[0-9]{2})?", said):
            raise QueryError(f"there is no month or year {said[:40]!r}: a month is 2025-04, a year 2025")
        return first_day(said, "month"), last_day(said, "month")
    newest = states[-1].day if states else date.today()  # noqa: DTZ011  # nothing is shown of it
    return newest.replace(month=1, day=1), newest.replace(month=12, day=31)


def _spelled(on: date) -> str:
    return f"{on.day} {_month(on)}"


def _month(on: date) -> str:
    return f"{calendar.month_name[on.month]} {on.year}"


def _span(first: date, name: str, states: Sequence[DayState]) -> Span:
    """What is said of some days, all in one."""
    counts = Counter(state.state for state in states)
    held, of = sum(state.held for state in states), sum(state.listed for state in states)
    days = ", ".join(f"{counts[state]} {state}" for state in MARKS if counts[state])
    said = f"{name}: {days or 'nothing'}; {held:,} of {of:,} stories held"
    lacking = counts["partial"] + counts["unknown"]
    return Span(first, name, together(state.state for state in states), said, held, of, lacking)


def _years(states: Sequence[DayState]) -> list[tuple[Span, list[Span | None]]]:
    """Each year, the newest first, with its twelve months; None for a month before or behind all days."""
    by_month = dict(months(states))
    made = []
    for year, found in groupby(by_month, key=lambda month: month.year):
        spans = {month.month: _span(month, _month(month), list(by_month[month].values())) for month in found}
        days = [each for month, states in by_month.items() if month.year == year for each in states.values()]
        made.append((_span(date(year, 1, 1), str(year), days), [spans.get(n) for n in range(1, 13)]))
    return made[::-1]


def _calendar(first: date, last: date, states: Sequence[DayState]) -> list[Month]:
    """The months from the first to the last day of which any day is told of, each with all of its days."""
    told_of = {state.day: state for state in states}
    made = []
    for month in range(first.month, last.month + 1):
        begin = first.replace(month=month, day=1)
        weekday, length = calendar.monthrange(begin.year, month)
        days = tuple((n, told_of.get(begin.replace(day=n))) for n in range(1, length + 1))
        known = [state for _, state in days if state]
        if known:
            made.append(Month(_span(begin, _month(begin), known), weekday + 1, days))
    return made


def _by_day(found: Sequence[Edition]) -> Mapping[str, Any]:
    """A month's sections, each with its editions by the day of the month."""
    rows: dict[tuple[str, str], dict[int, Edition]] = {}
    for each in found:
        rows.setdefault((each.place, each.section), {})[each.day.day] = each
    return {"grid": sorted(rows.items(), key=lambda row: _order(*row[0]))}


def _order(place: str, section: str) -> tuple[int, str, str]:
    return _ORDER.get((place, section), len(_ORDER)), place, section


def _once(stories: Iterable[Listed]) -> list[tuple[Listed, list[str]]]:
    """Each story with the sections that list it, those that are owed first."""
    found: dict[int, tuple[Listed, list[str]]] = {}
    for each in sorted(stories, key=lambda one: _order(one.place, one.section)):
        found.setdefault(each.story_id, (each, []))[1].append(f"{each.place} {each.section}")
    return sorted(found.values(), key=lambda pair: LACKS.index(pair[0].ending))


def _by_section(stories: Iterable[Listed]) -> list[tuple[tuple[str, str], list[Listed]]]:
    found: dict[tuple[str, str], list[Listed]] = {}
    for each in stories:
        found.setdefault((each.place, each.section), []).append(each)
    return sorted(found.items(), key=lambda pair: _order(*pair[0]))


def _command(archive: Archive) -> str:
    """The command that fills days, as it is typed where this archive was opened."""
    named = "" if archive.root == Path("data") else f" --data {shlex.quote(str(archive.root))}"
    return f"dawn backfill{named}"


def _beside(
    first: date, one_month: bool, states: Sequence[DayState], place: str, way: int
) -> tuple[str, str] | None:
    """The address and the name of the month or year before or behind, as long as days there are told of."""
    if not states:
        return None
    months_on = first.year * 12 + first.month - 1 + (way if one_month else 12 * way)
    year, month = divmod(months_on, 12)
    begins = states[0].day.replace(day=1), states[-1].day.replace(day=1)
    low, high = begins if one_month else (begins[0].replace(month=1), begins[1].replace(month=1))
    if not (date.min.year <= year <= date.max.year and low <= date(year, month + 1, 1) <= high):
        return None
    said = {"month": f"{year:04}-{month + 1:02}"} if one_month else {"year": f"{year:04}"}
    return address("/coverage", **said, place=place), _month(
        date(year, month + 1, 1)
    ) if one_month else f"{year}"


ROUTES = (Route("/coverage", coverage), Route("/coverage/{day}", one_day))
