"""Over time: sections, authors, words and edits as charts, each with its figures and its question in SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from explore import charts
from explore.archive import Archive, archive_of
from explore.charts import Axis, Chart, Datum
from explore.harmless import harmless
from explore.page import day, page
from warehouse import over_time as counts
from warehouse.over_time import UNITS, Counted, Span, Unit, Window
from warehouse.query import QueryError
from warehouse.search.question import first_day, last_day

SUBJECTS = {
    "sections": "Sections",
    "authors": "Authors",
    "words": "Words",
    "edits": "Edits",
}
"""What a page can be of, and what its tab is called."""
MOST_CHOSEN = 5  # authors or words in one chart
MOST_DRAWN = 200  # periods up to which they are bars
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form says, as it was typed, and what that means."""

    subject: str
    by: str
    first: str
    last: str
    section: str
    authors: tuple[str, ...]
    words: tuple[str, ...]

    def query(self, **changed: object) -> dict[str, object]:
        """The parts of the address of this page, some of them changed."""
        said: dict[str, object] = {
            "of": self.subject,
            "by": self.by,
            "from": self.first,
            "to": self.last,
            "section": self.section,
            "author": self.authors,
            "word": self.words,
        }
        return said | changed


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
    def svg(self) -> str:
        """The chart as an SVG for a page."""
        return charts.drawn(self.spec, self.name)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows beside its form: charts, the most prolific authors, and what is to be said."""

    figures: tuple[Figure, ...] = ()
    prolific: tuple[counts.Author, ...] = ()
    prolific_sql: str = ""
    unknown: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Names that no byline of the window has, each with names that are like it."""


def over_time(request: Request) -> Response:
    """The charts of one subject, for the days and the section asked for."""
    archive, asked = archive_of(request), _asked(request)
    found = counts.span(archive.public)
    said, shown, status = "", Shown(), 200
    window = Window(_unit(asked, found))
    try:
        if found.last is not None:
            window, _ = _window(asked, found)
            shown = _SHOW[asked.subject](archive, asked, window, found)
    except QueryError as error:
        said, status = str(error), 400
    facts = {
        "asked": asked,
        "span": found,
        "unit": window.unit,
        "units": UNITS,
        "subjects": SUBJECTS,
        "most": MOST_CHOSEN,
        "said": said,
        "shown": shown,
    }
    return page(request, "over-time.html", facts, status)


def spec(request: Request) -> Response:
    """The Vega-Lite spec of one chart, to be kept; the same parameters as the page's, and its name."""
    archive, asked = archive_of(request), _asked(request)
    found = counts.span(archive.public)
    window, _ = _window(asked, found)
    shown = _SHOW[asked.subject](archive, asked, window, found)
    name = request.path_params["name"]
    chosen = next((each for each in shown.figures if each.name == name), None)
    if chosen is None:
        raise QueryError(f"there is no chart {name!r} with these parameters")
    return JSONResponse(
        chosen.spec, headers={"content-disposition": f'attachment; filename="{chosen.name}.vl.json"'}
    )


def _asked(request: Request) -> Asked:
    said = request.query_params

    def several(name: str) -> tuple[str, ...]:
        typed = (each.strip() for each in said.getlist(name))
        return tuple(dict.fromkeys(each for each in typed if each))[:MOST_CHOSEN]

    subject = said.get("of", "sections")
    if subject not in SUBJECTS:
        subject = "sections"
    by, first, last, section = (said.get(name, "").strip() for name in ("by", "from", "to", "section"))
    return Asked(subject, by, first, last, section, several("author"), several("word"))


def _unit(asked: Asked, found: Span) -> Unit:
    for unit in UNITS:
        if asked.by == unit:
            return unit
    if found.first is None or found.last is None:
        return "month"
    return counts.fitting(found.first, found.last)


