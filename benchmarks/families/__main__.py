"""`python -m benchmarks.families [STORIES…] [--rounds 3]`: what is found of labelled pairs, and what keeping
up costs.

Real texts where ../shared has them, made-up ones in any case. Figures go to stdout, as Markdown.
"""

from __future__ import annotations

import argparse
import sys

from benchmarks.extract.report import table
from benchmarks.families.scores import KNOWN, made_texts, real_texts, score
from benchmarks.families.speed import COLUMNS, Cost, cost, row


def main(sizes: list[int], rounds: int) -> None:
    """Nothing; the tables on stdout. The sizes go round in turn."""
    texts, spare = real_texts()
    if texts:
        print(f"## Real texts\n\n{len(texts)} stories.\n\n{score(texts, spare, KNOWN).table()}\n", flush=True)
    texts, spare = made_texts(400)
    print(f"## Made-up texts\n\n{len(texts)} stories.\n\n{score(texts, spare, set()).table()}\n", flush=True)
    made: dict[int, list[Cost]] = {stories: [] for stories in sizes}
    for turn in range(rounds):
        for stories in sizes:
            made[stories].append(cost(stories))
            print(f"round {turn + 1} of {rounds}: {stories:,} stories", file=sys.stderr, flush=True)
    print(f"## What it costs\n\n{rounds} rounds.\n\n{table(COLUMNS, [row(each) for each in made.values()])}")


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("sizes", type=int, nargs="*", default=[1000, 10_000, 100_000])
    asked.add_argument("--rounds", type=int, default=3)
    given = asked.parse_args()
    main(given.sizes, given.rounds)
