"""Times and days as the site writes them. Everything it prints is the time of its own zone.

Pure functions of strings; what cannot be read is None, never an error and never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

from crawlers.site import (
    FOUNDED,
    MONTHS,
    PAPER,
    PAPER_MARK,
    PAPER_NAMES,
    PRINT_LINE,
    PRINT_MARKS,
    PRINTED_BEHIND,
    SHOWN_DAY,
    SHOWN_TIME,
    TIME_ZONE,
)

_MONTHS = {name: number for number, full in enumerate(MONTHS, 1) for name in (full, full[:3])} | {
    full[:4]: number for number, full in enumerate(MONTHS, 1) if full == "september"
}
_NONE = r"(?!)"  # a site that has no such thing says ""
_DAY_OF_YEAR = re.compile(
    r"(?P<month>[^\W\d_]{3,20})\.?\s+(?P<day>\d{1,2})\s?(?:st|nd|rd|th)?"
    r"|(?P<day2>\d{1,2})\s+(?P<month2>[^\W\d_]{3,20})\.?"
)
_SHOWN_DAY, _SHOWN_TIME = re.compile(SHOWN_DAY or _NONE), re.compile(SHOWN_TIME or _NONE, re.IGNORECASE)
_PRINT_LINE = re.compile(PRINT_LINE or _NONE, re.IGNORECASE)
_PRINTED_BEHIND = re.compile(PRINTED_BEHIND or _NONE)
_LONGEST = 200  # characters of a print line
_LATEST = 2199  # beyond, and before the paper was founded, lie slips and hostile pages


def instant(text: str | None) -> datetime | None:
    """The instant of an ISO 8601 string, also of "2025-01-29 20:34:11+05:00", in UTC.

    Without an offset it is the site's time. A day alone is no instant: None.
    """
    if not text or len(text) > 40:
        return None
    text = text.strip()
    if len(text) < len("2025-01-29T20:34"):
        return None
    try:
        return _utc(datetime.fromisoformat(text))
    except ValueError:
        return None


def mail_instant(text: str | None) -> datetime | None:
    """The instant of an RFC 2822 date as feeds write it ("Wed, 13 May 2026 19:46:42 +0500"), in UTC."""
    if not text or len(text) > 60:
        return None
    try:
        return _utc(parsedate_to_datetime(text.strip()))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def shown_instant(text: str | None) -> datetime | None:
    """The instant of a date as pages show it ("May 28, 2015 01:09am", "29 Jan, 2025"), in UTC.

    Where no time of day is shown it is midnight there: good for the day, not for the hour.
    """
    if not text or (found := _SHOWN_DAY.search(text)) is None:
        return None
    day = _day(found)
    if day is None:
        return None
    clock = _SHOWN_TIME.search(text, found.end())
    hour = minute = 0
    if clock:
        hour, minute = int(clock["hour"]), int(clock["minute"])
        if half := clock.groupdict().get("half"):
            hour = hour % 12 + (12 if half.lower() == "pm" else 0)
    if minute > 59 or hour > 23:
        return None
    return _utc(datetime(day.year, day.month, day.day, hour, minute, tzinfo=TIME_ZONE))


def has_clock(text: str) -> bool:
    """Whether a date as pages show it names the time of day."""
    return _SHOWN_TIME.search(text) is not None


def day_of_year(text: str, near: date) -> date | None:
    """The day "Nov 23" or "23 Nov" names, in the year that brings it closest to `near`; None for none."""
    found = _DAY_OF_YEAR.fullmatch(text.strip())
    if found is None:
        return None
    said = found["month"] or found["month2"], found["day"] or found["day2"]
    days = [day for year in (near.year - 1, near.year, near.year + 1) if (day := _day_of(*said, str(year)))]
    return min(days, key=lambda day: abs(day - near), default=None)


def midnight(day: date) -> datetime:
    """The first instant of a day of the site's, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=TIME_ZONE).astimezone(UTC)


def local_day(moment: datetime | None) -> date | None:
    """The day in the site's zone that an aware instant falls on."""
    return moment.astimezone(TIME_ZONE).date() if moment is not None else None


@dataclass(frozen=True, slots=True)
class PrintLine:
    """What "Published in Dawn, EOS, April 29th, 2025" says; `day` is None for a day no calendar has."""

    day: date | None
    paper: str  # "Dawn", "EOS", "The Business and Finance Weekly"
    said: str  # the line as printed


def print_line(text: str) -> PrintLine | None:
    """What a line says about the printed paper; None where it is not a print line and nothing else.

    The day stands as printed: 11 lines of 2025 name the month before, a slip of the paper's.
    """
    if len(text) > _LONGEST or not has_print_mark(text):
        return None
    said = " ".join(text.replace("\u200b", "").split())
    found = _PRINT_LINE.fullmatch(said)
    if found is None:
        return None
    month = _part(found, "month").lower()
    where = [part for one in (found.groupdict().get("where") or "").split(",") if (part := one.strip())]
    if not any(PAPER_MARK in part.lower() for part in where or [PAPER_MARK]) or not _begins_a_month(month):
        return None
    papers = [part for part in where if part.lower() not in PAPER_NAMES]
    return PrintLine(_day(found), papers[-1] if papers else PAPER, said)


def has_print_mark(text: str) -> bool:
    """Whether a text may hold a print line: cheap, to ask first."""
    return any(mark in text for mark in PRINT_MARKS)


@dataclass(frozen=True, slots=True)
class Printed:
    """Paragraphs without their print line, each with its place before, and what that line said."""

    paragraphs: tuple[tuple[int, str], ...]
    line: PrintLine | None


def without_print_lines(paragraphs: Sequence[str]) -> Printed:
    """The paragraphs without "Published in Dawn, …"; every other line stays, also one that follows it.

    It stands last, but for a "Header image: …", a correction or the like: it is looked for in the last ten
    paragraphs, as a paragraph of its own or as a line of one. Where two stand the last one counts.
    """
    kept = list(paragraphs)
    said: PrintLine | None = None
    for index in range(len(kept) - 1, max(len(kept) - 11, -1), -1):
        if not has_print_mark(kept[index]):
            continue
        lines = kept[index].split("\n")
        rest = []
        for line in lines:
            found = print_line(line)
            tail = None if found else _PRINTED_BEHIND.search(line)
            if tail is not None and (found := print_line(tail[1])):
                rest.append(line[: tail.start()])
            elif found is None:
                rest.append(line)
            said = said or found
        if rest != lines:
            kept[index] = "\n".join(rest).strip()
    return Printed(tuple((index, paragraph) for index, paragraph in enumerate(kept) if paragraph), said)


def _part(found: re.Match[str], name: str) -> str:
    """A group of a date's pattern, or the one that stands for it in the second order."""
    return str(found[name] or found.groupdict().get(f"{name}2"))


def _begins_a_month(said: str) -> bool:
    return said.isdigit() or any(full.startswith(said[:3]) for full in MONTHS)


def _day(found: re.Match[str]) -> date | None:
    return _day_of(_part(found, "month"), _part(found, "day"), found["year"])


def _day_of(month: str, day: str, year: str) -> date | None:
    number = int(month) if month.isdigit() else _MONTHS.get(month.lower())
    if number is None or not FOUNDED <= int(year) <= _LATEST:
        return None
    try:
        return date(int(year), number, int(day))
    except ValueError:
        return None


def _utc(moment: datetime) -> datetime | None:
    if not FOUNDED <= moment.year <= _LATEST:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=TIME_ZONE)).astimezone(UTC)
