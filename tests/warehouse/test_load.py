"""What a load promises: every answer the same however the files came in."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.warehouse.paper import Paper, article, discovery, listing, settled_listings
from warehouse.database import WarehouseError, writer
from warehouse.load import load

PUBLIC = ("articles", "versions", "captures", "rejections", "discoveries", "editions", "runs")
KEPT = ("core.ledger", "raw.files", "raw.rules", "raw.journal", "raw.captures", "raw.bodies", "raw.extracts")


@contextmanager
def opened(paper: Paper, name: str = "warehouse.duckdb") -> Iterator[Any]:
    with writer(paper.root / name) as con:
        yield con


def rows(paper: Paper, sql: str, name: str = "warehouse.duckdb") -> list[tuple[Any, ...]]:
    with opened(paper, name) as con:
        return con.execute(sql).fetchall()


def everything(paper: Paper, name: str = "warehouse.duckdb") -> dict[str, list[tuple[Any, ...]]]:
    with opened(paper, name) as con:
        return {
            table: sorted(con.execute(f"from {table}").fetchall(), key=repr) for table in (*PUBLIC, *KEPT)
        }


def week(paper: Paper) -> None:
    """A small life of an archive: every way a story can go."""
    paper.run(*settled_listings(), *(discovery(n) for n in range(1, 8)), discovery(99, member=False))
    paper.page(1, article(1, "First text."))
    paper.page(2, None, reason="pointer")
    paper.page(3, None, reason="gone", status=404)
    paper.page(4, None, reason="blocked", final=False, status=403)
    paper.page(7, article(7, printed_on=None, printed_in=None))
    paper.run(
        {"event": "refused", "url": "http://site/news/5", "story_id": 5},
        {
            "event": "attempt",
            "url": "http://site/news/6",
            "story_id": 6,
            "error": "timeout",
            "detail": "60 s",
        },
        spider="stories",
    )
    paper.page(1, article(1, "First text, mended.", updated_at="2026-03-09T09:00:00+05:00"))
    paper.run(spider="stories")
    original = paper.page(1, article(1, "First text, mended.", updated_at="2026-03-09T09:00:00+05:00"))
    paper.page(1, None, reason="ignored") and paper.lines[paper.name][-1].update(
        article=None, rejection=None, revisit_of=original
    )
    paper.run(spider="stories")
    paper.page(1, article(1, "First text."))


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


@pytest.mark.parametrize("seed", range(5))
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


def test_new_rules_make_no_version(paper: Paper) -> None:
    """Every capture read anew gives another text: one version stays one, and says the new text."""
    paper.run()
    paper.page(1, article(1, "Text as the old rules cut it."))
    paper.run(spider="stories")
    paper.page(1, article(1, "Text as the old rules cut it."))
    paper.load()
    for lines in paper.lines.values():
        for line in lines:
            line["article"] = article(1, "Text as the new rules cut it.")
    paper.rules = "r2"
    paper.load()
    assert rows(paper, "select version, body, rules from versions") == [
        (1, "Text as the new rules cut it.", "r2")
    ]


def test_a_text_under_old_rules_is_never_compared_with_one_under_new(paper: Paper) -> None:
    """Only the newest run was read under the new rules: the story stays under the old ones."""
    paper.run()
    paper.page(1, article(1, "Old cut."))
    paper.run(spider="stories")
    paper.page(1, article(1, "Old cut."))
    paper.load()
    paper.rules = "r2"
    paper.lines["run002"][0]["article"] = article(1, "New cut.")
    journals, extracts = paper.files()
    load(paper.root / "warehouse.duckdb", journals, [p for p in extracts if "run002" in p.name], "r2")
    assert rows(paper, "select version, body, rules from versions") == [(1, "Old cut.", "r1")]


def test_rules_can_be_taken_back(paper: Paper) -> None:
    """r1, then r2, then r1 again, whose extracts were loaded long ago: the tables are those of r1."""
    week(paper)
    paper.load()
    first = everything(paper)
    original = {run: [dict(line) for line in lines] for run, lines in paper.lines.items()}
    for lines in paper.lines.values():
        for line in lines:
            if line["article"]:
                line["article"] = article(line["story_id"], "Cut otherwise.")
    paper.rules = "r2"
    assert paper.load().changed
    assert {row[0] for row in rows(paper, "select rules from articles")} == {"r2"}
    paper.rules, paper.lines = "r1", original
    assert paper.load().changed
    back = everything(paper)
    for table in ("articles", "versions", "editions", "rejections", "core.ledger"):
        assert back[table] == first[table], table


def test_a_rejection_that_new_rules_lift_is_none(paper: Paper) -> None:
    paper.run(discovery(1))
    paper.page(1, None, reason="rail_in_body")
    paper.load()
    assert len(rows(paper, "from rejections")) == 1
    paper.lines["run001"][0].update(article=article(1), rejection=None)
    paper.rules = "r2"
    paper.load()
    assert rows(paper, "from rejections") == []
    assert rows(paper, "select status, reason from core.ledger") == [("stored", None)]


def feed(paper: Paper, *articles: dict[str, Any], revisit_of: str | None = None) -> str:
    """A feed's capture in the last run, with these items."""
    capture = paper.page(0, None, reason="ignored")
    line = paper.lines[paper.name][-1]
    line.update(
        role="feed", story_id=None, rejection=None, revisit_of=revisit_of, url="http://site/feeds/home"
    )
    for item, found in enumerate(articles, 1):
        paper.lines[paper.name].append(dict(line, item=item, story_id=found["story_id"], article=found))
    return capture


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


