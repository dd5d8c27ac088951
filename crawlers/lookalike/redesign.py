"""The made-up site after somebody redesigned it: the same stories in other markup, part by part."""

from __future__ import annotations

import re
from enum import StrEnum


class Redesign(StrEnum):
    """What of a story's page looks different; cards and listings stay as they were."""

    BODY = "body"  # the element of the text has another name
    FRAME = "frame"  # headline, byline and what is around them and the text have other names
    DATES = "dates"  # the head tells no times any more, and the page shows them elsewhere
    BYLINE = "byline"  # one word stands where the names stood


_HEADER, _MAIN, _FOOTER = (
    '<div class="template__header',
    '<div class="template__main',
    "<div class='template__footer",
)
_TIMES = re.compile(
    r"<meta property='article:(?:published|modified)_time'[^>]*>\n"
    r"|\"date(?:Published|Modified)\": \"[^\"]*\", "
)
_SHOWN = re.compile(r"<span class='story__time .*?</span></span></span>", re.DOTALL)
_NAMES = re.compile(r"(<span dir='auto' class='story__byline[^>]*>).*?</span>")
_AUTHORS = re.compile(r"<meta name='author'[^>]*>\n|\"author\": \[[^\]]*\], ")


def redesigned(page: str, parts: frozenset[Redesign]) -> str:
    """The page of a story with these parts of it changed; with none, the page."""
    if not parts:
        return page
    head, header, main, below = _cut(page)
    if Redesign.DATES in parts:
        told = re.search(r"article:published_time' content='([^']*)'", head)
        shown = (
            f"<time class='stamp  stamp--online' datetime='{told[1] if told else ''}'>the other day</time>"
        )
        head, header = _TIMES.sub("", head), _SHOWN.sub(shown, header)
    if Redesign.BYLINE in parts:
        head, header = _AUTHORS.sub("", head), _NAMES.sub(r"\1Subscribe</span>", header)
    if Redesign.FRAME in parts:
        header = (
            header.replace("<h2", "<h1").replace("</h2>", "</h1>").replace("story__title", "headline__text")
        )
        header = header.replace("story__byline", "credit").replace(
            "template__header", "opening  opening--story"
        )
        main = main.replace("template__main", "reading", 1)
    if Redesign.BODY in parts:
        main = main.replace("story__content", "article-text", 1)
    return head + header + main + below


def _cut(page: str) -> tuple[str, str, str, str]:
    header, main, footer = page.index(_HEADER), page.index(_MAIN), page.index(_FOOTER)
    return page[:header], page[header:main], page[main:footer], page[footer:]
