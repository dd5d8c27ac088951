# ruff: noqa: E501 - markup reads best on a line of its own
"""Pages of every layout with a story planted in them: what stands in the page is known, for it was put there.

A sheet is a layout's markup with places for furniture: around the body element, beside it and inside it.
Texts are drawn from words of our own by a number, so that the same number gives the same story.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from random import Random

from crawlers.extract import extract_feed, extract_page
from crawlers.items import Article, Kind, Reason, Rejection
from tests.crawlers.paper import capture

SITE = "https://www.dawn.com"
STORY = 2_000_500
FIRST_TEASED = 2_100_000  # the ids of the stories that rails lead to begin here


class Place(StrEnum):
    """Where furniture can stand, from the top of a page to its bottom."""

    TOP = "top"  # above the article
    ABOVE = "above"  # in the article, above the body's parent
    BEFORE = "before"  # in the body's parent, before the body
    FIRST = "first"  # in the body element, before the story
    MIDDLE = "middle"
    LAST = "last"
    AFTER = "after"  # in the body's parent, after the body
    BELOW = "below"  # in the article, below the body's parent
    BOTTOM = "bottom"  # below the article


INSIDE = (Place.FIRST, Place.MIDDLE, Place.LAST)
OUTSIDE = tuple(place for place in Place if place not in INSIDE)

Furniture = Mapping[Place, str]


@dataclass(frozen=True, slots=True)
class Planted:
    """A story as it is put into a page. `blocks` is its markup, `paragraphs` what that must read as."""

    title: str
    blocks: tuple[str, ...]
    paragraphs: tuple[str, ...]
    links: tuple[str, ...]
    kind: Kind = Kind.NEWS
    authors: tuple[str, ...] = ("Ferry Desk", "AFP")
    section: str = "Pakistan"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A layout's page: how it is built, how it is read, and which places it has."""

    layout: str  # the name of one of `site.LAYOUTS`, or "feed"
    name: str
    build: Callable[[Planted, Furniture], str]
    read: Callable[[str], Article | Rejection]
    places: tuple[Place, ...] = tuple(Place)
    framed: bool = (
        False  # whether a story has an element of its own, so that a page can show the next one too
    )

    def __str__(self) -> str:
        return self.name


_WORDS = (  # noqa: SIM905 - a list of words reads best as words
    "harbour ferry goats bridge council lantern orchard kettle valley clerk ledger mango river tailor "
    "school monsoon lorry baker market canal pigeon window carpet drum engine garden hill ink jetty "
    "kiln ladder mill needle oar plough quarry rope saddle tin umbrella village well yard"
).split()
_VERBS = "carried counted opened mended crossed painted weighed followed measured watched".split()  # noqa: SIM905


def sentence(die: Random, low: int = 6, high: int = 18) -> str:
    """A sentence of made-up news; two of them are hardly ever the same."""
    words = [die.choice(_WORDS) for _ in range(die.randint(low, high))]
    words.insert(2, die.choice(_VERBS))
    return " ".join(words).capitalize() + f" {die.randint(100, 9_999_999)}."


def headline(die: Random) -> str:
    """A headline of seven words or so."""
    return sentence(die, 5, 8).rstrip(".")


def address(number: int) -> str:
    """The address of a teased story."""
    return f"{SITE}/news/{FIRST_TEASED + number}/made-up-{number}"


TITLES = {
    Kind.NEWS: "",
    Kind.PICTURES: "In pictures: ",
    Kind.CARTOON: "Cartoon: ",
    Kind.VIDEO: "WATCH: ",
    Kind.LIVE: "LIVE: ",
}


def planted(size: int, seed: int = 0, kind: Kind = Kind.NEWS) -> Planted:
    """A story of `size` paragraphs: one is a line, eight have all that stories have."""
    die = Random(f"{seed} {size} {kind}")
    made = [_made(die, number) for number in range(size)]
    return Planted(
        title=TITLES[kind] + headline(die),
        blocks=tuple(markup for markup, _, _ in made),
        paragraphs=tuple(text for _, texts, _ in made for text in texts),
        links=tuple(link for _, _, links in made for link in links),
        kind=kind,
    )


