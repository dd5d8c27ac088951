"""The look-alike's faults over real sockets: each is what its name says."""

from __future__ import annotations

import gzip
import html
import http.client
import re
import select
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest

from crawlers import payload
from crawlers.lookalike import Lookalike, faults, hostile
from crawlers.lookalike.faults import Reply
from crawlers.lookalike.switches import FAULTS, Fits, scene
from crawlers.pages import FeedPage, ListingPage
from crawlers.site import MAX_PAGE_BYTES
from tests.lookalike.test_serving import get, served


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Lookalike, str]]:
    with served() as both:
        yield both


@pytest.fixture
def site(running: tuple[Lookalike, str]) -> Iterator[Lookalike]:
    yield running[0]
    running[0].faults.clear()


@pytest.fixture
def address(running: tuple[Lookalike, str]) -> str:
    return running[1]


def replies(site: Lookalike, name: str, seed: int) -> Reply:
    """What a fault of this seed makes of the page, the listing or the feed that it fits."""
    paths = {Fits.LISTING: f"/latest-news/{site.days[0]}", Fits.FEED: "/feeds/home"}
    path = paths.get(FAULTS[name].fits, site.in_slot("column")[0].path)
    answer = site.answer(path, "http://127.0.0.1:1")
    reply = Reply(
        200,
        (("Content-Type", answer.media_type), ("ETag", '"1"')),
        answer.text.encode(),
        address="http://127.0.0.1:1",
        path=path,
        named='"1"',
    )
    return FAULTS[name].on(scene(site, seed))(reply)


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_changes_the_answer_and_the_same_seed_the_same_way(name: str) -> None:
    made = replies(Lookalike(), name, 1)
    if name != "changed while it is read":
        answer = Lookalike().answer(made.path or "/", "http://127.0.0.1:1")
        plain = Reply(200, (("Content-Type", answer.media_type), ("ETag", '"1"')), answer.text.encode())
        assert (
            (made.status, made.headers, made.payload, made.manner)
            != (
                plain.status,
                plain.headers,
                plain.payload,
                plain.manner,
            )
            or made.promised is not None
            or made.silent
        )
    if "date" not in name:  # of Retry-After: it is counted from now
        assert made == replies(Lookalike(), name, 1)


def test_a_reset_is_a_reset_and_no_close(site: Lookalike, address: str) -> None:
    site.faults["/latest-news"] = faults.reset
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(b"GET /latest-news HTTP/1.1\r\nHost: x\r\n\r\n")
        # Unread, the bytes wait in our buffer, which the reset throws away: asked for is its coming alone.
        coming = select.poll()
        coming.register(connection, 0)
        assert coming.poll(5_000), "no reset came"
        with pytest.raises(ConnectionResetError):
            while connection.recv(1):
                pass
    assert get(f"{address}/robots.txt")[0] == 200


def test_drips_come_in_time_or_not_at_all(site: Lookalike, address: str) -> None:
    site.faults["/robots.txt"] = faults.dripping(40, 0.01)
    began = time.monotonic()
    status, _, page = get(f"{address}/robots.txt")
    assert (status, page) == (200, site.answer("/robots.txt", address).text.encode())
    assert time.monotonic() - began > 0.01 * (len(page) // 40)
    for fault in (faults.dripping(1, 1.0, head=True), faults.stuck(head=True), faults.stuck(head=False)):
        site.faults["/robots.txt"] = fault
        connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=0.3)
        with pytest.raises(TimeoutError):
            connection.request("GET", "/robots.txt")
            connection.getresponse().read()
        connection.close()


def test_a_site_that_drips_closes_at_once() -> None:
    with served() as (site, address):
        site.faults["*"] = faults.stuck(head=True)
        connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
        connection.request("GET", "/robots.txt")
        began = time.monotonic()
    assert time.monotonic() - began < 5
    connection.close()


