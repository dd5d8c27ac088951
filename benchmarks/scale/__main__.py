"""The same work embedded and on many machines: `python -m benchmarks.scale [--pages 20000] [--rounds 2]`.

Made are pages of the look-alike, as heavy as real ones, in an archive. They are extracted by processes of
this machine and by a Dask scheduler's workers, in turn, by one and by two; loaded into the embedded file and,
from archive and extracts on object storage, into a lake with its catalog in PostgreSQL: all of it really runs
here, each a process on loopback. Then all of it again, with a Dask worker, the loader and PostgreSQL killed
on the way. Whatever is not equal, row for row, is said, and the command ends with 1.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.scale import steps


def main(pages: int, round_pages: int, rounds: int) -> int:
    """0 where all is equal; the tables are on stdout."""
    from benchmarks.scale.report import report
    from benchmarks.scale.trial import tried

    with TemporaryDirectory() as scratch:
        found = tried(Path(scratch), pages, round_pages, rounds)
    print(report(found))
    for each in found.unequal:
        print(f"NOT EQUAL: {each}", file=sys.stderr)
    return 1 if found.unequal else 0


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--pages", type=int, default=20_000)
    asked.add_argument("--round-pages", type=int, default=4_000)
    asked.add_argument("--rounds", type=int, default=2)
    asked.add_argument(
        "--step", nargs=2, metavar=("NAME", "DATA"), help="one step alone, for the trial itself"
    )
    asked.add_argument("--jobs", type=int, default=1)
    given = asked.parse_args()
    if given.step:
        name, data = given.step
        print(json.dumps(steps.STEPS[name](Path(data), given.jobs)))
    else:
        sys.exit(main(given.pages, min(given.round_pages, given.pages), given.rounds))
