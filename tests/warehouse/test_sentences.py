"""Sentences, and what was taken out and put in between two texts."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.sentences import change, edit, is_note, paragraphs, sentences


@pytest.mark.parametrize(
    "expected",
    [
        ["One came.", "Two went."],
        ["It costs Rs. 5 a kilo.", "It was Rs. 4."],
        ["Mr. Khan met Dr. A. B. Qazi and Lt. Gen. Shah.", "They talked."],
        ["The U.S. Army left.", "J.D. Vance did not."],
        ["It begins at 5 p.m.", "Doors open at 4 p.m. sharp."],
        ["It is No. 5 of ten.", "Was it?", "No.", "It was six."],
        ["Art. 25 and Sec. 3 apply.", "So does vol. 2."],
        ["It rose 2.5 per cent.", "Then 3.1pc."],
        ["“We won.", "We did,” he said.", "“Why?” she asked."],
        ["He said: “We won.”", "(He had.)", "‘Good.’", "“So?”", "They left."],
        ["What now?!", "Nothing …", "It waits..."],
        ["یہ خبر ہے۔", "اس نے کہا: ’’ہم آئیں گے۔‘‘", "وہ گئے۔"],
        ["یہ پہلا جملہ ہے۔", "یہ دوسرا ہے؟", "تیسرا۔"],
        ["• One point.", "• Another point; and more"],
        ["The price vs. the cost of St. Mary’s Ltd. Company."],
        ["Visit www.example.org today.", "2026 began."],
        ["no capital. no end"],
    ],
)
def test_sentences_are_told_apart(expected: list[str]) -> None:
    assert sentences(" ".join(expected)) == expected


def test_an_urdu_full_stop_needs_no_space() -> None:
    assert sentences("یہ پہلا ہے۔یہ دوسرا ہے۔") == ["یہ پہلا ہے۔", "یہ دوسرا ہے۔"]


def test_lines_and_paragraphs_are_never_joined() -> None:
    assert sentences("A HEAD\n\nFirst line\nsecond line. Third.\n\n\n  ") == [
        "A HEAD",
        "First line",
        "second line.",
        "Third.",
    ]


TEXT = st.text(st.sampled_from("AabZ .!?…“”’()\n۔ہ5é–") | st.characters(codec="utf-8"), max_size=80)


@given(TEXT)
def test_no_character_is_lost(text: str) -> None:
    found = sentences(text)
    assert "".join("".join(found).split()) == "".join(text.replace("\u00ad", "").split())
    assert all(sentence and sentence == " ".join(sentence.split()) for sentence in found)


FEW = st.lists(st.sampled_from("abcde"), max_size=12)


@given(FEW, FEW)
def test_before_and_after_applied_to_the_old_gives_the_new(old: list[str], new: list[str]) -> None:
    made = change(old, new)
    assert made.applied(old) == new
    assert [old[place - 1] for place in made.before_at] == list(made.before)
    assert [new[place - 1] for place in made.after_at] == list(made.after)
    assert made.before_at == tuple(sorted(made.before_at))
    assert made.after_at == tuple(sorted(made.after_at))


@given(FEW, FEW)
def test_no_less_can_be_changed(old: list[str], new: list[str]) -> None:
    """As little as the textbook's longest common subsequence leaves."""
    best = {(i, j): 0 for i in range(len(old) + 1) for j in range(len(new) + 1)}
    for i, one in enumerate(old, 1):
        for j, other in enumerate(new, 1):
            best[i, j] = best[i - 1, j - 1] + 1 if one == other else max(best[i - 1, j], best[i, j - 1])
    made = change(old, new)
    assert len(made.before) == len(old) - best[len(old), len(new)]
    assert len(made.after) == len(new) - best[len(old), len(new)]


