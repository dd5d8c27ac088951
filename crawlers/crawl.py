"""`python -m crawlers.crawl PLAN.json`: one crawl process, from its plan to its journal's last line.

Exit 0: the crawl finished, whatever became of its single requests. Exit 3: it did not; the last line on
stderr says why. Exit 2: the plan cannot be read. On stdout one JSON line for every request that came to its
end: `{"done", "total", "url"}`.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from crawlers import site
from crawlers.archive import ArchiveWriter
from crawlers.journal import JournalWriter, Outcome
from crawlers.plan import Plan, PlanError

if TYPE_CHECKING:
    from types import FrameType

    from scrapy.crawler import Crawler

    from crawlers.spiders.asking import Asking
    from crawlers.spiders.run import Run

FINISHED, UNREADABLE, UNFINISHED = 0, 2, 3
_PR_SET_PDEATHSIG = 1
PARENT = "DAWN_CRAWL_PARENT"
"""The environment variable in which a parent leaves its process id."""


def command(plan_path: Path) -> list[str]:
    """The command line that crawls a plan, in this Python."""
    return [sys.executable, "-m", "crawlers.crawl", str(plan_path)]


def main(arguments: list[str]) -> int:
    """The exit status. Ends with one line on stderr unless the crawl finished."""
    _end_with_the_parent()
    if len(arguments) != 1:
        return _last_word(UNREADABLE, "usage: python -m crawlers.crawl PLAN.json")
    try:
        plan = Plan.read(Path(arguments[0]))
    except PlanError as error:
        return _last_word(UNREADABLE, str(error))
    try:
        run = _begun(plan)
    except OSError as error:
        return _last_word(UNFINISHED, f"run {plan.run} cannot begin: {error}")
    try:
        with run.archive, run.journal:
            _crawl(run)
    except OSError as error:  # a full disk: what stands in its files is whole but for the last line or record
        where = plan.archive.parent.parent
        return _last_word(UNFINISHED, f"run {plan.run} cannot write its files in {where}: {error.strerror}")
    if run.outcome is Outcome.FINISHED:
        return FINISHED
    return _last_word(UNFINISHED, run.reason)


def _begun(plan: Plan) -> Run:
    from crawlers.spiders.run import Run, user_agent

    facts = {
        "isPartOf": plan.run,
        "description": f"{plan.spider} of {plan.site}",
        "http-header-user-agent": user_agent(plan.contact),
        "robots": "obey",
    }
    if plan.contact:
        facts["operator"] = plan.contact
    sections = {"latest": site.LATEST, "edition": site.EDITION}.get(plan.spider, ())
    # The journal first, and its first line before Scrapy is imported, which takes a second: whatever
    # happens, a run that has an archive has a journal that says what it was for.
    journal = JournalWriter(plan.journal)
    journal.begin(
        run=plan.run,
        spider=plan.spider,
        site=plan.site,
        day=plan.day,
        delay=plan.delay,
        user_agent=user_agent(plan.contact),
        sections=[(one.place, one.section) for one in sections if plan.lists(one.place, one.section)],
        stories=len(plan.stories),
    )
    try:
        archive = ArchiveWriter(plan.archive, facts=facts, payloads=plan.payloads)
    except OSError as error:
        journal.end(outcome=Outcome.FAILED, reason=str(error), requests=0, responses=0, bytes_=0)
        journal.close()
        raise
    return Run(plan, archive, journal)


def _crawl(run: Run) -> None:
    """Nothing; the crawl is over and the journal says how it went."""
    loop: asyncio.AbstractEventLoop | None = None

    def asked_to_stop(number: int, _: FrameType | None) -> None:
        reason = f"asked to stop by {signal.Signals(number).name}"
        if loop is None:  # Scrapy is being imported, which takes a second
            run.stop(Outcome.STOPPED, reason)
        else:
            loop.call_soon_threadsafe(run.stop, Outcome.STOPPED, reason)

    signal.signal(signal.SIGTERM, asked_to_stop)
    signal.signal(signal.SIGINT, asked_to_stop)

    from scrapy.crawler import AsyncCrawlerProcess, Crawler

    from crawlers.settings import settings
    from crawlers.spiders.edition import Edition
    from crawlers.spiders.latest import Latest
    from crawlers.spiders.stories import Stories

    spiders: dict[str, type[Asking]] = {one.name: one for one in (Latest, Edition, Stories)}
    logging.captureWarnings(capture=True)
    process = AsyncCrawlerProcess(settings(run.plan, run.user_agent))
    loop = asyncio.get_event_loop()
    crawler = Crawler(spiders[run.plan.spider], process.settings)
    crawl = process.crawl(crawler, run=run)
    # The end is written when the crawl is over and not when Twisted is: its shutdown joins threads, and one
    # that waits for a name server may take half a minute.
    crawl.add_done_callback(lambda done: _end(run, crawler, done.exception()))
    process.start(install_signal_handlers=False)


def _end(run: Run, crawler: Crawler, error: BaseException | None) -> None:
    """Nothing; the outcome is judged and stands in the journal.

    Scrapy calls a crawl with failed callbacks "finished" too, so its finish reason alone says little.
    """
    stats = crawler.stats.get_stats() if crawler.stats else {}
    exceptions, errors = stats.get("spider_exceptions/count", 0), stats.get("log_count/ERROR", 0)
    if error is not None:
        run.stop(Outcome.FAILED, f"the crawl broke down: {error!r}")
    elif exceptions:
        run.stop(Outcome.FAILED, f"{exceptions} answers could not be dealt with: a bug, shown above")
    elif errors or stats.get("log_count/CRITICAL", 0):
        run.stop(Outcome.FAILED, f"{errors} errors were logged, shown above")
    elif stats.get("finish_reason") != "finished":
        run.stop(Outcome.FAILED, f"the crawl ended early: {stats.get('finish_reason')}")
    else:
        run.stop(Outcome.FINISHED, "all was asked for")
    assert run.outcome is not None
    if run.receipt.broken:
        # Whatever else came of it: this is the one thing that a guest may not do.
        run.outcome, run.reason = Outcome.FAILED, f"a promise to the site was broken: {run.receipt.broken[0]}"
    if exceptions and run.outcome is not Outcome.FAILED:
        run.outcome, run.reason = (
            Outcome.FAILED,
            f"{run.reason}; {exceptions} answers could not be dealt with",
        )
    try:
        run.journal.end(
            outcome=run.outcome,
            reason=run.reason,
            requests=run.requests,
            responses=run.responses,
            bytes_=run.archive.bytes,
            receipt=run.receipt.spelled_out(),
        )
    except OSError as fault:
        run.outcome = Outcome.FAILED
        run.reason = f"the journal {run.plan.journal} cannot be written: {fault.strerror}"


def _end_with_the_parent() -> None:
    """Nothing; the kernel sends SIGTERM when the parent dies, so that its `kill -9` leaves no orphan.

    Linux only. The parent is, to the kernel, the thread that started this process. One that died before we
    asked is found out by its number, which it leaves in the environment.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.environ.get(PARENT, str(os.getppid())) != str(os.getppid()):
        sys.exit(_last_word(UNFINISHED, "whoever started this crawl has died"))


def _last_word(status: int, reason: str) -> int:
    sys.stderr.write(" ".join(reason.split()) + "\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
