"""What looks at held stories saw, who can be looked at again and how, and what was spent on it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from flows.revisits import EDGES
from tests.warehouse.paper import Paper, article, everything, listing, rows
from warehouse import looks, manners
from warehouse.looks import Looks

OUT = "2026-03-09T12:00:00+05:00"  # an hour after the first run's hour began
NOW = datetime(2026, 3, 12, 7, 0, tzinfo=UTC)


def told(story: int, body: str = "One two three.", **said: Any) -> dict[str, Any]:
    return article(story, body, published_at=OUT, **said)


def request(story: int, cause: str = "revisit", **said: Any) -> dict[str, Any]:
    return {
        "event": "request",
        "url": f"http://site/news/{story}",
        "story_id": story,
        "cause": cause,
    } | said


def after(hours: float) -> str:
    """The moment so many hours after the stories came out."""
    return (datetime(2026, 3, 9, 7, 0, tzinfo=UTC) + timedelta(hours=hours)).isoformat()


def not_modified(paper: Paper, story: int, original: str, **said: Any) -> str:
    capture = paper.page(story, None, reason="none", status=304, bytes=0, revisit_of=original, **said)
    paper.lines[paper.name][-1].update(rejection=None)
    return capture


def history(paper: Paper) -> list[Looks]:
    return looks.history(paper.root / "warehouse.duckdb", EDGES)


def ids(paper: Paper, now: datetime = NOW) -> list[int]:
    return [each.story_id for each in looks.candidates(paper.root / "warehouse.duckdb", now)]


def test_looks_are_added_up_by_section_band_and_what_they_saw(paper: Paper) -> None:
    paper.run(spider="stories")
    first = [paper.page(n, told(n), fetched_at=after(0.5)) for n in (1, 2, 3)]
    paper.page(4, told(4, section="Sport"), fetched_at=after(0.5))
    paper.run(*(request(n) for n in (1, 2, 3, 4)), spider="stories")
    not_modified(paper, 1, first[0], fetched_at=after(2))
    not_modified(paper, 2, first[1], fetched_at=after(2.5))
    paper.page(3, told(3, "Edited."), fetched_at=after(2))
    paper.page(4, None, reason="gone", status=404, fetched_at=after(5))
    paper.run(*(request(n) for n in (1, 2, 3)), spider="stories")
    not_modified(paper, 1, first[0], fetched_at=after(2.75))
    paper.page(2, told(2, "Edited."), fetched_at=after(30))
    paper.load()
    assert history(paper) == [
        Looks("Pakistan", 0, 1, False, 2, 1.0, 2.5),
        Looks("Pakistan", 0, 1, True, 1, 0.5, 1.0),
        Looks("Pakistan", 1, 1, False, 1, 0.75, 0.0),
        Looks("Pakistan", 1, 5, True, 1, 0.5, 6.0),
        Looks("Sport", 0, 2, True, 1, 0.5, 2.0),
    ]


def test_what_the_site_told_us_of_is_no_look_and_neither_is_a_replay(paper: Paper) -> None:
    """Of stories that it says changed nearly all have: from these nobody learns how many others do."""
    paper.run(spider="stories")
    paper.page(1, told(1), fetched_at=after(0.5))
    paper.run(request(1, "changed"), spider="stories")
    paper.page(1, told(1, "Edited."), fetched_at=after(2))
    paper.run(request(1, "named"), spider="stories")
    paper.page(1, told(1, "Edited again."), fetched_at=after(3))
    paper.load()
    assert history(paper) == []
    paper.run(request(1), spider="stories")
    paper.page(1, told(1, "Edited again."), fetched_at=after(5))
    paper.load()
    counted = [Looks("Pakistan", 2, 2, False, 1, 2.0, 0.0)]
    assert history(paper) == counted, "since the last look, whatever its cause"
    paper.rules = "r2"
    paper.load()
    assert history(paper) == counted


def test_captures_of_others_are_looks(paper: Paper) -> None:
    paper.run(spider="import")
    paper.page(1, told(1), fetched_at=after(0.5))
    paper.run(spider="import")
    paper.page(1, told(1, "Edited."), fetched_at=after(2))
    paper.load()
    assert history(paper) == [Looks("Pakistan", 0, 1, True, 1, 0.5, 1.0)]


def test_a_304_is_the_story_unchanged_and_makes_neither_version_nor_edit(paper: Paper) -> None:
    paper.run(spider="stories")
    original = paper.page(1, told(1), etag='"one"', last_modified="then")
    paper.load()
    before = everything(paper)
    paper.run(request(1), spider="stories")
    again = not_modified(paper, 1, original)
    loaded = paper.load()
    now = everything(paper)
    assert rows(paper, "select story_id, status, unchanged from core.ledger") == [(1, "stored", True)]
    assert rows(paper, "select capture_id, status, revisit_of, etag from captures order by fetched_at") == [
        (original, 200, None, '"one"'),
        (again, 304, original, None),
    ]
    assert len(now["versions"]) == 1 and now["edits"] == []
    assert rows(paper, "select capture_id, last_seen_at > first_seen_at from articles") == [(again, True)]
    assert loaded.versions == {"UPDATE": 1}, "it was seen again"
    assert len(now["rejections"]) == len(before["rejections"]) == 0


def test_a_304_of_what_the_archive_does_not_have_says_nothing(paper: Paper) -> None:
    paper.run(spider="stories")
    original = paper.page(1, told(1))
    paper.run(request(1), spider="stories")
    not_modified(paper, 1, "urn:lost")
    paper.load()
    assert rows(paper, "select capture_id, last_seen_at = first_seen_at from articles") == [(original, True)]
    assert rows(paper, "select status, unchanged from core.ledger") == [("stored", False)]


def test_who_can_be_looked_at_again(paper: Paper) -> None:
    paper.run(spider="stories")
    for n in range(1, 10):
        paper.page(n, told(n), fetched_at=after(1))
    paper.page(10, None, reason="pointer")
    paper.page(11, None, reason="gone", status=404)
    paper.page(12, None, reason="blocked", final=False, status=403)
    attempt = {"event": "attempt", "error": "timeout", "detail": "60 s", "attempts": 3}
    paper.run(
        {"event": "refused", "url": "http://site/news/3", "story_id": 3},
        attempt | {"url": "http://site/news/4", "story_id": 4},
        {"event": "forgotten", "story_id": 5},
        spider="stories",
    )
    paper.page(2, None, reason="gone", status=410)
    paper.page(6, None, reason="gone", status=410)
    paper.run(spider="stories")
    paper.page(6, told(6), fetched_at=after(9))
    paper.load()
    assert ids(paper) == [1, 6, 7, 8, 9], (
        "gone, forbidden, failed, forgotten and rejected ones are left alone"
    )
    [one, returned] = [e for e in looks.candidates(paper.root / "warehouse.duckdb", NOW) if e.story_id < 7]
    assert (one.section, one.age_then, one.age_now) == ("Pakistan", 1.0, 72.0)
    assert returned.age_then == 9.0


def asked(paper: Paper, *stories: int) -> list[tuple[Any, ...]]:
    found = looks.asked(paper.root / "warehouse.duckdb", stories)
    return [
        (one.story_id, one.url, one.held and (one.held.capture_id, one.held.run, one.held.etag))
        for one in found
    ]


def test_a_story_is_asked_for_where_its_page_was_had_and_by_its_own_name(paper: Paper) -> None:
    paper.run(spider="stories")
    first = paper.page(1, told(1), url="http://site/news/1/slug", etag='"a"')
    paper.page(2, told(2))  # whose server names nothing
    paper.page(3, told(3), etag='"old"')
    paper.page(4, told(4), etag='"page"')
    paper.run(spider="stories")
    paper.page(1, told(1), url="http://site/news/1/slug", etag='"b"', revisit_of=first)
    paper.lines[paper.name][-1].update(article=None)
    third = paper.page(3, told(3, "Edited."), last_modified="then")
    paper.page(4, None, reason="blocked", final=False, etag='"challenge"')  # status 200, as some have it
    paper.run(spider="import")
    paper.page(3, told(3, "Edited."), etag='"of others"', url="http://site/news/amp/3")
    paper.load()
    assert asked(paper, 3, 1, 2, 4) == [
        (3, "http://site/news/3", (third, "run002", None)),
        (1, "http://site/news/1/slug", (first, "run001", '"b"')),
        (2, "http://site/news/2", None),
        (4, "http://site/news/4", None),
    ]
    assert asked(paper) == []


def test_what_was_spent_is_a_days_in_karachi(paper: Paper) -> None:
    paper.run(
        request(1, at="2026-03-09T18:59:59+00:00"),
        request(1, at="2026-03-09T19:00:00+00:00"),
        request(2, at="2026-03-10T10:00:00+00:00"),
        request(3, "changed", at="2026-03-10T10:00:00+00:00"),
        request(4, at="2026-03-10T19:00:00+00:00"),
        spider="stories",
    )
    paper.killed()
    paper.load()
    warehouse = paper.root / "warehouse.duckdb"
    assert [looks.spent(warehouse, date(2026, 3, day)) for day in (9, 10, 11, 12)] == [1, 2, 1, 0]


def test_what_was_asked_for_in_vain(paper: Paper) -> None:
    paper.run(spider="stories")
    paper.page(1, told(1))
    paper.page(2, told(2))
    attempt = {"event": "attempt", "error": "status", "status": 500, "detail": "answered 500", "attempts": 3}
    run = paper.run(
        request(1), attempt | {"url": "http://site/news/1", "story_id": 1}, request(2), spider="stories"
    )
    paper.page(2, told(2))
    paper.load()
    [one] = looks.in_vain(paper.root / "warehouse.duckdb", run)
    assert (one.story_id, one.url, one.cause) == (1, "http://site/news/1", "status: answered 500")


def test_validators_come_to_rows_of_before_when_they_are_read_again(paper: Paper) -> None:
    """In whatever order: lines made by an earlier version have none."""
    paper.run(spider="stories")
    paper.page(1, told(1))
    paper.load("bit_by_bit.duckdb")
    old = dict(paper.lines[paper.name][-1])
    paper.rules = "r2"
    paper.lines[paper.name][-1].update(etag='"a"')
    paper.load("bit_by_bit.duckdb")
    assert rows(paper, "select etag from captures", "bit_by_bit.duckdb") == [('"a"',)]
    assert "etag" not in old


def test_a_server_that_calls_two_texts_by_one_name_is_not_believed(paper: Paper) -> None:
    paper.run(spider="stories")
    paper.page(1, told(1), etag='"a"')
    paper.page(2, told(2), last_modified="Mon, 09 Mar 2026 07:00:00 GMT")
    paper.load()
    warehouse = paper.root / "warehouse.duckdb"
    assert not looks.lies(warehouse)
    paper.run(spider="stories")
    paper.page(1, told(1, "Another text."), etag='"b"')
    paper.load()
    assert not looks.lies(warehouse), "another text under another name"
    paper.run(spider="stories")
    paper.page(2, told(2, "Another text."), last_modified="Mon, 09 Mar 2026 07:00:00 GMT")
    paper.load()
    assert looks.lies(warehouse)


def test_lists_are_held_by_the_words_of_the_last_answer(paper: Paper) -> None:
    feed = "http://site/feeds/home"

    def read(recognised: bool | None = True, **said: Any) -> str:
        """The capture of the feed in a run of its own; None for `recognised`: its body broke off."""
        capture_id = f"urn:run{paper.runs + 1:03}:0"
        event = {"place": "feed", "section": "home", "day": None, "url": feed, "capture_id": capture_id}
        events = [] if recognised is None else [listing(**event, recognised=recognised)]
        paper.run(*events, spider="latest", day=None)
        about = {"reason": "none", "role": "feed", "url": feed, "story_id": None}
        assert paper.page(0, None, **about | said) == capture_id
        return capture_id

    def held() -> dict[str, Any]:
        paper.load()
        return looks.listings(paper.root / "warehouse.duckdb", [feed, "http://site/feeds/other"])

    assert looks.listings(paper.root / "nowhere.duckdb", [feed]) == {}
    first = read(etag='"a"', digest="sha256:1")
    assert held()[feed].capture_id == first
    read(status=304, revisit_of=first, etag='"a2"', digest="sha256:1", bytes=0)
    again = held()[feed]
    assert (again.capture_id, again.etag, again.digest) == (first, '"a2"', "sha256:1")
    second = read(etag='"b"', digest="sha256:2")
    assert held()[feed].capture_id == second
    read(recognised=None, etag='"b"', digest="sha256:2.5")
    assert held()[feed].capture_id == second, "what broke off is not held, and nobody lied"
    read(recognised=False, etag='"c"', digest="sha256:2.6")
    assert held()[feed].capture_id == second, "nor is what was not recognised"
    read(etag='"b"', digest="sha256:3")
    assert held() == {}, "other bytes under the same name: it is not believed any more"


def test_requests_are_counted_by_the_day_in_pakistan(paper: Paper) -> None:
    failed = {"event": "attempt", "url": "http://site/news/9", "story_id": 9}
    paper.run(
        failed | {"error": "timeout", "attempts": 1, "at": "2026-03-09T18:59:00+00:00"},
        failed | {"error": "timeout", "attempts": 1, "at": "2026-03-09T19:00:00+00:00"},
        failed | {"error": "status", "status": 500, "attempts": 1, "at": "2026-03-09T18:00:00+00:00"},
        spider="stories",
    )
    paper.page(1, told(1), fetched_at="2026-03-09T18:59:59+00:00")
    paper.page(2, told(2), fetched_at="2026-03-09T19:00:00+00:00")
    paper.run(spider="import", day=None)
    paper.page(3, told(3), fetched_at="2026-03-09T12:00:00+00:00")
    paper.load()
    warehouse = paper.root / "warehouse.duckdb"
    assert [manners.requests_on(warehouse, date(2026, 3, n)) for n in (8, 9, 10)] == [0, 2, 2]
    assert manners.requests_on(paper.root / "nowhere.duckdb", date(2026, 3, 9)) == 0


def test_the_longest_patience_that_was_asked_for_counts(paper: Paper) -> None:
    warehouse = paper.root / "warehouse.duckdb"
    latest = datetime(2026, 3, 10, 12, tzinfo=UTC)
    assert manners.not_before(warehouse, latest) is None
    paper.run(spider="stories")
    paper.load()
    assert manners.not_before(warehouse, latest) is None
    paper.run({"event": "come_back", "url": "http://site", "until": "2026-03-10T02:00:00+05:00"})
    paper.run({"event": "wait", "url": "http://site", "seconds": 2, "until": "2026-03-09T12:00:00+00:00"})
    paper.run({"event": "come_back", "url": "http://site", "until": "2027-03-10T02:00:00+05:00"})
    paper.load()
    assert manners.not_before(warehouse, latest) == datetime(2026, 3, 9, 21, tzinfo=UTC)
