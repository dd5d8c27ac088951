"""A lake's files put together, and those taken away that no reader needs any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import duckdb

from warehouse.lake.address import Lake
from warehouse.lake.sending import writing

KEPT = timedelta(days=1)
"""How long a reader may go on reading what it began to read."""


def tidy(lake: Lake, kept: timedelta = KEPT) -> int:
    """How many files there are fewer: small ones are put together, rows taken out are gone from the bytes.

    States of the lake older than `kept` are forgotten, and files that belong to no other: with
    `timedelta(0)`, as forgetting a story needs it, nothing of what was taken out is left, and a question that
    is being asked just now may fail. Also gone are files that a loader left which was killed.
    """
    with writing(lake) as con:
        before = _files(con)
        con.execute("call ducklake_rewrite_data_files('lake', delete_threshold => 0)")
        con.execute("call ducklake_merge_adjacent_files('lake')")
        until = f"older_than => timestamptz '{(datetime.now(UTC) - kept).isoformat()}'"
        con.execute(f"call ducklake_expire_snapshots('lake', {until})")
        con.execute(f"call ducklake_cleanup_old_files('lake', {until if kept else 'cleanup_all => true'})")
        con.execute(f"call ducklake_delete_orphaned_files('lake', {until})")
        return before - _files(con)


def _files(con: duckdb.DuckDBPyConnection) -> int:
    row = con.execute("select sum(file_count) from ducklake_table_info('lake')").fetchone()
    return int(row[0] or 0) if row else 0
