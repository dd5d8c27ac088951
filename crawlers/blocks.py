"""From the element that holds a story's text to its blocks, with their form: chrome left out. Pure.

A block is a paragraph, sub-head, quotation, list item or table row. Its `text` is what counts as the story's
words; its form and its marks (emphasis, links) are for `crawlers.markdown`, and never change a word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from selectolax.lexbor import LexborNode

from crawlers.chrome import HEADINGS, NO_ELEMENT, is_chrome, is_chrome_line
from crawlers.items import Embed, Picture
from crawlers.lines import CONTROLS
from crawlers.media import may_hold_media, media_of
from crawlers.site import CHROME_TAGS

EMPHASIS, EMPHASIS_END, STRONG, STRONG_END, LINK, LINK_END = "\ufdd0\ufdd1\ufdd2\ufdd3\ufdd4\ufdd5"
"""The marks in `Block.marked`: noncharacters. A text that has them all the same loses its marks."""
MARKS = re.compile(f"[{EMPHASIS}-{LINK_END}]")
CELL = "\t"  # parts the cells of a table row in a block's text

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
)
_CELLS = frozenset({"td", "th"})
_LISTS = frozenset({"ul", "ol"})
_SHAPING = HEADINGS | _LISTS | {"li", "blockquote"}
_MARKED = {
    "em": (EMPHASIS, EMPHASIS_END),
    "i": (EMPHASIS, EMPHASIS_END),
    "strong": (STRONG, STRONG_END),
    "b": (STRONG, STRONG_END),
    "a": (LINK, LINK_END),
}
_PLAIN = frozenset(
    ["em", "strong", "b", "i", "u", "a", "br", "sub", "sup", "small", "mark", "cite"]
)  # inline: no class of theirs is chrome
_BREAK, _NEXT_CELL = "\x00", "\x01"  # neither can stand in a parsed page's text: the parser drops both
# Runs of plain blanks stay: they are the writer's. Looked for from their first blank on, or a million of them
# would take the square of that.
_SPACES = re.compile(r"(?<! ) *[\t\n\r\f][ \t\n\r\f]*")
_SOFT_HYPHEN = "\u00ad"
_LABELS = 200_000  # characters of links' texts that are kept: links stand in links on hostile pages
_DEEPEST = 20  # quotations and lists one in another that are told apart; a hostile page has thousands


@dataclass(frozen=True, slots=True)
class Form:
    """How a block is set. `lists` has an entry a list item it stands in: 0 for a bullet, else its number."""

    heading: int = 0  # 1 to 6; 0 for none
    quotes: int = 0  # quotations it stands in
    lists: tuple[int, ...] = ()
    item: int = 0  # how many of these lists' items it begins, the innermost ones
    row: bool = False  # whether it is a table row, its cells parted by CELL


PARAGRAPH = Form()
"""The form of a block that stands in nothing."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block of text, "\\n" for a line break; `marked` is its text with marks, "" where it has none."""

    text: str
    form: Form = PARAGRAPH
    marked: str = ""
    hrefs: tuple[str, ...] = ()  # of the LINK marks, in order, as written


@dataclass(frozen=True, slots=True)
class Cut:
    """What the layout leaves of an element: blocks of text in order, the links inside them, and the media.

    Of a link its href and its text, as written; of a picture or embed how many blocks stand before it.
    """

    blocks: tuple[Block, ...]
    links: tuple[tuple[str, str], ...]
    media: tuple[tuple[Picture | Embed, int], ...]


def cut(content: LexborNode) -> Cut:
    """The blocks under an element, chrome left out; does not change the tree.

    Walks by next and parent, never by recursion: pages nest as they like.
    """
    walk = _Walk()
    node, depth = content.first_child, 0
    while node is not None:
        tag = node.tag or ""
        entered = walk.enter(node, tag, depth)
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
    return Cut(tuple(walk.blocks), tuple(walk.links), tuple(walk.media))


