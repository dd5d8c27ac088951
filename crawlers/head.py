"""What a page says of itself outside its text: meta elements, JSON-LD, `<title>`, canonical address. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawlers.lines import clean_line, unescaped
from crawlers.site import STORY_LINK

_ARTICLE_TYPES = frozenset(
    {
        "NewsArticle",
        "Article",
        "ReportageNewsArticle",
        "OpinionNewsArticle",
        "AnalysisNewsArticle",
        "BlogPosting",
        "LiveBlogPosting",
        "ReviewNewsArticle",
        "BackgroundNewsArticle",
    }
)
_ARTICLE_WORDS = ("Article", "BlogPosting")  # each of these types holds one
_STORY = re.compile(STORY_LINK)
_QUOTES = (*((mark, "'") for mark in "‘’‚‛′`´ʼ"), *((mark, '"') for mark in "“”„‟″«»"))


@dataclass(frozen=True, slots=True)
class Head:
    """The fields of a page's head; "" and empty tuples where it has none. JSON-LD's are the NewsArticle's."""

    metas: dict[str, str]
    title: str  # of <title>, one line
    canonical: str
    headline: str
    authors: tuple[str, ...]
    published: str
    modified: str
    caption: str
    types: tuple[str, ...]  # the JSON-LD types of the article: "NewsArticle"

    @property
    def is_article(self) -> bool:
        """Whether the page calls itself an article."""
        return bool(self.types) or self.metas.get("og:type") == "article"

    def meta(self, *names: str) -> str:
        """The first of these meta elements that says something; "" where none does."""
        return next((value for name in names if (value := self.metas.get(name, ""))), "")


def head(tree: LexborHTMLParser) -> Head:
    """The head of a parsed page. Never raises: JSON-LD that cannot be read says nothing.

    The breadcrumb's JSON-LD is not read: it names the site's section, not always the story's.
    """
    top = tree.head or tree.root
    if top is None:
        return Head({}, "", "", "", (), "", "", "", ())
    metas: dict[str, str] = {}
    for node in top.css("meta"):
        attributes = node.attributes
        name = attributes.get("property") or attributes.get("name")
        content = attributes.get("content")
        if name and content:
            metas.setdefault(name, clean_line(content))
    link = top.css_first("link[rel='canonical']")
    canonical = clean_line((link.attributes.get("href") or "") if link is not None else "")
    own = _number(canonical or metas.get("og:url", ""))
    title = top.css_first("title")
    said = _news_article(top, own) or (_news_article(tree.root, own) if tree.root is not None else None) or {}
    return Head(
        metas=metas,
        title=clean_line(title.text() or "") if title is not None else "",
        canonical=canonical,
        headline=_string(said.get("headline")),
        authors=tuple(name for one in _listed(said.get("author")) if (name := _name(one))),
        published=_string(said.get("datePublished")),
        modified=_string(said.get("dateModified")),
        caption=next((text for one in _listed(said.get("image")) if (text := _caption(one))), ""),
        types=tuple(kind for kind in _listed(said.get("@type")) if isinstance(kind, str)),
    )


def same_but_for_quotes(one: str, other: str) -> bool:
    """Whether two lines differ in nothing but the shape of quotation marks and white space."""
    return one == other or " ".join(_typewritten(one).split()) == " ".join(_typewritten(other).split())


def plain_quotes(text: str) -> str:
    """Text in lower case with typewriter quotes and single blanks: for comparing, not for keeping."""
    return " ".join(plain_lines(text).split())


def plain_lines(text: str) -> str:
    """Lines in lower case with typewriter quotes; their blanks stay."""
    return _typewritten(text).lower()


def _typewritten(text: str) -> str:
    if not text.isascii():
        for mark, plain in _QUOTES:  # ten times as fast as str.translate on a body
            text = text.replace(mark, plain)
    return text


def _number(address: object) -> str | None:
    """The number of the story an address names, without zeros before it; None where it names none."""
    found = _STORY.search(address) if isinstance(address, str) else None
    return found["id"].lstrip("0") if found else None


def _is_anothers(thing: dict[str, object], own: str | None) -> bool:
    """Whether what JSON-LD describes is another story: pages that load the next one carry its too."""
    page = thing.get("mainEntityOfPage") or thing.get("url")
    number = _number(page.get("@id") if isinstance(page, dict) else page)
    return own is not None and number is not None and number != own


def _news_article(top: LexborNode, own: str | None) -> dict[str, object] | None:
    for node in top.css("script[type='application/ld+json']"):
        text = node.text() or ""
        if not any(kind in text for kind in _ARTICLE_WORDS):  # the site's own card and its breadcrumb
            continue
        try:
            said = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            continue
        for one in _listed(said):
            for thing in (one, *_listed(one.get("@graph"))) if isinstance(one, dict) else ():
                if (
                    isinstance(thing, dict)
                    and any(
                        isinstance(kind, str) and kind in _ARTICLE_TYPES
                        for kind in _listed(thing.get("@type"))
                    )
                    and not _is_anothers(thing, own)
                ):
                    return thing
    return None


def _listed(value: object) -> Iterator[object]:
    if isinstance(value, list):
        yield from value
    elif value is not None:
        yield value


def _string(value: object) -> str:
    """A JSON string as one line of text: entities undone, halves of surrogate pairs (no text) replaced."""
    if not isinstance(value, str):
        return ""
    return clean_line(unescaped(value)).encode("utf-8", "replace").decode()


def _name(author: object) -> str:
    return _string(author.get("name") if isinstance(author, dict) else author)


def _caption(image: object) -> str:
    return _string(image.get("caption")) if isinstance(image, dict) else ""
