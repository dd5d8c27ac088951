# ruff: noqa: E501 - hostile pieces read best on lines of their own
"""The laws of extraction: total, deterministic, without memory, and blind to what stands around a story."""

from __future__ import annotations

import base64
import json
import os
import runpy
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawlers.extract import extract, extract_feed, extract_page
from crawlers.extracted import flat
from crawlers.items import Article, Capture, Kind, Rejection
from crawlers.lookalike import Lookalike
from tests.crawlers import paper
from tests.crawlers.furniture import furnishings, headed
from tests.crawlers.paper import capture, card, zipped
from tests.crawlers.sheets import SHEETS, SITE, STORY, Place, Sheet, planted
from tests.crawlers.test_replica import REPLICA

LOOK = Lookalike(days=2)
PAGES = [LOOK.page(number, SITE) for number in LOOK.stories]
ADDRESSES = [f"{SITE}{story.path}" for story in LOOK.stories.values()]
FEEDS = [LOOK.answer(f"/feeds/{name}", SITE).text for name in ("home", "opinion")]
SAMPLE = st.sampled_from([page.encode() for page in (*PAGES[::9], *FEEDS)])


def line(result: Article | Rejection) -> str:
    """The line of a result as it is written to a file; raises where it cannot be."""
    text = json.dumps(flat(result), ensure_ascii=False)
    assert text.encode()
    return text


# Total: whatever comes, an answer is given.

