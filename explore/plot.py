"""An answer as a plot: what its columns can be drawn as, a sensible first choice, and the chart. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from explore.charts import MOST_SERIES, Axis, Chart, Datum, Kind, Mark, Value, gathered

MARKS: tuple[Mark, ...] = ("bars", "lines", "points")
MOST_WORDS = 40  # values of an axis of words
MOST_BARS = 200
_LONGEST = 60  # characters of a word in a chart
_FEW = 31  # numbers up to which bars stand beside each other as words do


class PlotError(ValueError):
    """What is asked for cannot be drawn; the message is one line for whoever asked."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer as it can be drawn: its name, how its values are spread, and they themselves."""

    name: str
    kind: Kind
    values: tuple[Value, ...]

    @property
    def distinct(self) -> int:
        """How many different values it has."""
        return len(set(self.values) - {None})


@dataclass(frozen=True, slots=True)
class Choice:
    """Which columns are drawn, by their names, and how; no colour is ""."""

    x: str
    y: str
    colour: str = ""
    mark: Mark = "bars"


@dataclass(frozen=True, slots=True)
class Plotted:
    """A chart, and what is to be said of what it leaves away."""

    chart: Chart
    notes: tuple[str, ...]


def column(name: str, values: Sequence[Any]) -> Column:
    """The values as they can be drawn: as numbers or days where all are, else as words."""
    known = [value for value in values if value is not None]
    if known and all(
        isinstance(value, int | float | Decimal) and not isinstance(value, bool) for value in known
    ):
        return Column(name, "quantitative", tuple(_number(value) for value in values))
    if known and len({type(value) for value in known}) == 1 and isinstance(known[0], date):
        return Column(name, "temporal", tuple(_wall(value) for value in values))
    return Column(name, "nominal", tuple(_word(value) for value in values))


def choice(columns: Sequence[Column]) -> Choice | None:
    """What to draw first: time or words to the right, a number upwards; None where no column is a number."""
    times = [each for each in columns if each.kind == "temporal"]
    words = [each for each in columns if each.kind == "nominal"]
    numbers = [each for each in columns if each.kind == "quantitative" and each.distinct]
    counts = [each for each in numbers if not each.name.endswith("_id")] or numbers
    if not counts:
        return None
    if times or words:
        x, y = (times or words)[0], counts[0]
    else:
        x, y = (counts[0], counts[1]) if len(counts) > 1 else (numbers[0], counts[0])
    colours = [each for each in words if each is not x and 1 < each.distinct <= MOST_SERIES * 3]
    colour = colours[0] if colours else None
    places = list(zip(x.values, colour.values if colour else x.values, strict=True))
    once = len(set(places)) == len(places)
    mark: Mark = "bars"
    if x.kind == "temporal":
        mark = "lines" if once else "points"
    elif x.kind == "quantitative":
        mark = "bars" if once and x.distinct <= _FEW else "points"
    elif x.distinct > MOST_WORDS:
        mark = "points" if len(numbers) > 1 and colour is None else "bars"
    return Choice(x.name, y.name, colour.name if colour else "", mark)


def plotted(columns: Sequence[Column], chosen: Choice) -> Plotted:
    """The chart of these columns. Raises PlotError where a column is none, or is no number upwards."""
    x, y = _named(columns, chosen.x, "x"), _named(columns, chosen.y, "y")
    colour = _named(columns, chosen.colour, "colour") if chosen.colour else None
    if y.kind != "quantitative":
        raise PlotError(f"y: wants a column of numbers, and {chosen.y!r} is none")
    notes: list[str] = []
    if chosen.mark == "bars" and x.kind == "quantitative" and x.distinct <= _FEW:
        order = sorted({value for value in x.values if isinstance(value, int | float)})
        x = Column(x.name, "nominal", tuple(None if value is None else _word(value) for value in x.values))
        axis = Axis(x.name, "nominal", tuple(_word(value) or "" for value in order))
    else:
        axis = Axis(x.name, x.kind)
    data = [
        Datum(at, height, _word(series) or "none" if colour else "")
        for at, height, series in zip(x.values, y.values, colour.values if colour else x.values, strict=True)
        if at is not None and height is not None
    ]
    if left := len(x.values) - len(data):
        notes.append(f"{left:,} of {len(x.values):,} rows have no figure to draw.")
    if x.kind == "nominal" and len(words := list(dict.fromkeys(each.x for each in data))) > MOST_WORDS:
        kept = set(words[:MOST_WORDS])
        data = [each for each in data if each.x in kept]
        notes.append(f"{x.name}: the first {MOST_WORDS} of {len(words):,} different values are drawn.")
    series: tuple[str, ...] = ()
    shown = tuple(data)
    if colour:
        shown, series = gathered(data)
        if left := len({each.series for each in data} - set(series)):
            others = "are left away" if chosen.mark == "lines" else "are one, the others"
            notes.append(f"{colour.name}: the {left:,} values with the smallest figures {others}.")
            if chosen.mark == "lines":  # whose sum may have no sense
                series = series[:-1]
                shown = tuple(each for each in data if each.series in series)
    if chosen.mark == "bars" and x.kind == "temporal":
        shown = _with_ends(shown)
    title = f"{y.name} by {x.name}" + (f" and {colour.name}" if colour else "")
    said = _said(shown, title, series)
    return Plotted(
        Chart(title, said, chosen.mark, axis, Axis(y.name), shown, colour.name if colour else "", series),
        tuple(notes),
    )


def _said(data: Sequence[Datum], title: str, series: Sequence[str]) -> str:
    heights = [each.y for each in data if isinstance(each.y, int | float)]
    if not heights:
        return f"{title}: nothing to be seen."
    colours = f" Colours: {', '.join(series)}." if series else ""
    return (
        f"{title}: {len(heights):,} figures, from {min(heights):,} to {max(heights):,}.{colours}"
        " All figures stand in the table below it."
    )


def _with_ends(data: Sequence[Datum]) -> tuple[Datum, ...]:
    """The figures of days each with its end, so far away as the two are that come closest."""
    begins = sorted({each.x for each in data if isinstance(each.x, date)})
    gaps = [after - before for before, after in pairwise(begins)]
    width = min(gaps, default=timedelta(days=1))
    made = []
    for each in data:
        assert isinstance(each.x, date)
        try:
            made.append(replace(each, until=each.x + width))
        except OverflowError:
            made.append(replace(each, until=each.x))
    return tuple(made)


def _named(columns: Sequence[Column], name: str, what: str) -> Column:
    found = next((each for each in columns if each.name == name), None)
    if found is None:
        raise PlotError(f"{what}: the answer has no column {name[:_LONGEST]!r}")
    return found


def _number(value: Any) -> int | float | None:
    """As JSON and a chart can have it; None for what is none."""
    if value is None:
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    if not math.isfinite(number):
        return None
    return int(value) if number.is_integer() and abs(number) < 2**53 else number


def _wall(value: Any) -> date | None:
    """An instant as the clock in the site's zone shows it, which DuckDB gives; a day as it is."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None, microsecond=0)
    return value if isinstance(value, date) else None


def _word(value: Any) -> str | None:
    if value is None:
        return None
    said = str(value).lower() if isinstance(value, bool) else str(value)
    return said if len(said) <= _LONGEST else said[: _LONGEST - 1] + "…"
