"""Which layout a page shows, and where on it the parts of its story stand. Pure.

The layouts are data (`site.LAYOUTS`). One is chosen by what the page shows and by the day it was fetched,
never by the day it is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawlers.site import CARD_CLASS, CARD_TAG, ID_ATTRIBUTE, LAYOUTS, OTHERS_CARD, OWN, Known, Layout

_LIGHTNING = "⚡"  # AMP's other mark, which no selector can name: `<html ⚡>`
_AMP_MARK = "html[amp] "
_CLIMB = 60  # elements between a header and what stands in it; a hostile page nests as it likes
_BODIES = 200  # body elements that are looked at; a page has one


@dataclass(frozen=True, slots=True)
class Parts:
    """The elements of a story's page under its layout."""

    layout: Layout
    article: LexborNode
    header: LexborNode | None
    contents: tuple[LexborNode, ...]

    def in_header(self, selector: str) -> LexborNode | None:
        """The first such element of the header; what cards of other stories hold is none of it."""
        return next(self.all_in_header(selector), None)

    def all_in_header(self, selector: str) -> Iterator[LexborNode]:
        """All such elements of the header, but for those in cards."""
        for node in self.header.css(selector) if self.header is not None else ():
            if not self._in_card(node):
                yield node

    def _in_card(self, node: LexborNode) -> bool:
        above: LexborNode | None = node
        for _ in range(_CLIMB):
            if above is None or self.header is None or above.mem_id == self.header.mem_id:
                break
            if above.tag == CARD_TAG and above.css_matches(OTHERS_CARD):
                return True
            above = above.parent
        return False


def parts(tree: LexborHTMLParser, story_id: int | None, fetched_on: date | None = None) -> Parts | None:
    """The story's parts under the layout the page shows; None where no layout fits.

    `fetched_on` (the site's day) tells apart layouts that look alike; without it the newest counts.
    """
    for layout in sorted(LAYOUTS, key=lambda layout: _later(layout, fetched_on)):
        if _shows(tree, layout):
            found = _under(tree, layout, story_id)
            if found is not None:
                return found
    return None


def _later(layout: Layout, fetched_on: date | None) -> bool:
    """Whether a layout came into use after the page was fetched: then it is tried last."""
    return fetched_on is not None and layout.since > fetched_on


def _shows(tree: LexborHTMLParser, layout: Layout) -> bool:
    shows = layout.shows
    if shows.startswith(_AMP_MARK):
        root = tree.root
        if root is None or not ("amp" in root.attributes or _LIGHTNING in root.attributes):
            return False
        shows = shows.removeprefix(_AMP_MARK)
    return tree.css_first(shows) is not None


def _under(tree: LexborHTMLParser, layout: Layout, story_id: int | None) -> Parts | None:
    first = tree.css_first(layout.article)
    if first is None:
        return None
    wanted = str(story_id)
    candidates = [first]
    if first.attributes.get(ID_ATTRIBUTE) != wanted:  # pages that load the next story below show several
        candidates = sorted(
            tree.css(layout.article), key=lambda node: node.attributes.get(ID_ATTRIBUTE) != wanted
        )
    for article in candidates:
        header, main = article.css_first(layout.header), article.css_first(layout.main)
        if header is None and layout.header == layout.article:
            header = article
        if layout.header_shows and (header is None or header.css_first(layout.header_shows) is None):
            continue
        frame = main if main is not None else article
        bodies = frame.css(layout.content)[:_BODIES]
        contents = tuple(node for node in bodies if _is_own(node, article, layout))
        if not contents and len(bodies) == 1 and layout.article == "body":
            around, own = _frame(bodies[0]), tree.css_first(OWN)
            # No element says which story is the page's, and there is only one: it is no card's.
            if around is not None and (own is None or own.mem_id == around.mem_id):
                contents = tuple(bodies)
                header = around if layout.header == "body" else header
        if bodies and not contents:
            continue
        titled = header is not None and layout.known is not Known.ASSUMED and header.css_first(layout.title)
        if contents or titled:
            return Parts(layout, article, header, contents)
    return None


def _frame(content: LexborNode) -> LexborNode | None:
    """The element of the story around its body: an `<article>`, else what is next to it."""
    above = content.parent
    for _ in range(_CLIMB):
        if above is None or above.tag in ("article", "body"):
            return above
        above = above.parent
    return content.parent


def _is_own(content: LexborNode, article: LexborNode, layout: Layout) -> bool:
    """Whether a body element is the article's: not a card's, and not inside another body element."""
    bodies = {name.strip().removeprefix(".") for name in layout.content.split(",")}
    above = content.parent
    while above is not None and above.mem_id != article.mem_id:
        tokens = (above.attributes.get("class") or "").split()
        if above.tag == "article" and (layout.known is not Known.ASSUMED or CARD_CLASS in tokens):
            return False
        if not bodies.isdisjoint(tokens):
            return False
        above = above.parent
    return True
