# ruff: noqa: E501 - markup reads best on a line of its own
"""Listings, feeds and the sitemap: which cards stand on them, and which of those belong to the list."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.items import Card, Place
from crawlers.pages import FeedPage, ListingPage, SitemapPage, members

SITE = "https://www.dawn.com"
LISTING = f"{SITE}/latest-news/2025-04-29"


def card(
    href: str, when: str | None = "2025-04-29T05:00:00+05:00", data_id: int = 7, title: str = "A card"
) -> str:
    time = (
        f"<span class='story__time  x'><span class='timeago  y' title='{when}'>29 Apr, 2025</span></span>"
        if when
        else ""
    )
    return (
        f"<article class='story relative  box' data-id='{data_id}'><figure class='media'><a href='{href}'></a></figure>"
        f"<h2 class='story__title  bold'><a class='story__link  ' href='{href}'>{title}\n</a></h2>{time}</article>"
    )


def listing(*cards: str) -> ListingPage:
    return ListingPage(LISTING, f"<html><body>{''.join(cards)}</body></html>".encode())


def test_a_card_says_address_id_title_and_time() -> None:
    (only,) = listing(card("/news/1907269/slug")).cards
    assert only == Card(
        url=f"{SITE}/news/1907269/slug",
        story_id=1907269,
        title="A card",
        listed_at=datetime(2025, 4, 29, tzinfo=UTC),
        changed_at=None,
        author=None,
        position=1,
    )


def test_the_id_is_the_links_and_never_the_data_id() -> None:
    pointer, own = listing(
        card("https://images.dawn.com/news/1193186/x", data_id=1888444), card("/news/5")
    ).cards
    assert (pointer.story_id, pointer.url) == (None, "https://images.dawn.com/news/1193186/x")
    assert own.story_id == 5


def test_a_story_that_stands_twice_is_one_card_with_its_time() -> None:
    page = listing(
        card("/news/1/slide", when=None), card("/news/2"), card("/news/1/tab"), card("/news/2/again")
    )
    assert [(one.story_id, one.position, one.listed_at is None) for one in page.cards] == [
        (1, 1, False),
        (2, 2, False),
    ]


def test_a_page_without_a_card_is_unknown() -> None:
    assert not listing("<p>Nothing here</p>").recognised
    assert not ListingPage(LISTING, b"\x00\xff<").recognised
    assert not listing(
        "<article class='story single'><h2 class='story__title'><a href='/news/1'>x</a></h2></article>"
    ).recognised


@pytest.mark.parametrize(
    ("times", "recognised"),
    [
        (("yesterday", "29.04.2025 05:00"), False),
        (("0001-01-01T00:00:00+14:00", None), False),
        (("yesterday", "2025-04-29T05:00:00+05:00"), True),
        ((None, None), True),
    ],
)
def test_a_page_whose_times_are_written_otherwise_is_unknown_and_no_empty_list(
    times: tuple[str | None, ...], recognised: bool
) -> None:
    page = listing(*(card(f"/news/{number}", when=when) for number, when in enumerate(times, 1)))
    assert len(page.cards) == 2
    assert page.recognised == recognised


def test_another_hosts_link_without_http_is_no_card() -> None:
    assert not listing(card("javascript:void(0)"), card("file:///etc/passwd")).recognised


def made(story_id: int | None, listed: str | None) -> Card:
    at = datetime.fromisoformat(listed).astimezone(UTC) if listed else None
    return Card(f"{SITE}/x", story_id, None, at, None, None, 1)


@pytest.mark.parametrize(
    ("place", "listed", "belongs"),
    [
        (Place.DAILY, "2025-04-29T00:00:00+05:00", True),
        (Place.DAILY, "2025-04-28T23:59:59+05:00", False),
        (Place.DAILY, "2025-04-29T20:00:00+00:00", False),
        (Place.DAILY, None, False),
        (Place.PRINT, "2025-04-26T09:00:00+05:00", True),
        (Place.PRINT, "2025-05-02T09:00:00+05:00", True),
        (Place.PRINT, "2025-05-03T09:00:00+05:00", False),
        (Place.PRINT, "2025-08-11T09:00:00+05:00", False),
        (Place.LATEST, "2020-01-01T00:00:00+05:00", True),
        (Place.LATEST, None, False),
        (Place.FEED, None, True),
        (Place.SITEMAP, None, True),
    ],
)
def test_members(place: Place, listed: str | None, belongs: bool) -> None:
    assert bool(members(place, date(2025, 4, 29), [made(5, listed)])) is belongs
    assert members(place, date(2025, 4, 29), [made(None, listed)]) == ()


FEED = """<?xml version="1.0" encoding="UTF-8"?>
<rss xmlns:media="http://search.yahoo.com/mrss/" xmlns:content="http://purl.org/rss/1.0/modules/content/" version="2.0">
<channel><title>Made up</title><item><title>Goats on the runway
</title><link>https://www.dawn.com/news/2000007/goats</link><description>&lt;p&gt;short&lt;/p&gt;</description>
<content:encoded><![CDATA[<p>The flight waited.</p>]]></content:encoded><category>Pakistan</category>
<guid>https://www.dawn.com/news/2000007</guid><pubDate>Sat, 25 Apr 2026 14:11:31 +0500</pubDate>
<author>none@none.com (AFP | Reuters)</author><media:content url="https://i.dawn.com/a.webp"/></item>
<item><title>Elsewhere</title><link>https://images.dawn.com/news/1</link><category/><author>none@none.com ()</author></item>
<item><title>No address</title></item></channel></rss>"""


def test_a_feeds_entries() -> None:
    page = FeedPage(f"{SITE}/feeds/home", FEED.encode())
    first, second = page.entries
    at = datetime(2026, 4, 25, 9, 11, 31, tzinfo=UTC)
    assert page.recognised
    assert first.card == Card(
        f"{SITE}/news/2000007/goats", 2000007, "Goats on the runway", at, at, "AFP | Reuters", 1
    )
    assert (first.authors, first.section, first.body_html) == (
        ("AFP", "Reuters"),
        "Pakistan",
        "<p>The flight waited.</p>",
    )
    assert (first.guid, first.image_url) == (f"{SITE}/news/2000007", "https://i.dawn.com/a.webp")
    assert (second.card.story_id, second.card.author, second.section) == (None, None, None)


def test_a_feed_with_entities_or_cut_short_is_not_recognised() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b SYSTEM "file:///etc/passwd">]>'
    assert not FeedPage(SITE, FEED.replace("<rss", bomb + "<rss", 1).encode()).recognised
    assert not FeedPage(SITE, FEED.encode()[:-30]).recognised
    assert not FeedPage(SITE, b"<html><body>feed</body></html>").recognised
    assert FeedPage(SITE, FEED.replace("Goats", "Go\x0bats").encode()).recognised


def test_the_sitemap() -> None:
    page = SitemapPage(
        f"{SITE}/feeds/sitemap",
        b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        b'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://www.dawn.com/news/9/x</loc>'
        b"<lastmod>2025-04-29T09:00:00+05:00</lastmod><news:news><news:publication_date>2025-04-29T05:00:00+05:00"
        b"</news:publication_date><news:title>Title \n</news:title></news:news></url></urlset>",
    )
    listed, changed = datetime(2025, 4, 29, tzinfo=UTC), datetime(2025, 4, 29, 4, tzinfo=UTC)
    assert page.recognised
    assert page.cards == (Card("https://www.dawn.com/news/9/x", 9, "Title", listed, changed, None, 1),)
    assert not SitemapPage(SITE, b"<sitemapindex/>").recognised


@given(
    st.binary(max_size=300), st.sampled_from(["", "<rss><channel>", "<urlset><url>", "<article class=story>"])
)
def test_no_bytes_raise(content: bytes, start: str) -> None:
    for page in (ListingPage, FeedPage, SitemapPage):
        made = page(LISTING, start.encode() + content)
        assert isinstance(made.cards, tuple) and isinstance(made.recognised, bool)
