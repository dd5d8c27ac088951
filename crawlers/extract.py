"""A captured response in, an Article or a Rejection out.

Pure: the same bytes give the same answer under the same `RULES`, in any process and in any order. Nothing
here raises, whatever the bytes; a page that is no article is data.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from crawlers import urls
from crawlers.bylines import named
from crawlers.credits import credits_of
from crawlers.dated import chosen, from_feed
from crawlers.dates import local_day
from crawlers.fallback import text_of_page
from crawlers.head import head
from crawlers.items import Article, Capture, DateField, Reason, Rejection
from crawlers.meter import own_rail
from crawlers.pages import Entry, FeedPage
from crawlers.payload import Fault, charset_of, decoded, is_challenge, media_type, parseable
from crawlers.rails import Evidence, evidence, listed
from crawlers.site import FALLBACK, FEED, LIVE, SITE_FILE
from crawlers.story import kind_of, pointed_to, story
from crawlers.suspects import Page
from crawlers.text import Text, absolute_links, text_of

_DECIDING = (
    "web",
    "facts",
    "site",
    "items",
    "urls",
    "dates",
    "payload",
    "limit",
    "lines",
    "head",
    "chrome",
    "media",
    "blocks",
    "body",
    "markdown",
    "text",
    "parts",
    "bylines",
    "credits",
    "dated",
    "fallback",
    "rails",
    "suspects",
    "meter",
    "story",
    "pages",
    "extract",
)
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_GONE, _BLOCKED = frozenset({404, 410}), frozenset({401, 403, 429, 451})


def _digest() -> str:
    """Ten hex digits over the source of all that decides what an article is, the site file among it, and the
    parsers' versions."""
    digest = hashlib.sha256(SITE_FILE.read_bytes())
    for module in _DECIDING:
        digest.update(Path(__file__).with_name(f"{module}.py").read_bytes())
    for package in ("trafilatura", "selectolax"):
        digest.update(f"{package}=={version(package)}".encode())
    return digest.hexdigest()[:10]


RULES = _digest()
"""Names the rules: change a rule and the name changes, so that texts made under both are told apart."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a captured page gave, and what it shows beside its story; no evidence without an article."""

    result: Article | Rejection
    evidence: Evidence | None


def extract(capture: Capture, site: str = LIVE, thorough: bool = False) -> Article | Rejection:
    """The article of a captured response, or why there is none; HTTP's answer is judged before the page.

    Does not follow `revisit_of`: the bytes stand in another capture. `site` is a stand-in for the live site.
    An article in whose body its own page shows a rail to stand is a rejection: looked for where the body
    links to other stories or no layout fits, and in every one where it is to be `thorough`, which takes as
    long again.
    """
    result, tree = _page_of(capture, site)
    if tree is None or not isinstance(result, Article):
        return result
    suspect = thorough or result.layout == FALLBACK or _links_to_another(result, site)
    return _judged_by_itself(result, tree, site) if suspect else result


def read(capture: Capture, site: str = LIVE) -> Reading:
    """The article or the rejection of a captured response, and the evidence for the meter, from one parse.

    Does not look for rails: the meter does, with what other pages show, and tells the lines it found.
    """
    result, tree = _page_of(capture, site)
    if tree is None or not isinstance(result, Article):
        return Reading(result, None)
    return Reading(result, evidence(tree, paragraphs_of(result), result.story_id, site))


def read_listing(capture: Capture, site: str = LIVE) -> Evidence | None:
    """The teasers on a captured listing; None for whatever is no page."""
    content = decoded(capture) if capture.status == 200 else None
    page = parseable(content, charset_of(capture)) if isinstance(content, bytes) else None
    tree = _tree(page) if isinstance(page, bytes) else None
    return listed(tree, site) if tree is not None else None


def extract_page(html: bytes | str, url: str | None = None, site: str = LIVE) -> Article | Rejection:
    """The article of a saved page; without `url` its canonical address or og:url says which it is.

    A page saved from a stand-in site on loopback is read as that site's. Knows nothing of HTTP. Looks for
    rails in the body, thoroughly.
    """
    content = html.encode("utf-8", "replace") if isinstance(html, str) else html
    named = url or ""
    page = parseable(content)
    if isinstance(page, Fault):
        return Rejection(urls.story_id(named, site), named, page.reason, page.detail)
    tree = _tree(page)
    if tree is None:
        return Rejection(urls.story_id(named, site), named, Reason.UNREADABLE, "no parser makes a page of it")
    if url is None:
        top = head(tree)
        named = top.canonical or top.meta("og:url")
    if urls.is_loopback(named) and not urls.same_site(named, site):
        site = urls.site_of(named) or site
    number = urls.story_id(named, site)
    result = _judged(story(tree, number, named, site, None, _without_layout(page, site)), page)
    return _judged_by_itself(result, tree, site) if isinstance(result, Article) else result


