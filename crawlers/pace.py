"""How closely one request follows another: the promised pause, and longer ones while the site strains. Pure.

Scrapy's AutoThrottle knows nothing of 429 and 503, and forgets a slow answer within a few quick ones.
"""

from __future__ import annotations

LONGEST = 60.0
"""Seconds. Slower than this no pause grows by itself; a site that wants more says so in Retry-After."""

LONGEST_ABSENCE = 24 * 3600.0
"""Seconds that we stay away at most: a date in the year 9999 is no reason never to ask again."""

EASING = 0.9
"""What is left of a longer pause after a quick, good answer: some twenty lead back to the promised one."""

_STRAINED = frozenset({429, 500, 502, 503, 504, 520, 521, 522, 523, 524})  # 52x: Cloudflare's, of its origin


def paced(pace: float, promised: float, status: int | None, seconds: float) -> float:
    """The seconds to leave before the next request, after an answer of that status that took so long.

    `pace` is what was left before this one; never less than `promised` comes of it. Twice as much after an
    answer that tells of strain, and after none (status None); as much as a slow answer took; else a tenth
    nearer to `promised`. 0 where that is 0, which only a site on this machine is ever asked with.
    """
    if promised <= 0:
        return 0.0
    longest = max(LONGEST, promised)
    if status is None or status in _STRAINED:
        return min(2 * max(pace, promised), longest)
    return min(max(promised, seconds, pace * EASING), longest)
