"""Stories asked for only where they are others by now: what is sent, what is believed, what is kept of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from crawlers.archive import ArchiveWriter, Validated
from crawlers.extracted import lines
from crawlers.items import Capture
from crawlers.lookalike import Lookalike
from crawlers.lookalike.faults import Reply, status
from crawlers.plan import Owed
from crawlers.reading import read
from tests.crawl.conftest import Crawled

Crawl = Callable[..., Crawled]
AT = datetime(2026, 3, 9, 4, 5, 6, tzinfo=UTC)


def validated(capture: Capture) -> Validated:
    """What the server said of a page that was had."""
    etag, last_modified = capture.header("ETag"), capture.header("Last-Modified")
    return Validated(capture.id, capture.url, capture.fetched_at, capture.digest, etag, last_modified)


def had(crawl: Crawl, site: Lookalike, address: str, number: int) -> list[Owed]:
    """Stories as they are to be asked for again, once they were had."""
    stories = [story for story in site.newest if not story.points_to and story.id not in site.gone]
    chosen = [story for story in stories if story.id != site.forbidden][:number]
    first = crawl("stories", address, stories={one.id: f"{address}/news/{one.id}" for one in chosen})
    pages = {capture.url: capture for capture in first.captures if "/news/" in capture.url}
    return [
        Owed(one.id, f"{address}/news/{one.id}", "revisit", validated(pages[f"{address}/news/{one.id}"]))
        for one in chosen
    ]


def not_modified(_: Reply) -> Reply:
    """A server that says of everything that it is the same."""
    return Reply(304, (("ETag", '"the same"'),), b"")


def test_a_page_that_is_the_same_is_not_sent_again(crawl: Crawl, site: Lookalike) -> None:
    with site.serve() as address:
        same, other = had(crawl, site, address, 2)
        site.edit(other.story_id, sentence="It was otherwise.")
        again = crawl("stories", address, owed=(same, other))
    assert again.code == 0 and again.of("attempt") == []
    unchanged, changed = (capture for capture in again.captures if "/news/" in capture.url)
    assert same.held and other.held
    assert (unchanged.status, unchanged.content, unchanged.url) == (304, b"", same.url)
    assert (unchanged.revisit_of, unchanged.digest) == (same.held.capture_id, same.held.digest)
    assert (changed.status, changed.revisit_of) == (200, None)
    assert changed.digest != other.held.digest and b"It was otherwise." in page(changed)
    # The journal says what was sent, and why, before it is known what comes of it.
    assert [(one["story_id"], one["url"], one["cause"]) for one in again.of("request")] == [
        (same.story_id, same.url, "revisit"),
        (other.story_id, other.url, "revisit"),
    ]
    with again.plan.archive.open("rb") as file:
        [named] = [one.rec_headers for one in ArchiveIterator(file) if one.rec_type == "revisit"]
    assert named.get_header("WARC-Profile") == "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
    assert named.get_header("WARC-Refers-To") == f"<{same.held.capture_id}>"
    assert named.get_header("WARC-Refers-To-Target-URI") == same.url
    [line] = lines(unchanged, "run", address)
    assert (line["status"], line["role"], line["story_id"]) == (304, "story", same.story_id)
    assert (line["revisit_of"], line["article"], line["rejection"]) == (same.held.capture_id, None, None)


def page(capture: Capture) -> bytes:
    import gzip

    return gzip.decompress(capture.content)


def test_a_new_story_leaves_no_request_in_the_journal(crawl: Crawl, site: Lookalike) -> None:
    """Its capture says as much, and there are a million of them."""
    with site.serve() as address:
        story = site.newest[0]
        done = crawl("stories", address, stories={story.id: f"{address}/news/{story.id}"})
    assert done.of("request") == []


def test_a_304_that_nobody_asked_for_is_not_believed(crawl: Crawl, site: Lookalike) -> None:
    with site.serve() as address:
        [owed] = had(crawl, site, address, 1)
        site.faults[lambda path: path.startswith("/news/")] = not_modified
        done = crawl("stories", address, owed=(replace(owed, held=None),))
    [attempt] = done.of("attempt")
    assert (attempt["error"], attempt["status"]) == ("status", 304)
    assert attempt["detail"] == "answered 304, though no page was named that it could be the same as"
    [capture] = [one for one in done.captures if "/news/" in one.url]
    assert (capture.status, capture.revisit_of) == (304, None)
    [line] = lines(capture, "run", address)
    assert line["article"] is None
    assert line["rejection"]["final"] is False  # type: ignore[index]


def test_behind_a_redirect_nothing_is_named_and_no_304_believed(crawl: Crawl, site: Lookalike) -> None:
    """It would speak of the page there, and be taken for the one here."""
    with site.serve() as address:
        [owed] = had(crawl, site, address, 1)
        there = f"/news/{owed.story_id}/elsewhere"
        site.faults[f"/news/{owed.story_id}"] = status(302, (("Location", there),))
        done = crawl("stories", address, owed=(owed,))
        assert [one.status for one in done.captures if there in one.url] == [200], "asked without conditions"
        site.faults[there] = not_modified
        done = crawl("stories", address, owed=(owed,))
    assert [(one["status"], one["error"]) for one in done.of("attempt")] == [(304, "status")]
    assert [one["url"] for one in done.of("request")] == [owed.url, address + there], "each counts"


def test_each_try_is_a_request(crawl: Crawl, site: Lookalike) -> None:
    with site.serve() as address:
        [owed] = had(crawl, site, address, 1)
        site.faults[f"/news/{owed.story_id}"] = status(500)
        done = crawl("stories", address, owed=(owed,))
    assert len(done.of("request")) == 3
    assert done.of("attempt")[0]["attempts"] == 3


@pytest.mark.parametrize(
    ("etag", "last_modified", "headers"),
    [
        ('W/"7"', None, {"If-None-Match": 'W/"7"'}),
        (None, "Mon, 09 Mar 2026 04:05:06 GMT", {"If-Modified-Since": "Mon, 09 Mar 2026 04:05:06 GMT"}),
        ('"7"', "then", {"If-None-Match": '"7"', "If-Modified-Since": "then"}),
    ],
)
def test_validators_go_back_as_they_came(
    tmp_path: Path, etag: str | None, last_modified: str | None, headers: dict[str, str]
) -> None:
    held = Validated("urn:uuid:1", "http://x/news/7", AT, "sha256:" + "0" * 64, etag, last_modified)
    assert held.headers == headers
    path = tmp_path / "a.warc.gz"
    with ArchiveWriter(path) as archive:
        written = archive.not_modified(held.url, [("ETag", etag or "")], AT, held)
    assert list(read(path)) == [written]
    assert (written.revisit_of, written.digest, written.content) == ("urn:uuid:1", held.digest, b"")
