"""One set of rules a story at a time: changed rules are no edits, and can be taken back."""

from __future__ import annotations

from tests.warehouse.paper import (
    Paper,
    article,
    discovery,
    everything,
    feed,
    rows,
    week,
)
from warehouse.checks import check
from warehouse.load import load
from warehouse.publish import publish


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


def test_checks_are_green_where_only_some_captures_are_read_anew(paper: Paper) -> None:
    """What `dawn replay` of a range leaves: one capture of two under new rules, which lift its rejection."""
    paper.run()
    paper.page(1, None, reason="no_body")
    paper.run(spider="stories")
    paper.page(1, None, reason="no_body")
    paper.load()
    paper.rules = "r2"
    paper.lines["run001"][0].update(article=article(1), rejection=None)
    journals, extracts = paper.files()
    load(paper.root / "warehouse.duckdb", journals, [p for p in extracts if "run001" in p.name], "r2")
    publish(paper.root / "warehouse.duckdb", paper.root / "dawn.duckdb")
    assert [each.name for each in check(paper.root / "dawn.duckdb") if not each.green] == []


def test_a_story_known_from_a_feed_whose_page_robots_forbid_is_stored(paper: Paper) -> None:
    paper.run(discovery(1, "feed", "home", None), spider="latest")
    feed(paper, article(1, "From the feed.", source="feed"))
    paper.run({"event": "refused", "url": "u", "story_id": 1}, spider="stories")
    paper.load()
    assert rows(paper, "select status from core.ledger") == [("stored",)]
    publish(paper.root / "warehouse.duckdb", paper.root / "dawn.duckdb")
    assert [each.name for each in check(paper.root / "dawn.duckdb") if not each.green] == []
