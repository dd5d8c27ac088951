"""Pages made to be slow: each is within the bounds of what is parsed, and makes one step do all it can.

They are what the damage at random does not come upon. A fuzz run begins with them, as they are.
"""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.fuzz.corpus import Whole
from tests.crawlers.paper import URL, card, page

_DEEP, _MANY = 1_200, 18_000
_CARD = card(1, "A teaser of six words here", "The excerpt says what another story says.")


def _nested(opened: str, inside: str, depth: int = _DEEP) -> str:
    name = opened[1:].split(" ", 1)[0].rstrip(">")
    return opened * depth + inside + f"</{name}>" * depth


def _feed(item: str) -> str:
    return (
        '<?xml version="1.0"?><rss version="2.0"><channel><item><title>A headline</title>'
        f"<link>https://www.dawn.com/news/2000500</link>{item}</item></channel></rss>"
    )


def _shown(text: str) -> str:
    date = f"<span class='story__time'><span class='timestamp--published'>{text}</span></span>"
    return page("<p>Text.</p>").replace("<span class='story__byline'>", date + "<span class='story__byline'>")


def _without_layout(body: str) -> str:
    return (
        "<html><head><link rel=canonical href='https://www.dawn.com/news/2000500'>"
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "A headline"}</script>'
        f"</head><body><main><h1>A headline</h1>{body}</main></body></html>"
    )


def _sentences(count: int) -> str:
    return "".join(f"<p>Sentence {n} of a body that goes on and on and on.</p>" for n in range(count))


