"""One crawl as a process: planned, listened to, ended; and which crawls a folder has had.

A crawl has a process of its own because Scrapy's reactor runs once in a process, and takes its signals.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
from collections import deque
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING
from zlib import crc32

from crawlers.pace import LONGEST_ABSENCE
from crawlers.site import TIME_ZONE
from crawlers.urls import is_loopback
from flows import forgetting, metering
from flows.config import process_environment
from flows.crawl_log import follow
from flows.folder import DataFolder, FolderError, run_id
from flows.watch import is_drifts
from warehouse import ledger, looks
from warehouse import manners as manners_of

if TYPE_CHECKING:
    from crawlers.archive import Validated
    from crawlers.plan import Owed as PlannedStory

LAST_LINES = 8
SETTLE_SECONDS = 20
DAILY_REQUESTS = 20_000
"""Requests a day that www.dawn.com gets from us at most, if nobody says otherwise: eleven hours of one in two
seconds, and ten times what its newest stories and yesterday's paper take."""
PATIENCE = 120.0
"""Seconds that a crawl waits before it begins, where the site asked for them; for more it does not begin."""
ALIVE = 50
"""How many of the newest runs may still have a process: one has, and a killed parent's for a second."""

Progress = Callable[[str, int, int | None], None]
"""Called with what is being done, how much is done, and how much there is (None: not known)."""


def quiet(what: str, done: int, total: int | None) -> None:
    """Nothing: the progress of who does not want to see any."""


class CrawlFailedError(RuntimeError):
    """A crawl process did not finish; the message has its exit code and its last lines."""


class CrawlStoppedError(CrawlFailedError):
    """A crawl was stopped, by somebody or because the site asked for patience: soon again is no use."""


class NoRoomError(CrawlStoppedError):
    """Nothing was asked of the site: the data folder may not, or cannot, take any more."""


@dataclass(frozen=True, slots=True)
class Manners:
    """How the site is asked: the least seconds between two requests, and who to write to about us.

    And how many bytes the data folder may have for that; None: as many as the disk. `log_level` is from which
    level on a crawl's own log is written, where no setting says it. `most_requests` is how many
    requests one day of the site's may have, all runs together; None: as many as the delay lets through.
    """

    delay: float = 2.0
    contact: str | None = None
    most_disk: int | None = None
    log_level: str = "WARNING"
    most_requests: int | None = None


def mannered(site: str, delay: float, contact: str | None) -> Manners:
    """The manners, if a crawl of this site may have them. Raises FolderError in one line where it may not."""
    from crawlers.plan import Plan, PlanError

    try:
        Plan("check", "latest", site, delay, archive=Path(), journal=Path(), contact=contact)
    except PlanError as error:
        raise FolderError(str(error).replace("'", "", 2)) from None
    return Manners(delay, contact, most_requests=None if is_loopback(site) else DAILY_REQUESTS)


