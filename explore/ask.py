"""Ask: a question in SQL, with the tables at hand; its answer as a table, as a plot and as a file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import cast

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from explore import charts
from explore.archive import archive_of
from explore.asking import (
    LONGEST_CELL,
    MOST_ROWS,
    Answered,
    Asking,
    BusyError,
    Form,
    answered,
    exported,
    while_waited_for,
)
from explore.examples import EXAMPLES
from explore.page import address, page
from explore.plot import MARKS, Choice, PlotError, Plotted, choice, plotted
from warehouse.query import QueryError
from warehouse.tables import tables

LONGEST = 8000
"""Characters of a question: more an address does not hold everywhere. `dawn sql` takes longer ones."""
TYPES = {
    "csv": "text/csv",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}
"""The forms in which an answer is given as a file, and their media types."""
_CHUNK = 1 << 16  # bytes


@dataclass(frozen=True, slots=True)
class Drawn:
    """The plot of an answer: what was chosen, the chart as an SVG, its figures, and what is to be said."""

    chosen: Choice
    chart: charts.Chart
    svg: Markup
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    notes: tuple[str, ...]
    name: str = "plot"


async def ask(request: Request) -> Response:
    """The question, and its answer where there is one; without a question how to begin."""
    sql = request.query_params.get("sql", "")
    if not sql.strip():
        return await _page(request, sql)
    if refusal := _refusal(request, sql):
        return await _page(request, sql, *refusal)
    archive, asking = archive_of(request), _asking(request)
    try:
        found = await while_waited_for(
            request, asking, lambda deadline: answered(archive.public, sql, asking, deadline)
        )
    except (QueryError, BusyError) as error:
        return await _page(request, sql, *_failure(error))
    return await _page(request, sql, found=found)


async def export(request: Request) -> Response:
    """The whole answer as a file; where there is none, the page that says why."""
    form = request.path_params["form"]
    if form not in TYPES:
        raise HTTPException(404)
    sql = request.query_params.get("sql", "")
    if refusal := _refusal(request, sql):
        return await _page(request, sql, *refusal)
    archive, asking = archive_of(request), _asking(request)
    try:
        file = await while_waited_for(
            request,
            asking,
            lambda deadline: exported(archive.public, sql, cast(Form, form), asking, deadline),
        )
    except (QueryError, BusyError) as error:
        return await _page(request, sql, *_failure(error))
    headers = {"content-disposition": f'attachment; filename="dawn-answer.{form}"'}
    return StreamingResponse(iter(partial(file.read, _CHUNK), b""), media_type=TYPES[form], headers=headers)


async def spec(request: Request) -> Response:
    """The Vega-Lite spec of the plot, to be kept."""
    sql = request.query_params.get("sql", "")
    if refusal := _refusal(request, sql):
        return await _page(request, sql, *refusal)
    archive, asking = archive_of(request), _asking(request)
    try:
        found = await while_waited_for(
            request, asking, lambda deadline: answered(archive.public, sql, asking, deadline)
        )
        made = charts.spec(_plotted(request, found)[1].chart)
    except (QueryError, BusyError, PlotError) as error:
        return await _page(request, sql, *_failure(error))
    return JSONResponse(made, headers={"content-disposition": 'attachment; filename="dawn-plot.vl.json"'})


def _refusal(request: Request, sql: str) -> tuple[str, int] | None:
    """Why a question is not even asked, and with which status that is said."""
    if len(sql) > LONGEST:
        return (
            f"that question is too long for a page: {len(sql):,} characters, and {LONGEST:,} do;"
            " `dawn sql` takes longer ones",
            400,
        )
    if request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        return "another site's page led here with this question: run it only if you know what it does", 200
    return None


def _failure(error: Exception) -> tuple[str, int]:
    return str(error), 503 if isinstance(error, BusyError) else 400


def _asking(request: Request) -> Asking:
    asking = request.app.state.asking
    assert isinstance(asking, Asking)
    return asking


async def _page(
    request: Request, sql: str, said: str = "", status: int = 200, found: Answered | None = None
) -> Response:
    return await run_in_threadpool(_rendered, request, sql, said, status, found)


def _rendered(request: Request, sql: str, said: str, status: int, found: Answered | None) -> Response:
    drawn, not_drawn = None, ""
    if found is not None and choice(found.drawable) is not None:
        try:
            drawn = _drawn(request, found)
        except ValueError as error:
            not_drawn, status = str(error).split("\n", 1)[0], 400
    query = request.query_params
    asked = {name: query.get(name, "") for name in ("x", "y", "colour", "mark")}
    facts = {
        "sql": sql,
        "said": said,
        "found": found,
        "drawn": drawn,
        "not_drawn": not_drawn,
        "asked": asked,
        "spec": address("/ask/plot.vl.json", sql=sql, **asked),
        "marks": MARKS,
        "forms": {form: address(f"/ask/answer.{form}", sql=sql) for form in TYPES},
        "tables": tables(archive_of(request).public),
        "examples": EXAMPLES,
        "longest": LONGEST,
        "longest_cell": LONGEST_CELL,
        "most_rows": MOST_ROWS,
        "seconds": _asking(request).seconds,
    }
    return page(request, "ask.html", facts, status, **({"retry-after": "5"} if status == 503 else {}))


def _plotted(request: Request, found: Answered) -> tuple[Choice, Plotted]:
    """What is drawn: as the address says, and where it says nothing what fits best. Raises PlotError."""
    query = request.query_params
    chosen = choice(found.drawable)
    if chosen is None:
        raise PlotError("the answer has no column of numbers, and so no plot")
    mark = next((each for each in MARKS if each == query.get("mark")), None)
    if query.get("mark") and mark is None:
        raise PlotError(f"mark: wants one of {', '.join(MARKS)}")
    if query.get("x") or query.get("y"):
        x, y = query.get("x") or chosen.x, query.get("y") or chosen.y
        chosen = Choice(x, y, query.get("colour", ""), mark or chosen.mark)
    return chosen, plotted(found.drawable, chosen)


def _drawn(request: Request, found: Answered) -> Drawn:
    chosen, made = _plotted(request, found)
    chart, notes = made.chart, made.notes
    if found.more:
        notes = (f"Drawn are the {len(found.rows):,} rows that are shown, and not those after them.", *notes)
    columns = (chosen.x, chosen.y, *((chosen.colour,) if chosen.colour else ()))
    rows = tuple((each.x, each.y, each.series)[: len(columns)] for each in chart.data)
    return Drawn(chosen, chart, charts.drawn(charts.spec(chart), "plot"), columns, rows, notes)


ROUTES = (
    Route("/ask", ask),
    Route("/ask/answer.{form}", export),
    Route("/ask/plot.vl.json", spec),
)
