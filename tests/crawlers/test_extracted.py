"""`extracted/` is a cache: the same bytes whatever the jobs, all keys on every line, one line an item."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crawlers.extract import RULES
from crawlers.extracted import file_name, flat, lines, packed_lines, write
from crawlers.items import Capture
from tests.crawlers.paper import capture, page
from tests.crawlers.test_pages import FEED

KEYS = [
    "capture_id",
    "item",
    "run",
    "rules",
    "url",
    "fetched_at",
    "status",
    "media_type",
    "bytes",
    "digest",
    "revisit_of",
    "etag",
    "last_modified",
    "role",
    "story_id",
    "article",
    "rejection",
    "evidence",
]
RUN = "20250429T000000Z-stories-0a1b"


def captures() -> list[Capture]:
    stories = [
        capture(page(f"<p>Story {n}.</p>").replace("2000500", str(n)), url=f"https://www.dawn.com/news/{n}")
        for n in range(2000501, 2000581)
    ]
    return [
        *stories,
        capture("gone", 404),
        replace(capture(""), revisit_of=stories[0].id),
        capture(FEED, url="https://www.dawn.com/feeds/home", Content_Type="application/rss+xml"),
        capture("User-agent: *", url="https://www.dawn.com/robots.txt", Content_Type="text/plain"),
    ]


def test_the_lines_say_what_the_design_says() -> None:
    made = [line for each in captures() for line in lines(each, RUN)]
    assert all(list(line) == KEYS for line in made)
    assert [(line["role"], line["item"]) for line in made[80:]] == [
        ("story", 0), ("story", 0), ("feed", 0), ("feed", 1), ("robots", 0),
    ]  # fmt: skip
    story, gone, revisit, feed, item = made[0], made[80], made[81], made[82], made[83]
    assert isinstance(story["article"], dict) and story["article"]["body"] == "Story 2000501."
    assert {"word_count", "content_hash", "kind"} <= set(story["article"])
    assert story["article"]["body_id"] == hashlib.sha256(b"Story 2000501.").hexdigest()[:32]
    assert story["article"]["markdown_id"] == story["article"]["body_id"]
    assert story["evidence"] == {
        "teasers": [], "outside": [], "after": [], "opening": None, "linked": [], "rail_sentences": 0
    }  # fmt: skip
    assert gone["rejection"] == {"reason": "gone", "final": True, "detail": "status 404", "points_to": None}
    assert revisit["article"] is revisit["rejection"] is feed["article"] is feed["rejection"] is None
    assert item["story_id"] == 2000007 and isinstance(item["article"], dict)


def test_the_same_lines_are_the_same_bytes(tmp_path: Path) -> None:
    def packed() -> Iterator[bytes]:
        return (line for each in captures() for line in packed_lines(each, RUN))

    one, two = write(packed(), tmp_path / "one", RUN), write(list(packed()), tmp_path / "two", RUN)
    assert one.name == two.name == file_name(RUN) == f"{RUN}.{RULES}.jsonl.gz"
    assert one.read_bytes() == two.read_bytes()
    with gzip.open(one) as read:
        assert [json.loads(line)["rules"] for line in read] == [RULES] * 85


def test_lines_that_fail_leave_no_file(tmp_path: Path) -> None:
    def torn() -> Iterator[bytes]:
        yield b"{}\n"
        raise OSError("torn")

    with pytest.raises(OSError, match="torn"):
        write(torn(), tmp_path, RUN)
    assert list(tmp_path.iterdir()) == []


def test_flat_lines_have_karachi_times() -> None:
    from crawlers.extract import extract

    head = "<meta property='article:published_time' content='2025-01-29 20:34:11+05:00'>"
    line = flat(extract(capture(page("<p>Text.</p>", extra_head=head))))
    assert (line["published_at"], line["published_on"]) == ("2025-01-29T20:34:11+05:00", "2025-01-29")
    assert (line["word_count"], line["rules"], line["kind"]) == (1, RULES, "news")
    assert list(flat(extract(capture("", 404)))) == ["story_id", "url", "reason", "detail"]


@pytest.mark.parametrize(
    ("body", "markdown"),
    [("<p>A plain story.</p>", None), ("<p>A <strong>loud</strong> story.</p>", "A **loud** story.")],
)
def test_a_text_without_marks_is_said_once(body: str, markdown: str | None) -> None:
    (line,) = lines(capture(page(body)), RUN)
    said = line["article"]
    assert isinstance(said, dict)
    assert said["body_markdown"] == markdown
    assert (said["markdown_id"] == said["body_id"]) is (markdown is None)
    assert said["markdown_id"] == hashlib.sha256((markdown or said["body"]).encode()).hexdigest()[:32]
