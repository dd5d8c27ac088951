"""What stands beside a story: teasers of other stories, and furniture. Evidence for the meter. Pure.

It is gathered without knowing the layout: only which elements are blocks, and where links lead. What the
layout knows as chrome was stripped before (`crawlers.body`); whether anything of it is left in a body is
for `crawlers.meter` to say.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawlers.dates import has_print_mark, print_line
from crawlers.head import plain_quotes
from crawlers.site import CHROME_PHRASES, HOSTS, LIVE, SISTERS, STORY_ADDRESS, STORY_LINK, STORY_MARK

_BLOCKS = frozenset(
    ["p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "li", "dl", "dt", "dd",
     "table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th", "section", "article", "aside", "header",
     "footer", "main", "nav", "address", "pre", "figure", "figcaption", "center", "details", "summary",
     "fieldset", "form", "body"]
)  # fmt: skip
_SILENT = frozenset(
    ["script", "style", "noscript", "template", "iframe", "object", "embed", "select", "textarea", "svg",
     "canvas", "audio", "video", "head"]
)  # fmt: skip
_STORY = re.compile(rf"(?:(?:https?:)?//(?P<host>[^/\s?#]+))?{STORY_LINK}")
_TO_STORIES = f"a[href*='{STORY_MARK}']"
_WORD = re.compile(r"[^\W_]+")
_SENTENCE_ENDS = re.compile(r"[.?!…][”’]? ")  # inside a text; its end is one as well

_LINKED, _BULLET = 0.85, 3  # of a block's letters stand in a link, or all but so many: the block is the link
_CLIMB = 12  # elements from a link up to its card at most; a hostile page nests as it likes
_CARD_WORDS = 120  # what stands beside headlines in one card at most; more is a story, no card
_EXCERPT_WORDS, _FURNITURE_WORDS = 6, 4  # fewer are a byline, a date, a menu's entry
_LED, _ROW = 20, 3  # letters of a link that a line begins with; stories that such lines lead to, to be a rail
_RARE_WORDS = tuple(max(phrase.split(), key=len) for phrase in CHROME_PHRASES)
_MOST_NODES, _MOST_LINKS, _MOST_TEASERS, _MOST_WORDS = 100_000, 3_000, 1_000, 120


class Teaser(NamedTuple):
    """A text that stands in a card, a list item or a linked paragraph leading to one other story."""

    leads_to: str  # the story's id; of a sister site its host and path, up to the id
    kind: str  # "headline": the link itself; "excerpt": what stands beside it; "opening": of its body
    text: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a page shows beside its story. `outside` are keys of its other texts; see `key`.

    `after` are the places, among the body's paragraphs, of those that stand below the print line; `opening`
    is the place of the one that the page's own description begins with. `linked` are paragraphs of the body
    that are, as a whole, a link to another story.
    """

    teasers: tuple[Teaser, ...] = ()
    outside: tuple[int, ...] = ()
    after: tuple[int, ...] = ()
    opening: int | None = None
    linked: tuple[Teaser, ...] = ()

    @property
    def sentences(self) -> int:
        """How many sentences the teasers say; a headline is one."""
        return sum(1 + len(_SENTENCE_ENDS.findall(teaser.text)) for teaser in self.teasers)


class _Block:
    """A run of text in one element, and where its link leads: None without one, "" for several."""

    __slots__ = ("anchors", "dense", "element", "led", "linked", "pieces", "size", "target", "text")

    def __init__(self, element: int) -> None:
        self.element = element
        self.target: str | None = None
        self.pieces: list[str] = []
        self.anchors: list[str] = []  # those pieces of it that stand in a link
        self.size = self.linked = 0  # characters of it, and of those that stand in a link
        self.led = 0  # characters of the link it begins with
        self.text = self.dense = ""

    def add(self, text: str, link: str | None) -> None:
        """Nothing; a piece more of it, which may stand in a link to a story."""
        self.pieces.append(text)
        size = len("".join(text.split()))
        if link:
            self.led += size if self.linked == self.size else 0
            self.linked += size
            self.anchors.append(text)
            self.target = link if self.target in (None, link) else ""
        self.size += size

    def end(self) -> None:
        """Nothing; the text is whole."""
        words = "".join(self.pieces).split()
        self.text, self.dense = " ".join(words), _dense("".join(words))

    @property
    def is_link(self) -> bool:
        """Whether the block is, but for a bullet or a number, a link to one story."""
        beside = len(self.dense) - self.linked
        return bool(self.target) and (beside <= _BULLET or beside <= (1 - _LINKED) * len(self.dense))


def squeezed(text: str) -> str:
    """The letters and digits of a text in lower case: how two texts are compared, whatever their marks."""
    return "".join(_WORD.findall(text.lower()))


def _dense(text: str) -> str:
    """The text without white space and soft hyphens: quicker than `squeezed`, for what stands on one page."""
    text = "".join(text.split())
    return text if text.isascii() else text.replace("\u00ad", "")


def key(squeezed_text: str) -> int:
    """48 bits that stand for a squeezed text."""
    return int.from_bytes(blake2b(squeezed_text.encode(), digest_size=6).digest(), "big")


