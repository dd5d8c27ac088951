"""Figures by period to a chart with its table and its question in SQL. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from explore import charts
from explore.charts import Axis, Chart, Datum
from explore.harmless import told_apart
from explore.page import day
from warehouse.over_time import Counted
from warehouse.periods import MOST_PERIODS, Span, Unit, Window, following, periods

MOST_DRAWN = 200  # periods up to which they are bars
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart as a page has it: what it is called in addresses, its spec, its table, its question in SQL."""

    name: str
    chart: Chart
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    sql: str
    notes: tuple[str, ...]
    asks: dict[str, str]
    """How Ask draws the same."""

    @property
    def spec(self) -> dict[str, Any]:
        """The chart in Vega-Lite."""
        return charts.spec(self.chart)

    @property
    def svg(self) -> Markup:
        """The chart as an SVG for a page."""
        return charts.drawn(self.spec, self.name)


@dataclass(frozen=True, slots=True)
class Frame:
    """The window that a chart is of, the archive's span, and whether older periods were left away."""

    window: Window
    span: Span
    cut: bool = False

    def complete(self, period: date) -> bool:
        """Whether the period lies whole in the window, and was over when the newest page was fetched."""
        after = following(period, self.window.unit)
        if self.window.first and period < self.window.first:
            return False
        if self.window.last and after > self.window.last + timedelta(days=1):
            return False
        return self.span.newest is None or after <= self.span.newest


def by_period(
    title: str,
    counted: Counted,
    frame: Frame,
    *,
    series: str,
    y: str,
    bars: bool = False,
    names: tuple[str, ...] = (),
) -> Chart:
    """Periods with stories have a figure of every series; a line is broken where the archive has none."""
    unit = frame.window.unit
    order = names or charts.largest(_sizes(counted))
    shown = dict(zip(order, told_apart(order, LONGEST_NAME), strict=True))
    known = {(period, name): value for period, name, value in counted.rows}
    begins = sorted(counted.in_all)
    every = list(periods(begins[0], begins[-1], unit)) if begins else []
    bars = bars and len(every) <= MOST_DRAWN
    data = tuple(
        Datum(
            period,
            known.get((period, name), 0) if period in counted.in_all else None,
            shown[name],
            following(period, unit) if bars else None,
        )
        for period in every
        for name in order
        if not bars or (period, name) in known
    )
    legend = tuple(shown.values())
    return Chart(
        title,
        in_words(data, legend, f"each {unit}", y),
        "bars" if bars else "lines",
        Axis(unit, "temporal"),
        Axis(y),
        data,
        series,
        legend,
        every[-1] if every and not frame.complete(every[-1]) else None,
    )


def figure_of(chart: Chart, name: str, sql: str, frame: Frame, series: str, y: str) -> tuple[Figure, ...]:
    """The chart of periods with its table and its question; none where there is nothing in it.

    `series` and `y` are the columns of the question's answer that Ask draws.
    """
    if not chart.data:
        return ()
    window = frame.window
    every = list(dict.fromkeys(each.x for each in chart.data))
    notes = []
    if chart.unfinished:
        notes.append(f"The last {window.unit} is not complete.")
    begin = every[0]
    if isinstance(begin, date) and window.first and begin < window.first:
        notes.append(f"The first {window.unit} begins with {day(window.first)}.")
    if frame.cut:
        notes.append(f"These are the newest {MOST_PERIODS:,} {window.unit}s: for all, choose longer periods.")

    def label(period: Any) -> str:
        said = period_name(period, window.unit)
        return said if frame.complete(period) else f"{said}, not complete"

    rows = table_of(every, chart.data, chart.order, label)
    asks = {"x": "period", "y": y, "colour": series, "mark": chart.mark}
    return (Figure(name, chart, (window.unit, *chart.order), rows, sql, tuple(notes), asks),)


def table_of(
    every: Sequence[Any], data: Sequence[Datum], order: Sequence[str], label: Callable[[Any], str]
) -> tuple[tuple[Any, ...], ...]:
    """A row for each x with figures, a column for each series."""
    known: dict[tuple[Any, str], Any] = {}
    for each in data:
        if each.y is not None:
            known[each.x, each.series] = known.get((each.x, each.series), 0) + each.y
    having = {x for x, _ in known}
    return tuple((label(x), *(known.get((x, name), 0) for name in order)) for x in every if x in having)


def _sizes(counted: Counted) -> dict[str, float]:
    sizes: dict[str, float] = {}
    for _, name, value in counted.rows:
        sizes[name] = sizes.get(name, 0) + value
    return sizes


def in_words(data: Sequence[Datum], order: Sequence[str], each: str, what: str) -> str:
    """What a chart shows, for those who do not see it: its series, the highest figure and where it is."""
    having = [datum for datum in data if isinstance(datum.y, int | float)]
    if not having:
        return "Nothing to be seen."
    highest = max(having, key=lambda datum: datum.y if isinstance(datum.y, int | float) else 0)
    names = f"{', '.join(order)}. " if len(order) > 1 else ""
    return (
        f"{what.capitalize()} of {each}: {names}The highest figure is {highest.y:,} ({highest.series},"
        f" {highest.x}). All figures stand in the table below it."
    )


def period_name(begin: date, unit: Unit) -> str:
    """A period as people name it."""
    if unit == "year":
        return str(begin.year)
    if unit == "month":
        return f"{begin:%b %Y}"
    return f"week of {day(begin)}" if unit == "week" else day(begin)
