"""The walks that commands and schedules share: discover, fetch, extract, meter, watch, load, publish, index.

Each is written once, over a `do` that runs one stage: directly for the command, as a Prefect task for the
flows. Nothing here imports Prefect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar

from crawlers.site import TIME_ZONE
from flows import auditing, importing, lakes, stages, storing
from flows.auditing import Audited
from flows.catching_up import CATCH_UP_DAYS, owed_days
from flows.crawling import CrawlFailedError, Manners, Progress, last_run, quiet
from flows.folder import DataFolder
from flows.importing import Brought
from flows.receipt import Receipt
from flows.watch import accept as accept_field
from flows.watch import watch
from warehouse import ledger, looks
from warehouse.checks import Check
from warehouse.database import WarehouseError
from warehouse.differences import Difference
from warehouse.ledger import DayState, Owed

T = TypeVar("T")


class Do(Protocol):
    """Runs one stage with these arguments and gives what it gives; `name` is for whoever watches."""

    def __call__(self, name: str, stage: Callable[..., T], /, *args: Any, **kwargs: Any) -> T: ...


def directly(_name: str, stage: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
    """What the stage gives, run here and now."""
    return stage(*args, **kwargs)


def today() -> date:
    """The day it is where the site is."""
    return datetime.now(TIME_ZONE).date()


def days_of(days: tuple[date, date], newest_first: bool = False) -> list[date]:
    """Every day of a range, both ends included: the oldest first, or the newest."""
    found = [days[0] + timedelta(n) for n in range((days[1] - days[0]).days + 1)]
    return found[::-1] if newest_first else found


def latest(
    folder: DataFolder,
    manners: Manners,
    do: Do = directly,
    progress: Progress = quiet,
    waiting: Callable[[], None] = lambda: None,
) -> Receipt:
    """One pass over feeds, sitemap and latest list: new stories, and held ones that the site says changed."""
    owed = stages.owed_of_latest(folder)
    with folder.crawling(waiting):
        runs: list[str | None] = []
        failure = None
        try:
            runs.append(do("discover latest", stages.discover, folder, manners, "latest", progress=progress))
            runs.append(do("fetch stories", stages.fetch, folder, manners, owed, progress=progress))
        except CrawlFailedError as error:
            failure = str(error)
        published = _take_in(folder, do, progress)
        left = tuple(owed())
        behind = _not_kept(folder, do, progress)
    return Receipt(_made(runs), left, failure, _red(folder, do, progress), published=published, behind=behind)


def edition_day(
    folder: DataFolder,
    manners: Manners,
    day: date,
    again: bool = False,
    do: Do = directly,
    progress: Progress = quiet,
    waiting: Callable[[], None] = lambda: None,
    only_missing: bool = False,
) -> Receipt:
    """One day's printed paper and daily lists, as far as anything of them is missing.

    A day that is complete costs no request unless `again`; where a listing is missing, all of the day are
    read, or with `only_missing` those alone that say nothing yet. The right to crawl is let go at the end, so
    that a long backfill keeps nobody waiting longer than one day's work.
    """
    with folder.crawling(waiting):
        runs: list[str | None] = []
        failure = None
        do(f"settle before {day}", stages.settle, folder, progress)
        try:
            lacking = stages.missing(folder, day, day) if only_missing else []
            sections = [listing for each in lacking for listing in each.listings]
            if sections or (not only_missing and (again or ledger.needs_listing(folder.warehouse, day))):
                runs.append(
                    do(
                        f"discover {day}",
                        stages.discover,
                        *(folder, manners, "edition", day, sections),
                        progress=progress,
                    )
                )
            owed = stages.owed_of_day(folder, day)
            runs.append(do(f"fetch {day}", stages.fetch, folder, manners, owed, progress=progress))
        except CrawlFailedError as error:
            failure = str(error)
        published = _take_in(folder, do, progress, of=f" {day}")
        state = ledger.day_states(folder.warehouse, day, day)
        behind = _not_kept(folder, do, progress)
    return Receipt(_made(runs), (), failure, (), tuple(state), published, behind)


def edition(
    folder: DataFolder,
    manners: Manners,
    catch_up_days: int = CATCH_UP_DAYS,
    do: Do = directly,
    progress: Progress = quiet,
    waiting: Callable[[], None] = lambda: None,
    told: Callable[[Receipt], None] = lambda _: None,
) -> Receipt:
    """Today's and yesterday's editions, and after an outage those that it left incomplete, newest first.

    Today's own lists cannot be final before midnight: they are read, and left to tomorrow's pass to judge.
    """
    now = today()
    with folder.crawling(waiting):
        do("settle", stages.settle, folder, progress)
        states = ledger.day_states(folder.warehouse, now - timedelta(max(catch_up_days, 1)), now)
    receipt = backfill(folder, manners, owed_days(states, now), False, do, progress, waiting, told)
    judged = tuple(state for state in receipt.days if state.day != now or state.owed or state.unknown)
    return replace(receipt, days=judged)


def backfill(
    folder: DataFolder,
    manners: Manners,
    days: Sequence[date],
    again: bool = False,
    do: Do = directly,
    progress: Progress = quiet,
    waiting: Callable[[], None] = lambda: None,
    told: Callable[[Receipt], None] = lambda _: None,
    only_missing: bool = False,
) -> Receipt:
    """Every day in turn; a day that fails does not end the rest, but a site that cannot be reached does.

    What is complete is found out once, for all of them: to go on in a range of years takes no longer than to
    begin it.
    """
    receipts = []
    settled: dict[date, DayState] = {}
    published = False
    if days and not again and not only_missing:
        with folder.crawling(waiting):
            published = _take_in(folder, do, progress)
            states = ledger.settled_days(folder.warehouse, min(days), max(days))
            settled = {state.day: state for state in states}
    for day in days:
        if day in settled:
            receipt = Receipt(days=(settled[day],))
        else:
            receipt = edition_day(folder, manners, day, again, do, progress, waiting, only_missing)
        receipts.append(receipt)
        told(receipt)
        if receipt.failure:
            break
    done = len(receipts)
    with folder.crawling(waiting):
        rest = [state for day in days[done:] for state in ledger.day_states(folder.warehouse, day, day)]
    return Receipt(
        runs=tuple(run for receipt in receipts for run in receipt.runs),
        failure=next((receipt.failure for receipt in receipts if receipt.failure), None),
        red=_red(folder, do, progress),
        days=tuple(day for receipt in receipts for day in receipt.days) + tuple(rest),
        published=published or any(receipt.published for receipt in receipts),
        behind=receipts[-1].behind if receipts else None,
    )


def missing(
    folder: DataFolder,
    manners: Manners,
    days: tuple[date, date] | None = None,
    newest_first: bool = False,
    do: Do = directly,
    progress: Progress = quiet,
    waiting: Callable[[], None] = lambda: None,
    told: Callable[[Receipt], None] = lambda _: None,
    planned: Callable[[int], None] = lambda _: None,
) -> Receipt:
    """Exactly what is owed of a range of days, or of all between the first and the last ever listed.

    Asked for are stories that a listing owes, and listings that were never read or said nothing; of a day to
    which neither applies nothing is asked, and the receipt does not name it. `planned` is called once, with
    how many days are asked for.
    """
    with folder.crawling(waiting):
        do("settle", stages.settle, folder, progress)
        span = days or ledger.known_days(folder.warehouse)
        lacking = [lack.day for lack in stages.missing(folder, *span)] if span else []
        published = _publish(folder, do, progress)
    planned(len(lacking))
    if newest_first:
        lacking.reverse()
    receipt = backfill(folder, manners, lacking, False, do, progress, waiting, told, only_missing=True)
    return replace(receipt, published=receipt.published or published)


def named(
    folder: DataFolder,
    manners: Manners,
    stories: Sequence[Owed],
    do: Do = directly,
    progress: Progress = quiet,
    waiting: Callable[[], None] = lambda: None,
) -> Receipt:
    """These stories now, held or not."""
    with folder.crawling(waiting):
        runs: list[str | None] = []
        failure = None
        try:
            runs.append(do("fetch named", stages.fetch, folder, manners, lambda: stories, progress=progress))
        except CrawlFailedError as error:
            failure = str(error)
        published = _take_in(folder, do, progress, anyway=True)
        run = next(iter(_made(runs)), None) or last_run(folder)
        behind = _not_kept(folder, do, progress)
        unanswered = ledger.unanswered(folder.warehouse, run, [story.story_id for story in stories])
    left = tuple(
        replace(story, cause=unanswered[story.story_id]) for story in stories if story.story_id in unanswered
    )
    return Receipt(_made(runs), left, failure, _red(folder, do, progress), published=published, behind=behind)


def revisit(
    folder: DataFolder,
    manners: Manners,
    budget: int,
    do: Do = directly,
    progress: Progress = quiet,
    waiting: Callable[[], None] = lambda: None,
    by_quarters: bool = False,
) -> Receipt:
    """Held stories looked at again, those first that have most likely changed since they were last had.

    `budget` is how many requests a day of the site's may be spent so, by all runs of that day together;
    `by_quarters` leaves the later quarters of the day their share. Owed is afterwards what was asked for in
    vain.
    """
    with folder.crawling(waiting):
        runs: list[str | None] = []
        failure = None
        owed = stages.owed_of_revisits(folder, budget, by_quarters)
        try:
            runs.append(do("fetch revisits", stages.fetch, folder, manners, owed, progress=progress))
        except CrawlFailedError as error:
            failure = str(error)
        published = _take_in(folder, do, progress)
        left = tuple(story for run in _made(runs) for story in looks.in_vain(folder.warehouse, run))
        behind = _not_kept(folder, do, progress)
    return Receipt(_made(runs), left, failure, _red(folder, do, progress), published=published, behind=behind)


def replay(
    folder: DataFolder,
    days: tuple[date, date] | None = None,
    dry_run: bool = False,
    do: Do = directly,
    progress: Progress = quiet,
    waiting: Callable[[], None] = lambda: None,
) -> tuple[list[Difference] | None, Receipt]:
    """What reading the archive anew under today's rules changes, and the receipt of having done so.

    None in place of the changes where nothing was published to compare with. With `days`, only the archive
    files that hold stories of those days are read. A dry run keeps nothing. No request is made.
    """
    with folder.crawling(waiting):
        runs = ledger.runs_of_days(folder.warehouse, *days) if days else None
        if dry_run:
            return do("preview", stages.preview, folder, progress, runs), Receipt()
        do("extract", stages.extract, folder, progress, runs, thorough=True)
        do("meter", stages.meter, folder, progress)
        changes = do("compare", stages.compare, folder, runs)
        do("watch", watch, folder)
        do("load", stages.load, folder, progress)
        published = _publish(folder, do, progress)
        do("index", stages.index, folder, thorough=True, progress=progress)
        behind = _not_kept(folder, do, progress)
    return changes, Receipt(red=_red(folder, do, progress), published=published, behind=behind)


def bring(
    folder: DataFolder,
    files: Sequence[Path],
    do: Do = directly,
    progress: Progress = quiet,
    waiting: Callable[[], None] = lambda: None,
) -> tuple[Brought, Receipt]:
    """What WARC files of others added to the archive, and the receipt of having taken that in.

    Makes no request. Published whatever came of it: who brings something wants to see it.
    """
    with folder.crawling(waiting):
        do("settle", stages.settle, folder, progress)
        brought = do("import", importing.bring, folder, files, progress)
        published = _take_in(folder, do, progress, anyway=bool(brought.runs))
        behind = _not_kept(folder, do, progress)
    return brought, Receipt(brought.runs, red=_red(folder, do, progress), published=published, behind=behind)


def audited(
    folder: DataFolder,
    do: Do = directly,
    progress: Progress = quiet,
    waiting: Callable[[], None] = lambda: None,
) -> tuple[Audited, Receipt]:
    """What reading the whole archive and asking every check shows. Makes no request.

    What crawls have left is taken in and published first.
    """
    with folder.crawling(waiting):
        published = _take_in(folder, do, progress)
        found = do("audit", auditing.audit, folder, progress)
        red = _red(folder, do, progress)
    return found, Receipt(failure=found.fault, red=red, published=published)


def made_anew(folder: DataFolder, progress: Progress = quiet) -> Receipt:
    """The receipt of having made all that can be made again from archive and journal, and published it.

    Makes no request. The caller holds the right to crawl.
    """
    published = _take_in(folder, directly, progress, anyway=True)
    behind = _not_kept(folder, directly, progress)
    return Receipt(red=_red(folder, directly, progress), published=published, behind=behind)


def accept(folder: DataFolder, field: str) -> int:
    """How many breaks of this field stood, and are accepted from now on: loaded and published."""
    with folder.crawling():
        accepted = accept_field(folder, field)
        stages.load(folder)
        _publish(folder, directly, quiet)
        stages.index(folder)
    return len(accepted)


def _take_in(folder: DataFolder, do: Do, progress: Progress, anyway: bool = False, of: str = "") -> bool:
    do(f"extract{of}", stages.extract, folder, progress)
    do(f"meter{of}", stages.meter, folder, progress)
    do(f"watch{of}", watch, folder)
    do(f"load{of}", stages.load, folder, progress)
    published = _publish(folder, do, progress, anyway, of)
    do(f"index{of}", stages.index, folder, progress=progress)
    return published


def _publish(folder: DataFolder, do: Do, progress: Progress, anyway: bool = False, of: str = "") -> bool:
    """Whether a new file was put in place; what it holds is sent on into the lake, where one is set.

    A lake that cannot be had ends nothing here: a check says so, and the next pass sends what it lacks.
    """
    published = do(f"publish{of}", stages.publish, folder, anyway, progress)
    if lakes.lake_of(folder) is not None:
        with suppress(WarehouseError):
            do(f"share{of}", stages.share, folder, progress)
    return published


def _not_kept(folder: DataFolder, do: Do, progress: Progress) -> str | None:
    """Why the store lacks something, in a line. Where there is no store it is no stage either."""
    return None if folder.store is None else do("keep", storing.kept, folder, progress)


def _red(folder: DataFolder, do: Do, progress: Progress) -> tuple[Check, ...]:
    return tuple(each for each in do("check", stages.check, folder, progress) if not each.green)


def _made(runs: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(run for run in runs if run)
