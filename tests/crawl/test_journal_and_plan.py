"""The journal and the plan: what goes in comes out, a torn line is skipped, a bad plan is one clear line."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from crawlers.archive import Held
from crawlers.items import Card, Place
from crawlers.journal import Asked, Fault, JournalWriter, Outcome, read
from crawlers.plan import Owed, Plan, PlanError

DAY = date(2026, 3, 9)
HELD: dict[str, Any] = {
    "capture_id": "urn:uuid:1",
    "url": "http://127.0.0.1:8099/news/7",
    "fetched_at": "2026-03-09T00:00:00+00:00",
    "digest": "sha256:00",
    "etag": '"7"',
    "last_modified": None,
}
AGAIN: dict[str, Any] = {"story_id": 7, "url": HELD["url"], "cause": "revisit", "held": HELD}
SECTION = Asked("http://x/newspaper/sport/2026-03-09", place=Place.PRINT, section="sport", day=DAY)
GOOD: dict[str, Any] = {
    "run": "20261123T061517Z-edition-9f3a",
    "spider": "edition",
    "site": "http://127.0.0.1:8099",
    "delay": 0,
    "day": "2026-03-09",
    "archive": "archive/a.warc.gz",
    "journal": "journal/a.jsonl",
    "contact": None,
    "sections": [{"place": "print", "section": "national"}],
    "stories": [{"story_id": 7, "url": "http://127.0.0.1:8099/news/7", "cause": "new"}],
    "payloads": {
        "sha256:00": {
            "capture_id": "urn:uuid:1",
            "url": "http://x",
            "fetched_at": "2026-03-09T00:00:00+00:00",
        }
    },
    "budget": 100,
    "listings": [],
}


def test_every_event_comes_back_with_the_fields_that_apply(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    card = Card("http://x/news/7", None, "Title", datetime(2026, 3, 9, tzinfo=UTC), None, None, 1)
    with JournalWriter(path) as journal:
        journal.begin(
            run="r",
            spider="edition",
            site="http://x",
            day=DAY,
            delay=1.0,
            user_agent="u",
            sections=[(Place.PRINT, "sport")],
            stories=0,
        )
        assert len(list(read(path))) == 1  # while it is being written
        journal.discovery(SECTION, card, member=True)
        journal.listing(SECTION, status=200, capture_id="urn:uuid:1", recognised=True, cards=1, members=1)
        journal.attempt(Asked("http://x/news/7", 7), error=Fault.TIMEOUT, detail="no", attempts=3)
        journal.refused(SECTION)
        journal.request(Asked("http://x/news/7", 7, cause="revisit"), "http://x/news/7/slug")
        journal.retry(Asked("http://x/news/7", 7), error=Fault.STATUS, detail="503", status=503, attempts=1)
        until = datetime(2026, 3, 9, 1, tzinfo=UTC)
        journal.wait("http://x", seconds=2.0, cause="503, Retry-After", until=until)
        journal.come_back("http://x", cause="429, Retry-After", until=until)
        journal.end(outcome=Outcome.FINISHED, reason="all", requests=1, responses=1, bytes_=5)
    begin, discovery, listing, attempt, refused, request, retry, wait, come_back, end = read(path)
    assert wait["until"] == come_back["until"] == "2026-03-09T01:00:00+00:00"
    assert (retry["story_id"], retry["status"], retry["attempts"]) == (7, 503, 1)
    assert begin["sections"] == [{"place": "print", "section": "sport"}]
    assert datetime.fromisoformat(begin["at"]).utcoffset() is not None
    del discovery["at"], attempt["at"]
    assert discovery == {
        "event": "discovery",
        "url": "http://x/news/7",
        "place": "print",
        "section": "sport",
        "day": "2026-03-09",
        "listing_url": SECTION.url,
        "story_id": None,
        "title": "Title",
        "listed_at": "2026-03-09T00:00:00+00:00",
        "position": 1,
        "member": True,
    }
    assert attempt == {
        "event": "attempt",
        "url": "http://x/news/7",
        "story_id": 7,
        "error": "timeout",
        "detail": "no",
        "attempts": 3,
    }
    del request["at"]
    assert request == {
        "event": "request",
        "url": "http://x/news/7/slug",
        "story_id": 7,
        "cause": "revisit",
    }
    assert (listing["members"], refused["section"], wait["seconds"], end["bytes"]) == (1, "sport", 2.0, 5)
    with pytest.raises(FileExistsError):
        JournalWriter(path)


def test_a_torn_last_line_is_skipped_and_a_broken_one_named(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with JournalWriter(path) as journal:
        journal.refused(SECTION)
        journal.wait("http://x/é", seconds=1, cause="é", until=datetime(2026, 3, 9, tzinfo=UTC))
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for cut in range(first, len(whole)):
        path.write_bytes(whole[:cut])
        assert [event["event"] for event in read(path)] == ["refused"]
    path.write_bytes(b"not json\n" + whole)
    with pytest.raises(ValueError, match="line 1"):
        list(read(path))


def test_a_plan_goes_through_its_file_unchanged(tmp_path: Path) -> None:
    plan = Plan.of(GOOD)
    assert plan.stories == (Owed(7, "http://127.0.0.1:8099/news/7", "new"),)
    assert plan.lists("print", "national") and not plan.lists("daily", "latest-news")
    assert Plan.of(GOOD | {"sections": []}).lists("daily", "latest-news")
    assert plan.payloads["sha256:00"] == Held("urn:uuid:1", "http://x", datetime(2026, 3, 9, tzinfo=UTC))
    plan.write(tmp_path / "plan.json")
    assert Plan.read(tmp_path / "plan.json") == plan
    assert json.loads((tmp_path / "plan.json").read_text()) == GOOD
    with pytest.raises(FileExistsError):
        plan.write(tmp_path / "plan.json")
    assert [path.name for path in tmp_path.iterdir()] == ["plan.json"]


def test_a_plan_says_which_page_is_held_of_a_story(tmp_path: Path) -> None:
    plan = Plan.of(GOOD | {"stories": [AGAIN]})
    assert plan.stories[0].held is not None
    assert plan.stories[0].held.headers == {"If-None-Match": '"7"'}
    plan.write(tmp_path / "plan.json")
    assert Plan.read(tmp_path / "plan.json") == plan


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"spider": "all"}, "'spider' must be one of latest, edition, stories, and is 'all'"),
        ({"delay": -1}, "'delay' must be 0 to 3600"),
        ({"delay": "1"}, "'delay' must be a number"),
        ({"delay": float("nan")}, "'delay' must be 0 to 3600"),
        ({"day": None}, "'day' must be given for an edition"),
        ({"day": "9 March"}, "'day' must be YYYY-MM-DD"),
        ({"site": "http://x/news"}, "'site' must be"),
        ({"site": "dawn.com"}, "'site' must be"),
        ({"site": "http://x:port"}, "'site' must be"),
        ({"run": "../x"}, "'run' must be a plain name"),
        ({"archive": None}, "'archive' must be a text"),
        ({"sections": ["national"]}, "'sections' must be a list of"),
        ({"sections": [{"place": "print"}]}, "'sections' must be a list of"),
        (
            {"sections": [{"place": "print", "section": "nowhere"}]},
            "'sections' must be listings of an edition",
        ),
        ({"contact": "a\nb"}, "'contact' must be printable"),
        ({"stories": [{"story_id": "7", "url": "http://x", "cause": "new"}]}, "'stories' must be a list"),
        ({"stories": [{"story_id": 7, "url": "/news/7", "cause": "new"}]}, "'stories' must have absolute"),
        ({"stories": [AGAIN | {"held": HELD | {"url": HELD["url"] + "7"}}]}, "must hold what they ask for"),
        ({"stories": [AGAIN | {"held": HELD | {"etag": None}}]}, "must have validators"),
        ({"stories": [AGAIN | {"held": HELD | {"etag": "a\r\nCookie: b"}}]}, "must have validators"),
        ({"stories": [AGAIN | {"held": HELD | {"etag": "é"}}]}, "must have validators"),
        ({"stories": [AGAIN | {"held": {}}]}, "'stories' must be a list"),
        ({"budget": -1}, "'budget' must be 0 or more"),
        ({"budget": "many"}, "'budget' must be a number of requests"),
        ({"listings": [HELD | {"etag": None}]}, "must have validators"),
        ({"listings": [{}]}, "'listings' must be a list"),
        ({"payloads": []}, None),
        ({"payloads": {"sha256:00": {}}}, "'payloads' must map"),
        ({"speed": 3}, "a plan has no 'speed'"),
    ],
)
def test_a_plan_that_cannot_be_followed_is_one_clear_line(
    tmp_path: Path, change: dict[str, Any], says: str | None
) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(GOOD | change))
    if says is None:
        assert Plan.read(path).payloads == {}
        return
    with pytest.raises(PlanError, match=says) as error:
        Plan.read(path)
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"run": "x"}', "\x00"])
def test_a_file_that_is_no_plan_is_one_clear_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(content)
    with pytest.raises(PlanError):
        Plan.read(path)
    with pytest.raises(PlanError):
        Plan.read(tmp_path / "absent.json")
