"""Rails planted into the body of a story's page: more than thirty kinds of markup, place and content."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

SITE = "https://www.dawn.com"
CUT = 110
DECK = "What the decision means for the people of the province, and why it was taken at this time."
BYLINE = (
    "Published 29 Apr, 2025 by a Correspondent in Pakistan, Updated 29 Apr, 2025 08:34pm and read by many"
)


@dataclass(frozen=True, slots=True)
class Teased:
    """A story as a rail shows it."""

    story_id: int
    title: str
    opening: str  # its first paragraph

    @property
    def href(self) -> str:
        return f"{SITE}/news/{self.story_id}/a-slug"

    @property
    def cut(self) -> str:
        """The opening as a card cuts it; whole where it is no longer than that."""
        if len(self.opening) <= CUT + 20:
            return self.opening[: len(self.opening) // 2].rstrip() + "..."
        return self.opening[:CUT].rstrip() + "..."

    @property
    def link(self) -> str:
        return f"<a href='{self.href}'>{said(self.title)}</a>"


Plant = Callable[[Sequence[str], Sequence[Teased]], list[str]]
"""From a body's blocks and the stories to tease to the blocks with the rail among them."""


def said(text: str) -> str:
    return html.escape(text, quote=False)


def card(teased: Teased, excerpt: str, classes: str = "story  box") -> str:
    return (
        f"<article class='{classes}' data-id='{teased.story_id}'><h2 class='story__title  bold'>"
        f"<a class='story__link' href='{teased.href}'>{said(teased.title)}</a></h2>"
        f"<div class='story__excerpt  small'>{said(excerpt)}</div>"
        "<span class='story__time'>13 May, 2025</span></article>"
    )


def rail(stories: Sequence[Teased], salt: int = 0) -> str:
    """A rail as it stands beside a story; every other excerpt is not cut, which ones the salt decides."""
    return "".join(card(each, each.opening if (each.story_id + salt) % 2 else each.cut) for each in stories)


def _end(blocks: Sequence[str], planted: str) -> list[str]:
    """Behind the story, before its print line if it has one."""
    last = len(blocks)
    while last > 1 and "Published in Dawn" in "".join(blocks[last - 1 :]):
        last -= 1
    return [*blocks[:last], planted, *blocks[last:]]


