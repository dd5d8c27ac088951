"""A story's page: from a parsed page to an Article, or the reason why it is none. Pure; no bytes, no HTTP."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from itertools import islice

from selectolax.lexbor import LexborHTMLParser

from crawlers import urls
from crawlers.bylines import bylines
from crawlers.credits import LAST, credits_of
from crawlers.dated import candidates_of, chosen
from crawlers.dates import PrintLine, local_day
from crawlers.head import Head, head, plain_quotes, same_but_for_quotes
from crawlers.items import Article, DateField, Embed, Kind, Picture, Reason, Rejection
from crawlers.lines import clean_line
from crawlers.media import media_of, shown_caption
from crawlers.parts import Parts, parts
from crawlers.rails import furniture_in
from crawlers.site import (
    BADGE,
    FALLBACK,
    KINDS,
    LEADING_WORDS,
    TAGS_ATTRIBUTE,
    TITLE_SUFFIX,
    VIDEO_SERVICES,
    WITHOUT_BODY,
    Known,
)
from crawlers.text import Text, absolute_links, placed_embeds, placed_pictures, text_of

_SITE_SUFFIX = re.compile(TITLE_SUFFIX or r"(?!)", re.IGNORECASE)
_KINDS = tuple(
    (kind, field, re.compile(pattern, re.IGNORECASE | re.DOTALL)) for kind, field, pattern in KINDS
)
_ONLY_LEADS = re.compile(  # "Read the full story here."
    r"(?:[^\w]|\b(?:also|article|at|click|complete|continue|find|for|full|gallery|here|in|more|on|our"
    r"|piece|read|reading|report|see|story|tap|the|this|to|video|view|visit|watch|website|you|can|it"
    rf"{''.join(f'|{re.escape(word)}' for word in LEADING_WORDS)})\b)*",
    re.IGNORECASE,
)
_MAY_BE_SHOWN = frozenset({Kind.NEWS, Kind.FEATURE})  # kinds that nothing on the page names
_MOST_COVERS = 50  # figures of a header that are looked at
_BARE_ADDRESS = re.compile(r"https?://\S+")


def story(
    tree: LexborHTMLParser,
    story_id: int | None,
    url: str,
    site: str,
    fetched_at: datetime | None = None,
    without_layout: Callable[[int, str], Text] | None = None,
) -> Article | Rejection:
    """The article a parsed page shows, or the reason why it shows none.

    Without `story_id` the page's own canonical address says it. `fetched_at` (UTC) tells layouts apart and
    which dates lie in the future. `without_layout` reads the text of the story with this number and address
    where no layout fits a page that calls itself its page. Does not fetch, and does not look at HTTP.
    """
    top = head(tree)
    found = parts(tree, story_id, local_day(fetched_at))
    own = _own_id(top, site)
    if found is None and not (own is not None and without_layout is not None and top.is_article):
        return Rejection(story_id or own, url, Reason.NOT_AN_ARTICLE, "no article markup on the page")
    if found is not None and found.layout.known is Known.ASSUMED and not _claims(top, own, url):
        return Rejection(
            story_id, url, Reason.NOT_AN_ARTICLE, "nothing on the page says that it is a story's"
        )
    elsewhere = _leads_elsewhere(top, story_id, own, site)
    if elsewhere is not None:
        return Rejection(story_id, url, Reason.POINTER, "the page is another story's", elsewhere)
    number = story_id or own
    if number is None:
        return Rejection(None, url, Reason.NOT_AN_ARTICLE, "no story id in its address or on the page")
    address = urls.canonical(number, site)
    title = _title(found, top)
    if not title:
        return Rejection(number, url, Reason.NOT_AN_ARTICLE, "an article without a headline")
    if found is not None:
        made = text_of(found.contents, address)
    else:
        assert without_layout is not None
        made = without_layout(number, address)
    section = _section(found, top, title)
    by = bylines(found, top, address)
    authors = tuple(one.name for one in by)
    badges = _badges(found)
    path = urls.path(top.canonical)
    kind = kind_of(title, authors, section, badges, made.line, made.paragraphs, path, top.types)
    layout = found.layout.name if found is not None else FALLBACK
    body_is_elsewhere = found is not None and not found.contents and own is not None and top.is_article
    if body_is_elsewhere and without_layout is not None and kind not in WITHOUT_BODY:
        made, layout = without_layout(number, address), FALLBACK
        kind = kind_of(title, authors, section, badges, made.line, made.paragraphs, path, top.types)
    if not made.paragraphs and kind in _MAY_BE_SHOWN:
        kind = _kind_of_media(made) or kind
    seen = bool(made.pictures or made.embeds) and kind in WITHOUT_BODY
    points_to = None if seen else pointed_to(made.paragraphs, made.links, address)
    if points_to is not None:
        return Rejection(number, url, Reason.POINTER, "its body only leads elsewhere", points_to)
    if not made.paragraphs and kind not in WITHOUT_BODY:
        return Rejection(number, url, Reason.NO_BODY, f"no text in the body of a {kind.value} story")
    left = furniture_in(made.paragraphs)
    if left is not None:
        return Rejection(number, url, Reason.RAIL_IN_BODY, f"left in the body: {left[:120]}")
    image = urls.absolute(top.meta("og:image", "twitter:image"), address)
    dates = candidates_of(found, top, made.line, image)
    published = chosen(dates, DateField.PUBLISHED, fetched_at)
    updated = chosen(dates, DateField.UPDATED, fetched_at)
    printed_on = local_day(chosen(dates, DateField.PRINTED, fetched_at).moment)
    said = credits_of(made.paragraphs, local_day(published.moment) or printed_on)
    return Article(
        story_id=number,
        url=address,
        title=title,
        kind=kind,
        section=section,
        authors=authors,
        dateline=said.dateline,
        body=made.body,
        published_at=published.moment,
        updated_at=updated.moment,
        published_on=local_day(published.moment),
        printed_on=printed_on,
        printed_in=made.line.paper if made.line else None,
        image_url=image,
        image_caption=top.caption.replace("\u00ad", "") or _cover_caption(found),
        tags=_tags(found, top),
        links=absolute_links(made.links, address),
        body_markdown=made.markdown,
        pictures=_pictures(found, made, address),
        embeds=_embeds(found, made, address),
        bylines=by,
        dateline_on=said.dateline_on,
        about_author=said.about_author,
        contacts=said.contacts,
        input_from=said.input_from,
        header_image=said.header_image,
        layout=layout,
        source="page",
        published_at_from=published.source,
        updated_at_from=updated.source,
        printed_on_from="print line" if printed_on else None,
        published_at_exact=published.exact,
        dates=dates,
    )


def pointed_to(paragraphs: tuple[str, ...], links: tuple[tuple[str, str], ...], base: str) -> str | None:
    """Where a body leads that is nothing but a link; None for a body that says anything besides."""
    if not 1 <= len(paragraphs) <= 3:
        return None
    text = " ".join(" ".join(paragraphs).split())
    if _BARE_ADDRESS.fullmatch(text) and not links:
        return text
    found = absolute_links(links, base)
    if len(found) != 1 or re.split(r"[/?#]", found[0].removeprefix(base), maxsplit=1)[0] == "":  # itself
        return None
    linked = " ".join(" ".join(clean_line(label) for _, label in links).split())
    if not linked:  # a link around a picture
        return None
    before, _, after = clean_line(text).partition(linked)
    return found[0] if _ONLY_LEADS.fullmatch(before + after) else None


def kind_of(
    title: str,
    authors: tuple[str, ...],
    section: str | None,
    badges: tuple[str, ...],
    line: PrintLine | None,
    paragraphs: tuple[str, ...],
    path: str,
    types: tuple[str, ...] = (),
) -> Kind:
    """What a story is, by the rules of `site.KINDS`; news where none of them matches."""
    fields = {
        "title": (title,),
        "byline": authors,
        "section": (section,) if section else (),
        "badge": badges,
        "printed_in": (line.paper,) if line else (),
        "path": (path,),
        "type": types,
        "paragraph": paragraphs[-LAST:],  # "The writer is …" stands at the end
    }
    for kind, field, pattern in _KINDS:
        if any(pattern.fullmatch(value) for value in fields[field]):
            return kind
    return Kind.NEWS


def _claims(top: Head, own: int | None, url: str) -> bool:
    """Whether a page says that it is a story's: an error page may have a body element, too."""
    return own is not None or top.is_article or urls.claims_story(url)


