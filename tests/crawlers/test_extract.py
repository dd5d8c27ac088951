# ruff: noqa: E501 - markup reads best on a line of its own
"""From a response to an article or a reason: HTTP first, then the page, and no bytes that raise."""

from __future__ import annotations

import time
import zlib
from html import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawlers.chrome import is_chrome_line
from crawlers.extract import RULES, extract, extract_feed, extract_page
from crawlers.items import Article, Kind, Reason, Rejection
from crawlers.site import MAX_PAGE_BYTES, RAIL_HEADS
from tests.crawlers.paper import URL, capture, card, page, zipped
from tests.crawlers.test_pages import FEED

STORY = page("<p>One paragraph.</p>")


def article(html: str) -> Article:
    result = extract_page(html)
    assert isinstance(result, Article), result
    return result


def test_the_rules_have_a_short_name() -> None:
    assert len(RULES) == 10 and int(RULES, 16) >= 0


@pytest.mark.parametrize(
    ("status", "headers", "content", "reason"),
    [
        (404, {}, STORY, Reason.GONE),
        (410, {}, "", Reason.GONE),
        (401, {}, STORY, Reason.BLOCKED),
        (403, {}, STORY, Reason.BLOCKED),
        (429, {"Retry_After": "60"}, "", Reason.BLOCKED),
        (200, {"cf_mitigated": "challenge"}, STORY, Reason.BLOCKED),
        (200, {}, "<title>Just a moment...</title>", Reason.BLOCKED),
        (503, {}, "<title>Just a moment...</title>", Reason.BLOCKED),
        (503, {}, "<p>sorry</p>", Reason.SERVER_ERROR),
        (206, {}, STORY, Reason.SERVER_ERROR),
        (304, {}, "", Reason.SERVER_ERROR),
        (302, {"Location": "/news/1"}, "", Reason.REDIRECTED),
        (200, {"Content_Length": str(len(STORY) + 1)}, STORY, Reason.PARTIAL),
        (200, {"Content_Encoding": "gzip"}, zipped(STORY)[:-20], Reason.PARTIAL),
        (200, {"Content_Encoding": "gzip"}, zipped(STORY)[:40] + b"\xff" * 60, Reason.PARTIAL),
        (200, {"Content_Encoding": "gzip"}, b"no gzip", Reason.PARTIAL),
        (200, {"Content_Encoding": "deflate"}, zlib.compress(STORY.encode())[:-9], Reason.PARTIAL),
        (200, {"Content_Encoding": "br"}, b"\x8b", Reason.PARTIAL),
        (200, {"Content_Encoding": "compress"}, b"\x8b", Reason.UNREADABLE),
        (200, {"Content_Encoding": "gzip"}, zipped("<" * (MAX_PAGE_BYTES + 1)), Reason.TOO_LARGE),
        (200, {}, "x" * (MAX_PAGE_BYTES + 1), Reason.TOO_LARGE),
        (200, {"Content_Type": "image/png"}, STORY, Reason.UNREADABLE),
        (200, {}, b"\x89PNG\r\n\x1a\n", Reason.UNREADABLE),
        (200, {}, b"", Reason.UNREADABLE),
        (200, {}, "<p>a page</p>", Reason.NOT_AN_ARTICLE),
    ],
)
def test_why_a_response_is_no_article(
    status: int, headers: dict[str, str], content: bytes | str, reason: Reason
) -> None:
    result = extract(capture(content, status, sent=headers))
    assert isinstance(result, Rejection) and result.reason is reason
    assert result.story_id == 2000500 and result.url == URL


@pytest.mark.parametrize(
    ("headers", "content"),
    [
        ({"Content_Encoding": "gzip"}, zipped(STORY)),
        ({"Content_Encoding": "gzip"}, zipped(STORY[:500]) + zipped(STORY[500:])),
        ({"Content_Encoding": "x-gzip, deflate"}, zlib.compress(zipped(STORY))),
        ({"Content_Encoding": "deflate"}, zlib.compress(STORY.encode())[2:-4]),
        ({"Content_Encoding": "identity", "Content_Length": "5"}, STORY),
        ({"Content_Encoding": "gzip"}, STORY),
        ({"Content_Type": "text/html; charset=windows-1252"}, page("<p>One paragraph.</p>").encode("cp1252")),
    ],
)
def test_a_body_is_read_in_every_encoding(headers: dict[str, str], content: bytes | str) -> None:
    result = extract(capture(content, sent=headers))
    assert isinstance(result, Article) and result.body == "One paragraph."


