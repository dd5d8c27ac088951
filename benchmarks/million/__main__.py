"""What the warehouse costs at each size: `python -m benchmarks.million [SIZES…] [--picture FILE]`.

Each step is a process of its own. What was made and measured stays in the folder that MADE names (else in one
that is removed), so that sizes may be measured one after the other.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.million.made import made
from benchmarks.million.report import page, picture
from benchmarks.million.steps import STEPS, Figures

SIZES = (1_000, 10_000, 100_000)
ROUNDS = 3  # of what takes long, up to that size
REPEATED = ("all_of_it", "an_hour_later", "two_hours_later", "index", "questions")
CHANGING = ("an_hour_later", "two_hours_later")
MOST_ON_ONE_CORE = 100_000  # stories; what is measured with one core is a rate


def main(sizes: list[int], drawn: Path | None) -> None:
    """Nothing; the figures of these sizes, and of those measured before in the same folder, are on stdout."""
    with TemporaryDirectory() as scratch:
        root = Path(os.environ.get("MADE", scratch))
        kept = root / "figures.json"
        figures: dict[int, dict[str, Figures]] = {}
        if kept.exists():
            figures = {int(size): steps for size, steps in json.loads(kept.read_text("utf-8")).items()}
        for size in sizes:
            data = root / f"data-{size}"
            data.mkdir(parents=True, exist_ok=True)
            for path in data.glob("*.duckdb*"):
                path.unlink()
            made(root / "files", size)
            figures[size] = {}
            for name in STEPS:
                if name == "on_one_core" and size > MOST_ON_ONE_CORE:
                    continue
                rounds = ROUNDS if name in REPEATED and size <= MOST_ON_ONE_CORE else 1
                figures[size][name] = _of_rounds(name, root, size, rounds)
                print(f"{size:,} {name}: {figures[size][name]}", file=sys.stderr)
            kept.write_text(json.dumps(figures, indent=1), "utf-8")
        figures = dict(sorted(figures.items()))
        print(page(figures))
        if drawn:
            drawn.write_text(picture(figures), "utf-8")


def _of_rounds(name: str, root: Path, size: int, rounds: int) -> Figures:
    """The middle of each figure of some rounds, and what was least and most of it.

    What a step changes in the tables is undone before its next round.
    """
    warehouse = root / f"data-{size}/warehouse.duckdb"
    kept = warehouse.with_name("before.duckdb")
    if name in CHANGING and rounds > 1:
        shutil.copyfile(warehouse, kept)
    done: list[Figures] = []
    for turn in range(rounds):
        if turn and name in CHANGING:
            shutil.copyfile(kept, warehouse)
        if turn and name == "all_of_it":
            warehouse.unlink()
        done.append(_in_a_process(name, root, size))
    kept.unlink(missing_ok=True)
    found = {what: median(one[what] for one in done) for what in done[0]}
    if rounds > 1:
        found |= {f"least {what}": min(one[what] for one in done) for what in done[0]}
        found |= {f"most {what}": max(one[what] for one in done) for what in done[0]}
    return found


def _in_a_process(name: str, root: Path, size: int) -> Figures:
    """What a process of its own measured, so that none has another's memory or warm cache."""
    command = [sys.executable, "-m", "benchmarks.million", "--step", name, str(root), str(size)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: Figures = json.loads(done.stdout)
    return found | {"stories": size}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--step"]:
        print(json.dumps(STEPS[sys.argv[2]](Path(sys.argv[3]), int(sys.argv[4]))))
    else:
        asked = argparse.ArgumentParser(description=__doc__)
        asked.add_argument("sizes", type=int, nargs="*", default=list(SIZES))
        asked.add_argument("--picture", type=Path)
        given = asked.parse_args()
        main(given.sizes, given.picture)
