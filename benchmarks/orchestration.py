"""What Prefect costs: the same days filled through the flow and by the stages called plainly, in turn.

`python -m benchmarks.orchestration [--days 30]`: a look-alike site on loopback, one data folder for each way,
a Prefect server of its own. Turns are of five days; which way goes first alternates, and a day that is
not counted goes before all. The figures are seconds a day.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.extract.report import table
from benchmarks.record import spread
from crawlers.lookalike import Lookalike
from flows.crawling import Manners
from flows.folder import open_folder
from flows.serve import environment_for, free_port, running

TURN = 5  # days

PLAINLY = """
import sys
from datetime import date
from pathlib import Path
from flows import passes
from flows.folder import open_folder
from flows.crawling import Manners
data, site, first, last = sys.argv[1:]
days = passes.days_of((date.fromisoformat(first), date.fromisoformat(last)))
assert passes.backfill(open_folder(Path(data), site), Manners(0), days).fault is None
"""

BY_PREFECT = """
import sys
from datetime import date
from pathlib import Path
from flows.backfill import backfill
data, site, first, last = sys.argv[1:]
backfill(date.fromisoformat(first), date.fromisoformat(last), data=Path(data), site=site, delay=0)
"""


def main(days: int) -> None:
    """Nothing; the figures are on stdout."""
    site = Lookalike(days=days + 1)
    first, *wanted = sorted(site.days)
    turns = [wanted[n : n + TURN] for n in range(0, days, TURN)]
    plain: list[float] = []
    prefect: list[float] = []
    with TemporaryDirectory() as scratch, site.serve() as address:
        folder = open_folder(Path(scratch, "prefect"), address)
        port = free_port()
        with running(folder, Manners(0), port):
            environment = environment_for(folder, Manners(0), port)
            ways = [
                (plain, PLAINLY, Path(scratch, "plain"), dict(os.environ)),
                (prefect, BY_PREFECT, folder.root, environment),
            ]
            for _, program, data, variables in ways:
                _took(program, data, address, [first], variables)
            for turn in turns:
                for figures, program, data, variables in ways:
                    figures.append(_took(program, data, address, turn, variables))
                ways.reverse()
    lengths = list(map(len, turns))
    ways_taken = {
        "the stages called plainly": [a / days for a, days in zip(plain, lengths, strict=True)],
        "the flow `backfill`": [b / days for b, days in zip(prefect, lengths, strict=True)],
        "Prefect's part": [(b - a) / days for a, b, days in zip(plain, prefect, lengths, strict=True)],
    }
    rows = [[name, spread(seconds)] for name, seconds in ways_taken.items()]
    sys.stdout.write(
        f"**What Prefect costs.** {days} days of {len(site.stories) // days} stories, {len(turns)} turns of"
        f" {TURN} days; the start of Prefect in each run is among it.\n\n"
        f"{table(['way', 'seconds a day'], rows)}\n"
    )


def _took(program: str, data: Path, site: str, days: list[date], environment: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", program, str(data), site, str(days[0]), str(days[-1])],
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.perf_counter() - began


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    main(parser.parse_args().days)
