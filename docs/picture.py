"""Draws docs/demo.svg, what `dawn demo` shows, and docs/coverage.svg, the fortnight around its days, from the
folder that it left. Run by `make picture`."""

from __future__ import annotations

import io
import re
import sys
from datetime import date
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from flows.coverage import drawing
from flows.demo import tables
from flows.folder import open_folder, site_of
from warehouse.days import covered

DAYS = date(2026, 2, 23), date(2026, 3, 12)

# Without rich's web fonts: a picture in a README must not fetch anything.
PLAIN = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)


def draw(demo: Path, picture: Path) -> None:
    """Nothing; the picture is written."""
    console = Console(record=True, width=118, file=io.StringIO(), force_terminal=True, highlight=False)
    tables(console, open_folder(demo, site_of(demo) or ""))
    picture.write_text(console.export_svg(title="make demo", code_format=PLAIN, unique_id="demo"), "utf-8")


def draw_coverage(demo: Path, picture: Path) -> None:
    """Nothing; the picture is written."""
    picture.write_text(drawing(covered(demo / "dawn.duckdb", DAYS)), "utf-8")


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "demo")
    draw(folder, Path(__file__).with_name("demo.svg"))
    draw_coverage(folder, Path(__file__).with_name("coverage.svg"))
