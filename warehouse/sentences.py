"""Texts as sentences, and what was taken out and put in between two of them: pure.

Knows nothing of tables, and of stories only how a paper words the note that it corrected itself.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_ENDS = re.compile(r"(?<![.!?…۔؟])[.!?…۔؟]++[\"'”’»)\]‘“]*+(?:\s++|(?<=[۔؟])(?=[^\W\d]))")
"""Where a sentence may end: its marks, what closes behind them (in Urdu the quotation marks that open in
English), and white space. An Urdu full stop needs no space behind it. Possessive, and begun by one mark only:
a page of dots takes no longer than a text."""

_OPENERS = "\"'“‘«([•-–— "
_LETTERS = re.compile(r"(?:[A-Za-z]\.)*[A-Za-z]")  # U.S, J.D, M
_LAST_WORD = re.compile(r"[\w.]+\Z")
_LONGEST_WORD = 24  # characters before a full stop that are looked at

_TITLES = re.compile(
    r"adm|adv|amb|asst|brig|capt|ch|cdr|col|cpl|det|dr|eng|engr|esq|gen|gov|govt|hon|insp|intl|jr|lt|ltd|maj"
    r"|messrs|mr|mrs|ms|mst|mt|pres|prof|pvt|rep|retd|rev|sen|sgt|sh|sr|st|supt|viz|vs"
)
"""Abbreviations behind which a name goes on; a full stop behind them ends no sentence."""

_BEFORE_NUMBERS = re.compile(
    r"approx|arts?|cl|figs?|nos?|p|paras?|pp|pt|re|rs|secs?|sect|sr|usd|vol"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
)
"""Abbreviations behind which a number goes on."""

_CLOCK = frozenset({"a.m", "p.m"})

PIECE = r"(?:story|article|report|piece|item|editorial|column|review|headline|caption|post)"
_NOTE = re.compile(
    rf"""
    ^\W*(?:correction|corrections|corrigendum|erratum|clarification)\b\s*[:.—–\-)\]]
    | ^\W*(?:correction|corrigendum|erratum|clarification)\W*$
    | \b(?:earlier|previous|prior|original)\ version\ of\ (?:this\ {PIECE}|the\ (?:story|article|headline))\b
    | \bthis\ {PIECE}\ (?:has\ (?:since\ |now\ )?been|was)\ (?:since\ |later\ |subsequently\ )?
      (?:updated|corrected|amended|revised|modified|clarified)\b
    | ^\W*(?:the\ )?headline\ (?:of\ this\ \w+\ )?(?:has\ been|was)
      \ (?:corrected|amended|changed|updated)\b
    | \b(?:we|dawn)\ regrets?\ the\ (?:error|mistake)\b
    | \bthe\ (?:error|mistake)\ is\ (?:sincerely\ |deeply\ )?regretted\b
    | ^\W*تصحیح\s*:
    """,
    re.IGNORECASE | re.VERBOSE,
)

LCS = 250_000
"""Pairs of sentences that are compared one by one, in one stretch of two texts: a twentieth of a second. A
stretch with more is divided by the sentences that stand once in both, and what is left is replaced whole."""


def sentences(text: str) -> list[str]:
    """The sentences of a text in order, with single blanks and no soft hyphens; lines are never joined.

    Together they have every other character of the text. Where it is not clear whether an abbreviation ends
    a sentence ("in the U.S. The …"), the two stay one.
    """
    return [sentence for line in text.split("\n") for sentence in _of_line(as_read(line))]


def as_read(line: str) -> str:
    """A line as its reader sees it: white space and soft hyphens make no difference to a version."""
    return " ".join(line.replace("\u00ad", "").split())


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text in order, with their line breaks, their lines as read."""
    return ["\n".join(map(as_read, paragraph.split("\n"))) for paragraph in text.split("\n\n")]


def _of_line(line: str) -> Iterator[str]:
    begin = 0
    for end in _ENDS.finditer(line):
        if _is_end(line, end.start(), end.end()):
            yield line[begin : end.end()].rstrip()
            begin = end.end()
    if begin < len(line):
        yield line[begin:]


def _is_end(line: str, mark: int, rest: int) -> bool:
    """Whether a sentence ends with the marks at `mark`, where the line goes on at `rest`."""
    if line[mark] in "۔؟":
        return True
    place = rest
    while place < len(line) and place - rest < 8 and line[place] in _OPENERS:
        place += 1
    following = line[place : place + 1]
    if following.islower():
        return False
    if line[mark] != "." or line[mark : mark + 2] == "..":
        return True
    found = _LAST_WORD.search(line, max(0, mark - _LONGEST_WORD), mark)
    word = found[0] if found else ""
    if _LETTERS.fullmatch(word):
        return word.lower() in _CLOCK
    small = word.lower().strip(".")
    return not (_TITLES.fullmatch(small) or (following.isdigit() and _BEFORE_NUMBERS.fullmatch(small)))


def is_note(sentence: str) -> bool:
    """Whether a sentence says that this very piece was corrected, clarified or updated."""
    return _NOTE.search(sentence) is not None


