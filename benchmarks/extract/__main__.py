"""`make bench-extract`: the tables on stdout, and the picture where --picture says."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from benchmarks.extract.pages import written
from benchmarks.extract.picture import drawn
from benchmarks.extract.report import details, heading, notes, quality
from benchmarks.extract.rounds import measured
from benchmarks.extract.tools import chosen

USUAL = 300


def main() -> None:
    """Nothing; prints the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.extract", description=__doc__)
    parser.add_argument("--peers", metavar="NAMES", help="only these, with commas: ours,trafilatura,fundus")
    parser.add_argument("--pages", type=int, default=USUAL, metavar="N", help=f"how many pages ({USUAL})")
    parser.add_argument("--all", action="store_true", help="every page there is")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="how many timed rounds (3)")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="where to draw it, as SVG")
    asked = parser.parse_args()
    if asked.pages < 1 or asked.rounds < 1:
        parser.error("--pages and --rounds are 1 or more")
    try:
        tools = chosen(asked.peers)
    except ValueError as error:
        parser.error(str(error))
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        what, pages = written(folder, None if asked.all else asked.pages)
        kilobytes = sum((folder / page.file).stat().st_size for page in pages) / len(pages) / 1000
        figures = measured(tools, pages, folder, asked.rounds)
    options = [word for word in sys.argv[1:] if word not in ("--picture", str(asked.picture))]
    about = heading(what, len(pages), kilobytes, asked.rounds, options, load)
    parts = [about, quality(figures), notes(figures), details(figures)]
    text = "\n\n".join(part for part in parts if part)
    print(text)
    if asked.picture:
        caption = f"{len(pages)} pages of {kilobytes:.0f} KB, {asked.rounds} rounds: {what}"
        asked.picture.write_text(drawn(figures, caption), "utf-8")


if __name__ == "__main__":
    main()
