"""From pages as a site serves them to edits: chrome makes none, and each real one is typed right."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from crawlers.extract import RULES, read
from crawlers.extracted import packed_lines
from crawlers.items import Article, Capture, Kind
from crawlers.lookalike import Block, Lookalike, Shape, Story
from crawlers.lookalike.newspaper import ADDRESS
from flows.edits import in_turn
from tests.flows.conftest import Dawn
from warehouse.database import writer
from warehouse.load import load

START = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
EDITS = "select type, change, version_before, version, stealth from edits order by edited_at, type"


def captured(n: int, story: int, page: str, status: int = 200, slug: str = "") -> Capture:
    """A story's page as it came at the n-th hour."""
    content = page.encode()
    headers = (("Content-Type", "text/html; charset=utf-8"),)
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    url = f"{ADDRESS}/news/{story}{slug}"
    return Capture(f"urn:uuid:{n}", url, START + timedelta(hours=n), status, headers, content, digest)


def loaded(folder: Path, captures: Iterable[Capture], run: str = "run", rules: str = RULES) -> Path:
    """The warehouse after these captures were extracted and loaded, as the stages do it."""
    path = folder / f"{run}.{rules}.jsonl.gz"
    with gzip.open(path, "wb") as file:
        for capture in captures:
            file.writelines(packed_lines(capture, run, ADDRESS))
    load(folder / "warehouse.duckdb", [], [path], rules)
    return folder / "warehouse.duckdb"


def ask(warehouse: Path, sql: str) -> list[tuple[Any, ...]]:
    with writer(warehouse) as con:
        return con.execute(sql).fetchall()


def stirred(page: str, chance: random.Random) -> str:
    """The page with another clock, and other white space and soft hyphens in headline and paragraphs."""
    page = re.sub(
        r"(<span class='timestamp--time timeago'[^>]*>).*?</span></span>",
        rf"\g<1>{chance.randint(2, 23)} hours ago</span>",
        page,
        count=1,
    )
    # In the headline and in paragraphs: the labels of boxes are no typesetter's.
    return re.sub(
        r"(?<=<p>)[^<>]+|(?<=class='story__link  '>)[^<>]+(?=</a></h2>\n<div dir='auto' class='     my-3')",
        lambda said: _stirred(said[0], chance),
        page,
    )


def _stirred(said: str, chance: random.Random) -> str:
    words = [_hyphened(word, chance) if chance.random() < 0.1 else word for word in said.split(" ")]
    spaces = [chance.choice(["  ", "\n  ", "\t "]) if chance.random() < 0.1 else " " for _ in words[1:]]
    return "".join(map("".join, zip(words, [*spaces, ""], strict=True)))


def _hyphened(word: str, chance: random.Random) -> str:
    long = len(word) > 6 and word.isalpha()
    return word[:3] + chance.choice(["\u00ad", "&shy;"]) + word[3:] if long else word


@pytest.mark.parametrize(
    ("trait", "times"), [("rail in body", 100), ("bullets", 20), ("soft hyphens", 20), ("quote", 20)]
)
def test_a_page_served_a_hundred_times_with_changing_chrome_is_one_version(
    tmp_path: Path, trait: str, times: int
) -> None:
    """Other rails, counts, clocks, slugs, white space and soft hyphens each time."""
    chance = random.Random(trait)
    site = Lookalike()
    story = site.having(trait)[0].id
    captures = []
    pages = set()
    for n in range(times):
        site.stir = n
        if n % 5 == 4:
            site.change_slug(story)
        page = stirred(site.page(story), chance)
        pages.add(page)
        captures.append(captured(n, story, page, slug=f"/slug-{chance.randint(1, 9)}" if n % 2 else ""))
    assert len(pages) == times
    warehouse = loaded(tmp_path, captures)
    assert ask(warehouse, "select count(*) from captures") == [(times,)]
    assert ask(warehouse, "select version, title from versions") == [(1, site.stories[story].title)]
    assert ask(warehouse, EDITS) == []


