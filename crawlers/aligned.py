"""Which stretches of a page's lines are the paragraphs that were read in it, white space left aside. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from crawlers.lines import CONTROLS

_STEPS = 400_000  # lines looked at; what a hostile page would have compared beyond that counts as not kept


def squeezed(text: str) -> str:
    """A text without white space, control characters and soft hyphens: what page and reading have alike."""
    return "".join(CONTROLS.sub("", text).replace("\u00ad", "").split())


def kept_of(
    lines: Sequence[str], paragraphs: Sequence[str], may_be_skipped: Callable[[int], bool]
) -> list[tuple[int, int]]:
    """Of each line, from and to which character it is kept; (0, 0) of one that is not. All squeezed.

    Each paragraph is one line or several that follow one another, the paragraphs in their order; of the
    line that it ends with the rest may be left out. Lines that may be skipped can stand inside a paragraph.
    """
    kept = [(0, 0)] * len(lines)
    steps = _Steps()
    at = 0
    for paragraph in filter(None, paragraphs):
        found = None
        for whole in (True, False):
            for begin in range(at, len(lines)):
                found = _filled(lines, begin, paragraph, whole, may_be_skipped, steps)
                if found is not None or steps.left < 0:
                    break
            if found is not None or steps.left < 0:
                break
        for line, end in found or ():
            kept[line] = 0, end
            at = line + 1
    return kept


class _Steps:
    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = _STEPS


def _filled(
    lines: Sequence[str],
    begin: int,
    paragraph: str,
    whole: bool,
    may_be_skipped: Callable[[int], bool],
    steps: _Steps,
) -> list[tuple[int, int]] | None:
    """The lines from `begin` on that are the paragraph, each with how much of it; None where they are not."""
    filled: list[tuple[int, int]] = []
    done = 0
    for number in range(begin, len(lines)):
        steps.left -= 1
        line = lines[number]
        if paragraph.startswith(line, done):
            filled.append((number, len(line)))
            done += len(line)
            if done == len(paragraph):
                return filled
        elif not whole and len(line) > len(paragraph) - done and line.startswith(paragraph[done:]):
            return [*filled, (number, len(paragraph) - done)]
        elif not filled or not may_be_skipped(number):
            return None
        if steps.left < 0:
            return None
    return None
