"""`python -m benchmarks.families [STORIES…]`: what is found of labelled pairs, and what keeping up costs.

Real texts where ../shared has them, made-up ones in any case. Figures go to stdout, as Markdown.
"""

from __future__ import annotations

import sys

from benchmarks.families.scores import KNOWN, made_texts, real_texts, score
from benchmarks.families.speed import HEADING, cost


def main(sizes: list[int]) -> None:
    texts, spare = real_texts()
    if texts:
        print(f"## Real texts: {len(texts)} stories\n\n{score(texts, spare, KNOWN).table()}\n", flush=True)
    texts, spare = made_texts(400)
    print(f"## Made-up texts: {len(texts)} stories\n\n{score(texts, spare, set()).table()}\n", flush=True)
    print(f"## What it costs\n\n{HEADING}", flush=True)
    for stories in sizes:
        print(cost(stories).row(), flush=True)


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or [1000, 10_000, 100_000])
