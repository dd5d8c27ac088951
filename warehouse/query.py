"""One read-only question to the published file, and its answer as rows or as Parquet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from warehouse.database import damaged, first_line, literal, reader

BATCH = 1000
PARQUET = "format parquet, compression zstd, use_tmp_file false"  # one file may be touched, and no other
NO_MEMORY = "the answer does not fit into memory: ask for less of it at a time"


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
        one_question(con, sql)
        _offer_search(con, public, sql)
        try:
            cursor = con.execute(sql)
            yield Answer(tuple(column[0] for column in cursor.description), _rows(cursor))
        except duckdb.Error as error:
            if damaged(public, error):
                raise
            raise QueryError(_said(error)) from error
        except MemoryError as error:
            raise QueryError(NO_MEMORY) from error


def export(public: Path, sql: str, target: Path) -> int:
    """How many rows were written to `target` as Parquet, by DuckDB's own writer; only for a `select`.

    The target is the only file that the connection may touch beside the published one.
    """
    with reader(public, may_write=target) as con:
        question = one_question(con, sql, (duckdb.StatementType.SELECT,)).rstrip().rstrip(";")
        _offer_search(con, public, sql)
        try:
            row = con.execute(
                f"copy (from (\n{question}\n)) to {literal(str(target))} ({PARQUET})"
            ).fetchone()
        except duckdb.Error as error:
            if damaged(public, error):
                raise
            raise QueryError(_said(error)) from error
    return int(row[0]) if row else 0


def one_question(
    con: duckdb.DuckDBPyConnection,
    sql: str,
    kinds: tuple[duckdb.StatementType, ...] = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN),
) -> str:
    """The one statement of the text, without what stands behind it. Raises QueryError for any other sort."""
    try:
        statements = con.extract_statements(sql)
    except duckdb.Error as error:
        raise QueryError(first_line(error)) from error
    if not statements:
        raise QueryError('there is no question in it: write one, as "from articles limit 5"')
    if len(statements) != 1:
        raise QueryError(f"one statement at a time, please: there are {len(statements)} here")
    kind = statements[0].type
    if kind not in kinds:
        asked = "select, from, with, describe, show" if len(kinds) > 1 else "select, from, with"
        raise QueryError(f"only questions are answered here ({asked}), not {kind.name}")
    return str(statements[0].query)


def _offer_search(con: duckdb.DuckDBPyConnection, public: Path, sql: str) -> None:
    if "search" in sql.lower() or "passage" in sql.lower():
        from warehouse.search.sql import offer

        offer(con, public.parent / "search", sql)


def _said(error: duckdb.Error) -> str:
    """What an error says, in one line, and which name DuckDB takes to be meant.

    Of a search, what that says, without how it was called.
    """
    said = re.sub(r"^.* executing the UDF: \w+: ", "", first_line(error))
    meant = re.search(r'^(?:Did you mean (".*?")|Candidate bindings: (".*?"))', str(error), re.MULTILINE)
    if meant is None:
        return said
    name = meant[1] or meant[2]
    return f'{said.rstrip("!.")}: did you mean {name}? (`dawn sql "from dictionary"` has every name)'


def _rows(cursor: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while batch := cursor.fetchmany(BATCH):
        yield from batch
