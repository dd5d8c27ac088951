"""Held stories looked at again: from the day's budget to the edits that are found, against the look-alike."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawlers.journal import read as read_journal
from crawlers.lookalike import Lookalike
from crawlers.lookalike.faults import Reply, status
from crawlers.reading import read
from flows import passes, stages
from flows.crawling import Manners
from flows.folder import DataFolder, open_folder
from tests.flows.conftest import Backfilled, Dawn, tables, told
from warehouse import looks
from warehouse.looks import Candidate

QUICK = Manners(delay=0)


@pytest.fixture
def site(backfilled: Backfilled) -> Lookalike:
    """The site that the folder was filled from."""
    return backfilled.site


@pytest.fixture
def folder(backfilled: Backfilled) -> DataFolder:
    """A day of it, held since over a year: who was not looked at since may well have changed."""
    return open_folder(backfilled.data, backfilled.address)


@pytest.fixture(autouse=True)
def _a_year_later(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks who may have changed finds that what was had before the test was had 400 days ago."""
    real, began = looks.candidates, datetime.now(UTC)

    def later(warehouse: Path, now: datetime) -> Iterator[Candidate]:
        year = timedelta(days=400)
        for each in real(warehouse, now + year):
            seen_at = now + year - timedelta(hours=each.age_now - each.age_then)
            yield each if seen_at < began else each._replace(age_then=each.age_now)

    monkeypatch.setattr(looks, "candidates", later)
    monkeypatch.setattr(looks, "SAMPLED", 2**33)  # every look names the page that is held


def asked(site: Lookalike, since: int) -> list[int]:
    """The statuses that stories' pages were answered with."""
    return [each.status for each in site.requests[since:] if each.path.startswith("/news/")]


def held(folder: DataFolder) -> int:
    return len(told(folder, "from articles"))


def edited(site: Lookalike, folder: DataFolder) -> list[int]:
    """Two stories that begin otherwise by now, of which the site tells nobody.

    Another headline would stand in the rails of other pages, too, whose bytes were others then.
    """
    found = told(folder, "select story_id from articles where kind = 'news' order by story_id limit 2")
    for (story,) in found:
        site.edit(story, sentence=f"Nobody had been told of {story} before.", minutes=0)
    return [story for (story,) in found]


def test_edits_are_seen_the_rest_is_not_sent_again_and_a_rebuild_knows_it(
    dawn: Dawn, site: Lookalike, folder: DataFolder
) -> None:
    stories, before = edited(site, folder), tables(folder.root)
    number, since = held(folder), len(site.requests)
    receipt = passes.revisit(folder, QUICK, 300)
    assert receipt.fault is None and receipt.published
    assert sorted(asked(site, since)) == [200] * 2 + [304] * (number - 2)
    assert told(folder, "select distinct story_id, version, change from edits order by 1") == [
        (story, 2, "body") for story in stories
    ]
    newer = told(folder, "select story_id from versions where version > 1 order by 1")
    assert [story for (story,) in newer] == stories
    same = "from captures where status = 304"
    assert told(folder, f"select count(*), sum(bytes), count(revisit_of) {same}") == [
        (number - 2, 0, number - 2)
    ]
    unchanged = told(folder, "select story_id from core.ledger where unchanged order by 1")
    assert unchanged == told(folder, f"select story_id {same} order by 1")
    [run] = receipt.runs
    assert all(one.content == b"" for one in read(folder.archive / f"{run}.warc.gz") if one.status == 304)
    # A 304 is neither a page without a text nor an edit, and no story's text is another for it.
    after = tables(folder.root)
    assert after["main.rejections"] == before["main.rejections"]
    # Archive and journal are the truth.
    for path in (folder.public, folder.warehouse):
        path.unlink()
    shutil.rmtree(folder.extracted)
    again = dawn("replay")
    assert again.returncode == 0, again.stderr
    rebuilt = tables(folder.root)
    assert rebuilt.keys() == after.keys()
    for name, rows in after.items():
        assert rebuilt[name] == rows, name


