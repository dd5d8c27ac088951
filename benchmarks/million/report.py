"""The figures of each size as tables in Markdown, and as a picture. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from html import escape

from benchmarks.extract.report import table
from benchmarks.million.steps import QUESTIONS, Figures

Measured = Mapping[int, Mapping[str, Figures]]

_LOADS: dict[str, Callable[[Mapping[str, Figures]], str]] = {
    "one core, stories/s": lambda f: (
        f"{_rate(f['on_one_core'], 'load')}"
        f" ({_rate(f['on_one_core'], 'slowest')} to {_rate(f['on_one_core'], 'fastest')})"
    ),
    "as fast as row by row": lambda f: f"{f['on_one_core']['upserts'] / f['on_one_core']['load']:.1f} ×",
    "as a bare copy": lambda f: f"{f['on_one_core']['bare'] / f['on_one_core']['load']:.2f} ×",
    "all cores, stories/s": lambda f: _rate(f["all_of_it"], "load"),
    "families, stories/s": lambda f: _rate(f["all_of_it"], "families"),
    "search, stories/s": lambda f: _rate(f["index"], "index"),
    "memory": lambda f: f"{f['all_of_it']['peak'] / 1e9:.2f} GB",
    "file": lambda f: f"{f['publish']['bytes'] / 1e6:,.0f} MB",
    "a story": lambda f: _each(f["publish"]),
    "its search index": lambda f: _each(f["index"]),
}
_LATER: dict[str, Callable[[Mapping[str, Figures]], str]] = {
    "300 more": lambda f: _seconds(f["an_hour_later"], "load"),
    "CPU": lambda f: _seconds(f["an_hour_later"], "cpu"),
    "their families": lambda f: _seconds(f["an_hour_later"], "families"),
    "with edits of all years": lambda f: _seconds(f["two_hours_later"], "load"),
    "publish": lambda f: f"{f['publish']['publish']:.2f} s",
    "a copy of the file": lambda f: f"{f['publish']['copy']:.2f} s",
    "publish / copy": lambda f: f"{f['publish']['publish'] / f['publish']['copy']:.2f}",
}
_CURVES: dict[str, Callable[[Mapping[str, Figures]], float]] = {
    "families": lambda f: f["all_of_it"]["families"],
    "load": lambda f: f["all_of_it"]["load"],
    "search index": lambda f: f["index"]["index"],
    "publish": lambda f: f["publish"]["publish"],
    "300 more": lambda f: f["an_hour_later"]["load"],
    "slowest question": lambda f: max(f["questions"][name] for name in (*QUESTIONS, "search")),
}


def page(figures: Measured) -> str:
    """The tables; in brackets the slowest and the fastest of some rounds."""
    return "\n\n".join(
        [
            "**A load of all.**",
            _by_size(figures, _LOADS),
            "**An hour later.**",
            _by_size(figures, _LATER),
            "**Questions**, each asked for the second time.",
            table(
                ["question", *(f"{size:,}" for size in figures)],
                [
                    [name, *(f"{of['questions'][name] * 1000:,.0f} ms" for of in figures.values())]
                    for name in (*QUESTIONS, "search")
                ],
            ),
        ]
    )


def _by_size(figures: Measured, columns: Mapping[str, Callable[[Mapping[str, Figures]], str]]) -> str:
    return table(
        ["stories", *columns],
        [
            [f"{size:,}", *(_or_nothing(shown, of) for shown in columns.values())]
            for size, of in figures.items()
        ],
    )


def _or_nothing(shown: Callable[[Mapping[str, Figures]], str], of: Mapping[str, Figures]) -> str:
    try:
        return shown(of)
    except KeyError:  # a step that was not measured at this size
        return "–"


def _rate(of: Figures, what: str) -> str:
    """Stories a second; where there were rounds, in brackets the slowest and the fastest."""
    shown = f"{of['stories'] / of[what]:,.0f}"
    if f"most {what}" in of:
        slowest, fastest = of["stories"] / of[f"most {what}"], of["stories"] / of[f"least {what}"]
        shown += f" ({slowest:,.0f} to {fastest:,.0f})"
    return shown


def _seconds(of: Figures, what: str) -> str:
    shown = f"{of[what]:.2f} s"
    if f"most {what}" in of:
        shown += f" ({of[f'least {what}']:.2f} to {of[f'most {what}']:.2f})"
    return shown


def _each(of: Figures) -> str:
    return f"{of['bytes'] / of['stories'] / 1e3:.1f} KB"


# ── the picture ──────────────────────────────────────────────────────────────────────────────────────────

_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 560, 40, 400
_STYLE = """
  text { font: 13px ui-sans-serif, system-ui, sans-serif; fill: #1f2328; }
  .quiet { fill: #59636e; font-size: 12px; }
  .grid { stroke: #d1d9e0; }
  .guide { stroke: #59636e; stroke-dasharray: 2 5; }
  .curve { fill: none; stroke: #0969da; stroke-width: 2; }
  .dot { fill: #0969da; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .quiet { fill: #9198a1; }
    .grid { stroke: #3d444d; }
    .guide { stroke: #9198a1; }
    .curve { stroke: #4493f8; }
    .dot { fill: #4493f8; }
  }
"""


def picture(figures: Measured) -> str:
    """Seconds against stories as SVG, both on scales of tens: what grows as the data do is parallel to the
    dotted lines."""
    sizes = sorted(figures)
    seconds = [curve(figures[size]) for size in sizes for curve in _CURVES.values()]
    tens = range(math.floor(math.log10(min(seconds))), math.ceil(math.log10(max(seconds))) + 1)
    first = math.floor(math.log10(sizes[0]))
    decades = range(first, max(math.ceil(math.log10(sizes[-1])), first + 1) + 1)

    def x(stories: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * (math.log10(stories) - decades[0]) / (decades[-1] - decades[0])

    def y(taken: float) -> float:
        return _BOTTOM - (_BOTTOM - _TOP) * (math.log10(taken) - tens[0]) / (tens[-1] - tens[0])

    drawn = [
        f"<line class='grid' x1='{_LEFT}' x2='{_RIGHT}' y1='{y(10.0**ten):.1f}' y2='{y(10.0**ten):.1f}'/>"
        f"<text class='quiet' x='{_LEFT - 8}' y='{y(10.0**ten) + 4:.1f}' text-anchor='end'>{10.0**ten:g} s"
        "</text>"
        for ten in tens
    ]
    drawn += [
        f"<line class='grid' x1='{x(size):.1f}' x2='{x(size):.1f}' y1='{_TOP}' y2='{_BOTTOM}'/>"
        f"<text class='quiet' x='{x(size):.1f}' y='{_BOTTOM + 18}' text-anchor='middle'>{size:,}</text>"
        for size in sizes
    ]
    grown = sizes[-1] / sizes[0]
    for ten in tens:
        end = min(10.0**ten * grown, 10.0 ** tens[-1])
        drawn.append(
            f"<line class='guide' x1='{x(sizes[0]):.1f}' y1='{y(10.0**ten):.1f}'"
            f" x2='{x(sizes[0] * end / 10.0**ten):.1f}' y2='{y(end):.1f}'/>"
        )
    labels = _apart({name: y(curve(figures[sizes[-1]])) for name, curve in _CURVES.items()})
    for name, curve in _CURVES.items():
        points = [(x(size), y(curve(figures[size]))) for size in sizes]
        drawn.append(f"<polyline class='curve' points='{' '.join(f'{a:.1f},{b:.1f}' for a, b in points)}'/>")
        drawn += [f"<circle class='dot' cx='{a:.1f}' cy='{b:.1f}' r='3'/>" for a, b in points]
        drawn.append(f"<text x='{_RIGHT + 12}' y='{labels[name] + 4:.1f}'>{escape(name)}</text>")
    title = "Seconds by stories held; what grows as the data do is parallel to the dotted lines"
    return "\n".join(
        [
            f"<svg xmlns='http://www.w3.org/2000/svg' width='720' height='{_BOTTOM + 50}'"
            f" viewBox='0 0 720 {_BOTTOM + 50}' role='img' aria-label='{escape(title, quote=True)}'>",
            f"<style>{_STYLE}</style>",
            f"<text class='quiet' x='{_LEFT}' y='20'>{escape(title)}</text>",
            *drawn,
            f"<text class='quiet' x='{_RIGHT}' y='{_BOTTOM + 38}' text-anchor='end'>stories</text>",
            "</svg>\n",
        ]
    )


def _apart(places: Mapping[str, float], least: float = 16) -> dict[str, float]:
    """The places of labels from above, moved down where they would lie on one another."""
    found: dict[str, float] = {}
    last = -math.inf
    for name, place in sorted(places.items(), key=lambda each: each[1]):
        last = found[name] = max(place, last + least)
    return found
