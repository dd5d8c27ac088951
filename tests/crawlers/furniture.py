# ruff: noqa: E501 - markup reads best on a line of its own
"""What stands around a story and is none of it, as Hypothesis strategies: rails, adverts, players, comments.

Every block says things of its own: other headlines, bylines, dates, captions and addresses. None of it may
end in an article's fields.
"""

from __future__ import annotations

import json

from hypothesis import strategies as st

from tests.crawlers.sheets import INSIDE, OUTSIDE, SITE, Place, Sheet

NUMBERS = st.integers(0, 99)


def a_card(n: int) -> str:
    """A card of a rail with all that cards have."""
    link = f"{SITE}/news/{2_100_000 + n}/teased-{n}"
    return (
        f"<article class='story relative overflow-hidden  box    pb-2' data-id='{2_100_000 + n}' id='{2_100_000 + n}' data-layout='story' data-tags='a tag of card {n}'>"
        f"<figure class='media  media--fill'><div class='media__item  '><a title='x' href='{link}'><picture><img src='https://i.dawn.com/medium/{n}.jpg' alt='Picture of card {n}'></picture></a></div><figcaption class='media__caption'>Caption of card {n} — Photo by nobody</figcaption></figure>"
        f"<h2 dir='auto' data-id='{2_100_000 + n}' class='story__title      font-bold'><a href='{link}' class='story__link  '>Card {n} teases what another story is about</a></h2>"
        f"<span class='story__byline  '><a class='story__byline__link' href='{SITE}/authors/{n}/x'>Writer of card {n}</a></span>"
        f"<div dir='auto' class='story__excerpt    font-georgia'>KARACHI: The excerpt of card {n} says what another story says, and breaks off...\n \n    </div>"
        f"<span class='story__time    uppercase'><span class='timestamp--label'>Published</span> <span class='timestamp--time  timeago' title='2024-01-{1 + n % 28:02d}T20:34:11+05:00'><span class='timestamp__calendar'>{1 + n % 28} Jan, 2024</span></span></span></article>\n"
    )


def headed(name: str, first: int, count: int) -> str:
    """A rail of cards under its heading."""
    cards = "".join(a_card((first + n) % 100) for n in range(count))
    return f"<div class='border-t-3 border-black  sm:mx-2'>\n<h3 class='my-2'><a class='font-bold' href='/x'>{name}</a></h3>\n<div class='grid  grid-cols-2'>\n{cards}</div></div>\n"


def twin_heads(first: int) -> str:
    """The two rails at the end of a page, the first without cards of its own."""
    return "<div class='border-t-3'><h3 class='my-2'>Opinion</h3></div>" + headed("Editorial", first, 3)


CARDS = NUMBERS.map(a_card)
RAILS = st.one_of(
    st.builds(
        headed,
        st.sampled_from(
            [
                "Opinion",
                "Editorial",
                "Read more",
                "Latest Stories",
                "Most Popular",
                "Must Read",
                "On DawnNews",
            ]
        ),
        NUMBERS,
        st.integers(1, 6),
    ),
    NUMBERS.map(twin_heads),
)
ADVERTS = NUMBERS.map(
    lambda n: (
        f"<!-- advert:start --><div id='div-gpt-ad-{n}' class='ad__wrapper__slot  my-4' data-name='In-Story-{n}'><script>var slot = \"<p>Not a paragraph {n}</p>\";</script><a href='https://advert.example/{n}'>Buy kettle {n}</a></div><!-- advert:end -->\n"
    )
)
SCRIPTS = st.one_of(
    NUMBERS.map(
        lambda n: (
            f"<script>window.later = \"<div class='story__content'><p>Scripted {n}.</p></div>\";</script>"
        )
    ),
    NUMBERS.map(
        lambda n: f"<noscript><p>Without scripts {n}</p><img src='https://count.example/{n}'></noscript>"
    ),
    NUMBERS.map(
        lambda n: (
            f"<template><article class='story single' data-id='{n}'><div class='story__content'><p>Templated {n}.</p></div></article></template>"
        )
    ),
    NUMBERS.map(lambda n: f"<style>.x{n}::after {{ content: 'styled {n}' }}</style>"),
    NUMBERS.map(lambda n: f"<!-- <div class='story__content'><p>A remark {n}</p></div> -->"),
    NUMBERS.map(
        lambda n: (
            "<script type='application/ld+json'>"
            + json.dumps({"@type": "BreadcrumbList", "itemListElement": [{"item": {"name": f"Crumb {n}"}}]})
            + "</script>"
        )
    ),
    NUMBERS.map(
        lambda n: (
            "<script type='application/ld+json'>"
            + json.dumps(
                {
                    "@type": "VideoObject",
                    "name": f"Film {n}",
                    "uploadDate": "2023-03-03",
                    "author": {"name": "A film-maker"},
                }
            )
            + "</script>"
        )
    ),
)
DIALOGS = NUMBERS.map(
    lambda n: (
        f"<div class='video-player' role='dialog' aria-modal='true'><h1>Question {n} about cookies</h1><p>Press either button and window {n} goes away.</p><button>Play</button></div>"
    )
)
NEXT_LD = NUMBERS.map(
    lambda n: (
        "<script type='application/ld+json'>"
        + json.dumps(
            {
                "@type": "NewsArticle",
                "mainEntityOfPage": f"{SITE}/news/{2_500_000 + n}",
                "headline": f"Next {n}",
                "datePublished": "2023-05-05T05:05:05+05:00",
                "dateModified": "2023-05-06T05:05:05+05:00",
                "author": [{"name": f"Next writer {n}"}],
                "image": [{"caption": f"Next caption {n}"}],
            }
        )
        + "</script>"
    )
)
KNOWN = st.one_of(CARDS, RAILS, ADVERTS, SCRIPTS, DIALOGS)
"""What every layout knows as furniture even inside the body element."""

