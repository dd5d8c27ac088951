"""How the site is asked: the pace, the receipt that watches it, and what ends a run at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.archive import Validated
from crawlers.lookalike import Lookalike
from crawlers.lookalike.faults import Reply, once, status
from crawlers.pace import LONGEST, paced
from crawlers.plan import Plan
from crawlers.politeness import OffsiteError, OnlyThisSite
from crawlers.receipt import Receipt
from tests.crawl.conftest import Crawled, Start

Crawl = Callable[..., Crawled]
seconds = st.floats(0, 600)
statuses = st.sampled_from([None, 200, 304, 404, 410, 429, 500, 503, 520])
answers = st.lists(st.tuples(statuses, seconds), max_size=60)


# ── the pace, which is pure ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("pace", "status", "took", "left"),
    [
        pytest.param(2, 200, 0.3, 2, id="all is well"),
        pytest.param(2, 429, 0.3, 4, id="too many requests"),
        pytest.param(4, 503, 0.3, 8, id="and again"),
        pytest.param(2, None, 60, 4, id="no answer"),
        pytest.param(40, 500, 0.3, 60, id="no longer than a minute"),
        pytest.param(2, 200, 7, 7, id="a slow answer"),
        pytest.param(8, 200, 0.3, 7.2, id="a tenth nearer"),
        pytest.param(2.1, 404, 0.3, 2, id="and there again: what is gone is an answer"),
    ],
)
def test_the_pause_after_an_answer(pace: float, status: int | None, took: float, left: float) -> None:
    assert paced(pace, 2, status, took) == pytest.approx(left)


@given(st.floats(0.05, 3600), answers)
def test_no_pause_is_ever_shorter_than_promised_nor_grows_without_end(
    promised: float, came: list[tuple[int | None, float]]
) -> None:
    pace = promised
    for status_, took in came:
        before, pace = pace, paced(pace, promised, status_, took)
        assert promised <= pace <= max(LONGEST, promised)
        if status_ in (None, 429, 503):
            assert pace >= before
    for _ in range(40):  # all is well again
        pace = paced(pace, promised, 200, 0.0)
    assert pace <= max(promised, LONGEST * 0.9**40 + 1e-9)


@given(answers)
def test_a_site_on_this_machine_is_never_waited_for(came: list[tuple[int | None, float]]) -> None:
    assert not any(paced(0.0, 0.0, status_, took) for status_, took in came)


# ── the receipt, which only watches ──────────────────────────────────────────────────────────────────────


def watched(promised: float = 2.0, budget: int | None = None) -> Receipt:
    receipt = Receipt(promised, budget)
    receipt.asked(100.0, "http://site/robots.txt", is_robots=True)
    receipt.robots = "sha256:00"
    return receipt


def test_what_is_promised_and_kept_breaks_nothing() -> None:
    receipt = watched(budget=3)
    receipt.asked(102.0, "http://site/news/1", is_robots=False)
    receipt.answered(429)
    receipt.asked_for_patience(102.5, 30.0)
    receipt.waited(30.01)
    receipt.asked(132.51, "http://site/news/1", is_robots=False)
    receipt.answered(200)
    assert receipt.spelled_out() == {
        "promised": 2.0,
        "smallest_gap": 2.0,
        "longest_pace": 0.0,
        "statuses": [{"status": 200, "answers": 1}, {"status": 429, "answers": 1}],
        "robots": "sha256:00",
        "seconds_asked": 30.0,
        "seconds_waited": 30.01,
        "broken": [],
    }


@pytest.mark.parametrize(
    ("at", "budget", "patience", "read", "said"),
    [
        (101.5, None, 0.0, True, "1.500 s after the request before it, not 2 s"),
        (110.0, None, 60.0, True, "50.0 s before the site wanted to be asked again"),
        (110.0, None, 0.0, False, "before robots.txt was read"),
        (110.0, 1, 0.0, True, "beyond the 1 requests that the day had left"),
    ],
)
def test_each_rule_that_is_broken_is_seen(
    at: float, budget: int | None, patience: float, read: bool, said: str
) -> None:
    receipt = watched(budget=budget)
    if patience:
        receipt.asked_for_patience(100.0, patience)
    if not read:
        receipt.robots = None
    receipt.asked(at, "http://site/news/1", is_robots=False)
    assert receipt.spelled_out()["broken"] == [f"http://site/news/1 was asked for {said}"]


# ── real crawls ──────────────────────────────────────────────────────────────────────────────────────────


def fine(site: Lookalike, address: str, number: int) -> dict[int, str]:
    held = [one.id for one in site.newest if one.id not in site.gone and one.id != site.forbidden]
    return {one: f"{address}/news/{one}" for one in held[:number]}


def test_the_receipt_of_a_run_is_what_the_site_saw(site: Lookalike, crawl: Crawl) -> None:
    with site.serve() as address:
        asked = fine(site, address, 6)
        site.faults[f"/news/{next(iter(asked))}"] = once(status(429, (("Retry-After", "1"),)))
        crawled = crawl("stories", address, delay=0.1, stories=asked)
    assert crawled.code == 0, crawled.stderr
    receipt = crawled.end["receipt"]
    assert receipt["broken"] == []
    assert receipt["promised"] == 0.1
    assert receipt["statuses"] == [{"status": 200, "answers": 7}, {"status": 429, "answers": 1}]
    assert receipt["seconds_asked"] == 1.0
    assert 1.0 <= receipt["seconds_waited"] < 3
    assert receipt["longest_pace"] >= 0.2, "slower for a while"
    gaps = [after.at - before.at for before, after in pairwise(site.requests)]
    assert receipt["smallest_gap"] == pytest.approx(min(gaps), abs=0.05)
    robots = [capture for capture in crawled.captures if capture.url.endswith("/robots.txt")]
    assert receipt["robots"] is not None
    assert len(robots) == 1
    assert crawled.end["requests"] == len(site.requests) == 8
    [retry] = crawled.of("retry")
    assert (retry["error"], retry["status"], retry["attempts"]) == ("status", 429, 1)
    assert datetime.fromisoformat(crawled.of("wait")[0]["until"]) > datetime.fromisoformat(retry["at"])


HURRIED = """
import crawlers.politeness, crawlers.spiders.run as r, sys
r.Run.after = lambda self, status, seconds: 0.0
from crawlers.crawl import main
sys.exit(main(sys.argv[1:]))
"""


def test_a_run_that_breaks_its_promise_ends_as_failed(site: Lookalike, start: Start) -> None:
    """Whoever was to keep the pause does not: the receipt, which knows nothing of it, tells."""
    with site.serve() as address:
        crawled = start("stories", address, delay=0.3, stories=fine(site, address, 4), program=HURRIED).left()
    assert crawled.code == 3
    assert "a promise to the site was broken" in crawled.last_line
    assert "not 0.3 s" in crawled.last_line
    assert crawled.end["outcome"] == "failed"
    assert crawled.end["receipt"]["broken"]


@pytest.mark.parametrize("how", ["by its header", "by its page", "with status 200"])
def test_at_the_first_sign_of_a_challenge_all_is_quiet(site: Lookalike, crawl: Crawl, how: str) -> None:
    page = b"<html><head><title>Just a moment...</title></head><body>Prove yourself</body></html>"

    def challenge(_: Reply) -> Reply:
        html = ("Content-Type", "text/html")
        if how == "by its header":
            return Reply(403, (html, ("cf-mitigated", "challenge")), b"<p>No.</p>")
        return Reply(200 if how == "with status 200" else 503, (html,), page)

    with site.serve() as address:
        asked = fine(site, address, 5)
        site.faults[f"/news/{list(asked)[1]}"] = challenge
        crawled = crawl("stories", address, stories=asked)
    assert crawled.code == 3
    assert crawled.end["outcome"] == "stopped"
    assert "asked for a browser's proof" in crawled.last_line
    assert len(site.requests) == 3, "robots.txt, a story, and the one that was no story"
    assert len(crawled.captures) == 3


def test_a_story_about_challenges_is_none(site: Lookalike, crawl: Crawl) -> None:
    story = next(one for one in site.newest if one.id not in site.gone and one.id != site.forbidden)
    site.edit(story.id, title="Just a moment: checking your browser before accessing a page")
    with site.serve() as address:
        crawled = crawl("stories", address, stories={story.id: f"{address}/news/{story.id}"})
    assert crawled.code == 0, crawled.stderr


def test_a_days_requests_are_counted_and_the_run_ends_with_them(site: Lookalike, start: Start) -> None:
    with site.serve() as address:
        crawled = start("stories", address, stories=fine(site, address, 9), budget=4).left()
    assert crawled.code == 3
    assert crawled.end["outcome"] == "stopped"
    assert "the requests of this day are spent" in crawled.last_line
    assert len(site.requests) == 4
    assert crawled.end["receipt"]["broken"] == []


def test_feeds_and_lists_that_are_the_same_are_not_sent_again(site: Lookalike, start: Start) -> None:
    with site.serve() as address:
        first = start("latest", address).left()
        held = tuple(
            Validated(each.id, each.url, each.fetched_at, each.digest, each.header("ETag"), None)
            for each in first.captures
            if each.header("ETag") and not each.url.endswith("/robots.txt")
        )
        assert len(held) >= 4
        again = start("latest", address, listings=held).left()
        site.edit_one()
        third = start("latest", address, listings=held).left()
    assert again.code == third.code == 0
    listings = {event["url"]: event for event in again.of("listing")}
    assert {each.url: listings[each.url]["status"] for each in held} == {each.url: 304 for each in held}
    assert again.of("discovery") == []
    same = [capture for capture in again.captures if capture.status == 304]
    assert {capture.revisit_of for capture in same} == {each.capture_id for each in held}
    changed = [event for event in third.of("listing") if event["status"] == 200]
    assert changed and third.of("discovery"), "what changed is sent and read"


def test_patience_of_longer_than_a_day_is_a_day(site: Lookalike, crawl: Crawl) -> None:
    with site.serve() as address:
        asked = fine(site, address, 2)
        site.faults[f"/news/{next(iter(asked))}"] = status(
            503, (("Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT"),)
        )
        crawled = crawl("stories", address, stories=asked)
    [told] = crawled.of("come_back")
    ahead = datetime.fromisoformat(told["until"]) - datetime.now(UTC)
    assert timedelta(hours=23, minutes=50) < ahead <= timedelta(days=1)


def test_a_plan_keeps_its_budget_and_its_listings() -> None:
    held = Validated("urn:1", "http://127.0.0.1:1/feeds/home", datetime.now(UTC), "sha256:00", '"e"', None)
    said = {"run": "r", "spider": "latest", "site": "http://127.0.0.1:1", "delay": 0}
    plan = Plan.of(said | {"archive": "a", "journal": "j", "payloads": {}, "budget": 5})
    assert plan.budget == 5
    whole = Plan.of(plan.spelled_out() | {"listings": [{"capture_id": held.capture_id, "url": held.url,
        "fetched_at": held.fetched_at.isoformat(), "digest": held.digest, "etag": held.etag}]})  # fmt: skip
    assert whole.listings == (held,)
    assert Plan.of(whole.spelled_out()) == whole


@pytest.mark.parametrize(
    ("site_", "led", "allowed"),
    [
        ("https://www.dawn.com", "https://www.dawn.com/news/1", True),
        ("https://www.dawn.com", "http://www.dawn.com/news/1", False),  # in the clear
        ("https://www.dawn.com", "https://dawn.com/news/1", False),
        ("https://www.dawn.com", "https://www.dawn.com:8443/news/1", False),
        ("https://www.dawn.com", "file:///etc/passwd", False),
        ("http://127.0.0.1:80", "https://127.0.0.1:80/news/1", True),
        ("http://127.0.0.1:80", "http://127.0.0.1:81/news/1", False),
    ],
)
def test_only_the_site_itself_is_asked(site_: str, led: str, allowed: bool) -> None:
    crawler = SimpleNamespace(spider=SimpleNamespace(run=SimpleNamespace(plan=SimpleNamespace(site=site_))))
    only = OnlyThisSite(crawler)  # type: ignore[arg-type]
    request = SimpleNamespace(url=led)
    if allowed:
        only.process_request(request)  # type: ignore[arg-type]
    else:
        with pytest.raises(OffsiteError):
            only.process_request(request)  # type: ignore[arg-type]


def test_a_date_to_come_back_at_is_one_of_the_sites_own_clock(site: Lookalike, crawl: Crawl) -> None:
    """Its clock is fifteen years ahead, and it asks for one second."""
    headers = (("Date", "Mon, 04 Mar 2041 05:06:07 GMT"), ("Retry-After", "Mon, 04 Mar 2041 05:06:08 GMT"))

    def busy(_: Reply) -> Reply:
        return Reply(503, (("Content-Type", "text/html"), *headers), b"<p>Later.</p>")

    with site.serve() as address:
        asked = fine(site, address, 2)
        site.faults[f"/news/{next(iter(asked))}"] = once(busy)
        crawled = crawl("stories", address, stories=asked)
    assert crawled.code == 0, crawled.stderr
    assert [wait["seconds"] for wait in crawled.of("wait")] == [1.0]