def crawl(
    folder: DataFolder,
    manners: Manners,
    spider: str,
    *,
    day: date | None = None,
    sections: Sequence[tuple[str, str]] = (),
    stories: Sequence[ledger.Owed] = (),
    what: str,
    progress: Progress,
) -> str:
    """The run, once its process has ended well. The caller holds the right to crawl.

    Raises CrawlFailedError, CrawlStoppedError or NoRoomError; what was fetched until then is kept. Where the
    caller is interrupted the process is asked to end, and given SETTLE_SECONDS.
    """
    from crawlers.archive import Held
    from crawlers.crawl import PARENT, command
    from crawlers.plan import Plan
    from flows.room import lack

    if why := lack(folder, manners.most_disk):
        raise NoRoomError(why)
    _clear_plans(folder)
    _keep_away(folder, progress)
    budget = _left_today(folder, manners)
    _keep_the_gap(folder, manners.delay)
    run = run_id(spider)
    held = ledger.payloads(folder.warehouse, [story.story_id for story in stories])
    plan = Plan(
        run=run,
        spider=spider,
        site=folder.site,
        delay=manners.delay,
        archive=(folder.archive / f"{run}.warc.gz").resolve(),
        journal=(folder.journal / f"{run}.jsonl").resolve(),
        day=day,
        contact=manners.contact,
        sections=tuple(sections),
        stories=_planned(folder, stories),
        payloads={each.digest: Held(each.capture_id, each.url, each.fetched_at) for each in held},
        budget=budget,
        listings=_held_listings(folder, run) if spider == "latest" else (),
    )
    path = folder.plans / f"{run}.json"
    plan.write(path)
    last: deque[str] = deque(maxlen=LAST_LINES)
    child = subprocess.Popen(
        command(path),
        env={**process_environment(manners.log_level), PARENT: str(os.getpid())},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stdout and child.stderr
        listening = Thread(target=follow, args=(child.stderr, last), daemon=True)
        listening.start()
        for line in child.stdout:
            said = json.loads(line)
            progress(what, int(said["done"]), said.get("total"))
        code = child.wait()
        listening.join()
    except BaseException:
        # Cancelled or interrupted: the crawl is asked to end, and ends cleanly within seconds.
        child.terminate()
        try:
            child.wait(SETTLE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        raise
    finally:
        path.unlink(missing_ok=True)
    if code != 0:
        told = "\n".join(last) or "it said nothing"
        kind = CrawlStoppedError if _stopped(plan.journal) else CrawlFailedError
        again = "" if kind is CrawlStoppedError else "; what it had is kept: run it again to go on"
        raise kind(f"the crawl {run} ended with exit code {code}: {told}{again}")
    return run


def _planned(folder: DataFolder, stories: Sequence[ledger.Owed]) -> tuple[PlannedStory, ...]:
    """The stories as a plan has them."""
    from crawlers.packs import segments
    from crawlers.plan import Owed

    lying = segments(folder.archive) if any(story.held for story in stories) else {}
    return tuple(
        Owed(story.story_id, story.url, story.cause, _validated(story.held, story.url, lying))
        for story in stories
    )


def _held_listings(folder: DataFolder, run: str) -> tuple[Validated, ...]:
    """The feeds and lists whose server can be asked whether they changed; none for one run in SAMPLED."""
    from crawlers.packs import segments
    from crawlers.site import LATEST

    if crc32(run.encode()) % looks.SAMPLED == 0:
        return ()
    held = looks.listings(folder.warehouse, [folder.site + one.path for one in LATEST])
    lying = segments(folder.archive) if held else {}
    found = (_validated(each, url, lying) for url, each in held.items())
    return tuple(each for each in found if each)


def _validated(held: ledger.Validators | None, url: str, lying: Container[str]) -> Validated | None:
    """The page that is named to its server; None unless the archive has its bytes and its words can be said.

    Else an answer that it is the same would speak of bytes that nobody has.
    """
    from crawlers.archive import Validated
    from crawlers.plan import sayable

    if held is None or held.run not in lying:
        return None
    etag, last_modified = (
        said if said is not None and sayable(said) else None for said in (held.etag, held.last_modified)
    )
    if etag is None and last_modified is None:
        return None
    return Validated(held.capture_id, url, held.fetched_at, held.digest, etag, last_modified)


def _stopped(journal: Path) -> bool:
    from crawlers.journal import Outcome, read

    events = list(read(journal)) if journal.exists() else []
    return bool(events) and events[-1].get("outcome") == Outcome.STOPPED


def _clear_plans(folder: DataFolder) -> None:
    """Nothing; plans of crawls whose parent was killed are gone. The caller holds the right to crawl."""
    for stale in folder.plans.iterdir():
        stale.unlink()


def _keep_away(folder: DataFolder, progress: Progress) -> None:
    """Nothing, once the site wants to be asked again: any run of this folder may have been told until when.

    Raises CrawlStoppedError where that is longer than PATIENCE.
    """
    # No run says more than that: what lies farther ahead was said while our clock was wrong.
    latest = datetime.now(UTC) + timedelta(seconds=LONGEST_ABSENCE)
    told = [manners_of.not_before(folder.warehouse, latest), *map(_told, _journals(folder)[-ALIVE:])]
    until = max((each for each in told if each and each <= latest), default=None)
    left = (until - datetime.now(UTC)).total_seconds() if until else 0.0
    if left > PATIENCE:
        raise CrawlStoppedError(
            f"{folder.site} asked not to be asked before {until:%Y-%m-%d %H:%M:%S} UTC, so nothing was asked:"
            " run it again then"
        )
    if left > 0:
        progress("waiting as long as the site asked for", 0, None)
        Event().wait(left)


def _told(journal: Path) -> datetime | None:
    """Until when the site told this run not to ask, whether it is taken in or not; None where it did not."""
    from crawlers.journal import read

    if b'"until"' not in journal.read_bytes():
        return None
    return max(
        (datetime.fromisoformat(each["until"]) for each in read(journal) if "until" in each), default=None
    )


def _left_today(folder: DataFolder, manners: Manners) -> int | None:
    """The requests that the day of the site has left; None where they are not bounded.

    Raises CrawlStoppedError where there is none left.
    """
    if manners.most_requests is None:
        return None
    today = datetime.now(TIME_ZONE).date()
    left = manners.most_requests - manners_of.requests_on(folder.warehouse, today)
    if left <= 0:
        raise CrawlStoppedError(
            f"the {manners.most_requests} requests of {today} are spent: what is owed is asked for tomorrow"
            " (--max-requests sets how many a day)"
        )
    return left


def _keep_the_gap(folder: DataFolder, delay: float) -> None:
    """Nothing, once `delay` seconds have passed since the last crawl of this folder wrote anything.

    A pass is two crawls, and each begins with robots.txt: the site must not see them closer than two stories.
    """
    files = sorted(folder.archive.glob("*.warc.gz"))[-2:] + _journals(folder)[-2:]
    last = max((path.stat().st_mtime for path in files), default=0.0)
    pause = last + delay - datetime.now(UTC).timestamp()
    if 0 < pause <= delay:
        Event().wait(pause)


def last_run(folder: DataFolder) -> str | None:
    """The newest run of the folder, or None."""
    return max((path.stem for path in _journals(folder)), default=None)


def _journals(folder: DataFolder) -> list[Path]:
    """The journals of crawls, by time; those of stages are none."""
    found = sorted(folder.journal.glob("*.jsonl"))
    stages = (metering.is_meters, is_drifts, forgetting.is_forgettings)
    return [path for path in found if not any(is_one(path) for is_one in stages)]


def await_writers(folder: DataFolder) -> None:
    """Nothing, once no process writes into the folder any more. The caller holds the right to crawl."""
    for journal in _journals(folder)[-ALIVE:]:
        await_writer(journal)


def await_writer(journal: Path) -> None:
    """Nothing, once no process writes this run any more: a crawl outlives a killed parent by a second."""
    try:
        with journal.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
    except FileNotFoundError:  # an archive without a journal: brought here by hand
        return
