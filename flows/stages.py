"""The stages of every pass: plain functions from files to files, in the order of the design.

Only `discover` and `fetch` touch the network, so only they are worth retrying. Every stage can be run twice,
and killed at any moment, without loss: what is owed is asked of the warehouse each time.
"""

from __future__ import annotations

import os
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from crawlers.site import TIME_ZONE
from flows import forgetting, lakes, metering, storing
from flows.crawling import Manners, Progress, await_writer, await_writers, crawl, quiet
from flows.folder import DataFolder
from flows.revisits import EDGES, chosen, learnt
from flows.watch import watch
from warehouse import evidence, ledger, looks
from warehouse.checks import Check
from warehouse.checks import check as check_tables
from warehouse.database import readable
from warehouse.differences import Difference, differences
from warehouse.load import Loaded
from warehouse.load import load as load_files
from warehouse.publish import publish as publish_file

if TYPE_CHECKING:
    from crawlers.packs import Segment
    from warehouse.lake import Sent
    from warehouse.search import Indexed

LATEST_WINDOW = timedelta(days=3)
"""How long a story that only feeds, sitemap or the latest list named is still asked for. After that its day's
edition owes it."""

POOL_BYTES = 8_000_000


# ── fetch ────────────────────────────────────────────────────────────────────────────────────────────────


def discover(
    folder: DataFolder,
    manners: Manners,
    spider: str,
    day: date | None = None,
    sections: Sequence[tuple[str, str]] = (),
    progress: Progress = quiet,
) -> str:
    """The run that read the listings: of `day` for the spider `edition`, the newest for `latest`.

    Of an edition only these (place, section) pairs, where some are named. Fetches no story. Raises
    CrawlFailedError; what was read until then is kept and counts.
    """
    what = f"listings of {day}" if day else "feeds, sitemap, latest news"
    return crawl(folder, manners, spider, day=day, sections=sections, what=what, progress=progress)


def fetch(
    folder: DataFolder,
    manners: Manners,
    owed: Callable[[], Sequence[ledger.Owed]],
    progress: Progress = quiet,
) -> str | None:
    """The run that asked for the stories that are owed, or None where none is.

    Takes in what earlier crawls left first, so that a second try asks only for what the first did not get.
    Raises CrawlFailedError; what was fetched until then is kept and counts.
    """
    settle(folder, progress)
    gone = forgetting.remembered(folder)
    stories = [story for story in owed() if story.story_id not in gone]
    if not stories:
        return None
    return crawl(folder, manners, "stories", stories=stories, what="stories", progress=progress)


def owed_of_day(folder: DataFolder, day: date) -> Callable[[], Sequence[ledger.Owed]]:
    """The question which stories a day's editions owe."""
    return lambda: ledger.owed_of_day(folder.warehouse, day)


def missing(folder: DataFolder, first: date, last: date) -> list[ledger.Missing]:
    """The days of a range that lack something: listings to read, stories owed. Of a complete day, nothing."""
    from crawlers.site import EDITION

    listings = [(one.place.value, one.section) for one in EDITION]
    return ledger.missing(folder.warehouse, first, last, listings)


def owed_of_latest(folder: DataFolder) -> Callable[[], Sequence[ledger.Owed]]:
    """The question which stories the rolling lists owe, new ones and changed ones."""
    # A sitemap goes on to say that a forgotten story changed.
    return lambda: [
        story
        for story in ledger.owed_of_latest(folder.warehouse, datetime.now(UTC) - LATEST_WINDOW)
        if story.story_id not in forgetting.remembered(folder)
    ]


