"""Two ways of doing one thing, timed in turn: a ratio that holds when the machine's speed drifts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import process_time


@dataclass(frozen=True, slots=True)
class Turns:
    """CPU seconds of each turn of two ways, and what they did."""

    what: str
    first: str
    second: str
    pairs: tuple[tuple[float, float], ...]
    units: int  # how many things one turn did

    def __str__(self) -> str:
        ratios = sorted(b / a for a, b in self.pairs)
        a, b = median(a for a, _ in self.pairs), median(b for _, b in self.pairs)
        return (
            f"{self.what}\n"
            f"  {self.first:44} {self.units / a:9.0f} per CPU second\n"
            f"  {self.second:44} {self.units / b:9.0f} per CPU second\n"
            f"  ratio, median of {len(ratios)} turns: {median(ratios):.1f}"
            f" ({ratios[0]:.1f} to {ratios[-1]:.1f})\n"
        )


def in_turn(
    what: str,
    first: tuple[str, Callable[[], object]],
    second: tuple[str, Callable[[], object]],
    units: int,
    turns: int = 5,
) -> Turns:
    """The timing of both ways, A B A B …, after one round that does not count."""
    pairs = []
    for _ in range(turns + 1):
        seconds = []
        for _, way in (first, second):
            began = process_time()
            way()
            seconds.append(process_time() - began)
        pairs.append((seconds[0], seconds[1]))
    return Turns(what, first[0], second[0], tuple(pairs[1:]), units)
