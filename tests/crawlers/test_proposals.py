"""What a proposed rule is: the shortest selector under which the known value stands, on page after page."""

from __future__ import annotations

import html
from collections.abc import Iterator
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from crawlers.items import Capture
from crawlers.lookalike import Lookalike, Redesign, Story
from crawlers.outline import Outline, words
from crawlers.proposals import Known, Proposal, page_of, proposals
from tests.crawlers.test_drift import START

Pages = list[tuple[LexborHTMLParser, Known]]


def parsed(text: str) -> LexborHTMLParser:
    return LexborHTMLParser(text.encode("utf-8", "replace"))


def page(markup: str, top: str = "", **known: str) -> tuple[LexborHTMLParser, Known]:
    return parsed(f"<html><head>{top}</head><body>{markup}</body></html>"), {
        name: (value,) for name, value in known.items()
    }


def only(found: tuple[Proposal, ...]) -> Proposal:
    assert len(found) == 1
    return found[0]


@pytest.fixture(scope="module")
def site() -> Lookalike:
    return Lookalike(days=2)


@pytest.fixture(scope="module")
def stories(site: Lookalike) -> list[Story]:
    """Stories with a text, of all kinds and lengths, with rails inside the text and without."""
    return [story for story in site.stories.values() if story.body and not story.points_to][:20]


def redesigned(site: Lookalike, stories: list[Story], *parts: Redesign) -> Iterator[LexborHTMLParser]:
    site.redesign = frozenset(parts)
    yield from (parsed(site.page(story.id)) for story in stories)
    site.redesign = frozenset()


def test_the_renamed_parts_of_an_article_are_found(site: Lookalike, stories: list[Story]) -> None:
    trees = redesigned(site, stories, Redesign.FRAME, Redesign.BODY)
    pages: Pages = [(tree, {"body": (story.body,)}) for tree, story in zip(trees, stories, strict=True)]
    title, byline, content = proposals("article", pages, "newskit-2025")
    assert title == Proposal("title", ".story__title", "h1.headline__text", len(pages), len(pages))
    assert (byline.part, byline.now, byline.selector) == ("byline", ".story__byline", "span.credit")
    assert (content.part, content.now, content.selector) == ("content", ".story__content", "div.article-text")
    assert content.pages == len(pages)


def test_what_is_found_as_before_needs_no_rule(site: Lookalike, stories: list[Story]) -> None:
    pages: Pages = [(tree, {}) for tree in redesigned(site, stories, Redesign.BODY)]
    assert [each.part for each in proposals("article", pages, "newskit-2025")] == ["content"]
    pages = [
        (tree, {"body": (story.body,)})
        for tree, story in zip(redesigned(site, stories), stories, strict=True)
    ]
    assert proposals("article", pages, "newskit-2025") == ()


def test_the_text_is_found_by_the_opening_that_the_head_tells(site: Lookalike, stories: list[Story]) -> None:
    opening = [story for story in stories if story.teaser is None]
    assert len(opening) > 5
    trees = redesigned(site, opening, Redesign.BODY)
    found = only(proposals("body", [(tree, {}) for tree in trees], "newskit-2025"))
    assert found.selector == "div.article-text"


def test_the_time_is_found_in_an_attribute_and_as_shown(site: Lookalike, stories: list[Story]) -> None:
    trees = list(redesigned(site, stories, Redesign.DATES))
    pages: Pages = [
        (tree, {"published_at": (story.published.isoformat(),)})
        for tree, story in zip(trees, stories, strict=True)
    ]
    assert only(proposals("published_at", pages)).selector == "time[datetime]"
    shown = [
        page(
            f"<b>x</b><i class='when'>Online March {n}, 2026</i>", published_at=f"2026-03-{n:02}T09:00+05:00"
        )
        for n in range(1, 5)
    ]
    assert only(proposals("published_at", shown)).selector == "i.when"