CHARSETS = st.sampled_from(
    [
        "utf-8",
        "utf-16",
        "utf-32",
        "utf-7",
        "cp1252",
        "latin-1",
        "shift_jis",
        "gb18030",
        "koi8-r",
        "idna",
        "punycode",
        "rot13",
        "hex",
        "zlib",
        "base64",
        "undefined",
        "unicode_escape",
        "raw_unicode_escape",
        "mbcs",
        "utf_8_sig",
        "no-such",
        "x-user-defined",
        "big5hkscs",
    ]
)
HEADERS = st.dictionaries(
    st.sampled_from(
        ["Content-Type", "content-type", "Content-Encoding", "Content-Length", "Location", "cf-mitigated", "Server"]
    ),
    st.one_of(
        CHARSETS.map(lambda name: f"text/html; charset={name}"),
        st.sampled_from(
            ["gzip", "gzip, gzip", "deflate", "br", "identity", ",,,", "x" * 500, "-1", "0", "9" * 30, "1e9", "¼",
             "challenge", "//", "http://[", "http://a:b", "/news/1", "application/pdf", "TEXT/HTML", ";", ""]
        ),
        st.text(max_size=30),
    ),
    max_size=4,
)  # fmt: skip
URLS = st.one_of(
    st.sampled_from([*ADDRESSES[:3], "", "http://[", "//", f"{SITE}/news/0", f"{SITE}/news/{'9' * 19}", "http://127.0.0.1:99999/news/1",
                     "http://127.0.0.1:8100/news/7", "https://www.dawn.com:443/news/²", "http://\u2100.example/news/1"]),
    st.text(max_size=40),
)  # fmt: skip
STATUSES = st.one_of(st.just(200), st.integers(-1, 1000))
PIECES = st.sampled_from(
    ["<", ">", "<!--", "-->", "<![CDATA[", "]]>", "<?xml version='1.0' encoding='utf-7'?>", "<!DOCTYPE x [<!ENTITY e 'e'>]>", "&e;",
     "&#0;", "&#xd800;", "&#1114112;", "&amp;amp;", "&nbsp", "&NotEqualTilde;", "\0", "\x0c", "\u200b", "\u00ad", "\ufeff", "\u2028",
     "ꙮ", "ꙮn0ꙮ", "ꙮ41ꙮ", "ꙮffffffffꙮ", "\u2424", "<p>", "</p>", "<table><tr><td>", "<svg><p>", "<math><mi>", "<select><p>",
     "<article class='story single' data-id='2000500'>", "<div class='template__header'><h2 class=story__title>", "<h1 class=story__title>x",
     "<div class='template__main'>", "<div class='story__content'>", "<span class='story__byline'><a>", "<div class=template__footer><i class=badge>",
     "<span class=story__time><span class='timestamp--published'>May 99, 2025 99:99pm", "<span class=timeago title='2025-99-99T99:99'>",
     "<link rel=canonical href='https://www.dawn.com/news/2000500'>", "<link rel=canonical href='http://[::1'>", "<meta property='og:url' content='http://a:b/news/5'>",
     "<meta name='article:published_time' content='0001-01-01 00:00:00+23:59'>", "<meta property='article:modified_time' content='9999-12-31T23:59:59-23:59'>",
     "<script type='application/ld+json'>", '{"@type": "NewsArticle", "headline": "\\ud800", "author": [1, null, {"name": [2]}], "image": {"caption": 3}}',
     '{"@graph": {"@type": ["Article"], "datePublished": 1e999}}', "[" * 3000, '"' * 9, "</script>", "<title>x - y - DAWN.COM</title>", "<template>", "<plaintext>",
     "<p>Published in Dawn, February 31st, 2025</p>", "<p>Published in Dawn, ,,, July 1, 0000</p>", "<a href='javascript:x'>", "<a href='//[:'>y</a>", "<base href='data:'>",
     "<frameset>", "<noscript>", "<br>" * 40, "<figure><table><caption>", "<li>" * 40, "<item><guid>", "<rss><channel>", "text of a sentence."]
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A page of the look-alike with pieces cut out, doubled, overwritten and set in."""
    content = draw(SAMPLE)
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(content)))
        length = draw(st.sampled_from([0, 1, 2, 7, 60, 900]))
        piece = draw(
            st.one_of(
                st.binary(max_size=12),
                PIECES.map(lambda text: text.encode()),
                st.just(content[start : start + length] * 2),
            )
        )
        content = content[:start] + piece + content[start + length :]
    return content


def _encoded(text: str, charset: str) -> bytes:
    try:
        return text.replace("utf-8", charset).encode(charset, "replace")
    except (LookupError, ValueError):
        return text.replace("utf-8", charset).encode()


CONTENTS = st.one_of(
    st.binary(max_size=400),
    st.lists(PIECES, max_size=40).map(lambda pieces: "".join(pieces).encode()),
    mutated(),
    st.builds(_encoded, st.sampled_from(PAGES[:4]), CHARSETS),
    st.builds(
        lambda content, end: zipped(content.decode("latin-1"))[: end or None],
        st.binary(max_size=300),
        st.integers(-9, 0),
    ),
)


def captured(content: bytes, status: int, url: str, headers: dict[str, str]) -> Capture:
    made = capture(content, status)
    return replace(made, url=url, headers=tuple(headers.items()), fetched_at=datetime(2026, 3, 9, tzinfo=UTC))


@settings(
    max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(CONTENTS, STATUSES, URLS, HEADERS)
def test_every_response_gets_an_answer_that_can_be_written_down(
    content: bytes, status: int, url: str, headers: dict[str, str]
) -> None:
    made = captured(content, status, url, headers)
    for result in (extract(made), extract_page(content), *extract_feed(made)):
        assert isinstance(result, Article | Rejection)
        line(result)
    assert extract(made) == extract(made)


# Without memory: what was read before changes nothing.


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False))
def test_what_was_read_before_changes_nothing(die: Random) -> None:
    first = die.choice(PAGES)
    before = extract_page(first)
    for page in die.choices(PAGES, k=10):
        extract_page(page)
        extract_page(page.replace("<p>", "<p>\u00ad", 3))
    assert extract_page(first) == before


_ELSEWHERE = """
import base64, json, sys
from crawlers.extract import extract_page
from crawlers.extracted import flat
for page in sys.stdin:
    print(json.dumps(flat(extract_page(base64.b64decode(page)))))
"""


@pytest.mark.parametrize(("order", "hash_seed"), [(1, "1"), (-1, "2")])
def test_a_fresh_process_reads_the_same_in_any_order(order: int, hash_seed: str) -> None:
    sample = [page.encode() for page in PAGES[::7]][::order]
    given_in = b"".join(base64.b64encode(page) + b"\n" for page in sample)
    ran = subprocess.run(
        [sys.executable, "-c", _ELSEWHERE],
        input=given_in,
        capture_output=True,
        check=True,
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
    )
    assert [json.loads(said) for said in ran.stdout.splitlines()] == [
        flat(extract_page(page)) for page in sample
    ]


# Blind to what stands around the story.


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@pytest.mark.parametrize("sheet", SHEETS, ids=str)
@given(data=st.data(), size=st.integers(0, 8), kind=st.sampled_from([Kind.NEWS, Kind.PICTURES, Kind.LIVE]))
def test_furniture_changes_no_field(sheet: Sheet, data: st.DataObject, size: int, kind: Kind) -> None:
    story = planted(size, seed=size, kind=kind)
    bare = sheet.read(sheet.build(story, {}))
    furnished = sheet.read(sheet.build(story, data.draw(furnishings(sheet))))
    assert furnished == bare
    if isinstance(bare, Article):
        assert bare.body == "\n\n".join(story.paragraphs)
    else:
        assert not size


MOVABLE = (
    "article.story:not(.single), .ad__wrapper__slot, .social, .navstory, .whatsapp-channel, .comments, section, "
    "footer, nav, form, iframe, audio, h3, script:not([type='application/ld+json']), style, noscript"
)
OWN = ".story__content, .template__header .story__title, .template__footer .badge"


def stirred(page: str, die: Random) -> str:
    """The page with some of its furniture taken out and some of it in another's place, as parsed anew."""
    tree = LexborHTMLParser(page)
    movable = [node for node in tree.css(MOVABLE) if node.css_first(OWN) is None and not _inside_own(node)]
    lone: list[LexborNode] = []
    for node in movable:  # of boxes in boxes the outer ones
        if not any(node.mem_id == inner.mem_id for outer in lone for inner in outer.css(MOVABLE)):
            lone.append(node)
    for node in die.sample(lone, len(lone) * 2 // 3):
        other = die.choice(lone)
        if other.mem_id != node.mem_id and die.random() < 0.5 and other.parent is not None:
            other.insert_before(node)
        else:
            node.decompose()
            lone.remove(node)
    return tree.html or ""


def _inside_own(node: LexborNode) -> bool:
    above = node.parent
    while above is not None:
        if "story__content" in (above.attributes.get("class") or ""):
            return True
        above = above.parent
    return False


@pytest.mark.parametrize("seed", range(4))
def test_furniture_taken_out_and_moved_changes_no_field(seed: int) -> None:
    die = Random(seed)
    for page in PAGES[seed::4]:
        assert extract_page(stirred(page, die)) == extract_page(page)


@pytest.mark.parametrize("stir", [1, 2])
def test_the_rails_of_another_hour_change_no_field(stir: int) -> None:
    later = Lookalike(days=2, stir=stir)
    for number, page in zip(LOOK.stories, PAGES, strict=True):
        assert extract_page(later.page(number, SITE)) == extract_page(page)


@pytest.mark.skipif(not REPLICA.is_file(), reason=f"no replica of the site at {REPLICA}")
def test_the_real_pages_furniture_taken_out_and_moved_changes_no_field() -> None:
    die = Random("real")
    site = runpy.run_path(str(REPLICA))["Site"](REPLICA.parent / "texts/articles-2025-sample.jsonl.gz")
    for story in list(site.stories.values())[::61]:
        page = story.page()
        assert extract_page(stirred(page, die)) == extract_page(page)


@pytest.mark.parametrize("sheet", [sheet for sheet in SHEETS if Place.BOTTOM in sheet.places], ids=str)
def test_a_rail_that_teases_the_story_itself_changes_no_field(sheet: Sheet) -> None:
    for size in (1, 2, 4, 8):
        story = planted(size)
        bare = sheet.read(sheet.build(story, {}))
        for excerpt in (story.paragraphs[0], story.paragraphs[0][:60] + "..."):
            rail = headed("Latest Stories", 3, 2) + card(STORY, story.title, excerpt)
            assert sheet.read(sheet.build(story, {Place.BOTTOM: rail})) == bare


@pytest.mark.parametrize("sheet", [sheet for sheet in SHEETS if Place.BOTTOM in sheet.places], ids=str)
def test_a_rail_that_teases_the_storys_twin_changes_no_field(sheet: Sheet) -> None:
    """The printed and the web version of one event are two stories that begin alike."""
    for size in (1, 2, 4, 8):
        story = planted(size)
        rail = card(STORY + 1, story.title, story.paragraphs[0])
        furnished = sheet.read(sheet.build(story, {Place.BOTTOM: rail}))
        assert furnished == sheet.read(sheet.build(story, {}))


# Bounded: no page takes long because of what it says of itself.


@pytest.mark.parametrize(
    "charset", ["punycode", "idna", "utf-7", "unicode_escape", "big5", "utf-16", "cp037"]
)
def test_no_charset_makes_a_page_slow_to_decode(charset: str) -> None:
    content = paper.page("<p>Text.</p>").encode() + b"\xff-" + b"zzzz9a" * 200_000
    began = time.process_time()
    assert extract(capture(content, Content_Type=f"text/html; charset={charset}"))
    assert time.process_time() - began < 2


def test_escapes_are_no_charset() -> None:
    content = paper.page("<p>One \\x41 \xff.</p>").encode("latin-1")
    for charset in ("unicode_escape", "utf-7", "punycode"):
        result = extract(capture(content, Content_Type=f"text/html; charset={charset}"))
        assert isinstance(result, Article) and result.body == "One \\x41 \ufffd."
