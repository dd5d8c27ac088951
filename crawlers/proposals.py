"""Where on a page a known value stands now: the shortest selector that finds it on most of the pages. Pure.

For a field that went missing. What its value is, is known from elsewhere: from the page's own head, from a
feed or a listing that named the story, or from when the story was held before. What comes out is text for a
person to read and to try; nothing applies it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from crawlers.dates import instant, local_day, shown_instant
from crawlers.head import head
from crawlers.items import Capture
from crawlers.outline import Element, Outline, words
from crawlers.payload import charset_of, decoded, parseable
from crawlers.site import LAYOUTS, Layout

Known = Mapping[str, Sequence[str]]
"""What a page's fields are known to say, each as alternatives. Authors are one string, " | " between them; a
body has its paragraphs with "\\n\\n" between them; instants are ISO 8601."""

PARTS = {"title": "title", "authors": "byline", "body": "content"}
"""What the layouts of `crawlers.site` call the part that a field stands in; other fields keep their name."""

WHOLE = ("title", "authors", "body")  # what is proposed where a page is no article at all any more
INSTEAD = {"article": WHOLE, "layout": WHOLE, "body": WHOLE, "whole_body": ("body",)}

MOST_PAGES = 20
_LEAST_SUPPORT = 2  # pages
_MOST = 0.6  # of the pages whose value is known
_TRIED = 20  # elements of a page from which selectors are made
_LEARNT_FROM = 3  # pages
_ANCESTORS = 6
_OPENING, _PARAGRAPHS = 12, 40  # words by which a paragraph is known again, and how many of those are
_WORDS_OF_A_DATE, _ONLY_THE_DAY = 8, 1.5
_TAG = re.compile(r"[a-z][a-z0-9-]{0,40}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z_-]{1,40}")  # of an id: one with digits is the story's own
_CLASS = re.compile(r"-?[A-Za-z_][\w-]{1,40}", re.ASCII)
_VALUES = ("content", "datetime", "title", "href", "src", "data-src", "value")
_MARKING = ("itemprop", "property", "name", "rel", "role", "data-testid", "data-layout", "data-role")
_INSTANTS, _ADDRESSES = frozenset({"published_at", "updated_at"}), frozenset({"image_url"})
_TEXTS = frozenset(
    ["p", "a", "span", "em", "strong", "b", "i", "u", "li", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"]
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A selector under which a part's value, stands: on `pages` of those where it is `known`.

    `now` is today's selector, where the layout has one. One that ends in an attribute means its value.
    """

    part: str
    now: str | None
    selector: str
    pages: int
    known: int


def proposals(
    field: str, pages: Sequence[tuple[LexborHTMLParser, Known]], layout: str | None = None
) -> tuple[Proposal, ...]:
    """A rule for each part that a field needs, as far as the pages' known values point to one.

    For a page that no layout knows, or whose text is missing, these are headline, byline and body, as far as
    the selectors of `layout` (a name) do not find them any more. Looks at MOST_PAGES pages. Never raises, and
    takes time that grows with the pages' size alone.
    """
    outlines = [
        (outline, _joined(known, known_of(tree)))
        for tree, known in pages[:MOST_PAGES]
        if (outline := Outline(tree)).whole
    ]
    said = next((each for each in LAYOUTS if each.name == layout), None)
    found = (_proposal(each, outlines, said) for each in INSTEAD.get(field, (field,)))
    return tuple(each for each in found if each is not None)


def page_of(capture: Capture) -> LexborHTMLParser | None:
    """The page of a capture as parsed; None where its bytes are no page. Does not follow a revisit."""
    content = decoded(capture)
    page = parseable(content, charset_of(capture)) if isinstance(content, bytes) else content
    if not isinstance(page, bytes):
        return None
    try:
        return LexborHTMLParser(page)
    except SelectolaxError:
        return None


def known_of(tree: LexborHTMLParser) -> dict[str, tuple[str, ...]]:
    """What the head of a page says of the fields: meta elements and JSON-LD. Of a body it has the opening."""
    top = head(tree)
    return {
        "title": _said(top.headline, top.meta("og:title"), top.meta("twitter:title")),
        "authors": _said(" | ".join(top.authors), top.meta("author")),
        "section": _said(top.meta("article:section")),
        "body": _said(top.meta("og:description"), top.meta("description")),
        "published_at": _said(top.meta("article:published_time"), top.published),
        "updated_at": _said(top.meta("article:modified_time"), top.modified),
        "image_url": _said(top.meta("og:image"), top.meta("twitter:image")),
        "image_caption": _said(top.caption),
    }


