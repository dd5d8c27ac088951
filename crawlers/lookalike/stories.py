"""A story of the look-alike: its fields, its blocks, and what a right extraction of it yields."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from crawlers.lookalike.texts import SOFT_HYPHEN, cut


class Shape(StrEnum):
    """What stands in the body element, by the markup it has."""

    PARAGRAPH = "paragraph"
    SUBHEAD = "subhead"
    QUOTE = "quote"  # a pull-quote: blockquote > p
    UNORDERED = "unordered list"
    ORDERED = "ordered list"
    BULLETS = "bullets"  # one <p> with "• " and <br>, as front-page stories open
    PRINT_LINE = "print line"
    # From here on: inside the body element, but no text of the story.
    FIGURE = "figure"
    TWEET = "tweet"
    TWEET_IN_P = "tweet in p"
    INSTAGRAM = "instagram"
    YOUTUBE = "youtube"
    AD = "ad"
    PLAYER = "player"  # a video player's dialog
    RAIL = "rail in body"  # a box of teasers for other stories
    RULE = "rule"
    BARE_LINK = "bare link"  # all that the body of a pointer holds


_LISTS = (Shape.UNORDERED, Shape.ORDERED)
_TEXT = (Shape.PARAGRAPH, Shape.SUBHEAD, Shape.QUOTE, *_LISTS, Shape.BULLETS)


@dataclass(frozen=True, slots=True)
class Link:
    """A linked phrase of a paragraph. An address that begins with "/" is on the look-alike itself."""

    phrase: str
    address: str


@dataclass(frozen=True, slots=True)
class Block:
    """One thing in the body element: its shape and its texts (captions and posts included)."""

    shape: Shape
    texts: tuple[str, ...] = ()
    link: Link | None = None

    def paragraphs(self) -> tuple[str, ...]:
        """The paragraphs it adds to the story: none for pictures, embeds, ads and the print line."""
        if self.shape not in _TEXT:
            return ()
        texts = tuple(text.replace(SOFT_HYPHEN, "") for text in self.texts)
        return ("\n".join(f"• {text}" for text in texts),) if self.shape is Shape.BULLETS else texts


@dataclass(frozen=True, slots=True)
class Story:
    """One story as the newsroom has it. Times are Asia/Karachi.

    `slot` names its place in the plan of a day ("front page", "web video"), the same each day.
    """

    id: int
    slot: str
    title: str
    slug: str
    kind: str
    section: str  # as shown: "Business"
    authors: tuple[str, ...]
    published: datetime
    updated: datetime
    blocks: tuple[Block, ...]
    teaser: str | None  # None: cards show the beginning of the body, cut
    cover: str | None  # the caption of the picture above the text
    print_section: str | None = None
    printed_on: date | None = None
    printed_in: str | None = None
    print_line: str | None = None
    points_to: str | None = None  # the page only leads there; "/…" is on the look-alike itself
    elsewhere: bool = False  # its cards lead straight to `points_to`

    @property
    def path(self) -> str:
        """The address cards and feeds give, without the host."""
        return f"/news/{self.id}/{self.slug}"

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The story's paragraphs in order, without soft hyphens and without the print line."""
        return tuple(paragraph for block in self.blocks for paragraph in block.paragraphs())

    @property
    def body(self) -> str:
        """The text a right extraction yields; empty for cartoons and pointers."""
        return "\n\n".join(self.paragraphs)

    @property
    def excerpt(self) -> str:
        """What cards show under the headline. It ends in "..." where it was cut from the body."""
        return self.teaser or cut(" ".join(self.body.split()))

    @property
    def dateline(self) -> str | None:
        """The place before the first colon, where the story opens with one."""
        opening = re.match(r"([A-Z]{4,}): ", self.body)
        return opening[1] if opening else None

    @property
    def links(self) -> tuple[str, ...]:
        """The addresses linked from the text, in order; "/…" is on the look-alike itself."""
        return tuple(block.link.address for block in self.blocks if block.link and block.paragraphs())

    @property
    def traits(self) -> frozenset[str]:
        """Which special cases it carries: the shapes of its blocks, and "soft hyphens"."""
        soft = any(SOFT_HYPHEN in text for block in self.blocks for text in block.texts)
        return frozenset({block.shape.value for block in self.blocks} | ({"soft hyphens"} if soft else set()))

    def gold(self) -> dict[str, object]:
        """What a right extraction of the page yields, as JSON has it. The site adds the rails' texts."""
        return {
            "story_id": self.id,
            "title": self.title,
            "section": self.section,
            "kind": self.kind,
            "authors": list(self.authors),
            "published_at": self.published.isoformat(),
            "updated_at": self.updated.isoformat(),
            "printed_on": self.printed_on.isoformat() if self.printed_on else None,
            "printed_in": self.printed_in,
            "dateline": self.dateline,
            "image_caption": self.cover,
            "links": list(self.links),
            "body": self.body,
        }
