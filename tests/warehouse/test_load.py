"""What a load promises: every answer the same however the files came in."""

from __future__ import annotations

import hashlib
import random

import pytest

from tests.warehouse.paper import (
    Paper,
    article,
    discovery,
    everything,
    feed,
    listing,
    opened,
    rows,
    settled_listings,
    week,
)
from warehouse.database import WarehouseError
from warehouse.differences import differences
from warehouse.load import load, portions
from warehouse.publish import publish


def test_one_row_a_story_and_a_version_for_every_change(paper: Paper) -> None:
    week(paper)
    paper.load()
    assert rows(paper, "select story_id, version, body from articles order by 1") == [
        (1, 3, "First text."),
        (7, 1, "One two three."),
    ]
    assert rows(paper, "select version, body from versions where story_id = 1 order by 1") == [
        (1, "First text."),
        (2, "First text, mended."),
        (3, "First text."),
    ]


def test_an_address_that_answers_with_the_bytes_of_another_story_has_its_text(paper: Paper) -> None:
    paper.run(*settled_listings())
    first = paper.page(7, article(7, "The same text."))
    paper.load()
    paper.run(*settled_listings())
    paper.page(8, None, reason="gone")
    paper.lines[paper.name][-1].update(article=None, rejection=None, revisit_of=first)
    paper.load()
    assert rows(paper, "select story_id, body from articles order by 1") == [
        (7, "The same text."),
        (8, "The same text."),
    ]


def test_every_listed_story_ends_as_one_of_five(paper: Paper) -> None:
    week(paper)
    paper.load()
    assert dict(rows(paper, "select story_id, status from core.ledger")) == {
        1: "stored",
        2: "rejected",
        3: "gone",
        4: "owed",
        5: "refused",
        6: "owed",
        7: "stored",
    }
    # Story 7 is held and has no print line: it stood among the paper's cards and is none of its pieces.
    assert rows(
        paper,
        "select state, listed, stored, rejected, gone, refused, owed from editions where place = 'print'",
    ) == [("partial", 6, 1, 1, 1, 1, 2)]


def test_loading_again_changes_nothing(paper: Paper) -> None:
    week(paper)
    assert paper.load().changed
    before = everything(paper)
    again = paper.load()
    assert not again.changed
    assert again.files == 0
    assert everything(paper) == before


def test_a_rebuild_gives_the_same_rows(paper: Paper) -> None:
    """Loaded run by run as they came, and all at once into an empty file."""
    week(paper)
    journals, extracts = paper.files()
    for n in range(1, len(journals) + 1):
        load(paper.root / "bit_by_bit.duckdb", journals[:n], extracts[:n], paper.rules)
    paper.load("at_once.duckdb")
    assert everything(paper, "bit_by_bit.duckdb") == everything(paper, "at_once.duckdb")