class _Walk:
    """The state of one walk through a body: text that has run together, its form, blocks and links so far."""

    __slots__ = (
        "blocks",
        "cells",
        "counts",
        "form",
        "heading",
        "hrefs",
        "items",
        "labels",
        "links",
        "marked",
        "media",
        "open",
        "quotes",
        "run",
    )

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.links: list[tuple[str, str]] = []
        self.labels = 0  # characters of the links' texts
        self.media: list[tuple[Picture | Embed, int]] = []
        self.run: list[str] = []
        self.marked: list[str] | None = None  # the run with its marks, once it has any
        self.hrefs: list[str] = []
        self.open: list[tuple[str, str]] = []  # elements that mark and are not closed: mark, href
        self.cells: list[int] = []  # of the table rows open, the cells so far; in one no block ends the line
        self.heading = self.quotes = 0
        self.counts: list[list[int]] = []  # of the lists open: whether it is numbered, the last item's number
        self.items: list[list[int]] = []  # of the items open: its number, whether no block of it has ended
        self.form = PARAGRAPH

    def enter(self, node: LexborNode, tag: str, depth: int) -> bool:
        """Takes a node in; whether the walk goes on inside it."""
        if tag == "-text":
            text = node.text_content or ""
            # "<b>one </b> two": the blanks on either side of a tag are one
            self._append(text.lstrip(" ") if self.run and self.run[-1][-1:] == " " else text)
            return False
        if tag == "br":
            self._append(" " if self.cells else _BREAK)  # a row is a line, whatever breaks in its cells
            return False
        if tag in CHROME_TAGS or tag[:1] in NO_ELEMENT or tag[:4] == "amp-":
            if may_hold_media(node, tag):
                self._take_media(node)
            return False
        if tag not in _PLAIN and is_chrome(node, tag, depth):
            if not self.cells:
                self.end_block()
            if may_hold_media(node, tag):
                self._take_media(node)
            return False
        if tag in _BLOCKS or tag in _CELLS:
            self._begin_block(node, tag)
            if tag in _SHAPING:
                self._shape(node, tag)
        elif tag in _MARKED:
            self._mark(node, tag)
        return True

    def leave(self, node: LexborNode, tag: str) -> None:
        """Takes note that an element ends."""
        if tag == "tr" and self.cells and _is_row(node):
            self.end_block()
            self.cells.pop()
        elif tag in _BLOCKS or tag in _CELLS:
            if not self.cells:
                self.end_block()
            elif self.run and tag in _BLOCKS:
                self._append(" ")
            if tag in _SHAPING:
                self._unshape(tag)
        elif tag in _MARKED and self.open and self.open[-1][0] == _MARKED[tag][0]:
            self.open.pop()
            if self.marked is not None:
                self.marked.append(_MARKED[tag][1])

    def end_block(self) -> None:
        """Makes blocks of what has run together; two line breaks in a row part them, as in old pages."""
        if not self.run:
            return
        text, marked, hrefs = "".join(self.run), self.marked, self.hrefs
        self.run.clear()
        self.marked, self.hrefs = None, []
        form = replace(self.form, row=True) if self.cells and _NEXT_CELL in text else self.form
        if _BREAK not in text and _NEXT_CELL not in text:
            if line := _line(text):
                self._add(((line, _line("".join(marked)) if marked else ""),), form, hrefs)
        else:
            marks = iter("".join(marked).split(_BREAK) if marked else ())
            lines: list[tuple[str, str]] = []
            for piece in text.split(_BREAK):
                line, with_marks = _row(piece), _row(next(marks, ""))
                if line:
                    lines.append((line, with_marks))
                elif lines:
                    hrefs = self._add(tuple(lines), form, hrefs)
                    lines = []
            if lines:
                self._add(tuple(lines), form, hrefs)
        for mark, href in self.open:  # emphasis around several paragraphs goes on in the next
            self._open(mark, href)

    def _add(self, lines: tuple[tuple[str, str], ...], form: Form, hrefs: list[str]) -> list[str]:
        """The hrefs that are left, once these lines are a block."""
        text = "\n".join(line for line, _ in lines)
        marked = "\n".join(with_marks for _, with_marks in lines)
        mine = marked.count(LINK)
        if marked == text or MARKS.sub("", marked) != text or len(hrefs) < mine:
            self.blocks.append(Block(text, form))
        else:
            self.blocks.append(Block(text, form, marked, tuple(hrefs[:mine])))
        if self.form.item:
            for item in self.items:
                item[1] = False
            self._reform()
        return hrefs[mine:]

    def _append(self, text: str) -> None:
        self.run.append(text)
        if self.marked is not None:
            self.marked.append(text)

    def _mark(self, node: LexborNode, tag: str) -> None:
        href = ""
        if tag == "a":
            href = node.attributes.get("href") or ""
            if not href:
                return
            label = node.text() or "" if self.labels < _LABELS else ""
            self.labels += len(label)
            self.links.append((href, label))
        if len(self.open) < _DEEPEST:
            self.open.append((_MARKED[tag][0], href))
            self._open(_MARKED[tag][0], href)

    def _open(self, mark: str, href: str) -> None:
        if self.marked is None:
            self.marked = self.run.copy()
        self.marked.append(mark)
        if mark == LINK:
            self.hrefs.append(href)

    def _take_media(self, node: LexborNode) -> None:
        # Text that has run together before it will be a block of its own, or the part of one, before it.
        place = len(self.blocks) + bool(self.run and "".join(self.run).strip())
        self.media.extend((found, place) for found in media_of(node))

    def _begin_block(self, node: LexborNode, tag: str) -> None:
        if tag in _CELLS and self.cells:
            if self.cells[-1]:  # an empty cell is one too: league tables begin with it
                self._append(_NEXT_CELL)
            self.cells[-1] += 1
            return
        if tag == "tr" or not self.cells:
            self.end_block()
        elif self.run:
            self._append(" ")
        if tag == "tr" and _is_row(node):
            self.cells.append(0)

    def _shape(self, node: LexborNode, tag: str) -> None:
        if tag in _LISTS:
            start = node.attributes.get("start") or ""
            first = int(start) if start.isascii() and start.isdigit() and len(start) < 6 else 1
            self.counts.append([tag == "ol", first - 1])
        elif tag == "li":
            count = self.counts[-1] if self.counts else [False, 0]
            count[1] += 1
            self.items.append([count[1] if count[0] else 0, True])
        elif tag == "blockquote":
            self.quotes += 1
        else:
            self.heading = int(tag[1])
        self._reform()

    def _unshape(self, tag: str) -> None:
        if tag in _LISTS:
            self.counts.pop()
        elif tag == "li":
            self.items.pop()
        elif tag == "blockquote":
            self.quotes -= 1
        else:
            self.heading = 0
        self._reform()

    def _reform(self) -> None:
        if not (self.items or self.quotes or self.heading):
            self.form = PARAGRAPH
            return
        items = self.items[:_DEEPEST]
        lists = tuple(number for number, _ in items)
        self.form = Form(self.heading, min(self.quotes, _DEEPEST), lists, sum(new for _, new in items))


def _is_row(node: LexborNode) -> bool:
    """Whether a table row has cells to part; one of a single cell is a frame around text."""
    return sum(1 for cell in node.iter() if cell.tag in ("td", "th")) > 1


def _row(piece: str) -> str:
    """A line of cells parted by CELL; of one without cells just the line."""
    cells = [_line(cell) for cell in piece.split(_NEXT_CELL)]
    return CELL.join(cells) if any(cells) else ""


def _line(text: str) -> str:
    """A line of the story: white space of the markup collapsed, no soft hyphen; "" for chrome or nothing."""
    printable = text.isprintable()  # then it has no white space but blanks, and nothing to be dropped
    line = text.strip() if printable else _SPACES.sub(" ", text).strip()
    if not printable and not line.isprintable():
        line = CONTROLS.sub("", line.replace(_SOFT_HYPHEN, "")).strip()
        if not any(char.isprintable() and char != " " for char in line):
            return ""
    return "" if is_chrome_line(line) else line
