"""The fuzz itself: a page is told by its number, what is wrong is found, and what is found is made small."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event

import pytest

from benchmarks.fuzz import checks
from benchmarks.fuzz.checks import Finding, Outcome, outcome
from benchmarks.fuzz.corpus import corpus
from benchmarks.fuzz.hostile import HOSTILE
from benchmarks.fuzz.keep import keep
from benchmarks.fuzz.lanes import Share, outcomes
from benchmarks.fuzz.mutations import Damaged, damaged
from crawlers.extract import extract
from crawlers.items import Article, Capture, Rejection
from tests.crawlers.paper import URL, card, page

WHOLE = corpus()
TEASER = "The excerpt says what another story says."
HTML = page("<p>One paragraph.</p>", card(7, "A teaser of six words here", TEASER))
PAGE = Damaged(HTML.encode(), 200, {"Content-Type": "text/html; charset=utf-8"}, URL, "by hand")


def test_a_page_is_told_by_seed_and_number() -> None:
    number = len(HOSTILE) + 11
    assert damaged(WHOLE, 3, number) == damaged(corpus(), 3, number) != damaged(WHOLE, 4, number)


@pytest.mark.parametrize("seed", range(3))
def test_damaged_pages_break_nothing(seed: int) -> None:
    for number in range(len(HOSTILE), len(HOSTILE) + 60):
        found = outcome(damaged(WHOLE, seed, number), limit=20, again=True).findings
        assert not found, f"python -m benchmarks.fuzz --seed {seed} --only {number}"


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(HOSTILE)), ids=HOSTILE)
def test_a_page_made_to_be_slow_takes_seconds(number: int) -> None:
    assert not outcome(damaged(WHOLE, 0, number), limit=8, again=False).findings


def causes(monkeypatch: pytest.MonkeyPatch, **changed: object) -> set[str]:
    """What the checks find where extraction gives its article with these fields changed."""

    def wrong(capture: Capture) -> Article | Rejection:
        article = extract(capture)
        assert isinstance(article, Article)
        return replace(article, **changed)  # type: ignore[arg-type]

    monkeypatch.setattr(checks, "extract", wrong)
    return {finding.cause for finding in outcome(PAGE, 20, again=False).findings}


def test_what_is_wrong_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not causes(monkeypatch)
    assert causes(monkeypatch, body=f"One paragraph.\n\n{TEASER}") == {"a teaser's text in the body"}
    assert causes(monkeypatch, body="Another paragraph.") == {"text that does not stand on the page"}
    assert causes(monkeypatch, body="") == {"an article without a body"}
    assert causes(monkeypatch, title="A\x00") == {"control characters in title"}
    assert causes(monkeypatch, links=("mailto:x",)) == {"a link that is no address"}
    assert causes(monkeypatch, section=b"x") == {"a line that cannot be written: TypeError"}


def test_what_is_raised_is_found_made_small_and_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def raising(capture: Capture) -> Article | Rejection:
        if b"excerpt" in capture.content:
            raise KeyError("excerpt")
        return extract(capture)

    monkeypatch.setattr(checks, "extract", raising)
    (finding,) = outcome(PAGE, 20, again=False).findings
    assert finding.cause.startswith("extract raised KeyError")
    kept = keep(tmp_path, PAGE, finding, seed=3, number=9, small=True)
    assert (kept / "small.html").read_bytes() == b"excerpt"
    assert json.loads((kept / "finding.json").read_text())["again"].endswith("--seed 3 --only 9")


def test_pages_are_read_in_processes() -> None:
    numbers = range(len(HOSTILE), len(HOSTILE) + 6)
    read = dict(outcomes(numbers, seed=1, jobs=2, limit=60, patience=120))
    assert sorted(read) == list(numbers)
    assert not [one for one in read.values() if isinstance(one, Finding) or one.findings]


def work_badly(share: Share, says: Connection, _: Path) -> None:
    for number in range(share.first, share.last, share.step):
        says.send(number)
        if number == 2:
            Event().wait()
        if number == 4:
            os._exit(3)
        says.send(Outcome("article", 0.0, ()))


def test_processes_that_hang_or_die_are_told_and_the_rest_is_read() -> None:
    read = dict(outcomes(range(1, 7), seed=1, jobs=1, limit=1, patience=1, work=work_badly))
    found = {number: one.cause for number, one in read.items() if isinstance(one, Finding)}
    assert found == {2: "a page without end", 4: "the process ended with 3"}
    assert sorted(read) == [1, 2, 3, 4, 5, 6]
