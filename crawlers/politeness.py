"""What we may ask, of whom, and how patiently: robots.txt, one host, retries and Retry-After.

Three downloader middlewares. With one request at a time (CONCURRENT_REQUESTS is 1) whatever one of them
awaits holds every other request back, because the request it holds still counts as under way.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from time import monotonic
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
from scrapy.http.request import NO_CALLBACK

from crawlers import resolving
from crawlers.journal import Asked, Fault, JournalWriter, Outcome
from crawlers.pace import LONGEST_ABSENCE
from crawlers.reading import digest
from crawlers.spiders.run import PRODUCT
from crawlers.spiders.wire import PartialError, StoppedError, TooLargeError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from crawlers.spiders.run import Run

logger = logging.getLogger(__name__)

TRIES = 3
LONGEST_WAIT = 120.0
"""Seconds. Asked for more patience than that, the run ends and says when to come back."""
ROBOTS_AGE = 24 * 3600.0  # seconds that rules are obeyed before they are read anew (RFC 9309, 2.4)
_ROBOTS_BYTES = 500 * 1024  # of robots.txt at least these must be read (RFC 9309, 2.5), and no more are
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
        # A site that is asked over https is never asked in the clear, wherever it leads.
        schemes = ("https",) if site.scheme == "https" else ("http", "https")
        if asked.scheme not in schemes or asked.hostname != site.hostname or not same_port:
            raise OffsiteError(f"{request.url} is not of {self.run.plan.site}")


class RobotsFirst(_Polite):
    """robots.txt is read before anything else is asked, and obeyed; unread, nothing is asked at all.

    Scrapy's own middleware crawls on where robots.txt could not be had.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._rules: Protego | None = None
        self._read_at = 0.0
        self._reading = asyncio.Lock()

    async def process_request(self, request: Request) -> None:
        """Nothing. Raises RefusedError for what is forbidden, StoppedError where no rules are to be had."""
        if request.meta.get("robots"):
            return
        async with self._reading:
            if self._rules is None or monotonic() - self._read_at > ROBOTS_AGE:
                self._rules, self._read_at = await self._read(), monotonic()
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
        self.run.receipt.robots = digest(response.body)
        body = response.body[:_ROBOTS_BYTES] if 200 <= response.status < 300 else b""
        found = body.decode("utf-8", "replace")
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
        self.run.promise(wanted)
        downloader = self.crawler.engine.downloader
        downloader._delay = wanted
        for slot in downloader.slots.values():
            slot.delay = max(slot.delay, wanted)


class Patience(_Polite):
    """Up to three tries with growing pauses between them, and as much patience as the site asks for.

    Why a try failed stands in the journal, and until when the site does not want to be asked: if that is
    longer than a run has patience for, the run ends, and whoever starts the next one keeps it.
    """

    async def process_response(self, request: Request, response: Response) -> Request | Response:
        """The response, or the same request again after a pause."""
        worth_another = response.status in _TRY_AGAIN
        asked_for = retry_after(response.headers.get("Retry-After"), _its_clock(response))
        if not worth_another and not (asked_for and response.status >= 300):
            return response
        until = datetime.now(UTC) + timedelta(seconds=min(asked_for, LONGEST_ABSENCE))
        if asked_for:
            self.run.receipt.asked_for_patience(monotonic(), asked_for)
        if asked_for > LONGEST_WAIT:
            self._tell(lambda to: to.come_back(request.url, cause=_asked_by(response), until=until))
            reason = f"{self.run.plan.site} answered {response.status} and asks not to be asked before"
            self.run.stop(Outcome.STOPPED, f"{reason} {until:%Y-%m-%d %H:%M:%S} UTC ({asked_for:.0f} s)")
            return response
        last = not worth_another or _tries(request) >= TRIES
        seconds = asked_for or (0.0 if last else self._growing(request))
        if not last:
            self._will_retry(request, Fault.STATUS, f"answered {response.status}", response.status)
        if seconds and response.status in (429, 503):
            cause = _asked_by(response) if asked_for else f"{response.status} without Retry-After"
            until = datetime.now(UTC) + timedelta(seconds=seconds)
            self._tell(lambda to: to.wait(request.url, seconds=seconds, cause=cause, until=until))
        # After the last try too: whatever is asked next is asked of the same site.
        began = monotonic()
        slept = await self.run.pause(seconds)
        if asked_for:
            self.run.receipt.waited(monotonic() - began)
        if not slept:
            raise StoppedError
        return response if last else _again(request)

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:
        """The same request again after a pause, or None where it is given up."""
        if isinstance(exception, IgnoreRequest):
            return None
        kind, detail = fault(exception)
        if kind not in _PASSING or _tries(request) >= TRIES:
            return None
        self._will_retry(request, kind, detail)
        if not await self.run.pause(self._growing(request)):
            raise StoppedError
        return _again(request)

    def _growing(self, request: Request) -> float:
        """Seconds: 4 delays before the second try, 16 before the third."""
        return float(self.run.plan.delay * 4 ** _tries(request))

    def _will_retry(self, request: Request, error: Fault, detail: str, status: int | None = None) -> None:
        asked: Asked = request.cb_kwargs.get("asked") or Asked(request.url)
        tries = _tries(request)
        self._tell(lambda to: to.retry(asked, error=error, detail=detail, status=status, attempts=tries))

    def _tell(self, say: Callable[[JournalWriter], None]) -> None:
        """Nothing; the journal says it. Raises StoppedError where it cannot be written: then all is over."""
        try:
            say(self.run.journal)
        except OSError as error:
            self.run.stop(Outcome.FAILED, f"the journal {self.run.plan.journal} cannot be written: {error}")
            raise StoppedError from error


def _its_clock(response: Response) -> datetime:
    """What time it is for the site: a date that it names is one of its own clock, not of ours."""
    try:
        at = parsedate_to_datetime((response.headers.get("Date") or b"").decode("latin-1"))
    except ValueError:
        return datetime.now(UTC)
    return at.replace(tzinfo=at.tzinfo or UTC)


def _asked_by(response: Response) -> str:
    return f"{response.status}, Retry-After"


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
    if isinstance(error, CannotResolveHostError) and (private := resolving.private(error)):
        return Fault.OFFSITE, private  # soon again it leads there as well
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