def _kind_of_media(made: Text) -> Kind | None:
    """The kind of a story that has no text and shows something: a film, or pictures."""
    if any(embed.service in VIDEO_SERVICES for embed in made.embeds):
        return Kind.VIDEO
    return Kind.PICTURES if made.pictures else None


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


def _title(found: Parts | None, top: Head) -> str:
    node = found.in_header(found.layout.title) if found is not None else None
    shown = clean_line(node.text() or "") if node is not None else ""
    if found is None or found.layout.known is Known.ASSUMED:
        return top.headline or top.meta("og:title", "twitter:title") or shown
    if shown and top.headline and same_but_for_quotes(shown, top.headline):
        return top.headline
    return shown or top.headline or top.meta("og:title", "twitter:title")


def _section(found: Parts | None, top: Head, title: str) -> str | None:
    """The web section as shown: in `<title>` ("Headline - Section - SITE"), in the badge, in a meta."""
    said = _SITE_SUFFIX.sub("", top.title)
    if said != top.title:
        plain, headline = plain_quotes(said), plain_quotes(title)
        if plain.startswith(headline + " - "):  # the headline may hold " - " itself, and so may the section
            section = said[-(len(plain) - len(headline) - 3) :].strip()
        else:
            section = said.rpartition(" - ")[2].strip() if " - " in said and plain != headline else ""
        if section:
            return section
    return next(iter(_badges(found)), None) or top.meta("article:section").title() or None


