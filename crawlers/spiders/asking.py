"""What the three spiders have in common: a list of requests, and an event for whatever becomes of each."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from abc import abstractmethod
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from scrapy import Request, Spider

from crawlers.journal import Asked, Fault, Outcome
from crawlers.politeness import RefusedError, fault
from crawlers.spiders.wire import StoppedError

if TYPE_CHECKING:
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from crawlers.plan import Plan
    from crawlers.spiders.run import Run


_NOWHERE = ", and leads to no address that can be asked"
_UNASKED = {304: ", though no page was named that it could be the same as"}


class Asking(Spider):
    """A spider that asks for what `asks` lists, in that order, and follows no link it finds.

    What an answer means is the subclass's business: `answered` writes its events.
    """

    def __init__(self, run: Run, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.run = run
        self._asked = self.asks(run.plan)
        self._done = 0
        self._closing: asyncio.Task[None] | None = None

    @staticmethod
    @abstractmethod
    def asks(plan: Plan) -> list[Asked]:
        """The requests of a plan, in order."""

    @abstractmethod
    def answered(self, asked: Asked, response: Response) -> None:
        """Nothing; the journal says what the answer means."""

    async def start(self) -> AsyncIterator[Request]:
        """The requests; none of them where the run was stopped before it began."""
        self.run.opened(self._close)
        for asked in self._asked:
            if self.run.stopping.is_set():
                return
            yield Request(
                asked.url,
                self._concluded,
                errback=self._given_up,
                dont_filter=True,
                cb_kwargs={"asked": asked},
            )

    def parse(self, response: Response, **kwargs: Any) -> None:
        """Nothing: every request names its own callback, and Scrapy only wants this one to be there."""

    def _concluded(self, response: Response, asked: Asked) -> None:
        self.run.answered(response.status)
        try:
            self.answered(asked, response)
        except OSError as error:
            self._cannot_write(error)
        self._progress(asked)

    def _given_up(self, failure: Failure) -> None:
        request: Request = failure.request  # type: ignore[attr-defined]
        asked: Asked = request.cb_kwargs["asked"]
        error = failure.value
        if isinstance(error, StoppedError) or error is None:
            return
        try:
            if isinstance(error, RefusedError):
                self.run.journal.refused(asked)
            else:
                kind, detail = fault(error)
                self.run.gave_up(kind, detail)
                self.run.journal.attempt(
                    asked, error=kind, detail=detail, attempts=request.meta.get("tries", 1)
                )
        except OSError as trouble:
            self._cannot_write(trouble)
        self._progress(asked)

    def no_page(self, asked: Asked, response: Response) -> None:
        """Nothing; the journal says that the last answer to a request was an error."""
        request = response.request
        # A redirect that Scrapy does not follow has no target, or one that is no page: `file:`.
        led = 300 <= response.status < 400 and response.status != 304
        self.run.journal.attempt(
            asked,
            error=Fault.REDIRECTED if led else Fault.STATUS,
            detail=f"answered {response.status}" + (_NOWHERE if led else _UNASKED.get(response.status, "")),
            status=response.status,
            attempts=request.meta.get("tries", 1) if request else 1,
        )

    def _cannot_write(self, error: OSError) -> None:
        self.run.stop(Outcome.FAILED, f"the journal {self.run.plan.journal} cannot be written: {error}")

    def _progress(self, asked: Asked) -> None:
        self._done += 1
        line = json.dumps({"done": self._done, "total": len(self._asked), "url": asked.url})
        try:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        except OSError:
            # Nobody reads any more. That is no reason to leave stories unfetched, nor, when Python flushes
            # stdout once more on its way out, for another exit status.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _close(self) -> None:
        engine = self.crawler.engine
        if engine is not None and engine.spider is not None:
            self._closing = asyncio.get_running_loop().create_task(
                engine.close_spider_async(reason="stopped")
            )
