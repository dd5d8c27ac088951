"""`make fuzz`, its second half: listings, feeds, sitemaps and robots.txt damaged, and what their readers did.

    python -m benchmarks.fuzz.listed --inputs 1000000 --seed 1 --jobs 2
    python -m benchmarks.fuzz.listed --file build/fuzz/listed/feed-1-4-711.bin

Which inputs a run tries depends on its seed and its jobs. Exit 1 where something was found.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from benchmarks.fuzz.checks import Finding
from benchmarks.fuzz.lanes import outcomes
from benchmarks.fuzz.learning import BATCH, reading
from benchmarks.fuzz.readers import READERS

_FOLDER = Path(__file__).parents[2] / "build/fuzz/listed"


def main() -> int:
    """The command; 1 where something was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz.listed")
    parser.add_argument("--inputs", type=int, default=100_000, help=f"so many, in batches of {BATCH}")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--limit", type=float, default=1.0, help="CPU seconds an input may take")
    parser.add_argument("--patience", type=float, default=60.0, help="seconds after which a batch hangs")
    parser.add_argument("--file", type=Path, help="this one input, in this process; its name says the reader")
    parser.add_argument("--out", type=Path, default=_FOLDER, help="where findings are kept")
    given = parser.parse_args()
    if given.file is not None:
        print(READERS[given.file.name.partition("-")[0]](given.file.read_bytes()))
        return 0
    batches, jobs = range(max(1, given.inputs // BATCH)), max(1, given.jobs)
    began, read, found, lines = time.monotonic(), 0, dict[str, tuple[int, Finding]](), set[str]()
    for number, one in outcomes(batches, given.seed, jobs, given.limit, given.patience, reading(given.out)):
        if isinstance(one, Finding):
            found.setdefault(one.cause, (number, one))
            print(f"batch {number}: {one.cause}: {one.detail[:200]}", file=sys.stderr, flush=True)
            continue
        if one.said != "batch":
            lines.add(one.said)
            continue
        read += BATCH
        for finding in one.findings:
            if finding.cause not in found:
                print(f"batch {number}: {finding.cause}: {finding.detail}", file=sys.stderr, flush=True)
            found.setdefault(finding.cause, (number, finding))
        if read % 50_000 == 0:
            print(f"{read} inputs, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    minutes = (time.monotonic() - began) / 60
    rate = f"{read / minutes:.0f} a minute"
    print(f"{read} inputs in {minutes:.1f} minutes, {rate}; {', '.join(sorted(lines))} of ours run")
    for cause, (number, _) in found.items():
        print(f"  {cause} (first: batch {number})")
    if not found:
        print("  nothing found")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