def furniture_in(paragraphs: Sequence[str]) -> str | None:
    """The first paragraph that says what no story says (`site.CHROME_PHRASES`); None in a clean body."""
    whole = "\n".join(paragraphs).lower()
    if not any(word in whole for word in _RARE_WORDS):
        return None  # as nearly every body
    for paragraph in paragraphs:
        said = paragraph.lower()
        if any(phrase in said for phrase in CHROME_PHRASES) or (
            not said.isascii() and any(phrase in plain_quotes(said) for phrase in CHROME_PHRASES)
        ):
            return paragraph
    return None


def evidence(tree: LexborHTMLParser, paragraphs: tuple[str, ...], own: int, site: str = LIVE) -> Evidence:
    """What a parsed page shows beside the story `own`, whose body was read as these paragraphs.

    Does not judge, and does not change the tree. A card that leads to the story itself is no teaser.
    """
    page = _Page(site)
    page.read(tree)
    said = [(_dense(line), n) for n, text in enumerate(paragraphs) for line in text.split("\n")]
    lines = dict(reversed(said))
    teasers, spoken_for = page.teasers(str(own), Counter(line for line, _ in said))
    return Evidence(
        teasers=teasers,
        outside=page.outside(spoken_for, lines.keys()),
        after=_after(page.blocks, lines),
        opening=_opening(paragraphs, tree),
        linked=page.linked(str(own), lines.keys()),
    )


def listed(tree: LexborHTMLParser, site: str = LIVE) -> Evidence:
    """What a listing says of the stories on it; nothing but teasers."""
    page = _Page(site)
    page.read(tree)
    return Evidence(teasers=page.teasers("", Counter())[0])


_Place = tuple[int, str | None, int]
"""Of an element: the block it is or stands in (0: no page's text), where its link leads, what holds it."""
_NOWHERE: _Place = (0, None, 0)