def _made(die: Random, number: int) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """A paragraph as (markup, what it reads as, its links)."""
    text = " ".join(sentence(die) for _ in range(1 if number == 0 else die.randint(1, 4)))
    if number == 0:
        opening = f"LIMA: {text}"
        return f"<p>{opening}</p>\n", (opening,), ()
    if number == 2:
        return f"<h3 id='toc_0'>{text}</h3>\n", (text,), ()
    if number == 3:
        link = f"{SITE}/news/1900001/an-older-one"
        linked = escape(text.split(" ", 1)[0])
        return f"<p><a href='{link}'>{linked}</a>{text[len(linked) :]}</p>\n", (text,), (link,)
    if number == 5:
        return f"<blockquote><p>{text}</p></blockquote>\n", (text,), ()
    if number == 6:
        return f"<p class=''>• {text}<br>• {text[:9]}</p><hr>\n", (f"• {text}\n• {text[:9]}",), ()
    return f"<p>{text}</p>\n", (text,), ()


def in_body(story: Planted, furniture: Furniture) -> str:
    """What stands in the body element: the story, and the furniture of the places inside."""
    half = len(story.blocks) // 2
    return "".join(
        (
            furniture.get(Place.FIRST, ""),
            *story.blocks[:half],
            furniture.get(Place.MIDDLE, ""),
            *story.blocks[half:],
            furniture.get(Place.LAST, ""),
        )
    )


def _byline(names: Iterable[str], link: str = " class='story__byline__link'") -> str:
    return " | ".join(f"<a{link} href='{SITE}/authors/7/x'>{escape(name)}</a>" for name in names)


def _newskit(story: Planted, furniture: Furniture, heading: str) -> str:
    at = furniture.get
    title = escape(story.title)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f"<title>{title} - {story.section} - DAWN.COM</title>\n"
        f"<link rel='canonical' href='{SITE}/news/{STORY}' />\n"
        f"<meta property='og:title' content='{title}' /><meta property='og:url' content='{SITE}/news/{STORY}' />\n"
        f"<meta property='og:image' content='https://i.dawn.com/large/2025/03/{STORY}.jpg' />\n"
        "<meta property='article:published_time' content='2025-03-10 06:15:00+05:00' />"
        "<meta property='article:modified_time' content='2025-03-10 09:22:00+05:00' />\n"
        f"<meta name='author' content='{escape(', '.join(story.authors))}' />\n</head>\n"
        f"<body class='bg-white  template--story'>{at(Place.TOP, '')}"
        f"<article class='story relative  single    bg-white' data-id='{STORY}' id='{STORY}' data-tags='ferries'>\n"
        f"<div class='template__header  flow-root px-1'>\n<{heading} dir='auto' data-id='{STORY}'"
        f"  class='story__title      text-7.5'><a href='{SITE}/news/{STORY}/slug' class='story__link  '>{title}"
        f"</a></{heading}>\n<span class='story__byline    text-3'>{_byline(story.authors)}</span>"
        "<span class='story__time  '><span class='timestamp--published'><span class='timestamp--label'>Published"
        "</span> <span class='timestamp--date'>March 10, 2025</span></span></span>\n</div>\n"
        f"{at(Place.ABOVE, '')}<div class='template__main  flow-root  px-1'>\n{at(Place.BEFORE, '')}"
        f"<div dir='auto' class='story__content  overflow-hidden    text-4'>{in_body(story, furniture)}\n</div>\n"
        f"{at(Place.AFTER, '')}</div>\n<div class='template__footer  flow-root'>{at(Place.BELOW, '')}</div>\n"
        f"</article>{at(Place.BOTTOM, '')}</body></html>\n"
    )


def _tailwind(story: Planted, furniture: Furniture) -> str:
    """The page of 2021: as the later ones, without tags and id, headline and dates in words alone."""
    page = _newskit(story, furniture, "h2").replace(f" id='{STORY}' data-tags='ferries'", "", 1)
    return page.replace(" class='story__byline__link'", "", len(story.authors))


