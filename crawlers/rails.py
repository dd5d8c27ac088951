"""The rails beside a story: what they say, and the meter that finds them in a body. Pure.

What the layout knows as a rail is stripped before (`crawlers.body`); the meter measures what survived that,
so that a change of the site's markup shows as quarantined pages and never as teasers in the table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawlers.head import plain_lines, plain_quotes
from crawlers.site import CHROME_PHRASES

_SENTENCE_ENDS = (". ", "? ", "! ", "… ", ".” ", "?” ", ".’ ")  # inside a line; its end is one as well
_TEASER = ".story__title, .story__excerpt"
_MAX_TEASERS = 2_000  # a page has some sixty
_WORDS_OF_A_TEASER = 5  # a teaser of fewer words ("Water crisis") may well be a sub-head of a real story


def rail_in(
    paragraphs: tuple[str, ...], teasers: Sequence[str], is_own: Callable[[int], bool] = lambda _: False
) -> str | None:
    """The first paragraph that is rail text or furniture; None where the body is clean.

    A paragraph is rail where it is a teaser's headline or excerpt, where an excerpt makes up half of it, or
    where it holds two teasers. A shared opening sentence alone is none: the printed and the web version of
    one event may begin alike. `is_own` tells, by its place in `teasers`, a teaser of the story itself.
    """
    whole = plain_quotes(" ".join(paragraphs))
    furniture = [phrase for phrase in CHROME_PHRASES if phrase in whole]
    present = {
        teaser
        for index, text in enumerate(_plain_lines(teasers))
        if text.count(" ") >= _WORDS_OF_A_TEASER - 1
        and (teaser := text.rstrip(". ")) in whole
        and not is_own(index)
    }
    if not present and not furniture:
        return None
    for paragraph in paragraphs:
        said = plain_quotes(paragraph)
        if any(phrase in said for phrase in furniture):
            return paragraph
        held = [teaser for teaser in present if teaser in said]
        if len(held) > 1 or any(2 * len(teaser) >= len(said) for teaser in held):
            return paragraph
    return None


def _plain_lines(texts: Sequence[str]) -> list[str]:
    """Texts of one line each as `plain_quotes` writes them, translated in one go: a page has sixty."""
    return plain_lines("\n".join(texts)).split("\n") if texts else []


class Teasers:
    """What the cards of a page's rails say, one line each; the story's own headline is none of them."""

    def __init__(self, tree: LexborHTMLParser, title: str, number: int) -> None:
        self._nodes: list[LexborNode] = []
        self._number = str(number)
        self.texts: list[str] = []
        for node in tree.css(_TEASER)[:_MAX_TEASERS]:
            text = " ".join((node.text() or "").split())
            if text and text != title:
                self.texts.append(text)
                self._nodes.append(node)

    def is_own(self, index: int) -> bool:
        """Whether a teaser is of the story itself: rails of the newest stories list the page itself."""
        above: LexborNode | None = self._nodes[index]
        while above is not None and above.tag != "body":
            if above.attributes.get("data-id") == self._number:
                return True
            above = above.parent
        return False

    def sentences(self) -> int:
        """How many sentences the rails say; a headline is one."""
        said = "\n".join(self.texts)
        return len(self.texts) + sum(said.count(end) for end in _SENTENCE_ENDS)
