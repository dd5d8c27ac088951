"""The stages of every pass: plain functions from files to files, in the order of the design.

Only `discover` and `fetch` touch the network, so only they are worth retrying. Every stage can be run twice,
and killed at any moment, without loss: what is owed is asked of the warehouse each time.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import tempfile
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import ceil
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

from crawlers.site import TIME_ZONE
from flows import forgetting, metering
from flows.crawl_log import follow
from flows.folder import DataFolder, FolderError, run_id
from flows.revisits import EDGES, chosen, learnt
from flows.watch import is_drifts, watch
from warehouse import evidence, ledger, looks
from warehouse.checks import Check
from warehouse.checks import check as check_tables
from warehouse.database import readable
from warehouse.differences import Difference, differences
from warehouse.load import Loaded
from warehouse.load import load as load_files
from warehouse.publish import publish as publish_file

if TYPE_CHECKING:
    from crawlers.plan import Owed as PlannedStory
    from warehouse.search import Indexed

LATEST_WINDOW = timedelta(days=3)
"""How long a story that only feeds, sitemap or the latest list named is still asked for. After that its day's
edition owes it."""

LAST_LINES = 8
SETTLE_SECONDS = 20
POOL_BYTES = 8_000_000
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
    level on a crawl's own log is written, where DAWN_LOG_LEVEL does not say it.
    """

    delay: float = 2.0
    contact: str | None = None
    most_disk: int | None = None
    log_level: str = "WARNING"


def mannered(site: str, delay: float, contact: str | None) -> Manners:
    """The manners, if a crawl of this site may have them. Raises FolderError in one line where it may not."""
    from crawlers.plan import Plan, PlanError

    try:
        Plan("check", "latest", site, delay, archive=Path(), journal=Path(), contact=contact)
    except PlanError as error:
        raise FolderError(str(error).replace("'", "", 2)) from None
    return Manners(delay, contact)


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
    return _crawl(folder, manners, spider, day=day, sections=sections, what=what, progress=progress)


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
    return _crawl(folder, manners, "stories", stories=stories, what="stories", progress=progress)


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

    The day is that of Asia/Karachi; what was spent on it stands in the journal, so that several runs, and
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
        return looks.asked(folder.warehouse, [story_id for story_id, _ in found])

    return owed


def _crawl(
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
    from crawlers.archive import Held
    from crawlers.crawl import PARENT, command
    from crawlers.plan import Plan
    from flows.room import lack

    if why := lack(folder, manners.most_disk):
        raise NoRoomError(why)
    _clear_plans(folder)
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
    )
    path = folder.plans / f"{run}.json"
    plan.write(path)
    last: deque[str] = deque(maxlen=LAST_LINES)
    child = subprocess.Popen(
        command(path),
        env={"DAWN_LOG_LEVEL": manners.log_level, **os.environ, PARENT: str(os.getpid())},
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
        raise kind(f"the crawl {run} ended with exit code {code}: {told}")
    return run


def _planned(folder: DataFolder, stories: Sequence[ledger.Owed]) -> tuple[PlannedStory, ...]:
    """The stories as a plan has them; a page is named to its server only if the archive has its run's bytes.

    Else an answer that it is the same would speak of bytes that nobody has.
    """
    from crawlers.archive import Validated
    from crawlers.packs import segments
    from crawlers.plan import Owed, sayable

    lying = segments(folder.archive) if any(story.held for story in stories) else {}

    def validated(story: ledger.Owed) -> Validated | None:
        held = story.held
        if held is None or held.run not in lying:
            return None
        etag, last_modified = (
            said if said is not None and sayable(said) else None for said in (held.etag, held.last_modified)
        )
        if etag is None and last_modified is None:
            return None
        return Validated(held.capture_id, story.url, held.fetched_at, held.digest, etag, last_modified)

    return tuple(Owed(story.story_id, story.url, story.cause, validated(story)) for story in stories)


def _stopped(journal: Path) -> bool:
    from crawlers.journal import Outcome, read

    events = list(read(journal)) if journal.exists() else []
    return bool(events) and events[-1].get("outcome") == Outcome.STOPPED


def _clear_plans(folder: DataFolder) -> None:
    """Nothing; plans of crawls whose parent was killed are gone. The caller holds the right to crawl."""
    for stale in folder.plans.iterdir():
        stale.unlink()


def _keep_the_gap(folder: DataFolder, delay: float) -> None:
    """Nothing, once `delay` seconds have passed since the last crawl of this folder wrote anything.

    A pass is two crawls, and each begins with robots.txt: the site must not see them closer than two stories.
    """
    files = sorted(folder.archive.glob("*.warc.gz"))[-2:] + _journals(folder)[-2:]
    last = max((path.stat().st_mtime for path in files), default=0.0)
    pause = last + delay - datetime.now(UTC).timestamp()
    if 0 < pause <= delay:
        Event().wait(pause)


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
    from crawlers.extracted import extract_archives, is_whole
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
    waiting = [
        (lying, lying.run) for lying in archives if not (target / f"{lying.run}.{RULES}.jsonl.gz").exists()
    ]
    for _, run in waiting:
        _await_writer(folder.journal / f"{run}.jsonl")
    if into is None:
        await_writers(folder)  # its journals may be put in place anew
        forgetting.keep_out(folder, [lying for lying, _ in waiting])
    # A pool costs more than it saves for the few pages of one pass.
    size = sum(lying.size for lying, _ in waiting)
    jobs = (os.cpu_count() or 1) if size > POOL_BYTES else 1
    for path in extract_archives(waiting, target, folder.site, jobs):
        made.append(path)
        progress("extracting", len(made), len(waiting))
    return made


def meter(folder: DataFolder, progress: Progress = quiet) -> int:
    """How many pages the rail meter quarantined, among all that were extracted and not judged yet."""
    progress("looking for rails", 0, None)
    return metering.meter(folder)


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
    loaded = load_files(folder.warehouse, journals, extracts, RULES)
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


def index(folder: DataFolder, thorough: bool = False, progress: Progress = quiet) -> Indexed:
    """What it took to bring the search index up to the published file; `thorough`: see `keep_up`."""
    from warehouse.search import keep_up

    progress("indexing", 0, None)
    return keep_up(folder.public, folder.search, thorough)


def check(folder: DataFolder) -> list[Check]:
    """Every data-quality check over the published file."""
    return check_tables(folder.public)


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
        _await_writer(journal)


def _await_writer(journal: Path) -> None:
    """Nothing, once no process writes this run any more: a crawl outlives a killed parent by a second."""
    try:
        with journal.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
    except FileNotFoundError:  # an archive without a journal: brought here by hand
        return


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
