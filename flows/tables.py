"""Tables that fit: how wide each column may be, so that no line is longer than the terminal. Mostly pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

GAP = 2
"""Columns of the terminal between two of a table."""
LEAST = 10
"""A column of words is made no narrower than a day; rather, the last columns of the table are left out."""
LINES = 12
"""Lines of a terminal that one cell may take; what is cut ends in a mark."""
MARK = "…"


def widths(natural: Sequence[int], rigid: Sequence[bool], available: int) -> list[int]:
    """The widths of the first columns of a table, all or as many as fit into so many columns of a terminal.

    `natural` is how wide each would be by itself; a `rigid` one (numbers) is so wide or not there. Of the
    others the widest give first. The first column is always there, cut to what is available.
    """
    least = [width if fixed else min(width, LEAST) for width, fixed in zip(natural, rigid, strict=True)]
    shown = len(natural)
    while shown > 1 and _with_gaps(least[:shown]) + (0 if shown == len(natural) else GAP + 1) > available:
        shown -= 1
    room = available - GAP * (shown - 1) - (0 if shown == len(natural) else GAP + 1)
    if shown == 1:
        return [max(min(natural[0], room), 1)]
    wide = max(natural[:shown])
    while wide > LEAST and sum(_capped(natural[:shown], rigid, wide)) > room:
        wide -= 1
    found = _capped(natural[:shown], rigid, wide)
    for n, fixed in enumerate(rigid[:shown]):  # what one column's worth of the cap would have been too much
        if not fixed and found[n] < natural[n] and sum(found) < room:
            found[n] += 1
    return found


def _capped(natural: Sequence[int], rigid: Sequence[bool], wide: int) -> list[int]:
    return [width if fixed else min(width, wide) for width, fixed in zip(natural, rigid, strict=False)]


def _with_gaps(found: Sequence[int]) -> int:
    return sum(found) + GAP * (len(found) - 1)


def print_table(
    console: Console, columns: Sequence[str], rows: Iterable[Sequence[Text]], rigid: Sequence[bool]
) -> str | None:
    """What of the table is not shown, in words; None where all is. The rows are held whole.

    Columns that do not fit are left out, behind a mark; in a terminal a cell has LINES lines at most.
    """
    held = list(rows)
    natural = [
        max([cell_len(column), *(_natural(row[n]) for row in held)], default=1)
        for n, column in enumerate(columns)
    ]
    found = widths([max(width, 1) for width in natural], rigid, console.width) if columns else []
    left_out = len(columns) - len(found)
    shown = Table(box=None, header_style="bold", pad_edge=False)
    for column, width, fixed in zip(columns, found, rigid, strict=False):
        shown.add_column(column, justify="right" if fixed else "left", overflow="fold", width=width)
    if left_out:
        shown.add_column(MARK, width=1)
    cut = False
    for row in held:
        cells = []
        for cell, width in zip(row, found, strict=False):
            short = _cut(cell, width, console) if console.file.isatty() else cell
            cut = cut or short is not cell
            cells.append(short)
        shown.add_row(*cells, *([MARK] if left_out else []))
    console.print(shown)
    told = [f"{left_out} of {len(columns)} columns are left out"] if left_out else []
    return ", ".join([*told, *(["long texts are cut"] if cut else [])]) or None


def _natural(cell: Text) -> int:
    return max((cell_len(line) for line in cell.plain.splitlines()), default=0)


def _cut(cell: Text, width: int, console: Console) -> Text:
    """The cell itself, or where it is too long its first LINES lines and a mark."""
    if len(cell.plain) <= LINES and "\n" not in cell.plain:
        return cell
    lines = cell[: LINES * (width + 1) + LINES].wrap(console, width, overflow="fold")
    if len(lines) <= LINES:
        return cell
    last = lines[LINES - 1]
    last.rstrip()
    last.truncate(max(width - 1, 0))
    last.append(MARK)
    return Text("\n").join(lines[:LINES])
