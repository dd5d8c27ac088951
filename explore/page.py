"""Templates to answers: the frame that all pages have in common, and how values are written in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from crawlers.site import PAPER, TIME_ZONE, TOWN
from explore.archive import archive_of
from explore.harmless import harmless

PAGES = (
    ("today", "/", "Today"),
    ("search", "/search", "Search"),
    ("coverage", "/coverage", "Coverage"),
    ("over-time", "/over-time", "Over time"),
    ("ask", "/ask", "Ask"),
)
"""The pages in the navigation: what a template calls itself, its address, its name."""


def page(
    request: Request, template: str, facts: Mapping[str, Any], status: int = 200, **headers: str
) -> HTMLResponse:
    """The template with these facts, in the frame: navigation, and which publication it was made from."""
    archive = archive_of(request)
    frame = {"pages": PAGES, "site": archive.site, "mark": archive.mark, "town": TOWN, "paper": PAPER}
    body = _ENVIRONMENT.get_template(template).render(frame | dict(facts))
    return HTMLResponse(body, status, headers)


def address(path: str, **parts: object) -> str:
    """A path of ours with these as its query, a tuple as several; what is None, "" or empty is left away."""
    said = {
        name: part if isinstance(part, tuple) else str(part)
        for name, part in parts.items()
        if part not in (None, "", False, ())
    }
    return f"{path}?{urlencode(said, doseq=True)}" if said else path


def instant(at: datetime | None) -> str:
    """An instant as people read it, in the site's zone; "" for none."""
    return f"{at.astimezone(TIME_ZONE):%-d %b %Y, %H:%M}" if at else ""


def day(on: date | None) -> str:
    """A day as people read it; "" for none."""
    return f"{on:%-d %b %Y}" if on else ""


def counted(number: int | float | None) -> str:
    """A number with its thousands parted; "" for none."""
    return "" if number is None else f"{number:,}"


def plural(number: int, one: str, many: str = "") -> str:
    """ "1 story", "2 stories": the number with its word."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def named(authors: Iterable[str] | None) -> str:
    """Names in a row: "A, B and C"."""
    *first, last = list(authors or ()) or [""]
    return f"{', '.join(first)} and {last}" if first else last


_ENVIRONMENT = Environment(
    loader=PackageLoader("explore"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters |= {
    "instant": instant,
    "day": day,
    "counted": counted,
    "harmless": harmless,
    "named": named,
    "plural": plural,
}
_ENVIRONMENT.globals |= {"address": address}
