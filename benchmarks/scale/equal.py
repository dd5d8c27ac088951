"""Two published files, row for row, but for the names and times of the program's own acts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.database import literal

OWN = "run similar to '.*-(meter|drift|forget)-.*'"
"""Journals of stages, named by the moment and by chance; what they say is compared, without the moment."""

EXCEPT = {
    "meta.comments": None,
    "meta.snapshot": None,  # a publication's name and time
    "snapshot": None,
    "core.places": None,  # where in its own file a text lies
    "raw.files": f"select if({OWN.replace('run', 'name')}, 'a stage', name) as name from {{}}.raw.files",
    "core.metered": (
        f"select if({OWN.replace('run', 'name')}, 'a stage', name) as name from {{}}.core.metered"
    ),
    "raw.journal": f"select * replace (if({OWN}, 'a stage', run) as run, if({OWN}, null, happened_at)"
    " as happened_at) from {}.raw.journal",
    "meta.text_changes": None,  # which state of the texts an index has seen, by a mark that is drawn
    "meta.texts": "select story_id, digest from {}.meta.texts",
    "core.quarantine": "select * exclude (judged_at, judged_in) from {}.core.quarantine",
}


@dataclass(frozen=True, slots=True)
class Beside:
    """How many tables and views were compared, their rows, and the names of those that differ."""

    compared: int
    rows: int
    differing: tuple[str, ...]


def beside(one: Path, other: Path) -> Beside:
    """Every table and view of one file beside the other's."""
    con = duckdb.connect()
    con.execute(f"attach {literal(str(one))} as one (read_only)")
    con.execute(f"attach {literal(str(other))} as other (read_only)")
    con.execute("set TimeZone = 'UTC'")
    names = con.execute("""
        select if(schema_name = 'main', '', schema_name || '.') || table_name
        from duckdb_columns()
        where database_name = 'one'
            and not internal
        group by all
        order by all
    """).fetchall()
    differing, rows, compared = [], 0, 0
    for (name,) in names:
        asked = EXCEPT.get(name, f"from {name}")
        if asked is None:
            continue
        for side in ("one", "other"):
            con.execute(f"use {side}")  # a view may ask which database is the current one
            con.execute(f"create or replace temp table of_{side} as {asked.format(side)}")
        found = con.execute("""
            select
                (select count(*) from of_one),
                (select count(*) from (from of_one except all from of_other)),
                (select count(*) from (from of_other except all from of_one))
        """).fetchall()[0]
        compared += 1
        rows += found[0]
        if found[1] or found[2]:
            differing.append(f"{name} ({found[1]} and {found[2]} of {found[0]})")
    con.close()
    return Beside(compared, rows, tuple(differing))