def test_a_load_in_portions_is_as_good_as_one(paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not fit into one transaction is taken in by several, each whole."""
    week(paper)
    paper.load("at_once.duckdb")
    journals, extracts = paper.files()
    monkeypatch.setattr("warehouse.load.PORTION", 1)
    assert [len(both[0]) + len(both[1]) for both in portions(journals, extracts)] == [1] * len(
        journals + extracts
    )
    loaded = paper.load("in_portions.duckdb")
    assert loaded.files == len(journals) + len(extracts)
    assert everything(paper, "in_portions.duckdb") == everything(paper, "at_once.duckdb")


def test_a_broken_file_costs_no_other_portion(paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    week(paper)
    paper.run(spider="stories")
    paper.page(8, article(8, published_at="no time at all"))
    files = sum(len(paths) for paths in paper.files())
    monkeypatch.setattr("warehouse.load.PORTION", 1)
    with pytest.raises(WarehouseError, match=f"{files - 1} of {files} files were loaded into"):
        paper.load()
    assert rows(paper, "select count(*) from articles") == [(2,)]


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 5))])
def test_the_order_of_files_does_not_matter(paper: Paper, seed: int) -> None:
    week(paper)
    journals, extracts = paper.files()
    files = [(path, "journal") for path in journals] + [(path, "extract") for path in extracts]
    random.Random(seed).shuffle(files)
    for path, kind in files:
        load(
            paper.root / "shuffled.duckdb",
            [path] if kind == "journal" else [],
            [path] if kind == "extract" else [],
            paper.rules,
        )
    paper.load("in_order.duckdb")
    shuffled, in_order = everything(paper, "shuffled.duckdb"), everything(paper, "in_order.duckdb")
    assert shuffled == in_order


def test_a_feed_that_comes_again_unchanged_is_seen_again(paper: Paper) -> None:
    paper.run(discovery(1, "feed", "home", None), spider="latest")
    original = feed(paper, article(1, "From the feed.", source="feed"))
    paper.load("bit_by_bit.duckdb")
    paper.run(spider="latest")
    feed(paper, revisit_of=original)
    paper.load("bit_by_bit.duckdb")
    assert rows(paper, "select last_seen_at > first_seen_at from articles", "bit_by_bit.duckdb") == [(True,)]
    paper.load("at_once.duckdb")
    assert everything(paper, "bit_by_bit.duckdb") == everything(paper, "at_once.duckdb")


def history(paper: Paper, chance: random.Random) -> None:
    """A made-up history of four stories: listings, failures, pages, feeds that come again."""
    places = [
        ("print", "national", "2026-03-09"),
        ("daily", "latest-news", "2026-03-09"),
        ("feed", "home", None),
    ]
    originals: list[str] = []
    for _ in range(8):
        events = [
            discovery(
                chance.randint(1, 4),
                *chance.choice(places),
                member=chance.random() < 0.8,
                changed_at=chance.choice([None, "2026-03-09T08:00:00+00:00", "2026-03-10T08:00:00+00:00"]),
            )
            for _ in range(chance.randint(0, 4))
        ]
        if chance.random() < 0.4:
            events.append(listing(recognised=chance.random() < 0.8, status=chance.choice([200, 200, 404])))
        if chance.random() < 0.4:
            error = chance.choice(["timeout", "too_large", "status"])
            events.append({"event": "attempt", "url": "u", "story_id": chance.randint(1, 4), "error": error})
        paper.run(*events, spider=chance.choice(["edition", "latest", "stories"]))
        for _ in range(chance.randint(0, 3)):
            story = chance.randint(1, 4)
            if chance.random() < 0.6:
                printed = chance.choice(["2026-03-09", None])
                paper.page(story, article(story, f"Text {chance.randint(1, 2)}.", printed_on=printed))
            else:
                reason = chance.choice(["pointer", "gone", "blocked"])
                paper.page(story, None, reason=reason, final=reason != "blocked")
        if chance.random() < 0.5:
            if originals and chance.random() < 0.5:
                feed(paper, revisit_of=chance.choice(originals))
            else:
                originals.append(feed(paper, article(chance.randint(1, 4), "From a feed.", source="feed")))


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 6))])
def test_any_history_loaded_in_any_portions_is_the_same(paper: Paper, seed: int) -> None:
    chance = random.Random(seed)
    history(paper, chance)
    journals, extracts = paper.files()
    files = [(path, True) for path in journals] + [(path, False) for path in extracts]
    chance.shuffle(files)
    while files:
        size = chance.randint(1, 5)
        portion, files = files[:size], files[size:]
        load(
            paper.root / "portions.duckdb",
            [path for path, journal in portion if journal],
            [path for path, journal in portion if not journal],
            paper.rules,
        )
    paper.load("at_once.duckdb")
    portions, at_once = everything(paper, "portions.duckdb"), everything(paper, "at_once.duckdb")
    for table, expected in at_once.items():
        assert portions[table] == expected, table


def test_a_page_displaces_a_feeds_text_and_never_alternates_with_it(paper: Paper) -> None:
    paper.run(discovery(1, "feed", "home", None), spider="latest")
    feed = paper.page(0, None, reason="ignored")
    paper.lines[paper.name][-1].update(role="feed", story_id=None, rejection=None)
    item = dict(paper.lines[paper.name][-1], item=1, article=article(1, "From the feed.", source="feed"))
    paper.lines[paper.name].append(item)
    paper.load()
    assert rows(paper, "select body, source, version from articles") == [("From the feed.", "feed", 1)]
    assert rows(paper, "select story_id, status from core.ledger") == [(1, "owed")]
    paper.run(spider="stories")
    paper.page(1, article(1, "From the page."))
    paper.load()
    assert rows(paper, "select body, source, version from articles") == [("From the page.", "page", 1)]
    assert feed


def test_a_killed_run_counts_as_far_as_it_came(paper: Paper) -> None:
    paper.run(listing(), discovery(1))
    paper.killed()
    paper.load()
    assert rows(paper, "select outcome, stories_listed from runs") == [("killed", 1)]
    assert rows(paper, "select status from core.ledger") == [("owed",)]


def test_a_file_that_cannot_be_loaded_changes_nothing(paper: Paper) -> None:
    week(paper)
    paper.load()
    before = everything(paper)
    paper.run(spider="stories")
    paper.page(8, article(8, published_at="no time at all"))
    with pytest.raises(WarehouseError, match="nothing was loaded"):
        paper.load()
    assert everything(paper) == before


@pytest.mark.parametrize(
    "body",
    [
        "'); drop table raw.bodies; --",
        'a "quoted" text\\n',
        "پاکستان 🇵🇰 \u200bzero width",
        "tab\tand\nline",
        "{{}} {0} %s",
    ],
)
def test_any_text_comes_back_as_it_went_in(paper: Paper, body: str) -> None:
    paper.run()
    paper.page(1, article(1, body))
    paper.load()
    assert rows(paper, "select body from articles") == [(body,)]


def test_a_broken_line_inside_a_journal_is_not_passed_over(paper: Paper) -> None:
    paper.run(discovery(1), discovery(2))
    path = paper.root / "run001.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:2], lines[1][:40] + "\n", *lines[2:]]))
    with pytest.raises(WarehouseError, match=r"nothing was loaded.*put that file back from a backup"):
        paper.load()


def test_a_migration_changed_after_the_fact_is_refused(paper: Paper) -> None:
    with opened(paper) as con:
        con.execute("update meta.migrations set sha256 = 'other' where name like '0001%'")
    with pytest.raises(WarehouseError, match="was changed after it was applied"), opened(paper):
        pass


def test_bodies_are_stored_once_and_compressed(paper: Paper) -> None:
    for _ in range(3):
        paper.run(spider="stories")
        paper.page(1, article(1, "The same text. " * 50))
    paper.load()
    assert rows(paper, "select count(*) from raw.bodies") == [(1,)]
    assert rows(paper, "select version, last_seen_at > first_seen_at from versions") == [(1, True)]


def test_a_text_that_is_said_once_is_both(paper: Paper) -> None:
    """As extracts say it: without marks, no `body_markdown`."""
    name = hashlib.sha256(b"Said once.").hexdigest()[:32]
    paper.run(*settled_listings(), discovery(1))
    paper.page(1, article(1, "Said once.", body_markdown=None, body_id=name, markdown_id=name))
    paper.load()
    assert rows(paper, "select body, body_markdown from articles") == [("Said once.", "Said once.")]
    publish(paper.root / "warehouse.duckdb", paper.root / "dawn.duckdb")
    assert differences(paper.root / "dawn.duckdb", paper.files()[1]) == []
