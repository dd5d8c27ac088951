# ruff: noqa: E501 - hostile pieces read best on lines of their own
"""A captured page with what was kept and stripped marked: it says what the rules say, and nothing acts."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import count
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from crawlers.aligned import kept_of, squeezed
from crawlers.lookalike import Lookalike, Redesign
from crawlers.marked import ANCHOR, marked
from crawlers.site import LIVE
from tests.crawlers.paper import capture, card, page
from tests.crawlers.test_hostile import MANY, attributes

SITE = "http://127.0.0.1:8100"
PATIENCE = 30.0  # CPU seconds, on a machine that others use


def shown(
    content: str | bytes, url: str = "https://www.dawn.com/news/2000500/made-up", site: str = LIVE
) -> str:
    return marked(capture(content, url=url), site)


def kept(made: str) -> str:
    """What is marked as the story's text, in the order of the page, without white space."""
    tree = LexborHTMLParser(made)
    return squeezed("".join(node.text() or "" for node in tree.css("main > :not(.legend) .k")))


def labels(made: str) -> list[str]:
    found = LexborHTMLParser(made).css("main > :not(.legend) .why")
    return [(node.text() or "").removeprefix("stripped: ") for node in found][1:]


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    stir=st.integers(0, 50),
    which=st.integers(0, 10_000),
    redesign=st.sets(st.sampled_from(sorted(Redesign)), max_size=1),
)
def test_what_is_marked_as_kept_is_the_articles_text_and_no_teaser(
    seed: int, stir: int, which: int, redesign: set[Redesign]
) -> None:
    look = Lookalike(seed=seed, days=1, stir=stir)
    story = sorted(look.stories.values(), key=lambda one: one.id)[which % len(look.stories)]
    look.redesign = frozenset(redesign)
    made = shown(look.page(story.id, SITE), f"{SITE}{story.path}", SITE)
    said = kept(made)
    if not redesign:
        assert said == ("" if story.points_to else squeezed(story.body))
    own = squeezed(story.body)
    for other in look.stories.values():
        teaser = squeezed(other.excerpt or "")
        assert not teaser or teaser in own or teaser not in said


def test_each_thing_that_is_stripped_says_why() -> None:
    rail = f"<div><h3>Opinion</h3>{card(7, 'A teaser', 'What it teases.')}</div>"
    body = (
        "<p>One <b>two</b><script>x</script> three.</p><div class='ad__wrapper__slot'><p>Buy it.</p></div>"
        f"{rail}<figure><img src='https://i.dawn.com/a.webp' alt='A picture'><figcaption>Said.</figcaption></figure>"
        "<blockquote class='twitter-tweet'>tweeted</blockquote><iframe src='https://www.youtube.com/embed/x'></iframe>"
        "<ul class='social'><li>Share</li></ul><p>Join our Whatsapp channel</p><p>Four.</p>"
        "<p>Last. Published in Dawn, April 29th, 2025</p>"
    )
    made = shown(page(body))
    assert kept(made) == "Onetwothree.Four.Last."
    assert labels(made) == [
        "script",
        "advert, by its class ad__wrapper__slot",
        "rail",
        "picture",
        "embed, by its class twitter-tweet",
        "embed",
        "share box, by its class social",
        "a line that is furniture",
        "print line",
    ]
    stripped = " ".join(node.text() or "" for node in LexborHTMLParser(made).css("main > :not(.legend) .cut"))
    for words in ("Buy it.", "What it teases.", "tweeted", "Share", "Published in Dawn, April 29th, 2025"):
        assert words in stripped
    assert f"id={ANCHOR}" in made


ACTING = (
    "<script>alert(1)</script><style>@import 'http://x/';body{display:none}</style><base href=http://x/>"
    "<meta http-equiv=refresh content='0;url=http://x/'><link rel=stylesheet href=http://x/>"
    "<a href='javascript:alert(1)' onclick=alert(1) target=_top ping=http://x>a</a><a href=http://x/>b</a>"
    "<img src=http://x/i onerror=alert(1)><svg onload=alert(1)><a xlink:href=javascript:alert(1)>s</a>"
    "<foreignObject><script>1</script></foreignObject></svg><math><mtext><style><img src=x onerror=alert(1)>"
    "</style></mtext></math><iframe src=http://x srcdoc='<script>alert(1)</script>'></iframe>"
    "<object data=http://x></object><embed src=http://x><form action=http://x><button formaction=http://x>go"
    "</button><input autofocus onfocus=alert(1)></form><video src=http://x poster=http://x onplay=alert(1)></video>"
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript><template><img src=http://x></template>"
    "<p style='background:url(http://x)' onmouseover=alert(1) id=story class=legend>c &lt;script&gt;alert(1)&lt;/script&gt;</p>"
    "<xmp><script>alert(1)</script></xmp><plaintext><script>alert(1)</script>"
)


