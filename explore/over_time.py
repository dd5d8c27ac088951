"""Over time: sections, authors, words and edits as charts, each with its figures and its question in SQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from crawlers.site import TOWN
from explore import charts
from explore.archive import Archive, archive_of
from explore.charts import Axis, Chart, Datum
from explore.figures import LONGEST_NAME, Figure, Frame, by_period, figure_of, in_words, table_of
from explore.harmless import harmless
from explore.page import day, page
from warehouse import over_time as counts
from warehouse.over_time import Counted
from warehouse.periods import UNITS, Span, Unit, Window, fitting, narrowed
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
    unit = _unit(asked, found)
    try:
        if found.last is not None:
            frame = _frame(asked, found)
            unit = frame.window.unit
            shown = _SHOW[asked.subject](archive, asked, frame)
    except QueryError as error:
        said, status = str(error), 400
    facts = {
        "asked": asked,
        "span": found,
        "unit": unit,
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
    shown = _SHOW[asked.subject](archive, asked, _frame(asked, found))
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
    return fitting(found.first, found.last)


def _frame(asked: Asked, found: Span) -> Frame:
    """What is asked for, without the oldest periods where these are too many. Raises QueryError."""
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
        unit = fitting(max(first or found.first, found.first), min(last or found.last, found.last))
    window, cut = narrowed(Window(unit, first, last, asked.section or None), found)
    return Frame(window, found, cut)


def _sections(archive: Archive, _asked: Asked, frame: Frame) -> Shown:
    counted = counts.sections(archive.public, frame.window)
    chart = by_period(
        f"Stories by section and {frame.window.unit}",
        counted,
        frame,
        series="section",
        y="stories",
        bars=True,
    )
    return Shown(figure_of(chart, "stories-by-section", counted.sql, frame, "section", "stories"))


def _authors(archive: Archive, asked: Asked, frame: Frame) -> Shown:
    told = counts.authors(archive.public, frame.window, asked.authors, MOST_CHOSEN)
    unknown = {name for name, _ in told.unknown}
    chart = by_period(
        f"Stories by author and {frame.window.unit}",
        told.counted,
        frame,
        series="author",
        y="stories",
        names=tuple(name for name in told.chosen if name not in unknown),
    )
    made = figure_of(chart, "stories-by-author", told.counted.sql, frame, "author", "stories")
    return Shown(made, told.prolific, told.prolific_sql, told.unknown)


def _words(archive: Archive, asked: Asked, frame: Frame) -> Shown:
    if not asked.words:
        return Shown()
    from warehouse.search.followed import followed
    from warehouse.search.sql import MOST

    told = followed(archive.root, asked.words, frame.window)
    shares = Counted(
        told.sql,
        tuple(
            (period, said, round(100 * having.get(period, 0) / stories, 3))
            for said, having in told.having.items()
            for period, stories in sorted(told.stories.items())
        ),
        told.stories,
    )
    chart = by_period(
        f"Percent of stories with these words, by {frame.window.unit}",
        shares,
        frame,
        series="words",
        y="percent of stories",
        names=asked.words,
    )
    made = figure_of(chart, "words", told.sql, frame, "word", "percent")
    if told.beyond:
        names = ", ".join(harmless(each, LONGEST_NAME) for each in told.beyond)
        note = (
            f"More than {MOST:,} texts have {names}: in SQL, search() gives that many, those that fit best."
        )
        made = tuple(replace(each, notes=(*each.notes, note)) for each in made)
    return Shown(made)


def _edits(archive: Archive, _asked: Asked, frame: Frame) -> Shown:
    hours, delays = counts.edits(archive.public, frame.window)
    seen = (
        "Counted is when a change was first seen; it was made at some time since the story was seen before."
    )
    made = []
    for name, title, counted, axis, values in (
        ("edits-by-hour", f"Edits by hour of the day, in {TOWN}, and type", hours, "hour", range(24)),
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
            in_words(data, order, f"each {axis}", "edits"),
            "bars",
            Axis(axis, "nominal", tuple(str(value) for value in values)),
            Axis("edits"),
            data,
            "type",
            order,
        )
        table = table_of([str(value) for value in values], data, order, str)
        asks = {"x": axis.replace(" ", "_"), "y": "edits", "colour": "type", "mark": "bars"}
        if counted.rows:
            made.append(Figure(name, chart, (axis, *order), table, counted.sql, (seen,), asks))
    return Shown(tuple(made))


_SHOW: dict[str, Callable[[Archive, Asked, Frame], Shown]] = {
    "sections": _sections,
    "authors": _authors,
    "words": _words,
    "edits": _edits,
}


ROUTES = (Route("/over-time", over_time), Route("/over-time/{name}.vl.json", spec))
