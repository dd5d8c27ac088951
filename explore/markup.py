"""A story's Markdown as HTML in which nothing acts: no markup of its own, no pictures, honest links."""

from __future__ import annotations

from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from crawlers import urls
from explore.harmless import harmless

LONGEST = 300_000
"""Characters of a text that are shown: the longest real ones have 60,000, and a megabyte freezes a phone."""

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_BLOCKS = frozenset(
    {"paragraph_open", "heading_open", "blockquote_open", "list_item_open", "td_open", "th_open"}
)
_LONGEST_HOST = 60


def rendered(markdown: str, site: str) -> Markup:
    """The text as HTML, its sub-heads as h3. Links to stories of the site lead to our own pages of them.

    Of other links only those to http(s) stay, and are marked as leaving. Never more than LONGEST characters.
    """
    text = harmless(markdown[:LONGEST])
    tokens = list(_of_ours(_MARKDOWN.parse(text), site))
    return Markup(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))  # noqa: S704 (escaped by it)


def paragraphs_of(body: str) -> Markup:
    """A text without Markdown as paragraphs, at most LONGEST characters of it."""
    said = (harmless(paragraph).replace("\r", "") for paragraph in body[:LONGEST].split("\n\n"))
    lines = (Markup("<br>").join(paragraph.split("\n")) for paragraph in said)
    return Markup("\n").join(Markup('<p dir="auto">{}</p>').format(each) for each in lines)


def _of_ours(tokens: list[Token], site: str) -> Iterator[Token]:
    """The tokens as they are shown: sub-heads as h3, tables that scroll by themselves, links of ours."""
    for number, token in enumerate(tokens):
        if token.type in _BLOCKS:
            token.attrSet("dir", "auto")
        if token.type.startswith("heading_"):
            token.tag = "h3"
        if token.type in ("th_open", "th_close"):
            inner = tokens[number + (1 if token.nesting > 0 else -1)]
            token.tag = "th" if inner.content.strip() else "td"  # a table may begin with an empty corner
        if token.children is not None:
            token.children = list(_inside(token.children, site))
        if token.type == "table_open":
            yield _html('<div class="wide" role="region" aria-label="A table of the story" tabindex="0">')
        yield token
        if token.type == "table_close":
            yield _html("</div>")


def _inside(tokens: list[Token], site: str) -> Iterator[Token]:
    leads = behind = ""
    for token in tokens:
        if token.type == "image":
            yield _text(token.content)
        elif token.type == "link_open":
            leads, behind = _leads(str(token.attrGet("href") or ""), site)
            if leads:
                token.attrs = {"href": leads}
                if behind:
                    token.attrs |= {"rel": "noreferrer", "class": "leaving"}
                yield token
        elif token.type == "link_close":
            if leads:
                yield token
                if behind:
                    yield _html(behind)
        else:
            yield token


def _leads(href: str, site: str) -> tuple[str, str]:
    """Where a link of a text leads here, "" for nowhere, and what is said behind it where it leaves."""
    number = urls.story_id(href, site)
    if number is not None:
        return f"/story/{number}", ""
    address = urls.absolute(href, f"{site}/")
    if address is None:
        return "", ""
    host = (urls.site_of(address) or "").partition("://")[2]
    shown = host.encode("ascii", "replace").decode()[:_LONGEST_HOST]
    return address, f' <span class="leaves">(leaves for {escape(shown)})</span>'


def _html(said: str) -> Token:
    """A token of ours that is written as it is."""
    return Token("html_inline", "", 0, content=said)


def _text(said: str) -> Token:
    return Token("text", "", 0, content=said)
