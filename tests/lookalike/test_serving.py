"""The made-up site over real HTTP: its paths, its manners, and each of its faults."""

from __future__ import annotations

import gzip
import http.client
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest
from selectolax.lexbor import LexborHTMLParser

from crawlers.lookalike import Lookalike, faults

ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"
Got = tuple[int, dict[str, str], bytes]


@contextmanager
def served(site: Lookalike | None = None) -> Iterator[tuple[Lookalike, str]]:
    site = site or Lookalike()
    with site.serve(port=0) as address:
        yield site, address
    assert site.errors == []


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Lookalike, str]]:
    with served() as both:
        yield both


def get(url: str, **headers: str) -> Got:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=named), timeout=5) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def cards(page: bytes, within: str = "") -> list[tuple[str, str | None]]:
    """(address, ISO time or None) of each card."""
    found = []
    for card in LexborHTMLParser(page).css(f"{within} article.story"):
        link, time = card.css_first("h2.story__title a.story__link"), card.css_first(".timeago")
        assert link is not None
        found.append((str(link.attributes["href"]), time.attributes["title"] if time else None))
    return found


def numbers(found: list[tuple[str, str | None]]) -> list[int]:
    return [int(match[1]) for href, _ in found if (match := re.search(r"127\.0\.0\.1:\d+/news/(\d+)", href))]


def test_story_answers_under_any_slug(running: tuple[Lookalike, str]) -> None:
    site, address = running
    story = site.in_slot("column")[0]
    bodies = {
        get(f"{address}{path}")[2] for path in (story.path, f"/news/{story.id}", f"/news/{story.id}/a/b/c")
    }
    assert bodies == {site.page(story.id, address).encode()}
    assert get(f"{address}/news/1")[0] == 404


def test_listed_stories_that_are_gone_or_forbidden(running: tuple[Lookalike, str]) -> None:
    site, address = running
    assert sorted(get(f"{address}/news/{number}")[0] for number in site.gone) == [404, 410]
    listed = numbers(cards(get(f"{address}/latest-news/2026-03-08")[2], ".tabs__pane"))
    assert {*site.gone, site.forbidden} <= set(listed)
    rules = RobotFileParser()
    rules.parse(get(f"{address}/robots.txt")[2].decode().splitlines())
    assert not rules.can_fetch("reader", site.stories[site.forbidden].path)
    assert rules.can_fetch("reader", site.in_slot("column")[0].path)
    assert rules.site_maps() == [f"{address}/feeds/sitemap"]


def test_listings_hold_the_edition_and_the_rails_of_today(running: tuple[Lookalike, str]) -> None:
    site, address = running
    for day in site.days:
        for name, ids in site.edition(day).items():
            folder = "" if name in ("latest-news", "pakistan", "world") else "newspaper/"
            status, _, page = get(f"{address}/{folder}{name}/{day}")
            assert status == 200
            assert sorted(numbers(cards(page, ".tabs__pane"))) == sorted(ids)
            beside = cards(page, "aside")
            assert sum(time is not None and time.startswith("2026-03-09") for _, time in beside) == 2
            assert sum(time is None for _, time in beside) >= 6
            assert b"POPULAR OPED WRITERS" in page
    oldest = get(f"{address}/pakistan/2026-03-07")[2]
    assert b"Updated 09 Mar, 2026" in oldest or b">09 Mar, 2026" in oldest


@pytest.mark.parametrize(
    "path",
    ["/newspaper/young-world/2026-03-09", "/newspaper/national/2026-02-30", "/world/2020-01-01", "/feeds/x"],
)
def test_what_does_not_exist(running: tuple[Lookalike, str], path: str) -> None:
    assert get(running[1] + path)[0] == 404


def test_latest_shows_stories_twice(running: tuple[Lookalike, str]) -> None:
    page = get(f"{running[1]}/latest-news")[2]
    listed = numbers(cards(page, ".tabs__pane"))
    assert len(LexborHTMLParser(page).css(".tabs__pane")) == 5
    assert any(listed.count(number) == 2 for number in listed)


def test_pointers(running: tuple[Lookalike, str]) -> None:
    site, address = running
    card, page = site.in_slot("pointer card")[-1], site.in_slot("pointer page")[-1]
    listing = get(f"{address}/latest-news/2026-03-09")[2]
    assert f"data-id='{card.id}'".encode() in listing
    assert card.points_to in [href for href, _ in cards(listing)]
    assert f"{address}{page.path}" in [href for href, _ in cards(listing)]
    content = LexborHTMLParser(get(f"{address}/news/{page.id}")[2]).css_first(".story__content")
    assert content is not None
    assert content.text(strip=True) == f"{address}{page.points_to}"
    items = {
        item.findtext("guid"): item
        for item in ElementTree.fromstring(get(f"{address}/feeds/")[2]).iter("item")
    }
    assert re.fullmatch(
        r'<p><a href="([^"]+)">\1</a></p>\n', items[f"{address}/news/{page.id}"].findtext(ENCODED) or ""
    )


