"""Whatever happens to stories, and however it is loaded: what is derived is what a rebuild gives."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import HealthCheck, settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from tests.warehouse.paper import PUBLIC, Paper, article, discovery, feed, opened, settled_listings
from warehouse.load import load

DERIVED = (*PUBLIC, "core.ledger", "core.versions", "core.edits", "core.signatures", "core.pairs")
"""What rules that are no longer today's leave nothing in."""

STORIES = strategies.integers(1, 5)
TEXTS = strategies.integers(0, 3)


def text(story: int, n: int, rules: str) -> str:
    """A text long enough to be compared; stories 1 and 2 tell the same. Of every third, rules read more."""
    about = max(story, 2)
    words = " ".join(f"word{about}x{k}" for k in range(40))
    read = f" Read by {rules}." if story % 3 == 0 else ""
    return f"{words}. Text {n} of it.{read}"


class AnyHistory(RuleBasedStateMachine):
    """Runs of a crawl and loads, in any order; at the end both ways to the tables are compared."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(mkdtemp())
        self.paper = Paper(self.root)
        self.told: dict[str, tuple[int, int]] = {}  # capture: story and text

    def capture(self, story: int, n: int) -> None:
        capture = self.paper.page(story, article(story, text(story, n, self.paper.rules)))
        self.told[capture] = story, n

    @rule(stories=strategies.lists(STORIES, max_size=4))
    def an_edition_is_read(self, stories: list[int]) -> None:
        self.paper.run(*settled_listings(), *(discovery(story) for story in stories))

    @rule(story=STORIES, n=TEXTS)
    def a_story_is_had(self, story: int, n: int) -> None:
        self.paper.run(spider="stories")
        self.capture(story, n)

    @rule(story=STORIES, n=TEXTS, later=TEXTS)
    def a_story_is_had_twice_in_a_run(self, story: int, n: int, later: int) -> None:
        self.paper.run(spider="stories")
        self.capture(story, n)
        self.capture(story, later)

    @rule(story=STORIES)
    def a_story_is_gone(self, story: int) -> None:
        self.paper.run(spider="stories")
        self.paper.page(story, None, reason="gone", status=404)

    @rule(story=STORIES, error=strategies.sampled_from(["timeout", "too_large"]))
    def a_story_is_asked_for_in_vain(self, story: int, error: str) -> None:
        self.paper.run({"event": "attempt", "url": "u", "story_id": story, "error": error}, spider="stories")

    @rule(story=STORIES, n=TEXTS)
    def a_feed_has_a_story(self, story: int, n: int) -> None:
        self.paper.run(spider="latest")
        capture = feed(self.paper, article(story, text(story, n, self.paper.rules), source="feed"))
        self.told[capture] = story, n

    @precondition(lambda self: self.told)
    @rule(n=strategies.integers(1, 3))
    def everything_is_read_again_under_other_rules(self, n: int) -> None:
        """Or under those of before, which are taken back then."""
        self.paper.rules = f"r{n}"
        for lines in self.paper.lines.values():
            for line in lines:
                if line["article"]:
                    story, which = self.told[line["capture_id"]]
                    said = text(story, which, self.paper.rules)
                    line["article"] = article(story, said, source=line["article"]["source"])

    @precondition(lambda self: self.paper.runs)
    @rule()
    def what_there_is_is_loaded(self) -> None:
        self.paper.load("bit_by_bit.duckdb")

    @precondition(lambda self: self.paper.runs)
    @rule(chance=strategies.randoms(use_true_random=False), share=strategies.floats(0.1, 0.9))
    def a_part_of_it_is_loaded(self, chance: Random, share: float) -> None:
        """In any order, as a replay leaves it that was killed."""
        journals, extracts = self.paper.files()
        some = [chance.sample(files, round(len(files) * share)) for files in (journals, extracts)]
        load(self.root / "bit_by_bit.duckdb", *some, self.paper.rules)

    def teardown(self) -> None:
        if self.paper.runs:
            self.paper.load("bit_by_bit.duckdb")
            self.paper.load("at_once.duckdb")
            kept, made = self.derived("bit_by_bit.duckdb"), self.derived("at_once.duckdb")
            for table in DERIVED:
                assert kept[table] == made[table], table
        shutil.rmtree(self.root)

    def derived(self, name: str) -> dict[str, list[tuple[Any, ...]]]:
        with opened(self.paper, name) as con:
            return {table: sorted(con.execute(f"from {table}").fetchall(), key=repr) for table in DERIVED}


def proved(examples: int, steps: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def test_incremental_is_what_a_rebuild_gives() -> None:
    run_state_machine_as_test(AnyHistory, settings=proved(4, 10))


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_incremental_is_what_a_rebuild_gives_at_length() -> None:
    run_state_machine_as_test(AnyHistory, settings=proved(15, 25))
