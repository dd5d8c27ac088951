"""Pages that list stories, as objects over (address, bytes): listing, feed, news sitemap.

Pure: nothing is fetched, and an XML page can neither name a file nor grow by entities. Hostile or foreign
bytes give a page that is not `recognised` and has no cards; nothing here raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

from lxml import etree
from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from crawlers import urls
from crawlers.dates import instant, local_day, mail_instant, shown_instant
from crawlers.items import Card, Place
from crawlers.payload import parseable
from crawlers.site import (
    BETWEEN_NAMES,
    CARDS,
    LIVE,
    MAX_PAGE_BYTES,
    OTHERS_CARD,
    PRINT_WINDOW_DAYS,
)

_NO_XML_CHARACTERS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_BETWEEN = re.compile(BETWEEN_NAMES or r"(?!)")
_MAIL_AUTHOR = re.compile(r"[^\s@]+@\S+\s*\((.*)\)\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed: its card, and what a feed says beyond it. "" and None where it says nothing."""

    card: Card
    guid: str
    link: str
    section: str | None  # its category, as shown
    authors: tuple[str, ...]
    published: str  # its date as written
    body_html: str  # the story in the page's own markup, chrome and all
    image_url: str | None


@dataclass(frozen=True)
class _Page:
    url: str
    content: bytes  # decoded: no content encoding is undone here
    site: str = LIVE


@dataclass(frozen=True)
class ListingPage(_Page):
    """A page of story cards: a section of the printed paper, the list of a day, the newest stories.

    Does not say which cards belong to the list and which to a rail beside it: that is `members`.
    """

    @property
    def recognised(self) -> bool:
        """Whether a single card was found, and a single time read where cards show any.

        Else the page is unknown, never an empty list: where times are written otherwise than we know, no card
        would belong to its day.
        """
        return bool(self.cards) and (not self._times or any(self._times))

    @cached_property
    def cards(self) -> tuple[Card, ...]:
        """Every story once, at its first position; the time is taken from wherever a card of it shows one.

        Keyed by the id in the link (a pointer's `data-id` is another), by the link for other hosts.
        """
        found: dict[int | str, Card] = {}
        for card in self._all:
            key = card.story_id or card.url
            held = found.get(key)
            if held is None:
                found[key] = replace(card, position=len(found) + 1)
            elif held.listed_at is None and card.listed_at is not None:  # rail or slide first, list after
                found[key] = replace(card, position=held.position)
        return tuple(found.values())

    @property
    def _all(self) -> list[Card]:
        return [card for card, _ in self._read]

    @property
    def _times(self) -> list[bool]:
        """Of each card that shows a time, whether it can be read."""
        return [card.listed_at is not None for card, shows_time in self._read if shows_time]

    @cached_property
    def _read(self) -> tuple[tuple[Card, bool], ...]:
        """Every card as it comes, and whether it shows a time."""
        page = parseable(self.content)
        if not isinstance(page, bytes):
            return ()
        try:
            tree = LexborHTMLParser(page)
        except SelectolaxError:
            return ()
        nodes = tree.css(OTHERS_CARD)
        read = ((self._card(node), node.css_first(CARDS.time) is not None) for node in nodes)
        return tuple((card, shows_time) for card, shows_time in read if card is not None)

    def _card(self, node: LexborNode) -> Card | None:
        title = node.css_first(CARDS.title)
        link = node.css_first(CARDS.link) or node.css_first("a[href]")
        address = urls.absolute(link.attributes.get("href"), self.url) if link is not None else None
        if address is None:
            return None
        time = node.css_first(CARDS.time)
        author = node.css_first(CARDS.byline)
        return Card(
            url=address,
            story_id=urls.story_id(address, self.site),
            title=_line(title.text() if title is not None else ""),
            listed_at=_moment(time) if time is not None else None,
            changed_at=None,
            author=_line(author.text() if author is not None else ""),
            position=0,
        )