def newsroom(site: Lookalike, story: int) -> Iterator[Story]:
    """The story as five hands change it, one after the other."""
    now = site.stories[story]
    for hand in (_headline, _byline, _addition, _silently, _note):
        now = hand(now)
        site.stories = {**site.stories, story: now}
        yield now


def _later(story: Story) -> Story:
    return replace(story, updated=story.updated + timedelta(minutes=30))


def _headline(story: Story) -> Story:
    return _later(replace(story, title="Another headline for the same tale"))


def _byline(story: Story) -> Story:
    return _later(replace(story, authors=(*story.authors, "Quill Ferndale")))


def _addition(story: Story) -> Story:
    return _later(_with(story, "The kites were counted again at dusk. None was missing."))


def _silently(story: Story) -> Story:
    place = next(
        n for n, block in enumerate(story.blocks) if block.shape is Shape.PARAGRAPH and not block.link
    )
    other = replace(story.blocks[place], texts=("Nobody flew anything that day.",))
    return replace(story, blocks=(*story.blocks[:place], other, *story.blocks[place + 1 :]))


def _note(story: Story) -> Story:
    return _later(_with(story, "Correction: An earlier version of this story counted the kites twice."))


def _with(story: Story, paragraph: str) -> Story:
    last = max(n for n, block in enumerate(story.blocks) if block.shape is Shape.PARAGRAPH)
    added = Block(Shape.PARAGRAPH, (paragraph,))
    return replace(story, blocks=(*story.blocks[: last + 1], added, *story.blocks[last + 1 :]))


