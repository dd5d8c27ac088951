"""A saved page for the tests out of a captured one: made-up words in its own markup, and what it reads as.

Pure but for reading an archive.

It reads as today's rules say: a person reads it, and corrects what is not right, before it is a
test.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from crawlers import urls
from crawlers.extract import extract_page
from crawlers.extracted import Line, flat
from crawlers.invented import invented
from crawlers.items import Capture
from crawlers.payload import Fault, charset_of, decoded, parseable
from crawlers.reading import read
from crawlers.site import LIVE

_TODAYS = frozenset(
    {"content_hash", "rules", "word_count"}
)  # say nothing about the page that its body does not


@dataclass(frozen=True, slots=True)
class Case:
    """A page of made-up words, and the fields it reads as."""

    page: str
    url: str | None
    expected: Line


def case_of(page: bytes, url: str | None = None, site: str = LIVE) -> Case:
    """The case of a page's bytes, in UTF-8; `url` where the page itself does not say which story it is."""
    text = invented(page.decode("utf-8", "replace"))
    read_as = flat(extract_page(text, url, site))
    return Case(text, url, {name: value for name, value in read_as.items() if name not in _TODAYS})


def case_of_capture(capture: Capture, site: str = LIVE) -> Case | Fault:
    """The case of a captured page, or why its bytes are none."""
    content = decoded(capture)
    page = parseable(content, charset_of(capture)) if isinstance(content, bytes) else content
    return page if isinstance(page, Fault) else case_of(page, capture.url, site)


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
