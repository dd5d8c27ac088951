"""Which held stories are worth another look: how likely a change is, learnt from looks, and the choice.

Pure: looks and candidates in, rates and ids out. Edits of a story are taken for a Poisson process whose rate
depends on the story's section and age. A look only tells whether anything changed since the look before it,
not when and how often: the rates are the most likely ones for what was seen under that veil.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from math import expm1, log2
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warehouse.looks import Candidate, Looks

BUDGET = 300
"""Requests a day for held stories that may have changed: ten minutes of asking once in two seconds."""

EDGES = (0, 1, 3, 6, 12, 24, 48, 96, 192, 384, 768, 1536, 3072, 6144)
"""Hours after a story came out at which a band of ages begins; the last one has no end."""

DOUBLING = 0.05
"""Edits that a story is taken for having while its age doubles, before anything was seen. The same in each
doubling, because nothing is known of when editors mend; few, so that a budget is not spent on a guess; not
none, or nobody would ever look."""

WORTH = 2.0
"""Edits that this guess weighs: after some more looks the archive's own history decides."""

WORTH_ALL = 5.0
"""Edits the rate over all sections weighs against a section's own: one with few looks is like the rest."""

FLOOR = 0.005
"""The least chance of an edit that is worth a request: one page in two hundred. Below, the day's budget is
left unspent."""

ROUNDS = 100
"""How often the rates are made likelier. Always as often: then more changes seen never lower a rate, which
stopping earlier here than there would break in the last digits."""


NOTHING = 1e-100
"""Edits so few that nobody was away: what a look within the same second found says nothing of a rate."""


def _prior() -> tuple[float, ...]:
    """Edits an hour in each band: as many in each doubling of age; the first hour counts as one."""
    closed = [DOUBLING * log2(high / low if low else 2) / (high - low) for low, high in pairwise(EDGES)]
    return (*closed, DOUBLING / EDGES[-1])


@dataclass(frozen=True)
class Rates:
    """Edits an hour in each band of EDGES, over all sections and of each by name."""

    everywhere: tuple[float, ...] = field(default_factory=_prior)
    sections: Mapping[str | None, tuple[float, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Edits until each edge: a million candidates are two sums each.
        sums = {name: _until_edges(rates) for name, rates in self.sections.items()}
        object.__setattr__(self, "_sums", sums)
        object.__setattr__(self, "_sums_everywhere", _until_edges(self.everywhere))

    def of(self, section: str | None) -> tuple[float, ...]:
        """The rates of a section; of one that nothing is known of, those over all."""
        return self.sections.get(section, self.everywhere)

    def edits(self, section: str | None, since: float, until: float) -> float:
        """How many edits a story of that section has between two ages in hours, on average."""
        rates = self.of(section)
        sums: tuple[float, ...] = self._sums.get(section, self._sums_everywhere)  # type: ignore[attr-defined]
        first, last = bisect_right(EDGES, since) - 1, bisect_right(EDGES, until) - 1
        began = sums[first] + (since - EDGES[first]) * rates[first]
        return max(0.0, sums[last] + (until - EDGES[last]) * rates[last] - began)

    def chance(self, candidate: Candidate) -> float:
        """The chance that a look at the story now finds another page than the look before."""
        return -expm1(-self.edits(candidate.section, candidate.age_then, candidate.age_now))


def learnt(looks: Iterable[Looks]) -> Rates:
    """The rates that the looks speak for; where they say little, those of all sections, or else the guess.

    A band without any look keeps what it is measured against. The order of the looks does not matter.
    """
    by_section: dict[str | None, list[Looks]] = defaultdict(list)
    for one in sorted(looks, key=_in_order):
        by_section[one.section].append(one)
    everything = [one for some in by_section.values() for one in some]
    everywhere = _fitted(everything, _prior(), WORTH)
    return Rates(
        everywhere, {name: _fitted(some, everywhere, WORTH_ALL) for name, some in by_section.items()}
    )


def chosen(
    candidates: Iterable[Candidate], rates: Rates, budget: int, floor: float = FLOOR
) -> list[tuple[int, float]]:
    """The stories to look at now and the chance of each, the likeliest first; of equals the lower id.

    `budget` at most, and none below `floor`: there may be fewer. No more than `budget` of them are held.
    """
    likely = ((each.story_id, rates.chance(each)) for each in candidates)
    wanted = ((-chance, story_id) for story_id, chance in likely if chance >= floor)
    return [(story_id, -chance) for chance, story_id in heapq.nsmallest(max(budget, 0), wanted)]


def _fitted(looks: Sequence[Looks], guess: Sequence[float], worth: float) -> tuple[float, ...]:
    """The rates under which the looks are likeliest, beside `worth` edits seen at the rates of `guess`.

    By expectation and maximisation: given the rates, how many edits lie in each band behind a look that found
    something; given those edits, the rate is their number by the hours (a Gamma prior adds to both).
    """
    hours = [worth / rate for rate in guess]
    found = []
    for one in looks:
        away = _away(one)
        for band, long in away.items():
            hours[band] += long * one.looks
        if one.changed:
            found.append((one.looks, away))
    rates = list(guess)
    for _ in range(ROUNDS):
        edits = [worth] * len(rates)
        for count, away in found:
            expected = sum(rates[band] * long for band, long in away.items())
            if expected < NOTHING:
                continue
            share = count / -expm1(-expected)
            for band, long in away.items():
                edits[band] += share * rates[band] * long
        rates = [many / long for many, long in zip(edits, hours, strict=True)]
    return tuple(rates)


def _away(one: Looks) -> dict[int, float]:
    """For how many hours of each band one of these stories was not looked at, on average."""
    away = {one.first: one.hours_first / one.looks}
    away |= {band: float(EDGES[band + 1] - EDGES[band]) for band in range(one.first + 1, one.last)}
    if one.last > one.first:
        away[one.last] = one.hours_last / one.looks
    return away


def _until_edges(rates: Sequence[float]) -> tuple[float, ...]:
    whole = ((high - low) * rate for (low, high), rate in zip(pairwise(EDGES), rates, strict=False))
    return tuple(accumulate(whole, initial=0.0))


def _in_order(one: Looks) -> tuple[str, int, int, bool, int, float, float]:
    return (one.section or "", one.first, one.last, one.changed, one.looks, one.hours_first, one.hours_last)
