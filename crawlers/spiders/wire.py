"""What goes over the wire, kept as it came: the download handler that archives every response.

It stands closer to the network than any middleware, so that redirects, errors, robots.txt and every
retry's answer are archived, before anything is decoded.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.exceptions import IgnoreRequest

from crawlers.items import Reason
from crawlers.journal import Outcome
from crawlers.payload import decoded, is_challenge
from crawlers.site import ON_EVERY_STORY

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response

    from crawlers.archive import Validated
    from crawlers.items import Capture
    from crawlers.journal import Asked
    from crawlers.reading import Headers
    from crawlers.spiders.run import Run

_UNWILLING = frozenset({401, 403, 429, 451, 503})
_GRACE = 1.5  # seconds that an answer under way is given when the run stops


class PartialError(Exception):
    """The answer broke off: fewer bytes than promised, or a compressed body without its end."""


class TooLargeError(Exception):
    """The answer is larger than a page of this site can be."""


class StoppedError(IgnoreRequest):
    """The run stops; the request is not at fault and stays owed."""


class Wire(HTTP11DownloadHandler):
    """Scrapy's download handler, which also archives what it gets and lets go when the run stops."""

    lazy = True

    async def download_request(self, request: Request) -> Response:
        """The response, its content decoded. PartialError or TooLargeError where it is no whole answer."""
        run: Run = self._crawler.spider.run  # type: ignore[union-attr]
        if run.stopping.is_set():
            raise StoppedError
        if run.plan.budget is not None and run.requests >= run.plan.budget:
            run.stop(Outcome.STOPPED, "the requests of this day are spent: the rest is owed until tomorrow")
            raise StoppedError
        held = _named(run, request)
        request.meta.pop("download_latency", None)  # an earlier try's
        asked_at, began = datetime.now(UTC), monotonic()
        run.receipt.asked(began, request.url, is_robots=bool(request.meta.get("robots")))
        download = asyncio.ensure_future(super().download_request(request))
        stopping = asyncio.ensure_future(run.stopping.wait())
        try:
            await asyncio.wait({download, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not download.done():
                # Scrapy would wait for it as long as DOWNLOAD_TIMEOUT says; whoever sent SIGTERM will not.
                await asyncio.wait({download}, timeout=_GRACE)
            if not download.done():
                download.cancel()
                await asyncio.wait({download})
                raise StoppedError
        finally:
            stopping.cancel()
            self._from_here(run, request, began, download)
        response = download.result()
        run.responses += 1
        headers = [
            (key.decode("latin-1"), value.decode("latin-1"))
            for key, values in response.headers.items()
            for value in values
        ]
        capture = self._archive(run, request, response, headers, asked_at, held)
        if capture is None or "dataloss" in response.flags:
            raise PartialError(f"{_promised(headers)}{len(response.body)} bytes came")
        request.meta["capture_id"] = capture.id
        request.meta["not_modified"] = response.status == 304 and held is not None
        run.receipt.answered(response.status)
        # By the rule the extract stage goes by, so that both call the same answers partial.
        content = decoded(replace(capture, content=response.body))
        if _asks_who_we_are(response, content):
            run.stop(
                Outcome.STOPPED,
                f"{run.plan.site} asked for a browser's proof instead of {request.url}: it is let alone",
            )
        if isinstance(content, bytes):
            return response.replace(body=content)
        if response.status == 200 and content.reason is Reason.PARTIAL:
            raise PartialError(content.detail)
        if response.status == 200 and content.reason is Reason.TOO_LARGE:
            raise TooLargeError(content.detail)
        return response

    def _from_here(
        self, run: Run, request: Request, began: float, download: asyncio.Future[Response]
    ) -> None:
        """Nothing; the next request comes no sooner than the pace after this answer wants.

        It counts from when the site had got this request for sure. Scrapy counts from when it began to send:
        with a connection to make first, the site saw two requests 0.37 s apart under a delay of 0.4 s.
        """
        slot = self._crawler.engine.downloader.slots.get(request.meta.get("download_slot", ""))
        latency = request.meta.get("download_latency")
        came = download.done() and not download.cancelled() and download.exception() is None
        pace = run.after(download.result().status if came else None, monotonic() - began)
        if slot is not None:
            slot.delay = pace
            slot.lastseen = monotonic() if latency is None else max(slot.lastseen, began + latency)

    def _archive(
        self,
        run: Run,
        request: Request,
        response: Response,
        headers: Headers,
        asked_at: datetime,
        held: Validated | None,
    ) -> Capture | None:
        """The capture; None for a short answer that could not be told from a whole one in the archive."""
        short = "dataloss" in response.flags
        names = {key.lower() for key, _ in headers}
        if short and not names & {"content-length", "content-encoding"}:
            # Chunks without their end leave no trace in a payload whose chunks are put together: whoever
            # reads the archive would take it for the whole page. The journal's `attempt` is what tells.
            return None
        try:
            if response.status == 304 and held is not None:
                return run.archive.not_modified(held.url, headers, asked_at, held)
            return run.archive.write(
                request.url.partition("#")[0],
                response.status,
                headers,
                response.body,
                asked_at,
                truncated="disconnect" if short else None,
            )
        except OSError as error:
            run.stop(Outcome.FAILED, f"the archive {run.plan.archive} cannot be written: {error}")
            raise StoppedError from error


def _named(run: Run, request: Request) -> Validated | None:
    """The page that the request names to the server, as the journal says that it is sent.

    Only where it goes to the address that the page was had from: a redirect leads to another page, whose 304
    would be taken for this one's.
    """
    asked: Asked | None = request.cb_kwargs.get("asked")
    for name in ("If-None-Match", "If-Modified-Since"):
        request.headers.pop(name, None)
    if asked is None:
        return None
    if asked.cause not in (None, "new"):  # of a new one, and of a listing, its capture says as much
        try:
            run.journal.request(asked, request.url)
        except OSError as error:
            run.stop(Outcome.FAILED, f"the journal {run.plan.journal} cannot be written: {error}")
            raise StoppedError from error
    if asked.held is None or asked.held.url != request.url.partition("#")[0]:
        return None
    for name, value in asked.held.headers.items():
        request.headers[name] = value
    return asked.held


def _asks_who_we_are(response: Response, content: object) -> bool:
    """Whether it is a challenge: a page that wants a browser to prove itself, whatever its status says."""
    if (response.headers.get("cf-mitigated") or b"").lower() == b"challenge":
        return True
    if not isinstance(content, bytes) or not is_challenge(content):
        return False
    return response.status in _UNWILLING or (response.status == 200 and ON_EVERY_STORY not in content)


def _promised(headers: Headers) -> str:
    length = next((value for key, value in headers if key.lower() == "content-length"), None)
    return f"{length} bytes were promised, " if length else "more was promised, "
