"""The markup of what lists stories: listing pages, feeds, the news sitemap, robots.txt."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from email.utils import format_datetime

from crawlers.lookalike.bodies import feed_body, picture, text
from crawlers.lookalike.cards import byline, calendar, card, exact
from crawlers.lookalike.pages import colophon, masthead
from crawlers.lookalike.stories import Story

TABS = ("all", "pakistan", "business", "world", "sport")
_RAIL = 6  # cards beside a listing
_TIMED_RAIL = 2  # of these with an ISO time, as if they were entries


def listing(
    title: str,
    tabs: Sequence[tuple[str, Sequence[Story]]],
    newest: Sequence[Story],
    sponsored: Story,
    address: str,
) -> str:
    """A listing page: the panes with their timed cards, and the rails of the day it is fetched."""
    names = "".join(f"<a id='{name}' class='p-1  ml-3' href='#{name}'>{name}</a>" for name, _ in tabs)
    panes = "".join(
        f'<div class="tabs__pane{"" if number else " active"}" id="{name}">\n'
        f"{''.join(card(story, address, when=exact(story), excerpt=True) for story in stories)}</div>\n"
        for number, (name, stories) in enumerate(tabs)
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{text(title)} - DAWN.COM</title>\n"
        "<meta property='og:site_name' content='DAWN.COM' />\n<meta property='og:type' content='website' "
        "/>\n</head>\n"
        f"<body class='bg-white  template--list'>\n{masthead(address)}<div class='container'>\n"
        f"<div class='tabs  my-2'><nav class='flex  js-tabs'>{names}</nav>\n"
        f"<div class='tabs__content px-0'>\n{panes}</div></div>\n"
        f"{_rails(newest, sponsored, address)}</div>\n{colophon(address)}</body>\n</html>\n"
    )


def _rails(newest: Sequence[Story], sponsored: Story, address: str) -> str:
    timed = "".join(card(story, address, when=exact(story)) for story in newest[:_TIMED_RAIL])
    # Half carry a calendar date and half nothing at all; none of these says when in ISO.
    beside = "".join(
        card(story, address, when=calendar(story) if number % 2 else "", excerpt=True)
        for number, story in enumerate(newest[_TIMED_RAIL : _TIMED_RAIL + _RAIL])
    )
    columns = [story for story in newest if story.kind == "opinion"][:3]
    writers = "".join(
        f"<div class='flex  flex-row'><div>{number}.</div>{byline(story.authors, address, 'text-3.5')}"
        f"<article class='story  box    font-bold' data-id='{story.id}'><h2 class='story__title      text-3'>"
        f"<a href='{address}{story.path}' class='story__link  '>{text(story.title)}</a></h2></article>"
        "</div>\n"
        for number, story in enumerate(columns, 1)
    )
    return (
        "<aside class='w-full'>\n<div class='slideshow  '>"
        f"<div class='slideshow__slide'>{card(sponsored, address)}</div>"
        f"</div>\n<h3><a href='/latest-news'>Just in</a></h3>\n{timed}<h3>"
        f"<a href='/latest-news'>Latest Stories</a></h3>\n{beside}"
        "<div><span class='text-red-400'>POPULAR OPED WRITERS</span> <span>Over last 24 hours</span></div>\n"
        f"{writers}</aside>\n"
    )


def feed(name: str, stories: Sequence[Story], address: str) -> str:
    """RSS 2.0 with the whole bodies. Titles of stories with an even id end in a newline."""
    built = format_datetime(max(story.published for story in stories)) if stories else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss xmlns:media="http://search.yahoo.com/mrss/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" version="2.0">\n  <channel>\n'
        f"    <title>Dawn - {name}</title>\n    <link>{address}/</link>\n    <description>Dawn"
        "</description>\n"
        f"    <language>en-Us</language>\n    <lastBuildDate>{built}</lastBuildDate>\n    <ttl>60</ttl>\n"
        f"{''.join(_item(story, address) for story in stories)}  </channel>\n</rss>\n"
    )


def _item(story: Story, address: str) -> str:
    body = feed_body(story, address)
    newline = "" if story.id % 2 else "\n"
    return (
        f"    <item>\n      <title>{_xml(story.title)}{newline}</title>\n      "
        f"<link>{address}{story.path}</link>\n"
        f"      <description>{_xml(body)}</description>\n"
        f"      <content:encoded><![CDATA[{body}]]></content:encoded>\n"
        f"      <category>{_xml(story.section)}</category>\n      <guid>{address}/news/{story.id}</guid>\n"
        f"      <pubDate>{format_datetime(story.published)}</pubDate>\n"
        f"      <author>none@none.com ({_xml(' | '.join(story.authors))})</author>\n"
        f'      <media:content url="{picture(story.id, "large")}" type="image/webp" medium="image">'
        "<media:title/></media:content>\n    </item>\n"
    )


def sitemap(stories: Iterable[Story], address: str) -> str:
    """A Google News sitemap; an edited story's lastmod is the time of the edit."""
    urls = "".join(
        f"<url><loc>{address}{story.path}</loc><lastmod>{story.updated.isoformat()}</lastmod><news:news>"
        "<news:publication><news:name>DAWN.COM</news:name><news:language>en</news:language>"
        "</news:publication>"
        f"<news:publication_date>{story.published.isoformat()}</news:publication_date>"
        f"<news:title>{_xml(story.title)}</news:title></news:news></url>\n"
        for story in stories
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">\n{urls}</urlset>\n'
    )


def robots(forbidden: int, address: str) -> str:
    """What robots may not ask for: archives, searches, print views, and the one story a court had removed."""
    closed = ("/archive/", "/search", "/obituary", "/*/print", f"/news/{forbidden}")
    rules = "".join(f"Disallow: {path}\n" for path in closed)
    return f"User-agent: *\n{rules}\nSitemap: {address}/feeds/sitemap\n"


def _xml(words: str) -> str:
    return html.escape(words, quote=False)
