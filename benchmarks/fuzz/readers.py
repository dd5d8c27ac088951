"""The readers of listing, feed, sitemap and robots.txt, and what they must never do with their bytes.

A reader is a function from bytes to a shape: what the bytes gave, coarsely, which a run learns from.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import date
from math import isnan
from pathlib import Path
from typing import Any

from protego import Protego

from crawlers import dates, pages, payload, urls
from crawlers.dates import local_day
from crawlers.items import Card, Place
from crawlers.lookalike import Lookalike, listings
from crawlers.pages import FeedPage, ListingPage, SitemapPage, members

SITE = "https://www.dawn.com"
DAY = date(2026, 3, 9)
PRODUCT = "dawn-as-a-table"
TRACED = frozenset(str(Path(str(module.__file__))) for module in (pages, dates, payload, urls))
"""The files whose lines a run learns from."""

Shape = tuple[Any, ...]
_ASKED = (
    f"{SITE}/",
    f"{SITE}/news/1907269/a-slug-of-some-words-and-a-few-more-words-still",
    f"{SITE}/newspaper/national/2026-03-09?a=b&c=d",
    f"{SITE}/feeds/sitemap",
)
_MOST = 3  # stories of a whole document: what is small is read a thousand times a second


class WrongError(AssertionError):
    """A reader gave what it must never give; its text says what."""


def listing(content: bytes) -> Shape:
    """The shape of a listing."""
    page = ListingPage(f"{SITE}/newspaper/national/2026-03-09", content)
    _hold(not page.recognised or bool(page.cards), "a listing without cards is recognised")
    return _cards(page.cards, Place.PRINT)


def feed(content: bytes) -> Shape:
    """The shape of a feed."""
    page = FeedPage(f"{SITE}/feeds/home", content)
    _hold(page.recognised or not page.entries, "items of what is no feed")
    for entry in page.entries:
        _hold(entry.image_url is None or entry.image_url.startswith(("http://", "https://")), "an image")
        _hold(all(name == name.strip() != "" for name in entry.authors), "a byline without a name")
        _written({"body": entry.body_html, "section": entry.section, "authors": entry.authors})
    return page.recognised, *_cards(page.cards, Place.FEED)


def sitemap(content: bytes) -> Shape:
    """The shape of a sitemap."""
    page = SitemapPage(f"{SITE}/feeds/sitemap", content)
    _hold(page.recognised or not page.cards, "addresses of what is no sitemap")
    return page.recognised, *_cards(page.cards, Place.SITEMAP)


def robots(content: bytes) -> Shape:
    """The shape of a robots.txt, read as `crawlers.politeness` does."""
    rules = Protego.parse(content.decode("utf-8", "replace"))
    allowed = tuple(rules.can_fetch(url, PRODUCT) for url in _ASKED)
    delay = rules.crawl_delay(PRODUCT)
    _hold(delay is None or isinstance(delay, int | float), "a Crawl-delay that is no number")
    return (*allowed, delay is None, delay is not None and isnan(delay), len(list(rules.sitemaps)) > 1)


READERS: dict[str, Callable[[bytes], Shape]] = {
    "listing": listing,
    "feed": feed,
    "sitemap": sitemap,
    "robots": robots,
}


def whole() -> dict[str, tuple[bytes, ...]]:
    """Small whole documents of the look-alike for each reader, always the same."""
    site = Lookalike(days=2)
    stories = [story for story in site.newest if not story.points_to]
    few = [stories[at : at + _MOST] for at in range(0, 12, _MOST)]
    shown = [
        listings.listing("Newspaper", [("all", some[:2])], some[2:], site.sponsored, SITE) for some in few
    ]
    said = [listings.feed("home", some[:1], SITE) for some in few]
    mapped = [listings.sitemap(some, SITE) for some in few]
    ruled = [
        listings.robots(site.forbidden, SITE),
        f"User-agent: {PRODUCT}\nCrawl-delay: 7\nAllow: /news/\nDisallow: /*/print$\nDisallow: /*a*b*c\n",
        "\ufeffuser-agent:*\r\nDisallow:\r\nDisallow: /search # no\rSitemap: /x\r\nRequest-rate: 1/5\n",
        "User-agent: a\nUser-agent: dawn\nDisallow: /%6eews/\u00e9\n\nUser-agent: *\nVisit-time: 1-2\n",
    ]
    made = {"listing": shown, "feed": said, "sitemap": mapped, "robots": ruled}
    return {name: tuple(text.encode() for text in texts) for name, texts in made.items()}


def _cards(cards: Iterable[Card], place: Place) -> Shape:
    given = list(cards)
    _hold([card.position for card in given] == list(range(1, len(given) + 1)), "cards out of order")
    keys = [card.story_id or card.url for card in given]
    _hold(place is Place.SITEMAP or len(set(keys)) == len(keys), "a story twice")
    for card in given:
        _hold(card.url.startswith(("http://", "https://")), f"an address that is none: {card.url[:80]!r}")
        _hold(card.url.isprintable() or " " not in card.url, f"an address with blanks: {card.url[:80]!r}")
        _hold(card.story_id is None or 1 <= card.story_id <= 1_000_000_000, f"story {card.story_id}")
        for text in (card.title, card.author):
            _hold(text is None or text == " ".join(text.split()) != "", f"no line: {text!r}")
        for moment in (card.listed_at, card.changed_at):
            _hold(moment is None or moment.tzinfo is not None, "a time without a zone")
            local_day(moment)
        _written(asdict(card))
    belong = members(place, DAY, given)
    return (
        min(len(given), 6),
        min(len(belong), 6),
        sum(card.story_id is None for card in given[:6]),
        sum(card.listed_at is None for card in given[:6]),
        sum(card.title is None for card in given[:6]),
        sum(card.author is None for card in given[:6]),
    )


def _written(said: dict[str, Any]) -> None:
    """Nothing; the journal could hold it."""
    json.dumps(said, ensure_ascii=False, default=str).encode()


def _hold(right: bool, otherwise: str) -> None:
    if not right:
        raise WrongError(otherwise)
