"""Texts by where they lie in `raw.bodies`.

Whoever joins that table unpacks every text there is, 13 s of a million, because its keys are digests
and lie anywhere. To ask for places first, and for what lies there, takes 0.3 s of a few.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import duckdb

GAP = 4_096
"""Rows between two texts that are rather read than asked around: DuckDB unpacks 2048 at a time, in 20 ms."""


def texts(con: duckdb.DuckDBPyConnection, places: Collection[int]) -> dict[int, str]:
    """The texts at these places (row ids). What lies far between them is not read."""
    stretches: list[list[int]] = []
    for place in sorted(places):
        if not stretches or place - stretches[-1][-1] > GAP:
            stretches.append([])
        stretches[-1].append(place)
    # No parameters, where it has to be quick: where pandas is installed, the first one imports it.
    return dict(row for stretch in stretches for row in con.execute(_TEXTS.format(places=stretch)).fetchall())


def texts_of(con: duckdb.DuckDBPyConnection, bodies: Collection[UUID]) -> dict[UUID, str]:
    """The texts by their names (`body_id`); of one that is not there, no entry."""
    if not bodies:
        return {}
    named = ", ".join(f"'{each}'" for each in bodies)
    places = dict(con.execute(_PLACES.format(named=named)).fetchall())
    found = texts(con, places.keys())
    return {body: found[place] for place, body in places.items()}


_TEXTS = """
select
    rowid,
    body
from raw.bodies
where rowid in (select unnest({places}::bigint[]))
"""

_PLACES = """
select
    rowid,
    body_id
from raw.bodies
where body_id in (select unnest([{named}]::uuid[]))
"""
