"""The stage between extract and load: the rail meter over what was extracted and not yet judged.

Its verdicts go to the journal, so that a rebuild repeats them and never decides anew. They are those of one
set of rules: under others every page is judged again, and released where nothing is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.folder import DataFolder, run_id
from warehouse import evidence

if TYPE_CHECKING:
    from crawlers.meter import Verdict
    from crawlers.suspects import Known, Suspicion

WINDOW = timedelta(days=7)
"""How long before and after a page was fetched the teasers of other pages count: rails change by the hour."""

GROUP_BYTES = 24_000_000
"""Extracted files are judged together up to this size, some 10,000 pages: what one says of another counts."""

METER = "meter"


def meter(folder: DataFolder, told: Callable[[int, int], None] = lambda _, __: None) -> int:
    """How many pages were quarantined now: every extract under today's rules is judged afterwards.

    `told` is called with how many files were judged and how many are to be.

    Takes the evidence of all extracts in, judges those that no journal calls judged, and writes a journal for
    each group of them. Makes no request. Killed at any moment it leaves a group judged or not.
    """
    from crawlers.extract import RULES
    from crawlers.journal import write_verdicts

    for stale in folder.journal.glob("*.jsonl.new"):
        stale.unlink()
    files = sorted(folder.extracted.glob(f"*.{RULES}.jsonl.gz"))
    evidence.take_in(folder.warehouse, files, RULES)
    done = judged_runs(folder)
    found = 0
    waiting = [path for path in files if run_of_extract(path) not in done]
    judged = 0
    for group in _groups(waiting):
        verdicts, pages = judge(folder.warehouse, group)
        write_verdicts(folder.journal / f"{run_id(METER)}.jsonl", RULES, verdicts, pages)
        found += len(verdicts)
        judged += len(group)
        told(judged, len(waiting))
    return found


def judged_runs(folder: DataFolder) -> set[str]:
    """The runs that were judged under today's rules, whether or not their journal is loaded yet."""
    from crawlers.extract import RULES

    waiting = _waiting(folder)
    said = {event["of_run"] for event in waiting if event["event"] == "judged" and event["rules"] == RULES}
    return said | evidence.judged_runs(folder.warehouse, RULES)


def quarantined(folder: DataFolder) -> set[tuple[str, int]]:
    """The (capture, item) pairs that are quarantined under today's rules, loaded or not."""
    from crawlers.extract import RULES

    said = {
        (event["capture_id"], event["item"])
        for event in _waiting(folder)
        if event["event"] == "quarantine" and event["rules"] == RULES
    }
    return said | evidence.quarantined(folder.warehouse, RULES)


def judged_anew(folder: DataFolder, made: Sequence[Path], scratch: Path) -> set[tuple[str, int]]:
    """The (capture, item) pairs of extracts made on trial that are, or would be, quarantined.

    What was judged under today's rules stays so; the rest is judged by these extracts alone, in a warehouse
    of their own at `scratch`. Nothing of it is kept.
    """
    from crawlers.extract import RULES

    done = judged_runs(folder)
    trial = scratch / "trial.duckdb"
    evidence.take_in(trial, made, RULES)
    found = quarantined(folder)
    for group in _groups(sorted(path for path in made if run_of_extract(path) not in done)):
        found |= {(verdict.capture_id, verdict.item) for verdict in judge(trial, group)[0]}
    return found


def judge(warehouse: Path, files: Sequence[Path]) -> tuple[list[Verdict], dict[str, int]]:
    """The verdicts on extracted files whose evidence the warehouse has, and how many pages each run has.

    Holds what is said around the pages and the suspicious ones among them, never all of them.
    """
    from crawlers.extract import RULES
    from crawlers.extracted import page_of, stored_lines
    from crawlers.meter import judge as judge_one
    from crawlers.rails import Teaser
    from crawlers.suspects import Known, Repeats

    fetched: list[datetime] = []
    own: list[Teaser] = []
    repeats: dict[Path, frozenset[str]] = {}
    for path in files:
        bodies_of_run = Repeats()
        for line in stored_lines(path):
            page = page_of(line)
            if page is None:
                continue
            fetched.append(datetime.fromisoformat(line["fetched_at"]))
            story, body = str(page.story_id), "\n\n".join(page.paragraphs)
            own += (Teaser(story, "headline", page.title), Teaser(story, "opening", body[: evidence.OPENING]))
            bodies_of_run.add(page, " | ".join(line["article"]["authors"]))
        repeats[path] = bodies_of_run.lines()
    pages = {run_of_extract(path): 0 for path in files}
    if not fetched:
        return [], pages
    around = evidence.surroundings(warehouse, RULES, min(fetched) - WINDOW, max(fetched) + WINDOW)
    known = Known([*(Teaser(*each) for each in around.teasers), *own], around.furniture)
    suspicions = list(_suspicions(repeats, known, pages))
    wanted = {story for each in suspicions for story in each.stories}
    bodies = {
        str(story): body
        for story, body in evidence.bodies(
            warehouse, {int(each) for each in wanted if each.isdigit()}
        ).items()
    }
    for path in files if wanted else ():
        for line in stored_lines(path):
            page = page_of(line)
            if page is not None and str(page.story_id) in wanted:
                bodies[str(page.story_id)] = "\n\n".join(page.paragraphs)
    verdicts = [verdict for each in suspicions if (verdict := judge_one(each, bodies)) is not None]
    return sorted(verdicts, key=lambda verdict: (verdict.capture_id, verdict.item)), pages


def run_of_extract(path: Path) -> str:
    """The run whose extracted file this is."""
    return path.name.split(".", 1)[0]


def is_meters(journal: Path) -> bool:
    """Whether a journal is the meter's, and no crawl's."""
    return f"-{METER}-" in journal.name


def _suspicions(
    repeats: Mapping[Path, frozenset[str]], known: Known, pages: dict[str, int]
) -> Iterator[Suspicion]:
    from crawlers.extracted import page_of, stored_lines

    for path, repeated in repeats.items():
        for line in stored_lines(path):
            page = page_of(line)
            if page is None:
                continue
            pages[run_of_extract(path)] += 1
            suspicion = known.look(page, repeated)
            if suspicion is not None:
                yield suspicion


def _groups(files: Sequence[Path]) -> Iterator[list[Path]]:
    group: list[Path] = []
    size = 0
    for path in files:  # by name, and so by time
        if group and size + path.stat().st_size > GROUP_BYTES:
            yield group
            group, size = [], 0
        group.append(path)
        size += path.stat().st_size
    if group:
        yield group


def _waiting(folder: DataFolder) -> list[dict[str, Any]]:
    """The events of the meter's journals that are not loaded yet."""
    from crawlers.journal import read

    loaded = evidence.loaded(folder.warehouse)
    paths = sorted(path for path in folder.journal.glob("*.jsonl") if is_meters(path))
    return [event for path in paths if path.name not in loaded for event in read(path)]
