"""Crawls that go well, and what they leave: events, captures, politeness on the wire."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

from crawlers import site as facts
from crawlers.archive import Held
from crawlers.lookalike import Lookalike
from crawlers.lookalike.faults import Reply, once, status, times
from tests.crawl.conftest import TODAY, Crawled, progress

Crawl = Callable[..., Crawled]


def test_latest_reads_every_place_and_asks_for_no_story(site: Lookalike, crawl: Crawl) -> None:
    with site.serve(port=0) as address:
        crawled = crawl("latest", address, contact="a@b.example")
    assert (crawled.code, crawled.last_line) == (0, "")
    assert crawled.events[0]["event"] == "begin"
    assert crawled.events[-1]["event"] == "end"
    assert [one["section"] for one in crawled.of("listing")] == [one.section for one in facts.LATEST]
    assert all(one["recognised"] and one["status"] == 200 for one in crawled.of("listing"))
    ids = {one["story_id"] for one in crawled.of("discovery") if one["place"] == "sitemap" and one["member"]}
    assert ids == set(site.stories) - set(site.gone) - {site.forbidden}
    captures = {capture.id: capture for capture in crawled.captures}
    assert all(one["capture_id"] in captures for one in crawled.of("listing"))
    for listing in crawled.of("listing"):
        cards = [one for one in crawled.of("discovery") if one["listing_url"] == listing["url"]]
        assert (len(cards), sum(one["member"] for one in cards)) == (listing["cards"], listing["members"])
    # The bytes are as they came: compressed.
    page = captures[crawled.of("listing")[0]["capture_id"]]
    assert page.header("Content-Encoding") == "gzip"
    assert page.content[:2] == b"\x1f\x8b"
    assert int(page.header("Content-Length") or 0) == len(page.content)
    # robots.txt first, archived too; then one request a place, all under our name.
    assert [one.path for one in site.requests] == ["/robots.txt", *(one.path for one in facts.LATEST)]
    assert {one.user_agent for one in site.requests} == {crawled.events[0]["user_agent"]}
    assert crawled.events[0]["user_agent"].startswith("dawn-as-a-table/")
    assert crawled.events[0]["user_agent"].endswith(" (+a@b.example)")
    assert crawled.captures[0].url == f"{address}/robots.txt"
    assert (crawled.end["outcome"], crawled.end["requests"], crawled.end["responses"]) == ("finished", 11, 11)
    assert [one["done"] for one in progress(crawled)] == list(range(1, 11))
    assert {one["total"] for one in progress(crawled)} == {10}


def test_an_edition_is_read_section_by_section_and_an_absent_one_is_no_failure(
    site: Lookalike, crawl: Crawl
) -> None:
    day = TODAY - timedelta(days=1)
    site.faults["/newspaper/sport/2026-03-08"] = status(500)
    site.faults["/newspaper/national/2026-03-08"] = once(status(502))
    with site.serve(port=0) as address:
        crawled = crawl("edition", address, day=day)
    assert crawled.code == 0, crawled.stderr
    listings = {(one["place"], one["section"]): one for one in crawled.of("listing")}
    [attempt] = crawled.of("attempt")
    assert (attempt["section"], attempt["day"], attempt["error"]) == ("sport", "2026-03-08", "status")
    assert (attempt["status"], attempt["attempts"]) == (500, 3)
    assert len(listings) == len(facts.EDITION) - 1
    expected = site.edition(day)
    for place, section in ((one.place, one.section) for one in facts.EDITION if one.section != "sport"):
        listing = listings[place, section]
        assert listing["day"] == "2026-03-08"
        if section not in expected:
            assert (listing["status"], listing["recognised"], listing["cards"]) == (404, False, 0)
            continue
        found = {
            one["story_id"]
            for one in crawled.of("discovery")
            if (one["place"], one["section"]) == (place, section) and one["member"]
        }
        assert found >= set(expected[section])
    statuses = Counter(capture.status for capture in crawled.captures)
    assert (statuses[500], statuses[502]) == (3, 1)


def test_stories_are_archived_refused_gone_and_revisited(site: Lookalike, crawl: Crawl) -> None:
    gone = min(site.gone)
    one, two, three, away, lost, flaky = [
        story.id for story in site.newest if story.id not in site.gone and story.id != site.forbidden
    ][:6]
    with site.serve(port=0) as address:
        site.faults[f"/news/{two}"] = status(301, (("Location", f"/news/{two}/a-new-slug"),))
        site.faults[f"/news/{three}"] = status(302, (("Location", "http://127.0.0.2:9/news/1"),))
        site.faults[f"/news/{away}"] = status(302, (("Location", "/latest-news"),))
        site.faults[f"/news/{lost}"] = status(302, (("Location", f"/news/{lost}"),))
        site.faults[f"/news/{flaky}"] = times(2, status(503, (("Retry-After", "0"),)))
        wanted = [gone, one, two, three, site.forbidden, away, lost, flaky]
        asked = {number: f"{address}/news/{number}" for number in wanted} | {7: "http://127.0.0.2:9/news/7"}
        crawled = crawl("stories", address, stories=asked)
        again = crawl(
            "stories",
            address,
            stories={one: asked[one], gone: asked[gone]},
            payloads={
                capture.digest: Held(capture.id, capture.url, capture.fetched_at)
                for capture in crawled.captures
                if capture.content
            },
        )
    assert crawled.code == 0, crawled.stderr
    attempts = {attempt["story_id"]: attempt["error"] for attempt in crawled.of("attempt")}
    assert attempts == {three: "offsite", away: "redirected", lost: "redirected", 7: "offsite"}
    assert [refused["story_id"] for refused in crawled.of("refused")] == [site.forbidden]
    statuses = {capture.url.removeprefix(address): capture.status for capture in crawled.captures}
    assert statuses[f"/news/{gone}"] in (404, 410)
    assert (statuses[f"/news/{one}"], statuses[f"/news/{two}"]) == (200, 301)
    assert statuses[f"/news/{two}/a-new-slug"] == statuses[f"/news/{flaky}"] == 200
    assert [capture.status for capture in crawled.captures if capture.url.endswith(f"/{flaky}")] == [
        503,
        503,
        200,
    ]
    assert not any(request.path == f"/news/{site.forbidden}" for request in site.requests)
    assert len(progress(crawled)) == 9
    # The same bytes a day later: revisits of what is held, but never of an empty body.
    assert again.code == 0
    before = {capture.url: capture for capture in crawled.captures}
    assert [capture.revisit_of for capture in again.captures] == [before[c.url].id for c in again.captures]
    assert all(capture.content == b"" for capture in again.captures)


def test_requests_come_one_at_a_time_and_never_closer_than_the_delay(site: Lookalike, crawl: Crawl) -> None:
    numbers = [story.id for story in site.newest if story.id not in site.gone and story.id != site.forbidden]
    site.faults[f"/news/{numbers[1]}"] = once(status(429, (("Retry-After", "1"),)))
    with site.serve(port=0) as address:
        crawled = crawl(
            "stories",
            address,
            delay=0.2,
            stories={number: f"{address}/news/{number}" for number in numbers[:5]},
        )
    assert crawled.code == 0, crawled.stderr
    came = [request.at for request in site.requests]
    gaps = [after - before for before, after in pairwise(came)]
    assert len(gaps) == 6
    assert min(gaps) >= 0.2
    # Whoever is asked for patience keeps it, and everything else waits as well.
    paths = [request.path for request in site.requests]
    waited = paths.index(f"/news/{numbers[1]}")
    assert paths[waited + 1] == paths[waited]
    assert gaps[waited] >= 1.0
    [wait] = crawled.of("wait")
    assert (wait["seconds"], wait["cause"]) == (1.0, "429, Retry-After")
    assert not crawled.of("attempt")


def test_the_sites_own_crawl_delay_is_kept(site: Lookalike, crawl: Crawl) -> None:
    rules = b"User-agent: dawn-as-a-table\nCrawl-delay: 0.4\n"
    site.faults["/robots.txt"] = lambda _: Reply(200, (("Content-Type", "text/plain"),), rules)
    with site.serve(port=0) as address:
        crawled = crawl(
            "stories", address, delay=0.05, stories={n: f"{address}/news/{n}" for n in [*site.stories][:3]}
        )
    assert crawled.code == 0, crawled.stderr
    assert min(after.at - before.at for before, after in pairwise(site.requests)) >= 0.4
