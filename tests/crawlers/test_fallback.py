"""Pages whose layout has changed: the story is read all the same, and no teaser with it."""

from __future__ import annotations

import pytest

from crawlers.extract import extract
from crawlers.items import Article, Reason, Rejection
from crawlers.site import FALLBACK
from tests.crawlers.paper import capture, card, page

SAYS = (
    "The ferrymen of the lower harbour put down their oars on Thursday and asked for the council.",
    "Nobody from the council came before noon, and the market on the other bank stayed shut.",
    "A second meeting is to be held on Monday, both sides said after a night of talks in the hall.",
    "Until then two boats carry the sick and the post across the river, free of charge.",
)
RAIL = (
    "<div class='wrap'><h3>Opinion</h3>"
    + card(2000600, "Bridges closed", "The bridges were closed on Sunday, nobody knows why...")
    + "</div>"
)
META = "<meta property='og:type' content='article'>"


def paragraphs(number: int) -> str:
    return "".join(f"<p>{text}</p>\n" for text in SAYS[:number])


def body_of(html: str) -> str:
    read = extract(capture(html), thorough=True)
    assert isinstance(read, Article), read
    assert read.layout == FALLBACK
    return read.body


@pytest.mark.parametrize(
    ("name", "now"),
    [
        ("story__content", "post__copy"),
        ("template__main", "post__main"),
    ],
)
def test_a_story_whose_markup_was_renamed_is_kept_whole(name: str, now: str) -> None:
    html = page(paragraphs(4), RAIL, extra_head=META).replace(name, now)
    if name == "template__main":
        html = html.replace("story__content", "post__copy")
    assert body_of(html) == "\n\n".join(SAYS)


def teased(n: int) -> str:
    return f"<a href='/news/{2000600 + n}/x'>Teased headline number {n} of the rail</a>"


def test_a_page_whose_own_element_is_not_named_gives_its_only_body() -> None:
    html = page(paragraphs(4), RAIL, extra_head=META).replace("story  single", "story  solo")
    read = extract(capture(html), thorough=True)
    assert isinstance(read, Article) and read.body == "\n\n".join(SAYS)


def boxes(number: int) -> str:
    return "".join(
        f"<div class='card'><h3>{teased(n)}</h3>"
        f"<p>Excerpt {n} says a little of what that story will tell...</p></div>"
        for n in range(number)
    )


def in_turn(number: int) -> str:
    return "".join(
        f"<p>{teased(n)}</p><p>Excerpt {n} says a little of what that story will tell...</p>"
        for n in range(number)
    )


def items(number: int) -> str:
    return (
        "<h3>Read more</h3><ul>"
        + "".join(
            f"<li>{teased(n)}<p>Excerpt {n} says a little of what that story will tell...</p></li>"
            for n in range(number)
        )
        + "</ul>"
    )


@pytest.mark.parametrize("teasers", [boxes, in_turn, items])
@pytest.mark.parametrize("above", [True, False])
@pytest.mark.parametrize("number", [2, 3, 12, 40])
def test_teasers_go_with_their_excerpts(teasers: object, above: bool, number: int) -> None:
    rail = f"<div class='related'>{teasers(number)}</div>"  # type: ignore[operator]
    html = page(paragraphs(4), extra_head=META)
    html = html.replace("<div class='story__content", f"{rail if above else ''}<div class='story__content")
    html = html.replace(
        "<div class='template__footer", f"{'' if above else rail}<div class='template__footer"
    )
    assert body_of(html.replace("story__content", "post__copy")) == "\n\n".join(SAYS)


@pytest.mark.parametrize("teasers", [boxes, in_turn, items])
def test_teasers_without_a_story_are_no_story(teasers: object) -> None:
    html = page("", extra_head=META).replace("story__content", "post__copy")
    html = html.replace("<div class='template__footer", f"{teasers(12)}<div class='template__footer")  # type: ignore[operator]
    read = extract(capture(html), thorough=True)
    assert isinstance(read, Rejection) and read.reason in (Reason.NO_BODY, Reason.RAIL_IN_BODY), read


def test_what_stands_in_one_another_is_taken_out_once() -> None:
    furniture = "<aside><figure><nav><form><h3>Read more</h3></form></nav></figure></aside>" * 200
    cards = "<div class='wrap'>" * 20 + boxes(30) + in_turn(30) + "</div>" * 20
    html = page(paragraphs(4), furniture + cards, extra_head=META)
    assert body_of(html.replace("story__content", "post__copy")) == "\n\n".join(SAYS)


def test_a_paragraph_with_one_link_stays() -> None:
    linked = SAYS[0].replace("council", "<a href='/news/2000700/x'>council</a>")
    html = page(f"<p>{linked}</p>" + paragraphs(4)[len(SAYS[0]) + 8 :], extra_head=META)
    assert body_of(html.replace("story__content", "post__copy")) == "\n\n".join(SAYS)
