"""Draws the pictures of the documents from the folder that `make demo` left; run by `make picture`.

demo.svg is what `dawn demo` shows, coverage.svg the fortnight around its days, search.svg and edits.svg what
these commands print in a terminal.
"""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

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


SHOTS = {
    "search.svg": ("search", "kites", "--limit", "3"),
    "edits.svg": ("edits",),
}
WIDTH = 104  # of a terminal, in columns
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")  # another one each time


def draw_terminal(demo: Path, words: tuple[str, ...], picture: Path) -> None:
    """Nothing; the picture of what the command `dawn` prints in a terminal is written."""
    printed = ADDRESS.sub("http://127.0.0.1:8100", _in_terminal("dawn", *words, "--data", str(demo)))
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, highlight=False)
    console.print(Text.from_ansi(printed.rstrip()))
    title = " ".join(["dawn", *(f"'{word}'" if " " in word else word for word in words)])
    name = picture.stem
    picture.write_text(console.export_svg(title=title, code_format=PLAIN, unique_id=name), "utf-8")


def _in_terminal(*words: str) -> str:
    """What a command prints, with its colours. Raises CalledProcessError where it fails."""
    near, far = pty.openpty()
    environment = os.environ | {"COLUMNS": str(WIDTH), "TERM": "xterm-256color"}
    with subprocess.Popen(words, stdout=far, stdin=far, env=environment) as process:
        os.close(far)
        pieces = []
        while True:
            try:
                piece = os.read(near, 65536)
            except OSError:  # as Linux says that the other end was closed
                break
            if not piece:
                break
            pieces.append(piece)
    os.close(near)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, words)
    return b"".join(pieces).decode().replace("\r\n", "\n")


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "demo")
    draw(folder, Path(__file__).with_name("demo.svg"))
    draw_coverage(folder, Path(__file__).with_name("coverage.svg"))
    for name, asked in SHOTS.items():
        draw_terminal(folder, asked, Path(__file__).with_name(name))
