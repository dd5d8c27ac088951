"""`python -m benchmarks.simulation [--write]`: the simulation from the record, on stdout or into
docs/scale.md."""

from __future__ import annotations

import argparse

from benchmarks.documents import records, write
from benchmarks.simulation import report


def main() -> None:
    """Nothing; the tables are printed, or the documents written with all else that the record has."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--write", action="store_true", help="into docs/scale.md, with its picture")
    if asked.parse_args().write:
        print("\n".join(f"written: {name}" for name in write()) or "nothing is new")
    else:
        print(report(records()))


if __name__ == "__main__":
    main()
