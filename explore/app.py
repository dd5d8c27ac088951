"""The pages put together: their routes, what every answer carries, and what is said where something fails."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from explore import ask, coverage, over_time, search, story, today
from explore.archive import Archive
from explore.asking import Asking
from explore.guard import Guard
from explore.page import page
from warehouse.database import WarehouseError
from warehouse.query import QueryError

HOSTS = ("127.0.0.1", "localhost")
"""By these names alone it is asked: a foreign page that gives its own name our address is refused."""
_SMALLEST = 1000  # bytes that are worth compressing
_AS_THEY_ARE = (*DEFAULT_EXCLUDED_CONTENT_TYPES, *ask.TYPES.values())  # exports: large, and not sent far


def application(root: Path, site: str, asking: Asking | None = None, store: str | None = None) -> Starlette:
    """The archive of a data folder as an ASGI application.

    `site` is whose archive it is, `asking` the bounds of questions in SQL, `store` where the pages lie that
    the folder has no more. Opens nothing before it is asked;
    each request reads the publication that is there then.
    """
    routes: list[BaseRoute] = [
        *today.ROUTES,
        *search.ROUTES,
        *story.ROUTES,
        *coverage.ROUTES,
        *over_time.ROUTES,
        *ask.ROUTES,
        Mount("/static", StaticFiles(packages=[("explore", "static")]), name="static"),
    ]
    made = Starlette(
        routes=routes,
        middleware=[
            Middleware(Guard),
            Middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS), www_redirect=False),
            Middleware(GZipMiddleware, minimum_size=_SMALLEST, exclude_content_types=_AS_THEY_ARE),
        ],
        exception_handlers={
            HTTPException: _no_such_page,
            WarehouseError: _nothing_to_read,
            QueryError: _no_question,
        },
    )
    made.state.archive = Archive(root, site, store)
    made.state.asking = asking or Asking()
    return made


async def _no_such_page(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    said = "There is nothing at this address." if error.status_code == 404 else error.detail
    return page(request, "trouble.html", {"heading": "Not here", "said": said}, error.status_code)


async def _nothing_to_read(request: Request, error: Exception) -> Response:
    heading = "Nothing to read yet" if "is not there yet" in str(error) else "The archive cannot be read"
    return page(request, "trouble.html", {"heading": heading, "said": str(error)}, 503)


async def _no_question(request: Request, error: Exception) -> Response:
    return page(request, "trouble.html", {"heading": "That has no sense", "said": str(error)}, 400)
