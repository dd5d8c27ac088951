"""One read-only question to the published file, and its answer as rows or as Parquet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from warehouse.database import Published, damaged, first_line, literal, reader
from warehouse.deadline import Deadline

BATCH = 1000
PARQUET = "format parquet, compression zstd, use_tmp_file false"  # one file may be touched, and no other
NO_MEMORY = "the answer does not fit into memory: ask for less of it at a time"


class QueryError(ValueError):
    """The SQL cannot be answered; the message is one line for the person who wrote it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The columns of an answer, its rows, as they are read, and the columns' types as DuckDB names them."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[Any, ...]]
    types: tuple[str, ...] = ()


@contextmanager
def answer(
    public: Published,
    sql: str,
    *,
    deadline: Deadline | None = None,
    memory: int | None = None,
    batch: int = BATCH,
) -> Iterator[Answer]:
    """The answer to one `select`; instants in the site's zone. It cannot change anything, here or elsewhere.

    `batch` rows are held at a time, `memory` are the bytes that DuckDB may use (see `reader`), and at its
    `deadline` the question is ended, with a QueryError that says why.
    """
    with reader(public, memory=memory) as con, _ending(con, deadline):
        one_question(con, sql)
        _offer_search(con, public, sql)
        try:
            cursor = con.execute(sql)
            described = cursor.description
            yield Answer(
                tuple(str(column[0]) for column in described),
                _rows(cursor, batch, deadline),
                tuple(str(column[1]) for column in described),
            )
        except duckdb.Error as error:
            if damaged(public, error):
                raise
            raise QueryError((deadline and deadline.why) or _said(error)) from error
        except MemoryError as error:
            raise QueryError(NO_MEMORY) from error


def export(
    public: Published, sql: str, target: Path, *, deadline: Deadline | None = None, memory: int | None = None
) -> int:
    """How many rows were written to `target` as Parquet, by DuckDB's own writer; only for a `select`.

    The target is the only file that the connection may touch beside the published one. `deadline` and
    `memory` as for `answer`.
    """
    with reader(public, may_write=target, memory=memory) as con, _ending(con, deadline):
        question = one_question(con, sql, (duckdb.StatementType.SELECT,)).rstrip().rstrip(";")
        _offer_search(con, public, sql)
        try:
            row = con.execute(
                f"copy (from (\n{question}\n)) to {literal(str(target))} ({PARQUET})"
            ).fetchone()
        except duckdb.Error as error:
            if damaged(public, error):
                raise
            raise QueryError((deadline and deadline.why) or _said(error)) from error
    return int(row[0]) if row else 0


def _ending(con: duckdb.DuckDBPyConnection, deadline: Deadline | None) -> AbstractContextManager[None]:
    return deadline.over(con) if deadline else nullcontext()


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


def _offer_search(con: duckdb.DuckDBPyConnection, public: Published, sql: str) -> None:
    if not isinstance(public, Path):
        return  # the index is a data folder's
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


def _rows(
    cursor: duckdb.DuckDBPyConnection, size: int, deadline: Deadline | None
) -> Iterator[tuple[Any, ...]]:
    while batch := cursor.fetchmany(size):
        if deadline and deadline.why:
            raise QueryError(deadline.why)
        yield from batch
