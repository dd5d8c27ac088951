"""What we may ask, of whom, and how patiently: robots.txt, one host, retries and Retry-After.

Three downloader middlewares. With one request at a time (CONCURRENT_REQUESTS is 1) whatever one of them
awaits holds every other request back, because the request it holds still counts as under way.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from protego import Protego
from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
)
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http.request import NO_CALLBACK

from crawlers.journal import Fault, Outcome
from crawlers.spiders.run import PRODUCT
from crawlers.spiders.wire import PartialError, StoppedError, TooLargeError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from crawlers.spiders.run import Run

logger = logging.getLogger(__name__)

TRIES = 3
LONGEST_WAIT = 120.0  # seconds; asked for more patience than that, the run ends and says when to come back
_LONGEST_CRAWL_DELAY = 60.0
_TRY_AGAIN = {408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524}  # 52x: Cloudflare, for a site behind it
_PASSING = {Fault.TIMEOUT, Fault.DNS, Fault.CONNECTION, Fault.PARTIAL}


class OffsiteError(IgnoreRequest):
    """Another host than the configured site's was to be asked."""


class RefusedError(IgnoreRequest):
    """robots.txt forbids the request."""


class _Polite:
    """What the middlewares have in common: the crawl they belong to."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> _Polite:
        return cls(crawler)

    @property
    def run(self) -> Run:
        return self.crawler.spider.run  # type: ignore[union-attr,no-any-return]


class OnlyThisSite(_Polite):
    """No request leaves for another host: neither one that was planned nor one a redirect leads to."""

    def process_request(self, request: Request) -> None:
        """Nothing. Raises OffsiteError for an address that is not the configured site's."""
        site, asked = urlsplit(self.run.plan.site), urlsplit(request.url)
        same_port = _port(asked) == _port(site) or (asked.port is None and site.port is None)
        if asked.scheme not in ("http", "https") or asked.hostname != site.hostname or not same_port:
            raise OffsiteError(f"{request.url} is not of {self.run.plan.site}")


