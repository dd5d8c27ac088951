"""What changed after a story came out: how it is typed, times off the site, no edit of our own making."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.warehouse.paper import Paper, article, discovery, everything, feed, opened, rows
from warehouse.load import load
from warehouse.publish import publish
from warehouse.sentences import sentences

TEXT = "First one. Second one.\n\nThird one."
LATER = "2026-03-09T09:00:00+05:00"
NOTED = TEXT + "\n\nCorrection: An earlier version of this story said otherwise."


def told(paper: Paper, columns: str = "type, version_before, version", name: str = "warehouse.duckdb") -> Any:
    return rows(paper, f"select {columns} from edits order by story_id, edited_at, type", name)


def served(paper: Paper, *pages: dict[str, Any] | None) -> None:
    """Runs of one page each of story 1; None is an answer 404."""
    for found in pages:
        paper.run(spider="stories")
        if found is None:
            paper.page(1, None, reason="gone", status=404)
        else:
            paper.page(1, found)


CHANGES: list[tuple[dict[str, Any], list[tuple[Any, ...]]]] = [
    ({"title": "Another"}, [("headline", "title", ["Title"], ["Another"])]),
    # A text whose blanks moved meanwhile is no other text.
    (
        {"title": "Another", "body": TEXT.replace(" ", "  "), "section": "Pak\u00adistan "},
        [("headline", "title", ["Title"], ["Another"])],
    ),
    ({"authors": ["AFP", "A B"]}, [("byline", "authors", ["AFP"], ["AFP", "A B"])]),
    ({"authors": []}, [("byline", "authors", ["AFP"], [])]),
    ({"section": "World"}, [("section", "section", ["Pakistan"], ["World"])]),
    ({"section": None}, [("section", "section", ["Pakistan"], [])]),
    ({"kind": "opinion"}, [("kind", "kind", ["news"], ["opinion"])]),
    ({"body": TEXT + " Fourth."}, [("addition", "body", [], ["Fourth."])]),
    ({"body": "First one.\n\nThird one."}, [("removal", "body", ["Second one."], [])]),
    ({"body": TEXT.replace("Third", "3rd")}, [("rewrite", "body", ["Third one."], ["3rd one."])]),
    ({"body": NOTED}, [("correction note", "body", [], [sentences(NOTED)[-1]])]),
    (
        {"body": "First one. Second one. Third one."},
        [("paragraphs", "body", TEXT.split("\n\n"), ["First one. Second one. Third one."])],
    ),
    (
        {"title": "Another", "body": TEXT + " Fourth."},
        [("addition", "body", [], ["Fourth."]), ("headline", "title", ["Title"], ["Another"])],
    ),
]


def test_each_change_has_its_type(paper: Paper) -> None:
    """One story for each of them, all in one load."""
    original = {"title": "Title", "body": TEXT}
    paper.run(spider="stories")
    for story in range(len(CHANGES)):
        paper.page(story, article(story, **original))
    paper.run(spider="stories")
    for story, (new, _) in enumerate(CHANGES):
        paper.page(story, article(story, **(original | {"updated_at": LATER} | new)))
    expected = [(story, *row) for story, (_, found) in enumerate(CHANGES) for row in found]
    assert paper.load().edits == {"INSERT": len(expected)}
    assert told(paper, "story_id, type, change, before, after") == expected
    assert rows(paper, "select distinct stealth, version_before, version from edits") == [(False, 1, 2)]


def test_an_edit_is_stealth_where_the_time_of_update_did_not_move(paper: Paper) -> None:
    early = "2026-03-09T05:00:00+05:00"
    times = [
        (early, early, True),
        (LATER, early, True),  # set back
        (early, "2026-03-09T05:00:01+05:00", False),
        (None, LATER, None),
        (LATER, None, None),
    ]
    for which in range(2):
        paper.run(spider="stories")
        for story, said in enumerate(times):
            paper.page(story, article(story, TEXT + " Fourth." * which, updated_at=said[which]))
    paper.load()
    assert told(paper, "type, stealth") == [
        ("stealth edit" if stealth else "addition", stealth) for _, _, stealth in times
    ]


def test_what_was_touched_before_is_no_excuse(paper: Paper) -> None:
    """The time moved on the old text already: the edit that came after it is not told by it."""
    served(
        paper, article(1, TEXT), article(1, TEXT, updated_at=LATER), article(1, "Other.", updated_at=LATER)
    )
    paper.load()
    assert told(paper, "type, stealth, updated_at_before = updated_at") == [("stealth edit", True, True)]


def test_a_correction_or_a_headline_is_called_so_though_the_time_stood_still(paper: Paper) -> None:
    served(paper, article(1, TEXT), article(1, NOTED, title="Another"))
    paper.load()
    assert told(paper, "type, stealth") == [("correction note", True), ("headline", True)]


def test_a_text_that_comes_back_is_two_edits(paper: Paper) -> None:
    served(paper, article(1, TEXT), article(1, "Other.", updated_at=LATER), article(1, TEXT))
    paper.load()
    assert told(paper, "version_before, version, len(before), len(after)") == [(1, 2, 3, 1), (2, 3, 1, 3)]


def test_when_it_was_made_lies_between_two_times(paper: Paper) -> None:
    served(paper, article(1, TEXT), article(1, TEXT), article(1, "Other."), article(1, "Other."))
    paper.load()
    assert rows(paper, "select seen_before, edited_at, capture_id from edits") == rows(
        paper,
        """
        select
            max(fetched_at) filter (capture_id like '%002:%'),
            max(fetched_at) filter (capture_id like '%003:%'),
            max(capture_id) filter (capture_id like '%003:%')
        from captures
        """,
    )


def test_one_retraction_for_a_row_of_answers_and_one_return(paper: Paper) -> None:
    served(paper, article(1, TEXT), None, None, None, article(1, TEXT), article(1, TEXT), None)
    paper.load()
    assert told(paper, "type, change, version_before, version, capture_id[5:10]") == [
        ("retraction", "availability", 1, None, "run002"),
        ("return", "availability", 1, 1, "run005"),
        ("retraction", "availability", 1, None, "run007"),
    ]
    assert told(paper, "edited_at - seen_before = interval 1 hour") == [(True,)] * 3


def test_a_story_that_returns_otherwise_is_edited_too(paper: Paper) -> None:
    served(paper, article(1, TEXT), None, article(1, TEXT + " Fourth.", updated_at=LATER))
    paper.load()
    assert told(paper) == [("retraction", 1, None), ("addition", 1, 2), ("return", 1, 2)]


def test_what_is_no_answer_is_no_retraction(paper: Paper) -> None:
    """Gone before it was held; blocked; leads elsewhere; a body that is quarantined."""
    served(paper, None, article(1, TEXT))
    paper.run(spider="stories")
    paper.page(1, None, reason="blocked", final=False, status=403)
    paper.run(spider="stories")
    paper.page(1, None, reason="pointer")
    paper.run(
        {
            "event": "quarantine",
            "capture_id": "urn:run005:0",
            "item": 0,
            "rules": "r1",
            "story_id": 1,
            "sentences": ["A rail."],
            "leads_to": ["7"],
            "sign": "a sign",
        },
        spider="stories",
    )
    paper.page(1, article(1, TEXT + "\n\nA rail."))
    served(paper, article(1, TEXT))
    paper.load()
    assert told(paper) == []
    assert rows(paper, "select count(*) from versions") == [(1,)]


def test_a_feed_that_goes_on_is_no_return(paper: Paper) -> None:
    paper.run(discovery(1, "feed", "home", None), spider="latest")
    original = feed(paper, article(1, TEXT, source="feed"))
    served(paper, None)
    paper.run(spider="latest")
    feed(paper, revisit_of=original)
    served(paper, None)
    paper.load()
    assert told(paper) == [("retraction", 1, None)]


def test_loading_an_edit_is_a_cause_to_publish_and_again_is_none(paper: Paper) -> None:
    served(paper, article(1, TEXT))
    paper.load()
    publish(paper.root / "warehouse.duckdb", paper.root / "dawn.duckdb")
    served(paper, None)
    loaded = paper.load()
    assert loaded.edits == {"INSERT": 1}
    assert not (loaded.articles or loaded.versions)
    assert publish(paper.root / "warehouse.duckdb", paper.root / "dawn.duckdb")
    served(paper, None)
    assert not paper.load().edits


def test_texts_known_already_are_not_compared_again(paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    served(paper, article(1, TEXT), article(1, "Other."))
    paper.load()
    before = everything(paper)

    def compared(*_: Any) -> None:
        raise AssertionError("nothing is to be compared")

    monkeypatch.setattr("warehouse.edits.edit", compared)
    with opened(paper) as con:
        con.execute("insert into meta.stale values ('a test')")
    assert not paper.load().edits
    served(paper, article(1, "Other."), article(1, "Other.", title="Another"))
    assert paper.load().edits == {"INSERT": 1}
    assert len(everything(paper)["edits"]) == len(before["edits"]) + 1


# ── the archive as it was ────────────────────────────────────────────────────────────────────────────────


def test_the_archive_as_a_reader_saw_it(paper: Paper) -> None:
    """Story 1 is served, edited, gone, and back; run n is at 06:00 + n hours, its page half an hour later."""
    served(paper, article(1, TEXT), article(1, "Other.", title="Another"), None, article(1, "Back."))
    paper.page(2, article(2))
    paper.load()

    def seen(clock: str) -> list[tuple[Any, ...]]:
        moment = f"timestamptz '2026-03-09 {clock}:00+00'"
        return rows(paper, f"select story_id, version, title, body from articles_as_of({moment}) order by 1")

    assert seen("07:29") == []
    assert seen("07:30") == [(1, 1, "Title 1", TEXT)]
    assert seen("08:29") == [(1, 1, "Title 1", TEXT)]
    assert seen("08:30") == seen("09:29") == [(1, 2, "Another", "Other.")]
    assert seen("09:30") == seen("10:29") == []
    assert seen("10:31") == [(1, 3, "Title 1", "Back."), (2, 1, "Title 2", "One two three.")]


@pytest.mark.parametrize(("last", "stands"), [("gone", []), ("text", [(1, 2)])])
def test_of_two_answers_of_one_moment_the_last_stands(
    paper: Paper, last: str, stands: list[tuple[int, int]]
) -> None:
    """Archives that others made have whole seconds. Which is the last is what `edits` say too."""
    served(paper, article(1), None)
    paper.run(spider="stories")
    moment = {"fetched_at": "2026-03-09T12:00:00+00:00"}
    paper.page(1, article(1, "Back."), capture_id="urn:x1", **moment)
    if last == "gone":
        paper.page(1, None, reason="gone", status=404, capture_id="urn:x2", **moment)
    paper.load()
    seen = "select story_id, version from articles_as_of(timestamptz '2026-03-09 12:00:00+00')"
    assert rows(paper, seen) == stands


def test_as_of_now_is_the_table_articles_where_nothing_is_off_the_site(paper: Paper) -> None:
    year(paper, random.Random(1), cut=str)
    paper.load()
    with opened(paper) as con:
        names = [name for (name, *_) in con.execute("describe from articles_as_of(now())").fetchall()]
        kept = {name for (name, *_) in con.execute("describe articles").fetchall()}
        # Its own: which capture showed the version first, and when.
        columns = ", ".join(
            name for name in names if name in kept and name not in ("capture_id", "updated_at", "rules")
        )
        assert columns.count(",") > 12
        gone = "select story_id from edits where change = 'availability'"
        ask = f"select {columns} from {{}} where story_id not in ({gone}) order by story_id"
        now = con.execute(ask.format("articles_as_of(timestamptz '2100-01-01')")).fetchall()
        assert now == con.execute(ask.format("articles")).fetchall()
        assert now


# ── rules that change, portions, rebuilds ────────────────────────────────────────────────────────────────


def year(paper: Paper, chance: random.Random, cut: Callable[[str], str], edited: bool = True) -> None:
    """Half a dozen stories over 52 weeks: served again and again, edited or not, gone and back."""
    texts = {story: f"Story {story} begins. It goes on. It ends." for story in range(1, 7)}
    said = dict.fromkeys(texts, 0)
    for _ in range(52):
        paper.run(spider="stories")
        for story in chance.sample(sorted(texts), 3):
            if edited and chance.random() < 0.15:
                texts[story] += f" Added {chance.randint(1, 9)}."
                said[story] += chance.randint(0, 1)
            if edited and chance.random() < 0.08:
                paper.page(story, None, reason="gone", status=410)
                continue
            page = article(
                story, cut(texts[story]), updated_at=f"2026-03-09T{5 + said[story] % 18:02}:00:00Z"
            )
            paper.page(story, page)


def rewritten(paper: Paper, cut: Callable[[str], str], rules: str) -> None:
    """The same captures, every text as other rules cut it."""
    paper.rules = rules
    for lines in paper.lines.values():
        for line in lines:
            if line["article"]:
                body = cut(line["article"]["body"])
                line["article"] = article(line["story_id"], body, updated_at=line["article"]["updated_at"])


def shorter(text: str) -> str:
    """A text as rules would cut it that take its first sentence for furniture, and part it otherwise."""
    return "\n\n".join(sentences(text)[1:])


def test_a_year_read_under_other_rules_has_not_one_edit(paper: Paper) -> None:
    """The files come in by nines, in any order, as a replay that is killed again and again leaves them."""
    year(paper, random.Random(3), cut=str, edited=False)
    paper.load()
    assert told(paper) == []
    rewritten(paper, shorter, "r2")
    journals, extracts = paper.files()
    random.Random(4).shuffle(extracts)
    for n in range(0, len(extracts), 9):
        load(paper.root / "warehouse.duckdb", journals, extracts[n : n + 9], "r2")
        assert told(paper) == [], f"after {n} files"
    assert rows(paper, "select count(*), count(distinct rules), min(rules) from versions") == [(6, 1, "r2")]


@pytest.mark.slow
def test_true_edits_stay_as_they_are_under_other_rules(paper: Paper) -> None:
    year(paper, random.Random(5), cut=str)
    paper.load()
    true = told(paper, "* exclude (before_at, after_at)")
    assert len(true) > 10
    rewritten(paper, shorter, "r2")
    journals, extracts = paper.files()
    random.Random(6).shuffle(extracts)
    for n in range(0, len(extracts), 13):
        load(paper.root / "warehouse.duckdb", journals, extracts[n : n + 13], "r2")
    # What was added is added still; where it stands is counted in the text as it is cut now.
    assert told(paper, "* exclude (before_at, after_at)") == true
    assert rows(paper, "select distinct rules from versions") == [("r2",)]


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 6))])
def test_bit_by_bit_and_at_once_are_the_same_edits(paper: Paper, seed: int) -> None:
    chance = random.Random(seed)
    year(paper, chance, cut=str)
    journals, extracts = paper.files()
    files = [*journals, *extracts]
    chance.shuffle(files)
    while files:
        size = chance.randint(10, 60)
        portion, files = files[:size], files[size:]
        load(
            paper.root / "bits.duckdb",
            [path for path in portion if path in journals],
            [path for path in portion if path in extracts],
            paper.rules,
        )
    paper.load("at_once.duckdb")
    assert everything(paper, "bits.duckdb") == everything(paper, "at_once.duckdb")
    assert {kind for (kind,) in told(paper, "type", "at_once.duckdb")} == {
        "addition",
        "stealth edit",
        "retraction",
        "return",
    }


def test_what_the_table_says_leads_from_version_to_version(paper: Paper) -> None:
    year(paper, random.Random(8), cut=str)
    paper.load()
    steps = rows(
        paper,
        """
        select o.body, n.body, e.before, e.before_at, e.after, e.after_at
        from edits as e
        join versions as o
            on o.story_id = e.story_id
            and o.version = e.version_before
        join versions as n
            on n.story_id = e.story_id
            and n.version = e.version
        where e.change = 'body'
        """,
    )
    assert steps
    for old, new, before, before_at, after, after_at in steps:
        left = sentences(old)
        for place, sentence in zip(reversed(before_at), reversed(before), strict=True):
            assert left.pop(place - 1) == sentence
        for place, sentence in zip(after_at, after, strict=True):
            left.insert(place - 1, sentence)
        assert left == sentences(new)