def test_a_charset_that_is_not_utf_8() -> None:
    html = page("<p>“Caf\u00e9”</p>").encode("cp1252")
    for charset in ("; charset=windows-1252", ""):
        headers = {"Content_Type": f"text/html{charset}"}
        result = extract(capture(html.replace(b"'utf-8'", b"'windows-1252'"), sent=headers))
        assert isinstance(result, Article) and result.body == "“Café”"
    assert isinstance(extract(capture(html, Content_Type="text/html; charset=no-such")), Article)


def test_a_page_of_another_story_is_a_pointer() -> None:
    result = extract(capture(STORY, url="https://www.dawn.com/news/77"))
    assert isinstance(result, Rejection)
    assert (result.reason, result.points_to) == (Reason.POINTER, "https://www.dawn.com/news/2000500")
    sister = STORY.replace("www.dawn.com/news/2000500", "images.dawn.com/news/1")
    result = extract(capture(sister))
    assert isinstance(result, Rejection)
    assert (result.reason, result.points_to) == (Reason.POINTER, "https://images.dawn.com/news/1")


def test_a_page_saved_from_loopback_is_read_as_that_sites() -> None:
    saved = article(STORY.replace("https://www.dawn.com", "http://127.0.0.1:8099"))
    assert (saved.story_id, saved.url) == (2000500, "http://127.0.0.1:8099/news/2000500")


@pytest.mark.parametrize(
    ("title", "body", "kind"),
    [
        ("In pictures: Kites", "", Kind.PICTURES),
        ("Cartoon: 27 January, 2025", "", Kind.CARTOON),
        ("WATCH: The goats", "", Kind.VIDEO),
        ("A headline", "<p>Text.</p><p>The writer is a ferryman.</p>", Kind.OPINION),
        ("A headline", "<p>Text.</p><p>Published in Dawn, EOS, May 4th, 2025</p>", Kind.FEATURE),
        ("A headline", "<p>Text.</p>", Kind.NEWS),
    ],
)
def test_kinds(title: str, body: str, kind: Kind) -> None:
    assert article(page(body, title=title)).kind is kind


@pytest.mark.parametrize(
    ("line", "day", "paper"),
    [
        ("Published in Dawn, April 29th, 2025", "2025-04-29", "Dawn"),
        ("Published in Dawn, The Long Name Weekly, April 28th, 2025", "2025-04-28", "The Long Name Weekly"),
        ("Published in Dawn, Books &amp; Authors, May 4th, 2025", "2025-05-04", "Books & Authors"),
        ("Published in Dawn, Aug 1st, 2025", "2025-08-01", "Dawn"),
        ("Published in Dawn, july 1st, 2025", "2025-07-01", "Dawn"),
        ("published in dawn, march 8th 2025", "2025-03-08", "Dawn"),
        ("Published in Dawn, September 7, 2025.", "2025-09-07", "Dawn"),
        ("<em>Published in Dawn,&nbsp;Octo&shy;ber 2nd,  2025</em>", "2025-10-02", "Dawn"),
        ("Published in Dawn, February 30th, 2025", None, "Dawn"),
    ],
)  # fmt: skip
def test_print_lines(line: str, day: str | None, paper: str) -> None:
    for body in (
        f"<p>Text.</p><p>{line}</p>",
        f"<p>Text.<br>{line}</p>",
        f"<p>Text.</p><p>{line}</p><p>Header image: x</p>",
    ):
        found = article(page(body))
        assert (str(found.printed_on) if found.printed_on else None, found.printed_in) == (day, paper)
        assert found.body.split("\n\n")[0] == "Text." and "ublished in" not in found.body


def test_a_sentence_about_print_stays() -> None:
    body = "It was first published in Dawn, in April 2025, and then elsewhere."
    assert article(page(f"<p>{body}</p>")).body == body


def test_furniture_set_into_the_body_is_stripped_and_what_hides_is_quarantined() -> None:
    rails = card(1, "A teaser of six words here", "The excerpt says what another story says.")
    lines = "<p>Join our Whatsapp channel</p><p>Follow Dawn Business on X, LinkedIn and Facebook for more</p>"
    assert article(page("<p>Text.</p>" + lines, rails)).body == "Text."
    for hidden in ("A teaser of six words here", "The excerpt says what another story says"):
        result = extract_page(page(f"<p>Text.</p><div class='new'>{hidden}</div>", rails))
        assert isinstance(result, Rejection) and result.reason is Reason.RAIL_IN_BODY


def test_a_feeds_items_as_articles() -> None:
    feed = capture(FEED, url="https://www.dawn.com/feeds/home", Content_Type="application/rss+xml")
    (only,) = extract_feed(feed)
    assert (only.story_id, only.source, only.body) == (2000007, "feed", "The flight waited.")
    assert (only.authors, only.published_at_from) == (("AFP", "Reuters"), "feed")
    assert extract_feed(capture(STORY)) == () == extract_feed(capture(FEED, status=500))


WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn"), exclude_characters="\u00ad"),
    min_size=1,
    max_size=60,
).map(str.strip)
MENU = st.sampled_from(
    ["Twitter", "E-mail", "Print", "More on this", "R&D &amp; <b>", "ꙮ41ꙮ", "Same again. " * 12]
)
PARAGRAPH = st.one_of(WORDS, MENU.map(str.strip)).filter(
    lambda text: (
        any(char.isprintable() and not char.isspace() for char in text)
        # Hypothesis draws words from the project's own source, too: "ADVERTISEMENT" is rightly no paragraph.
        and not is_chrome_line(text)
        and text.lower().rstrip(":") not in RAIL_HEADS
    )
)
WRAPS = st.sampled_from(
    ["<p>{}</p>", "<h3>{}</h3>", "<blockquote><p>{}</p></blockquote>", "<ul><li>{}</li></ul>", "<div>{}</div>",
     "<p class='  x y'><strong>{}</strong></p>", "<p><a href='/trends/5'>{}</a></p>", "<div><p>{}</p></div>"]
)  # fmt: skip
CHROME = st.sampled_from(
    ["<hr>", "", "<div class='ad__wrapper__slot'>An advert</div>", "<script>x</script>", "<p></p>", "<p>&nbsp;</p>",
     "<figure class='media'><img src=x><figcaption>A caption</figcaption></figure>", "<!-- a remark -->",
     "<p><figure class='media media--embed'><blockquote class='twitter-tweet'>Said</blockquote></figure></p>",
     "<div role='dialog'><p>A question</p></div>", "<iframe src=x></iframe>", "<form><input><button>Go</button></form>",
     "<div><h3>Opinion</h3></div><div><h3>Editorial</h3>" + card(8, "A card inside the body here", "It teases.") + "</div>",
     card(9, "Another card that stands alone", "It teases too.")]
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(PARAGRAPH, WRAPS, CHROME), min_size=1, max_size=8), st.integers(0, 40))
def test_the_body_is_the_paragraphs_whatever_surrounds_them(
    parts: list[tuple[str, str, str]], teasers: int
) -> None:
    body = "<p>It began so.</p>" + "".join(wrap.format(escape(text)) + chrome for text, wrap, chrome in parts)
    rails = "".join(
        card(n, f"Teaser {n} of the rail below", f"What card {n} says is elsewhere.") for n in range(teasers)
    )
    assert article(page(body, rails)).body == "\n\n".join(["It began so.", *(text for text, _, _ in parts)])


@given(st.binary(max_size=600))
def test_no_bytes_raise(content: bytes) -> None:
    for made in (content, zipped(STORY)[:60] + content, STORY.encode()[:700] + content):
        assert isinstance(extract(capture(made, Content_Encoding="gzip")), Article | Rejection)
        assert isinstance(extract(capture(made)), Article | Rejection)
        assert isinstance(extract_page(made), Article | Rejection)
        assert isinstance(extract_feed(capture(made)), tuple)


@given(st.lists(st.sampled_from(["<div>", "</div>", "<p>", "<table>", "<tr>", "<td>", "</td>", "<br>", "<a href='x'>",
       "</a>", "<b>", "<article class=story>", "</article>", "<h3>Opinion</h3>", "x", "</p>", "<li>", "</table>",
       "<script>", "<!--", "<figure>", "<figcaption>", "<select>", "<template>", "<svg>", "<frameset>"]), max_size=60))  # fmt: skip
def test_no_markup_raises(pieces: list[str]) -> None:
    assert isinstance(extract_page(page("".join(pieces), "".join(reversed(pieces)))), Article | Rejection)


@pytest.mark.parametrize(
    "deep",
    [
        "<div>" * 100_000 + "x" + "</div>" * 100_000,
        "<b>" * 60_000,
        "<font a=1><p>" * 9_000,
        "<div a='<'>" * 90_000,
        "<h3>Opinion</h3>" * 20_000,
        "<p>x</p>" * 25_000,
        "<p>x</p>" * 1_000_000,
        "<a" * 1_000_000,
        "<article class=story><h2 class=story__title>Teaser of a few words</h2></article>" * 10_000,
    ],
)
def test_pages_nested_without_end_are_turned_away_quickly(deep: str) -> None:
    start = time.process_time()
    result = extract_page(page(f"<p>Text.</p>{deep}"))
    assert isinstance(result, Article | Rejection)
    assert time.process_time() - start < 5
