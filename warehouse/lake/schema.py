"""The tables and views of a lake, made by the very migrations that make those of the embedded file.

Where the engines differ, the statement is written for the lake: DuckLake has no keys, no compression of a
column's own, no default that is no literal, and no comments on a view's columns or on macros. What a key
promised in the embedded file the lake has because one loader alone sends, and sends what that file holds; a
check holds it to that.
"""

from __future__ import annotations

import hashlib
import re

import duckdb

from warehouse.database import WarehouseError, first_line, scripts, zone_of
from warehouse.zone import SPELLED, in_zone

_KEYS = re.compile(r",\s*primary key \([^)]*\)|\bprimary key\b|\busing compression \w+", re.IGNORECASE)
_COMMENTS = re.compile(r"comment on (?:macro|column)\b", re.IGNORECASE)
_OR_IGNORE = re.compile(r"\binsert or ignore\b", re.IGNORECASE)
_ADDED = re.compile(r"alter table \S+ add column\b", re.IGNORECASE)
_DEFAULT = re.compile(r"\s+default\s+\S+$", re.IGNORECASE)
_REMARK = re.compile(r"--[^\n]*")


def for_lake(statement: str) -> str | None:
    """One statement of a migration as DuckLake takes it; None of one that says nothing there."""
    said = _REMARK.sub("", statement).strip()
    if not said or _COMMENTS.match(said):
        return None
    if _ADDED.match(said):
        return _DEFAULT.sub("", said)
    if re.match(r"create\b.*?\btable\b(?!.*?\bas\b\s+(?:select|from)\b)", said, re.IGNORECASE | re.DOTALL):
        return _KEYS.sub("", said)
    return _OR_IGNORE.sub("insert", said)


def statements(text: str) -> list[str]:
    """The statements of a migration as they stand there.

    DuckDB's own list of them has some in pieces without a text: a column that is added with a default.
    """
    said = text.encode()  # the tokenizer counts bytes
    operator = duckdb.token_type.operator
    ends = [at for at, kind in duckdb.tokenize(text) if said[at : at + 1] == b";" and kind == operator]
    starts = [0, *(end + 1 for end in ends)]
    return [said[first:last].decode() for first, last in zip(starts, [*ends, len(said)], strict=True)]


def migrate(con: duckdb.DuckDBPyConnection, zone: str | None = None) -> list[str]:
    """The names of the migrations applied to the attached lake now, which is the current database.

    Each in one transaction with the record of it. Raises WarehouseError of a lake that a newer version made,
    and of one whose tables of this site have their days in another time zone.
    """
    con.execute("create schema if not exists meta")
    con.execute("create table if not exists meta.migrations (name varchar not null, sha256 varchar not null)")
    applied = dict(con.execute("select name, sha256 from meta.migrations").fetchall())
    known = scripts("migrations")
    if unknown := sorted(set(applied) - {name for name, _ in known}):
        raise WarehouseError(
            f"the lake was written by a newer version of this program (it has {unknown[0]}, which is not"
            " known here): use that version, or a later one; nothing was changed"
        )
    held = zone_of(con) if applied else None
    if held is not None and zone not in (None, held):
        raise WarehouseError(
            f"the lake has this site's days in {held}, and what is to be sent has them in {zone}: send it to"
            " another lake"
        )
    made = []
    for name, text in known:
        if name in applied:
            continue
        con.execute("begin")
        try:
            for statement in statements(in_zone(text, held or zone or SPELLED)):
                if (said := for_lake(statement)) is not None:
                    con.execute(said)
            digest = hashlib.sha256(text.encode()).hexdigest()
            con.execute("insert into meta.migrations values (?, ?)", [name, digest])
            con.execute("commit")
        except duckdb.Error as error:
            con.execute("rollback")
            raise WarehouseError(
                f"migration {name} cannot be applied to the lake: {first_line(error)}; nothing of it was"
                " changed"
            ) from error
        made.append(name)
    return made
