"""What a page shows beside its story, found with no knowledge of the layout."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from crawlers.rails import Evidence, Teaser, evidence, furniture_in, key, listed, squeezed

BODY = ("The council met at noon and heard three engineers.", "It decided nothing.")
EXCERPT = "What the engineers had to say of the lamps, and why nobody asked."


def shown(around: str, body: str = "", paragraphs: tuple[str, ...] = BODY, head: str = "") -> Evidence:
    """The evidence of story 9, whose page has this around its text."""
    text = body or "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    page = f"<head>{head}</head><body><main><h1>A council</h1><div>{text}</div></main>{around}</body>"
    return evidence(LexborHTMLParser(f"<html>{page}</html>"), paragraphs, 9)


LINK = "<a href='/news/5'>Lamps for the ferry</a>"
HEADLINE = Teaser("5", "headline", "Lamps for the ferry")
BOTH = (HEADLINE, Teaser("5", "excerpt", EXCERPT))


@pytest.mark.parametrize(
    ("around", "teasers"),
    [
        (f"<div><h2><a href='/news/5/x'>Lamps for the ferry</a></h2><p>{EXCERPT}</p></div>", BOTH),
        (f"<aside><article><a href='/news/5'><img></a><div><h4>{LINK}</h4></div>"
         f"<div><div>{EXCERPT}</div><span>29 Jan, 2025</span></div></article></aside>", BOTH),
        (f"<a href='//www.dawn.com/news/5'><h3>Lamps <i>for</i> the ferry</h3></a><p>{EXCERPT}</p>", BOTH),
        (f"<dl><dt>{LINK}<dd>{EXCERPT}<dt><a href='/news/6'>Goats</a><dd>Two.</dl>",
         (HEADLINE, Teaser("6", "headline", "Goats"), BOTH[1])),
        ("<ul><li>1. <a href='http://dawn.com/news/print/5?x#y'>Lamps for the ferry</a></ul>", (HEADLINE,)),
        ("<p><a href='https://images.dawn.com/news/5/x'>Elsewhere</a></p>",
         (Teaser("images.dawn.com/news/5", "headline", "Elsewhere"),)),
        ("<p>As we <a href='/news/5'>said on Monday</a>, nothing was decided in the end by anybody.</p>", ()),
        ("<p><a href='/news/9/x'>A council</a></p><p>" + EXCERPT + "</p>", ()),
        ("<p><a href='https://example.org/news/5'>Another paper</a></p>", ()),
        ("<script>var a = \"<a href='/news/5'>no</a>\"</script><p><a href='/newspaper'>News</a></p>", ()),
        (f"<div>{LINK}<p>{'A long story of its own. ' * 40}</p></div>", (HEADLINE,)),
    ],
)  # fmt: skip
def test_teasers(around: str, teasers: tuple[Teaser, ...]) -> None:
    assert shown(around).teasers == teasers


def test_what_is_the_storys_own_is_no_excerpt_of_another() -> None:
    """A linked paragraph alone in the text, which leads to one story only: the text is not its card."""
    linked = "<p><a href='/news/5'>Lamps for the ferry</a></p>"
    body = "".join(f"<p>{paragraph}</p>" for paragraph in BODY) + linked
    found = shown("", body, (*BODY, "Lamps for the ferry"))
    assert found.teasers == found.linked == (HEADLINE,)


def test_other_texts_are_told_by_their_keys() -> None:
    line = "Tell us what you think of this page"
    found = shown(f"<p>{line}</p><p>Comments</p><p>{BODY[0]}</p><p><a href='/news/5'>{EXCERPT}</a></p>")
    assert found.outside == (key(squeezed(line)),)
    assert key(squeezed(line)) == key(squeezed("“TELL us what you think of this\u00a0pa\u00adge!”"))


def test_what_stands_below_the_print_line_and_where_the_story_begins() -> None:
    body = f"<p>{BODY[0]}</p><p>Published in Dawn, May 1st, 2025</p><p>{BODY[1]}</p>"
    described = f"<meta property='og:description' content='{BODY[0][:40]}...'>"
    found = shown("", body, head=described)
    assert (found.after, found.opening) == ((1,), 0)
    assert (shown("").after, shown("").opening) == ((), None)


def test_a_listing_is_all_teasers() -> None:
    cards = "".join(
        f"<article><h2><a href='/news/{n}'>Story number {n}</a></h2><p>{EXCERPT} {n}</p></article>"
        for n in range(1, 4)
    )
    found = listed(LexborHTMLParser(f"<body><p>Something else that is said here</p>{cards}</body>"))
    assert sorted((each.leads_to, each.kind) for each in found.teasers) == [
        (str(n), kind) for n in range(1, 4) for kind in ("excerpt", "headline")
    ]
    assert found.outside == () and found.sentences == 9, "each excerpt is two, for its number"


def test_what_no_story_says() -> None:
    assert furniture_in((*BODY, "COMMENT  MOD POLICY: be kind.")) is None, "two blanks are another text"
    assert furniture_in((*BODY, "COMMENT MOD POLICY: be kind.")) == "COMMENT MOD POLICY: be kind."
    assert furniture_in(BODY) is None


def test_a_page_without_a_body_shows_nothing() -> None:
    assert evidence(LexborHTMLParser(""), (), 9) == Evidence()
    assert listed(LexborHTMLParser("<frameset><frame></frameset>")) == Evidence()
