"""The answers to questions: rows as a table, CSV, JSON Lines or Parquet, on stdout or in a file."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TextIO, cast

from rich.console import Console
from rich.text import Text

from flows.console import PIPED_WIDTH, Shown, err, out, safe
from flows.tables import print_table
from warehouse.values import cell, lines

if TYPE_CHECKING:
    from warehouse.database import Published
    from warehouse.query import Answer

MOST_ROWS = 100_000
"""Rows of a table: its columns are as wide as its widest row, so that all are held in memory."""


_REST = "ask for fewer columns, or take --format csv or jsonl"


def answer(public: Published, query: str, form: str, output: Path | None) -> None:
    """Nothing; the answer to a question as table, csv, jsonl or parquet, on stdout or in a file.

    A file is replaced whole, once all is written, behind the links that lead to it and with its old mode; it
    holds what stdout would have got. What is there and no regular file (a pipe, a device) is written into.
    """
    if output is None or (output.exists() and not output.is_file()):
        rows = _poured(public, query, form, output)
    else:
        with replaced(output) as beside:
            rows = _filled(public, query, form, beside)
    if output is not None:
        err.print(f"{rows} rows in {output}")


def _filled(public: Published, query: str, form: str, path: Path) -> int:
    """How many rows were written into a regular file."""
    from warehouse.query import answer as ask
    from warehouse.query import export

    if form == "parquet":
        return export(public, query, path)
    with ask(public, query) as found, _opened(path) as file:
        return write(found, form, file)


def _poured(public: Published, query: str, form: str, output: Path | None) -> int:
    """How many rows were written to stdout, or into what can only be written from beginning to end."""
    from warehouse.query import answer as ask
    from warehouse.query import export

    if form != "parquet":
        with ask(public, query) as found, _opened(output) as file:
            return write(found, form, file)
    with TemporaryDirectory(
        prefix="dawn-answer."
    ) as folder:  # of the file itself DuckDB takes leave in failing
        made = Path(folder) / "answer"
        rows = export(public, query, made)
        with made.open("rb") as whole, _opened(output) as file:
            shutil.copyfileobj(whole, file.buffer)
    return rows


@contextmanager
def replaced(output: Path) -> Iterator[Path]:
    """A new file beside a regular one or where none is; it takes that place, unless something is raised."""
    target = Path(os.path.realpath(output))
    beside = target.with_name(f".dawn-answer.{secrets.token_hex(4)}")
    try:
        beside.touch(exist_ok=False)  # with the mode that whoever asks gives to new files
        if target.exists():
            beside.chmod(stat.S_IMODE(target.stat().st_mode))
        yield beside
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def _opened(path: Path | None) -> Iterator[TextIOWrapper]:
    if path is None:
        yield cast(TextIOWrapper, sys.stdout)
        sys.stdout.flush()
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            yield file


def write(found: Answer, form: str, file: TextIO) -> int:
    if form == "table":
        console = out if file is sys.stdout else Console(file=file, width=PIPED_WIDTH)
        return table(found.columns, _readable(found.rows), console, _REST)
    shown = Shown(file)
    written = -1 if form == "csv" else 0  # the names of the columns are no row
    for line in lines(found, "csv" if form == "csv" else "jsonl"):
        shown.write(line)
        written += 1
    return written


def _readable(rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """The rows, as long as they may be a table, which must be held whole; else QueryError."""
    from warehouse.query import QueryError

    for n, row in enumerate(rows):
        if n == MOST_ROWS:
            raise QueryError(
                f"the answer has more than {MOST_ROWS} rows, too many for a table: add a `limit`, or take"
                " --format csv, jsonl or parquet"
            )
        yield row


def table(
    columns: Sequence[str],
    rows: Iterator[tuple[Any, ...]],
    console: Console = out,
    rest: str = "--json has all of it",
) -> int:
    """How many rows were shown as a table that fits; `rest` tells of what is left out of it."""
    first = list(rows)
    numbers = [
        any(isinstance(row[n], int | float) and not isinstance(row[n], bool) for row in first)
        for n in range(len(columns))
    ]
    cells = ([Text(safe("" if value is None else cell(value))) for value in row] for row in first)
    lacking = print_table(console, [safe(column) for column in columns], cells, numbers)
    if lacking:
        err.print(f"{lacking}: {rest}", style="dim")
    return len(first)