def _window(asked: Asked, found: Span) -> tuple[Window, bool]:
    """What is asked for, and whether that has so many periods that some are left away. Raises QueryError."""
    if asked.by and asked.by not in UNITS:
        raise QueryError(f"by: wants one of {', '.join(UNITS)}, and not {asked.by[:LONGEST_NAME]!r}")
    first = first_day(asked.first, "from") if asked.first else None
    last = last_day(asked.last, "to") if asked.last else None
    if first and last and first > last:
        raise QueryError(f"from {day(first)} to {day(last)} there is no day")
    if asked.section and asked.section not in found.sections:
        raise QueryError(f"no story is of a section {asked.section[:LONGEST_NAME]!r}")
    unit = _unit(asked, found)
    if not asked.by and found.first and found.last:
        unit = counts.fitting(max(first or found.first, found.first), min(last or found.last, found.last))
    return counts.narrowed(Window(unit, first, last, asked.section or None), found)


# ── what each subject shows ──────────────────────────────────────────────────────────────────────────────


def _sections(archive: Archive, asked: Asked, window: Window, found: Span) -> Shown:
    counted = counts.stories_by_section(archive.public, window)
    in_all = counts.stories_by_period(archive.public, window)
    chart = _by_period(
        f"Stories by section and {window.unit}",
        counted,
        in_all,
        window,
        found,
        series="section",
        y="stories",
        bars=True,
    )
    return Shown(
        _figures(chart, "stories-by-section", counted.sql, window, asked, found, "section", "stories")
    )


def _authors(archive: Archive, asked: Asked, window: Window, found: Span) -> Shown:
    prolific = counts.prolific(archive.public, window)
    chosen = asked.authors or tuple(each.name for each in prolific[:MOST_CHOSEN])
    counted = counts.stories_by_author(archive.public, window, chosen)
    in_all = counts.stories_by_period(archive.public, window)
    having = {name for _, name, _ in counted.rows}
    unknown = tuple((name, counts.alike(archive.public, name)) for name in chosen if name not in having)
    chart = _by_period(
        f"Stories by author and {window.unit}",
        counted,
        in_all,
        window,
        found,
        series="author",
        y="stories",
        names=tuple(name for name in chosen if name in having),
    )
    return Shown(
        _figures(chart, "stories-by-author", counted.sql, window, asked, found, "author", "stories"),
        prolific,
        counts.prolific_sql(window),
        unknown,
    )


def _words(archive: Archive, asked: Asked, window: Window, found: Span) -> Shown:
    if not asked.words:
        return Shown()
    from warehouse.search.followed import followed
    from warehouse.search.sql import MOST

    told = followed(archive.root, asked.words, window)
    shares = Counted(
        told.sql,
        tuple(
            (period, said, round(100 * having.get(period, 0) / stories, 3))
            for said, having in told.having.items()
            for period, stories in sorted(told.stories.items())
        ),
    )
    chart = _by_period(
        f"Percent of stories with these words, by {window.unit}",
        shares,
        told.stories,
        window,
        found,
        series="words",
        y="percent of stories",
        names=asked.words,
    )
    made = _figures(chart, "words", told.sql, window, asked, found, "word", "percent")
    if told.beyond:
        names = ", ".join(harmless(each, LONGEST_NAME) for each in told.beyond)
        note = (
            f"More than {MOST:,} texts have {names}: in SQL, search() gives that many, those that fit best."
        )
        made = tuple(_noted(each, note) for each in made)
    return Shown(made)


def _edits(archive: Archive, _asked: Asked, window: Window, _found: Span) -> Shown:
    hours = counts.edits_by_hour(archive.public, window)
    delays = counts.edits_by_delay(archive.public, window)
    seen = (
        "Counted is when a change was first seen; it was made at some time since the story was seen before."
    )
    made = []
    for name, title, counted, axis, values in (
        ("edits-by-hour", "Edits by hour of the day, in Karachi, and type", hours, "hour", range(24)),
        (
            "edits-by-delay",
            "Edits by how long after publication, and type",
            delays,
            "after publication",
            counts.DELAY_NAMES,
        ),
    ):
        data, order = charts.gathered([Datum(str(x), edits, kind) for x, kind, edits in counted.rows])
        chart = Chart(
            title,
            _said(data, order, f"each {axis}", "edits"),
            "bars",
            Axis(axis, "nominal", tuple(str(value) for value in values)),
            Axis("edits"),
            data,
            "type",
            order,
        )
        table = _table([str(value) for value in values], data, order, str)
        asks = {"x": axis.replace(" ", "_"), "y": "edits", "colour": "type", "mark": "bars"}
        if counted.rows:
            made.append(Figure(name, chart, (axis, *order), table, counted.sql, (seen,), asks))
    return Shown(tuple(made))


