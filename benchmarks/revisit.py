"""`python -m benchmarks.revisit`: what the learnt schedule of revisits catches, beside a fixed one.

Over a trace of edits that a generator makes, always the same for a seed: nobody has recorded which of a real
paper's stories were edited when, and so these figures say how well the schedule finds out and uses what is
true of such a trace, not how often Dawn edits. The learnt schedule knows nothing of the generator: it starts
from the guess in flows/revisits.py and learns each day from what its own looks saw.
"""

from __future__ import annotations

import argparse
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from math import ceil
from operator import add
from random import Random

from flows.revisits import EDGES, Rates, chosen, learnt
from warehouse.looks import Candidate, Looks

DAYS, STORIES, SEEDS = 60, 80, 3
FIXED = {
    "1 h, 6 h, 24 h, 72 h, 7 d": (1.0, 6.0, 24.0, 72.0, 168.0),
    "6 h, 72 h": (6.0, 72.0),
    "24 h": (24.0,),
}
"""Fixed schedules: how many hours after it came out each story is looked at."""
RUNS = 4  # a day
SECTIONS = {"Pakistan": 2.0, "World": 1.0, "Business": 0.5, "Sport": 1.5, "Opinion": 0.1}
"""How often stories of a section are edited, beside those of another."""


@dataclass(frozen=True, slots=True)
class Story:
    """A story of the trace; all times in hours since the trace began."""

    story_id: int
    section: str
    came_out: float
    first_seen: float
    edits: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a schedule's looks came to, and how many edits there were to catch."""

    requests: int
    caught: int
    edits: int

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(self.requests + other.requests, self.caught + other.caught, self.edits + other.edits)

    def row(self, name: str) -> str:
        """A row of the table."""
        each = self.caught / self.requests if self.requests else 0.0
        share = self.caught / self.edits
        return f"| {name} | {self.requests:,} | {self.caught:,} | {each:.3f} | {share:.1%} |"


def rate(section: str, age: float) -> float:
    """Edits an hour that the trace is made with: most in the first hours, then ever fewer."""
    return SECTIONS[section] * 0.12 * float((1 + age / 2) ** -1.4)


def trace(seed: int, days: int = DAYS, stories: int = STORIES, alike: bool = False) -> tuple[Story, ...]:
    """The stories with their edits until the end, in the order in which they came out.

    Stories of one section differ, too: each has a factor of its own, from a gamma distribution of shape 1, so
    that many are never edited and some often. The schedules are not told. Not where they are `alike`.
    """
    chance = Random(seed)
    end = days * 24.0
    names = list(SECTIONS)
    found = []
    for came_out in sorted(chance.uniform(0, end) for _ in range(days * stories)):
        section = chance.choices(names, (4, 2, 2, 2, 1))[0]
        own = 1.0 if alike else chance.gammavariate(1, 1)
        edits = []
        # Thinned: candidates at the greatest rate, of which as many are kept as the rate at that age says.
        most = rate(section, 0) * own
        at = came_out
        while (at := at + chance.expovariate(most)) < min(end, came_out + 24 * 45):
            if chance.random() * most < rate(section, at - came_out) * own:
                edits.append(at)
        found.append((section, came_out, came_out + chance.uniform(0, 0.25), tuple(edits)))
    return tuple(Story(number, *each) for number, each in enumerate(found, 1))


class Watch:
    """The looks that a schedule has made so far, and what they caught."""

    def __init__(self, stories: tuple[Story, ...]) -> None:
        self.requests = self.caught = 0
        self.last = {story.story_id: story.first_seen for story in stories}
        self._sums: dict[tuple[str, int, int, bool], list[float]] = {}

    def look(self, story: Story, now: float) -> None:
        """Nothing; the story was looked at. Several edits since the last look are caught as one."""
        since = self.last[story.story_id]
        self.last[story.story_id] = now
        changed = bisect_right(story.edits, now) > bisect_right(story.edits, since)
        self.requests += 1
        self.caught += changed
        then, age = since - story.came_out, now - story.came_out
        first, last = bisect_right(EDGES, then) - 1, bisect_right(EDGES, age) - 1
        sums = self._sums.setdefault((story.section, first, last, changed), [0, 0.0, 0.0])
        sums[0] += 1
        sums[1] += (age if first == last else EDGES[first + 1]) - then
        sums[2] += 0.0 if first == last else age - EDGES[last]

    @property
    def history(self) -> list[Looks]:
        """What the looks saw, as the warehouse adds it up."""
        return [Looks(*key, int(n), began, ended) for key, (n, began, ended) in self._sums.items()]


