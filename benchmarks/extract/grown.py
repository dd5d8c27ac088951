"""A page of the look-alike, grown to the weight of a real one. Pure.

The look-alike's pages weigh 40 KB, so that tests are quick. A real one weighs 150 KB: there are twice the
cards, each picture has a placeholder, comments say where boxes begin, a menu folds out of every entry, and
scripts stand between all this. None of it is text of the story.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from crawlers.lookalike import Story, texts
from crawlers.lookalike.bodies import attribute, text
from crawlers.lookalike.cards import calendar, card

WEIGHT = 150_000  # bytes, of a page with a text of ordinary length
_CARDS, _MENUS, _ENTRIES = 26, 9, 11
_SCRIPT = 1_500  # bytes of one
_PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
_IMAGE = re.compile(r"<img (?:class='lazyload' )?")
_BOXES = re.compile(r"\n?( *)<(?=h2|h3|figure|div dir)")
_WIDE = "flex  items-center  justify-between  px-2  py-1  text-3.5  leading-none  whitespace-nowrap"


def grown(markup: str, others: Sequence[Story], address: str, die: Random) -> str:
    """The page with the other stories teased once more below it, and all that weighs something around them.

    The same die and stories give the same page. Nothing inside the body element is touched.
    """
    top, main, rest = _around_the_body(markup)
    below = _rails(die.sample(list(others), min(_CARDS, len(others))), address)
    head, body_tag, masthead = top.partition("<body")
    masthead = masthead.replace("</nav>", f"</nav>\n{_menus(die, address)}", 1)
    before, footer, after = rest.partition("<footer")
    top, rest = _padded(body_tag + masthead), _padded(before + below + footer + after)
    missing = WEIGHT - len((head + top + main + rest).encode())
    half = max(missing, 0) // _SCRIPT // 2
    head = head.replace("</head>", f"{_scripts(die, half)}</head>")
    return head + top + main + rest.replace("</body>", f"{_scripts(die, half)}</body>")


def _around_the_body(markup: str) -> tuple[str, str, str]:
    """What stands before, in and after the body element: that is followed by the end of `template__main`."""
    start = markup.index("<div dir='auto' class='story__content")
    end = markup.index("<div class='template__footer")
    return markup[:start], markup[start:end], markup[end:]


def _padded(markup: str) -> str:
    """The markup with a placeholder for every picture, and a comment before every box."""
    pictures = _IMAGE.sub(
        f"<img class='lazyload  w-full  h-full' width='640' height='384' src='{_PIXEL}' ", markup
    )
    return _BOXES.sub(r"\n        \1<!-- box: begins here -->\n        \1<", pictures)


def _menus(die: Random, address: str) -> str:
    def entry() -> str:
        name = texts.subhead(die)
        return (
            f"<div class='nav__item'><!-- entry --><a class='nav__entry  {_WIDE}'"
            f" href='{address}/trends/{texts.slug(name)}' title='{attribute(name)}'>{text(name)}</a></div>\n"
        )

    return "".join(
        f"<nav class='nav  nav--{number}  hidden  absolute  {_WIDE}'>\n"
        f"{''.join(entry() for _ in range(_ENTRIES))}</nav>\n"
        for number in range(_MENUS)
    )


def _rails(stories: Sequence[Story], address: str) -> str:
    cards = (
        card(story, address, when=calendar(story), excerpt=number % 2 == 0, names=number % 3 == 0)
        for number, story in enumerate(stories)
    )
    return (
        "<div class='border-t-3 border-black  sm:mx-2 mx-0'>\n<h3 class='my-2'>Trending</h3>\n"
        f"<div class='grid  grid-cols-3  gap-2'>\n{''.join(cards)}</div></div>\n"
    )


def _scripts(die: Random, count: int) -> str:
    def script() -> str:
        lines = ""
        while len(lines) < _SCRIPT - 20:
            lines += f"slots.push({{name: 'box-{die.randint(0, 99_999)}', wide: {die.randint(100, 999)}}});\n"
        return f"<script>\n{lines}</script>\n"

    return "".join(script() for _ in range(count))
