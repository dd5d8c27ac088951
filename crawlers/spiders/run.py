"""One run: its plan, its two files, its counts, and the one place where it is asked to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

from crawlers.archive import ArchiveWriter
from crawlers.journal import Fault, JournalWriter, Outcome
from crawlers.pace import paced
from crawlers.plan import Plan
from crawlers.receipt import Receipt

PRODUCT = "dawn-as-a-table"  # what robots.txt may call us

_SILENT_AT_MOST = 5  # requests in a row
_SILENT = {Fault.TIMEOUT, Fault.DNS, Fault.CONNECTION, Fault.TLS, Fault.OTHER}


def user_agent(contact: str | None) -> str:
    """Who we say we are: name, version, and whom to write to."""
    try:
        product = f"{PRODUCT}/{version(PRODUCT)}"
    except PackageNotFoundError:  # a checkout that was never installed
        product = f"{PRODUCT}/0"
    return f"{product} (+{contact})" if contact else product


class Run:
    """What the parts of one crawl process share. It asks nothing of the site itself."""

    def __init__(self, plan: Plan, archive: ArchiveWriter, journal: JournalWriter) -> None:
        self.plan = plan
        self.archive = archive
        self.journal = journal
        self.user_agent = user_agent(plan.contact)
        self.responses = 0
        self.receipt = Receipt(plan.delay, plan.budget)
        self.pace = plan.delay
        self.outcome: Outcome | None = None
        self.reason = ""
        self.stopping = asyncio.Event()
        self._close: Callable[[], None] | None = None
        self._silent = 0

    def opened(self, close: Callable[[], None]) -> None:
        """Nothing; from now on a stop calls `close`, which must not wait."""
        self._close = close

    def stop(self, outcome: Outcome, reason: str) -> None:
        """Nothing; no request is begun any more, and the run ends so. Only the first call counts."""
        if self.outcome is not None:
            return
        self.outcome, self.reason = outcome, reason
        self.stopping.set()
        if self._close:
            self._close()

    @property
    def requests(self) -> int:
        """How many requests left: each try, each redirect, robots.txt."""
        return self.receipt.requests

    def promise(self, seconds: float) -> None:
        """Nothing; that much lies between two requests from now on, if it is more than was promised."""
        self.receipt.promised = max(self.receipt.promised, seconds)
        self.pace = max(self.pace, seconds)

    def after(self, status: int | None, seconds: float) -> float:
        """The seconds to leave after this answer, or none (status None), that took so long."""
        self.pace = paced(self.pace, self.receipt.promised, status, seconds)
        self.receipt.longest_pace = max(self.receipt.longest_pace, self.pace)
        return self.pace

    async def pause(self, seconds: float) -> bool:
        """Whether the pause was slept through; False, at once, when the run stops."""
        if seconds <= 0:
            return not self.stopping.is_set()
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return True
        return False

    def answered(self, status: int) -> None:
        """Nothing; a request came to its end with this answer."""
        if status in (403, 429) or status >= 500:
            self._was_silent(f"it answered {status}")
        else:
            self._silent = 0

    def gave_up(self, fault: Fault, detail: str) -> None:
        """Nothing; a request was given up without an answer."""
        if fault in _SILENT:
            self._was_silent(detail)
        else:
            self._silent = 0

    def _was_silent(self, detail: str) -> None:
        # A site that is down, or wants no more of us, is not asked for each of 400 stories three times.
        self._silent += 1
        if self._silent >= _SILENT_AT_MOST:
            count = f"{self._silent} requests in a row"
            self.stop(Outcome.FAILED, f"{self.plan.site} gave no page for {count}: {detail}; try again later")
