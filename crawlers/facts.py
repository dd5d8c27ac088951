"""What a site file is made of: the types of its facts, and the file read and held to them.

A site file is Python, of constants alone: it is run once, when the process starts, as trusted as the program.
What it has to say stands in `crawlers.site`, a fact a line.
"""

from __future__ import annotations

import importlib
import os
import re
import runpy
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

from crawlers.items import Place

NAMED_BY = "DAWN_SITE_FILE"
"""The environment variable that names the site file; children of a process inherit it."""

OURS = Path(__file__).with_name("dawn.py")
"""The site file where none is named."""


class SiteFileError(ValueError):
    """A site file cannot be followed: the message names it and the fact, in one line."""


class Groups(tuple[str, ...]):
    """The groups that a pattern must have by name; a pattern that is "" finds nothing, and needs none."""

    __slots__ = ()


Pattern = Annotated[str, Groups()]
"""A regular expression of `re`; "" where the site has no such thing."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A place that lists stories: its kind, its section, and its path.

    In the path of a list of one day stands the day: `{day}` is an ISO date, `{day:%Y/%m/%d}` what strftime
    makes of it. `weekdays` are those on which there is such a list (0 is Monday): on others it is not asked
    for, and counts as absent.
    """

    place: Place
    section: str
    path: str
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)

    def on(self, day: date) -> str:
        """The path of the list of a day."""
        return self.path.format(day=day)

    def is_due(self, day: date) -> bool:
        """Whether there is such a list for a day."""
        return day.weekday() in self.weekdays


@dataclass(frozen=True, slots=True)
class Cards:
    """Where a card of a listing says what, as CSS selectors in it.

    `link` is the link to the story; where it finds none the card's first link counts. `moment` is the
    attribute of the `time` element that has the instant; "" where its text shows it.
    """

    title: str
    link: str
    time: str
    moment: str
    byline: str


@dataclass(frozen=True, slots=True)
class Times:
    """Where a story's header shows its times, as CSS selectors; `published` and `updated` stand in `box`.

    `ticking` stands in those, and has the instant in its attribute `moment`; where there is none the text
    counts. Where a box has neither of the two its own text counts, as the last change where it begins with
    `label`, in lower case.
    """

    box: str
    published: str
    updated: str
    ticking: str
    moment: str
    label: str


class Known(StrEnum):
    """How a layout is known."""

    CAPTURED = "captured"  # whole pages
    FRAGMENT = "fragment"  # parts of pages, or its feed bodies
    TOLD = "told"  # what other scrapers of the site say
    ASSUMED = "assumed"  # the site's own names on a page nobody has shown us


@dataclass(frozen=True, slots=True)
class Layout:
    """Where an article's parts stand, as CSS selectors, and from which day on.

    `shows` stands on the page where the layout is in use. Of those that show, the one in use on the day of
    the fetch is taken: the newest whose `since` is not after it.
    """

    name: str
    since: date
    known: Known
    shows: str  # and `header_shows` in its header, where that is not ""
    article: str  # the story's own element; rails of other stories may stand inside it
    header: str
    main: str
    content: str
    title: str
    byline: str
    footer: str
    header_shows: str = ""


def site_file() -> Path:
    """The file of facts that this process goes by."""
    named = os.environ.get(NAMED_BY)
    return Path(named).expanduser() if named else OURS


def facts_of(path: Path, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that a site file says, of the `wanted` names and types; what it says besides is its own.

    Raises SiteFileError, with one clear line, where it lacks one, has one of a wrong type, or where an
    address that it gives a story is not one that it reads.
    """
    try:
        said = vars(importlib.import_module("crawlers.dawn")) if path == OURS else runpy.run_path(str(path))
    except (Exception, SystemExit) as error:
        why = " ".join(str(error).split()) or type(error).__name__
        raise SiteFileError(f"the site file {path} cannot be read: {why}") from error
    found = {}
    for name, kind in wanted.items():
        if name not in said:
            raise SiteFileError(f"the site file {path} lacks {name}: say it as docs/sites.md explains")
        if (wrong := misfit(said[name], kind)) is not None:
            raise SiteFileError(f"the site file {path}: {name} {wrong}")
        found[name] = said[name]
    if (odd := _contradiction(found)) is not None:
        raise SiteFileError(f"the site file {path}: {odd}")
    return found


def misfit(value: object, kind: Any) -> str | None:
    """Why a value is not of a type, as the end of a sentence; None where it is."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        if not isinstance(value, str):
            return f"must be a pattern, and is {_short(value)}"
        return _no_pattern(value, inner[1])
    if origin is tuple and inner[1:] != (...,):
        if not isinstance(value, tuple) or len(value) != len(inner):
            return f"must have tuples of {len(inner)}, and has {_short(value)}"
        return next((why for one, each in zip(value, inner, strict=True) if (why := misfit(one, each))), None)
    if origin in (tuple, frozenset):
        if not isinstance(value, origin):
            return f"must be a {origin.__name__}, and is {_short(value)}"
        return next((why for one in value if (why := misfit(one, inner[0]))), None)
    if origin is dict:
        if not isinstance(value, dict):
            return f"must be a dict, and is {_short(value)}"
        both = ((one, each) for pair in value.items() for one, each in zip(pair, inner, strict=True))
        return next((why for one, each in both if (why := misfit(one, each))), None)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        return f"must be of type {kind.__name__}, and is {_short(value)}"
    return None


def _no_pattern(value: str, groups: Groups) -> str | None:
    try:
        found = re.compile(value).groupindex
    except re.error as error:
        return f"must be a pattern, and is none ({error}): {_short(value)}"
    lacking = [name for name in groups if name not in found] if value else []
    return f"is a pattern without the group {lacking[0]!r}: {_short(value)}" if lacking else None


def _contradiction(facts: Mapping[str, Any]) -> str | None:
    """Why the facts do not go together, those that are given; None where they do."""
    if "STORY_ADDRESS" in facts:
        number = min(123, facts["LARGEST_ID"])
        try:
            path = facts["STORY_ADDRESS"].format(id=number)
        except (LookupError, ValueError) as error:
            return f"STORY_ADDRESS must be a path with {{id}} in it ({error!r})"
        found = re.fullmatch(facts["STORY_LINK"] + facts["STORY_TAIL"], path, re.ASCII | re.DOTALL)
        if found is None or found["id"] != str(number) or facts["STORY_MARK"] not in path:
            return f"STORY_ADDRESS gives {path}, which STORY_LINK, STORY_TAIL, STORY_MARK do not read"
        if re.findall(r"[0-9]+", path)[-1] != str(number):
            return f"STORY_ADDRESS gives {path}: its last number must be the story's"
    if len(facts.get("MONTHS", range(12))) != 12:
        return "MONTHS must have twelve"
    return None


def _short(value: object) -> str:
    said = " ".join(repr(value).split())
    return said if len(said) <= 80 else f"{said[:80]}…"
