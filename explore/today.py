"""The first page: what came in, what changed, what is red; and whether a newer publication is there."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from explore.archive import archive_of
from explore.page import page
from explore.remembered import remembered
from warehouse.checks import check
from warehouse.recent import recent

LONGEST = 280  # characters of what a change took out or put in that are shown here; the story has all


def today(request: Request) -> Response:
    """The newest of the archive, counted from its newest capture on."""
    facts = recent(archive_of(request).public)
    return page(request, "today.html", {"recent": facts, "longest": LONGEST})


def checks(request: Request) -> Response:
    """How the data-quality checks come out. They read every text: once a publication is enough."""
    archive = archive_of(request)
    outcomes = remembered("checks", archive, lambda: check(archive.public))
    red = [each for each in outcomes if not each.green]
    return page(request, "checks.html", {"checks": outcomes, "red": red})


def snapshot(request: Request) -> Response:
    """What tells the publication that is there now from every other."""
    return JSONResponse({"mark": archive_of(request).mark})


ROUTES = (Route("/", today), Route("/checks", checks), Route("/snapshot", snapshot))