_PAGES: dict[str, Callable[[], str]] = {
    "teasers one in another around a long text": lambda: page(
        "<p>Text.</p>", _nested("<div class=story__title>", "word " * 100_000)
    ),
    "boxes one in another around many paragraphs": lambda: page(_nested("<div>", "<p>x</p>" * _MANY)),
    "boxes one in another around a rail with many paragraphs": lambda: page(
        _nested(
            "<div>",
            "<h3>Opinion</h3><article class='story'>"
            + _nested("<span>", "<p>x</p>" * 3000, 100)
            + "</article><p>x</p>",
            300,
        )
    ),
    "figures one in another around a table": lambda: page(
        _nested("<figure>", "<p>x</p>" * _MANY + "<table></table>")
    ),
    "headings one in another around a long text": lambda: page(_nested("<h3><div>", "word " * 400_000, 600)),
    "links one in another around a long text": lambda: page(
        "<table><td><a href='/news/1'>" * 400 + "word " * 400_000
    ),
    "many bodies deep in a page": lambda: page(
        "</div>" + _nested("<div>", "<div class=story__content>x</div>" * _MANY)
    ),
    "many articles one in another": lambda: page("<p>x</p>").replace(
        "<article", _nested("<article class='story single'>", "<p>x</p>" * _MANY, 700) + "<article", 1
    ),
    "many teasers and a long body": lambda: page(
        _sentences(25_000),
        "".join(f"<h2 class=story__title>Sentence {n} of a body that goes</h2>" for n in range(2000)),
    ),
    "many headings of rails": lambda: page("<h3>Opinion</h3>" * 20_000 + _CARD),
    "many lines that begin as furniture does": lambda: page(
        ("<p>Follow Dawn" + " on" * 120 + "</p>") * _MANY
    ),
    "one paragraph of many characters that trafilatura would drop": lambda: page(
        f"<p>{chr(0x200B) * 3_000_000}x</p>"
    ),
    "one paragraph of many lines": lambda: page("<p>" + "line<br>" * 50_000 + "</p>"),
    "one paragraph of many blanks": lambda: page(f"<p>a{' ' * 4_000_000}b{chr(10)} {' ' * 4_000_000}c</p>"),
    "one table of many rows": lambda: page("<table>" + "<tr><td>a</td><td>b</td></tr>" * 9_000 + "</table>"),
    "one row of many cells": lambda: page("<table><tr>" + "<td>a</td>" * 25_000 + "</table>"),
    "tables one in another": lambda: page("<table><tr><td>a<td>" * 450 + "b"),
    "a date and many blanks": lambda: _shown("May 1" + " " * 60_000 + "x"),
    "many months": lambda: _shown("May " * 500_000),
    "a headline without end": lambda: page("<p>x</p>", title="In picture " * 400_000),
    "a byline without end": lambda: page("<p>x</p>").replace("AFP", "A | " * 500_000),
    "many tags": lambda: page("<p>x</p>").replace("data-id=", f"data-tags='{'a,' * 2_000_000}' data-id=", 1),
    "a print line that is none": lambda: page("<p>Published in Dawn" + ", a.b -c" * 20 + "</p>" * 3),
    "JSON-LD that is one number": lambda: page(
        "<p>x</p>", extra_head=f"<script type='application/ld+json'>{'9' * 900_000}</script>"
    ),
    "JSON-LD of many authors": lambda: page(
        "<p>x</p>",
        extra_head='<script type=\'application/ld+json\'>{"@type": "Article", "author": ['
        + '"a", ' * 300_000
        + '"b"]}</script>',
    ),
    "many meta elements": lambda: page("<p>x</p>", extra_head="<meta name=a content=b>" * 50_000),
    "entities without end": lambda: page("<p>" + "&CounterClockwiseContourIntegral;" * 200_000 + "</p>"),
    "links without end": lambda: page(
        "<p>x " + "".join(f"<a href='/news/{n}'>y</a>" for n in range(25_000)) + "</p>"
    ),
    "a link that is long": lambda: page(f"<p>x <a href='{'../' * 1_000_000}'>y</a></p>"),
    "a link of blanks": lambda: page(f"<p>x <a href='http://{' ' * 3_000_000}x/'>y</a></p>"),
    "attributes without end": lambda: page("<p " + "".join(f"a{n}=1 " for n in range(20_000)) + ">x</p>"),
    "formatting left open": lambda: page("<b><i><u><font a=1>" * 300 + "<p>x</p>" * 10_000),
    "many classes": lambda: page(f"<div class='{'x ' * 2_000_000}'><p>x</p></div>"),
    "many pictures between paragraphs": lambda: page(
        "<p>x</p><figure class=media><img src=/x.jpg><figcaption>c</figcaption></figure>" * 6_000
    ),
    "many embeds in one figure": lambda: page(
        "<p>x</p><figure>" + "<blockquote><a href=x>" * 8_000 + "</figure>"
    ),
    "much emphasis": lambda: page("<p>" + "<em>a</em> b <b>c</b> " * 10_000 + "</p>"),
    "emphasis one in another": lambda: page("<p>" + _nested("<em>", "<b>x</b>" * 5_000, 900) + "</p>"),
    "lists one in another": lambda: page(_nested("<ul><li>", "<p>x</p>" * 5_000, 600)),
    "quotations one in another": lambda: page(_nested("<blockquote>", "<p>x</p>" * _MANY)),
    "a numbered list without end": lambda: page("<ol start=99999>" + "<li>x</li>" * 20_000 + "</ol>"),
    "a page of no layout with many paragraphs": lambda: _without_layout(_sentences(20_000)),
    "a page of no layout with many links": lambda: _without_layout(
        "<p>x " + "<a href='/news/7'>y</a> z " * 20_000
    ),
    "a page of no layout with many teasers": lambda: _without_layout(
        _sentences(9) + "<div>" * 900 + "<a href='/news/7'>y</a>" * 18_000
    ),
    "a page of no layout, long": lambda: _without_layout("<p>" + "word " * 1_500_000),
    "contacts that are none": lambda: page("<p>Text.</p>" + ("<p>" + "a.b-c+" * 36 + "</p>") * 8),
    "a caption of dashes": lambda: page(
        "<p>x</p><figure class=media><img src=/x.jpg><figcaption>" + " —" * 500_000 + "</figcaption></figure>"
    ),
    "headings one in another, wordless": lambda: page(
        "<ul><li><h4>" * 3_000 + "<article class=story>x</article>" + "</x>" * 9_000
    ),
    "a comment without end": lambda: page("<p>x</p><!--" + "-" * 5_000_000),
    "many small comments": lambda: page("<p>x</p>" + "<!-->" * 50_000),
}
_FEEDS: dict[str, Callable[[], str]] = {
    "a feed's author of many at signs": lambda: _feed(
        f"<description>x</description><author>{'@' * 60_000}</author>"
    ),
    "a feed's item of many elements": lambda: _feed("<a/>" * 500_000),
    "a feed of many items": lambda: _feed(
        "</item><item><title>x</title><link>https://www.dawn.com/news/7</link>" * 50_000
    ),
}


HOSTILE = (*_PAGES, *_FEEDS)
"""Their names, always in the same order."""


def hostile(name: str) -> Whole:
    """The page of this name; made when asked for, for they are large."""
    if name in _FEEDS:
        made = _FEEDS[name]().encode()
        return Whole(name, made, "https://www.dawn.com/feeds/home", "application/rss+xml")
    return Whole(name, _PAGES[name]().encode(), URL)
