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


def test_each_record_comes_whole_and_at_its_level(heard: list[tuple[int, str]]) -> None:
    follow(SAID.splitlines(keepends=True), deque(maxlen=8))
    assert [level for level, _ in heard] == [logging.INFO, logging.INFO, logging.WARNING, logging.ERROR]
    assert heard[0][1] == "scrapy.core.engine: Spider opened"
    assert heard[1][1].startswith("scrapy.statscollectors: Dumping Scrapy stats:\n{")
    assert heard[1][1].endswith("\n 'finish_reason': 'finished'}")
    assert heard[2][1] == "py.warnings: something old\n  is used"
    assert heard[3][1].endswith("ValueError: no\n1 answers could not be dealt with: a bug, shown above")
    lines = [line for line in SAID.splitlines() if line]
    assert sum(said.count("\n") + 1 for _, said in heard) == len(lines), "no line is lost"


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