def _page_of(capture: Capture, site: str) -> tuple[Article | Rejection, LexborHTMLParser | None]:
    number = urls.story_id(capture.url, site)

    def rejected(
        reason: Reason, detail: str, points_to: str | None = None
    ) -> tuple[Rejection, LexborHTMLParser | None]:
        return Rejection(number, capture.url, reason, detail, points_to), None

    if capture.revisit_of is not None and not capture.content:
        return rejected(Reason.PARTIAL, f"a revisit: the bytes stand in {capture.revisit_of}")
    status = capture.status
    if status in _GONE:
        return rejected(Reason.GONE, f"status {status}")
    if status in _BLOCKED or (capture.header("cf-mitigated") or "").lower() == "challenge":
        return rejected(Reason.BLOCKED, f"status {status}: the site did not want to answer")
    if 300 <= status < 400 and status != 304:
        target = urls.absolute(capture.header("Location"), capture.url)
        return rejected(Reason.REDIRECTED, f"status {status}", target)
    content = decoded(capture)
    if status != 200:
        if isinstance(content, bytes) and is_challenge(content):
            return rejected(Reason.BLOCKED, f"status {status} with a challenge page")
        return rejected(Reason.SERVER_ERROR, f"status {status}")
    if isinstance(content, Fault):
        return rejected(content.reason, content.detail)
    kind = media_type(capture)
    if kind is not None and kind not in _HTML:
        return rejected(Reason.UNREADABLE, f"{kind[:60]} is not HTML")
    page = parseable(content, charset_of(capture))
    if isinstance(page, Fault):
        return rejected(page.reason, page.detail)
    tree = _tree(page)
    if tree is None:
        return rejected(Reason.UNREADABLE, "no parser makes a page of it")
    made = story(tree, number, capture.url, site, capture.fetched_at, _without_layout(page, site))
    return _judged(made, page), tree


def _judged_by_itself(article: Article, tree: LexborHTMLParser, site: str) -> Article | Rejection:
    paragraphs = paragraphs_of(article)
    shown = evidence(tree, paragraphs, article.story_id, site)
    verdict = own_rail(Page("", 0, article.story_id, article.title, paragraphs, shown))
    if verdict is None:
        return article
    detail = f"left in the body: {verdict.sentences[0][:120]} ({verdict.sign})"
    return Rejection(article.story_id, article.url, Reason.RAIL_IN_BODY, detail)


def paragraphs_of(article: Article) -> tuple[str, ...]:
    """The paragraphs of an article's body."""
    return tuple(article.body.split("\n\n")) if article.body else ()


def _links_to_another(article: Article, site: str) -> bool:
    return any(urls.story_id(link, site) not in (None, article.story_id) for link in article.links) or any(
        urls.is_sister(link) for link in article.links
    )


def extract_feed(capture: Capture, site: str = LIVE) -> tuple[Article, ...]:
    """The items of a captured feed as articles with source "feed", in order; () for whatever is no feed.

    Pointers, items without a text or with a rail in it, and other hosts' items are skipped: a feed is a
    fallback, its page decides.
    """
    content = decoded(capture) if capture.status == 200 else None
    if not isinstance(content, bytes):
        return ()
    feed = FeedPage(capture.url, content, site)
    return tuple(
        article
        for entry in feed.entries
        if (article := _feed_article(entry, site, capture.fetched_at)) is not None
    )


def _feed_article(entry: Entry, site: str, fetched_at: datetime) -> Article | None:
    number = entry.card.story_id
    if number is None or not entry.card.title:
        return None
    page = parseable(f"<div>{entry.body_html}</div>".encode("utf-8", "replace"))
    tree = _tree(page) if isinstance(page, bytes) else None
    if tree is None or tree.body is None:
        return None
    address = urls.canonical(number, site)
    made = text_of((tree.body,), address)
    if not made.paragraphs or pointed_to(made.paragraphs, made.links, address):
        return None
    dates = from_feed(entry.card.listed_at, entry.published or "", made.line)
    published = chosen(dates, DateField.PUBLISHED, fetched_at)
    printed_on = local_day(chosen(dates, DateField.PRINTED, fetched_at).moment)
    said = credits_of(made.paragraphs, local_day(published.moment) or printed_on)
    by = named(entry.authors)
    authors = tuple(one.name for one in by)
    article = Article(
        story_id=number,
        url=address,
        title=entry.card.title,
        kind=kind_of(entry.card.title, authors, entry.section, (), made.line, made.paragraphs, ""),
        section=entry.section,
        authors=authors,
        dateline=said.dateline,
        body=made.body,
        published_at=published.moment,
        updated_at=None,
        published_on=local_day(published.moment),
        printed_on=printed_on,
        printed_in=made.line.paper if made.line else None,
        image_url=urls.absolute(entry.image_url, address),
        image_caption=None,
        tags=(),
        links=absolute_links(made.links, address),
        body_markdown=made.markdown,
        pictures=made.pictures,
        embeds=made.embeds,
        bylines=by,
        dateline_on=said.dateline_on,
        about_author=said.about_author,
        contacts=said.contacts,
        input_from=said.input_from,
        header_image=said.header_image,
        layout=FEED,
        source="feed",
        published_at_from=published.source,
        updated_at_from=None,
        printed_on_from="print line" if printed_on else None,
        published_at_exact=published.exact,
        dates=dates,
    )
    if _links_to_another(article, site) and isinstance(_judged_by_itself(article, tree, site), Rejection):
        return None
    return article


def _without_layout(page: bytes, site: str) -> Callable[[int, str], Text]:
    return lambda number, base: text_of_page(page, number, base, site)


def _tree(page: bytes) -> LexborHTMLParser | None:
    try:
        return LexborHTMLParser(page)
    except SelectolaxError:
        return None


def _judged(result: Article | Rejection, page: bytes) -> Article | Rejection:
    """The result, unless the page is no article but a challenge: that is the site's refusal, not its page."""
    if isinstance(result, Rejection) and result.reason is Reason.NOT_AN_ARTICLE and is_challenge(page):
        return Rejection(result.story_id, result.url, Reason.BLOCKED, "a challenge page instead of the story")
    return result
