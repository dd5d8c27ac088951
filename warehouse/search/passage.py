"""The passage of a text where what was searched for stands. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from warehouse.search.analysis import composed, stems, words
from warehouse.search.question import Sought

WIDTH = 240  # characters of a passage
FARTHEST = 400_000  # characters of a text that are looked through
MOST = 60  # matches in one passage
MOST_TRIED = 2_000  # matches that a passage may begin with


@dataclass(frozen=True, slots=True)
class Passage:
    """Some lines of a text, and which of their characters were searched for: (first, behind the last)."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()

    def marked(self, before: str = "**", after: str = "**") -> str:
        """The passage with its marks set between these."""
        pieces, done = [], 0
        for first, behind in self.marks:
            pieces += [self.text[done:first], before, self.text[first:behind], after]
            done = behind
        return "".join([*pieces, self.text[done:]])


@dataclass(frozen=True, slots=True)
class _Match:
    first: int
    behind: int
    which: int  # of what is sought
    weight: float


def passage(text: str, sought: Sequence[Sought], width: int = WIDTH) -> Passage:
    """The part of one paragraph where the most of what is sought stands, or else the text's beginning.

    Says with "…" where the paragraph goes on.
    """
    text = composed(text[:FARTHEST])
    matches = _matches(text, sought)
    if not matches:
        first = len(text) - len(text.lstrip())
        line_end = text.find("\n", first)
        return _cut(text, first, first, first, len(text) if line_end < 0 else line_end, (), width)
    edges = [0, *(found.end() for found in re.finditer(r"\n+", text)), len(text) + 1]
    best: tuple[float, int] = (-1.0, 0)
    chosen: list[_Match] = []
    paragraph = 0
    for n, match in enumerate(matches[:MOST_TRIED]):
        while edges[paragraph + 1] <= match.first:
            paragraph += 1
        window: list[_Match] = []
        for other in matches[n : n + MOST]:
            if other.behind > min(match.first + width, edges[paragraph + 1]):
                break
            window.append(other)
        window = window or [match]
        weights = {other.which: 0.0 for other in window}
        for other in window:
            weights[other.which] = max(weights[other.which], other.weight)
        # More of what is sought first; then more often, but that counts little.
        rank = (sum(weights.values()) + min(len(window), 9) / 100, -match.first)
        if rank > best:
            best, chosen = rank, window
    start = max(edge for edge in edges if edge <= chosen[0].first)
    end = text.find("\n", chosen[0].first)
    return _cut(
        text, start, chosen[0].first, chosen[-1].behind, len(text) if end < 0 else end, tuple(matches), width
    )


def _matches(text: str, sought: Sequence[Sought]) -> list[_Match]:
    """Where in the text what stands, in order. A phrase is one match."""
    if not sought:
        return []
    plain = words().pre_tokenize(text).tokens
    said = [token.text for token in plain]
    cut = [token.text for token in stems().pre_tokenize(text).tokens]
    found = []
    for which, each in enumerate(sought):
        length = len(each.words)
        for n, word in enumerate(said):
            if length > 1:
                fits = 2.0 if word == each.words[0] and tuple(said[n : n + length]) == each.words else 0.0
            elif each.prefix:
                fits = 1.0 if word.startswith(each.words[0]) else 0.0
            elif word == each.words[0]:
                fits = 1.0
            else:
                fits = 0.8 if each.stem is not None and cut[n] == each.stem else 0.0
            if fits:
                last = plain[n + length - 1]
                behind = last.char_offset_to
                found.append(_Match(plain[n].char_offset_from, behind or last.char_offset_from, which, fits))
    return sorted(found, key=lambda match: (match.first, match.behind, match.which))


def _cut(
    text: str, start: int, first: int, behind: int, end: int, matches: Sequence[_Match], width: int
) -> Passage:
    """The passage of paragraph [start, end) around [first, behind), begun with a sentence where that fits."""
    left = max(start, behind - width, first - width // 2)
    if left > start:
        sentences = [found.end() for found in re.finditer(r"[.!?][”’\"')]*\s+", text[left - 1 : first])]
        spaces = [found.end() for found in re.finditer(r"\s+", text[left - 1 : first])]
        begun = sentences[0] if sentences else None
        left = left - 1 + (begun or (spaces[0] if spaces else 1))
        before = "" if begun else "… "
    else:
        before = ""
    right = min(end, max(left + width, behind))
    if right < end:
        space = max(text.rfind(" ", behind, right), behind)
        right = space if space > behind else right
    after = " …" if right < end else ""
    shift = len(before) - left
    marks: list[tuple[int, int]] = []
    for match in matches:
        if match.first >= left and match.behind <= right:
            if marks and match.first + shift < marks[-1][1]:
                marks[-1] = (marks[-1][0], max(marks[-1][1], match.behind + shift))
            else:
                marks.append((match.first + shift, match.behind + shift))
    return Passage(before + text[left:right] + after, tuple(marks))
