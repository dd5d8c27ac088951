"""The log of a crawl process: each line at its level, and what tells of trouble kept."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator

import pytest

from flows.crawl_log import LOG, follow

SAID = """\
2026-11-26 19:45:12 [scrapy.core.engine] INFO: Spider opened
2026-11-26 19:45:12 [scrapy.statscollectors] INFO: Dumping Scrapy stats:
{'downloader/request_bytes': 230,
 'finish_reason': 'finished'}
2026-11-26 19:45:13 [py.warnings] WARNING: something old
  is used
2026-11-26 19:45:13 [scrapy.core.scraper] ERROR: Spider error processing <GET http://127.0.0.1:1/>
Traceback (most recent call last):
  File "x.py", line 1
ValueError: no

1 answers could not be dealt with: a bug, shown above
"""


@pytest.fixture
def heard() -> Iterator[list[tuple[int, str]]]:
    lines: list[tuple[int, str]] = []

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append((record.levelno, record.getMessage()))

    handler = Listening()
    LOG.addHandler(handler)
    yield lines
    LOG.removeHandler(handler)


def test_each_line_comes_at_its_level(heard: list[tuple[int, str]]) -> None:
    follow(SAID.splitlines(keepends=True), deque(maxlen=8))
    assert heard[0] == (logging.INFO, "scrapy.core.engine: Spider opened")
    assert (logging.INFO, "scrapy.statscollectors: Dumping Scrapy stats:") in heard
    assert (logging.INFO, " 'finish_reason': 'finished'}") in heard
    assert (logging.WARNING, "py.warnings: something old") in heard
    assert (logging.WARNING, "  is used") in heard
    assert (logging.ERROR, "ValueError: no") in heard
    assert len(heard) == 11, "no line is lost"


def test_the_last_lines_are_those_of_trouble() -> None:
    last: deque[str] = deque(maxlen=3)
    follow(SAID.splitlines(), last)
    assert list(last) == [
        '  File "x.py", line 1',
        "ValueError: no",
        "1 answers could not be dealt with: a bug, shown above",
    ]
    calm: deque[str] = deque()
    follow(SAID.splitlines()[:2], calm)
    assert not calm


def test_the_last_word_after_a_calm_log_is_trouble() -> None:
    last: deque[str] = deque()
    follow([SAID.splitlines()[0], "the site gave no page for 5 requests in a row"], last)
    assert list(last) == ["the site gave no page for 5 requests in a row"]


def test_a_crawl_shows_its_log_to_nobody_who_did_not_ask(capfd: pytest.CaptureFixture[str]) -> None:
    follow(SAID.splitlines(), deque())
    assert capfd.readouterr() == ("", "")
