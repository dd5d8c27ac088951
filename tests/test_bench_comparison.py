"""The comparison of crawlers: what is counted is counted rightly, and ours really runs."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from benchmarks.comparison import crawlers
from benchmarks.comparison.crawlers import CRAWLERS, Crawler, Held
from benchmarks.comparison.trial import (
    SAID,
    SILENT,
    closed,
    copies,
    edited,
    holds,
    identity,
    newest_monday,
    published,
    reading,
    trial,
)
from crawlers.lookalike import Lookalike

TODAY = date(2026, 3, 11)
GUARD = Path(crawlers.__file__).with_name("guard")


@pytest.mark.parametrize(
    ("url", "story"),
    [
        ("http://x/news/1907269/slug", 1907269),
        ("http://x/news/amp/1907269", 1907269),
        ("http://x/news/print/7", 7),
        ("http://x/latest-news", -1),
        ("", -1),
    ],
)
def test_a_story_is_told_by_its_address(url: str, story: int) -> None:
    assert identity(Held(url, "", "")) == story


@pytest.mark.parametrize(
    ("day", "monday"),
    [
        (date(2026, 3, 9), date(2026, 3, 2)),
        (date(2026, 3, 10), date(2026, 3, 9)),
        (date(2026, 3, 15), date(2026, 3, 9)),
    ],
)
def test_the_last_monday_is_before_today(day: date, monday: date) -> None:
    assert newest_monday(day) == monday


def test_what_robots_may_not_ask_is_what_the_site_says() -> None:
    site = Lookalike(days=1)
    rules = site.answer("/robots.txt").text
    for line in rules.splitlines():
        if line.startswith("Disallow: /") and "*" not in line and "$" not in line:
            assert closed(line.removeprefix("Disallow: "), site.forbidden), line
    assert closed(f"/news/{site.forbidden}/slug", site.forbidden)
    assert not closed("/news/1", site.forbidden) and not closed("/robots.txt", site.forbidden)


def test_texts_are_exact_or_have_a_teaser_and_are_found_once() -> None:
    site = Lookalike(days=1)
    there = published(site)
    assert site.forbidden not in there and not set(site.gone) & set(there)
    gold = {int(str(one["story_id"])): one for one in site.gold()}
    right = [Held(story.path, story.title, "\n\n".join(story.paragraphs)) for story in there.values()]
    assert reading(right, there, site) == (set(there), len(there), 0)
    long = next(one for one in right if identity(one) in there and gold[identity(one)]["rail_texts"])
    teaser = max(gold[identity(long)]["rail_texts"], key=len)  # type: ignore[call-overload]
    worse = Held(long.url, long.title, f"{long.text}\n\n{teaser}")
    found, exact, rails = reading([worse], there, site)
    assert (found, exact, rails) == ({identity(long)}, 0, 1)
    assert reading([Held("/latest-news", "", "x")], there, site) == (set(), 0, 0)


def test_copies_are_of_what_did_not_change() -> None:
    site = Lookalike(days=1)
    there = published(site)
    one, other = list(there.values())[:2]
    held = [Held(one.path, "", "a"), Held(one.path, "", "a"), Held(other.path, "", "b")]
    assert copies(held, there, set()) == 1
    assert copies(held, there, {one.id}) == 0
    assert copies(held[1:], there, set()) == 0


def test_edits_are_held_by_their_first_words() -> None:
    site = Lookalike(days=2)
    before = dict(site.stories)
    said, silent = edited(site)
    assert (len(said), len(silent)) == (SAID, SILENT) and not set(said) & set(silent)
    for story_id in (*said, *silent):
        new, old = site.stories[story_id], before[story_id]
        assert new.paragraphs != old.paragraphs and (new.updated > old.updated) is (story_id in said)
        held = [Held(old.path, "", " ".join(old.paragraphs))]
        assert holds(held, old, new) and not holds(held, new, old)


def test_a_peer_is_kept_on_loopback_and_what_it_asked_is_noted(tmp_path: Path) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    script = f"""
import socket
socket.create_connection(("127.0.0.1", {port})).close()
socket.create_connection(("paper.example.com", {port})).close()
for asked in (
    lambda: socket.getaddrinfo("example.org", 80),
    lambda: socket.create_connection(("192.0.2.1", 80)),
):
    try:
        asked()
    except OSError as error:
        assert "only loopback" in str(error), error
    else:
        raise AssertionError("it was let through")
"""
    log = tmp_path / "elsewhere.log"
    environment = os.environ | {
        "PYTHONPATH": str(GUARD),
        "GUARD_LOG": str(log),
        "GUARD_NAME": "paper.example.com",
    }
    with server:
        subprocess.run([sys.executable, "-c", script], env=environment, check=True)
    assert log.read_text("utf-8").splitlines() == ["'example.org'", "'192.0.2.1'"]


def test_each_crawler_has_a_name_and_says_how_it_is_asked() -> None:
    assert len({one.name for one in CRAWLERS}) == len(CRAWLERS)
    assert all(one.how for one in CRAWLERS)


@pytest.mark.slow
def test_ours_holds_every_story_once_and_asks_nothing_that_is_forbidden(tmp_path: Path) -> None:
    ours, again = CRAWLERS[:2]
    account = trial(ours, tmp_path / "ours", 1, TODAY)
    assert (account.found, account.exact, account.rails) == (account.stories, account.stories, 0)
    assert (account.others, account.twice, account.forbidden) == (0, 0, 0)
    assert account.said == SAID and account.before == SAID + SILENT
    assert account.requests[1] < account.requests[0] and account.rate > 0
    asked = trial(again, tmp_path / "again", 1, TODAY)
    assert (asked.said, asked.silent, asked.twice) == (SAID, SILENT, 0)


def test_a_crawler_that_fails_says_so(tmp_path: Path) -> None:
    broken = Crawler(
        "broken", "", lambda *_: iter([[sys.executable, "-c", "exit('no')"]]), lambda _: iter(())
    )
    with pytest.raises(RuntimeError, match="broken ended with 1: no"):
        trial(broken, tmp_path / "broken", 1, TODAY)
