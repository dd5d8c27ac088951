"""Which figures a document states outside its marked places, so that each can be asked where it is from.
Pure.

A figure is a number with a unit of time, of size, of speed, or of a ratio ("12 s", "30 to 60 kB", "0.6 ms",
"22 %", "three times as long" is none: it has no number). What stands in a marked place is the record's; what
stands in code is an output or a setting, which other tests hold. Every other figure must lie within a phrase
that docs/benchmarks/stated.toml has for that page, with its source: a setting, a limit, an example, somebody
else's figure, or a measurement of one day that no job makes again, and why.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.documents import BLOCK, PLACE

_NUMBER = r"(?<![\w.,/#-])\d[\d,]*(?:\.\d+)?"
_UNIT = (
    r"µs|ms|s|seconds?|minutes?|hours?|h|days?|weeks?|[kKMGT]B|bytes|%|×|times|pages? (?:a|per)|"
    r"stories (?:a|per)|pages/s|stories/s|requests? (?:a|per)"
)
FIGURE = re.compile(rf"{_NUMBER}(?:\s*(?:to|and|or|–|-)\s*\d[\d,]*(?:\.\d+)?)?[\s ]?(?:{_UNIT})(?![\w/])")
SPAN_OF_TIME = re.compile(r"(?:days?|weeks?|hours?|h)$")
_FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\]\([^)]*\)")


@dataclass(frozen=True, slots=True)
class Stated:
    """A phrase of a page, and where its figures are from."""

    phrase: str
    source: str


def prose(page: str) -> str:
    """The page without its marked places, its code and the targets of its links; as long as before."""

    def blank(found: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", found[0])

    for form in (BLOCK, PLACE, _FENCE, _CODE, _LINK):
        page = form.sub(blank, page)
    return page


def figures(page: str) -> list[tuple[int, str]]:
    """The figures that a page states in prose: where, and the figure. Whole days, weeks and hours are none,
    for those are a schedule's or a calendar's."""
    return [
        (found.start(), found[0])
        for found in FIGURE.finditer(prose(page))
        if not SPAN_OF_TIME.search(found[0])
    ]


def listed(toml: str) -> Mapping[str, Sequence[Stated]]:
    """The phrases that stated.toml has for each page."""
    return {
        page: [Stated(phrase, source) for source, phrases in sources.items() for phrase in phrases]
        for page, sources in tomllib.loads(toml).items()
    }


def unknown(page: str, stated: Sequence[Stated]) -> Iterator[str]:
    """The figures of a page that lie in none of these phrases, each with the words around it."""
    spans = [
        range(found.start(), found.end())
        for one in stated
        for found in re.finditer(_spaced(one.phrase), page)
    ]
    for at, figure in figures(page):
        if not any(at in span for span in spans):
            yield f"{figure!r} in {' '.join(page[max(at - 60, 0) : at + 60].split())!r}"


def stale(page: str, stated: Sequence[Stated]) -> Iterator[str]:
    """The phrases that the page does not have any more, or that have no figure."""
    for one in stated:
        if not re.search(_spaced(one.phrase), page) or not figures(one.phrase):
            yield one.phrase


def _spaced(phrase: str) -> str:
    """A pattern for the phrase, wherever its lines break."""
    return r"\s+".join(map(re.escape, phrase.split()))
