"""The text of a story's page that shows no layout we know: trafilatura's reading of the pruned page. Pure.

Less exact than a layout, and marked so in `Article.layout`: it keeps the archive whole until a layout is
written.
"""

from __future__ import annotations

import re

import lxml.html
from lxml.etree import ParserError
from selectolax.lexbor import LexborHTMLParser, LexborNode
from trafilatura import bare_extraction
from trafilatura.settings import Extractor

from crawlers import urls
from crawlers.blocks import Block, Cut, cut
from crawlers.chrome import is_chrome_line
from crawlers.site import CARD, CHROME_CLASSES, CHROME_ROLES
from crawlers.text import Text, text_in

_OPTIONS = Extractor(output_format="txt", fast=True, comments=False, tables=True, dedup=False, precision=True)
_PRUNED = ", ".join(
    (
        f"{CARD}:not(.single)",
        "h1, script, style, noscript, template, iframe, form, nav, aside, footer, button, dialog, figure",
        "svg",
        *(f".{name}" for name in sorted(CHROME_CLASSES)),
        *(f"[role='{role}']" for role in sorted(CHROME_ROLES)),
    )
)
_WORDS = re.compile(r"\w+")
_TEASERS_LONGEST = 600  # characters of a box that may be a teaser; a story that links one other is longer


def text_of_page(page: bytes, number: int, base: str, site: str) -> Text:
    """The text trafilatura finds on a page once cards, rails and teasers of other stories are taken out.

    `page` is parsed anew, for the tree is changed. Of its blocks those count that trafilatura keeps, so
    that the words are the page's own; nothing where it keeps none.
    """
    tree = LexborHTMLParser(page)
    for node in tree.css(_PRUNED):
        node.decompose()
    for link in tree.css("li a[href], p a[href], div a[href], h2 a[href], h3 a[href], h4 a[href]"):
        leads_to = urls.story_id(urls.absolute(link.attributes.get("href"), base) or "", site)
        if leads_to is not None and leads_to != number:
            _drop_teaser(link)
    if tree.body is None:
        return text_in((), base)
    kept = _kept(tree.body.html or "")
    found = cut(tree.body)
    blocks = tuple(
        block for block in found.blocks if _plain(block.text) in kept and not is_chrome_line(block.text)
    )
    places = [index for index, block in enumerate(found.blocks) if block in blocks]
    links = tuple(link for link in found.links if _belongs(link, blocks))
    if not places:
        return text_in((), base)
    first, last = places[0], places[-1]
    media = tuple((one, place - first) for one, place in found.media if first < place <= last)
    return text_in((Cut(blocks, links, media),), base)


def _drop_teaser(link: LexborNode) -> None:
    """Takes out the block that is nothing but a link to another story; a link inside a sentence stays."""
    said = _plain(link.text() or "")
    block: LexborNode | None = link
    while block is not None and block.tag not in ("p", "li", "div", "h2", "h3", "h4", "body"):
        block = block.parent
    if block is not None and block.tag != "body" and said and _plain(block.text() or "") == said:
        block.decompose()


def _kept(html: str) -> frozenset[str]:
    """The texts of the elements trafilatura keeps of a page, each as `_plain` writes it."""
    try:
        document = bare_extraction(lxml.html.document_fromstring(html), options=_OPTIONS)
    except (ParserError, ValueError):
        return frozenset()
    body = getattr(document, "body", None)
    if body is None:
        return frozenset()
    return frozenset(plain for element in body.iter() if (plain := _plain("".join(element.itertext()))))


def _belongs(link: tuple[str, str], blocks: tuple[Block, ...]) -> bool:
    return any(link[0] in block.hrefs for block in blocks)


def _plain(text: str) -> str:
    return " ".join(_WORDS.findall(text.lower()))
