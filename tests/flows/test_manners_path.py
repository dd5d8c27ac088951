"""What the site asked of one run is kept by the next one: patience, the day's requests, lists unchanged."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from crawlers.lookalike import Lookalike
from crawlers.lookalike.faults import once, status
from flows import passes
from flows.crawling import Manners
from flows.folder import DataFolder, open_folder
from tests.flows.conftest import Backfilled, Dawn, told

QUICK = Manners(delay=0)


@pytest.fixture
def site(backfilled: Backfilled) -> Lookalike:
    return backfilled.site


@pytest.fixture
def folder(backfilled: Backfilled) -> DataFolder:
    return open_folder(backfilled.data, backfilled.address)


def rewritten(journal: Path, until: datetime) -> None:
    """Nothing; the site had asked for patience until then."""
    events = [json.loads(line) for line in journal.read_text("utf-8").splitlines()]
    for event in events:
        if "until" in event:
            event["until"] = until.isoformat()
    journal.write_text("".join(json.dumps(event) + "\n" for event in events), "utf-8")


@pytest.mark.slow
def test_who_asked_for_an_hour_is_not_asked_within_it_by_any_run(
    dawn: Dawn, site: Lookalike, folder: DataFolder
) -> None:
    site.faults["/feeds/home"] = once(status(429, (("Retry-After", "3600"),)))
    first = passes.latest(folder, QUICK)
    assert "asks not to be asked before" in (first.fault or "")
    requests = len(site.requests)
    for again in (passes.latest(folder, QUICK), passes.revisit(folder, QUICK, 10)):
        if again.failure:
            assert "asked not to be asked before" in again.failure
            assert "so nothing was asked" in again.failure
    assert len(site.requests) == requests
    # The command says it in one line; and archive and journal are the truth.
    for path in (folder.warehouse, folder.public):
        path.unlink()
    done = dawn("run", "--delay", "0")
    assert done.returncode == 1
    assert "asked not to be asked before" in done.stderr.strip().splitlines()[-1]
    assert len(site.requests) == requests
    # The time comes, and it is asked again.
    [asked_off] = [path for path in folder.journal.glob("*-latest-*") if b"come_back" in path.read_bytes()]
    ahead = datetime.now(UTC) + timedelta(seconds=1.5)
    rewritten(asked_off, ahead)
    for path in (folder.warehouse, folder.public):
        path.unlink()
    assert passes.latest(folder, QUICK).fault is None
    assert len(site.requests) > requests
    assert datetime.now(UTC) >= ahead, "what little was left was waited for"


@pytest.mark.slow
def test_a_days_requests_are_those_of_all_its_runs(dawn: Dawn, site: Lookalike, folder: DataFolder) -> None:
    [(had,)] = told(folder, "select count(*) from captures")  # by whoever filled the folder, today
    assert isinstance(had, int)
    since = len(site.requests)
    few = replace(QUICK, most_requests=had + 3)
    first = passes.latest(folder, few)
    assert "the requests of this day are spent" in (first.fault or "")
    assert len(site.requests) == since + 3
    again = passes.latest(folder, few)
    assert f"the {had + 3} requests of {passes.today()} are spent" in (again.fault or "")
    assert len(site.requests) == since + 3
    done = dawn("run", "--delay", "0", "--max-requests", "1")
    assert done.returncode == 1
    assert "are spent: what is owed is asked for tomorrow" in done.stderr.strip().splitlines()[-1]
    assert len(site.requests) == since + 3
    assert passes.latest(folder, QUICK).fault is None, "on this machine they are not bounded by themselves"


@pytest.mark.slow
def test_lists_that_are_the_same_are_not_sent_again_and_the_runs_say_what_that_saved(
    site: Lookalike, folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("warehouse.looks.SAMPLED", 2**33)
    assert passes.latest(folder, QUICK).fault is None
    second = passes.latest(folder, QUICK)
    assert second.fault is None and len(second.runs) == 1
    assert not second.published, "nothing changed"
    edited = site.edit_one()
    third = passes.latest(folder, QUICK)
    assert third.fault is None and len(third.runs) == 2
    rows = told(
        folder,
        "select not_modified > 3, bytes_saved > 1000, requests = captures, broken_promises, len(robots)"
        f" from runs where run = '{second.runs[0]}'",
    )
    assert rows == [(True, True, True, [], 71)]
    assert told(folder, "select story_id from versions where version > 1") == [(edited.id,)]
    assert [each for each in third.red if "promise" in each.name or "recognised" in each.name] == []


def test_a_feed_that_is_none_any_more_is_red_and_mended_by_the_next(
    site: Lookalike, folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("warehouse.looks.SAMPLED", 1)  # nothing is named: what is served is what counts
    site.faults["/feeds/home"] = lambda reply: replace(reply, headers=(), payload=b"<p>We have moved.</p>")
    broken = passes.latest(folder, QUICK)
    site.faults.clear()
    assert [each.name for each in broken.red] == ["every_listing_is_recognised"]
    assert "/feeds/home" in str(broken.red[0].rows)
    mended = passes.latest(folder, QUICK)
    assert mended.fault is None


def of_story(number: int) -> Callable[[str], bool]:
    """Whether a path is that story's, under any slug."""
    return lambda path: path.startswith(f"/news/{number}")


@pytest.mark.slow
def test_the_receipts_of_a_polite_day_are_what_the_sites_own_log_says(dawn: Dawn, tmp_path: Path) -> None:
    """A day by several crawls, of a site that strains: its log is what the crawls never see."""
    site, delay = Lookalike(days=1), 0.25
    busy = [story.id for story in site.newest if story.id not in site.gone][3:30:9]
    for number, code in zip(busy, (429, 503, 429), strict=False):
        site.faults[of_story(number)] = once(status(code, (("Retry-After", "2"),)))
    with site.serve() as address:
        words = ["--site", address, "--delay", str(delay), "--data", str(tmp_path / "data")]
        assert dawn("backfill", str(site.days[0]), *words).returncode == 0
        site.edit_one()
        assert dawn("run", *words[2:]).returncode == 0
    log = site.requests
    assert min(after.at - before.at for before, after in pairwise(log)) >= delay
    waits = [(before, after) for before, after in pairwise(log) if before.status in (429, 503)]
    assert len(waits) == len(busy)
    for asked_off, after in waits:
        assert after.at - asked_off.at >= 2.0
        assert after.path == asked_off.path, "and everything else waited as well"
    folder = open_folder(tmp_path / "data", address)
    rows = told(
        folder, "select requests, statuses, smallest_gap, gap_promised, broken_promises, outcome from runs"
    )
    assert sum(int(str(row[0])) for row in rows) == len(log)
    counted: Counter[int] = Counter()
    for _, statuses, gap, promised, broken, outcome in rows:
        assert isinstance(statuses, list)
        counted.update({each["status"]: each["answers"] for each in statuses})
        assert (promised, broken, outcome) == (delay, [], "finished")
        assert isinstance(gap, float) and gap >= delay - 0.02
    assert counted == Counter(request.status for request in log)
    assert told(folder, "select sum(seconds_asked) from runs") == [(2.0 * len(busy),)]
