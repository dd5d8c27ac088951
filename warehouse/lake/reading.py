"""A lake opened for questions: one site's tables, or those of all its sites together."""

from __future__ import annotations

import duckdb

from warehouse.database import literal, refuse_newer, zone_of
from warehouse.lake.address import Lake
from warehouse.lake.engine import engine, give_keys, held_there, keys_there, quoted, told


def opened(lake: Lake) -> tuple[duckdb.DuckDBPyConnection, list[str]]:
    """A connection whose current database has the public tables, and the places that it must go on reading.

    Of one site they are that site's. Where none is named and the lake has several, each has its own database,
    named as it is filed (`www_dawn_com.articles`), and `articles` and its kin are those of all of them, with
    one column more in front: `site`. Read-only: the lake cannot be changed with it.
    """
    con = engine()
    try:
        with told(lake, "cannot be read"):
            there = keys_there(con, lake)
            wanted = [lake.key] if lake.key else list(there)
            zones = set()
            held_there(lake, there)
            for key in wanted:
                name = "dawn" if len(wanted) == 1 else quoted(key)
                give_keys(con, there[key])
                con.execute(lake.attached(name, key, read_only=True))
                con.execute(f"use {name}")
                names = con.execute("select name from meta.migrations").fetchall()
                refuse_newer((name for (name,) in names), f"the lake {lake}")
                zones.add(zone_of(con))
            if len(wanted) > 1:
                _together(con, wanted)
                con.execute("create schema core")
                shown = zones.pop() if len(zones) == 1 else "UTC"  # of sites in several zones, nobody's own
                con.execute(f"create macro core.zone() as {literal(shown)}")
    except BaseException:
        con.close()
        raise
    return con, list(there.values())


def _together(con: duckdb.DuckDBPyConnection, keys: list[str]) -> None:
    """Nothing; the public views of several sites are there as one, of the columns that each has."""
    con.execute("use memory")
    sites = {key: _site(con, key) for key in keys}
    views = con.execute(f"""
        select
            table_name,
            bool_or(column_name = 'site') as says_site
        from duckdb_columns()
        where database_name = {literal(keys[0])}
            and schema_name = 'main'
            and not internal
        group by table_name
        order by table_name
    """).fetchall()
    for view, says_site in views:
        of_each = [
            f"select {'' if says_site else f'{literal(site)} as site,'} * from {quoted(key)}.{quoted(view)}"
            for key, site in sites.items()
        ]
        if view == "dictionary":  # what columns mean is the same everywhere
            of_each = [f"from {quoted(keys[0])}.{quoted(view)}"]
        con.execute(f"create view {quoted(view)} as {' union all by name '.join(of_each)}")


def _site(con: duckdb.DuckDBPyConnection, key: str) -> str:
    found = con.execute(f"select site from {quoted(key)}.sending.turn").fetchone()
    return str(found[0]) if found and found[0] else key