def test_rules_under_which_a_feed_has_fewer_items_win(paper: Paper) -> None:
    paper.run(discovery(1, "feed", "home", None), spider="latest")
    feed(paper, article(1, "From the feed.", source="feed"))
    paper.load()
    paper.lines["run001"] = paper.lines["run001"][:1]
    paper.rules = "r2"
    paper.load()
    assert rows(paper, "from articles") == []


def test_a_capture_that_stands_in_two_files_counts_once(paper: Paper) -> None:
    """Archive files may be compacted: the same record then stands in another file."""
    paper.run()
    paper.page(1, article(1, "Old cut."))
    paper.load()
    paper.run(spider="stories")
    paper.lines[paper.name] = [dict(line) for line in paper.lines["run001"]]
    paper.load()
    assert rows(paper, "select count(*) from raw.extracts") == [(1,)]
    paper.lines["run001"][0]["article"] = article(1, "New cut.")
    paper.rules = "r2"
    del paper.lines[paper.name]
    paper.load()
    assert rows(paper, "select version, body from versions") == [(1, "New cut.")]


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


@pytest.mark.parametrize("seed", range(6))
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
    shutil.copy(paper.root / "warehouse.duckdb", paper.root / "after.duckdb")
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


@pytest.mark.parametrize(
    ("events", "state", "reason"),
    [
        ([], "unknown", "the listing was never read"),
        ([listing(status=404, recognised=False)], "absent", "the site has no such listing (404)"),
        ([listing(recognised=False)], "unknown", "nothing on the listing was recognised (status 200)"),
        ([listing(at="2026-03-10T00:00:00+00:00")], "absent", "nothing of that day is listed"),
        ([listing(at="2026-03-08T20:00:00+00:00")], "partial", "read before the day's list was final"),
        (
            [
                {
                    "event": "attempt",
                    "url": "u",
                    "place": "print",
                    "section": "national",
                    "day": "2026-03-09",
                    "error": "dns",
                }
            ],
            "unknown",
            "dns",
        ),
        (
            [listing(at="2026-03-10T00:00:00+00:00"), discovery(1)],
            "partial",
            "1 of 1 stories are still owed",
        ),
        # Gone later, but its stories were listed once and are owed all the same.
        (
            [listing(), discovery(1), listing(status=404, recognised=False, at="2026-03-11T00:00:00+00:00")],
            "partial",
            "1 of 1 stories are still owed",
        ),
        # A section may simply not be there yet.
        (
            [listing(status=404, recognised=False, at="2026-03-08T20:00:00+00:00")],
            "partial",
            "read before the day's list was final",
        ),
        (
            [{"event": "refused", "url": "u", "place": "print", "section": "national", "day": "2026-03-09"}],
            "absent",
            "robots.txt forbids the listing",
        ),
    ],
)
def test_a_section_is_never_called_complete_without_cause(
    paper: Paper, events: list[dict[str, Any]], state: str, reason: str
) -> None:
    paper.run(*events)
    paper.load()
    assert rows(paper, "select state, reason from editions where place = 'print'") == [(state, reason)]


def test_a_slip_that_names_the_month_before_stays_in_its_edition(paper: Paper) -> None:
    paper.run(*settled_listings(), discovery(1))
    paper.page(1, article(1, printed_on="2026-02-09"))
    paper.load()
    assert rows(paper, "select state, listed from editions where place = 'print'") == [("complete", 1)]


@pytest.mark.parametrize("printed", ["2026-01-28", "2026-01-29", "2026-01-30", "2026-01-31"])
def test_a_slip_names_the_same_day_of_the_month(paper: Paper, printed: str) -> None:
    """28 February has four neighbours in January that a month's addition would take for it."""
    day = "2026-02-28"
    paper.run(*settled_listings(day), discovery(1, day=day), day=day)
    paper.page(1, article(1, printed_on=printed))
    paper.load()
    listed = 1 if printed == "2026-01-28" else 0
    assert rows(paper, "select listed from editions where place = 'print'") == [(listed,)]


def test_a_broken_line_inside_a_journal_is_not_passed_over(paper: Paper) -> None:
    paper.run(discovery(1), discovery(2))
    path = paper.root / "run001.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:2], lines[1][:40] + "\n", *lines[2:]]))
    with pytest.raises(WarehouseError, match="nothing was loaded"):
        paper.load()


def test_what_is_printed_another_day_belongs_to_that_day(paper: Paper) -> None:
    paper.run(*settled_listings(), discovery(1))
    paper.page(1, article(1, printed_on="2026-03-08"))
    paper.load()
    assert rows(paper, "select state, listed from editions where place = 'print'") == [("absent", 0)]


def test_a_migration_changed_after_the_fact_is_refused(paper: Path | Paper) -> None:
    assert isinstance(paper, Paper)
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
