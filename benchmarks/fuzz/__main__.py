"""`make fuzz`: pages damaged at random, and what extraction did with them.

    python -m benchmarks.fuzz --pages 100000 --seed 1 --jobs 2
    python -m benchmarks.fuzz --seed 1 --only 4711

A page is told by seed and number and can be made again. Exit 1 where something was found.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.fuzz.checks import Finding, Outcome, outcome
from benchmarks.fuzz.corpus import corpus
from benchmarks.fuzz.keep import keep
from benchmarks.fuzz.lanes import outcomes
from benchmarks.fuzz.mutations import damaged

_KEPT = 3  # findings of one cause that are kept on disk
_FOLDER = Path(__file__).parents[2] / "build/fuzz"
_NOT_MADE_SMALL = ("the process ended", "a page without end", "extract is slow")


@dataclass
class Tally:
    """What was seen so far."""

    pages: int = 0
    seconds: float = 0.0
    slowest: tuple[float, int] = (0.0, -1)
    said: Counter[str] = field(default_factory=Counter)
    found: dict[str, list[tuple[int, Finding]]] = field(default_factory=dict)

    def take(self, number: int, one: Outcome | Finding) -> None:
        """Counts a page."""
        self.pages += 1
        if isinstance(one, Finding):
            self._note(number, one)
            return
        self.seconds += one.seconds
        self.said[one.said] += 1
        self.slowest = max(self.slowest, (one.seconds, number))
        for finding in one.findings:
            self._note(number, finding)

    def _note(self, number: int, finding: Finding) -> None:
        """Notes a finding, and says the first of each cause at once."""
        if finding.cause not in self.found:
            print(f"page {number}: {finding.cause}: {finding.detail[:200]}", file=sys.stderr, flush=True)
        self.found.setdefault(finding.cause, []).append((number, finding))

    def __str__(self) -> str:
        rate = self.pages / self.seconds if self.seconds else 0
        lines = [
            f"{self.pages} pages, {self.seconds:.0f} CPU seconds in extract ({rate:.0f} pages a second), "
            f"the slowest {self.slowest[0]:.2f} s (page {self.slowest[1]})",
            "  " + ", ".join(f"{name} {count}" for name, count in self.said.most_common()),
        ]
        lines += [
            f"  {len(cases)} × {cause} (first: page {min(number for number, _ in cases)})"
            for cause, cases in sorted(self.found.items(), key=lambda item: -len(item[1]))
        ]
        return "\n".join(lines if self.found else [*lines, "  nothing found"])


def main() -> int:
    """The command; 1 where something was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz")
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--begin", type=int, default=0, help="the number of the first page")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--limit", type=float, default=2.0, help="CPU seconds a page may take")
    parser.add_argument("--patience", type=float, default=60.0, help="seconds after which a page hangs")
    parser.add_argument("--only", type=int, help="this one page, in this process")
    parser.add_argument("--out", type=Path, default=_FOLDER, help="where findings are kept")
    given = parser.parse_args()
    whole, tally, began = corpus(), Tally(), time.monotonic()
    print(
        f"{len(whole)} whole pages, {sum(len(page.content) for page in whole) / 1e6:.1f} MB", file=sys.stderr
    )
    if given.only is not None:
        page = damaged(whole, given.seed, given.only)
        print(page.story)
        tally.take(given.only, outcome(page, given.limit, again=True))
    else:
        numbers = range(given.begin, given.begin + given.pages)
        for number, one in outcomes(numbers, given.seed, max(1, given.jobs), given.limit, given.patience):
            tally.take(number, one)
            if tally.pages % 5000 == 0:
                print(f"{tally.pages} pages, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    print(tally)
    for cause, cases in tally.found.items():
        for number, finding in sorted(cases, key=lambda case: case[0])[:_KEPT]:
            page = damaged(whole, given.seed, number)
            small = not cause.startswith(_NOT_MADE_SMALL)
            print(f"  kept {keep(given.out, page, finding, given.seed, number, small)}", file=sys.stderr)
    return 1 if tally.found else 0


if __name__ == "__main__":
    sys.exit(main())