def fixed(stories: tuple[Story, ...], ages: tuple[float, ...], end: float, every: float = 0) -> Watch:
    """A fixed schedule: kept to the minute, or with `every` at the first run of so many hours after that."""
    watch = Watch(stories)
    for story in stories:
        for age in ages:
            due = story.came_out + age
            at = ceil(due / every) * every if every else due
            if watch.last[story.story_id] < at < end:  # two ages may meet in one run
                watch.look(story, at)
    return watch


def scheduled(stories: tuple[Story, ...], days: int, requests: int, rates: Rates | None = None) -> Watch:
    """The learnt schedule, within so many requests in all, spread over the days; or that of given rates."""
    watch = Watch(stories)
    known = {story.story_id: story for story in stories}
    for day in range(days):
        # The day's share and what the days before left: as many requests in all as the fixed schedule made.
        budget = requests * (day + 1) // days - watch.requests
        now_known = rates or learnt(watch.history)
        for run in range(RUNS):
            now = day * 24.0 + (run + 1) * 24.0 / RUNS - 0.01
            share = ceil(budget / (RUNS - run))
            for story_id, _ in chosen(_candidates(stories, watch, now), now_known, share):
                watch.look(known[story_id], now)
                budget -= 1
    return watch


def _candidates(stories: tuple[Story, ...], watch: Watch, now: float) -> Iterator[Candidate]:
    for story in stories:
        if story.first_seen >= now:
            return  # the others came out later; one that is seen late waits for the next run
        then = watch.last[story.story_id]
        yield Candidate(story.story_id, story.section, then - story.came_out, now - story.came_out)


def true_rates() -> Rates:
    """The generator's own rates, on average over each band, which no schedule can know."""

    def averages(section: str) -> tuple[float, ...]:
        ends = (*EDGES[1:], EDGES[-1] * 2)
        spans = [(low, high, (high - low) / 200) for low, high in zip(EDGES, ends, strict=True)]
        return tuple(
            sum(rate(section, low + (n + 0.5) * step) for n in range(200)) / 200 for low, _, step in spans
        )

    each: dict[str | None, tuple[float, ...]] = {section: averages(section) for section in SECTIONS}
    return Rates(each["World"], each)


def outcomes(seed: int, days: int = DAYS, stories: int = STORIES, alike: bool = False) -> dict[str, Outcome]:
    """What each schedule catches of one trace, by its name."""
    made = trace(seed, days, stories, alike)
    edits = sum(edit > story.first_seen for story in made for edit in story.edits)
    found = {}

    def told(name: str, watch: Watch) -> int:
        found[name] = Outcome(watch.requests, watch.caught, edits)
        return watch.requests

    for name, ages in FIXED.items():
        requests = told(f"fixed: {name}, to the minute", fixed(made, ages, days * 24.0))
        told(f"fixed: {name}, at {RUNS} runs a day", fixed(made, ages, days * 24.0, 24.0 / RUNS))
        told(f"**learnt**, as many requests ({name})", scheduled(made, days, requests))
        told(f"with the true rates ({name})", scheduled(made, days, requests, true_rates()))
        if len(ages) == max(map(len, FIXED.values())):
            told(f"learnt, three quarters of these ({name})", scheduled(made, days, requests * 3 // 4))
    return found


def main(arguments: list[str] | None = None) -> None:
    """Nothing; the tables are printed."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks.revisit", description=__doc__)
    asked.add_argument("--seeds", type=int, default=SEEDS, help="as many traces, added up")
    asked.add_argument("--days", type=int, default=DAYS)
    asked.add_argument("--stories", type=int, default=STORIES, help="a day")
    said = asked.parse_args(arguments)
    tables = [
        _table(said.seeds, said.days, said.stories, alike=False),
        _table(said.seeds, said.days, said.stories, alike=True),
    ]
    print("\n\n".join(tables))


def _table(seeds: int, days: int, stories: int, alike: bool) -> str:
    traces = [outcomes(seed, days, stories, alike) for seed in range(1, seeds + 1)]
    rows = {name: reduce(add, (each[name] for each in traces)) for name in traces[0]}
    edits = next(iter(rows.values())).edits
    lines = [
        f"**Stories of a section {'alike' if alike else 'each with a factor of its own'}.**"
        f" {seeds} traces of {days} days with {stories} stories a day, {edits:,} edits.",
        "",
        "| schedule | requests | edits caught | per request | of all edits |",
        "|---|---|---|---|---|",
        *(row.row(name) for name, row in rows.items()),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