def _badges(found: Parts | None) -> tuple[str, ...]:
    """The labels below the story; the first is its section's."""
    if found is None:
        return ()
    badges = (clean_line(badge.text() or "") for badge in found.article.css(f"{found.layout.footer} {BADGE}"))
    return tuple(badge for badge in badges if badge)


def _cover_caption(found: Parts | None) -> str | None:
    if found is None or found.layout.known is Known.ASSUMED:
        return None
    figure = found.in_header("figure")
    return shown_caption(figure) if figure is not None else None


def _pictures(found: Parts | None, made: Text, base: str) -> tuple[Picture, ...]:
    """The cover's pictures, which stand in the header, and then the body's, each once."""
    cover = [(one, None) for one in _cover(found) if isinstance(one, Picture)]
    both = (*placed_pictures(cover, base), *made.pictures)
    return tuple({one.url: one for one in reversed(both)}.values())[::-1]


def _embeds(found: Parts | None, made: Text, base: str) -> tuple[Embed, ...]:
    """What the header embeds (a film in the place of a cover), and then the body's, each once."""
    cover = [(one, 0) for one in _cover(found) if isinstance(one, Embed)]
    if not cover:
        return made.embeds
    return tuple({one.url: one for one in reversed((*placed_embeds(cover, base), *made.embeds))}.values())[
        ::-1
    ]


def _cover(found: Parts | None) -> tuple[Picture | Embed, ...]:
    """The media of a header."""
    if found is None or found.layout.known is Known.ASSUMED:
        return ()
    outer = islice(found.all_in_header("figure:not(figure figure)"), _MOST_COVERS)
    return tuple(one for figure in outer for one in media_of(figure))


def _tags(found: Parts | None, top: Head) -> tuple[str, ...]:
    own = (found.article.attributes.get(TAGS_ATTRIBUTE) or "") if found is not None else ""
    said = ",".join((own, top.meta("news_keywords", "keywords")))
    return tuple(dict.fromkeys(clean_line(tag) for tag in re.split(r"[,|]", said) if tag.strip()))