SHARES = NUMBERS.map(
    lambda n: (
        f"<div class='block  sm:inline-block'><div class='social  social--facebook'><a href='https://www.facebook.com/sharer?n={n}'>{n}</a></div><div class='social  social--print'><a href='{SITE}/news/print/2000500'>Print</a></div><div class='social  social--comment'><a href='#comments'><span>{n}</span></a></div></div>\n"
    )
)
COMMENTS = NUMBERS.map(
    lambda n: (
        f"<section id='comments' class='comments  mx-auto'><h3>Comments ({n})</h3><div class='comment' id='c{n}'><span class='comment__author'>Reader {n}</span><span class='timestamp--published'>Jan 0{1 + n % 9}, 2024 10:11am</span><p>Comment {n} is longer than the story, and it says: Published in Dawn, May {1 + n % 28}th, 2024</p><p>The writer is reader {n}.</p><p>mail{n}@reader.example</p></div><h4>COMMENT MOD POLICY</h4></section>\n"
    )
)
MENUS = NUMBERS.map(
    lambda n: (
        f"<header class='headroom'><nav class='nav  flex'><ul><li><a class='nav__link' href='/menu{n}'>Menu {n}</a></li><li><a href='/opinion'>Opinion</a></li></ul></nav><form action='/search'><input name='q'><label>Search {n}</label></form></header>\n"
    )
)
NEIGHBOURS = st.builds(
    lambda n, which: (
        f"<div class='navstory  fixed  navstory--{which}'><a class='navstory__arrow' href='{SITE}/news/{2_200_000 + n}/x'>&lsaquo;</a><div class='navstory__article'><h2 class='story__title  text-3'><a class='story__link  ' href='{SITE}/news/{2_200_000 + n}/x'>The {which} story has number {n}</a></h2></div></div>\n"
    ),
    NUMBERS,
    st.sampled_from(["next", "previous"]),
)
PLAYERS = st.one_of(
    NUMBERS.map(
        lambda n: (
            f"<figure class='flex items-center'><figcaption class='text-3'><span>Listen&nbsp;to&nbsp;article {n}</span></figcaption><audio src='https://i.dawn.com/tts/{n}.mp3'></audio><button>1x</button></figure>\n"
        )
    ),
    NUMBERS.map(
        lambda n: (
            f"<div class='flex  whatsapp-channel'><a href='https://whatsapp.com/channel/{n}'>Join our Whatsapp channel</a></div>\n"
        )
    ),
    NUMBERS.map(lambda n: f"<iframe src='https://www.youtube.com/embed/v{n}' title='Film {n}'></iframe>"),
)
LOOSE = st.one_of(
    NUMBERS.map(lambda n: f"<div class='w-full'><h3>Dawn News English</h3><p>{n} hours ago</p></div>\n"),
    NUMBERS.map(
        lambda n: (
            f"<ul>{''.join(f'<li><a href={chr(39)}/news/{2_300_000 + n + i}{chr(39)}>Trend {n + i} is a headline of some words</a></li>' for i in range(12))}</ul>\n"
        )
    ),
    NUMBERS.map(
        lambda n: (
            f"<p><a href='/news/{2_400_000 + n}'>Paragraph {n} leads to another story, and says so in a sentence of its own.</a></p>\n"
            * 5
        )
    ),
    NUMBERS.map(
        lambda n: (
            f"<footer class='footer'><p>All rights of year {2000 + n}.</p><a href='mailto:desk{n}@paper.example'>Write</a></footer>\n"
        )
    ),
    NUMBERS.map(lambda n: f"<table><tr><td>Rate {n}</td><td>{n}.5</td></tr></table>\n"),
    NUMBERS.map(
        lambda n: (
            f"<blockquote class='twitter-tweet'><p>Post {n}</p><a href='https://twitter.com/x/status/{n}'>x</a></blockquote>\n"
        )
    ),
)
NEXT_STORY = NUMBERS.map(
    lambda n: (
        f"<article class='story relative  single    bg-white' data-id='{2_500_000 + n}' id='{2_500_000 + n}' data-tags='next tag {n}'><div class='template__header  '><h2 class='story__title  '><a href='/news/{2_500_000 + n}'>Story {n} is loaded below</a></h2><span class='story__byline'><a class='story__byline__link'>Editorial</a></span><span class='story__time'><span class='timestamp--published'>Published <span class='timestamp--date'>May 5, 2023</span></span></span></div><div class='template__main'><div class='story__content  '><p>LIMA: The text of story {n} is not asked for.</p><p>Published in Dawn, May 6th, 2023</p></div></div><div class='template__footer'><span class='badge'><a><span>Letters</span></a></span></div></article>\n"
    )
)
ANYTHING = st.one_of(KNOWN, NEXT_LD, SHARES, COMMENTS, MENUS, NEIGHBOURS, PLAYERS, LOOSE)


def furnishings(sheet: Sheet) -> st.SearchStrategy[dict[Place, str]]:
    """Furniture for the places of a sheet, some of each and in any order; inside the body what is known."""
    free = [place for place in OUTSIDE if place in sheet.places]
    lists = {place: st.lists(ANYTHING, max_size=4) for place in free}
    lists |= {place: st.lists(KNOWN, max_size=2) for place in INSIDE}
    if sheet.framed:
        lists[Place.BOTTOM] = st.lists(ANYTHING | NEXT_STORY, max_size=5)
    return st.fixed_dictionaries({place: made.map("".join) for place, made in lists.items()})
