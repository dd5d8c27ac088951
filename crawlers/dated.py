"""Every date a story's page says, with its source, and the rule that chooses among them. Pure.

What is chosen is the first source in order of trust that names no time after the fetch; what the others say
is kept beside it, so that disagreements can be asked for. All days are days in the site's zone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from selectolax.lexbor import LexborNode

from crawlers.dates import PrintLine, has_clock, instant, local_day, midnight, shown_instant
from crawlers.head import Head
from crawlers.items import DateCandidate, DateField
from crawlers.lines import clean_line
from crawlers.parts import Parts
from crawlers.site import PICTURE_DAY, TIMES

AHEAD = timedelta(days=1)
"""How far after the fetch a date may lie and still be believed: clocks differ, and the paper of tomorrow goes
online tonight."""
PRINT_AHEAD = timedelta(days=7)
"""The same for the printed day: a weekly may go online before its day."""

_TRUST = ("meta", "json-ld", "shown", "feed", "print line")
_PICTURE_DAY = re.compile(PICTURE_DAY or r"(?!)")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A date that was taken, where from, and whether its time of day is known; None where none says."""

    moment: datetime | None = None  # UTC
    source: str | None = None
    exact: bool = False


def chosen(
    candidates: Sequence[DateCandidate], field: DateField, fetched_at: datetime | None = None
) -> Chosen:
    """The date to take for this field. A day alone is taken as its first instant there, and not exact.

    Midnight to the second is no time of day but the absence of one: 57 of 20,170 stories of 2025 say it.
    """
    ahead = PRINT_AHEAD if field is DateField.PRINTED else AHEAD
    latest = fetched_at + ahead if fetched_at is not None else None
    for source in _TRUST:
        for candidate in candidates:
            if candidate.field is not field or candidate.source != source:
                continue
            moment = candidate.happened_at or midnight(candidate.day)
            if latest is None or moment <= latest:
                return Chosen(moment, source, moment != midnight(candidate.day))
    return Chosen()


def candidates_of(
    parts: Parts | None, top: Head, line: PrintLine | None, image: str | None
) -> tuple[DateCandidate, ...]:
    """The dates of a page: of its head, its header, its print line and its picture's address."""
    return tuple(_candidates(parts, top, line, image))


def from_feed(published: datetime | None, said: str, line: PrintLine | None) -> tuple[DateCandidate, ...]:
    """The dates of a feed's item."""
    return (*_said(DateField.PUBLISHED, "feed", published, said), *_printed(line))


def _candidates(
    parts: Parts | None, top: Head, line: PrintLine | None, image: str | None
) -> Iterator[DateCandidate]:
    published, updated = DateField.PUBLISHED, DateField.UPDATED
    meta = top.meta("article:published_time")
    yield from _said(published, "meta", instant(meta), meta)
    yield from _said(published, "json-ld", instant(top.published), top.published)
    if parts is not None:
        yield from _shown(parts)
    meta = top.meta("article:modified_time")
    yield from _said(updated, "meta", instant(meta), meta)
    yield from _said(updated, "json-ld", instant(top.modified), top.modified)
    if line is not None and line.day is not None:
        yield from _printed(line)
        yield DateCandidate(published, "print line", None, line.day, line.said)
    found = _PICTURE_DAY.search(image or "")
    if found is not None and (day := _day(found)) is not None:
        yield DateCandidate(published, "picture", None, day, found[0].strip("/."))


def _printed(line: PrintLine | None) -> Iterator[DateCandidate]:
    if line is not None and line.day is not None:
        yield DateCandidate(DateField.PRINTED, "print line", None, line.day, line.said)


def _shown(parts: Parts) -> Iterator[DateCandidate]:
    """What the header shows: both dates, or one label and one date."""
    box = parts.in_header(TIMES.box)
    if box is None:
        return
    own = box.css_first(TIMES.published)
    changed = box.css_first(TIMES.updated)
    for field, node in ((DateField.PUBLISHED, own), (DateField.UPDATED, changed)):
        if node is None:
            continue
        yield from _dated(field, node, clean_line(node.text(separator=" ") or ""))
    if own is None and changed is None:
        text = clean_line(box.text(separator=" ") or "")
        is_change = bool(TIMES.label) and text.lower().startswith(TIMES.label)
        field = DateField.UPDATED if is_change else DateField.PUBLISHED
        yield from _dated(field, box, text)


def _dated(field: DateField, node: LexborNode, text: str) -> Iterator[DateCandidate]:
    """The instant that ticks in an element ("2 hours ago"), or the date that it shows."""
    element = node.css_first(TIMES.ticking)
    ticking = (element.attributes.get(TIMES.moment) or "") if element is not None else ""
    if (moment := instant(ticking)) is not None:
        yield from _said(field, "shown", moment, ticking)
    else:
        yield from _printed_on_page(field, text)


def _printed_on_page(field: DateField, text: str) -> Iterator[DateCandidate]:
    moment = shown_instant(text)
    day = local_day(moment)
    if day is not None:
        yield DateCandidate(field, "shown", moment if has_clock(text) else None, day, text[:80])


def _said(field: DateField, source: str, moment: datetime | None, said: str) -> Iterator[DateCandidate]:
    day = local_day(moment)
    if day is not None:
        yield DateCandidate(field, source, moment, day, said.strip()[:80])


def _day(found: re.Match[str]) -> date | None:
    try:
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return None
