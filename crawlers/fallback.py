"""The text of a story's page that shows no layout we know: trafilatura's reading of the pruned page. Pure.

Less exact than a layout, and marked so in `Article.layout`: it keeps the archive whole until a layout is
written.
"""

from __future__ import annotations

import re
from bisect import bisect_left

import lxml.html
from lxml.etree import ParserError
from selectolax.lexbor import LexborHTMLParser, LexborNode
from trafilatura import bare_extraction
from trafilatura.settings import Extractor
from trafilatura.xml import xmltotxt

from crawlers import urls
from crawlers.blocks import Cut, cut
from crawlers.chrome import is_chrome_line
from crawlers.site import CARD, CHROME_CLASSES, CHROME_ROLES
from crawlers.text import Text, text_in

_OPTIONS = Extractor(output_format="txt", fast=True, comments=False, tables=True, dedup=False, precision=True)
_PRUNED = ", ".join(
    (
        f"{CARD}:not(.single)",
        "h1",  # the headline, which is no paragraph
        "script, style, noscript, template, iframe, form, nav, aside, footer, button, dialog, figure, svg",
        *(f".{name}" for name in sorted(CHROME_CLASSES)),
        *(f"[role='{role}']" for role in sorted(CHROME_ROLES)),
    )
)
_WORDS = re.compile(r"\w+")
_MOST_LINKS = 2_000  # of a page without its rails; a story has a dozen
_TEASERS_LONGEST = 600  # characters of a box that may be a teaser; a story that links one other is longer


def text_of_page(page: bytes, number: int, base: str, site: str) -> Text:
    """The text trafilatura finds on a page once cards, rails and teasers of other stories are taken out.

    `page` is parsed anew, for the tree is changed. Of its blocks those count that trafilatura keeps, so
    that the words are the page's own; nothing where it keeps none.
    """
    tree = LexborHTMLParser(page)
    for node in tree.css(_PRUNED):
        node.decompose()
    seen: dict[int, str] = {}
    for link in tree.css("li a[href], p a[href], div a[href], h2 a[href], h3 a[href], h4 a[href]"):
        leads_to = urls.story_id(urls.absolute(link.attributes.get("href"), base) or "", site)
        if leads_to is not None and leads_to != number:
            _drop_teaser(link, seen)
    if tree.body is None:
        return text_in((), base)
    if len(tree.body.css("a")) > _MOST_LINKS:  # trafilatura takes the square of their number
        tree.body.unwrap_tags(["a"])
    kept = _kept(tree.body.html or "")
    found = cut(tree.body)
    whole = [_is_kept(block.text, kept) for block in found.blocks]
    if not any(whole):
        return text_in((), base)
    # Trafilatura drops many a sub-head: one between what it keeps is kept as well.
    begins = whole.index(True)
    places = [
        index
        for index, block in enumerate(found.blocks)
        if whole[index] or (block.form.heading and index > begins and any(whole[index + 1 : index + 2]))
    ]
    blocks = tuple(found.blocks[place] for place in places)
    linked = {href for block in blocks for href in block.hrefs}
    links = tuple(link for link in found.links if link[0] in linked)
    first, last = places[0], places[-1]
    media = tuple(
        (one, bisect_left(places, place)) for one, place in found.media if first < place <= last + 1
    )
    return text_in((Cut(blocks, links, media),), base)


def _drop_teaser(link: LexborNode, seen: dict[int, str]) -> None:
    """Takes out the block that is nothing but a link to another story; a link inside a sentence stays.

    `seen` holds what blocks say that were looked at before: a hostile one has a thousand links.
    """
    block: LexborNode | None = link
    while block is not None and block.tag not in ("p", "li", "div", "h2", "h3", "h4", "body"):
        block = block.parent
    if block is None or block.tag == "body":
        return
    if block.mem_id not in seen:
        text = block.text() or ""
        seen[block.mem_id] = _plain(text) if len(text) <= _TEASERS_LONGEST else ""
    if seen[block.mem_id] and seen[block.mem_id] == _plain(link.text() or ""):
        block.decompose()


def _kept(html: str) -> frozenset[str]:
    """The lines trafilatura keeps of a page, each as `_plain` writes it."""
    try:
        document = bare_extraction(lxml.html.document_fromstring(html), options=_OPTIONS)
    except (ParserError, ValueError):
        return frozenset()
    body = getattr(document, "body", None)
    text = xmltotxt(body, include_formatting=False) if body is not None else ""
    return frozenset(plain for line in text.split("\n") if (plain := _plain(line)))


def _is_kept(text: str, kept: frozenset[str]) -> bool:
    """Whether trafilatura keeps every line of a block."""
    return not is_chrome_line(text) and all(_plain(line) in kept for line in text.split("\n"))


def _plain(text: str) -> str:
    return " ".join(_WORDS.findall(text.lower()))
