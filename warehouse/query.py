"""One read-only question to the published file, and its answer as rows or as Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from warehouse.database import first_line, literal, reader

BATCH = 1000


class QueryError(ValueError):
    """The SQL cannot be answered; the message is one line for the person who wrote it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The columns of an answer and its rows, as they are read."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[Any, ...]]


@contextmanager
def answer(public: Path, sql: str) -> Iterator[Answer]:
    """The answer to one `select`; instants in Asia/Karachi. It cannot change anything, here or elsewhere."""
    with reader(public) as con:
        _one_question(con, sql)
        try:
            cursor = con.execute(sql)
            yield Answer(tuple(column[0] for column in cursor.description), _rows(cursor))
        except duckdb.Error as error:
            raise QueryError(first_line(error)) from error


def export(public: Path, sql: str, target: Path) -> int:
    """How many rows were written to `target` as Parquet, by DuckDB's own writer; only for a `select`.

    The target is the only file that the connection may touch beside the published one.
    """
    with reader(public, may_write=target) as con:
        _one_question(con, sql)
        question = sql.strip().rstrip(";")
        try:
            row = con.execute(
                f"copy (from (\n{question}\n)) to {literal(str(target))} (format parquet, compression zstd)"
            ).fetchone()
        except duckdb.Error as error:
            raise QueryError(first_line(error)) from error
    return int(row[0]) if row else 0


def _one_question(con: duckdb.DuckDBPyConnection, sql: str) -> None:
    try:
        statements = con.extract_statements(sql)
    except duckdb.Error as error:
        raise QueryError(first_line(error)) from error
    if len(statements) != 1:
        raise QueryError(f"one statement at a time, please: there are {len(statements)} here")
    kind = statements[0].type
    if kind not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
        raise QueryError(
            f"only questions are answered here (select, from, with, describe, show), not {kind.name}"
        )


def _rows(cursor: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while batch := cursor.fetchmany(BATCH):
        yield from batch