class RobotsFirst(_Polite):
    """robots.txt is read before anything else is asked, and obeyed; unread, nothing is asked at all.

    Scrapy's own middleware crawls on where robots.txt could not be had.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._rules: Protego | None = None
        self._reading = asyncio.Lock()

    async def process_request(self, request: Request) -> None:
        """Nothing. Raises RefusedError for what is forbidden, StoppedError where no rules are to be had."""
        if request.meta.get("robots"):
            return
        async with self._reading:
            if self._rules is None:
                self._rules = await self._read()
        if not self._rules.can_fetch(request.url, PRODUCT):
            raise RefusedError(f"robots.txt forbids {request.url}")

    async def _read(self) -> Protego:
        site = self.run.plan.site
        asked = Request(f"{site}/robots.txt", meta={"robots": True}, dont_filter=True, callback=NO_CALLBACK)
        try:
            response = await self.crawler.engine.download_async(asked)
        except StoppedError:
            raise
        except Exception as error:
            # Whatever it was: without the rules nothing may be asked.
            _, detail = fault(error)
            self.run.stop(Outcome.FAILED, f"{site} did not answer for robots.txt: {detail}")
            raise StoppedError from error
        # RFC 9309: with a 4xx there are no rules, with a 5xx all is forbidden. 401, 403 and 429 are a
        # refusal to talk to us at all, as Cloudflare gives it, and are not taken for leave.
        if response.status >= 500 or response.status in (401, 403, 429):
            self.run.stop(
                Outcome.FAILED, f"{site} answered {response.status} for robots.txt, so nothing was asked"
            )
            raise StoppedError
        found = response.body.decode("utf-8", "replace") if 200 <= response.status < 300 else ""
        rules = Protego.parse(found)
        self._slow_down(rules.crawl_delay(PRODUCT))
        return rules

    def _slow_down(self, crawl_delay: float | None) -> None:
        """Nothing; the site's own Crawl-delay holds where it is longer than ours. Scrapy parses it only.

        Not at a delay of 0, which only a site on this machine is ever crawled with.
        """
        delay = self.run.plan.delay
        wanted = min(crawl_delay or 0.0, _LONGEST_CRAWL_DELAY)
        if not 0 < delay < wanted:
            return
        logger.info("robots.txt asks for %s seconds between requests, and is given them", wanted)
        throttle = self.crawler.get_extension(AutoThrottle)
        if throttle:
            throttle.mindelay = wanted
        downloader = self.crawler.engine.downloader
        downloader._delay = wanted
        for slot in downloader.slots.values():
            slot.delay = max(slot.delay, wanted)


class Patience(_Polite):
    """Up to three tries with growing pauses between them, and as much patience as the site asks for."""

    async def process_response(self, request: Request, response: Response) -> Request | Response:
        """The response, or the same request again after a pause."""
        if response.status not in _TRY_AGAIN:
            return response
        asked_for = retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
        if asked_for > LONGEST_WAIT:
            back = datetime.now(UTC) + timedelta(seconds=asked_for)
            reason = f"{self.run.plan.site} answered {response.status} and asks not to be asked before"
            self.run.stop(Outcome.STOPPED, f"{reason} {back:%Y-%m-%d %H:%M:%S} UTC ({asked_for:.0f} s)")
            return response
        last = _tries(request) >= TRIES
        seconds = asked_for or (0.0 if last else self._growing(request))
        if seconds and response.status in (429, 503):
            cause = (
                f"{response.status}, Retry-After" if asked_for else f"{response.status} without Retry-After"
            )
            self.run.journal.wait(request.url, seconds=seconds, cause=cause)
        # After the last try too: whatever is asked next is asked of the same site.
        if not await self.run.pause(seconds):
            raise StoppedError
        return response if last else _again(request)

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:
        """The same request again after a pause, or None where it is given up."""
        if isinstance(exception, IgnoreRequest):
            return None
        if fault(exception)[0] not in _PASSING or _tries(request) >= TRIES:
            return None
        if not await self.run.pause(self._growing(request)):
            raise StoppedError
        return _again(request)

    def _growing(self, request: Request) -> float:
        """Seconds: 4 delays before the second try, 16 before the third."""
        return float(self.run.plan.delay * 4 ** _tries(request))


def retry_after(value: bytes | None, now: datetime) -> float:
    """The seconds from `now` that a Retry-After header asks for; 0 where it asks for nothing sensible."""
    text = (value or b"").decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())


def fault(error: BaseException) -> tuple[Fault, str]:
    """What kept a request from its page: the word for the journal, and a line a person understands."""
    kinds: tuple[tuple[type[BaseException], Fault, str], ...] = (
        (PartialError, Fault.PARTIAL, str(error)),
        (TooLargeError, Fault.TOO_LARGE, str(error)),
        (OffsiteError, Fault.OFFSITE, str(error)),
        (DownloadTimeoutError, Fault.TIMEOUT, "no whole answer in time"),
        (CannotResolveHostError, Fault.DNS, "no such host"),
        (DownloadConnectionRefusedError, Fault.CONNECTION, "connection refused"),
        # Scrapy cancels a download in one case only, beside ours: DOWNLOAD_MAXSIZE.
        (DownloadCancelledError, Fault.TOO_LARGE, str(error) or "larger than a page can be"),
    )
    for kind, word, detail in kinds:
        if isinstance(error, kind):
            return word, detail
    if isinstance(error, IgnoreRequest) and "redirect" in str(error):
        return Fault.REDIRECTED, str(error)
    causes = _causes(error)
    if any(type(cause).__module__.startswith(("OpenSSL", "service_identity")) for cause in causes):
        return Fault.TLS, f"no secure connection: {causes[-1]}"
    if isinstance(error, DownloadFailedError | OSError) or type(error).__module__ == "twisted.internet.error":
        return Fault.CONNECTION, _one_line(causes[-1])
    return Fault.OTHER, f"{type(error).__name__}: {_one_line(error)}"


def _causes(error: BaseException) -> list[BaseException]:
    """The error and, behind Twisted's ResponseFailed, the ones that caused it."""
    found = [error]
    reasons = getattr(error.__cause__, "reasons", None) or []
    found += [reason.value for reason in reasons if isinstance(reason.value, BaseException)]
    return found


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _tries(request: Request) -> int:
    return int(request.meta.get("tries", 1))


def _again(request: Request) -> Request:
    """The same request once more, ahead of all others."""
    again = request.copy()
    again.meta["tries"] = _tries(request) + 1
    again.priority = request.priority + 1
    again.dont_filter = True
    return again


def _port(parts: SplitResult) -> int | None:
    return parts.port or {"http": 80, "https": 443}.get(parts.scheme)
