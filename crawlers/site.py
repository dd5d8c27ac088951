"""The facts about the site that this process works for: which there are, of what type, and what each is for.

They stand in a site file, chosen when the process starts (`crawlers.facts`); `crawlers/dawn.py` where none is
named. What stands here besides is derived from them, or is true of any site.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, get_type_hints
from zoneinfo import ZoneInfo

from crawlers.facts import Cards, Groups, Known, Layout, Listing, Pattern, Times, facts_of, site_file
from crawlers.items import Kind
from crawlers.web import (
    CHALLENGES,
    CHROME_ROLES,
    CHROME_TAGS,
    EMBED_SERVICES,
    FALLBACK,
    FEED,
    VIDEO_SERVICES,
    WITHOUT_BODY,
)

__all__ = [
    "CHALLENGES",
    "CHROME_ROLES",
    "CHROME_TAGS",
    "EMBED_SERVICES",
    "FALLBACK",
    "FEED",
    "VIDEO_SERVICES",
    "WITHOUT_BODY",
    "Known",
    "Layout",
    "Listing",
]

SITE_FILE: Path = site_file().resolve()
"""The file that the facts stand in."""

# ── whose stories, and when it is which day ──────────────────────────────────────────────────────────────

LIVE: str
"""The site's address, `https://host`: what is asked where nobody says otherwise."""
TIME_ZONE: ZoneInfo
"""Whose days are the paper's days, with its daylight saving."""
PAPER: str
"""What the printed paper is called, and what was printed in it without any other name."""
FOUNDED: int
"""The year before which no date is believed."""
HOSTS: tuple[str, ...]
"""The hosts whose addresses are this site's stories, in lower case."""
SISTERS: tuple[str, ...]
"""How hosts of the same house end that count ids of their own (".example.com")."""

# ── addresses ────────────────────────────────────────────────────────────────────────────────────────────

STORY_LINK: Annotated[str, Groups(("id",))]
"""How the path of a story's address begins, up to its number, which is the group `id`; it ends with
`(?![0-9])`. What of it is a slug is a group `slug`. A slash stands only for itself, in no brackets."""
STORY_TAIL: Pattern
"""What may follow the number, to the end of the path."""
STORY_MARK: str
"""What stands in every story's address as it is written: looked for before the pattern is."""
STORY_ADDRESS: str
"""The path of the one address of a story, made of its number alone ("/news/{id}"): the site must answer it,
if only by leading to the long one. Its last number is the story's."""
STORY_CLAIM: Pattern
"""How paths begin that only a story's page has, whatever that shows of itself."""
LARGEST_ID: int
"""The largest number that can be a story's."""
LISTING_PATH: Pattern
"""The path of a page that lists stories."""
FEED_PATH: Pattern
"""The path of a feed (RSS 2.0 or Atom)."""
SITEMAP_PATH: Pattern
"""The path of a sitemap."""

# ── where stories are listed ─────────────────────────────────────────────────────────────────────────────

EDITION: tuple[Listing, ...]
"""What makes an edition: the sections of the printed paper of a day and the lists of that day. A section that
answers 404 is absent, and nothing is wrong."""
LATEST: tuple[Listing, ...]
"""Where the newest stories show up first."""
PRINT_WINDOW_DAYS: int
"""How far a card's own date may lie from the printed day."""
MAX_PAGE_BYTES: int
"""The size of a page that is none any more."""

# ── cards: stories on a listing, or in a rail ────────────────────────────────────────────────────────────

CARD_TAG: str
"""The element that a card is."""
CARD_CLASS: str
"""The class token that it has."""
OWN_CLASS: str
"""The class token that tells a story's own element on its page from a card; "" where it is no such thing."""
CARDS: Cards
"""Where in a card its headline, link, time and byline stand."""

# ── a story's page ───────────────────────────────────────────────────────────────────────────────────────

OWN: str
"""The story's own element, where a page names it: a CSS selector."""
LAYOUTS: tuple[Layout, ...]
"""Where the parts of a story stand, most telling and newest first. A page that shows none of them is read
without a layout, and marked so."""
ID_ATTRIBUTE: str
"""The attribute of cards and stories that says their number; "" where none does."""
TAGS_ATTRIBUTE: str
"""The attribute of a story's own element that lists its tags; "" where none does."""
BADGE: str
"""The labels in a layout's footer, the first of which is the section: a CSS selector."""
ON_EVERY_STORY: bytes
"""What stands in the bytes of every story's page and of no page that asks whether we are a browser."""
TITLE_SUFFIX: Pattern
"""How `<title>` ends, behind headline and section."""
LEADING_WORDS: tuple[str, ...]
"""Names that a body may say which only leads elsewhere ("Read it at …"), in lower case."""
KINDS: tuple[tuple[Kind, str, Pattern], ...]
"""(kind, field, pattern of the whole field, whatever its case); the first that matches wins, else news."""

