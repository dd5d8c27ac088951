"""A story's page: from a parsed page to an Article, or the reason why it is none. Pure; no bytes, no HTTP."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawlers import urls
from crawlers.body import Cut, clean_line, cut, read
from crawlers.dates import PrintLine, instant, karachi_day, midnight, shown_instant, without_print_lines
from crawlers.head import Head, head, plain_quotes, same_but_for_quotes
from crawlers.items import Article, Kind, Reason, Rejection
from crawlers.rails import Teasers, rail_in
from crawlers.site import KINDS, LAYOUTS, WITHOUT_BODY, Layout

_SITE_SUFFIX = re.compile(r"\s+[-|–—]\s+DAWN\.COM\s*$", re.IGNORECASE)
_DATELINE = re.compile(
    r"([A-Z][A-Z’'().\-/& ]{1,60}?)(?:, (?:[A-Z][a-z]{2,8}\.? \d{1,2}|\d{1,2} [A-Z][a-z]{2,8}))?: ?(?=\S)"
)
_NO_DATELINES = frozenset(
    {"WATCH", "NOTE", "UPDATE", "CORRECTION", "CLARIFICATION", "VIDEO", "LIVE", "ALSO READ"}
)
_KINDS = tuple(
    (kind, field, re.compile(pattern, re.IGNORECASE | re.DOTALL)) for kind, field, pattern in KINDS
)
_BARE_ADDRESS = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class _Parts:
    """The elements of a story's page under its layout."""

    layout: Layout
    article: LexborNode
    header: LexborNode | None
    contents: tuple[LexborNode, ...]

    def in_header(self, selector: str) -> LexborNode | None:
        return self.header.css_first(selector) if self.header is not None else None


@dataclass(frozen=True, slots=True)
class _Text:
    """A body as read, and what was cut out of it."""

    paragraphs: tuple[str, ...]
    line: PrintLine | None
    links: tuple[tuple[str, str], ...]


def story(tree: LexborHTMLParser, story_id: int | None, url: str, site: str) -> Article | Rejection:
    """The article a parsed page shows, or the reason why it shows none.

    Without `story_id` the page's own canonical address says it. Does not fetch, and does not look at HTTP.
    """
    top = head(tree)
    parts = _parts(tree, story_id)
    own = _own_id(top, site)
    if parts is None:
        return Rejection(story_id or own, url, Reason.NOT_AN_ARTICLE, "no article markup on the page")
    elsewhere = _leads_elsewhere(top, story_id, own, site)
    if elsewhere is not None:
        return Rejection(story_id, url, Reason.POINTER, "the page is another story's", elsewhere)
    number = story_id or own
    if number is None:
        return Rejection(None, url, Reason.NOT_AN_ARTICLE, "no story id in its address or on the page")
    address = urls.canonical(number, site)
    title = _title(parts, top)
    if not title:
        return Rejection(number, url, Reason.NOT_AN_ARTICLE, "an article without a headline")
    made = cut_text(parts.contents)
    points_to = pointed_to(made.paragraphs, made.links, address)
    if points_to is not None:
        return Rejection(number, url, Reason.POINTER, "its body only leads elsewhere", points_to)
    section = _section(parts, top, title)
    authors = _authors(parts, top)
    badges = _badges(parts)
    kind = kind_of(title, authors, section, badges, made.line, made.paragraphs, urls.path(top.canonical))
    if not made.paragraphs and kind not in WITHOUT_BODY:
        return Rejection(number, url, Reason.NO_BODY, f"no text in the body of a {kind.value} story")
    teasers = Teasers(tree, title, number)
    left = rail_in(made.paragraphs, teasers.texts, teasers.is_own)
    if left is not None:
        return Rejection(number, url, Reason.RAIL_IN_BODY, f"left in the body: {left[:120]}")
    published, published_from = _published(parts, top, made.line)
    updated, updated_from = _updated(parts, top)
    return Article(
        story_id=number,
        url=address,
        title=title,
        kind=kind,
        section=section,
        authors=authors,
        dateline=dateline(made.paragraphs),
        body="\n\n".join(made.paragraphs),
        published_at=published,
        updated_at=updated,
        published_on=karachi_day(published),
        printed_on=made.line.day if made.line else None,
        printed_in=made.line.paper if made.line else None,
        image_url=urls.absolute(top.meta("og:image", "twitter:image"), address),
        image_caption=top.caption or _shown_caption(parts),
        tags=_tags(parts, top),
        links=absolute_links(made.links, address),
        source="page",
        published_at_from=published_from,
        updated_at_from=updated_from,
        printed_on_from="print line" if made.line and made.line.day else None,
        rail_sentences=teasers.sentences(),
    )


