"""What a story's own lines say of its making: dateline, writer, contacts, who helped, header image.

Pure. All of it is copied, not cut: the body keeps these lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from crawlers.dates import day_of_year
from crawlers.site import ABOUT_AUTHOR, DATELINE

_NONE = r"(?!)"  # a site that has no such thing says ""
_DATELINE = re.compile(DATELINE or _NONE)
_NO_DATELINES = frozenset(
    {"WATCH", "NOTE", "UPDATE", "CORRECTION", "CLARIFICATION", "VIDEO", "LIVE", "ALSO READ"}
)
LAST = 8
"""How many paragraphs at the end such lines stand in."""
_LONGEST = 400  # characters of a line that names a contact or who helped
_ABOUT = re.compile(ABOUT_AUTHOR or _NONE, re.IGNORECASE | re.DOTALL)
_MAIL = re.compile(
    r"(?<![\w.+-])[A-Za-z0-9][\w.+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}(?![\w-])"
)
_HANDLE = re.compile(
    r"(?:\b(?:X|Twitter|Instagram|Facebook|Threads|Bluesky|Tweets?(?: at)?)\s*:?\s*|^)"
    r"(@\w(?:[\w.]{0,38}\w)?)(?![\w@-])",
    re.MULTILINE | re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?:X|Twitter|Instagram)\s*:\s*([A-Za-z_]\w{2,30})"
)  # the handle of a line, without its "@"
_INPUT = re.compile(
    r"[—–(-]?\s*(?:(?:with )?(?:additional )?(?:inputs?|reporting|information)(?: also)?"
    r" (?:from|by) (?P<after>.+?)"
    r"|(?P<before>.+?),? (?:also )?contributed to this (?:report|story|article)(?: from [^.]{2,60})?)\.?\)?",
    re.IGNORECASE,
)
_INPUT_WORDS = ("input", "reporting", "information", "contributed")  # one of them stands in each such line
_AND = re.compile(r"\s*(?:,\s*and\b|[,|/&;]|\band\b)\s*")
_HELPED = re.compile(
    r"^(?:with )?(?:additional )?(?:inputs?|reporting|information) (?:from|by) ", re.IGNORECASE
)
_FROM_WHERE = re.compile(r"\s+(?:in|from) [A-Z].*$")
_NEWS_AGENCY = re.compile(r"^the\s+(?=[A-Z]{2})|\s+news agency$")
_HEADER_IMAGE = re.compile(r"header (?:image|photo|picture)s?\s*:\s*(\S.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Credits:
    """What a story's own lines say of its making; empty where they say nothing."""

    dateline: str | None  # "SEOUL"
    dateline_on: date | None  # the day an old dateline names
    about_author: str | None
    contacts: tuple[str, ...]
    input_from: tuple[str, ...]
    header_image: str | None


def credits_of(paragraphs: Sequence[str], near: date | None) -> Credits:
    """The credits of a body; `near` is the day it came out, which gives an old dateline's day its year."""
    place, day = _dateline(paragraphs)
    last = paragraphs[-LAST:]
    short = [line for paragraph in last for line in paragraph.split("\n") if len(line) <= _LONGEST]
    about = next((paragraph for paragraph in last if _ABOUT.fullmatch(paragraph)), None)
    said = [*short, *about.split("\n")] if about else short
    contacts = [
        found
        for line in said
        if "@" in line
        for pattern in (_MAIL, _HANDLE)
        for found in pattern.findall(line)
    ]
    contacts += [found[1] for line in said if (found := _NAMED.fullmatch(line.strip()))]
    header = next(
        (found[1].strip() for one in (*last, *paragraphs[:1]) if (found := _HEADER_IMAGE.fullmatch(one))),
        None,
    )
    return Credits(
        dateline=place,
        dateline_on=day_of_year(day, near) if day and near else None,
        about_author=about,
        contacts=tuple(dict.fromkeys(contacts)),
        input_from=tuple(dict.fromkeys(name for line in short for name in _helpers(line))),
        header_image=header,
    )


def _dateline(paragraphs: Sequence[str]) -> tuple[str | None, str | None]:
    """The place a story opens with ("SEOUL: …", older "KARACHI, Nov 23: …"), and the day in the old form."""
    opening = next(
        (text for text in paragraphs[:4] if not text.startswith(("•", ". "))), ""
    )  # bullets sum up before it
    found = _DATELINE.match(opening)
    if found is None or found["place"].strip() in _NO_DATELINES:
        return None, None
    return found["place"].strip(), found["day"]


def _helpers(line: str) -> list[str]:
    plain = line.lower()
    if not any(word in plain for word in _INPUT_WORDS):
        return []
    found = _INPUT.fullmatch(line.strip())
    if found is None:
        return []
    names = _AND.split(found["after"] or found["before"])
    shown = (
        _NEWS_AGENCY.sub("", _FROM_WHERE.sub("", _HELPED.sub("", name.strip()))).strip() for name in names
    )
    return [name for name in shown if name and len(name.split()) <= 5]
