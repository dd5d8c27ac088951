"""`make bench-faults`: every fault of the look-alike by itself, and mixtures of them drawn by chance.

    python -m benchmarks.faults --jobs 2 --mixtures 200
    python -m benchmarks.faults --only "gzip bomb"
    python -m benchmarks.faults --only none --mixtures 1 --seed 17

Exit 1 where something was amiss.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile

from benchmarks.faults.cases import CASES
from benchmarks.faults.report import matrix, mixtures
from benchmarks.faults.trial import Trial
from benchmarks.faults.turns import Task, begin, tried
from crawlers.lookalike.newspaper import TODAY
from crawlers.lookalike.switches import FAULTS, Fits

_DAYS = 11  # of the look-alike of the mixtures: 300 stories


def tasks(only: str | None, mixed: int, seed: int) -> list[Task]:
    """All that is to be tried: each fault on a day that is filled, or on the feeds; then the mixtures."""
    made: list[Task] = [
        (name, 1, (1, ("run",) if FAULTS[name].fits is Fits.FEED else ("backfill", str(TODAY))))
        for name in CASES
        if only in (None, name)
    ]
    return made + [("", seed + n, (_DAYS, ("run",))) for n in range(mixed)]


def main() -> int:
    """The command; 1 where something was amiss."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults")
    parser.add_argument("--only", help="this fault alone; none: no fault by itself", metavar="FAULT")
    parser.add_argument("--mixtures", type=int, default=0, help="so many mixtures of faults")
    parser.add_argument("--seed", type=int, default=1, help="of the first mixture")
    parser.add_argument("--jobs", type=int, default=1)
    given = parser.parse_args()
    wanted = tasks(given.only, given.mixtures, given.seed)
    done: dict[Task, list[Trial]] = {}
    with (
        tempfile.TemporaryDirectory(prefix="faults-") as folder,
        multiprocessing.get_context("forkserver").Pool(given.jobs, begin, (folder,)) as pool,
    ):
        for task, trials in pool.imap_unordered(tried, wanted):
            done[task] = trials
            for one in trials:
                what = ", ".join(map(str, one.befallen)) if task[0] else f"mixture {task[1]}"
                print(f"{what}: {one.seconds:.1f} s", *one.amiss, sep="\n  ", file=sys.stderr, flush=True)
    single = [one for task in wanted if task[0] for one in done[task]]
    mixed = {task[1]: one for task in wanted if not task[0] for one in done[task]}
    said = "\n\n".join(part for part in (matrix(single), mixtures(mixed)) if part)
    print(said)
    return 1 if any(one.amiss for one in [*single, *mixed.values()]) else 0


if __name__ == "__main__":
    sys.exit(main())