class _Page:
    """The blocks of text of a page in order, and to which one story an element's links lead, if to one."""

    __slots__ = ("_hosts", "_leads", "_places", "_story", "blocks")

    def __init__(self, site: str) -> None:
        self.blocks: list[_Block] = []
        self._places: dict[int, _Place] = {}
        self._leads: dict[int, str] = {}  # "" where they lead to several
        self._story: set[int] = set()  # elements that hold the story
        self._hosts = {*HOSTS, site.rpartition("://")[2].lower()}

    def read(self, tree: LexborHTMLParser) -> None:
        """Takes a page in, in one walk over its texts, and one over its links."""
        body = tree.body
        if body is None:
            return
        places = self._places
        places[body.mem_id] = (body.mem_id, None, 0)
        current: _Block | None = None
        for count, node in enumerate(body.traverse(include_text=True, skip_empty=True)):
            tag = node.tag
            if tag == "-text":
                parent = node.parent
                if parent is None:
                    continue
                block, link, _ = places.get(parent.mem_id) or self._place(parent)
                if not block:
                    continue
                if current is None or current.element != block:
                    current = _Block(block)
                    self.blocks.append(current)
                current.add(node.text_content or "", link)
            elif tag == "br":
                current = None
            if count > _MOST_NODES:
                break
        for link_node in body.css(_TO_STORIES)[:_MOST_LINKS]:
            block, link, _ = self._place(link_node)
            if block and link:
                self._mark(link_node.mem_id, link)
        for each in self.blocks:
            each.end()

    def _place(self, first: LexborNode) -> _Place:
        """The block and the link that an element is or stands in, and what it stands in."""
        places = self._places
        new: list[tuple[int, LexborNode]] = []
        node: LexborNode | None = first
        while node is not None and (number := node.mem_id) not in places:
            new.append((number, node))
            node = node.parent
        if node is None:
            return _NOWHERE
        above = node.mem_id
        place = places[above]
        for number, element in reversed(new):
            block, link, _ = place
            tag = element.tag or ""
            if not block or tag in _SILENT:
                block = 0
            elif tag == "a":
                link = self._target(element.attributes.get("href")) or link
            elif tag in _BLOCKS:
                block = number
            place = places[number] = (block, link, above)
            above = number
        return place

    def _target(self, href: str | None) -> str | None:
        """The story of this house that an address names, as `Teaser.leads_to` has it."""
        found = _STORY.match(href.strip()) if href and STORY_MARK in href else None
        if found is None:
            return None
        host = (found["host"] or "").lower()
        if not host or host in self._hosts:
            return found["id"].lstrip("0")
        return f"{host}{STORY_ADDRESS.format(id=found['id'])}" if host.endswith(SISTERS) else None

    def _mark(self, element: int, target: str) -> None:
        """Notes for an element and those around it that a link to this story stands in them."""
        for _ in range(_CLIMB):
            known = self._leads.get(element)
            if known in ("", target):
                if known == "":
                    return
            else:
                self._leads[element] = target if known is None else ""
            element = self._places.get(element, _NOWHERE)[2]
            if not element:
                return

    def _keep(self, element: int) -> None:
        """Notes that an element and those around it hold a line of the story: they are no card."""
        for _ in range(_CLIMB):
            if not element or element in self._story:
                return
            self._story.add(element)
            element = self._places.get(element, _NOWHERE)[2]

    def _card(self, element: int) -> tuple[str, int] | None:
        """The one story to which the links around a block lead, and the largest element that holds for."""
        top = 0
        target = ""
        for _ in range(_CLIMB):
            leads = self._leads.get(element)
            if leads == "" or (target and leads != target) or element in self._story:
                break
            if leads:
                target, top = leads, element
            element = self._places.get(element, _NOWHERE)[2]
        return (target, top) if target else None

    def teasers(self, own: str, body: Counter[str]) -> tuple[tuple[Teaser, ...], set[int]]:
        """The teasers of other stories, and the places of all blocks that stand in a card, whosever.

        `body` says how often the body has a line: what the page shows no oftener is the story's.
        """
        heads = {n: block.target for n, block in enumerate(self.blocks) if block.target and block.is_link}
        found = {
            Teaser(target, "headline", _short(" ".join("".join(self.blocks[n].anchors).split()))): None
            for n, target in heads.items()
            if target != own
        }
        spoken_for = set(heads)
        for target, places in self._cards(heads, body):
            texts = [self.blocks[n].text for n in places]
            if sum(text.count(" ") + 1 for text in texts) > _CARD_WORDS:
                continue
            spoken_for.update(places)
            excerpts = (text for text in texts if text.count(" ") + 1 >= _EXCERPT_WORDS and target != own)
            found.update((Teaser(target, "excerpt", _short(text)), None) for text in excerpts)
        return tuple(found)[:_MOST_TEASERS], spoken_for

    def _cards(self, heads: dict[int, str], body: Counter[str]) -> list[tuple[str, list[int]]]:
        """What stands in cards beside headlines, by card: the story it leads to, the places of its blocks."""
        shown = Counter(block.dense for block in self.blocks if block.dense in body)
        storied = {
            n
            for n, block in enumerate(self.blocks)
            if n not in heads and block.dense in body and shown[block.dense] <= body[block.dense]
        }
        for n in storied:
            self._keep(self.blocks[n].element)
        headed = {self._card(self.blocks[n].element) for n in heads}
        cards: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
        for n, block in enumerate(self.blocks):
            if n in heads or n in storied:
                continue
            card = self._card(block.element)
            if card in headed and card is not None:
                cards[card].append(n)
            elif card is None and n - 1 in heads:
                # Headlines and excerpts in turn, with no box of their own: "dt, dd, dt, dd".
                cards[heads[n - 1], -n].append(n)
        return [(target, places) for (target, _), places in cards.items()]

    def outside(self, spoken_for: set[int], body: Container[str]) -> tuple[int, ...]:
        """The keys of the blocks that stand in no card and not in the body."""
        keys = (
            key(squeezed(block.text))
            for n, block in enumerate(self.blocks)
            if n not in spoken_for
            and _FURNITURE_WORDS <= block.text.count(" ") + 1 <= _MOST_WORDS
            and block.dense not in body
        )
        return tuple(dict.fromkeys(keys))[:_MOST_TEASERS]

    def linked(self, own: str, body: Container[str]) -> tuple[Teaser, ...]:
        """The lines of the body that the page shows as links to other stories, and never otherwise.

        Or as a row of such: a headline that is a link, and what follows it in the same list item or line.
        """
        found: dict[str, Teaser] = {}
        row = [
            block
            for block in self.blocks
            if block.led >= _LED and block.target and block.target != own and block.dense in body
        ]
        if len({block.target for block in row}) >= _ROW:
            found = {block.dense: Teaser(block.target or "", "headline", block.text) for block in row}
            return tuple(found.values())
        for block in self.blocks:
            if block.is_link and block.target and block.target != own and block.dense in body:
                found.setdefault(block.dense, Teaser(block.target, "headline", block.text))
        if found:
            for block in self.blocks:
                if block.dense in found and (not block.is_link or block.target == own):
                    del found[block.dense]
        return tuple(found.values())


def _short(text: str) -> str:
    return " ".join(text.split(" ", _MOST_WORDS)[:_MOST_WORDS])


def _after(blocks: list[_Block], lines: dict[str, int]) -> tuple[int, ...]:
    """The places of the paragraphs that stand below the last print line among them."""
    at = None
    for n, block in enumerate(blocks):
        if len(block.dense) < 200 and has_print_mark(block.dense) and print_line(block.text) is not None:
            at = n
    if at is None:
        return ()
    below = (lines.get(block.dense) for block in blocks[at + 1 :])
    return tuple(sorted({place for place in below if place is not None}))


def _opening(paragraphs: tuple[str, ...], tree: LexborHTMLParser) -> int | None:
    """Which paragraph begins as the page's own description does; None where none does."""
    meta = tree.css_first("meta[property='og:description'], meta[name='description']")
    said = squeezed((meta.attributes.get("content") or "")[:120])[:40] if meta is not None else ""
    if len(said) < 20:
        return None
    begins = (squeezed(text[:120]) for text in paragraphs[:12])
    return next((n for n, text in enumerate(begins) if text.startswith(said)), None)
