"""Pages made to hurt: each costs a bounded time, and what comes of it is data.

C code that parses cannot be broken off: what it may take is bounded by what is let through to it.
"""

from __future__ import annotations

from itertools import count
from time import process_time

import pytest

from crawlers.extract import extract, extract_page
from crawlers.extracted import judged, lines
from crawlers.items import Article, Reason, Rejection
from crawlers.payload import parseable
from crawlers.site import LIVE
from crawlers.workers import Task, Workers
from tests.crawlers.paper import capture, page, zipped
from tests.crawlers.test_pages import FEED

PATIENCE = 30.0  # CPU seconds, on a machine that six others use: alone it is three at most


def attributes(number: int, between: str = " ", name: str = "a", value: str = "=1") -> str:
    return between.join(f"{name}{n}{value}" for n in range(number))


NESTED = page("<div>" * 30_000).encode("utf-16")
MANY = "an element with more than a thousand attributes"


@pytest.mark.parametrize(
    ("content", "reason", "detail"),
    [
        (b"<p>" + b"word " * 10_000_000, Reason.TOO_LARGE, "more than 10000000 bytes"),
        (page("<div>" * 100_000), Reason.TOO_LARGE, "tags"),
        (page("<div>" * 50_000), Reason.UNREADABLE, "nested 500"),
        (NESTED, Reason.UNREADABLE, "nested 300"),
        (page("<b><p>" * 20_000), Reason.UNREADABLE, "nested"),
        (page(f"<p {attributes(1_000_000)}>x</p>"), Reason.UNREADABLE, MANY),
        (page(f"<p/{attributes(900_000, '/', value='')}>x</p>"), Reason.UNREADABLE, MANY),
        (page("<p " + attributes(400_000, "", value="='>'") + ">x</p>"), Reason.UNREADABLE, MANY),
        (page("<p " + attributes(50_000, name="a<") + " " + attributes(400_000)), Reason.UNREADABLE, MANY),
        (page(f"x</p {attributes(900_000)}>"), Reason.UNREADABLE, MANY),
        ("".join(f"<body {attributes(900, name=f'a{n}_')}>" for n in range(900)), Reason.UNREADABLE, MANY),
    ],
    ids=count(),
)
def test_what_no_parser_takes_in_time_never_reaches_one(
    content: str | bytes, reason: Reason, detail: str
) -> None:
    began = process_time()
    charset = {NESTED: "utf-16"}.get(content, "utf-8")
    result = extract(capture(content, Content_Type=f"text/html; charset={charset}"))
    assert isinstance(result, Rejection), result
    assert (result.reason, detail in result.detail) == (reason, True), result.detail
    assert process_time() - began < PATIENCE / 10


@pytest.mark.parametrize(
    "content",
    [
        page("<div>" * 1_400 + "<p>x</p>" * 28_000),
        pytest.param(
            page("".join(f"<b id={n}>" for n in range(1_300)) + "<p>x</p>" * 28_000), marks=pytest.mark.slow
        ),
        page("<code></mi>" * 29_000),
        pytest.param(page("<blockquote></dt>" * 29_000), marks=pytest.mark.slow),
        pytest.param(page("<table>" + "x<b>" * 700 + "<p>x</p>" * 20_000), marks=pytest.mark.slow),
        pytest.param(
            page("".join(f"<p {attributes(999)}>x</p>" for _ in range(1_400))), marks=pytest.mark.slow
        ),
        page(f"<p {attributes(27_000, value='')}>x</p>"),
        page("<p>" + "word " * 1_900_000 + "</p>"),
        page("<p>" + "Published in Dawn, April 29th, 2025 " * 250_000 + "</p>"),
        page("<p>x</p>", extra_head="<script type='application/ld+json'>" + "[" * 9_000_000 + "</script>"),
        zipped(page("<p>x</p>" * 29_000)),
    ],
    ids=count(),
)
def test_the_worst_that_reaches_a_parser_takes_seconds(content: str | bytes) -> None:
    sent = {"Content-Encoding": "gzip"} if isinstance(content, bytes) else {}
    began = process_time()
    assert isinstance(judged(capture(content, sent=sent)), Article | Rejection)
    assert process_time() - began < PATIENCE


SLOW = page("<p>A sentence that is read again and again.</p>" * 29_000)


def test_a_page_that_takes_longer_than_its_time_is_a_rejection_and_final() -> None:
    result = judged(capture(SLOW), LIVE, 0.1)
    assert result == Rejection(
        2000500, "https://www.dawn.com/news/2000500/made-up", Reason.TOO_SLOW, "more than 0.1 s of CPU"
    )
    assert result.reason.final
    assert isinstance(judged(capture(page("<p>The next one.</p>"))), Article), "the next page is read as ever"


def test_a_slow_story_and_a_slow_feed_are_lines_like_others() -> None:
    [line] = lines(capture(SLOW), "a-run", seconds=0.1)
    assert line["rejection"] == {
        "reason": "too_slow",
        "final": True,
        "detail": "more than 0.1 s of CPU",
        "points_to": None,
    }
    feed = FEED.replace("</item>", "</item>" + "<item><title>x</title></item>" * 50_000, 1)
    sent = capture(feed, url="https://www.dawn.com/feeds/home", Content_Type="application/rss+xml")
    [line] = lines(sent, "a-run", seconds=0.02)
    assert line["article"] is None and line["rejection"]["reason"] == "too_slow"  # type: ignore[index]


def test_the_limit_holds_in_other_processes() -> None:
    with Workers(1) as workers:
        tasks = [Task(n, judged, (capture(SLOW), LIVE, 0.1)) for n in range(3)]
        results = [result for _, result in workers.in_order(tasks)]
    assert [result.reason for result in results] == [Reason.TOO_SLOW] * 3


def test_a_body_of_endless_empty_members_is_turned_away() -> None:
    began = process_time()
    result = extract(capture(zipped("") * 400_000, sent={"Content-Encoding": "gzip"}))
    assert isinstance(result, Rejection) and result.reason is Reason.UNREADABLE
    assert process_time() - began < PATIENCE


def test_only_long_pages_are_looked_through_for_attributes() -> None:
    few = page(f"<p {attributes(999)}>x</p>") + " " * 200_000
    assert isinstance(parseable(few.encode()), bytes)
    assert isinstance(extract_page(page("<body class=x><p>y</p>" * 19)), Article | Rejection)