def cut_text(contents: tuple[LexborNode, ...]) -> _Text:
    """The paragraphs of these elements as trafilatura reads them, without chrome and print line."""
    cuts: list[Cut] = [cut(content) for content in contents]
    printed = without_print_lines(read(tuple(block for one in cuts for block in one.blocks)))
    return _Text(printed.paragraphs, printed.line, tuple(link for one in cuts for link in one.links))


def absolute_links(links: tuple[tuple[str, str], ...], base: str) -> tuple[str, ...]:
    """The http(s) addresses among the links of a body, in order, each once."""
    found = (urls.absolute(href, base) for href, _ in links)
    return tuple(dict.fromkeys(address for address in found if address))


def pointed_to(paragraphs: tuple[str, ...], links: tuple[tuple[str, str], ...], base: str) -> str | None:
    """Where a body leads that is nothing but a link; None for a body that says anything besides."""
    if not 1 <= len(paragraphs) <= 3:
        return None
    text = " ".join(" ".join(paragraphs).split())
    if _BARE_ADDRESS.fullmatch(text) and not links:
        return text
    found = absolute_links(links, base)
    if len(found) != 1:
        return None
    linked = " ".join(clean_line(label) for _, label in links)
    return found[0] if " ".join(linked.split()) == clean_line(text) else None


def dateline(paragraphs: tuple[str, ...]) -> str | None:
    """The place a story opens with ("SEOUL: …", older "KARACHI, Nov 23: …"); the body keeps it."""
    opening = next(
        (text for text in paragraphs[:4] if not text.startswith("•")), ""
    )  # bullets sum up before it
    found = _DATELINE.match(opening)
    return found[1].strip() if found and found[1].strip() not in _NO_DATELINES else None


def kind_of(
    title: str,
    authors: tuple[str, ...],
    section: str | None,
    badges: tuple[str, ...],
    line: PrintLine | None,
    paragraphs: tuple[str, ...],
    path: str,
) -> Kind:
    """What a story is, by the rules of `site.KINDS`; news where none of them matches."""
    fields = {
        "title": (title,),
        "byline": authors,
        "section": (section,) if section else (),
        "badge": badges,
        "printed_in": (line.paper,) if line else (),
        "path": (path,),
        "paragraph": paragraphs[-3:],  # "The writer is …" stands at the end
    }
    for kind, field, pattern in _KINDS:
        if any(pattern.fullmatch(value) for value in fields[field]):
            return kind
    return Kind.NEWS


def _parts(tree: LexborHTMLParser, story_id: int | None) -> _Parts | None:
    for layout in LAYOUTS:
        first = tree.css_first(layout.article)
        if first is None:
            continue
        wanted = str(story_id)
        candidates = [first]
        if first.attributes.get("data-id") != wanted:  # pages that load the next story below show several
            candidates = sorted(
                tree.css(layout.article), key=lambda node: node.attributes.get("data-id") != wanted
            )
        for article in candidates:
            header, main = article.css_first(layout.header), article.css_first(layout.main)
            frame = main if main is not None else article
            contents = tuple(node for node in frame.css(layout.content) if _is_own(node, article, layout))
            titled = header is not None and header.css_first(layout.title) is not None
            if contents or titled:
                return _Parts(layout, article, header, contents)
    return None


def _is_own(content: LexborNode, article: LexborNode, layout: Layout) -> bool:
    """Whether a body element is the article's: not a card's, and not inside another body element."""
    inner = layout.content.removeprefix(".")
    above = content.parent
    while above is not None and above.mem_id != article.mem_id:
        if above.tag == "article" or inner in (above.attributes.get("class") or "").split():
            return False
        above = above.parent
    return True


def _own_id(top: Head, site: str) -> int | None:
    for address in (top.canonical, top.meta("og:url")):
        number = urls.story_id(address, site)
        if number is None and urls.is_loopback(address):  # a page saved from a stand-in site
            number = urls.story_id(address, urls.site_of(address) or site)
        if number is not None:
            return number
    return None