@given(FEW, FEW)
def test_the_law_holds_where_texts_are_divided_too(old: list[str], new: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("warehouse.sentences.LCS", 4)
        assert change(old, new).applied(old) == new


@given(TEXT, TEXT)
def test_the_law_holds_for_texts(old: str, new: str) -> None:
    shown = edit(old, new)
    if shown is None:
        assert paragraphs(old) == paragraphs(new)
        return
    if shown.shows == "paragraphs":
        assert sentences(old) == sentences(new)
        assert shown.made.applied(paragraphs(old)) == paragraphs(new)
    else:
        assert shown.made.applied(sentences(old)) == sentences(new)
    assert shown.made.before or shown.made.after, "an edit that shows nothing"


def test_the_longest_texts_take_no_time() -> None:
    """Two live blogs in another order, a refrain, a page of dots: each within seconds of CPU, and right."""
    chance = random.Random(7)
    long = [f"Entry {n}." for n in range(20_000)]
    refrain = ["Yes.", "No."] * 20_000
    began = time.process_time()
    for old in (long, refrain):
        new = old[:]
        chance.shuffle(new)
        assert change(old, new).applied(old) == new
    moved = change(long, [*long[1000:1010], *long[:1000], *long[1010:]])
    assert moved.before == moved.after == tuple(long[1000:1010])
    assert len(sentences("." * 300_000 + " " * 300_000 + "x" + "”" * 300_000)) <= 2
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    "note",
    [
        "Correction: An earlier version of this story named another town.",
        "CORRECTION — the sum was wrong.",
        "Correction",
        "Clarification: the minister spoke in March.",
        "(Clarification. He did not.)",
        "Corrigendum: read ten for eleven.",
        "This article has been updated to include a statement.",
        "*This story has since been corrected.",
        "Editor’s note: this report was amended on Monday.",
        "An earlier version of the story said otherwise.",
        "A previous version of this article misspelt a name.",
        "The headline has been changed to reflect this.",
        "The error is regretted.",
        "We regret the error.",
    ],
)
def test_notes_of_the_paper_are_known(note: str) -> None:
    assert is_note(note)


@pytest.mark.parametrize(
    "sentence",
    [
        "The correction of the river’s course took years.",
        "He asked for a clarification from the ministry.",
        "An earlier version of the bill had no such clause.",
        "An earlier version of the report was leaked to the committee.",
        "The voters’ list has been updated.",
        "This law has been amended twice.",
        "The minister regretted the error.",
        "Markets saw a correction: shares fell.",
        "This story was told by many.",
    ],
)
def test_what_is_reported_is_no_note(sentence: str) -> None:
    assert not is_note(sentence)


OLD = "PLACE: First one. Second one.\n\nThird one. Fourth one."


@pytest.mark.parametrize(
    ("new", "shows", "before", "after"),
    [
        (OLD + " Fifth one.", "addition", [], ["Fifth one."]),
        (OLD.replace(" Second one.", ""), "removal", ["Second one."], []),
        (OLD.replace("Third one", "Third 1"), "rewrite", ["Third one."], ["Third 1."]),
        (
            "PLACE: Second one. First one.\n\nThird one. Fourth one.",
            "rewrite",
            ["PLACE: First one.", "Second one."],
            ["PLACE: Second one.", "First one."],
        ),
        (
            OLD.replace("Third one", "Third 1") + "\n\nCorrection: it was wrong.",
            "correction note",
            ["Third one."],
            ["Third 1.", "Correction: it was wrong."],
        ),
        (
            OLD.replace("\n\n", " "),
            "paragraphs",
            OLD.split("\n\n"),
            ["PLACE: First one. Second one. Third one. Fourth one."],
        ),
    ],
)
def test_what_two_texts_show(new: str, shows: str, before: list[str], after: list[str]) -> None:
    shown = edit(OLD, new)
    assert shown is not None
    assert (shown.shows, list(shown.made.before), list(shown.made.after)) == (shows, before, after)


def test_a_note_that_was_there_makes_no_correction() -> None:
    noted = OLD + "\n\nCorrection: it was wrong."

    def shows(new: str) -> str | None:
        shown = edit(noted, new)
        return shown and shown.shows

    assert shows(noted.replace("Third one", "Third 1")) == "rewrite"
    assert shows(noted.replace("wrong.", "quite wrong.")) == "rewrite"
    assert shows(noted + " Clarification: it was not.") == "correction note"
    assert shows(OLD) == "removal"


@pytest.mark.parametrize(
    "new", ["PLACE:  First\u00a0one. Sec\u00adond one. \n\nThird one.\t Fourth one.", OLD]
)
def test_white_space_and_soft_hyphens_are_no_edit(new: str) -> None:
    assert edit(OLD, new) is None
    shown = edit(OLD, new.replace("Fourth", "4th"))
    assert shown is not None
    assert (shown.made.before, shown.made.after) == (("Fourth one.",), ("4th one.",))
