"""A page as a row of words, and which of them each element holds: for finding where a text stands. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

MOST_NODES = 20_000  # a page has some 4,000
_MOST_PLACES = 500
_SILENT = frozenset(["script", "style", "noscript", "template", "svg", "textarea", "select"])
_WORD = re.compile(r"[^\W_]+")
_JOINED = re.compile("[\u00ad\u200b’'‘`]")
_FILLING = frozenset({"by", "and"})  # of bylines; a text has lost them on both sides


@dataclass(frozen=True, slots=True)
class Element:
    """An element, and the words it holds: from `begin` up to `end`. `over` is the element around it."""

    node: LexborNode
    tag: str
    begin: int
    end: int
    over: int | None

    def holds(self, places: Sequence[int]) -> bool:
        """Whether a word at one of these places, which are in order, is inside."""
        first = bisect_left(places, self.begin)
        return first < len(places) and places[first] < self.end


def words(text: str) -> list[str]:
    """The words of a text for comparing: lower case, without punctuation, "by" and "and"."""
    return [word for word in _WORD.findall(_JOINED.sub("", text).lower()) if word not in _FILLING]


class Outline:
    """The words of a page in order, and its elements in the order they begin.

    Read in one walk without recursion. A page of more than MOST_NODES nodes is not `whole`: what stands
    behind them is left out.
    """

    def __init__(self, tree: LexborHTMLParser) -> None:
        self.tree = tree
        self.whole = True
        self.words: list[str] = []
        self.elements: list[Element] = []
        self._at: dict[str, list[int]] = defaultdict(list)
        if tree.root is not None:
            self._walk(tree.root)
        for place, word in enumerate(self.words):
            self._at[word].append(place)

    def places(self, wanted: Sequence[str]) -> list[int]:
        """Where these words stand in a row, in order; [] for no words. At most _MOST_PLACES are looked at."""
        if not wanted:
            return []
        rarest = min(range(len(wanted)), key=lambda n: len(self._at.get(wanted[n], ())))
        starts = (place - rarest for place in self._at.get(wanted[rarest], ())[:_MOST_PLACES])
        listed = list(wanted)
        return [at for at in starts if at >= 0 and self.words[at : at + len(listed)] == listed]

    def attributes(self, names: Iterable[str]) -> Iterator[tuple[Element, str, str]]:
        """Every attribute of these names that says something."""
        wanted = tuple(names)
        for element in self.elements:
            said = element.node.attributes
            for name in wanted:
                if value := said.get(name):
                    yield element, name, value

    def above(self, element: Element, most: int) -> Iterator[Element]:
        """The elements around one, the nearest first."""
        over = element.over
        while over is not None and most > 0:
            above = self.elements[over]
            yield above
            over, most = above.over, most - 1

    def _walk(self, root: LexborNode) -> None:
        begun: list[tuple[LexborNode, str, int, int | None]] = []
        ends: list[int] = []
        pending: list[tuple[LexborNode | None, int | None]] = [(root, None)]
        seen = 0
        while pending:
            node, over = pending.pop()
            if node is None:  # the element `over` ends here
                assert over is not None
                ends[over] = len(self.words)
                continue
            seen += 1
            if seen > MOST_NODES:
                self.whole = False
                break
            if node.is_text_node:
                self.words += words(node.text_content or "")
            elif node.is_element_node and (tag := node.tag or "") not in _SILENT:
                begun.append((node, tag, len(self.words), over))
                ends.append(-1)
                me = len(begun) - 1
                pending.append((None, me))
                pending.extend((child, me) for child in reversed(list(node.iter(include_text=True))))
        self.elements = [
            Element(node, tag, begin, end if end >= 0 else len(self.words), over)
            for (node, tag, begin, over), end in zip(begun, ends, strict=True)
        ]
