"""Two ways of doing one thing, timed in turn: a ratio that holds when the machine's speed drifts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import process_time

from benchmarks.extract.report import table
from benchmarks.record import spread


@dataclass(frozen=True, slots=True)
class Turns:
    """CPU seconds of each turn of two ways, and what they did."""

    what: str
    first: str
    second: str
    pairs: tuple[tuple[float, float], ...]
    units: int  # how many things one turn did

    def __str__(self) -> str:
        ways = ((self.first, [a for a, _ in self.pairs]), (self.second, [b for _, b in self.pairs]))
        rows = [
            [name, spread([self.units / taken for taken in seconds], "{:,.0f}")] for name, seconds in ways
        ]
        rows.append(["the first against the second", f"{spread([b / a for a, b in self.pairs], '{:.1f}')} ×"])
        return f"**{self.what}.** {len(self.pairs)} turns.\n\n{table(['way', 'per CPU second'], rows)}\n"


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