# ── times, as they are written ───────────────────────────────────────────────────────────────────────────

TIMES: Times
"""Where a story's header shows its times."""
MONTHS: tuple[str, ...]
"""The twelve months in lower case; their first three letters are known as well."""
SHOWN_DAY: Annotated[str, Groups(("day", "month", "year"))]
"""A day as pages show it; the month is a name or a number. For a second order there are `day2`, `month2`."""
SHOWN_TIME: Annotated[str, Groups(("hour", "minute"))]
"""The time of day behind it; with a group `half` it is "am" or "pm" of twelve hours."""
PICTURE_DAY: Annotated[str, Groups(("year", "month", "day"))]
"""The day in a picture's address."""

# ── the print line ───────────────────────────────────────────────────────────────────────────────────────

PRINT_LINE: Annotated[str, Groups(("day", "month", "year"))]
"""The whole of a line that says when a story was printed; a group `where` says in what, parted by commas."""
PRINT_MARKS: tuple[str, ...]
"""One of these stands in each such line, letter by letter, and has no blank in it."""
PRINTED_BEHIND: Pattern
"""The same behind the last sentence, in its first group, instead of below it."""
PAPER_MARK: str
"""What one of the names in `where` must have in it, in lower case; "" where none must."""
PAPER_NAMES: tuple[str, ...]
"""The names in `where` that are the paper itself, in lower case."""

# ── names and credits ────────────────────────────────────────────────────────────────────────────────────

BETWEEN_NAMES: Pattern
"""What stands between the names of a byline."""
BEFORE_NAMES: Pattern
"""What a byline begins with that is no name ("By ")."""
AGENCIES: frozenset[str]
"""Wire agencies and other papers' services as bylines name them, in lower case."""
STAFF: Pattern
"""The whole of a byline that is the paper itself or nobody by name, whatever its case."""
ABOUT_AUTHOR: Pattern
"""The whole of a line on who wrote a column."""
FEATURE_WORDS: Pattern
"""What sections and supplements of features are called, whatever their case."""
DATELINE: Annotated[str, Groups(("place", "day"))]
"""How a story opens that says where it was written, and perhaps on which day."""

# ── furniture: what is never a story's text ──────────────────────────────────────────────────────────────

CHROME: dict[str, tuple[str, ...]]
"""Class tokens of boxes that are never text of the story, by what such a box is: advert, player, embed …"""
RAIL_HEADS: frozenset[str]
"""Headings of rails, in lower case. Each is chrome only where cards follow: "Opinion" may be a sub-head."""
CHROME_LINES: tuple[Pattern, ...]
"""Whole paragraphs that are furniture even where the editors set them into the body."""
CHROME_PHRASES: tuple[str, ...]
"""What a body never says: where one of these is left after stripping, the page is quarantined."""
MEDIA_CLASSES: frozenset[str]
"""Class tokens of boxes that may hold a picture or an embed."""
EMBED_CLASS: str
"""The class token of a box that is an embed; "" where none is told so."""
MEDIA_ADDRESS: str
"""The attribute of such boxes that has the address of what they show; "" where none does."""

# ── for `dawn case`, which makes a page's words up ───────────────────────────────────────────────────────

STAYING_BEGINS: tuple[Pattern, ...]
"""What stays as it is at the beginning of a text, because rules go by it; {MONTH} is any month's name."""
STAYING_ANYWHERE: tuple[Pattern, ...]
"""The same, wherever it stands."""
STAYING_WHOLE: tuple[Pattern, ...]
"""Whole texts that stay."""
STAYING_LABELS: frozenset[str]
"""First labels of hosts that stay."""
STAYING_PATHS: frozenset[str]
"""Words of addresses' paths that stay."""

_FACTS = facts_of(
    SITE_FILE,
    {
        name: kind
        for name, kind in get_type_hints(sys.modules[__name__], include_extras=True).items()
        if name != "SITE_FILE"
    },
)
globals().update(_FACTS)

# ── derived ──────────────────────────────────────────────────────────────────────────────────────────────

CARD = f"{_FACTS['CARD_TAG']}.{_FACTS['CARD_CLASS']}"
"""A story on a listing or in a rail; the story's own element may be one, too."""
OTHERS_CARD = f"{CARD}:not(.{_FACTS['OWN_CLASS']})" if _FACTS["OWN_CLASS"] else CARD
"""A card of another story."""
CHROME_CLASSES = frozenset(token for tokens in _FACTS["CHROME"].values() for token in tokens)
TOWN = str(_FACTS["TIME_ZONE"].key.rpartition("/")[2].replace("_", " "))
"""Where it is the site's time, for people."""
