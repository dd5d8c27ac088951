"""The text of a story's page that shows no layout we know: trafilatura's reading of the pruned page. Pure.

Less exact than a layout, and marked so in `Article.layout`: it keeps the archive whole until a layout is
written.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from typing import Literal

import lxml.html
from lxml.etree import ParserError
from selectolax.lexbor import LexborHTMLParser, LexborNode
from trafilatura import bare_extraction
from trafilatura.settings import Extractor
from trafilatura.xml import xmltotxt

from crawlers import urls
from crawlers.blocks import Cut, cut
from crawlers.chrome import HEADINGS, NO_ELEMENT, is_chrome_line, is_rail_head
from crawlers.site import (
    CARD,
    CARD_TAG,
    CHROME_CLASSES,
    CHROME_ROLES,
    ID_ATTRIBUTE,
    OTHERS_CARD,
    OWN_CLASS,
    STORY_MARK,
)
from crawlers.text import Text, text_in

_OPTIONS = Extractor(output_format="txt", fast=True, comments=False, tables=True, dedup=False, precision=True)
_PRUNED = ", ".join(
    (
        OTHERS_CARD,
        "h1",  # the headline, which is no paragraph
        "script, style, noscript, template, iframe, form, nav, aside, footer, button, dialog, figure, svg",
        *(f".{name}" for name in sorted(CHROME_CLASSES)),
        *(f"[role='{role}']" for role in sorted(CHROME_ROLES)),
    )
)
_BLOCKS = ("p", "li", "dt", "div", "h2", "h3", "h4", "h5", "h6")
_TO_STORIES = f"a[href*='{STORY_MARK}']"
_LINKS = ", ".join(f"{block} a[href]" for block in _BLOCKS)
_CLIMB = 60  # elements one in another that are looked at
_WORDS = re.compile(r"\w+")
_MOST_LINKS = 2_000  # of a page without its rails; a story has a dozen
_TEASERS_LONGEST = 600  # characters of a box that may be a teaser; a story that links one other is longer


def text_of_page(page: bytes, number: int, base: str, site: str) -> Text:
    """The text trafilatura finds on a page once cards, rails and teasers of other stories are taken out.

    `page` is parsed anew, for the tree is changed. Of its blocks those count that trafilatura keeps, so
    that the words are the page's own; nothing where it keeps none.
    """
    tree = LexborHTMLParser(page)
    _name_own(tree, number)
    _take_out(tree.css(_PRUNED))
    _drop_teasers(tree, number, base, site)
    _take_out(
        heading for heading in tree.css("h2, h3, h4, h5, h6") if is_rail_head(heading)
    )  # of what is gone
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


def _name_own(tree: LexborHTMLParser, number: int) -> None:
    """Gives the story's own element the class that tells it from cards, where the page's name has changed."""
    if not (OWN_CLASS and ID_ATTRIBUTE):
        return
    own = [node for node in tree.css(f"{CARD}[{ID_ATTRIBUTE}='{number}']") if node.css_first("p") is not None]
    if own:
        largest = max(own, key=lambda node: len(node.css("p")))
        largest.attrs["class"] = f"{largest.attributes.get('class') or ''} {OWN_CLASS}"


def _drop_teasers(tree: LexborHTMLParser, number: int, base: str, site: str) -> None:
    """Takes out headlines that are links to other stories, and the excerpts with them.

    A link inside a sentence stays. A card is the largest box that begins with the headline, leads to no
    second story and is short; without boxes an excerpt is what stands between one such headline and the next.
    """
    texts: dict[int, str] = {}  # of blocks that were looked at before: a hostile one has a thousand links
    heads: dict[int, LexborNode] = {}
    for link in tree.css(_LINKS)[:_MOST_LINKS]:
        target = urls.absolute(link.attributes.get("href"), base) or ""
        leads_to = urls.story_id(target, site)
        if leads_to == number or not (leads_to or urls.is_sister(target)):
            continue
        block = _block_of(link)
        if block is not None and _says(block, texts) and _says(block, texts) == _plain(link.text() or ""):
            heads[block.mem_id] = block
    cards = [_card(block, texts) for block in heads.values()]
    cards += _excerpts(heads)
    _take_out(cards)


def _take_out(nodes: Iterable[LexborNode]) -> None:
    """Takes elements out of their tree. What stands in another of them goes with it, and its memory too."""
    doomed = {node.mem_id: node for node in nodes}
    outermost: list[LexborNode] = []
    for node in doomed.values():
        above = node.parent
        while above is not None and above.mem_id not in doomed:
            above = above.parent
        if above is None:
            outermost.append(node)
    for node in outermost:
        node.decompose()


def _block_of(link: LexborNode) -> LexborNode | None:
    block: LexborNode | None = link
    for _ in range(_CLIMB):
        if block is None or block.tag in _BLOCKS:
            return block
        block = block.parent
    return None


def _card(head: LexborNode, texts: dict[int, str]) -> LexborNode:
    """The largest box around a headline that is its card; the headline's own block where none is."""
    card, said = head, _says(head, texts)
    for _ in range(_CLIMB):
        box = card.parent
        if box is None or box.tag in ("body", "main", "html") or _is_page_itself(box):
            break
        text = _says(box, texts)
        leads = {link.attributes.get("href") for link in box.css(_TO_STORIES)[:_MOST_LINKS]}
        own = {link.attributes.get("href") for link in card.css(_TO_STORIES)}
        if not text.startswith(said) or not leads <= own:
            break
        card = box
    return card


def _excerpts(heads: dict[int, LexborNode]) -> list[LexborNode]:
    """The paragraphs between headlines that follow one another with one paragraph after each.

    By the number of a headline's block; so is the paragraph after the last of them.
    """
    found: list[LexborNode] = []
    for head in heads.values():
        excerpt, before = _beside(head, "next"), _beside(head, "prev")
        if excerpt is None or excerpt.mem_id in heads or excerpt.tag in HEADINGS:
            continue
        following = _beside(excerpt, "next")
        ahead = _beside(before, "prev") if before is not None and before.mem_id not in heads else None
        if any(box is not None and box.mem_id in heads for box in (following, ahead)):
            found.append(excerpt)
    return found


def _beside(node: LexborNode, side: Literal["next", "prev"]) -> LexborNode | None:
    """The element before or behind another; None where a text stands between, or none does."""
    other: LexborNode | None = getattr(node, side)
    while other is not None and (other.tag or "")[:1] in NO_ELEMENT:
        if other.tag == "-text" and (other.text_content or "").strip():
            return None
        other = getattr(other, side)
    return other


def _is_page_itself(box: LexborNode) -> bool:
    return box.tag == CARD_TAG and OWN_CLASS in (box.attributes.get("class") or "").split()


def _says(block: LexborNode, texts: dict[int, str]) -> str:
    """The words of a block; none where it is too long for a teaser."""
    if block.mem_id not in texts:
        text = block.text() or ""
        texts[block.mem_id] = _plain(text) if len(text) <= _TEASERS_LONGEST else ""
    return texts[block.mem_id]


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
