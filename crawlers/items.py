"""The words that pass between the stages: captures, articles, rejections and what a listing says.

Every value is frozen. Instants are aware `datetime`s (UTC unless said otherwise); days are `date`s in
the site's zone. Nothing here reads a file, a clock or the network.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Kind(StrEnum):
    """What a story is, by the newspaper's own words for it."""

    NEWS = "news"
    OPINION = "opinion"
    EDITORIAL = "editorial"
    LETTER = "letter"
    FEATURE = "feature"
    PICTURES = "pictures"
    CARTOON = "cartoon"
    VIDEO = "video"
    LIVE = "live"


class Place(StrEnum):
    """Where a story can be seen listed."""

    PRINT = "print"  # a section of the printed paper of one day
    DAILY = "daily"  # a list of what went online on one day
    LATEST = "latest"  # the rolling list of the newest stories
    FEED = "feed"  # a feed, RSS or Atom
    SITEMAP = "sitemap"  # the news sitemap


class Reason(StrEnum):
    """Why a capture gave no article. The list is closed: whoever adds a reason says if it is final."""

    POINTER = "pointer"  # the page only leads elsewhere; `points_to` says where
    NOT_AN_ARTICLE = "not_an_article"  # a page of another sort: a listing, a search form, another site's page
    NO_BODY = "no_body"  # an article's page without a text, where its kind should have one
    GONE = "gone"  # 404 or 410
    BLOCKED = "blocked"  # 401, 403, 429 or a challenge page: the site did not want to answer us
    SERVER_ERROR = "server_error"  # 5xx, or any other status that is no page
    REDIRECTED = "redirected"  # 3xx: where it leads is another capture, or the journal says it led nowhere
    PARTIAL = "partial"  # fewer bytes than promised, or a compressed body that breaks off
    TOO_LARGE = "too_large"  # beyond what a page of this site can be
    UNREADABLE = "unreadable"  # not HTML, or HTML that no parser makes a page of
    TOO_SLOW = "too_slow"  # reading the page took longer than its time limit
    RAIL_IN_BODY = "rail_in_body"  # the meter found a teaser's sentence in what was left: quarantined

    @property
    def final(self) -> bool:
        """Whether asking again would give the same answer, so that the story is owed no longer."""
        return self not in _WORTH_ANOTHER_TRY


_WORTH_ANOTHER_TRY = {Reason.BLOCKED, Reason.SERVER_ERROR, Reason.PARTIAL, Reason.REDIRECTED}


TRUNCATED = "WARC-Truncated"
"""The header of a capture that holds only the beginning of what was sent; its value is a word that says why.

An answer's header, and not only its record's, so that whoever gets the capture alone can tell, and so that it
stays with the capture when that is written once more."""


@dataclass(frozen=True, slots=True)
class Capture:
    """One response as it came: the bytes before any decoding, and what is known of them.

    `content` is the payload as it was sent (still gzip where `content_encoding` says so); for a revisit
    record it is empty and `revisit_of` names the capture that holds the bytes.
    """

    id: str  # WARC-Record-ID without its angle brackets: urn:uuid:…
    url: str  # as requested
    fetched_at: datetime  # UTC
    status: int
    headers: tuple[tuple[str, str], ...]
    content: bytes
    digest: str  # sha256:<hex> of `content`
    revisit_of: str | None = None

    def header(self, name: str) -> str | None:
        """The first header of this name, whatever its case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class Role(StrEnum):
    """What a name in a byline is."""

    PERSON = "person"
    AGENCY = "agency"  # a wire agency: "AFP"
    STAFF = "staff"  # the paper itself, or nobody by name: "Dawn.com", "The Newspaper's Staff Reporter"


@dataclass(frozen=True, slots=True)
class Byline:
    """One name as printed, what it is, and its author page where the byline links one."""

    name: str
    role: Role
    url: str | None


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a story; `after` is how many paragraphs stand before it, None for a cover's."""

    url: str
    caption: str | None
    credit: str | None  # who the caption names last: "AFP/File"
    after: int | None


@dataclass(frozen=True, slots=True)
class Embed:
    """Something of another service set into a story; `after` is how many paragraphs stand before it."""

    service: str  # "youtube", or the host of one that `site.EMBED_SERVICES` does not name
    url: str
    after: int


