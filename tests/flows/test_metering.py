"""The rail meter on the whole path: a rail that the site set into one page, and how the story comes free."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from crawlers.lookalike import Lookalike, faults
from crawlers.lookalike.stories import Shape, Story
from tests.flows.conftest import Dawn, tables

ROOT = Path(__file__).parents[2]
KILL = "import os, signal\ndef killed(*_, **__): os.kill(os.getpid(), signal.SIGKILL)\n"
KILLS = {
    "before judging": "import flows.metering as m; m.judge = killed",
    "with half a journal written": "import crawlers.journal as j; j.os.fsync = killed",
    "with the verdicts written, before the load": "import flows.stages as s; s.load_files = killed",
}


@pytest.fixture
def victim(site: Lookalike) -> Story:
    """A story whose page carries, as plain text, the headlines and beginnings of two others."""
    texts = [story for story in site.newest if len(story.paragraphs) > 3 and not story.points_to]
    plain = [story for story in texts if Shape.RAIL.value not in story.traits]
    victim = next(story for story in plain if story.printed_on is not None)
    others = [story for story in texts if story.id != victim.id and len(story.title.split()) > 4][:2]
    rail = "".join(f"<p>{other.title}</p><p>{other.paragraphs[0][:60]}...</p>" for other in others)
    site.faults[lambda path: path.startswith(f"/news/{victim.id}")] = planting(rail)
    return victim


def planting(rail: str) -> Callable[[faults.Reply], faults.Reply]:
    """The fault that begins a page's text with this."""

    def spoiled(reply: faults.Reply) -> faults.Reply:
        packed = dict(reply.headers).get("Content-Encoding") == "gzip"
        page = (gzip.decompress(reply.payload) if packed else reply.payload).decode()
        if "story__content" not in page:
            return reply
        body = page.index(">", page.index("story__content")) + 1
        headers = tuple(each for each in reply.headers if each[0] != "Content-Encoding")
        return replace(reply, headers=headers, payload=(page[:body] + rail + page[body:]).encode())

    return spoiled


def rejected(dawn: Dawn) -> list[dict[str, object]]:
    query = "select story_id, reason, detail from rejections where reason = 'rail_in_body'"
    return [json.loads(line) for line in dawn("sql", query, "--format", "jsonl").stdout.splitlines()]


@pytest.mark.slow
def test_a_rail_in_a_page_is_quarantined_shown_kept_and_released(
    dawn: Dawn, site: Lookalike, address: str, victim: Story, tmp_path: Path
) -> None:
    day, data = str(site.days[0]), tmp_path / "data"
    done = dawn("backfill", day, "--site", address, "--delay", "0")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith("1 checks are red, first: no story is quarantined")
    assert "..." in done.stdout, "the lines are shown"
    ((row),) = rejected(dawn)
    assert row["story_id"] == victim.id
    held = dawn("sql", f"select count(*) as n from articles where story_id = {victim.id}", "--format", "csv")
    assert held.stdout.split() == ["n", "0"]
    (journal,) = [path for path in (data / "journal").iterdir() if "-meter-" in path.name and victim_in(path)]
    events = [json.loads(line) for line in journal.read_text("utf-8").splitlines()]
    assert {event["event"] for event in events} == {"quarantine", "judged"}
    quarantine = next(event for event in events if event["event"] == "quarantine")
    assert len(quarantine["sentences"]) == 4 and len(quarantine["leads_to"]) == 2

    # Again: no request, no new verdict, the same tables.
    before, journals, asked = tables(data), sorted((data / "journal").iterdir()), len(site.requests)
    assert dawn("backfill", day, "--delay", "0").returncode == 1
    assert tables(data) == before
    assert sorted((data / "journal").iterdir()) == journals
    assert "nothing changes" in dawn("replay", "--dry-run").stdout

    # A rebuild repeats the verdict, though nothing is judged any more.
    for path in (data / "dawn.duckdb", data / "warehouse.duckdb"):
        path.unlink()
    shutil.rmtree(data / "extracted")
    dawn("replay")
    assert tables(data) == before
    assert sorted((data / "journal").iterdir()) == journals

    # Rules under which those lines are chrome release the story, and the other way round.
    for room in ("crawlers", "warehouse", "flows"):
        shutil.copytree(ROOT / room, tmp_path / "changed" / room)
    lines = "|".join(f"(?:{re.escape(line)})" for line in quarantine["sentences"])
    facts = tmp_path / "changed/crawlers/site.py"
    facts.write_text(facts.read_text("utf-8") + f"\nCHROME_LINES = (*CHROME_LINES, {lines!r})\n", "utf-8")
    changed = {"PYTHONPATH": str(tmp_path / "changed")}
    shown = dawn("replay", "--dry-run", settings=changed)
    assert "rejected: rail_in_body" in shown.stdout, shown.stderr
    assert dawn("replay", settings=changed).returncode == 0
    assert rejected(dawn) == []
    assert dawn("check", settings=changed).returncode == 0
    assert dawn("replay").returncode == 1
    assert [row["story_id"] for row in rejected(dawn)] == [victim.id]
    assert len(site.requests) == asked


@pytest.mark.slow
def test_a_line_in_the_bodies_of_a_whole_run_is_furniture(
    dawn: Dawn, site: Lookalike, address: str, tmp_path: Path
) -> None:
    """A change of the layout sets it into every page, and no page has it outside."""
    line = "Sign up to our evening letter and never miss a goat"
    site.faults[lambda path: path.startswith("/news/")] = planting(f"<p>{line}</p>")
    assert dawn("backfill", str(site.days[0]), "--site", address, "--delay", "0").returncode == 1
    held = dawn(
        "sql", f"select count(*) as n from articles where contains(body, '{line}')", "--format", "csv"
    )
    assert held.stdout.split() == ["n", "0"]
    rows, before = rejected(dawn), tables(tmp_path / "data")
    assert len(rows) > 8 and all(line in str(row["detail"]) for row in rows)
    for path in (tmp_path / "data/dawn.duckdb", tmp_path / "data/warehouse.duckdb"):
        path.unlink()
    dawn("replay")
    assert tables(tmp_path / "data") == before


def victim_in(journal: Path) -> bool:
    return '"quarantine"' in journal.read_text("utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("where", KILLS)
def test_killed_while_judging(
    dawn: Dawn, site: Lookalike, address: str, victim: Story, tmp_path: Path, where: str
) -> None:
    day, data = str(site.days[0]), tmp_path / "data"
    options = [day, "--site", address, "--delay", "0"]
    child = subprocess.run(
        [
            sys.executable,
            "-c",
            f"{KILL}{KILLS[where]}\nfrom flows.cli import main; main()",
            "backfill",
            *options,
        ],
        cwd=tmp_path,
        env={key: value for key, value in os.environ.items() if not key.startswith("DAWN_")},
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()
    assert dawn("backfill", *options).returncode == 1
    assert [row["story_id"] for row in rejected(dawn)] == [victim.id]
    assert not list((data / "journal").glob("*.new"))
    before = tables(data)
    for path in (data / "dawn.duckdb", data / "warehouse.duckdb"):
        path.unlink()
    shutil.rmtree(data / "extracted")
    dawn("replay")
    assert tables(data) == before
