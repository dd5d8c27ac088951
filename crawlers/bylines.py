"""Who a story is by: the names as printed, and what each of them is. Pure."""

from __future__ import annotations

import re

from crawlers import urls
from crawlers.head import Head, plain_quotes, same_but_for_quotes
from crawlers.items import Byline, Role
from crawlers.lines import clean_line
from crawlers.parts import Parts
from crawlers.site import AGENCIES, BEFORE_NAMES, BETWEEN_NAMES, STAFF

_NONE = r"(?!)"  # a site that has no such thing says ""
_STAFF = re.compile(STAFF or _NONE, re.IGNORECASE)
_BETWEEN, _BEFORE = re.compile(BETWEEN_NAMES or _NONE), re.compile(BEFORE_NAMES)
_SEVERAL = re.compile(r"/|&|,|\band\b")


def bylines(parts: Parts | None, top: Head, base: str) -> tuple[Byline, ...]:
    """The names of a page's byline in order, each once; the head's where the page shows none.

    "AFP | Reuters" is two names, whether they are linked one by one or together.
    """
    shown: list[tuple[str, str | None]] = []
    byline = parts.in_header(parts.layout.byline) if parts is not None else None
    if byline is not None:
        linked: dict[str, str | None] = {}
        for link in byline.css("a"):
            address = urls.absolute(link.attributes.get("href"), base)
            linked |= dict.fromkeys(_names(link.text()), address)
        printed = _names(byline.text())
        # Names that stand apart but for their elements ("<a>A</a> <a>B</a>") are as many as there are links.
        names = printed if linked.keys() <= set(printed) else linked
        shown = [(name, linked.get(name)) for name in names]
    spelled = {plain_quotes(name): name for name in top.authors}
    found = [(_as_spelled(name, spelled), address) for name, address in shown]
    if not found:
        said = list(top.authors) or top.meta("author").split(", ")
        found = [(name, None) for one in said for name in _names(one)]
    addresses = dict(reversed(found))
    return tuple(
        Byline(name, role_of(name), addresses[name]) for name in dict.fromkeys(name for name, _ in found)
    )


def named(names: tuple[str, ...]) -> tuple[Byline, ...]:
    """Bylines of names that no page links, as a feed gives them."""
    return tuple(Byline(name, role_of(name), None) for name in names)


def role_of(name: str) -> Role:
    """Whether a name is a wire agency, the paper's own staff without a name, or a person."""
    plain = plain_quotes(name).strip(" .")
    if all(one.strip(" .") in AGENCIES for one in _SEVERAL.split(plain)):  # "Reuters/AFP"
        return Role.AGENCY
    return Role.STAFF if _STAFF.fullmatch(plain) else Role.PERSON


def _names(text: str | None) -> list[str]:
    said = (text or "").replace("\u00ad", "")
    if BEFORE_NAMES:
        said = clean_line(said)
        found = _BEFORE.match(said)
        said = said[found.end() :] if found else said
    return [name for one in _BETWEEN.split(said) if one and (name := clean_line(one))]


def _as_spelled(name: str, spelled: dict[str, str]) -> str:
    """The name as the head spells it where only its quotes differ."""
    kept = spelled.get(plain_quotes(name), name)
    return kept if kept == name or same_but_for_quotes(kept, name) else name