def _leads_elsewhere(top: Head, asked: int | None, own: int | None, site: str) -> str | None:
    """The address of the story a page is really of, where that is not the one asked for."""
    if own is not None:
        return urls.canonical(own, site) if asked is not None and own != asked else None
    return top.canonical if urls.is_sister(top.canonical) else None


def _title(parts: _Parts, top: Head) -> str:
    node = parts.in_header(parts.layout.title)
    shown = clean_line(node.text() or "") if node is not None else ""
    if shown and top.headline and same_but_for_quotes(shown, top.headline):
        return top.headline
    return shown or top.headline or top.meta("og:title", "twitter:title")


def _authors(parts: _Parts, top: Head) -> tuple[str, ...]:
    byline = parts.in_header(parts.layout.byline)
    names: list[str] = []
    if byline is not None:
        names = [clean_line(link.text() or "") for link in byline.css("a")]
        if not any(names):
            names = [clean_line(name) for name in (byline.text() or "").split("|")]
    spelled = {plain_quotes(name): name for name in top.authors}
    shown = [spelled.get(plain_quotes(name), name) if name else "" for name in names]
    shown = [
        kept if kept == name or same_but_for_quotes(kept, name) else name
        for kept, name in zip(shown, names, strict=True)
    ]
    found = [name for name in shown if name] or list(top.authors) or top.meta("author").split(", ")
    return tuple(dict.fromkeys(name for name in found if name))


def _section(parts: _Parts, top: Head, title: str) -> str | None:
    """The web section as shown: in `<title>` ("Headline - Section - DAWN.COM"), in the badge, in a meta."""
    said = _SITE_SUFFIX.sub("", top.title)
    if said != top.title:
        plain, headline = plain_quotes(said), plain_quotes(title)
        if plain.startswith(headline + " - "):  # the headline may hold " - " itself, and so may the section
            section = said[-(len(plain) - len(headline) - 3) :].strip()
        else:
            section = said.rpartition(" - ")[2].strip() if " - " in said and plain != headline else ""
        if section:
            return section
    return next(iter(_badges(parts)), None) or top.meta("article:section").title() or None


def _badges(parts: _Parts) -> tuple[str, ...]:
    """The labels below the story; the first is its section's."""
    badges = (clean_line(badge.text() or "") for badge in parts.article.css(f"{parts.layout.footer} .badge"))
    return tuple(badge for badge in badges if badge)


def _published(parts: _Parts, top: Head, line: PrintLine | None) -> tuple[datetime | None, str | None]:
    shown = _shown(parts, ".timestamp--published", "published")
    for moment, source in (
        (instant(top.meta("article:published_time")), "meta"),
        (instant(top.published), "json-ld"),
        (shown, "shown"),
        (midnight(line.day) if line and line.day else None, "print line"),
    ):
        if moment is not None:
            return moment, source
    return None, None


def _updated(parts: _Parts, top: Head) -> tuple[datetime | None, str | None]:
    timeago = parts.in_header(".story__time .timestamp--updated .timeago")
    ticking = instant(timeago.attributes.get("title")) if timeago is not None else None
    for moment, source in (
        (instant(top.meta("article:modified_time")), "meta"),
        (instant(top.modified), "json-ld"),
        (ticking or _shown(parts, ".timestamp--updated", "updated"), "shown"),
    ):
        if moment is not None:
            return moment, source
    return None, None


def _shown(parts: _Parts, selector: str, label: str) -> datetime | None:
    """The date the header shows under this label; one label and one date stood there before 2020."""
    own = parts.in_header(f".story__time {selector}")
    if own is not None:
        return shown_instant(own.text(separator=" ") or "")
    whole = parts.in_header(".story__time")
    text = clean_line(whole.text(separator=" ") or "") if whole is not None else ""
    labelled = text.lower()
    if labelled.startswith(label) or (label == "published" and not labelled.startswith("updated")):
        return shown_instant(text)
    return None


def _shown_caption(parts: _Parts) -> str | None:
    caption = parts.in_header("figcaption")
    return (clean_line(caption.text() or "") or None) if caption is not None else None


def _tags(parts: _Parts, top: Head) -> tuple[str, ...]:
    said = ",".join((parts.article.attributes.get("data-tags") or "", top.meta("news_keywords", "keywords")))
    return tuple(dict.fromkeys(clean_line(tag) for tag in re.split(r"[,|]", said) if tag.strip()))
