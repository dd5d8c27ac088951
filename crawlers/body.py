"""From the element that holds a story's text to its paragraphs: chrome stripped, then read by trafilatura.

Two steps, both pure. `cut` walks the element once and leaves out what the layout knows as chrome, wherever
it stands. `read` hands what is left to trafilatura, one numbered block a paragraph. Whether rail text
survived is for the meter in `crawlers.rails` to say.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from itertools import islice

import lxml.html
from selectolax.lexbor import LexborNode
from trafilatura import bare_extraction
from trafilatura.settings import Extractor

from crawlers.site import CARD, CHROME_CLASSES, CHROME_LINES, CHROME_ROLES, CHROME_TAGS, RAIL_HEADS

_BLOCKS = frozenset(
    [
        "p",
        "div",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "q",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "table",
        "caption",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "section",
        "article",
        "aside",
        "header",
        "footer",
        "main",
        "address",
        "pre",
        "hr",
        "figure",
        "center",
        "details",
        "summary",
        "fieldset",
        "body",
    ]
) - {"q"}
_CELLS = frozenset({"td", "th"})
_NO_ELEMENT = ("-", "!", "_", "#", "")  # how comments, doctypes and the like are called
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_BOXES = frozenset(["div", "section", "aside", "ul", "ol", "header", "footer", "details", "center", "table"])
_PLAIN = frozenset(
    ["em", "strong", "b", "i", "u", "a", "br", "sub", "sup", "small", "mark", "cite"]
)  # inline: no class of theirs is chrome
_BREAK, _CELL = "\x00", "\x01"  # neither can stand in a parsed page's text: the parser drops both
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_SPACES = re.compile(r" *[\t\n\r\f][ \t\n\r\f]*")  # runs of plain blanks stay: they are the writer's
_SOFT_HYPHEN = "\u00ad"
_CHROME_LINE = re.compile("|".join(f"(?:{line})" for line in CHROME_LINES), re.IGNORECASE)
_NEAR = 12  # siblings after a heading that are looked at; a hostile page has a hundred thousand
_RAIL_HEAD_MAX = max(map(len, RAIL_HEADS)) + 2

# The mark that shields what trafilatura would change. It spells a character as <mark><hex><mark>, itself too,
# so that the shield can always be undone, whatever the text.
_MARK = "ꙮ"
_SHIELDED = re.compile(f"{_MARK}([0-9a-f]+){_MARK}")
_NUMBERED = re.compile(f"{_MARK}n([0-9]+){_MARK}")

_OPTIONS = Extractor(output_format="txt", fast=True, comments=False, tables=True, dedup=False, precision=True)
# A story of one line is a story: without this trafilatura looks for more text elsewhere (its rescue for pages
# under 250 characters). `precision` only spares a second reading: what it prunes is never handed to it.
_OPTIONS.min_extracted_size = 1


@dataclass(frozen=True, slots=True)
class Cut:
    """What the layout leaves of an element: blocks of text in order, and the links inside them."""

    blocks: tuple[str, ...]
    links: tuple[tuple[str, str], ...]  # (href, text of the link), as written


def cut(content: LexborNode) -> Cut:
    """The blocks of text under an element, chrome left out; does not change the tree.

    A block is a paragraph, sub-head, quotation, list item or table row (cells parted by a tab); "\\n" stands
    for a line break inside one. Walks by next and parent, never by recursion: pages nest as they like.
    """
    walk = _Walk()
    node, depth = content.first_child, 0
    while node is not None:
        tag = node.tag or ""
        entered = walk.enter(node, tag)
        child = node.first_child if entered else None
        if child is not None:
            node, depth = child, depth + 1
            continue
        if entered:  # an element without children ends where it began
            walk.leave(node, tag)
        following = node.next
        while following is None and depth:
            node, depth = node.parent, depth - 1
            assert node is not None
            walk.leave(node, node.tag or "")
            following = node.next
        node = following
    walk.end_block()
    return Cut(tuple(walk.blocks), tuple(walk.links))


def read(blocks: tuple[str, ...]) -> tuple[str, ...]:
    """The paragraphs trafilatura reads in these blocks, each exactly as it was, in order.

    Left alone it drops zero-width spaces and turns no-break spaces into blanks (both stand in real texts),
    undoes `&amp;` twice, takes a paragraph that is one word like "Twitter" for a share button, a closing
    sub-head for a stray title, a paragraph full of links for a menu and a repeated paragraph for an echo of
    its own. So each block goes to it flat, numbered, and with such characters spelled out.
    """
    if not blocks:
        return ()
    paragraphs = "".join(
        f"<p>{_MARK}n{number}{_MARK}{html.escape(_shield(block), quote=False)}</p>"
        for number, block in enumerate(blocks)
    )
    page = lxml.html.document_fromstring(f"<html><body><article>{paragraphs}</article></body></html>")
    document = bare_extraction(page, options=_OPTIONS)
    text = getattr(document, "raw_text", None) or ""
    pieces = _NUMBERED.split(text)[2::2]
    return tuple(_SHIELDED.sub(lambda code: chr(int(code[1], 16)), piece.strip()) for piece in pieces)


def clean_line(text: str) -> str:
    """Text as one line: no control characters, white space collapsed; soft hyphens stay as printed."""
    return " ".join(_CONTROLS.sub("", text).split() if not text.isprintable() else text.split())


class _Walk:
    """The state of one walk through a body: text that has run together, blocks and links so far."""

    __slots__ = ("blocks", "links", "rows", "run")

    def __init__(self) -> None:
        self.blocks: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.run: list[str] = []
        self.rows = 0  # table rows open: inside one, blocks do not end the line

    def enter(self, node: LexborNode, tag: str) -> bool:
        """Takes a node in; whether the walk goes on inside it."""
        if tag == "-text":
            text = node.text_content or ""
            # "<b>one </b> two": the blanks on either side of a tag are one
            self.run.append(text.lstrip(" ") if self.run and self.run[-1][-1:] == " " else text)
            return False
        if tag == "br":
            self.run.append(_BREAK)
            return False
        if tag in CHROME_TAGS or tag[:1] in _NO_ELEMENT:
            return False
        if tag not in _PLAIN and _is_chrome(node, tag):
            if not self.rows:
                self.end_block()
            return False
        if tag in _BLOCKS or tag in _CELLS:
            self._begin_block(node, tag)
        elif tag == "a" and (href := node.attributes.get("href")):
            self.links.append((href, node.text() or ""))
        return True

    def leave(self, node: LexborNode, tag: str) -> None:
        """Takes note that an element ends."""
        if tag == "tr" and self.rows and _is_row(node):
            self.rows -= 1
            self.end_block()
        elif tag in _BLOCKS or tag in _CELLS:
            if not self.rows:
                self.end_block()
            elif self.run and tag in _BLOCKS:
                self.run.append(" ")

    def _begin_block(self, node: LexborNode, tag: str) -> None:
        if tag in _CELLS and self.rows:
            if self.run:
                self.run.append(_CELL)
            return
        if tag == "tr" or not self.rows:
            self.end_block()
        elif self.run:
            self.run.append(" ")
        if tag == "tr" and _is_row(node):
            self.rows += 1

    def end_block(self) -> None:
        """Makes paragraphs of what has run together; two line breaks in a row part them, as in old pages."""
        if not self.run:
            return
        text = "".join(self.run)
        self.run.clear()
        if _BREAK not in text and _CELL not in text:
            line = _line(text)
            if line:
                self.blocks.append(line)
            return
        lines: list[str] = []
        for piece in text.split(_BREAK):
            line = "\t".join(_line(cell) for cell in piece.split(_CELL)).strip()
            if line:
                lines.append(line)
            elif lines:
                self.blocks.append("\n".join(lines))
                lines = []
        if lines:
            self.blocks.append("\n".join(lines))


def _is_chrome(node: LexborNode, tag: str) -> bool:
    """Whether a box is furniture: advert, player, embed, card, rail. A heading only where cards follow it."""
    attributes = node.attributes
    if attributes:
        classes = attributes.get("class")
        if classes:
            tokens = classes.split()
            if not CHROME_CLASSES.isdisjoint(tokens) or (tag == "article" and "story" in tokens):
                return True
        if (attributes.get("role") or "") in CHROME_ROLES or attributes.get("aria-modal") == "true":
            return True
    if tag == "figure":
        return node.css_first("table") is None  # a table set as a figure is the story's, its caption is not
    if tag in _HEADINGS:
        return _is_rail_head(node) and _cards_follow(node)
    return tag in _BOXES and _is_rail(node)


def _is_rail_head(node: LexborNode) -> bool:
    text = " ".join((node.text() or "").split())
    return len(text) <= _RAIL_HEAD_MAX and text.lower().rstrip(":") in RAIL_HEADS


def _cards_follow(node: LexborNode) -> bool:
    """Whether the next box after a heading is a card or holds one; other rail heads may stand between."""
    following = node.next
    for _ in range(_NEAR):
        if following is None:
            break
        tag = following.tag or ""
        if tag[:1] not in _NO_ELEMENT and tag not in CHROME_TAGS and tag not in ("br", "hr"):
            if not (tag in _HEADINGS and _is_rail_head(following)):
                return following.css_matches(CARD) or (
                    tag in _BOXES and following.css_first(CARD) is not None
                )
        elif tag == "-text" and (following.text_content or "").strip():
            return False
        following = following.next
    # The heading may stand in a box of its own beside the cards'.
    parent = node.parent
    beside = parent.next if parent is not None and len(list(islice(parent.iter(), 2))) == 1 else None
    while beside is not None and (beside.tag or "")[:1] in _NO_ELEMENT:
        beside = beside.next
    return beside is not None and beside.css_first(CARD) is not None


def _is_rail(node: LexborNode) -> bool:
    """Whether a box holds a rail and nothing of the story: cards under a heading, no text of its own."""
    if node.css_first(CARD) is None:
        return False
    if not any(_is_rail_head(head) for head in node.css("h1, h2, h3, h4, h5, h6")):
        return False
    return not any(_stands_free(paragraph, node) for paragraph in node.css("p, li, blockquote"))


def _stands_free(paragraph: LexborNode, box: LexborNode) -> bool:
    """Whether a paragraph with text stands in a box but in none of its cards."""
    if not (paragraph.text() or "").strip():
        return False
    above = paragraph.parent
    while above is not None and above.mem_id != box.mem_id:
        if above.tag == "article":
            return False
        above = above.parent
    return paragraph.css_first(CARD) is None


def _is_row(node: LexborNode) -> bool:
    """Whether a table row has cells to part; one of a single cell is a frame around text."""
    return sum(1 for cell in node.iter() if cell.tag in ("td", "th")) > 1


def _line(text: str) -> str:
    """A line of the story: white space of the markup collapsed, no soft hyphen; "" for chrome or nothing."""
    line = _SPACES.sub(" ", text).strip()
    if not line.isprintable():
        line = _CONTROLS.sub("", line.replace(_SOFT_HYPHEN, "")).strip()
        if not any(char.isprintable() and char != " " for char in line):
            return ""
    if len(line) < 400 and _CHROME_LINE.fullmatch(line):
        return ""
    return line


def _shield(text: str) -> str:
    """Text with every character that trafilatura would drop, merge or unescape spelled out."""
    if (
        text.isprintable()
        and "&" not in text
        and "  " not in text
        and _MARK not in text
        and "\u2424" not in text
    ):
        return text
    spelled = "".join(
        char if char.isprintable() and char not in "&ꙮ\u2424" else f"{_MARK}{ord(char):x}{_MARK}"
        for char in text
    )
    return spelled.replace("  ", f" {_MARK}20{_MARK}")