def owed_of_revisits(
    folder: DataFolder, budget: int, by_quarters: bool = False
) -> Callable[[], Sequence[ledger.Owed]]:
    """The question which held stories are worth another look now, as many as the day's budget still has.

    The day is the site's; what was spent on it stands in the journal, so that several runs, and
    those that were killed, share one budget. With `by_quarters` each of the day's later quarters, six hours
    long, is left as much as this one.
    """

    def owed() -> Sequence[ledger.Owed]:
        now = datetime.now(UTC)
        here = now.astimezone(TIME_ZONE)
        left = budget - looks.spent(folder.warehouse, here.date())
        if by_quarters:
            left = ceil(left / (4 - here.hour // 6))
        if left <= 0:
            return []
        gone = forgetting.remembered(folder)
        rates = learnt(looks.history(folder.warehouse, EDGES))
        candidates = looks.candidates(folder.warehouse, now)
        found = chosen((each for each in candidates if each.story_id not in gone), rates, left)
        asked = looks.asked(folder.warehouse, [story_id for story_id, _ in found])
        lies = looks.lies(folder.warehouse)
        # One look in so many names no page, another one each day: else a server could say 304 for ever.
        sampled = here.toordinal() % looks.SAMPLED
        return [
            replace(each, held=None) if lies or each.story_id % looks.SAMPLED == sampled else each
            for each in asked
        ]

    return owed


# ── extract and load ─────────────────────────────────────────────────────────────────────────────────────


def extract(
    folder: DataFolder,
    progress: Progress = quiet,
    runs: set[str] | None = None,
    into: Path | None = None,
    thorough: bool = False,
) -> list[Path]:
    """The extracts made now: one for each run in the archive (or of `runs`) without one under today's rules.

    Pure but for its files: no network, no table. `into` is another folder than the usual one, where all
    are made anew. A file that is damaged counts as none: it is looked at before a load takes it in, and
    each time where `thorough`.
    """
    from crawlers.extract import RULES
    from crawlers.extracted import is_whole
    from crawlers.packs import segments

    made: list[Path] = []
    target = into or folder.extracted
    archives = [lying for run, lying in segments(folder.archive).items() if runs is None or run in runs]
    for stale in target.glob(".*"):  # half a file of a process that was killed
        stale.unlink()
    if into is None:
        loaded = evidence.loaded(folder.warehouse) if folder.warehouse.exists() and not thorough else set()
        for path in sorted(target.glob(f"*.{RULES}.jsonl.gz")):
            if path.name not in loaded and not is_whole(path):
                path.unlink()
    waiting = [lying for lying in archives if not (target / f"{lying.run}.{RULES}.jsonl.gz").exists()]
    for lying in waiting:
        await_writer(folder.journal / f"{lying.run}.jsonl")
    if into is None:
        await_writers(folder)  # its journals may be put in place anew
        forgetting.keep_out(folder, waiting)
    # Before it is read: a disk that is lost now costs no page.
    is_kept = not waiting or into is not None or storing.kept_so_far(folder, progress)
    # A pool costs more than it saves for the few pages of one pass.
    size = sum(lying.size for lying in waiting)
    jobs = (os.cpu_count() or 1) if size > POOL_BYTES else 1
    if waiting:
        progress("extracting", 0, len(waiting))

    def done(path: Path) -> None:
        made.append(path)
        progress("extracting", len(made), len(waiting))

    if folder.dask is not None and into is None and is_kept and size > POOL_BYTES:
        _spread(folder, waiting, done)
    else:
        for path in _extracted(folder, waiting, target, jobs):
            done(path)
    return made


def _spread(folder: DataFolder, waiting: Sequence[Segment], done: Callable[[Path], None]) -> None:
    from crawlers.workers import NoWorkersError

    try:
        from flows.spreading import spread
    except ImportError as error:
        raise NoWorkersError(
            f"Dask is not here ({error.name}): pip install 'dawn-as-a-table[dask]', or unset DAWN_DASK"
        ) from error
    spread(folder, waiting, done)


def _extracted(folder: DataFolder, waiting: Sequence[Segment], target: Path, jobs: int) -> Iterator[Path]:
    """The extracts of these runs as they come, made by processes of this machine.

    What the store alone has comes in batches, each of which goes once it was read.
    """
    from crawlers.away import batches
    from crawlers.extracted import extract_archives

    here = [lying for lying in waiting if lying.away is None]
    yield from extract_archives([(lying, lying.run) for lying in here], target, folder.site, jobs)
    for batch in batches(lying for lying in waiting if lying.away is not None):
        with storing.at_hand(folder, batch) as brought:
            yield from extract_archives([(lying, lying.run) for lying in brought], target, folder.site, jobs)


def meter(folder: DataFolder, progress: Progress = quiet) -> int:
    """How many pages the rail meter quarantined, among all that were extracted and not judged yet."""
    progress("looking for rails", 0, None)
    return metering.meter(folder, told=lambda done, total: progress("looking for rails", done, total))


def load(folder: DataFolder, progress: Progress = quiet) -> Loaded:
    """What changed by loading every journal and every judged extract under today's rules not loaded yet.

    Extracts under older rules are removed once today's are in: they are a cache.
    """
    from crawlers.extract import RULES

    await_writers(folder)
    journals = sorted(folder.journal.glob("*.jsonl"))
    judged = metering.judged_runs(folder)
    made = sorted(folder.extracted.glob(f"*.{RULES}.jsonl.gz"))
    extracts = [path for path in made if metering.run_of_extract(path) in judged]
    progress("loading", 0, None)
    loaded = load_files(
        *(folder.warehouse, journals, extracts, RULES),
        told=lambda done, total: progress("loading", done, total),
    )
    current = {metering.run_of_extract(path) for path in extracts}
    for path in folder.extracted.glob("*.jsonl.gz"):
        if path not in extracts and metering.run_of_extract(path) in current:
            path.unlink()
    return loaded


def settle(folder: DataFolder, progress: Progress = quiet) -> Loaded:
    """What changed by taking in all that crawls have left: extract, judge, watch, then load."""
    extract(folder, progress)
    meter(folder, progress)
    watch(folder)
    return load(folder, progress)


def publish(folder: DataFolder, anyway: bool = False, progress: Progress = quiet) -> bool:
    """Whether a new `dawn.duckdb` was put in place: only where rows changed, or `anyway`."""
    progress("publishing", 0, None)
    return publish_file(folder.warehouse, folder.public, anyway)


def share(folder: DataFolder, progress: Progress = quiet) -> Sent | None:
    """What was sent of the published file into the lake; None where none is set. See `flows.lakes`."""
    return lakes.send(folder, progress)


def index(folder: DataFolder, thorough: bool = False, progress: Progress = quiet) -> Indexed:
    """What it took to bring the search index up to the published file; `thorough`: see `keep_up`."""
    from warehouse.search import keep_up

    progress("indexing", 0, None)
    return keep_up(
        *(folder.public, folder.search, thorough),
        told=lambda done, total: progress("indexing", done, total),
    )


def check(folder: DataFolder, progress: Progress = quiet) -> list[Check]:
    """Every data-quality check over the published file, and whether the lake, where one is set, has it."""
    checks = check_tables(folder.public, told=lambda done, total: progress("checking", done, total))
    lake = lakes.held(folder)
    return [*checks, lake] if lake else checks


def outcome(folder: DataFolder, result: object) -> str | None:
    """What a stage gave, as one line for a log; None where there is nothing to say."""
    from crawlers.journal import read

    match result:
        case str() if (journal := folder.journal / f"{result}.jsonl").exists():
            end = deque(read(journal), maxlen=1)
            said = end[0] if end and end[0]["event"] == "end" else {"outcome": "killed", "reason": "no end"}
            counts = ", ".join(f"{said[n]} {n}" for n in ("requests", "responses", "bytes") if n in said)
            return f"{result} {said['outcome']} ({said['reason']}): {counts}"
        case Loaded():
            changes = [
                f"{count} {what} {how.lower()}ed".replace("eed", "ed")
                for what in ("articles", "versions", "edits", "editions")
                for how, count in getattr(result, what).items()
            ]
            return f"{result.files} files taken in; {', '.join(changes) or 'no row changed'}"
        case [Check(), *_]:
            found = [each for each in result if isinstance(each, Check) and not each.green]
            return f"{len(result)} checks, {len(found) or 'none'} red"
    return None


# ── replay ───────────────────────────────────────────────────────────────────────────────────────────────


def preview(
    folder: DataFolder, progress: Progress = quiet, runs: set[str] | None = None
) -> list[Difference] | None:
    """What reading the archive anew under today's rules would change; None where nothing is published yet.

    Nothing is kept, no request is made.
    """
    if not folder.public.exists():
        return None
    with tempfile.TemporaryDirectory(prefix="dawn-replay-") as scratch:
        made = extract(folder, progress, runs, into=Path(scratch))
        return differences(folder.public, made, metering.judged_anew(folder, made, Path(scratch)))


def compare(folder: DataFolder, runs: set[str] | None = None) -> list[Difference] | None:
    """What today's extracts read otherwise than what is published; None where nothing readable is."""
    from crawlers.extract import RULES

    if not readable(folder.public):  # a damaged one is about to be replaced
        return None
    made = sorted(folder.extracted.glob(f"*.{RULES}.jsonl.gz"))
    chosen = [path for path in made if runs is None or metering.run_of_extract(path) in runs]
    return differences(folder.public, chosen, metering.quarantined(folder))