@pytest.mark.slow
def test_a_days_runs_share_one_budget(site: Lookalike, folder: DataFolder) -> None:
    """What was spent stands in the journal: of a run that was killed, too, and of whoever starts anew."""
    number, since = held(folder), len(site.requests)
    budget = number - 3
    first = passes.revisit(folder, QUICK, budget)
    assert len(asked(site, since)) == budget
    journal = folder.journal / f"{first.runs[0]}.jsonl"
    events = journal.read_text("utf-8").splitlines(keepends=True)
    assert '"end"' in events[-1]
    # As a kill leaves it: no end. And no table knows it any more.
    journal.write_text("".join(events[:-1]), "utf-8")
    for path in (folder.public, folder.warehouse):
        path.unlink()
    passes.revisit(folder, QUICK, budget + 2)
    assert len(asked(site, since)) == budget + 2, "the second run has what the first one left"
    paths = [each.path for each in site.requests[since:] if each.path.startswith("/news/")]
    assert len(paths) == len(set(paths)), "and asks for others"
    requests = len(site.requests)
    third = passes.revisit(folder, QUICK, budget + 2)
    assert (third.runs, third.fault) == ((), None)
    assert len(site.requests) == requests, "not even robots.txt is asked for"
    assert passes.revisit(folder, QUICK, 300).fault is None
    assert len(asked(site, since)) == number
    assert passes.revisit(folder, QUICK, 300).runs == (), "what was just looked at is worth no request"


def test_each_quarter_of_a_day_is_left_its_share(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    spent: list[date] = []
    monkeypatch.setattr(looks, "spent", lambda _, day: spent.append(day) or 2)

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return moment

    monkeypatch.setattr(stages, "datetime", Clock)
    numbers = []
    for hour in (0, 7, 13, 23):  # in Karachi
        moment = datetime(2026, 12, 1, hour, tzinfo=UTC) - timedelta(hours=5)
        numbers.append(len(stages.owed_of_revisits(folder, 14, by_quarters=True)()))
    assert numbers == [3, 4, 6, 12]
    assert set(spent) == {date(2026, 12, 1)}


@pytest.mark.slow
def test_without_the_original_in_the_archive_the_page_is_asked_for_whole(
    site: Lookalike, folder: DataFolder
) -> None:
    """Its bytes are gone: that it is the same would say that we have what we have not."""
    [archive] = list(folder.archive.glob("*-stories-*.warc.gz"))
    archive.unlink()
    since = len(site.requests)
    passes.revisit(folder, QUICK, 5)
    assert asked(site, since) == [200] * 5


def test_a_304_to_nothing_is_owed_and_asked_again_by_latest(
    dawn: Dawn, site: Lookalike, folder: DataFolder
) -> None:
    [archive] = list(folder.archive.glob("*-stories-*.warc.gz"))
    bytes_, versions = archive.read_bytes(), told(folder, "select story_id, version from versions order by 1")
    archive.unlink()
    site.faults[lambda path: path.startswith("/news/")] = lambda _: Reply(304, (), b"")
    receipt = passes.revisit(folder, QUICK, 1)
    archive.write_bytes(bytes_)
    assert len(receipt.owed) == 1
    assert receipt.fault and "answered 304, though no page was named" in receipt.fault
    assert told(folder, "select story_id, version from versions order by 1") == versions
    site.faults.clear()
    [owed] = stages.owed_of_latest(folder)()
    assert (owed.story_id, owed.cause, owed.held) == (receipt.owed[0].story_id, "failed", None)


@pytest.mark.slow
def test_a_site_that_is_down_costs_no_budget_and_says_so(site: Lookalike, folder: DataFolder) -> None:
    site.faults["*"] = status(503)
    receipt = passes.revisit(folder, QUICK, 3)
    assert receipt.fault and "robots.txt" in receipt.fault
    site.faults.clear()
    since = len(site.requests)
    assert passes.revisit(folder, QUICK, 3).fault is None
    assert len(asked(site, since)) == 3


def test_the_command_spends_nothing_where_nothing_can_have_changed(
    dawn: Dawn, site: Lookalike, folder: DataFolder
) -> None:
    """In a process of its own, for which no year has passed."""
    requests = len(site.requests)
    done = dawn("revisit", "--budget", "10", "--delay", "0")
    assert done.returncode == 0, done.stderr
    assert f"{held(folder)} articles in" in done.stdout and "nothing changed" in done.stdout
    assert len(site.requests) == requests
    wrong = dawn("revisit", "--budget", "-1")
    assert wrong.returncode == 2 and "not in the range" in wrong.stderr


@pytest.mark.slow
def test_the_journal_says_why_each_was_asked_for(dawn: Dawn, folder: DataFolder) -> None:
    [run] = passes.revisit(folder, QUICK, 2).runs
    said = [one for one in read_journal(folder.journal / f"{run}.jsonl") if one["event"] == "request"]
    assert [one["cause"] for one in said] == ["revisit"] * 2
    told_by_why = dawn("why", str(said[0]["story_id"])).stdout
    assert f"asked for again, revisit, run {run}" in told_by_why
    assert "status 304, 0 bytes" in told_by_why and "unchanged when it was had again" in told_by_why
