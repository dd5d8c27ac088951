"""Charts: figures to a Vega-Lite spec, which anybody can draw, and a spec to an SVG that stands in a page.

The spec says what is drawn, the look how: its colours are those of the page, so that a chart is light or dark
with it. Drawn here, by vl-convert, which asks nobody for anything.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import vl_convert
from markupsafe import Markup

Kind = Literal["temporal", "quantitative", "nominal"]
Mark = Literal["bars", "lines", "points"]
Value = str | int | float | date | None

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
VERSION = "6.4"
OTHERS = "others"
MOST_SERIES = 8
"""So many colours there are; of more series the smallest are one, the others."""
WIDTH, HEIGHT = 760, 320  # pixels of the SVG, which a page may show smaller
_DOTTED = 40  # values of x up to which a line has a dot at each
_TICKED = 14  # days up to which each has its tick, and no hour one
_DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 2], [1, 3], [10, 4], [6, 2, 2, 2])
_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "stroke", "triangle-left")


@dataclass(frozen=True, slots=True)
class Axis:
    """What an axis is called, and how its values are spread: as days and instants, as numbers, or as words.

    `words` are those of an axis of words, where more stand there than have a figure.
    """

    title: str
    kind: Kind = "quantitative"
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Datum:
    """One figure: where it stands, of which series it is, and where it ends where it is of a period."""

    x: Value
    y: Value
    series: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything that a chart shows. Of a series without a figure at some x a line is broken there.

    `said` is what there is to be seen, for those who do not see it. `series` names what the colours tell
    apart, `order` the series as they stand in the legend. `unfinished` is where a last period begins that is
    not complete; a line is drawn there, with that word.
    """

    title: str
    said: str
    mark: Mark
    x: Axis
    y: Axis
    data: tuple[Datum, ...]
    series: str = ""
    order: tuple[str, ...] = ()
    unfinished: date | None = None


def largest(sizes: Mapping[str, float], most: int = MOST_SERIES) -> tuple[str, ...]:
    """The names by their size, the largest first; of more than `most` the rest as "others" at the end."""
    ranked = sorted(sizes, key=lambda name: (-sizes[name], name))
    if len(ranked) <= most and OTHERS not in ranked:
        return tuple(ranked)
    kept = [name for name in ranked if name != OTHERS][: most - 1]
    return (*kept, OTHERS)


def gathered(data: Sequence[Datum], most: int = MOST_SERIES) -> tuple[tuple[Datum, ...], tuple[str, ...]]:
    """The figures with the smallest series as "others", and the series in order."""
    sizes: defaultdict[str, float] = defaultdict(float)
    for each in data:
        sizes[each.series] += abs(each.y) if isinstance(each.y, int | float) else 1
    order = largest(sizes, most)
    kept = set(order)
    return (
        tuple(each if each.series in kept else Datum(each.x, each.y, OTHERS, each.until) for each in data),
        order,
    )


def spec(chart: Chart) -> dict[str, Any]:
    """The chart in Vega-Lite, with its figures in it. Pure."""
    numbers = {name: n for n, name in enumerate(chart.order)}
    values = [
        {"x": _plain(each.x), "y": _plain(each.y)}
        | ({"until": _plain(each.until)} if each.until else {})
        | ({"series": each.series, "n": numbers.get(each.series, 0)} if chart.order else {})
        for each in chart.data
    ]
    layers = [{"mark": _mark(chart), "encoding": _encoding(chart)}]
    if chart.unfinished is not None:
        layers += _unfinished(chart.unfinished)
    step = chart.x.kind == "nominal"
    return {
        "$schema": SCHEMA,
        "title": chart.title,
        "description": chart.said,
        "width": {"step": 28} if step else WIDTH,
        "height": HEIGHT,
        "autosize": {"type": "pad" if step else "fit", "contains": "padding"},
        "data": {"values": values, "format": {"parse": _parsing(chart)}},
        "layer": layers,
    }


def drawn(made: Mapping[str, Any], name: str) -> Markup:
    """The spec as an SVG for a page: one picture with its title and what it shows in words.

    `name` tells it from the page's other charts. Raises ValueError where it cannot be drawn.
    """
    shown = {key: value for key, value in made.items() if key not in ("title", "description")}
    svg = vl_convert.vegalite_to_svg(shown, vl_version=VERSION, config=_LOOK, allowed_base_urls=[])
    head, marks = svg.removeprefix("<svg ").removesuffix("</svg>").split(">", 1)
    said = Markup(
        '<svg role="img" aria-labelledby="{0}-title" aria-describedby="{0}-said" {1}>'
        '<title id="{0}-title">{2}</title><desc id="{0}-said">{3}</desc><g aria-hidden="true">{4}</g></svg>'
    )
    drawing = Markup(head), Markup(marks)  # noqa: S704 - of our own spec; what it holds of texts is escaped in it
    return said.format(name, drawing[0], made["title"], made["description"], drawing[1])


