"""Which story an address names, and laws that hold for every string."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.urls import absolute, canonical, is_loopback, is_sister, role, same_site, site_of, story_id

STAND_IN = "http://127.0.0.1:8099"

STORIES = [
    ("https://www.dawn.com/news/1907269", 1907269),
    ("https://www.dawn.com/news/1907269/", 1907269),
    ("https://www.dawn.com/news/1907269/a-slug-of-some-length", 1907269),
    ("http://dawn.com/news/1907269/a-slug", 1907269),
    ("https://www.dawn.com:443/news/1907269", 1907269),
    ("HTTPS://WWW.DAWN.COM/news/1907269", 1907269),
    ("https://www.dawn.com/news/amp/1907269", 1907269),
    ("https://www.dawn.com/news/print/1907269", 1907269),
    ("https://www.dawn.com/news/1907269/slug#comments", 1907269),
    ("https://www.dawn.com/news/1907269#:~:text=of%20it", 1907269),
    ("https://www.dawn.com/news/1907269?ref=whatsapp", 1907269),
    ("https://www.dawn.com/news/1058210/newspaper/newspaper/column", 1058210),
    ("https://images.dawn.com/news/1193186/x", None),
    ("https://aurora.dawn.com/news/1144000", None),
    ("https://herald.dawn.com/news/1144000", None),
    ("https://epaper.dawn.com/?page=1", None),
    ("https://www.dawnnews.tv/news/1251720/", None),
    ("https://www.dawn.com.example.org/news/1", None),
    ("https://example.org/www.dawn.com/news/1", None),
    ("https://www.dawn.com@example.org/news/1", None),
    ("https://www.dawn.com:8443/news/1", None),
    ("https://www.dawn.com/news/0", None),
    ("https://www.dawn.com/news/-5", None),
    ("https://www.dawn.com/news/1000000001", None),
    ("https://www.dawn.com/news/" + "9" * 400, None),
    ("https://www.dawn.com/news/١٢٣", None),
    ("https://www.dawn.com/news/12ab", None),
    ("https://www.dawn.com/news/", None),
    ("https://www.dawn.com/latest-news/2025-04-29", None),
    ("file:///news/1907269", None),
    ("javascript:void(0)", None),
    ("ftp://www.dawn.com/news/1907269", None),
    ("//www.dawn.com/news/1907269", None),
    ("/news/1907269", None),
    ("http://[::1/news/1", None),
    ("https://www.dawn.com:99999/news/1", None),
    ("", None),
]


@pytest.mark.parametrize(("url", "expected"), STORIES)
def test_story_id(url: str, expected: int | None) -> None:
    assert story_id(url) == expected


def test_a_stand_in_is_told_by_host_and_port() -> None:
    assert story_id(f"{STAND_IN}/news/5/x", STAND_IN) == 5
    assert story_id("http://127.0.0.1:9000/news/5", STAND_IN) is None
    assert story_id("https://www.dawn.com/news/5", STAND_IN) == 5
    assert story_id(f"{STAND_IN}/news/5") is None


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("/news/1", "https://www.dawn.com/news/1"),
        ("//images.dawn.com/a", "https://images.dawn.com/a"),
        (" https://example.org/a\n", "https://example.org/a"),
        ("javascript:void(0)", None),
        ("mailto:a@example.org", None),
        ("file:///etc/passwd", None),
        ("data:text/html,x", None),
        ("http://[broken", None),
        ("", None),
        (None, None),
    ],
)
def test_absolute(href: str | None, expected: str | None) -> None:
    assert absolute(href, "https://www.dawn.com/latest-news") == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.dawn.com/news/1", "story"),
        ("https://www.dawn.com/feeds/sitemap", "sitemap"),
        ("https://www.dawn.com/feeds/home", "feed"),
        ("https://www.dawn.com/feeds/", "feed"),
        ("https://www.dawn.com/robots.txt", "robots"),
        ("https://www.dawn.com/newspaper/front-page/2025-04-29", "listing"),
        ("https://www.dawn.com/latest-news", "listing"),
        ("https://www.dawn.com/", "listing"),
        ("https://www.dawn.com/trends/x", "other"),
        ("not an address", "other"),
    ],
)
def test_role(url: str, expected: str) -> None:
    assert role(url) == expected


def test_where_an_address_leads() -> None:
    assert is_sister("https://images.dawn.com/news/1") and not is_sister("https://www.dawn.com/news/1")
    assert (
        is_loopback(STAND_IN)
        and is_loopback("http://localhost:1/")
        and not is_loopback("http://127.evil.org")
    )
    assert same_site("https://dawn.com/x") and not same_site("https://images.dawn.com/x")
    assert site_of("http://127.0.0.1:8099/news/1") == STAND_IN


def test_an_address_longer_than_servers_take_leads_nowhere() -> None:
    assert story_id(f"https://www.dawn.com/news/1/{'x' * 4000}") == 1
    assert story_id(f"https://www.dawn.com/news/1/{'x' * 5000}") is None
    assert absolute(f"/news/1/{'x' * 5000}", "https://www.dawn.com/") is None


@given(st.integers(1, 10**9))
def test_a_canonical_address_names_its_story_and_is_canonical(number: int) -> None:
    assert story_id(canonical(number)) == number
    assert canonical(story_id(canonical(number, STAND_IN), STAND_IN) or 0, STAND_IN) == canonical(
        number, STAND_IN
    )


@given(st.text(), st.text())
def test_no_string_raises_and_absolute_is_idempotent(one: str, other: str) -> None:
    for url in (
        one,
        f"https://www.dawn.com/{one}",
        f"https://{one}/news/1",
        f"https://www.dawn.com/news/1{one}",
    ):
        number = story_id(url, other)
        assert number is None or 1 <= number <= 10**9
        role(url, other), is_loopback(url), is_sister(url), same_site(url, other), site_of(url)
        once = absolute(url, other)
        assert once is None or absolute(once, other) == once
