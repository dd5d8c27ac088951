"""A site redesigned overnight: the first batch goes red, says what and where, and nothing is applied."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crawlers.extract import RULES
from crawlers.lookalike import Lookalike, Redesign
from flows import passes, stages
from flows.crawling import Manners, last_run
from flows.folder import open_folder
from flows.watch import episodes, watch
from tests.flows.conftest import Dawn, tables

WHOLE = {"article", "layout", "body"}  # what may be missing where no layout knows the page


@pytest.fixture
def site() -> Lookalike:
    return Lookalike(days=3)


@pytest.fixture
def data(dawn: Dawn, site: Lookalike, address: str, tmp_path: Path) -> Path:
    """A folder with two days of the paper, as it always looked."""
    days = sorted(site.days)
    done = dawn("backfill", f"{days[0]}..{days[1]}", "--site", address, "--delay", "0")
    assert done.returncode == 0, done.stderr
    return tmp_path / "data"


def asked(dawn: Dawn, sql: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in dawn("sql", sql, "--format", "jsonl").stdout.splitlines()]


@pytest.mark.slow
def test_the_first_batch_after_a_redesign_goes_red_and_new_rules_mend_it(
    dawn: Dawn, site: Lookalike, data: Path, tmp_path: Path
) -> None:
    held = "select story_id, title, authors, body, version from articles order by all"
    before = asked(dawn, held)
    site.redesign = frozenset({Redesign.FRAME, Redesign.BODY})
    done = dawn("run", "--delay", "0")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith("red, first: no field went missing")

    found = next(row for row in asked(dawn, "from breaks") if row["field"] in WHOLE)
    assert found["state"] == "open"
    assert found["holding"] < found["pages"] / 2
    assert found["pages"] >= 10
    assert found["past_holding"] == found["past_pages"] >= 20
    shown = dawn("check")
    assert shown.returncode == 1
    assert "title: h1.headline__text instead of .story__title" in shown.stdout
    assert "byline: span.credit instead of .story__byline" in shown.stdout
    assert "content: div.article-text instead of .story__content" in shown.stdout
    assert f"/news/{found['without'][0]['story_id']}" in shown.stdout

    # Nothing of it was applied: the rules are the same, and so is every article that was held.
    assert {row["rules"] for row in asked(dawn, "select distinct rules from articles")} == {RULES}
    assert [row for row in asked(dawn, held) if row in before] == before

    # A rebuild repeats it from the journal, and the next pass does not notice it once more.
    rebuilt = tables(data)
    for path in (data / "dawn.duckdb", data / "warehouse.duckdb"):
        path.unlink()
    shutil.rmtree(data / "extracted")
    assert dawn("replay").returncode == 1
    assert tables(data) == rebuilt
    assert dawn("run", "--delay", "0").returncode == 1
    assert len(asked(dawn, "from breaks")) == len(rebuilt["main.breaks"])

    # Somebody agrees, and writes it down.
    root = Path(__file__).parents[2]
    for room in ("crawlers", "warehouse", "flows"):
        shutil.copytree(root / room, tmp_path / "changed" / room)
    with (tmp_path / "changed/crawlers/site.py").open("a", encoding="utf-8") as facts:
        facts.write(
            "\nfrom dataclasses import replace as _but\n"
            "_OLD = next(each for each in LAYOUTS if each.name == 'newskit-2025')\n"
            "LAYOUTS = (_but(_OLD, name='made-up', shows='.opening', header='.opening',"
            " main='.reading', title='h1.headline__text', byline='span.credit',"
            " content='div.article-text'), *LAYOUTS)\n"
        )
    mended = dawn("replay", settings={"PYTHONPATH": str(tmp_path / "changed")})
    assert mended.returncode == 0, mended.stderr
    assert {row["state"] for row in asked(dawn, "from breaks")} == {"mended"}
    assert dawn("check").returncode == 0
    assert len(asked(dawn, held)) > len(before) + 10


@pytest.mark.slow
def test_a_field_that_is_gone_for_good_is_accepted(dawn: Dawn, site: Lookalike, data: Path) -> None:
    site.redesign = frozenset({Redesign.DATES})
    assert dawn("run", "--delay", "0").returncode == 1
    fields = {row["field"] for row in asked(dawn, "from breaks")}
    assert fields == {"published_at", "updated_at"}
    shown = dawn("check")
    assert "published_at: time[datetime]" in shown.stdout
    wrong = dawn("check", "--accept", "title")
    assert wrong.returncode == 2
    assert "is no field that went missing" in wrong.stderr
    done = dawn("check", "--accept", "published_at", "--accept", "updated_at")
    assert done.returncode == 0, done.stderr
    assert {row["state"] for row in asked(dawn, "from breaks")} == {"accepted"}
    assert dawn("run", "--delay", "0").returncode == 0


@pytest.fixture
def served(site: Lookalike, tmp_path: Path) -> Iterator[stages.DataFolder]:
    with site.serve() as address:
        yield open_folder(tmp_path / "data", address)


@pytest.mark.slow
def test_killed_before_the_load_it_notices_nothing_twice(site: Lookalike, served: stages.DataFolder) -> None:
    manners, days = Manners(delay=0), sorted(site.days)
    assert passes.backfill(served, manners, days[:2]).fault is None
    assert watch(served) == []
    site.redesign = frozenset({Redesign.BODY})
    stages.discover(served, manners, "latest")
    stages.fetch(served, manners, stages.owed_of_latest(served))
    stages.extract(served)
    run = last_run(served)
    (served.journal / ".20260309T120000Z-drift-dead.new").write_text('{"event":')  # as a kill leaves it
    found = watch(served)
    assert found
    assert watch(served) == []  # the load was never reached
    stages.load(served)
    assert watch(served) == []
    assert [each.key for each in episodes(served)] == [each.key for each in found]
    assert last_run(served) == run
    assert not list(served.journal.glob(".*"))


@pytest.mark.slow
def test_pages_that_are_not_in_the_archive_any_more_propose_nothing(
    site: Lookalike, served: stages.DataFolder
) -> None:
    manners, days = Manners(delay=0), sorted(site.days)
    assert passes.backfill(served, manners, days[:2]).fault is None
    site.redesign = frozenset({Redesign.FRAME, Redesign.BODY})
    stages.fetch(served, manners, _all_of(site, served))
    stages.extract(served)
    max(served.archive.glob("*-stories-*")).unlink()
    assert [each for each in watch(served) if each.key.field in WHOLE]


def _all_of(site: Lookalike, folder: stages.DataFolder) -> Any:
    from warehouse.ledger import Owed

    newest = [story for story in site.newest if story.published.date() == site.today and not story.points_to]
    return lambda: [Owed(story.id, f"{folder.site}{story.path}", "named") for story in newest]
