"""Two versions of a text as one: what stayed, what was taken out, what was put in. Pure.

Sentence by sentence, and word by word where a sentence was rewritten. Without what was put in it is the old
text, without what was taken out the new one, as their readers see them: `warehouse.sentences.as_read`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from warehouse.sentences import as_read, change, sentences

Kind = Literal["same", "out", "in"]

_WORDS = re.compile(r"\w+(?:[’'.-]\w+)*| +|[^\w ]")
_ALIKE = 0.5
"""The share of words that two sentences have in common of which one is the other, rewritten."""
_PAIRS = 2_500  # sentences out by sentences in that are compared to find which became which
_WORDS_AT_ONCE, _WORDS_IN_ALL = 90_000, 1_500_000  # words out by words in: of one sentence, of a text


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text and what became of it. Breaks between lines are pieces by themselves."""

    kind: Kind
    text: str

    @property
    def is_break(self) -> bool:
        """Whether it parts lines ("\\n") or paragraphs ("\\n\\n")."""
        return self.text.startswith("\n")


def compared(old: str, new: str) -> tuple[Piece, ...]:
    """What leads from the old text to the new one, in the order in which both are read."""
    before, after = _parts(old), _parts(new)
    made = change([said for _, said in before[:-1]], [said for _, said in after[:-1]])
    out, put = set(made.before_at), set(made.after_at)
    pieces: list[Piece] = []
    budget = _WORDS_IN_ALL
    a = b = 0
    while a < len(before) or b < len(after):
        taken, given = a, b
        while a < len(before) - 1 and a + 1 in out:
            a += 1
        while b < len(after) - 1 and b + 1 in put:
            b += 1
        for gone, came in _became(before[taken:a], after[given:b]):
            if gone and came:
                pieces += _gap(gone[0], came[0])
                budget -= _cost(gone[1], came[1])
                pieces += _words(gone[1], came[1]) if budget > 0 else _whole(gone[1], came[1])
            elif gone:
                pieces += (Piece("out", gone[0]), Piece("out", gone[1]))
            elif came:
                pieces += (Piece("in", came[0]), Piece("in", came[1]))
        pieces += _gap(before[a][0], after[b][0])
        pieces.append(Piece("same", before[a][1]))
        a, b = a + 1, b + 1
    return tuple(_joined(_settled([piece for piece in pieces if piece.text])))


