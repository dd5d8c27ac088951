"""A saved page for the tests out of a captured one: made-up words in its own markup, and what it reads as.

Pure but for reading an archive.

It reads as today's rules say: a person reads it, and corrects what is not right, before it is a
test.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from crawlers import urls
from crawlers.extract import extract_page
from crawlers.extracted import Line, flat
from crawlers.invented import invented
from crawlers.items import Capture, Reason
from crawlers.payload import Fault, charset_of, decoded, parseable
from crawlers.reading import read
from crawlers.site import LIVE, MAX_PAGE_BYTES

_HTML = re.compile(rb"<(?:!doctype|html|head|body|title|meta|article|div|p|h[1-6])[\s/>]", re.IGNORECASE)
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\f\r")
_MOST_JUNK = 100  # one character in so many may be none of a text: a windows-1252 page has stray ones
_TODAYS = frozenset(
    {"content_hash", "rules", "word_count"}
)  # say nothing about the page that its body does not


@dataclass(frozen=True, slots=True)
class Case:
    """A page of made-up words, and the fields it reads as."""

    page: str
    url: str | None
    expected: Line


def case_of(
    content: bytes, url: str | None = None, site: str = LIVE, charset: str | None = None
) -> Case | Fault:
    """The case of a page's bytes, or why they are none; `url` where the page itself does not say its story.

    In UTF-8, whatever the page was in: `charset` is HTTP's, without it the page's own counts.
    """
    page = parseable(content, charset)
    if isinstance(page, Fault):
        return page
    if not _is_text(page) or not _HTML.search(page):
        return Fault(Reason.UNREADABLE, "no HTML in it")
    text = invented(page.decode("utf-8", "replace"))
    read_as = flat(extract_page(text, url, site))
    return Case(text, url, {name: value for name, value in read_as.items() if name not in _TODAYS})


def case_of_file(path: Path) -> Case | Fault:
    """The case of an HTML file, or why it is none; of one that is too large no more is read than shows it."""
    with path.open("rb") as file:
        return case_of(file.read(MAX_PAGE_BYTES + 1))


def case_of_capture(capture: Capture, site: str = LIVE) -> Case | Fault:
    """The case of a captured page, or why its bytes are none. Its address is told without the slug."""
    content = decoded(capture)
    if isinstance(content, Fault):
        return content
    number = urls.story_id(capture.url, site)
    url = urls.canonical(number, site) if number is not None else None
    return case_of(content, url, site, charset_of(capture))


def _is_text(page: bytes) -> bool:
    """Whether bytes in UTF-8 are a text: a picture or a gzip file is controls and replacements."""
    junk = len(page) - len(page.translate(None, _CONTROLS)) + page.count("\ufffd".encode())
    return junk * _MOST_JUNK <= len(page)


def newest_page(archives: Iterable[Path], story_id: int | None, site: str = LIVE) -> Capture | None:
    """The newest page of a story that these WARC files hold (of any, without `story_id`)."""
    found: Capture | None = None
    for archive in archives:
        for capture in read(archive):
            if capture.status != 200 or capture.revisit_of is not None:
                continue
            number = urls.story_id(capture.url, site)
            wanted = number is not None and story_id in (None, number)
            if wanted and (found is None or capture.fetched_at > found.fetched_at):
                found = capture
    return found