def _said(*values: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _joined(one: Known, other: Known) -> dict[str, tuple[str, ...]]:
    return {name: (*one.get(name, ()), *other.get(name, ())) for name in {*one, *other}}


def _proposal(field: str, pages: Sequence[tuple[Outline, Known]], layout: Layout | None) -> Proposal | None:
    carried = [(outline, _carriers(field, outline, known.get(field, ()))) for outline, known in pages]
    told = [(outline, carriers) for outline, carriers in carried if carriers]
    of = sum(bool(known.get(field)) for _, known in pages)
    least = max(_LEAST_SUPPORT, _MOST * of)
    if len(told) < least:
        return None
    part = PARTS.get(field, field)
    now = getattr(layout, part, None)
    if now and 2 * sum(_still_finds(now, outline, carriers) for outline, carriers in told) > len(told):
        return None
    tried: dict[tuple[str, str], float] = {}
    for outline, carriers in told[:_LEARNT_FROM]:
        for cost, selector, attribute in _selectors(outline, carriers):
            tried[selector, attribute] = min(cost, tried.get((selector, attribute), cost))
    best: tuple[int, float, int, str, int] | None = None
    for (selector, attribute), cost in sorted(
        tried.items(), key=lambda one: (one[1], len(one[0][0]), one[0])
    ):
        outcomes = [_finds(selector, attribute, outline, carriers) for outline, carriers in told]
        support = outcomes.count(True)
        rank = (outcomes.count(False) - support, cost, len(selector), selector, support)
        if support >= least and (best is None or rank < best):
            best = rank
        if best is not None and best[0] == -len(told):
            break  # right on every page, and no shorter one was
    if best is None:
        return None
    return Proposal(part, now, best[3], best[4], of)


def _still_finds(selector: str, outline: Outline, carriers: Carriers) -> bool:
    return any((node.mem_id, "") in carriers for node in outline.tree.css(selector)[:_TRIED])


def _finds(selector: str, attribute: str, outline: Outline, carriers: Carriers) -> bool | None:
    """Whether a selector finds the one element that carries the value; None where it finds nothing."""
    nodes = outline.tree.css(selector)
    if not nodes:
        return None
    return len(nodes) == 1 and (nodes[0].mem_id, attribute) in carriers


# ── where the value stands ───────────────────────────────────────────────────────────────────────────────


class Carrier(NamedTuple):
    """An element that holds a known value: in an attribute, or "" for its text."""

    element: Element
    attribute: str
    dear: float = 0.0  # where it is not quite the value


Carriers = Mapping[tuple[int, str], Carrier]
"""By the element's number in the parser, and the attribute."""


def _carriers(field: str, outline: Outline, values: Sequence[str]) -> Carriers:
    """The elements that hold a known value and nothing else."""
    if field in _INSTANTS:
        found = _of_instants(outline, values)
    elif field in _ADDRESSES:
        valued = outline.attributes(_VALUES)
        found = (Carrier(element, name) for element, name, value in valued if value in values)
    elif field == "body":
        boxes = next((around for value in values if (around := _boxes(outline, value))), [])
        found = (Carrier(element, "") for element in boxes)
    else:
        spans = {
            (at, at + len(said)) for value in values if (said := words(value)) for at in outline.places(said)
        }
        found = (Carrier(each, "") for each in outline.elements if (each.begin, each.end) in spans)
    return {(each.element.node.mem_id, each.attribute): each for each in found}


def _of_instants(outline: Outline, values: Sequence[str]) -> Iterator[Carrier]:
    moments = {moment for value in values if (moment := instant(value)) is not None}
    days = {local_day(moment) for moment in moments}
    for element, name, value in outline.attributes(_VALUES):
        if instant(value) in moments:
            yield Carrier(element, name)
    for element in outline.elements:
        if 2 < element.end - element.begin <= _WORDS_OF_A_DATE:
            shown = shown_instant(" ".join(outline.words[element.begin : element.end]))
            if shown is not None and local_day(shown) in days:
                yield Carrier(element, "", _ONLY_THE_DAY)


def _boxes(outline: Outline, text: str) -> list[Element]:
    """The least elements around most of a text's paragraphs: adverts and rails may stand among those."""
    openings = [words(paragraph)[:_OPENING] for paragraph in text.split("\n\n")[:_PARAGRAPHS]]
    found = [places for opening in openings if len(opening) > 3 and (places := outline.places(opening))]
    boxes = [
        (-sum(element.holds(places) for places in found), element.end - element.begin, element)
        for element in outline.elements
        if element.tag not in _TEXTS
    ]
    most, least = min((box[:2] for box in boxes), default=(0, 0))
    return [box[2] for box in boxes if box[:2] == (most, least) and 2 * -most > len(found)]


# ── how to say where ─────────────────────────────────────────────────────────────────────────────────────


def _selectors(outline: Outline, carriers: Carriers) -> Iterator[tuple[float, str, str]]:
    """Selectors that may find a carrier: how far each is from what a person would write; its attribute."""
    for element, attribute, dear in list(carriers.values())[:_TRIED]:
        ending = f"[{attribute}]" if attribute else ""
        own = [(dear + cost, name + ending) for cost, name in _names(element.node)]
        yield from ((cost, name, attribute) for cost, name in own)
        for depth, above in enumerate(outline.above(element, _ANCESTORS)):
            around = [(1 + depth / 4 + cost, name) for cost, name in _names(above.node) if name != above.tag]
            yield from (
                (more + cost, f"{name} {inner}", attribute) for more, name in around for cost, inner in own
            )


def _names(node: LexborNode) -> Iterator[tuple[float, str]]:
    """What an element may be called: by class, by id, by what marks it, by its tag alone; with its cost.

    A class that looks like one of a toolkit's ("mt-1", "font-bold", "relative") says nothing of the part.
    """
    tag = node.tag or ""
    if tag in ("html", "body") or not _TAG.fullmatch(tag):
        return
    attributes = node.attributes
    identity = attributes.get("id") or ""
    if _NAME.fullmatch(identity):
        yield 0.9, f"#{identity}"
    for token in dict.fromkeys((attributes.get("class") or "").split()[:12]):
        if _CLASS.fullmatch(token):
            telling = 0.0 if ("__" in token or "_" in token) else 0.3 if "-" in token else 0.6
            yield 1.0 + telling + 1.5 * any(letter.isdigit() for letter in token), f"{tag}.{token}"
    for name in _MARKING:
        value = attributes.get(name) or ""
        if re.fullmatch(r"[A-Za-z][\w:.-]{1,40}", value, re.ASCII):
            yield 1.4, f"{tag}[{name}='{value}']"
    yield 1.2 if tag in ("h1", "main", "time", "address") else 3.0, tag