class DateField(StrEnum):
    """Which of a story's dates is meant."""

    PUBLISHED = "published"
    UPDATED = "updated"
    PRINTED = "printed"


@dataclass(frozen=True, slots=True)
class DateCandidate:
    """What one source says about one of a story's dates, chosen or not.

    Of a source that gives the day alone `happened_at` is None; `day` is one in the site's zone.
    """

    field: DateField
    source: str  # "meta", "json-ld", "shown", "print line", "picture", "feed"
    happened_at: datetime | None  # UTC; None of a day alone
    day: date
    said: str  # as written


@dataclass(frozen=True, slots=True)
class Article:
    """One story as one capture shows it. The fields are the columns of the table `articles`."""

    story_id: int
    url: str  # canonical: <site>/news/<story_id>
    title: str
    kind: Kind
    section: str | None  # the web section as shown: "Business"
    authors: tuple[str, ...]  # each name as printed
    dateline: str | None  # "SEOUL"; a copy, the body keeps it
    body: str  # paragraphs with "\n\n" between them, "\n" for a line break inside one
    published_at: datetime | None
    updated_at: datetime | None
    published_on: date | None  # the day of published_at in the site's zone
    printed_on: date | None  # as the print line says it
    printed_in: str | None  # "Dawn", "EOS", "The Business and Finance Weekly", …
    image_url: str | None
    image_caption: str | None
    tags: tuple[str, ...]
    links: tuple[str, ...]  # addresses linked from the body, in order, each once
    body_markdown: str  # the body as CommonMark: sub-heads, quotations, lists, tables, emphasis, links
    pictures: tuple[Picture, ...]  # the cover's first, then the body's, in order
    embeds: tuple[Embed, ...]
    bylines: tuple[Byline, ...]  # one for each of `authors`
    dateline_on: date | None  # the day an old dateline names ("KARACHI, Nov 23: …")
    about_author: str | None  # "The writer is …"; a copy, the body keeps it, as the four below
    contacts: tuple[str, ...]  # e-mail addresses and handles below the story
    input_from: tuple[str, ...]  # who "With input from …" and the like name
    header_image: str | None  # what "Header image: …" says
    layout: str  # of `site.LAYOUTS`, "feed", or "fallback" where none of them fits
    source: str  # "page", or "feed" where the body is a feed's
    published_at_from: str | None  # which of the page's dates was taken: "meta", "json-ld", "shown", …
    updated_at_from: str | None
    printed_on_from: str | None
    published_at_exact: bool  # False where it is good for the day alone
    dates: tuple[DateCandidate, ...]  # every date the page says, chosen or not

    @property
    def word_count(self) -> int:
        """Words of the body, separated by white space."""
        return len(self.body.split())

    @property
    def body_id(self) -> str:
        """The first 128 bits of the body's SHA-256, in hex: what the warehouse knows a text by."""
        return _text_id(self.body)

    @property
    def markdown_id(self) -> str:
        """The same of `body_markdown`; equal to `body_id` where the text has no marks."""
        return _text_id(self.body_markdown)

    @property
    def content_hash(self) -> str:
        """SHA-256 in hex of what makes a version: title, authors, section, kind and body.

        White space inside a line and soft hyphens make none: a page that is saved anew moves them.
        """
        content = [
            _as_read(self.title),
            [_as_read(name) for name in self.authors],
            self.section and _as_read(self.section),
            self.kind.value,
            "\n".join(map(_as_read, self.body.split("\n"))),
        ]
        return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def _as_read(line: str) -> str:
    return " ".join(line.replace("\u00ad", "").split())


def _text_id(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Rejection:
    """A capture that gave no article, and why. It is data, not an error."""

    story_id: int | None
    url: str
    reason: Reason
    detail: str  # one line a person understands
    points_to: str | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """One story as a listing, a feed or the sitemap shows it.

    `listed_at` is the card's own time: shown on a listing, pubDate in a feed, publication date in the
    sitemap. `changed_at` is set only where the place vouches for the time of the last change (the
    sitemap's lastmod, a feed's pubDate): a later one is a cause to ask for a held story again.
    """

    url: str  # as linked, absolute
    story_id: int | None  # None: it leads to another host
    title: str | None
    listed_at: datetime | None
    changed_at: datetime | None
    author: str | None
    position: int  # from 1, in the order of the page
