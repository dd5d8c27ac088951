"""One read-only question to the published file, and its answer as rows or as a file."""

from __future__ import annotations

import os
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


def export(public: Path, sql: str, target: Path, form: str) -> int:
    """How many rows were written to `target` as `form` (csv, jsonl or parquet) by DuckDB's own writer.

    An older file of that name is replaced whole once all is written. The file beside it is the only one that
    the connection may touch beside the published one.
    """
    options = {
        "csv": "format csv, header true",
        "jsonl": "format json",
        "parquet": "format parquet, compression zstd",
    }
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with reader(public, may_write=beside) as con:
            _one_question(con, sql)
            question = sql.strip().rstrip(";")
            row = con.execute(f"copy ({question}\n) to {literal(str(beside))} ({options[form]})").fetchone()
        beside.replace(target)
    except duckdb.Error as error:
        raise QueryError(first_line(error)) from error
    finally:
        beside.unlink(missing_ok=True)
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
