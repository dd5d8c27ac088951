"""What goes out of a file with a forgotten story, and that nothing else does."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from crawlers.archive import ArchiveWriter
from crawlers.forgetting import GONE, Taken, Wanted, event_without, page_without, without
from crawlers.packs import Segment
from crawlers.payload import Fault, decoded
from crawlers.reading import read

SITE = "https://www.dawn.com"
STORY = 1907269
WANTED = Wanted(frozenset({STORY}), SITE)
AT = datetime(2026, 3, 9, 4, 5, 6, tzinfo=UTC)
SLUG = "a-secret-headline"
HREF = f"{SITE}/news/{STORY}/{SLUG}"
CARD = (
    f"<article class='story box'><h2><a href='{HREF}'>A secret headline</a></h2>"
    "<div>An excerpt.</div></article>"
)


@pytest.mark.parametrize(
    ("page", "left"),
    [
        (f"<p>Before</p>{CARD}<p>after</p>", f"<p>Before</p>{GONE.decode()}<p>after</p>"),
        (
            f'<p>See <a href="{HREF}">A secret headline</a>.</p>',
            f'<p>See <a href="{SITE}/news/{STORY}"></a>.</p>',
        ),
        (f'<a title="a > b" href="/news/{STORY}/{SLUG}">T</a>', f'<a href="/news/{STORY}"></a>'),
        (
            f"<article class='story single'>Another's text, with {CARD}</article>",
            f"<article class='story single'>Another's text, with {GONE.decode()}</article>",
        ),
        (
            f"<article class='story'><a href='/news/5/x'>O</a> <a href='{HREF}'>T</a></article>",
            f"<article class='story'><a href='/news/5/x'>O</a> <a href='{SITE}/news/{STORY}'></a></article>",
        ),
        (
            '<script>{"a": [{"url": "https:\\/\\/www.dawn.com\\/news\\/1907269"}, {}, 5]}</script>',
            '<script>{"a": [{}, {}, 5]}</script>',
        ),
        (f'<img alt="T" data-from="{HREF}">', f'<img data-from="{SITE}/news/{STORY}">'),
        (
            "https%3A%2F%2Fwww.dawn.com%2Fnews%2F1907269%2Fslug&amp;x",
            "https%3A%2F%2Fwww.dawn.com%2Fnews%2F1907269&amp;x",
        ),
    ],
)
def test_what_leads_to_it_goes_from_a_page(page: str, left: str) -> None:
    said = page_without(page.encode(), "listing", WANTED)
    assert said.decode() == left
    assert page_without(said, "listing", WANTED) is said, "a second time there is nothing"


@pytest.mark.parametrize(
    "page",
    [
        "<p>Nothing of it</p>",
        "<article class='story'><a href='https://images.dawn.com/news/1907269/x'>Another's</a></article>",
        "<a href='/news/19072690/x'>A longer number</a>",
        "<a href='/news/1190726/x'>A shorter one</a>",
        "<a href='/news/1907269'></a>",
        f"<article class='story single'><p>{STORY}</p></article>",
    ],
)
def test_a_page_that_says_nothing_of_it_is_left_alone(page: str) -> None:
    content = page.encode()
    assert page_without(content, "story", WANTED) is content


def test_its_item_goes_from_a_feed_and_its_entry_from_a_sitemap() -> None:
    own = f"<item><title>T</title><link>{HREF}</link><description>Text.</description></item>"
    other = (
        "<item><link>https://www.dawn.com/news/5</link><description>&lt;p&gt;See &lt;a"
        f' href="{HREF}"&gt;T&lt;/a&gt;.&lt;/p&gt;</description></item>'
    )
    said = page_without(f"<?xml version='1.0'?><rss>{own}{other}</rss>".encode(), "feed", WANTED).decode()
    assert "Text." not in said and "T&lt;/a" not in said and SLUG not in said
    assert "<link>https://www.dawn.com/news/5</link>" in said
    entries = f"<url><loc>{HREF}</loc><n:title>T</n:title></url><url><loc>{SITE}/news/5</loc></url>"
    assert (
        page_without(entries.encode(), "sitemap", WANTED)
        == GONE + f"<url><loc>{SITE}/news/5</loc></url>".encode()
    )


def write(path: Path) -> None:
    html = [("Content-Type", "text/html"), ("Content-Encoding", "gzip")]
    with ArchiveWriter(path, facts={"isPartOf": "a"}) as archive:
        archive.write(f"{SITE}/news/5/other", 200, html, gzip.compress(b"<p>Another story.</p>"), AT)
        for _ in range(2):  # the second is a revisit
            archive.write(HREF, 200, html, gzip.compress(b"<p>Its text.</p>"), AT)
        archive.write(f"{SITE}/news/print/{STORY}", 200, html, gzip.compress(b"<p>Its text.</p>"), AT)
        archive.write(f"{SITE}/latest-news", 200, html, gzip.compress(f"<p>x</p>{CARD}".encode()), AT)
        archive.write(f"{SITE}/news/6/moved", 301, [("Location", HREF)], b"", AT)
        cut = gzip.compress(f"<p>cut</p>{CARD}".encode() * 9)
        headers = [*html, ("Content-Length", str(len(cut)))]
        archive.write(f"{SITE}/pakistan", 200, headers, cut[:-20], AT, truncated="disconnect")


def test_a_file_loses_its_records_and_other_pages_what_leads_there(tmp_path: Path) -> None:
    path, target = tmp_path / "a.warc.gz", tmp_path / "b.warc.gz"
    write(path)
    before = path.read_bytes()
    lying = Segment(path, "a")
    taken = Taken(records=3, changed=3, held=frozenset({STORY}))
    assert without(lying, None, WANTED) == taken
    assert without(lying, target, WANTED) == taken
    assert path.read_bytes() == before
    kept = {capture.id: capture for capture in read(path)}
    other, listing, moved, cut = read(target)
    assert other == kept[other.id]
    assert decoded(listing) == b"<p>x</p>" + GONE
    assert (listing.id in kept, listing.fetched_at, listing.status) == (True, AT, 200)
    assert moved.header("Location") == f"{SITE}/news/{STORY}"
    assert isinstance(decoded(cut), Fault), "what was no page before is none now"
    with target.open("rb") as file:
        for record in ArchiveIterator(file, check_digests="raise"):
            record.content_stream().read()
    assert SLUG.encode() not in gzip.decompress(target.read_bytes())
    assert not without(Segment(target, "a"), None, WANTED)
    assert without(lying, path, WANTED) == taken
    assert path.read_bytes() == target.read_bytes()


@pytest.mark.parametrize("form", ["plain", "one member", "torn"])
def test_files_of_other_forms(tmp_path: Path, form: str) -> None:
    path = tmp_path / "a.warc"
    write(path)
    plain = gzip.decompress(path.read_bytes())
    path.write_bytes(
        {"plain": plain, "one member": gzip.compress(plain), "torn": path.read_bytes()[:-9]}[form]
    )
    taken = without(Segment(path, "a"), path, WANTED)
    assert taken.torn == (form == "torn")
    assert [capture.url.rsplit("/", 1)[-1] for capture in read(path)][:3] == ["other", "latest-news", "moved"]
    content = path.read_bytes()
    assert SLUG.encode() not in (content if form == "plain" else gzip.decompress(content))
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("event", "left"),
    [
        ({"event": "listing", "url": "x"}, {"event": "listing", "url": "x"}),
        (
            {
                "event": "discovery",
                "story_id": STORY,
                "url": HREF,
                "title": "T",
                "author": "A",
            },
            {"event": "discovery", "story_id": STORY, "url": f"{SITE}/news/{STORY}"},
        ),
        (
            {"event": "attempt", "story_id": 5, "detail": f"to {HREF}"},
            {"event": "attempt", "story_id": 5, "detail": f"to {SITE}/news/{STORY}"},
        ),
        ({"event": "quarantine", "story_id": STORY, "sentences": ["a"], "leads_to": []}, None),
        (
            {"event": "quarantine", "story_id": 5, "sentences": ["T"], "leads_to": [str(STORY)]},
            {"event": "quarantine", "story_id": 5, "sentences": ["(forgotten)"], "leads_to": [str(STORY)]},
        ),
        (
            {"event": "break", "drift": {"without": [{"story_id": STORY}, {"story_id": 5}]}},
            {"event": "break", "drift": {"without": [{"story_id": 5}]}},
        ),
        (
            {"event": "forgotten", "story_id": STORY, "reason": "why"},
            {"event": "forgotten", "story_id": STORY, "reason": "why"},
        ),
    ],
)
def test_events_lose_what_they_say_of_it(event: dict[str, Any], left: dict[str, Any] | None) -> None:
    assert event_without(event, WANTED) == left