def paragraphs(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces as one reads them: a new paragraph at each break but one that is gone and joined two."""
    found: list[list[Piece]] = [[]]
    for number, piece in enumerate(pieces):
        following = pieces[number + 1] if number + 1 < len(pieces) else None
        if piece.is_break and (piece.kind != "out" or (following is not None and following.kind == "out")):
            found.append([piece] if piece.kind != "same" else [])
        else:
            found[-1].append(piece)
    return [each for each in found if any(not piece.is_break for piece in each)]


def _parts(text: str) -> list[tuple[str, str]]:
    """What stands before each sentence, and the sentence; last what stands behind all, and ""."""
    found: list[tuple[str, str]] = []
    gap = ""
    for number, line in enumerate(text.split("\n")):
        gap += "\n" if number else ""
        read = as_read(line)
        at = 0
        for sentence in sentences(line):
            begin = read.index(sentence, at)
            found.append((gap + read[at:begin], sentence))
            gap, at = "", begin + len(sentence)
    return [*found, (gap, "")]


_Part = tuple[str, str]


def _became(gone: Sequence[_Part], came: Sequence[_Part]) -> Iterator[tuple[_Part | None, _Part | None]]:
    """Which of the sentences taken out became which of those put in, in both their orders."""
    a = b = 0
    for to_a, to_b in _pairs(gone, came):
        yield from ((one, None) for one in gone[a:to_a])
        yield from ((None, one) for one in came[b:to_b])
        yield gone[to_a], came[to_b]
        a, b = to_a + 1, to_b + 1
    yield from ((one, None) for one in gone[a:])
    yield from ((None, one) for one in came[b:])


def _pairs(gone: Sequence[_Part], came: Sequence[_Part]) -> list[tuple[int, int]]:
    """The pairs, in order, that have the most in common, of those with enough of it."""
    if not gone or not came or len(gone) * len(came) > _PAIRS:
        return []
    said = [Counter(re.findall(r"\w+", text.lower())) for _, text in gone]
    says = [Counter(re.findall(r"\w+", text.lower())) for _, text in came]
    best = [[0.0] * (len(came) + 1) for _ in range(len(gone) + 1)]
    alike = [[_alike(one, other) for other in says] for one in said]
    for a in range(len(gone) - 1, -1, -1):
        for b in range(len(came) - 1, -1, -1):
            paired = alike[a][b] + best[a + 1][b + 1] if alike[a][b] >= _ALIKE else 0.0
            best[a][b] = max(best[a + 1][b], best[a][b + 1], paired)
    found = []
    a = b = 0
    while a < len(gone) and b < len(came):
        if alike[a][b] >= _ALIKE and best[a][b] == alike[a][b] + best[a + 1][b + 1]:
            found.append((a, b))
            a, b = a + 1, b + 1
        elif best[a][b] == best[a + 1][b]:
            a += 1
        else:
            b += 1
    return found


def _alike(one: Counter[str], other: Counter[str]) -> float:
    in_all = one.total() + other.total()
    return 2 * (one & other).total() / in_all if in_all else 0.0


def _cost(gone: str, came: str) -> int:
    return (gone.count(" ") + 1) * (came.count(" ") + 1) * 4


def _gap(before: str, after: str) -> list[Piece]:
    if before == after:
        return [Piece("same", before)]
    return [Piece("out", before), Piece("in", after)]


def _whole(gone: str, came: str) -> list[Piece]:
    return [Piece("out", gone), Piece("in", came)]


def _words(gone: str, came: str) -> list[Piece]:
    """A rewritten sentence word by word; as a whole where too little of it stays in one place."""
    if _cost(gone, came) > 4 * _WORDS_AT_ONCE:
        return _whole(gone, came)
    old, new = _WORDS.findall(gone), _WORDS.findall(came)
    made = change(old, new)
    out, put = set(made.before_at), set(made.after_at)
    pieces: list[Piece] = []
    a = b = 0
    while a < len(old) or b < len(new):
        if a < len(old) and a + 1 in out:
            pieces.append(Piece("out", old[a]))
            a += 1
        elif b < len(new) and b + 1 in put:
            pieces.append(Piece("in", new[b]))
            b += 1
        else:
            pieces.append(Piece("same", old[a]))
            a, b = a + 1, b + 1
    return _without_islands(_joined(pieces))


def _without_islands(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces with each blank that stays between two changes taken as changed: so they are one change."""
    made: list[Piece] = []
    for number, piece in enumerate(pieces):
        between = 0 < number < len(pieces) - 1 and pieces[number + 1].kind != "same"
        if piece.kind == "same" and between and not piece.text.strip():
            made += (Piece("out", piece.text), Piece("in", piece.text))
        else:
            made.append(piece)
    return made


def _settled(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces with what is out before what is in, and breaks that both texts have in a place as the same.

    Between two pieces that stay the order of what is out and what is in says nothing.
    """
    made: list[Piece] = []
    for stays, group in groupby(pieces, lambda piece: piece.kind == "same"):
        if stays:
            made += group
            continue
        changed = list(group)
        out = [piece for piece in changed if piece.kind == "out"]
        put = [piece for piece in changed if piece.kind == "in"]
        last: list[Piece] = []
        if out and put and _is_space(out[0]) and out[0].text == put[0].text:
            made.append(Piece("same", out[0].text))
            out, put = out[1:], put[1:]
        if out and put and _is_space(out[-1]) and out[-1].text == put[-1].text:
            last = [Piece("same", out[-1].text)]
            out, put = out[:-1], put[:-1]
        made += (*out, *put, *last)
    return made


def _is_space(piece: Piece) -> bool:
    return not piece.text.strip()


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces with neighbours of one kind as one; breaks stay by themselves."""
    made: list[Piece] = []
    for piece in pieces:
        if made and made[-1].kind == piece.kind and not (made[-1].is_break or piece.is_break):
            made[-1] = Piece(piece.kind, made[-1].text + piece.text)
        else:
            made.append(piece)
    return made