_SHOW: dict[str, Callable[[Archive, Asked, Window, Span], Shown]] = {
    "sections": _sections,
    "authors": _authors,
    "words": _words,
    "edits": _edits,
}


# ── figures to charts ────────────────────────────────────────────────────────────────────────────────────


def _by_period(
    title: str,
    counted: Counted,
    in_all: dict[date, int],
    window: Window,
    found: Span,
    *,
    series: str,
    y: str,
    bars: bool = False,
    names: tuple[str, ...] = (),
) -> Chart:
    """Periods with stories have a figure of every series; a line is broken where the archive has none."""
    order = names or charts.largest(_sizes(counted))
    known = {(period, name): value for period, name, value in counted.rows}
    begins = sorted(in_all)
    every = list(counts.periods(begins[0], begins[-1], window.unit)) if begins else []
    bars = bars and len(every) <= MOST_DRAWN
    data = tuple(
        Datum(
            period,
            known.get((period, name), 0) if period in in_all else None,
            harmless(name, LONGEST_NAME),
            counts.following(period, window.unit) if bars else None,
        )
        for period in every
        for name in order
        if not bars or (period, name) in known
    )
    shown = tuple(harmless(name, LONGEST_NAME) for name in order)
    last = every[-1] if every else None
    return Chart(
        title,
        _said(data, shown, f"each {window.unit}", y),
        "bars" if bars else "lines",
        Axis(window.unit, "temporal"),
        Axis(y),
        data,
        series,
        shown,
        last if last and not _complete(last, window, found) else None,
    )


def _figures(
    chart: Chart, name: str, sql: str, window: Window, asked: Asked, found: Span, series: str, y: str
) -> tuple[Figure, ...]:
    if not chart.data:
        return ()
    every = list(dict.fromkeys(each.x for each in chart.data))
    notes = []
    if chart.unfinished:
        notes.append(f"The last {window.unit} is not complete.")
    begin = every[0]
    if isinstance(begin, date) and window.first and begin < window.first:
        notes.append(f"The first {window.unit} begins with {day(window.first)}.")
    if _window(asked, found)[1]:
        notes.append(
            f"These are the newest {counts.MOST_PERIODS:,} {window.unit}s: for all, choose longer periods."
        )

    def label(period: Any) -> str:
        said = period_name(period, window.unit)
        return said if _complete(period, window, found) else f"{said}, not complete"

    rows = _table(every, chart.data, chart.order, label)
    asks = {"x": "period", "y": y, "colour": series, "mark": chart.mark}
    return (Figure(name, chart, (window.unit, *chart.order), rows, sql, tuple(notes), asks),)


def _noted(figure: Figure, note: str) -> Figure:
    return Figure(
        figure.name, figure.chart, figure.columns, figure.rows, figure.sql, (*figure.notes, note), figure.asks
    )


def _table(
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


def _complete(period: date, window: Window, found: Span) -> bool:
    """Whether the period lies whole in the window, and was over when the newest page was fetched."""
    after = counts.following(period, window.unit)
    if window.first and period < window.first:
        return False
    if window.last and after > window.last + timedelta(days=1):
        return False
    return found.newest is None or after <= found.newest


def _said(data: Sequence[Datum], order: Sequence[str], each: str, what: str) -> str:
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


ROUTES = (Route("/over-time", over_time), Route("/over-time/{name}.vl.json", spec))
