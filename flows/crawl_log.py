"""The log of crawl processes, line by line at the level it was written at. Nothing here knows Prefect."""

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
    """Nothing, once the process has closed its stderr: every line went to LOG, and `last` has the last of
    those that tell of trouble.

    What Scrapy did not write itself, a traceback or the process's last word, is trouble after a line that was
    no trouble, too: only such a line says what becomes of its own continuation.
    """
    level = logging.ERROR
    for line in lines:
        said = line.rstrip()
        if not said.strip():
            continue
        if found := _LINE.match(said):
            level = logging.getLevelNamesMapping()[found[2]]
            LOG.log(level, "%s: %s", found[1], found[3])
        else:
            if said[0] not in _GOES_ON and level < logging.WARNING:
                level = logging.ERROR
            LOG.log(level, "%s", said)
        if level >= logging.WARNING:
            last.append(said)
