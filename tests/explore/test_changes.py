# ruff: noqa: E501 - texts read best on lines of their own
"""Two texts as one: nothing is lost of either, and what changed is told as small as it is."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explore.changes import Piece, compared, paragraphs
from warehouse.sentences import as_read

PATIENCE = 30.0  # CPU seconds, on a machine that others use

WORDS = st.lists(st.sampled_from(["The", "minister", "said", "Rs5.2m", "no", "—", "“so”", "یہ"]), min_size=1)
SENTENCE = st.builds(
    lambda words, end: " ".join(words) + end, WORDS, st.sampled_from([".", "?", "…", "", "۔"])
)
TEXT = st.lists(st.tuples(SENTENCE, st.sampled_from([" ", "\n", "\n\n", "\n\n\n"])), max_size=8).map(
    lambda said: "".join(sentence + gap for sentence, gap in said)
)


def read(text: str) -> str:
    return "\n".join(as_read(line) for line in text.split("\n"))


@given(
    st.one_of(TEXT, st.text(alphabet=" \n.aA\u00ad۔!", max_size=30)), st.one_of(TEXT, st.text(max_size=30))
)
def test_without_what_is_in_it_is_the_old_text_and_without_what_is_out_the_new(old: str, new: str) -> None:
    pieces = compared(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != "in") == read(old)
    assert "".join(piece.text for piece in pieces if piece.kind != "out") == read(new)


@given(TEXT)
def test_the_same_text_has_no_change(text: str) -> None:
    assert {piece.kind for piece in compared(text, text)} <= {"same"}


@given(TEXT, TEXT)
def test_no_word_is_lost_where_it_is_set_in_paragraphs(old: str, new: str) -> None:
    pieces = compared(old, new)
    shown = [piece for paragraph in paragraphs(pieces) for piece in paragraph if not piece.is_break]
    assert shown == [piece for piece in pieces if not piece.is_break]


def told(old: str, new: str) -> str:
    marks = {"same": "{}", "out": "[-{}-]", "in": "{{+{}+}}"}
    return "".join(marks[piece.kind].format(piece.text) for piece in compared(old, new))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("One. Two.", "One. Two.", "One. Two."),
        ("Ten men were hurt. The rest went home.", "Six men were hurt. None died. The rest went back.", "[-Ten-]{+Six+} men were hurt.{+ None died.+} The rest went [-home-]{+back+}."),
        ("The dam holds 40 feet of water.", "The dam holds 45 feet of water.", "The dam holds [-40-]{+45+} feet of water."),
        ("Sugar is Rs140 a kilo.", "Nobody was hurt.", "[-Sugar is Rs140 a kilo.-]{+Nobody was hurt.+}"),
        ("One. Two.", "One. A wholly new line. Two.", "One.{+ A wholly new line.+} Two."),
        ("A.\n\nB.\n\nC.", "A.\n\nC.", "A.[-\n\n-][-B.-]\n\nC."),
        ("A.\n\nC.", "A.\n\nB.\n\nC.", "A.{+\n\n+}{+B.+}\n\nC."),
        ("Yes it is. No it is not.", "Yes it is.\n\nNo it is not.", "Yes it is.[- -]{+\n\n+}No it is not."),
        (
            "Police arrested two men in Lahore on Monday.",
            "Police arrested three men in Lahore on Monday night.",
            "Police arrested [-two-]{+three+} men in Lahore on Monday{+ night+}.",
        ),
    ],
)  # fmt: skip
def test_a_change_is_told_as_small_as_it_is(old: str, new: str, said: str) -> None:
    assert told(old, new) == said


def test_a_sentence_taken_out_with_its_paragraph_stands_in_one_of_its_own() -> None:
    found = paragraphs(compared("A.\n\nB.\n\nC.", "A.\n\nC."))
    assert [[piece for piece in each if not piece.is_break] for each in found] == [
        [Piece("same", "A.")],
        [Piece("out", "B.")],
        [Piece("same", "C.")],
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("word " * 200_000, "words " * 200_000),
        ("w" * 5_000_000, "w" * 5_000_001),
        ("A sentence. " * 20_000, "Another sentence. " * 20_000),
        ("\n" * 100_000, "\n\n" * 100_000),
        (" ".join(f"One two three {n}." for n in range(3_000)), " ".join(f"One two {n} three." for n in range(3_000))),
    ],
    ids=range(5),
)  # fmt: skip
def test_texts_made_to_hurt_cost_a_bounded_time(old: str, new: str) -> None:
    began = process_time()
    compared(old, new)
    assert process_time() - began < PATIENCE