def _middle(blocks: Sequence[str], planted: str) -> list[str]:
    half = max(1, len(blocks) // 2)
    return [*blocks[:half], planted, *blocks[half:]]


def _behind(blocks: Sequence[str], planted: str) -> list[str]:
    """In the story's last paragraph, behind what it says."""
    own = [n for n, block in enumerate(blocks) if block.startswith("<p>") and "Published in" not in block]
    last = blocks[own[-1]]
    return [*blocks[: own[-1]], last.replace("</p>", f" {planted}</p>"), *blocks[own[-1] + 1 :]]


def _longer(some: Sequence[Teased]) -> list[Teased]:
    """Those with a headline that no sub-head has by chance, first."""
    return sorted(some, key=lambda one: len(one.title.split()) < 5)


def _soup(each: Teased) -> str:
    return (
        f"<div><div class='x1'><span><a href='{each.href}'><span>{said(each.title)}</span></a></span>"
        f"<span class='x2'>{said(each.cut)}</span></div></div>"
    )


def _after(blocks: Sequence[str], planted: str) -> list[str]:
    if not any("Published in Dawn" in block for block in blocks):
        blocks = [*blocks, "<p>Published in Dawn, May 1st, 2025</p>"]
    return [*blocks, planted]


def _each(form: Callable[[Teased], str], some: Sequence[Teased]) -> str:
    return "".join(map(form, some))


def _spilled(one: Teased) -> str:
    """As a careless extraction of a card reads: headline and date, headline, excerpt."""
    title = said(one.title)
    return f"<p>{title}<br>Updated 13 May, 2025</p><p>{title}</p><p>{said(one.cut)}</p>"


KINDS: dict[str, Plant] = {
    "cards with the site's class names": lambda blocks, some: _middle(blocks, rail(some[:4])),
    "cards with unseen class names": lambda blocks, some: _end(
        blocks,
        _each(lambda one: f"<div class='zz'><h4>{one.link}</h4><p>{said(one.cut)}</p></div>", some[:4]),
    ),
    "headlines as linked paragraphs": lambda blocks, some: _end(
        blocks, _each(lambda one: f"<p>{one.link}</p>", some[:3])
    ),
    "a list of links": lambda blocks, some: _end(
        blocks, "<ul>" + _each(lambda one: f"<li>{one.link}</li>", some[:4]) + "</ul>"
    ),
    "a table": lambda blocks, some: _end(
        blocks,
        "<table>"
        + _each(lambda one: f"<tr><td>{one.link}</td><td>{said(one.cut)}</td></tr>", some[:3])
        + "</table>",
    ),
    "headline and excerpt, no links": lambda blocks, some: _end(
        blocks, _each(lambda one: f"<h3>{said(one.title)}</h3><p>{said(one.opening)}</p>", some[:2])
    ),
    "excerpts alone, cut": lambda blocks, some: _end(
        blocks, _each(lambda one: f"<p>{said(one.cut)}</p>", some[:3])
    ),
    "excerpts alone, uncut": lambda blocks, some: _end(
        blocks, _each(lambda one: f"<p>{said(one.opening)}</p>", some[:3])
    ),
    "headlines as plain text": lambda blocks, some: _end(
        blocks, _each(lambda one: f"<p>{said(one.title)}</p>", some[:3])
    ),
    "below the print line": lambda blocks, some: _after(
        blocks, f"<p>{said(some[0].title)}</p><p>{said(some[0].opening)}</p>"
    ),
    "one excerpt below the print line": lambda blocks, some: _after(blocks, f"<p>{said(some[0].cut)}</p>"),
    "before the first paragraph": lambda blocks, some: [
        f"<p>{said(some[0].title)}</p><p>{said(some[0].opening)}</p>",
        *blocks,
    ],
    "in the middle, linked": lambda blocks, some: _middle(
        blocks, f"<div class='new'><p>{some[0].link}</p><p>{said(some[0].opening)}</p></div>"
    ),
    "a single linked headline": lambda blocks, some: _middle(
        blocks, f"<p><strong>{some[0].link}</strong></p>"
    ),
    "a single excerpt, cut": lambda blocks, some: _middle(blocks, f"<p>{said(some[0].cut)}</p>"),
    "a single excerpt, uncut": lambda blocks, some: _middle(blocks, f"<p>{said(some[0].opening)}</p>"),
    "div soup, glued": lambda blocks, some: _end(blocks, _each(_soup, some[:3])),
    "a definition list": lambda blocks, some: _end(
        blocks,
        "<dl>" + _each(lambda one: f"<dt>{said(one.title)}</dt><dd>{said(one.cut)}</dd>", some[:3]) + "</dl>",
    ),
    "legends of pictures": lambda blocks, some: _middle(
        blocks,
        _each(
            lambda one: f"<div><a href='{one.href}'><img src='/x.jpg'></a><p class='w'>{one.link}</p></div>",
            some[:2],
        ),
    ),
    "a footer": lambda blocks, some: _end(
        blocks,
        f"<footer>{_each(lambda one: f'<p>{said(one.title)}<br>{said(one.cut)}</p>', some[:3])}</footer>",
    ),
    "a rail moved into the content": lambda blocks, some: _end(
        blocks,
        "<h4>Opinion</h4><h4>Editorial</h4>"
        + re.sub(r"class='[^']*'", "class='moved'", rail(some[:5])).replace("article", "section"),
    ),
    "title, date, title, excerpt": lambda blocks, some: _end(
        blocks, "<p>Opinion</p><p>Editorial</p>" + _each(_spilled, some[:4])
    ),
    "lines of one paragraph": lambda blocks, some: _end(
        blocks, "<p>" + "<br>".join(said(one.title) for one in some[:4]) + "</p>"
    ),
    "excerpts cut with no ellipsis": lambda blocks, some: _middle(
        blocks, _each(lambda one: f"<p>{said(one.cut.rstrip('.'))}</p>", some[:2])
    ),
    "excerpts cut elsewhere": lambda blocks, some: _middle(
        blocks, _each(lambda one: f"<p>{said(one.opening[: CUT + 10].rstrip())}…</p>", some[:2])
    ),
    "headlines cut short": lambda blocks, some: _end(
        blocks, _each(lambda one: f"<p>{said(one.title[:40].rstrip())}...</p>", some[:3])
    ),
    "links behind the last sentence": lambda blocks, some: _behind(
        blocks, " ".join(one.link for one in _longer(some)[:3])
    ),
    "headlines behind the last sentence": lambda blocks, some: _behind(
        blocks, " | ".join(said(one.title) for one in _longer(some)[:3])
    ),
    "headlines with decks nobody knows": lambda blocks, some: _middle(
        blocks, _each(lambda one: f"<p>{said(one.title)}. {DECK}</p>", _longer(some)[:2])
    ),
    "linked headlines with such decks": lambda blocks, some: _middle(
        blocks, _each(lambda one: f"<div>{one.link} <span>{DECK}</span></div>", _longer(some)[:2])
    ),
    "linked headlines with bylines": lambda blocks, some: _end(
        blocks, _each(lambda one: f"<p>{one.link} {BYLINE}</p>", _longer(some)[:2])
    ),
    "a label, a headline, a cut excerpt": lambda blocks, some: _middle(
        blocks, _each(lambda one: f"<p>Read more: {one.link}<br>{said(one.cut)}</p>", some[:2])
    ),
    "a label, headline, excerpt: three lines": lambda blocks, some: _middle(
        blocks, f"<p>Read more<br>{said(some[0].title)}<br>{said(some[0].cut)}</p>"
    ),
    "a label, headline and opening": lambda blocks, some: _middle(
        blocks, f"<div>Related: {said(some[0].title)} — {said(some[0].opening)}</div>"
    ),
    "labels and openings": lambda blocks, some: _end(
        blocks, _each(lambda one: f"<p>See also: {said(one.opening)}</p>", some[:3])
    ),
    "labelled headlines in a row": lambda blocks, some: _end(
        blocks, _each(lambda one: f"<p>Read more: {one.link}</p>", some[:3])
    ),
    "headlines run together": lambda blocks, some: _end(
        blocks, "<p>" + " ".join(said(one.title) for one in some[:4]) + "</p>"
    ),
}
