"""A forgotten story in the tables: rejected, with that as the reason, and the sums still hold."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from tests.warehouse.paper import Paper, article, discovery, everything, opened, rows, settled_listings
from warehouse.database import scripts
from warehouse.load import load


def forgotten(story: int, **said: Any) -> dict[str, Any]:
    return {"event": "forgotten", "story_id": story} | said


def red(paper: Paper) -> list[str]:
    with opened(paper) as con:
        return [name for name, text in scripts("checks") if con.execute(text).fetchall()]


def test_it_ends_as_rejected_and_the_sums_hold(paper: Paper) -> None:
    paper.run(*settled_listings(), discovery(1), discovery(2), discovery(3))
    paper.page(1, article(1))
    paper.run(forgotten(2, reason="asked for"), spider="forget")
    paper.load()
    assert rows(paper, "select story_id, status, reason from core.ledger order by 1") == [
        (1, "stored", None),
        (2, "rejected", "forgotten"),
        (3, "owed", "never asked for"),
    ]
    assert rows(
        paper, "select state, listed, stored, rejected, owed from editions where place = 'print'"
    ) == [("partial", 3, 1, 1, 1)]
    assert rows(paper, "select story_id, reason from forgotten") == [(2, "asked for")]
    assert red(paper) == []


def test_one_that_nobody_ever_listed_is_remembered_too(paper: Paper) -> None:
    paper.run(forgotten(77), spider="forget")
    paper.run(forgotten(77, reason="again"), spider="forget")
    paper.load()
    assert rows(paper, "select story_id, status, reason from core.ledger") == [(77, "rejected", "forgotten")]
    assert rows(paper, "select story_id, reason from forgotten") == [(77, "again")]
    assert red(paper) == []


def test_until_its_text_is_gone_it_is_shown_nowhere_and_a_check_is_red(paper: Paper) -> None:
    paper.run(*settled_listings(), discovery(1))
    paper.page(1, article(1))
    paper.load()
    paper.run(forgotten(1), spider="forget")
    assert paper.load().articles == {"DELETE": 1}
    assert rows(paper, "select count(*) from articles union all select count(*) from versions") == [
        (0,),
        (0,),
    ]
    assert red(paper) == ["no_forgotten_story_is_still_held"]


@pytest.mark.parametrize(
    "order", [(2, 1, 0), *(pytest.param(order, marks=pytest.mark.slow) for order in permutations(range(3)))]
)
def test_the_order_of_files_does_not_matter(paper: Paper, tmp_path: Path, order: tuple[int, ...]) -> None:
    paper.run(*settled_listings(), discovery(1), discovery(2))
    paper.page(1, article(1))
    paper.page(2, article(2))
    paper.run(forgotten(1), spider="forget")
    journals, extracts = paper.files()
    steps = [([journals[0]], []), ([journals[1]], []), ([], extracts)]
    for n in order:
        load(tmp_path / "shuffled.duckdb", *steps[n], paper.rules)
    paper.load("in_order.duckdb")
    assert everything(paper, "shuffled.duckdb") == everything(paper, "in_order.duckdb")