@dataclass(frozen=True, slots=True)
class Change:
    """What was taken out of one sequence and put in to make another, in order, and where.

    `before_at` are places in the old sequence, `after_at` in the new one, counted from 1.
    """

    before: tuple[str, ...]
    after: tuple[str, ...]
    before_at: tuple[int, ...]
    after_at: tuple[int, ...]

    def applied(self, old: Sequence[str]) -> list[str]:
        """The new sequence. Only for the old one that the change was made of."""
        out = set(self.before_at)
        new = [each for place, each in enumerate(old, 1) if place not in out]
        for place, each in zip(self.after_at, self.after, strict=True):
            new.insert(place - 1, each)
        return new


def change(old: Sequence[str], new: Sequence[str]) -> Change:
    """What leads from the old sequence to the new one: as little as can be, within bounded time."""
    kept = list(_kept(old, new, 0, len(old), 0, len(new)))
    in_old, in_new = {a for a, _ in kept}, {b for _, b in kept}
    before = [place for place in range(len(old)) if place not in in_old]
    after = [place for place in range(len(new)) if place not in in_new]
    return Change(
        tuple(old[place] for place in before),
        tuple(new[place] for place in after),
        tuple(place + 1 for place in before),
        tuple(place + 1 for place in after),
    )


def _kept(
    old: Sequence[str], new: Sequence[str], a: int, a_end: int, b: int, b_end: int
) -> Iterator[tuple[int, int]]:
    """The places, in order, of what stays: of `old` from `a` and of `new` from `b` on, to their ends."""
    while a < a_end and b < b_end and old[a] == new[b]:
        yield a, b
        a, b = a + 1, b + 1
    same = 0
    while a < a_end - same and b < b_end - same and old[a_end - 1 - same] == new[b_end - 1 - same]:
        same += 1
    a_end, b_end = a_end - same, b_end - same
    if a < a_end and b < b_end:
        if (a_end - a) * (b_end - b) <= LCS:
            yield from _longest(old, new, a, a_end, b, b_end)
        elif anchors := _anchors(old, new, a, a_end, b, b_end):
            for to_a, to_b in anchors:
                yield from _kept(old, new, a, to_a, b, to_b)
                yield to_a, to_b
                a, b = to_a + 1, to_b + 1
            yield from _kept(old, new, a, a_end, b, b_end)
    yield from ((a_end + n, b_end + n) for n in range(same))


def _longest(
    old: Sequence[str], new: Sequence[str], a: int, a_end: int, b: int, b_end: int
) -> Iterator[tuple[int, int]]:
    """The places of the longest sequence that both stretches have."""
    width = b_end - b
    lengths = [[0] * (width + 1)]
    for place in range(a_end - 1, a - 1, -1):
        below, row, said = lengths[-1], [0] * (width + 1), old[place]
        for at in range(width - 1, -1, -1):
            same = said == new[b + at]
            row[at] = below[at + 1] + 1 if same else max(below[at], row[at + 1])
        lengths.append(row)
    lengths.reverse()
    at = 0
    place = 0
    while place < a_end - a and at < width:
        if old[a + place] == new[b + at]:
            yield a + place, b + at
            place, at = place + 1, at + 1
        elif lengths[place + 1][at] >= lengths[place][at + 1]:
            place += 1
        else:
            at += 1


def _anchors(
    old: Sequence[str], new: Sequence[str], a: int, a_end: int, b: int, b_end: int
) -> list[tuple[int, int]]:
    """Of what stands once in each stretch, the most that stand in the same order in both."""
    once_in_old, once_in_new = Counter(old[a:a_end]), Counter(new[b:b_end])
    where = {new[place]: place for place in range(b, b_end) if once_in_new[new[place]] == 1}
    pairs = [
        (place, where[old[place]])
        for place in range(a, a_end)
        if once_in_old[old[place]] == 1 and old[place] in where
    ]
    ends: list[int] = []  # the least place in `new` that a row of that length ends with
    rows: list[int] = []  # the pair it ends with
    back: list[int] = []
    for n, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        back.append(rows[length - 1] if length else -1)
        ends[length:] = [place, *ends[length + 1 :]] if length < len(ends) else [place]
        rows[length:] = [n, *rows[length + 1 :]] if length < len(rows) else [n]
    found = []
    n = rows[-1] if rows else -1
    while n >= 0:
        found.append(pairs[n])
        n = back[n]
    return found[::-1]


@dataclass(frozen=True, slots=True)
class Edit:
    """What was done to a text, and what it shows: correction note, addition, removal, rewrite or paragraphs.

    Of `paragraphs`, where the sentences are the same and only stand in other paragraphs, `made` is of these.
    """

    shows: str
    made: Change


def edit(old: str, new: str) -> Edit | None:
    """What leads from one body to another; None where a reader sees no difference.

    Whether it was told by the site is not known here: times are no business of a text.
    """
    made = change(sentences(old), sentences(new))
    if not made.before and not made.after:
        made = change(paragraphs(old), paragraphs(new))
        return Edit("paragraphs", made) if made.before or made.after else None
    if sum(map(is_note, made.after)) > sum(map(is_note, made.before)):
        return Edit("correction note", made)
    if not made.before:
        return Edit("addition", made)
    return Edit("rewrite" if made.after else "removal", made)
