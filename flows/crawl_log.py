"""The log of crawl processes, record by record at the level it was written at. Nothing here knows Prefect."""

from __future__ import annotations

import logging
import re
from collections import deque
from collections.abc import Iterable

LOG = logging.getLogger("dawn.crawl")
"""Where each line of a crawl goes. Who wants them adds a handler; the command, which has none, shows none."""
LOG.addHandler(logging.NullHandler())
LOG.propagate = False
LOG.setLevel(logging.DEBUG)

# 2026-11-26 19:45:12 [scrapy.core.engine] INFO: Spider opened
_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[([\w.-]+)\] (DEBUG|INFO|WARNING|ERROR|CRITICAL): (.*)")
_GOES_ON = " \t[{"  # how Scrapy's lists of what it enabled go on, and its statistics


def follow(lines: Iterable[str], last: deque[str]) -> None:
    """Nothing, once the process has closed its stderr: all it said went to LOG, and `last` has the last lines
    of those that tell of trouble.

    A record of several lines is one there. What Scrapy did not write itself, a traceback or the last
    word of the process, is trouble after a record that was none, too.
    """
    level = logging.ERROR
    record: list[str] = []
    for line in lines:
        said = line.rstrip()
        if not said.strip():
            continue
        if found := _LINE.match(said):
            _log(level, record)
            level = logging.getLevelNamesMapping()[found[2]]
            record = [f"{found[1]}: {found[3]}"]
        elif said[0] not in _GOES_ON and level < logging.WARNING:
            _log(level, record)
            level = logging.ERROR
            record = [said]
        else:
            record.append(said)
        if level >= logging.WARNING:
            last.append(said)
    _log(level, record)


def _log(level: int, record: list[str]) -> None:
    if record:
        LOG.log(level, "%s", "\n".join(record))
