"""`python -m benchmarks.fuzz.both`: what both halves of `make fuzz` tried and found, as a table in Markdown.

Exit 1 where something was found; what it was stands on stderr, and in build/fuzz.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys

from benchmarks.extract.report import table

_PAGES = re.compile(
    r"(\d+) pages, \d+ CPU seconds in extract \((\d+) pages a second\), the slowest ([\d.]+) s"
)
_INPUTS = re.compile(r"(\d+) inputs in ([\d.]+) minutes")


def main() -> int:
    """The command; 1 where something was found."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--pages", type=int, default=20_000)
    asked.add_argument("--inputs", type=int, default=50_000)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    rows, ended = [], 0
    for module, count, form in (("fuzz", "pages", _PAGES), ("fuzz.listed", "inputs", _INPUTS)):
        said = f"benchmarks.{module} --{count} {getattr(given, count)} --seed {given.seed} --jobs 2"
        done = subprocess.run(
            [sys.executable, "-m", *said.split()], stdout=subprocess.PIPE, text=True, check=False
        )
        print(done.stdout, file=sys.stderr)
        found = form.search(done.stdout)
        if found is None:
            raise SystemExit(
                f"python -m {said} ended with {done.returncode}, and said nothing of what it did"
            )
        findings = "nothing" if "nothing found" in done.stdout else f"{done.stdout.count('(first: ')} causes"
        ended |= done.returncode
        if module == "fuzz":
            rows.append(["pages", f"{int(found[1]):,}", f"{found[2]}", f"{found[3]} s", findings])
        else:
            a_second = int(found[1]) / (float(found[2]) * 60 or 1)
            rows.append(["listings", f"{int(found[1]):,}", f"{a_second:.0f}", "–", findings])
    columns = ["what was damaged", "how many", "a second", "slowest", "found"]
    print(
        f"**Damaged at random.** Seed {given.seed}; pages by CPU time, listings by the clock of two cores.\n"
    )
    print(table(columns, rows))
    return ended


if __name__ == "__main__":
    sys.exit(main())
