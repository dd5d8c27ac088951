"""Body and Markdown come from one reading: the same words, and the structure that the page's markup has."""

from __future__ import annotations

import html
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from crawlers.extract import extract_page
from crawlers.items import Article
from tests.crawlers.paper import page

READER = MarkdownIt("commonmark").enable("table")
ADDRESS = "https://www.dawn.com/news/2000500"


def read(body: str) -> Article:
    article = extract_page(page(body), ADDRESS)
    assert isinstance(article, Article), article
    return article


def said(tokens: list[Token]) -> Iterator[str]:
    """The text of each block of parsed Markdown; the cells of a row parted by tabs."""
    cells: list[str] | None = None
    for token in tokens:
        if token.type == "tr_open":
            cells = []
        elif token.type == "tr_close":
            assert cells is not None
            yield "\t".join(cells).strip()
            cells = None
        elif token.type == "inline":
            text = "".join(
                "\n" if one.type in ("hardbreak", "softbreak") else one.content
                for one in token.children or ()
            )
            if cells is None:
                yield text
            else:
                cells.append(text)


CASES = {
    "a sub-head": ("<h3>The farce</h3><p>It went on.</p>", "### The farce\n\nIt went on."),
    "a quotation of two": (
        "<p>He said.</p><blockquote><p>One.</p><p>Two.</p></blockquote><p>So.</p>",
        "He said.\n\n> One.\n>\n> Two.\n\nSo.",
    ),
    "lists one in another": (
        "<p>All:</p><ul><li>one</li><li>two<ul><li>in</li></ul></li></ul>",
        "All:\n\n- one\n- two\n  - in",
    ),
    "a numbered list": ("<p>All:</p><ol start='3'><li>c</li><li>d</li></ol>", "All:\n\n3. c\n4. d"),
    "a list item of two paragraphs": ("<ul><li><p>one</p><p>more</p></li></ul>", "- one\n\n  more"),
    "emphasis and a link": (
        "<p>The <em>Dawn</em> <strong>said</strong> <a href='/news/7'>so <i>then</i></a>.</p>",
        "The *Dawn* **said** [so *then*](<https://www.dawn.com/news/7>).",
    ),
    "emphasis around two paragraphs": ("<i><p>One.</p><p>Two.</p></i>", "*One.*\n\n*Two.*"),
    "emphasis with blanks at its ends": ("<p>He<em> went </em>on.</p>", "He *went* on."),
    "a link that leads nowhere": ("<p>See <a href='javascript:x()'>this</a>.</p>", "See this."),
    "line breaks": ("<p>• one<br>• two</p>", "• one\\\n• two"),
    "a table": (
        "<table><tr><th>A</th><th>B|</th></tr><tr><td>1</td><td><b>2</b></td></tr></table>",
        "| A | B\\| |\n| --- | --- |\n| 1 | **2** |",
    ),
    "what only looks like Markdown": (
        "<p># a *b* _c_ [d](e) `f` &lt;g&gt; &amp;amp; h~i</p><p>1. j<br>- k<br>=== l</p>",
        "\\# a \\*b\\* \\_c\\_ \\[d\\](e) \\`f\\` \\<g\\> \\&amp; h\\~i\n\n1\\. j\\\n\\- k\\\n\\=== l",
    ),
    "the print line goes here as well": (
        "<p>It <em>went</em> on.</p><p><em>Published in Dawn, April 29th, 2025</em></p>",
        "It *went* on.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_structure_is_kept_as_markdown(case: str) -> None:
    body, expected = CASES[case]
    assert read(body).body_markdown == expected


WORDS = st.text(
    st.one_of(
        st.sampled_from("abcdeXYZ019 "),
        st.sampled_from("*_[]()<>&\\`#+-.!|~:='\"\u2019\u2014\u00a0\u200b\u0646"),
        st.characters(exclude_categories=["C", "Z"]),
    ),
    min_size=1,
    max_size=12,
)
INLINE = st.recursive(
    WORDS.map(lambda text: html.escape(text, quote=False)),
    lambda inner: st.builds(
        lambda tag, parts: (
            f"<{tag.split()[0]}{tag[len(tag.split()[0]) :]}>{''.join(parts)}</{tag.split()[0]}>"
        ),
        st.sampled_from(
            [
                "em",
                "strong",
                "b",
                "i",
                "u",
                "a href='https://b.example/9'",
                "a href='https://a.example/(x)?y=1'",
            ]
        ),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)
LINES = st.lists(st.lists(INLINE, min_size=1, max_size=4).map("".join), min_size=1, max_size=3).map(
    "<br>".join
)


def row_of(cells: list[str]) -> str:
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


BLOCKS = st.recursive(
    st.one_of(
        LINES.map(lambda text: f"<p>{text}</p>"),
        INLINE.map(lambda text: f"<h3>{text}</h3>"),
        st.lists(st.lists(INLINE, min_size=2, max_size=3).map(row_of), min_size=1, max_size=3).map(
            lambda rows: f"<table>{''.join(rows)}</table>"
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda some: f"<blockquote>{''.join(some)}</blockquote>"),
        st.builds(
            lambda tag, some: f"<{tag}>{''.join(f'<li>{one}</li>' for one in some)}</{tag}>",
            st.sampled_from(["ul", "ol"]),
            st.lists(inner, min_size=1, max_size=3),
        ),
    ),
    max_leaves=5,
)


@given(st.lists(BLOCKS, min_size=1, max_size=4))
def test_markdown_says_the_words_of_the_body_and_nothing_else(blocks: list[str]) -> None:
    article = extract_page(page("<p>It began.</p>" + "".join(blocks) + "<p>It ended.</p>"), ADDRESS)
    assert isinstance(article, Article)
    wanted = [" ".join(text.split()) for text in article.body.replace("\n\n", "\0").split("\0")]
    got = [" ".join(text.split()) for text in said(READER.parse(article.body_markdown))]
    assert " ".join(got).split() == " ".join(wanted).split()