@pytest.mark.parametrize("where", ["body", "around", "nowhere"])
def test_nothing_of_a_page_acts_or_asks(where: str) -> None:
    """Every tag of what is written is looked at: a known element, with attributes that cannot act."""
    content = {
        "body": page(ACTING),
        "around": page("<p>x</p>", rails=ACTING),
        "nowhere": f"<html><body onload=alert(1)>{ACTING}</body></html>",
    }[where]
    made = shown(content)
    head, _, body = made.partition("</head>")
    assert "http-equiv" not in head and head.count("<style>") == 1
    for node in LexborHTMLParser(made).css("main *"):
        assert node.tag not in (
            *("script", "style", "base", "meta", "link", "img", "svg", "math", "iframe", "object", "embed"),
            *("form", "input", "button", "video", "noscript", "template", "xmp", "plaintext"),
        )
        assert set(node.attributes) <= {"class", "id", "dir", "colspan", "rowspan", "start"}, node.html
        assert node.attributes.get("id") in (None, ANCHOR)
    assert not re.search(r"<[^>]*\b(?:on\w+|href|src|action|style)\s*=", body)


def test_marks_that_turn_words_around_are_seen() -> None:
    made = shown(page("<p>One \u202egnp.exe\u202c two.</p>"))
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", made)
    assert "One \ufffdgnp.exe\ufffd two." in made


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"status": 404}, "with status 404"),
        ({"headers": (("Content-Type", "application/rss+xml"),)}, "no page but application/rss+xml"),
        ({"headers": (("Content-Encoding", "x-own"), ("Content-Type", "text/html"))}, "cannot be shown"),
        ({"content": b""}, "cannot be shown: an empty page"),
        ({"content": b"<p>nothing of a story"}, "No story was read in it"),
        ({"url": "https://www.dawn.com/news/7"}, "the page is another story"),
    ],
)
def test_what_is_no_storys_page_says_so(change: dict[str, object], said: str) -> None:
    made = marked(replace(capture(page("<p>Words.</p>")), **change), LIVE)  # type: ignore[arg-type]
    assert said in made
    assert kept(made) == ""


def test_a_page_of_no_known_layout_shows_what_was_found() -> None:
    paragraphs = [f"Paragraph {n} says something of some length, and then says it again." for n in range(9)]
    body = "".join(f"<p>{each}</p>" for each in paragraphs)
    made = shown(
        '<html><head><title>A headline - DAWN.COM</title><script type=\'application/ld+json\'>{"@type":"NewsArticle","headline":"A headline"}</script>'
        "<link rel='canonical' href='https://www.dawn.com/news/2000500'></head><body><div class=menu>Menu</div>"
        f"<h1>A headline</h1><div class=unheard-of>{body}</div></body></html>"
    )
    assert "Its layout is not known" in made
    assert squeezed("".join(paragraphs)) == kept(made)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (page("<div>" * 100_000), "tags"),
        (page("<div>" * 50_000), "nested 500"),
        (page(f"<p {attributes(1_000_000)}>x</p>"), MANY),
        (page("<div>" * 1_400 + "<p>x</p>" * 28_000), ""),
        (page("<table>" + "x<b>" * 700 + "<p>x</p>" * 20_000), ""),
        (page("<p>" + "w" * 5_000_000 + "</p>"), "characters more"),
        (page("<p>" + "Published in Dawn, April 29th, 2025 " * 250_000 + "</p>"), ""),
        (
            page(
                "<p>Advertisement</p>" * 15_000
                + f"<table><tr><td>{'<p>Advertisement</p>' * 14_000}x</td><td>y</td></tr></table>"
            ),
            "",
        ),
    ],
    ids=count(),
)
def test_a_page_made_to_hurt_costs_a_bounded_time(content: str, said: str) -> None:
    began = process_time()
    made = shown(content)
    assert said in made
    assert len(made) < 5_000_000
    assert process_time() - began < PATIENCE


LINES = st.lists(st.text("abc", min_size=1, max_size=4), max_size=12)


@given(st.lists(st.tuples(st.text("abc", min_size=1, max_size=4), st.booleans()), max_size=12))
def test_whichever_lines_are_left_out_what_is_kept_says_the_paragraphs(
    lines: list[tuple[str, bool]],
) -> None:
    """A law: of lines some of which are paragraphs exactly these words are found, in their order."""
    wanted = [line for line, stays in lines if stays]
    found = kept_of([line for line, _ in lines], wanted, lambda _: False)
    assert "".join(line[a:b] for (line, _), (a, b) in zip(lines, found, strict=True)) == "".join(wanted)


@given(LINES, LINES)
def test_no_more_is_kept_than_was_read(lines: list[str], wanted: list[str]) -> None:
    found = kept_of(lines, wanted, lambda _: True)
    assert len("".join(line[a:b] for line, (a, b) in zip(lines, found, strict=True))) <= len("".join(wanted))
    assert all(0 <= a <= b <= len(line) for line, (a, b) in zip(lines, found, strict=True))