def test_lengths_that_are_wrong_or_missing(site: Lookalike, address: str) -> None:
    _, told, whole = get(f"{address}/latest-news")
    site.faults["/latest-news"] = faults.more
    status, headers, page = get(f"{address}/latest-news")
    assert (status, page) == (200, whole[: len(whole) // 2])
    assert int(headers["Content-Length"]) == int(told["Content-Length"]) // 2
    site.faults["/latest-news"] = faults.unsaid
    _, headers, page = get(f"{address}/latest-news")
    assert "Content-Length" not in headers
    assert page == whole


def test_large_answers_are_as_large_as_they_say(site: Lookalike, address: str) -> None:
    site.faults["/latest-news"] = hostile.large(3, said=True)
    _, headers, page = get(f"{address}/latest-news")
    assert 2_900_000 < len(page) == int(headers["Content-Length"]) <= 3_000_000
    site.faults["/latest-news"] = hostile.large(3, said=False)
    _, headers, page = get(f"{address}/latest-news")
    assert len(page) > 2_900_000
    assert "Content-Length" not in headers
    site.faults["/latest-news"] = hostile.bomb
    _, headers, packed = get(f"{address}/latest-news")
    assert len(packed) < 200_000
    assert len(gzip.decompress(packed)) == 100_000_000


def test_an_endless_listing_goes_on_until_one_hangs_up(site: Lookalike, address: str) -> None:
    site.faults["/latest-news"] = hostile.endless
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=5)
    connection.request("GET", "/latest-news")
    answer = connection.getresponse()
    assert len(answer.read(MAX_PAGE_BYTES + 1)) == MAX_PAGE_BYTES + 1
    answer.close()
    connection.close()
    assert get(f"{address}/robots.txt")[0] == 200


def test_clocks_and_dates(site: Lookalike, address: str) -> None:
    moment = datetime(2041, 5, 6, 7, 8, 9, tzinfo=UTC)
    site.faults["/robots.txt"] = faults.dated(moment)
    headers = get(f"{address}/robots.txt")[1]
    assert parsedate_to_datetime(headers["Date"]) == moment
    site.faults["/robots.txt"] = faults.until(429, moment)
    status, headers, _ = get(f"{address}/robots.txt")
    assert (status, parsedate_to_datetime(headers["Retry-After"])) == (429, moment)


def test_tags_that_lie(site: Lookalike, address: str) -> None:
    story = site.in_slot("column")[0]
    tag = get(address + story.path)[1]["ETag"]
    site.faults[story.path] = faults.not_modified
    before = site.stories
    site.edit(story.id, sentence="It is another text by now.")
    assert get(address + story.path, If_None_Match=tag)[0] == 304
    assert get(address + story.path)[0] == 200
    site.faults[story.path] = faults.one_tag
    tags = {get(address + story.path)[1]["ETag"]}
    site.stories = before
    assert {get(address + story.path)[1]["ETag"]} == tags == {'"0"'}


def test_a_story_is_edited_behind_the_answer() -> None:
    with served() as (site, address):
        story = site.in_slot("column")[0]
        site.faults[story.path] = FAULTS["changed while it is read"].on(scene(site, 3))
        first, second, third = (get(address + story.path)[2] for _ in range(3))
        assert first != second == third


def test_listings_name_what_they_should_not() -> None:
    site = Lookalike(days=1)
    fine = ListingPage("http://127.0.0.1:1/latest-news", site.answer("/latest-news").text.encode())
    count = len(fine.cards)
    pages = {name: replies(site, name, 1).payload for name in FAULTS if FAULTS[name].fits is Fits.LISTING}
    assert b"javascript:alert(1)" in pages["foreign hosts"]
    assert b"file:///etc/passwd" in pages["foreign hosts"]
    assert pages["duplicate ids"].count(b"/again-") >= count
    assert b"/news/99999999999999999999/" in pages["ids out of range"]
    assert not ListingPage("http://127.0.0.1:1/x", pages["unknown cards"]).recognised
    times = re.findall(rb"timeago' title='([^']*)", pages["absurd times"])
    assert times
    assert not [time for time in times if time.startswith(b"2026")]


def test_feeds_that_want_to_grow() -> None:
    site = Lookalike(days=1)
    for name in ("entity bomb", "entity of a file"):
        made = replies(site, name, 1).payload
        assert b"<!ENTITY" in made
        assert not FeedPage("http://127.0.0.1:1/feeds/home", made).recognised
    assert len(replies(site, "50 MB feed", 1).payload) > 50_000_000


def test_pages_in_other_charsets_read_the_same() -> None:
    site = Lookalike(days=1)
    story = site.in_slot("column")[0]
    page = site.page(story.id, "http://127.0.0.1:1").encode()
    for name in ("another charset", "wrong charset", "no charset"):
        made = replies(site, name, 1)
        said = re.search(r"charset=([\w-]+)", made.header("Content-Type") or "")
        read = payload.parseable(made.payload, said[1] if said else None)
        assert isinstance(read, bytes)
        assert html.unescape(read.decode()) == html.unescape(page.decode())
