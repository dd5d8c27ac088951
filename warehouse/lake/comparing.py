"""A lake and a published file, row for row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.database import literal
from warehouse.lake.address import Lake
from warehouse.lake.engine import engine, give_keys, held_there, key_of, keys_there, quoted, told


@dataclass(frozen=True, slots=True)
class Compared:
    """One table or view on both sides: how many rows, and how many of them the other side has not."""

    name: str
    rows: int
    lacking: int  # rows of the file that the lake has not
    beyond: int  # rows of the lake that the file has not

    @property
    def same(self) -> bool:
        """Whether both hold the same rows, each as often."""
        return not self.lacking and not self.beyond


def compared(
    public: Path, lake: Lake, told_of: Callable[[int, int], None] = lambda _, __: None
) -> list[Compared]:
    """Every table and view of the published file beside that of the lake, by name; both are read whole.

    Left out are the record of how the file explains its columns, for the lake says that in `dictionary`, and
    `core.places`, which says where in its own file a text lies.
    Raises WarehouseError where the lake cannot be read, or lacks a table.
    """
    con = engine(public)
    try:
        with told(lake, "cannot be compared"):
            there = keys_there(con, lake)
            held_there(lake, there)
            key = key_of(lake)
            give_keys(con, there[key])
            con.execute(lake.attached("lake", key, read_only=True))
            con.execute(f"attach {literal(str(public))} as source (read_only)")
            con.execute("set TimeZone = 'UTC'")
            names = _names(con)
            found = []
            for done, name in enumerate(names, 1):
                found.append(_compared(con, name))
                told_of(done, len(names))
            return found
    finally:
        con.close()


def _names(con: duckdb.DuckDBPyConnection) -> list[str]:
    return [
        name
        for (name,) in con.execute("""
            select if(schema_name = 'main', '', schema_name || '.') || table_name as name
            from duckdb_columns()
            where database_name = 'source'
                and not internal
                and (schema_name, table_name) not in (('meta', 'comments'), ('core', 'places'))
            group by all
            order by name
        """).fetchall()
    ]


def _compared(con: duckdb.DuckDBPyConnection, name: str) -> Compared:
    for side in ("source", "lake"):  # a view may ask which database is the current one
        con.execute(f"use {side}")
        con.execute(f"create or replace temp table of_{side} as from {name}")
    columns = [column for (column,) in con.execute("select column_name from (describe of_source)").fetchall()]
    said = ", ".join(map(quoted, columns))
    rows = con.execute(f"""
        select
            (select count(*) from of_source),
            (select count(*) from (select {said} from of_source except all select {said} from of_lake)),
            (select count(*) from (select {said} from of_lake except all select {said} from of_source))
    """).fetchall()[0]
    return Compared(name, *rows)
