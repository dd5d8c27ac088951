"""What extraction must never do with a page, whatever the page."""

from __future__ import annotations

import json
import re
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from benchmarks.fuzz.mutations import Damaged
from crawlers.extract import extract, extract_feed, extract_page
from crawlers.extracted import flat
from crawlers.items import Article, Capture, Rejection
from crawlers.payload import charset_of, decoded, parseable
from crawlers.site import CHROME_TAGS, WITHOUT_BODY
from tests.crawlers.paper import capture

_UNSEEN = re.compile(r"[\s\u00ad\x00-\x1f\x7f]+")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]")
_WORDS_OF_A_TEASER, _MOST_READ = 6, 1_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """What extraction did that it must not do: a cause that findings of one sort share, and the case."""

    cause: str
    detail: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one page: "article" or a reason, the CPU seconds it took, and what was found."""

    said: str
    seconds: float
    findings: tuple[Finding, ...]


def as_captured(page: Damaged) -> Capture:
    """The page as a capture."""
    return replace(capture(page.content, page.status, page.url), headers=tuple(page.headers.items()))


def outcome(page: Damaged, limit: float, again: bool) -> Outcome:
    """The page read in every way there is, and checked; `again` reads it twice. `limit` is in CPU seconds."""
    made = as_captured(page)
    began = time.process_time()
    try:
        result = extract(made)
    except Exception as error:
        return Outcome("raised", time.process_time() - began, (raised("extract", error),))
    seconds = time.process_time() - began
    found = list(_found(made, result, again))
    if seconds > limit:
        found.append(Finding("extract is slow", f"{seconds:.1f} CPU seconds for {len(page.content)} bytes"))
    said = "article" if isinstance(result, Article) else result.reason.value
    return Outcome(said, seconds, tuple(found))


def raised(where: str, error: BaseException) -> Finding:
    """What was raised, and in which line of ours."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "/crawlers/" in frame.filename]
    line = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "?"
    return Finding(f"{where} raised {type(error).__name__} in {line}", str(error)[:200])


def _found(made: Capture, result: Article | Rejection, again: bool) -> Iterator[Finding]:
    articles = []
    try:
        articles = list(extract_feed(made))
    except Exception as error:
        yield raised("extract_feed", error)
    try:
        saved = extract_page(made.content)
    except Exception as error:
        yield raised("extract_page", error)
    else:
        yield from _unwritable(saved)
    for one in (result, *articles):
        unwritable = list(_unwritable(one))
        yield from unwritable
        if isinstance(one, Article) and not unwritable:
            yield from _amiss(one)
    if again and extract(made) != result:
        yield Finding("the second reading differs", "")
    if isinstance(result, Article):
        yield from _foreign(made, result)


def _unwritable(result: Article | Rejection) -> Iterator[Finding]:
    try:
        json.dumps(flat(result), ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, TypeError) as error:
        yield Finding(f"a line that cannot be written: {type(error).__name__}", str(error)[:200])


def _amiss(article: Article) -> Iterator[Finding]:
    """What no article is, wherever it comes from."""
    paragraphs = article.body.split("\n\n")
    if not article.body and article.kind not in WITHOUT_BODY:
        yield Finding("an article without a body", f"a {article.kind} story")
    if article.body and not all(paragraph.strip() for paragraph in paragraphs):
        yield Finding("an empty paragraph", repr(article.body[:80]))
    if not article.title.strip():
        yield Finding("an article without a headline", repr(article.title))
    for name, value in flat(article).items():
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(text, str) and _CONTROLS.search(text) for text in texts):
            yield Finding(f"control characters in {name}", repr(value)[:200])
    if not all(link.startswith(("http://", "https://")) for link in article.links):
        yield Finding("a link that is no address", repr(article.links)[:200])


def _foreign(made: Capture, article: Article) -> Iterator[Finding]:
    """Text in the body that does not stand on the page, or only in cards of other stories."""
    content = decoded(made)
    page = parseable(content, charset_of(made)) if isinstance(content, bytes) else None
    if not isinstance(page, bytes):
        return
    try:
        tree = LexborHTMLParser(page)
    except SelectolaxError:
        return
    shown = _squeezed(tree.root.text() if tree.root is not None else "")
    tree.strip_tags(list(CHROME_TAGS))  # they may part a word
    shown += "\n" + _squeezed(tree.root.text() if tree.root is not None else "")
    for paragraph in article.body.split("\n\n"):
        if _squeezed(paragraph) not in shown and not _scattered(paragraph, shown):
            yield Finding("text that does not stand on the page", repr(paragraph[:200]))
            break
    said = _squeezed(article.body)
    kept = {text for text in _teasers(tree) if text in said}
    if kept:
        for card in tree.css("article.story:not(.single)"):
            if card.css_first(".story__content, .template__main") is None:
                card.decompose()
        rest = _squeezed(tree.root.text() if tree.root is not None else "")
        for text in kept:
            if text not in rest:
                yield Finding("a teaser's text in the body", text[:200])
                break


def _teasers(tree: LexborHTMLParser) -> Iterator[str]:
    """What cards of other stories say, without blanks; of a page of endless cards only the first."""
    read = 0
    for card in tree.css("article.story:not(.single)"):
        if card.css_first(".story__content, .template__main") is None:
            for node in card.css(".story__title, .story__excerpt"):
                text = (node.text() or "").strip(" .\n")
                read += len(text)
                if read > _MOST_READ:
                    return
                if len(text.split()) >= _WORDS_OF_A_TEASER:
                    yield _squeezed(text)


def _squeezed(text: str | None) -> str:
    return _UNSEEN.sub("", text or "")


def _scattered(paragraph: str, shown: str) -> bool:
    """Whether a paragraph's words stand on the page one after the other: furniture was cut from between."""
    at = 0
    for word in paragraph.split():
        at = shown.find(_squeezed(word), at)
        if at < 0:
            return False
    return True