@pytest.mark.parametrize(
    ("markup", "selector"),
    [
        ("<div class='credit'>By <a>{}</a></div>", "div.credit"),
        ("<div><p class='names'>{}</p><p class='names'>others</p></div>", None),
        ("<p class='mt-1 font-bold writer'>{}</p><p class='mt-1 font-bold'>else</p>", "p.writer"),
        ("<p id='writer' class='mt-1'>{}</p><p class='mt-1'>else</p>", "#writer"),
        ("<p id='w1981903'>{}</p><p>else</p>", None),
        ("<p itemprop='author'>{}</p><p>else</p>", "p[itemprop='author']"),
        ("<aside><b>{}</b></aside><div class='top-box'><b>{}</b></div>", "div.top-box"),
        ("<p class='sm:w-2/3 a&quot;]'>{}</p><p>else</p>", None),
        ("<p class='x__y'>{}</p><p class='x__y'>{}</p>", None),
        ("<script class='json'>{}</script>", None),
    ],
)
def test_the_shortest_name_that_is_unique(markup: str, selector: str | None) -> None:
    names = ["Asma Karim", "AFP | Reuters", "Bano Qudsi", "Editorial"]
    pages: Pages = [page(markup.replace("{}", html.escape(name)), authors=name) for name in names]
    found = proposals("authors", pages)
    assert [each.selector for each in found] == ([selector] if selector else [])


def test_what_holds_on_most_pages_is_said_with_how_many() -> None:
    pages = [page(f"<h2 class='top'>Headline {n}</h2>", title=f"Headline {n}") for n in range(8)]
    pages += [
        page("<h2 class='top'>Another one</h2>", title="Headline 9"),
        page("<p>nothing</p>", title="None"),
    ]
    found = only(proposals("title", pages))
    assert (found.selector, found.pages, found.known) == ("h2.top", 8, 10)


@pytest.mark.parametrize(
    "pages",
    [
        pytest.param([], id="no pages"),
        pytest.param([page("<h1>One</h1>", title="One")], id="one page is no rule"),
        pytest.param([page("<h1>One</h1>") for _ in range(9)], id="nothing is known"),
        pytest.param([page("<h1>One</h1>", title="Another") for _ in range(9)], id="the value is nowhere"),
        pytest.param(
            [page(f"<h{n}>Headline {n}</h{n}>", title=f"Headline {n}") for n in range(1, 7)],
            id="everywhere else",
        ),
    ],
)
def test_nothing_is_proposed_without_evidence(pages: Pages) -> None:
    assert proposals("title", pages) == ()


def test_a_field_that_no_selector_reads_has_no_proposal() -> None:
    pages = [page("<p>KARACHI: a text</p>", dateline="KARACHI") for _ in range(5)]
    assert proposals("printed_on", pages) == ()


HOSTILE = {
    "deep": "<div>" * 3000 + "Headline",
    "many": "<p class='a'>Headline</p>" * 30_000,
    "same words": "<div>" + "Headline " * 200_000 + "</div>",
    "classes": "<h1 class='" + " ".join(f"c{n}" for n in range(20_000)) + "'>Headline</h1>",
    "open": "<a <b <c 'Headline' \"<h1>Headline",
    "nul": "<h1 class='a\0b'>Headline</h1>",
    "selector": "<h1 class='a]:not(b){}' id='*,*' name=\"'\">Headline</h1>",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_page_costs_its_time_and_no_more(body: str) -> None:
    pages = [page(body, title="Headline", body="Headline " * 50, published_at="2026-03-09T05:00+05:00")] * 3
    began = process_time()
    for field in ("article", "published_at", "image_url", "section", "nonsense"):
        proposals(field, pages)
    assert process_time() - began < 20


@given(st.binary(max_size=400), st.text(max_size=40))
def test_it_takes_whatever_bytes(content: bytes, value: str) -> None:
    capture = Capture("urn:1", "http://site/news/1", START, 200, (), b"<p>" + content, "sha256:")
    tree = page_of(capture)
    if tree is not None:
        for field in ("article", "published_at", "image_url", "section"):
            proposals(field, [(tree, {field: (value,)}), (tree, {"title": (value,)})])


def test_what_is_no_page_is_none() -> None:
    for headers, content in (((("Content-Encoding", "gzip"),), b"torn"), ((), b""), ((), b"plain words")):
        assert (
            page_of(Capture("urn:1", "http://site/news/1", START, 200, headers, content, "sha256:")) is None
        )


def test_an_outline_knows_which_words_an_element_holds() -> None:
    outline = Outline(parsed("<body><p>One <b>two</b>, three</p><script>four</script><p>By AFP</p></body>"))
    assert outline.words == ["one", "two", "three", "afp"]
    held = {each.tag: (each.begin, each.end) for each in outline.elements}
    assert held["b"] == (1, 2)
    assert held["body"] == (0, 4)
    assert outline.places(words("Two, three!")) == [1]
    assert outline.places([]) == []