@dataclass(frozen=True)
class FeedPage(_Page):
    """A feed, RSS 2.0 or Atom. A site may answer the address of one with the whole section's feed."""

    @property
    def recognised(self) -> bool:
        """Whether it is a feed at all; one without items is recognised."""
        return self._channel is not None

    @property
    def cards(self) -> tuple[Card, ...]:
        """One card an item; its date is the time of listing and vouches for the last change as well.

        Of an Atom entry `updated` vouches for that.
        """
        return tuple(entry.card for entry in self.entries)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The items that name an address, in order, each address once."""
        if self._channel is None:
            return ()
        found: dict[int | str, Entry] = {}
        for item in _children(self._channel, "item" if self._is_rss else "entry"):
            entry = self._entry(item, len(found) + 1)
            if entry is not None:
                found.setdefault(entry.card.story_id or entry.card.url, entry)
        return tuple(found.values())

    @cached_property
    def _channel(self) -> etree._Element | None:
        root = _xml(self.content)
        if root is None or _name(root) not in ("rss", "feed"):
            return None
        return root if _name(root) == "feed" else next(_children(root, "channel"), None)

    @property
    def _is_rss(self) -> bool:
        return self._channel is not None and _name(self._channel) == "channel"

    def _entry(self, item: etree._Element, position: int) -> Entry | None:
        return self._rss_item(item, position) if self._is_rss else self._atom_entry(item, position)

    def _atom_entry(self, entry: etree._Element, position: int) -> Entry | None:
        said: dict[str, str] = {}
        links: dict[str, str] = {}
        for child in entry:
            if _name(child) == "link":
                links.setdefault(child.get("rel") or "alternate", child.get("href") or "")
            elif _name(child) != "author":
                said.setdefault(_name(child), child.get("term") or _text(child))
        link = links.get("alternate", "")
        address = urls.absolute(link or None, self.url)
        if address is None:
            return None
        authors = tuple(
            name
            for author in _children(entry, "author")
            if (name := _line("".join(_text(each) for each in _children(author, "name"))))
        )
        published = said.get("published") or said.get("updated", "")
        number = urls.story_id(address, self.site)
        listed, changed = instant(published), instant(said.get("updated"))
        title = _line(said.get("title"))
        return Entry(
            card=Card(address, number, title, listed, changed, " | ".join(authors) or None, position),
            guid=said.get("id", "").strip(),
            link=link,
            section=_line(said.get("category")),
            authors=authors,
            published=published,
            body_html=said.get("content") or said.get("summary", ""),
            image_url=urls.absolute(links.get("enclosure"), self.url),
        )

    def _rss_item(self, item: etree._Element, position: int) -> Entry | None:
        said: dict[str, str] = {}
        image = None
        for child in item:
            name = _name(child)
            said.setdefault(name, _text(child))
            if name == "content" and image is None:  # media:content
                image = urls.absolute(child.get("url"), self.url)
        guid, link = said.get("guid", "").strip(), said.get("link", "").strip()
        address = urls.absolute(link or None, self.url) or urls.absolute(guid or None, self.url)
        if address is None:
            return None
        byline = said.get("author", "")
        mail = _MAIL_AUTHOR.fullmatch(byline.strip())
        author = _line(mail[1] if mail else byline)
        published = said.get("pubDate", "")
        listed = mail_instant(published)
        number = urls.story_id(urls.absolute(guid, self.url) or "", self.site) or urls.story_id(
            address, self.site
        )
        return Entry(
            card=Card(address, number, _line(said.get("title")), listed, listed, author, position),
            guid=guid,
            link=link,
            section=_line(said.get("category")),
            authors=tuple(name for one in _BETWEEN.split(author or "") if one and (name := one.strip())),
            published=published,
            body_html=said.get("encoded") or said.get("description", ""),
            image_url=image,
        )


@dataclass(frozen=True)
class SitemapPage(_Page):
    """The Google News sitemap of the newest stories. An index of sitemaps is not recognised."""

    @property
    def recognised(self) -> bool:
        """Whether it is a sitemap of pages; an empty one is recognised."""
        return self._root is not None

    @cached_property
    def cards(self) -> tuple[Card, ...]:
        """One card an address: publication date as `listed_at`, lastmod as `changed_at`."""
        if self._root is None:
            return ()
        found: dict[str, Card] = {}
        for entry in _children(self._root, "url"):
            said = {_name(node): _text(node) for node in entry.iter()}
            address = urls.absolute(said.get("loc", "").strip() or None, self.url)
            if address is not None and address not in found:
                found[address] = Card(
                    url=address,
                    story_id=urls.story_id(address, self.site),
                    title=_line(said.get("title")),
                    listed_at=instant(said.get("publication_date")),
                    changed_at=instant(said.get("lastmod")),
                    author=None,
                    position=len(found) + 1,
                )
        return tuple(found.values())

    @cached_property
    def _root(self) -> etree._Element | None:
        root = _xml(self.content)
        return root if root is not None and _name(root) == "urlset" else None


def members(place: Place, day: date | None, cards: Iterable[Card]) -> tuple[Card, ...]:
    """The cards that belong to a list, in order; the others are the rails of the day it was fetched.

    A daily list's are of that day, the site's, a print section's of a few days around it (once the page is
    held, its print line decides), the newest list's have a time; all stories of a feed or sitemap belong.
    Another host's card never does.
    """
    return tuple(card for card in cards if card.story_id is not None and _belongs(place, day, card))


def _belongs(place: Place, day: date | None, card: Card) -> bool:
    if place in (Place.FEED, Place.SITEMAP):
        return True
    listed = local_day(card.listed_at)
    if place is Place.LATEST:
        return listed is not None
    if listed is None or day is None:
        return False
    return abs((listed - day).days) <= (PRINT_WINDOW_DAYS if place is Place.PRINT else 0)


def _xml(content: bytes) -> etree._Element | None:
    """The root of an XML document; None for anything else, and for one that wants entities or the network."""
    if len(content) > MAX_PAGE_BYTES or b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        return None
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(_NO_XML_CHARACTERS.sub(b"", content).strip(), parser)
    except (etree.XMLSyntaxError, ValueError, LookupError):
        return None


def _moment(time: LexborNode) -> datetime | None:
    """When a card's story came out, as an attribute has it or as the card shows it."""
    return instant(time.attributes.get(CARDS.moment)) if CARDS.moment else shown_instant(time.text())


def _name(node: etree._Element) -> str:
    """The name of an element without its namespace; "" for what is none."""
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def _children(node: etree._Element, name: str) -> Iterator[etree._Element]:
    return (child for child in node if _name(child) == name)


def _text(node: etree._Element) -> str:
    return "".join(str(piece) for piece in node.itertext())


def _line(text: str | None) -> str | None:
    """Text as one line; None where nothing is said."""
    return " ".join((text or "").split()) or None