def test_five_real_edits_are_five_and_typed_right(tmp_path: Path) -> None:
    """Each served three times with chrome that changes; then taken off the site, and put back."""
    chance = random.Random(7)
    site = Lookalike()
    story = site.in_slot("front page")[0].id
    captures: list[Capture] = []

    def serve(times: int = 3) -> None:
        for _ in range(times):
            site.stir += 1
            answer = site.answer(f"/news/{story}")
            page = stirred(answer.text, chance) if answer.status == 200 else answer.text
            captures.append(captured(len(captures), story, page, answer.status))

    serve()
    for _ in newsroom(site, story):
        serve()
    gone = site.gone
    site.retract(story)
    serve()
    site.gone = gone
    serve()
    warehouse = loaded(tmp_path, captures)
    assert ask(warehouse, EDITS) == [
        ("headline", "title", 1, 2, False),
        ("byline", "authors", 2, 3, False),
        ("addition", "body", 3, 4, False),
        ("stealth edit", "body", 4, 5, True),
        ("correction note", "body", 5, 6, False),
        ("retraction", "availability", 6, None, None),
        ("return", "availability", 6, 6, None),
    ]
    said = ask(
        warehouse, "select before, after from edits where type in ('addition', 'stealth edit') order by type"
    )
    assert said[0] == ([], ["The kites were counted again at dusk.", "None was missing."])
    assert said[1][1] == ["Nobody flew anything that day."]
    # Hour by hour, as a reader saw it: 3 of each version, 3 of none, 3 of the last again.
    seen = []
    for n in range(len(captures)):
        moment = (START + timedelta(hours=n)).isoformat()
        seen.append(ask(warehouse, f"select version from articles_as_of(timestamptz '{moment}')"))
    assert seen == [[(n // 3 + 1,)] if n < 18 else [] if n < 21 else [(6,)] for n in range(24)]


@pytest.mark.slow
def test_a_year_of_pages_read_anew_under_other_rules_forges_no_edit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two stories served each week, one of them edited five times; then all read as never before.

    The files of the replay come in one by one, in any order, as after kills.
    """
    chance = random.Random(11)
    site = Lookalike()
    edited, quiet = [story.id for story in site.in_slot("front page")[:2]]
    hands = newsroom(site, edited)
    runs: dict[str, list[Capture]] = {}
    for week in range(52):
        site.stir = week
        if week % 10 == 9:
            next(hands)
        runs[f"run{week // 9}"] = runs.get(f"run{week // 9}", []) + [
            captured(week * 168 + place, story, stirred(site.page(story), chance))
            for place, story in enumerate((edited, quiet))
        ]
    for run, captures in runs.items():
        warehouse = loaded(tmp_path, captures, run)
    true = """
        select story_id, type, edited_at, version_before, version, stealth, capture_id
        from edits
        order by all
    """
    before = ask(warehouse, true)
    assert sorted(row[1] for row in before) == [
        "addition",
        "byline",
        "correction note",
        "headline",
        "stealth edit",
    ]
    assert {row[0] for row in before} == {edited}

    def otherwise(capture: Capture, site: str) -> Any:
        """Every part of a version differs from what today's rules read."""
        found = read(capture, site)
        assert isinstance(found.result, Article)
        article = replace(
            found.result,
            title=found.result.title.upper(),
            authors=("By the paper", *found.result.authors),
            section="Elsewhere",
            kind=Kind.FEATURE,
            body="OPENING\n\n" + found.result.body.replace("\n\n", "\n"),
        )
        return replace(found, result=article)

    monkeypatch.setattr("crawlers.extracted.read", otherwise)
    monkeypatch.setattr("crawlers.extracted.RULES", "other")
    for run in chance.sample(sorted(runs), len(runs)):
        loaded(tmp_path, runs[run], run, "other")
        assert ask(warehouse, true) == before, run
    assert ask(warehouse, "select distinct rules, section from versions") == [("other", "Elsewhere")]


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_taken_out_and_put_in_is_told_in_turn() -> None:
    """Old: a b c d e f; new: a B c e f g."""
    told = in_turn(["b", "d"], ["B", "g"], [2, 4], [2, 6])
    assert list(told) == [("−", "b"), ("+", "B"), ("−", "d"), ("+", "g")]
    assert list(in_turn([], ["x", "y"], [], [1, 2])) == [("+", "x"), ("+", "y")]
    assert list(in_turn(["x"], ["y"], [3], [1])) == [("+", "y"), ("−", "x")]


@pytest.mark.slow
def test_a_story_is_edited_taken_away_and_put_back_before_a_crawler(
    dawn: Dawn, site: Lookalike, address: str, tmp_path: Path
) -> None:
    """Through real requests, archive and journal, told by the command, and the same after a rebuild."""
    story = site.in_slot("front page")[0].id

    def fetched() -> None:
        done = dawn("fetch", str(story), "--site", address, "--delay", "0")
        assert done.returncode == 0, done.stderr

    fetched()
    site.edit(story, title="Another headline")
    fetched()
    gone = site.gone
    site.retract(story)
    fetched()
    fetched()
    site.gone = gone
    fetched()
    told = dawn("edits", str(story), "--data", "data")
    assert told.returncode == 0, told.stderr
    lines = told.stdout.splitlines()
    assert lines[0] == f"{story}  Another headline"
    kinds = [re.split("[,(]", line[20:])[0].strip() for line in lines if re.match(r"  \d", line)]
    assert kinds == ["headline", "retraction", "return"]
    assert "    + Another headline" in lines
    only = dawn("edits", "--type", "retraction", "--since", "2020-01-01", "--format", "jsonl")
    (row,) = [json.loads(line) for line in only.stdout.splitlines()]
    assert (row["story_id"], row["type"], row["version"]) == (story, "retraction", None)
    none = dawn("edits", "--since", "2999-01-01")
    assert (none.returncode, none.stdout) == (0, "")
    assert "no such change" in none.stderr
    for wrong in (["--since", "yesterday"], ["--type", "typo"], ["no-story"]):
        refused = dawn("edits", *wrong)
        assert refused.returncode == 2
        assert len(refused.stderr.splitlines()) == 1
    before = _rows(tmp_path / "data")
    for name in ("warehouse.duckdb", "dawn.duckdb"):
        (tmp_path / "data" / name).unlink()
    assert dawn("replay").returncode == 0
    assert _rows(tmp_path / "data") == before


def _rows(data: Path) -> list[tuple[Any, ...]]:
    con = duckdb.connect(str(data / "dawn.duckdb"), read_only=True)
    try:
        return con.execute("from edits order by all").fetchall()
    finally:
        con.close()
