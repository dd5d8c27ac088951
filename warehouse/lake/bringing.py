"""A lake's tables as an embedded file again."""

from __future__ import annotations

from pathlib import Path

import duckdb

from warehouse.database import STORAGE, WarehouseError, literal, writer, zone_of
from warehouse.lake.address import Lake
from warehouse.lake.engine import engine, give_keys, held_there, key_of, keys_there, quoted, told
from warehouse.lake.parts import BY_KEY, ORDER


def restore(lake: Lake, warehouse: Path) -> dict[str, int]:
    """The rows that were taken out of the lake into a new warehouse file, by table.

    The file must not be there yet. It is written beside and put in place once it is whole: killed at any
    moment, this leaves no file of that name. Publishing then makes of it what the lake was sent.
    """
    if warehouse.exists():
        raise WarehouseError(
            f"{warehouse} is there already: name another folder with --data, or move it away"
        )
    beside = warehouse.with_name(f"{warehouse.name}.restored")
    _clear(beside)
    with writer(beside):  # its tables, as the migrations make them
        pass
    try:
        rows = _fill(lake, beside)
        with writer(beside) as con:
            con.execute("checkpoint")
        beside.rename(warehouse)
    finally:
        _clear(beside)
    return rows


def _clear(file: Path) -> None:
    for path in (file, file.with_name(f"{file.name}.wal")):
        path.unlink(missing_ok=True)


def _fill(lake: Lake, file: Path) -> dict[str, int]:
    con = engine(file)
    rows = {}
    try:
        with told(lake, "cannot be read"):
            key = key_of(lake)
            there = keys_there(con, lake)
            held_there(lake, there)
            give_keys(con, there[key])
            con.execute(lake.attached("lake", key, read_only=True))
            con.execute(f"attach {literal(str(file))} as target ({STORAGE})")
            _same_zone(con, lake)
            con.execute("set TimeZone = 'UTC'")
            con.execute("begin")
            for schema, name in _tables(con):
                if not _has(con, schema, name):  # a lake of an earlier version
                    continue
                table = f"{quoted(schema)}.{quoted(name)}"
                con.execute(f"delete from target.{table}")
                said = f"{schema}.{name}"
                order = BY_KEY.get(said) or ORDER.get(said, "all")
                found = con.execute(
                    f"insert into target.{table} by name select * from lake.{table} order by {order}"
                ).fetchone()
                rows[said] = int(found[0]) if found else 0
            if con.execute(_UNLIKE).fetchone() != (0,):
                con.execute(
                    "insert or ignore into target.meta.stale values ('an earlier version derived it')"
                )
            con.execute("commit")
    finally:
        con.close()
    return rows


_UNLIKE = """
    select count(*)
    from target.meta.migrations
    anti join lake.meta.migrations using (name)
"""


def _has(con: duckdb.DuckDBPyConnection, schema: str, name: str) -> bool:
    found = con.execute(
        "select count(*) from duckdb_tables() where database_name = 'lake'"
        f" and schema_name = {literal(schema)} and table_name = {literal(name)}"
    ).fetchone()
    return found != (0,)


def _same_zone(con: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """Nothing. Raises WarehouseError where the folder's days are in another time zone than the lake's."""
    zones = []
    for name in ("lake", "target"):
        con.execute(f"use {name}")
        zones.append(zone_of(con))
    con.execute("use memory")
    if zones[0] != zones[1]:
        raise WarehouseError(
            f"the lake {lake} has its days in {zones[0]}, and this folder in {zones[1]}: name that site's own"
            " file of facts, and a folder for it"
        )


def _tables(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return con.execute("""
        select schema_name, table_name
        from duckdb_tables()
        where database_name = 'target'
            and (schema_name, table_name) not in (('meta', 'migrations'), ('meta', 'comments'))
        order by schema_name, table_name
    """).fetchall()
