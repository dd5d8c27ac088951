"""The tables of a published file as it describes itself: columns, types and what they hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from warehouse.database import published

_BARE = re.compile(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name as SQL wants it, its type as DuckDB names it, and what it holds, "" where unsaid."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table or view: its name as SQL wants it, what a row of it is, and its columns in order.

    `public` are those that people query, the others are behind them.
    """

    name: str
    public: bool
    meaning: str
    columns: tuple[Column, ...]


def tables(public: Path) -> tuple[Table, ...]:
    """Every table of the published file, those that people query first, each part by name."""
    with published(public) as con:
        reserved = {row[0] for row in con.execute(_RESERVED).fetchall()}
        rows = con.execute(_DESCRIBED).fetchall()

    def named(name: str) -> str:
        bare = _BARE.fullmatch(name) and name not in reserved
        return name if bare else '"' + name.replace('"', '""') + '"'

    return tuple(
        Table(
            named(table) if schema == "main" else f"{named(schema)}.{named(table)}",
            schema == "main",
            meaning or "",
            tuple(Column(named(name), kind.lower(), said or "") for name, kind, said in columns),
        )
        for schema, table, meaning, columns in rows
    )


_RESERVED = "select keyword_name from duckdb_keywords() where keyword_category = 'reserved'"

_DESCRIBED = """
with
described as (
    select
        d.*,
        c.column_index
    from dictionary as d
    left join duckdb_columns() as c
        on c.database_name = current_database()
        and c.schema_name = d.table_schema
        and c.table_name = d.table_name
        and c.column_name = d.column_name
)
select
    table_schema,
    table_name,
    any_value(meaning) filter (where column_name is null) as meaning,
    list((column_name, data_type, meaning) order by column_index)
        filter (where column_name is not null) as columns
from described
group by
    table_schema,
    table_name
order by
    table_schema <> 'main',
    table_schema,
    table_name
"""