def _mark(chart: Chart) -> dict[str, Any]:
    if chart.mark == "bars":
        return {"type": "bar", "orient": "vertical"}
    if chart.mark == "lines":
        dotted = len({each.x for each in chart.data}) <= _DOTTED
        return {"type": "line", "strokeWidth": 2, "point": dotted}
    return {"type": "point", "filled": True, "opacity": 0.8}


def _encoding(chart: Chart) -> dict[str, Any]:
    made: dict[str, Any] = {
        "x": _axis(chart, "x", chart.x),
        "y": _axis(chart, "y", chart.y),
    }
    if any(each.until for each in chart.data):
        made["x2"] = {"field": "until"}
    if not chart.order:
        return made
    scale: dict[str, Any] = {"domain": list(chart.order)}
    title = chart.series or None
    made["color"] = {"field": "series", "type": "nominal", "title": title, "scale": scale}
    if chart.mark == "bars":
        made["order"] = {"field": "n", "type": "quantitative"}
    elif chart.mark == "lines":
        dashes = {"scale": scale | {"range": list(_DASHES[: len(chart.order)])}}
        made["strokeDash"] = {"field": "series", "type": "nominal", "title": title} | dashes
        for channel in ("color", "strokeDash"):
            made[channel]["legend"] = {"symbolType": "stroke", "symbolSize": 400}
    else:
        shapes = {"scale": scale | {"range": list(_SHAPES[: len(chart.order)])}}
        made["shape"] = {"field": "series", "type": "nominal", "title": title} | shapes
    return made


def _axis(chart: Chart, field: Literal["x", "y"], axis: Axis) -> dict[str, Any]:
    values = {getattr(each, field) for each in chart.data} - {None}
    made: dict[str, Any] = {"field": field, "type": axis.kind, "title": axis.title}
    if axis.kind == "temporal":
        made["scale"] = {"type": "utc"}  # days and the site's time as they are, wherever it is drawn
        if len(values) <= _TICKED and not any(isinstance(value, datetime) for value in values):
            made["axis"] = {"values": [_day(value) for value in sorted(values)]}
    elif axis.kind == "nominal":
        longest = max((len(str(value)) for value in values), default=0)
        made |= {"sort": None, "axis": {"labelAngle": 0 if longest <= 3 else -40, "labelLimit": 140}}
        if axis.words:
            made["scale"] = {"domain": list(axis.words)}
    elif field == "x" or chart.mark == "points":
        made["scale"] = {"zero": False}
    if axis.kind == "quantitative" and all(isinstance(value, int) for value in values):
        made["axis"] = {"tickMinStep": 1}
    if field == "y" and chart.mark == "bars" and axis.kind == "quantitative":
        made["stack"] = "zero"
    return made


def _day(at: date) -> dict[str, int | bool]:
    return {"year": at.year, "month": at.month, "date": at.day, "utc": True}


def _unfinished(at: date) -> list[dict[str, Any]]:
    here = {"datum": _day(at), "type": "temporal", "scale": {"type": "utc"}}
    rule = {"type": "rule", "strokeDash": [2, 3]}
    text = {"type": "text", "align": "right", "dx": -4, "y": -6, "text": "not complete →"}
    return [{"data": {"values": [{}]}, "mark": mark, "encoding": {"x": here}} for mark in (rule, text)]


_AS_DAY, _AS_INSTANT = "utc:'%Y-%m-%d'", "utc:'%Y-%m-%dT%H:%M:%S'"


def _parsing(chart: Chart) -> dict[str, str]:
    """How the data's fields are read: without a zone, so that the same is drawn in every one."""
    found = {}
    for name, axis in (("x", chart.x), ("y", chart.y)):
        if axis.kind == "temporal":
            timed = any(isinstance(getattr(each, name), datetime) for each in chart.data)
            found[name] = _AS_INSTANT if timed else _AS_DAY
        elif axis.kind == "quantitative":
            found[name] = "number"
    if any(each.until for each in chart.data):
        found["until"] = _AS_DAY
    return found


def _plain(value: Value) -> str | int | float | None:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


_LOOK: dict[str, Any] = {
    "aria": False,  # the whole is one picture, and its figures stand in a table
    "background": None,
    "font": "sans-serif",
    "view": {"stroke": None},
    "mark": {"color": "var(--c1)"},
    "bar": {"stroke": "var(--paper)", "strokeWidth": 0.5},
    "rule": {"color": "var(--ink)"},
    "text": {"color": "var(--ink)", "fontSize": 12},
    "range": {"category": [f"var(--c{n})" for n in range(1, MOST_SERIES + 1)]},
    "axis": {
        "labelColor": "var(--ink)",
        "titleColor": "var(--faint)",
        "titleFontWeight": "normal",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "gridColor": "var(--line)",
        "domainColor": "var(--faint)",
        "tickColor": "var(--faint)",
    },
    "axisX": {"grid": False},
    "legend": {
        "orient": "bottom",
        "columns": 4,
        "labelColor": "var(--ink)",
        "titleColor": "var(--faint)",
        "titleFontWeight": "normal",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "labelLimit": 170,
        "symbolStrokeWidth": 2,
    },
}
