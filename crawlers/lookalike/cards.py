"""The markup of cards: one story as rails and listings show it. Class attributes have runs of spaces."""

from __future__ import annotations

from datetime import datetime

from crawlers.lookalike import texts
from crawlers.lookalike.bodies import attribute, picture, text
from crawlers.lookalike.stories import Story


def target(story: Story, address: str) -> str:
    """Where a card of the story leads: for some pointers straight to another host."""
    return story.points_to if story.elsewhere and story.points_to else address + story.path


def clock(moment: datetime) -> str:
    """The time of day as pages show it: 08:34pm."""
    return f"{moment:%I:%M%p}".lower()


def byline(authors: tuple[str, ...], address: str, look: str = "text-3") -> str:
    """The names as links, " | " between them; an empty span where nobody is named."""
    links = " | ".join(
        "<a class='story__byline__link' "
        f"href='{address}/authors/{_number(name)}/{texts.slug(name)}'>{text(name)}</a>"
        for name in authors
    )
    return f"<span dir='auto' class='story__byline    {look}  text-gray-500   font-arial    '>{links}</span>"


def card(story: Story, address: str, *, when: str = "", excerpt: bool = False, names: bool = False) -> str:
    """A card: picture, what `when` says of its time, headline, then the teaser and the names if asked for."""
    href, title, number = attribute(target(story, address)), attribute(story.title), story.id
    words = f"{text(story.excerpt)}\n    "
    teaser = f"<div dir='auto' class='story__excerpt      font-georgia  text-3.5    pb-1'>{words}</div>\n"
    return (
        "<article class='story relative overflow-hidden  box    pb-2  border-b' "
        f"data-id='{number}' id='{number}'"
        " data-layout='story' data-tags=''>\n"
        "    <figure class='media          media--fill  sm:w-full  w-full        mb-0  ' >"
        "<div class='media__item          '>"
        f'<a title="{title}" href="{href}" target="_self"><picture><img class=\'lazyload\' '
        f'data-src="{picture(number, "medium")}" alt="{title}" /></picture></a></div></figure>\n'
        f"    {when}\n"
        f"    <h2 dir='auto' data-layout='story' data-id='{number}'  class='story__title      "
        "font-bold  text-4    '>"
        f"<a  href='{href}'  class='story__link  '>{text(story.title)}</a></h2>\n"
        f"{teaser if excerpt and story.excerpt else ''}"
        f"{byline(story.authors, address) if names else ''}</article>\n"
    )


def exact(story: Story) -> str:
    """The time of a listing's card, with the ISO time in the title of `.timeago`."""
    moment = story.published
    return (
        "<span class='story__time    text-2.5  text-gray-500   uppercase  font-arial'>"
        "<span class='timestamp--label'>Published</span> "
        f"<span class='timestamp--time  timeago' title='{moment.isoformat()}'>"
        f"<span class='timestamp__calendar'>{moment.day:02d} {moment:%b}, {moment.year}</span> "
        f"<span class='timestamp__time'>{clock(moment)}</span></span></span>"
    )


def calendar(story: Story) -> str:
    """The time of a rail's card: a calendar date only, as if every story had been updated."""
    moment = story.updated
    label = "Updated " if story.updated != story.published or story.id % 2 else ""
    shown = f"{label}{moment.day:02d} {moment:%b}, {moment.year}"
    return f"<span class='story__time    text-2.5  text-gray-500     '>{shown}</span>"


def _number(name: str) -> int:
    return 5_000 + sum(ord(letter) * place for place, letter in enumerate(name, 1)) % 900