@pytest.mark.parametrize(
    "name", ["", "home", "latest-news", "pakistan", "world", "business", "opinion", "sport"]
)
def test_feeds(running: tuple[Lookalike, str], name: str) -> None:
    site, address = running
    items = list(ElementTree.fromstring(get(f"{address}/feeds/{name}")[2]).iter("item"))
    assert items
    for item in items:
        story = site.stories[int((item.findtext("guid") or "").rsplit("/", 1)[1])]
        assert (item.findtext("title") or "").strip() == story.title
        assert (item.findtext("pubDate") or "").endswith(" +0500")
        assert item.findtext("author") == f"none@none.com ({' | '.join(story.authors)})"
        assert item.findtext("description") == item.findtext(ENCODED)
        shown = LexborHTMLParser(
            (item.findtext(ENCODED) or "").replace("\u00ad", "").replace("<br>", "\n")
        ).text()
        assert all(paragraph in shown for paragraph in story.paragraphs)
    assert {(item.findtext("title") or "").endswith("\n") for item in items} == {True, False}


def test_newspaper_feed_ignores_its_sub_section(running: tuple[Lookalike, str]) -> None:
    address = running[1]
    assert get(f"{address}/feeds/newspaper/editorial")[2] == get(f"{address}/feeds/newspaper")[2]


def test_sitemap(running: tuple[Lookalike, str]) -> None:
    site, address = running
    spaces = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    root = ElementTree.fromstring(get(f"{address}/feeds/sitemap")[2])
    times = {url.findtext("s:loc", "", spaces): url.findtext("s:lastmod", "", spaces) for url in root}
    story = site.in_slot("front page")[0]
    assert times[address + story.path] == story.updated.isoformat()
    assert len(times) == len(site.stories) - len(site.gone) - 1


def test_retracted_and_renamed() -> None:
    with served() as (site, address):
        story = site.in_slot("column")[0]
        old, new = story.path, site.change_slug(story.id).path
        assert old != new
        assert get(address + old)[2] == get(address + new)[2]
        assert new.encode() in get(f"{address}/feeds/sitemap")[2]
        site.retract(story.id)
        assert get(address + new)[0] == 410
        assert new.encode() not in get(f"{address}/feeds/sitemap")[2]


def test_gzip_and_not_modified(running: tuple[Lookalike, str]) -> None:
    url = f"{running[1]}/latest-news"
    _, plain, page = get(url)
    _, packed, short = get(url, Accept_Encoding="gzip")
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(short) == page
    assert int(packed["Content-Length"]) == len(short) < len(page)
    status, _, nothing = get(url, If_None_Match=plain["ETag"])
    assert (status, nothing) == (304, b"")


def test_requests_are_noted() -> None:
    with served() as (site, address):
        get(f"{address}/robots.txt", User_Agent="reader/1")
        get(f"{address}/news/1?ref=x")
    first, second = site.requests
    assert (first.method, first.path, first.user_agent, first.status) == (
        "GET",
        "/robots.txt",
        "reader/1",
        200,
    )
    assert (second.path, second.status) == ("/news/1?ref=x", 404)
    assert first.at < second.at


def test_one_connection_serves_many_and_ends_with_the_site() -> None:
    with served() as (site, address):
        connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=5)
        for path in ("/robots.txt", "/news/1", f"/news/{site.in_slot('column')[0].id}"):
            connection.request("GET", path)
            connection.getresponse().read()
        first = connection.sock
        connection.request("HEAD", "/latest-news")
        assert connection.getresponse().read() == b""
        assert connection.sock is first
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        connection.request("GET", "/robots.txt")
        connection.getresponse()
    connection.close()


def test_down_and_up_again() -> None:
    with served() as (site, address):
        site.faults["*"] = faults.times(2, faults.down)
        for _ in range(2):
            with pytest.raises((ConnectionError, urllib.error.URLError)):
                get(f"{address}/robots.txt")
        assert get(f"{address}/robots.txt")[0] == 200
    assert [request.status for request in site.requests] == [0, 0, 200]


def test_status_with_headers_for_some_paths() -> None:
    with served() as (site, address):
        site.faults[lambda path: path.startswith("/feeds")] = faults.status(429, (("Retry-After", "7"),))
        status, headers, _ = get(f"{address}/feeds/home")
        assert (status, headers["Retry-After"]) == (429, "7")
        assert get(f"{address}/robots.txt")[0] == 200


def test_challenge() -> None:
    with served() as (site, address):
        site.faults["/robots.txt"] = faults.once(faults.challenge)
        status, _, page = get(f"{address}/robots.txt")
        assert status == 403
        assert b"challenge" in page
        assert get(f"{address}/robots.txt")[0] == 200


def test_short() -> None:
    with served() as (site, address):
        site.faults["/latest-news"] = faults.short
        with pytest.raises(http.client.IncompleteRead):
            get(f"{address}/latest-news")


@pytest.mark.parametrize("asked", ["gzip", "identity"])
def test_cut_gzip(asked: str) -> None:
    with served() as (site, address):
        site.faults["/latest-news"] = faults.cut_gzip
        _, headers, page = get(f"{address}/latest-news", Accept_Encoding=asked)
        assert headers["Content-Encoding"] == "gzip"
        with pytest.raises(EOFError):
            gzip.decompress(page)


def test_stall_until_released() -> None:
    release, answers = Event(), list[Got]()
    with served() as (site, address):
        site.faults["/robots.txt"] = faults.stall(release)
        reader = Thread(target=lambda: answers.append(get(f"{address}/robots.txt")))
        reader.start()
        assert get(f"{address}/news/1")[0] == 404  # others are answered meanwhile
        assert answers == []
        release.set()
        reader.join(5)
    assert answers[0][0] == 200
