"""Times and days as the site writes them. Everything it prints is Asia/Karachi time, UTC+5 all year.

Pure functions of strings; what cannot be read is None, never an error and never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

from crawlers.site import TIME_ZONE

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTH = r"(?P<month>[A-Za-z]{3,9})\.?"
_DAY = r"(?P<day>\d{1,2})\s?(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})"
_SHOWN_DAY = re.compile(
    rf"(?:{_MONTH}\s+{_DAY}|(?P<day2>\d{{1,2}})\s+(?P<month2>[A-Za-z]{{3,9}})\.?)\s*,?\s+{_YEAR}"
)
_DAY_OF_YEAR = re.compile(rf"{_MONTH}\s+{_DAY}|(?P<day2>\d{{1,2}})\s+(?P<month2>[A-Za-z]{{3,9}})\.?")
_SHOWN_TIME = re.compile(r"(?P<hour>\d{1,2}):(?P<minute>\d\d)\s*(?P<half>[ap]m)", re.IGNORECASE)
_PRINT_LINE = re.compile(
    r"\(?Published in (?P<where>(?:[\w&’' .-]{2,60},\s*){0,2}?[\w&’' .-]{2,60}?)\s*[,.]?\s+"
    rf"(?:{_MONTH}\s+{_DAY}|(?P<day2>\d{{1,2}})\s?(?:st|nd|rd|th)?\s+(?P<month2>[A-Za-z]{{3,9}}))"
    rf"\s*[,.]?\s*{_YEAR}\.?\)?",
    re.IGNORECASE,
)
# Set behind the last sentence instead of below it; inside a sentence the words are the writer's.
_PRINTED_AFTER_A_SENTENCE = re.compile(r"(?<=[.!?”\"’…)])\s+(Published in Dawn,[^!?]{4,80}\d{4}\.?)$")
_LONGEST = 200  # characters of a print line
_EARLIEST, _LATEST = 1941, 2199  # the paper was founded in 1941; beyond lie slips and hostile pages


def instant(text: str | None) -> datetime | None:
    """The instant of an ISO 8601 string or of the site's "2025-01-29 20:34:11+05:00", in UTC.

    Without an offset it is Karachi time. A day alone is no instant: None.
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

    Where no time of day is shown it is midnight in Karachi: good for the day, not for the hour.
    """
    if not text or (found := _SHOWN_DAY.search(text)) is None:
        return None
    day = _day(found)
    if day is None:
        return None
    clock = _SHOWN_TIME.search(text, found.end())
    hour = minute = 0
    if clock:
        hour, minute = (
            int(clock["hour"]) % 12 + (12 if clock["half"].lower() == "pm" else 0),
            int(clock["minute"]),
        )
    if minute > 59:
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
    days = []
    for year in (near.year - 1, near.year, near.year + 1):
        dated = _SHOWN_DAY.fullmatch(
            f"{found['month'] or found['month2']} {found['day'] or found['day2']}, {year}"
        )
        if dated is not None and (day := _day(dated)) is not None:
            days.append(day)
    return min(days, key=lambda day: abs(day - near), default=None)


def midnight(day: date) -> datetime:
    """The first instant of a day in Karachi, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=TIME_ZONE).astimezone(UTC)


def karachi_day(moment: datetime | None) -> date | None:
    """The day in Asia/Karachi that an aware instant falls on."""
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
    if len(text) > _LONGEST or ("ublished" not in text and "UBLISHED" not in text):
        return None
    said = " ".join(text.replace("\u200b", "").split())
    found = _PRINT_LINE.fullmatch(said)
    if found is None:
        return None
    month = (found["month"] or found["month2"]).lower()
    where = [part.strip() for part in found["where"].split(",")]
    if not any("dawn" in part.lower() for part in where) or not any(
        full.startswith(month[:3]) for full in _FULL
    ):
        return None
    papers = [part for part in where if part.lower() not in ("dawn", "the dawn", "daily dawn")]
    return PrintLine(_day(found), papers[-1] if papers else "Dawn", said)


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
        if "ublished" not in kept[index] and "UBLISHED" not in kept[index]:
            continue
        lines = kept[index].split("\n")
        rest = []
        for line in lines:
            found = print_line(line)
            tail = None if found else _PRINTED_AFTER_A_SENTENCE.search(line)
            if tail is not None and (found := print_line(tail[1])):
                rest.append(line[: tail.start()])
            elif found is None:
                rest.append(line)
            said = said or found
        if rest != lines:
            kept[index] = "\n".join(rest).strip()
    return Printed(tuple((index, paragraph) for index, paragraph in enumerate(kept) if paragraph), said)


def _day(found: re.Match[str]) -> date | None:
    month = (found["month"] or found["month2"]).lower()
    number = _FULL.index(month) + 1 if month in _FULL else None
    if number is None and (month in _MONTHS or month == "sept"):
        number = _MONTHS.index(month[:3]) + 1
    year = int(found["year"])
    if number is None or not _EARLIEST <= year <= _LATEST:
        return None
    try:
        return date(year, number, int(found["day"] or found["day2"]))
    except ValueError:
        return None


def _utc(moment: datetime) -> datetime | None:
    if not _EARLIEST <= moment.year <= _LATEST:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=TIME_ZONE)).astimezone(UTC)
