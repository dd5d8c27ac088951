"""The fuzz of what lists stories: thousands of damaged documents, and the fuzz itself finds what is wrong."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from benchmarks.fuzz import readers
from benchmarks.fuzz.checks import Finding
from benchmarks.fuzz.lanes import outcomes
from benchmarks.fuzz.learning import BATCH, Learning, outcome, reading
from benchmarks.fuzz.readers import READERS, WrongError, whole
from crawlers.items import Card


@pytest.mark.parametrize("name", READERS)
def test_whole_documents_are_read(name: str) -> None:
    for document in whole()[name]:
        shape = READERS[name](document)
        assert shape[0], "it is recognised, has cards, or lets us in"


@pytest.mark.parametrize("seed", range(3))
def test_damaged_documents_break_nothing(seed: int) -> None:
    learning = Learning()
    before = {name: len(kept) for name, kept in learning.kept.items()}
    for number in range(2):
        assert not outcome(learning, seed, number, limit=5, at=None, out=None).findings
    assert all(len(kept) > before[name] for name, kept in learning.kept.items()), "nothing was learnt"
    assert len(learning.lines) > 150


def test_a_batch_is_told_by_its_seed() -> None:
    one, same, other = (list(Learning().inputs(Random(seed))) for seed in ("1/0", "1/0", "2/0"))
    assert len(one) == BATCH
    assert one == same != other


def test_what_a_reader_does_wrong_is_found_and_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def raising(content: bytes) -> readers.Shape:
        if content.startswith(b"User"):
            raise WrongError("a story twice")
        raise LookupError("that should not be")

    monkeypatch.setitem(READERS, "robots", raising)
    found = outcome(Learning(), 1, 0, limit=5, at=None, out=tmp_path).findings
    told = {finding.cause.partition(" in ")[0] for finding in found}
    assert told == {"robots: a story twice", "robots raised LookupError"}
    assert len(list(tmp_path.glob("robots-1-0-*.bin"))) == 2


@pytest.mark.parametrize(
    ("card", "wrong"),
    [
        (Card("javascript:0", None, None, None, None, None, 1), "an address that is none"),
        (Card("http://x/", 0, None, None, None, None, 1), "story 0"),
        (Card("http://x/", 7, "two\nlines", None, None, None, 1), "no line"),
        (Card("http://x/", 7, None, None, None, None, 2), "cards out of order"),
    ],
)
def test_a_card_that_is_wrong_is_told(card: Card, wrong: str) -> None:
    with pytest.raises(WrongError, match=wrong):
        readers._cards([card], readers.Place.FEED)


def test_batches_are_read_in_processes(tmp_path: Path) -> None:
    read = list(outcomes(range(2), seed=1, jobs=2, limit=30, patience=120, work=reading(tmp_path)))
    assert not [one for _, one in read if isinstance(one, Finding) or one.findings]
    assert sorted(one.said for _, one in read if not isinstance(one, Finding))[:2] == ["batch", "batch"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["at-0.bin", "at-1.bin"]
