"""What every table and column holds: said once, put into the database, and written out as a page."""

from __future__ import annotations

import hashlib
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import duckdb


def describe(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether comments were put on the tables and columns; not where these are there already.

    The comments are those of dictionary.toml. Who publishes next passes them on.
    """
    schema = con.execute(
        "select coalesce(string_agg(name, ',' order by name), '') from meta.migrations"
    ).fetchone()
    said = hashlib.sha256(f"{schema}{_text()}".encode()).hexdigest()
    con.execute("create table if not exists meta.comments (sha256 varchar primary key)")
    if con.execute("select sha256 from meta.comments").fetchall() == [(said,)]:
        return False
    con.execute("begin")
    for statement in _comments(con):
        con.execute(statement)
    con.execute("delete from meta.comments")
    con.execute(f"insert into meta.comments values ('{said}')")
    con.execute("insert or ignore into meta.unpublished values ('comments changed')")
    con.execute("commit")
    return True


def undescribed(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables and columns that dictionary.toml does not name; none, where it is kept up."""
    return [
        name
        for schema, table, column, _ in _columns(con)
        for name in ([_named(schema, table)] if column is None else [f"{_named(schema, table)}.{column}"])
        if _meaning(schema, table, column) is None
    ]


def superfluous(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The entries of dictionary.toml that name nothing."""
    looked_up: set[str] = set()
    for schema, table, column, _ in _columns(con):
        looked_up |= {_named(schema, table)} if column is None else {_key(schema, table, column) or ""}
    return sorted((set(_entries()["tables"]) | set(_entries()["columns"])) - looked_up)


def page(con: duckdb.DuckDBPyConnection) -> str:
    """docs/schema.md: a diagram, then a table for each table people query, then what is behind them."""
    rows = list(_columns(con))
    public = [(table, column, kind) for schema, table, column, kind in rows if schema == "main"]
    lines = [
        "# The tables",
        "",
        "Made from `warehouse/dictionary.toml` by `make schema`; do not edit. The same stands in the",
        "database: `from dictionary`. Times are instants, shown in the site's zone; days are days there.",
        "",
        "```mermaid",
        "erDiagram",
        *(f"    {relation}" for relation in _entries()["diagram"]["relations"]),
        "```",
    ]
    for table, column, kind in public:
        if column is None:
            lines += ["", f"## {table}", "", str(_meaning("main", table, None)), ""]
            lines += ["| column | type | what it holds |", "|---|---|---|"]
        else:
            lines.append(f"| `{column}` | {_short(str(kind))} | {_meaning('main', table, column)} |")
    lines += ["", "## Behind them", "", "| table | what it holds |", "|---|---|"]
    lines += [
        f"| `{_named(schema, table)}` | {_meaning(schema, table, None)} |"
        for schema, table, column, _ in rows
        if schema != "main" and column is None
    ]
    return "\n".join(lines) + "\n"


def meaning(table: str) -> str | None:
    """What a table or view that people query holds; None where it is not known."""
    return _meaning("main", table, None)


def _columns(con: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str, str | None, str | None]]:
    """Schema, table, column (none for the table itself) and type; tables by name, columns in their order."""
    found: list[Any] = con.execute("""
        select
            schema_name,
            table_name,
            column_name,
            data_type
        from duckdb_columns()
        where not internal
            and database_name = current_database()
        order by schema_name, table_name, column_index
    """).fetchall()
    before = None
    for schema, table, column, kind in found:
        if (schema, table) != before:
            yield schema, table, None, None
        before = schema, table
        yield schema, table, column, kind


def _comments(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    views = set(
        con.execute("select schema_name, view_name from duckdb_views() where not internal").fetchall()
    )
    for schema, table, column, _ in list(_columns(con)):
        said = _meaning(schema, table, column)
        if said is None:
            continue
        what = "column" if column else "view" if (schema, table) in views else "table"
        name = f'{schema}."{table}"' + (f'."{column}"' if column else "")
        escaped = said.replace("'", "''")
        yield f"comment on {what} {name} is '{escaped}'"


def _meaning(schema: str, table: str, column: str | None) -> str | None:
    if column is None:
        found = _entries()["tables"].get(_named(schema, table))
    else:
        found = _entries()["columns"].get(_key(schema, table, column))
    return None if found is None else str(found)


def _key(schema: str, table: str, column: str) -> str | None:
    """Under which name a column is explained: its own in its table, or what such a column always is."""
    known = _entries()["columns"]
    names = (f"{_named(schema, table)}.{column}", f"{table}.{column}", column)
    return next((name for name in names if name in known), None)


def _named(schema: str, table: str) -> str:
    return table if schema == "main" else f"{schema}.{table}"


def _short(kind: str) -> str:
    return kind.lower().replace("timestamp with time zone", "timestamptz").replace("|", "\\|")


@cache
def _text() -> str:
    return files("warehouse").joinpath("dictionary.toml").read_text("utf-8")


@cache
def _entries() -> dict[str, Any]:
    return tomllib.loads(_text())


if __name__ == "__main__":
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from warehouse.database import writer

    with TemporaryDirectory() as folder, writer(Path(folder) / "empty.duckdb") as empty:
        sys.stdout.write(page(empty))
