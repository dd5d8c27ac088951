"""The figures as a picture: a row a tool, its exact share a bar, its leaks a number, its speed a dot.

The dots stand on a scale of tens, and a whisker goes from the slowest round to the fastest.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape
from statistics import median

from benchmarks.extract.rounds import Figures
from benchmarks.extract.tools import OURS

_WIDTH, _ROW, _TOP = 880, 26, 74
_BAR, _BAR_WIDTH = 210, 160  # where the bars begin, and how long a full one is
_LEAKS = 505  # where their numbers end
_SCALE, _SCALE_WIDTH = 555, 240
_RATES = 868
# The colours of both grounds stand here: a picture in a page follows the reader's own setting.
_STYLE = """
  text { font: 13px ui-sans-serif, system-ui, sans-serif; fill: #1f2328; }
  .quiet { fill: #59636e; font-size: 12px; }
  .ours { font-weight: 600; }
  .track { fill: #d1d9e0; }
  .bar, .dot { fill: #59636e; }
  .bar.ours, .dot.ours { fill: #0969da; }
  .grid { stroke: #d1d9e0; }
  .whisker { stroke: #59636e; stroke-width: 2; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .quiet { fill: #9198a1; }
    .track { fill: #3d444d; }
    .bar, .dot { fill: #9198a1; }
    .bar.ours, .dot.ours { fill: #4493f8; }
    .grid { stroke: #3d444d; }
    .whisker { stroke: #9198a1; }
  }
"""


def drawn(figures: Sequence[Figures], caption: str) -> str:
    """The picture as SVG, the fastest tool on top. Tools that were not measured are not in it."""
    shown = sorted((one for one in figures if one.totals), key=lambda one: median(one.rates), reverse=True)
    if not shown:
        raise ValueError("no tool was measured: there is nothing to draw")
    low = math.floor(math.log10(min(min(one.rates) for one in shown)))
    high = math.ceil(math.log10(max(max(one.rates) for one in shown)))
    tens = range(low, max(high, low + 1) + 1)

    def across(rate: float) -> float:
        return _SCALE + _SCALE_WIDTH * (math.log10(rate) - tens[0]) / (tens[-1] - tens[0])

    bottom = _TOP + _ROW * len(shown)
    grid = [
        f"<line class='grid' x1='{x:.1f}' x2='{x:.1f}' y1='{_TOP - 8}' y2='{bottom}'/>"
        f"<text class='quiet' x='{x:.1f}' y='{_TOP - 14}' text-anchor='middle'>{10.0**ten:g}</text>"
        for ten in tens
        for x in (across(10.0**ten),)
    ]
    rows = [_row(one, _TOP + _ROW * index, across) for index, one in enumerate(shown)]
    return "\n".join(
        [
            f"<svg xmlns='http://www.w3.org/2000/svg' width='{_WIDTH}' height='{bottom + 36}'"
            f" viewBox='0 0 {_WIDTH} {bottom + 36}' role='img' aria-label='{escape(caption, quote=True)}'>",
            f"<style>{_STYLE}</style>",
            f"<text class='ours' x='{_BAR}' y='24'>texts exactly right</text>",
            f"<text class='ours' x='{_LEAKS}' y='24' text-anchor='end'>leaks</text>",
            f"<text class='quiet' x='{_LEAKS}' y='40' text-anchor='end'>pages</text>",
            f"<text class='ours' x='{_SCALE}' y='24'>pages per CPU second</text>",
            f"<text class='quiet' x='{_SCALE}' y='40'>median of the rounds, slowest to fastest</text>",
            *grid,
            *rows,
            f"<text class='quiet' x='12' y='{bottom + 22}'>{escape(caption)}</text>",
            "</svg>\n",
        ]
    )


def _row(one: Figures, top: int, across: Callable[[float], float]) -> str:
    assert one.totals is not None
    middle, bar, exact = top + _ROW // 2, top + _ROW // 2 - 5, one.totals.exact
    mine = " ours" if one.tool.family == OURS else ""
    rate = median(one.rates)
    first, last = across(min(one.rates)), across(max(one.rates))
    return (
        f"<text class='{mine.strip()}' x='12' y='{middle + 4}'>{escape(one.tool.name)}</text>"
        f"<rect class='track' x='{_BAR}' y='{bar}' width='{_BAR_WIDTH}' height='10' rx='2'/>"
        f"<rect class='bar{mine}' x='{_BAR}' y='{bar}' width='{_BAR_WIDTH * exact:.1f}' height='10' rx='2'/>"
        f"<text class='quiet' x='{_BAR + _BAR_WIDTH + 8}' y='{middle + 4}'>{_percent(exact)}</text>"
        f"<text class='quiet' x='{_LEAKS}' y='{middle + 4}' text-anchor='end'>{one.totals.leaks}</text>"
        f"<line class='whisker' x1='{first:.1f}' x2='{last:.1f}' y1='{middle}' y2='{middle}'/>"
        f"<circle class='dot{mine}' cx='{across(rate):.1f}' cy='{middle}' r='5'/>"
        f"<text class='quiet' x='{_RATES}' y='{middle + 4}' text-anchor='end'>{rate:.0f}</text>"
    )


def _percent(share: float) -> str:
    """Never "100 %" for less than all."""
    return "100 %" if share == 1 else f"{math.floor(share * 1000) / 10:.1f} %"