def _bootstrap(story: Planted, furniture: Furniture) -> str:
    at = furniture.get
    title = escape(story.title)
    return (
        f"<!DOCTYPE html><html><head><title>{title} - {story.section} - DAWN.COM</title>"
        f"<link rel='canonical' href='{SITE}/news/{STORY}'></head><body>{at(Place.TOP, '')}\n"
        '<div class="template__header   modifier--open "><div class="row  no-gutters">'
        f'<h2 class="story__title  size-ten" data-layout="story" data-id="{STORY}"><a class="story__link" '
        f'href="{SITE}/news/{STORY}/x">{title}</a></h2>\n<span class="story__byline      ">'
        f'{_byline(story.authors, "")}</span><span class="story__time      "><span class="timestamp--label">'
        "Updated</span>&nbsp;July 21, 2017</span></div></div>\n"
        f'{at(Place.ABOVE, "")}<div class="template__main   modifier--open "><div class="row  no-gutters">'
        f'{at(Place.BEFORE, "")}<div class="story__content      pt-4  ">{in_body(story, furniture)}</div>\n'
        f"{at(Place.AFTER, '')}</div></div>{at(Place.BELOW, '')}{at(Place.BOTTOM, '')}</body></html>\n"
    )


def _bare(story: Planted, furniture: Furniture, root: str) -> str:
    """A page for phones or for paper: the site's own names, nothing around them."""
    at = furniture.get
    title = escape(story.title)
    return (
        f"<!DOCTYPE html><html {root}><head><meta charset='utf-8'><title>{title} - {story.section} - DAWN.COM</title>"
        f"<link rel='canonical' href='{SITE}/news/{STORY}'>"
        f"<meta property='og:title' content='{title}'>"
        "<meta property='article:published_time' content='2025-03-10 06:15:00+05:00'></head>"
        f"<body>{at(Place.TOP, '')}<main>\n<h1 class='story__title'>{title}</h1>"
        f"<div class='story__byline'>{_byline(story.authors, '')}</div>\n{at(Place.ABOVE, '')}"
        f"<div class='page'>{at(Place.BEFORE, '')}<div class='story__content'>{in_body(story, furniture)}</div>\n"
        f"{at(Place.AFTER, '')}</div>{at(Place.BELOW, '')}</main>{at(Place.BOTTOM, '')}</body></html>\n"
    )


def unknown(story: Planted, furniture: Furniture) -> str:
    """A page of no layout we know, which says in its head that it is a story's."""
    at = furniture.get
    title = escape(story.title)
    return (
        f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>{title} - {story.section} - DAWN.COM</title>"
        f"<link rel='canonical' href='{SITE}/news/{STORY}'><meta property='og:type' content='article'>"
        f"<meta property='og:title' content='{title}'></head><body>{at(Place.TOP, '')}<div class='col'>"
        f"<h1 class='headline'>{title}</h1>{at(Place.BEFORE, '')}<div class='copy'>{in_body(story, furniture)}</div>"
        f"{at(Place.AFTER, '')}</div>{at(Place.BOTTOM, '')}</body></html>\n"
    )


def _feed(story: Planted, furniture: Furniture) -> str:
    described = escape(in_body(story, furniture))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss xmlns:media="http://search.yahoo.com/mrss/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" version="2.0"><channel><title>Dawn - Home'
        f"</title><link>{SITE}/</link><item><title>{escape(story.title)}\n</title><link>{SITE}/news/{STORY}/x"
        f"</link><description>{described}</description><content:encoded>{described}</content:encoded>"
        f"<category>{story.section}</category><guid>{SITE}/news/{STORY}</guid><pubDate>Mon, 10 Mar 2025 06:15:00"
        f" +0500</pubDate><author>none@none.com ({escape(' | '.join(story.authors))})</author></item>"
        "</channel></rss>"
    )


def _read_feed(text: str) -> Article | Rejection:
    """The one item's article; a feed whose item gives none has no body."""
    url = f"{SITE}/feeds/home"
    found = extract_feed(capture(text, url=url, Content_Type="application/rss+xml"))
    return found[0] if found else Rejection(STORY, url, Reason.NO_BODY, "the item gave no article")


SHEETS = (
    Sheet(
        "newskit-2026", "newskit-2026", lambda story, at: _newskit(story, at, "h1"), extract_page, framed=True
    ),
    Sheet(
        "newskit-2025", "newskit-2025", lambda story, at: _newskit(story, at, "h2"), extract_page, framed=True
    ),
    Sheet("tailwind-2021", "tailwind-2021", _tailwind, extract_page, framed=True),
    Sheet("bootstrap-2017", "bootstrap-2017", _bootstrap, extract_page),
    Sheet("amp", "amp", lambda story, at: _bare(story, at, "amp"), extract_page),
    Sheet("print", "print", lambda story, at: _bare(story, at, ""), extract_page),
    Sheet("feed", "feed", _feed, _read_feed, INSIDE),
)
"""Every layout has one sheet or more; a new layout is a new entry above."""
