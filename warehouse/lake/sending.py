"""What a data folder published, sent into the lake: what changed of it, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from warehouse.database import WarehouseError, literal, reader, zone_of
from warehouse.lake.address import Lake, LakeAddressError
from warehouse.lake.engine import engine, give_keys, key_of, keys_there, quoted, told
from warehouse.lake.parts import BY_KEY, ORDER, method, part_of, summed
from warehouse.lake.schema import migrate

Told = Callable[[int, int], None]

OPTIONS: tuple[tuple[str, str, tuple[str, str] | None], ...] = (
    ("parquet_compression", "zstd", None),
    ("parquet_row_group_size", "8192", None),
    ("parquet_row_group_size", "2048", ("raw", "bodies")),
    ("target_file_size", "64MB", None),
)
"""How files are written. A story's row, or its text, is read as one group of rows: with DuckDB's own 122,880
a text of a lake of 100,000 stories took 0.5 s, with these 0.1 s."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a sending did: rows put into each table and rows taken out of it, where there were any.

    `snapshot_id` is the publication that the lake now holds.
    """

    snapshot_id: str | None
    put: dict[str, int] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        """Whether the lake held something else before."""
        return bool(self.put or self.taken)


def send(public: Path, lake: Lake, anyway: bool = False, told_of: Told = lambda _, __: None) -> Sent:
    """What was changed in the lake so that it holds what the published file does; all of it or nothing.

    Run it again after any fault: what is there already is not sent twice. A publication that the lake holds
    is not looked at again, unless `anyway`. There is one loader: of two that send at once the second to end
    is refused. Refused is also a file that is older than what the lake holds, unless `anyway`. `told_of` is
    called with how many tables are done, and how many there are.
    """
    with reader(public) as published:
        zone = zone_of(published)
    with writing(lake, zone, public) as con:
        con.execute(f"attach {literal(str(public))} as source (read_only)")
        held, ours = _snapshot(con, "lake"), _snapshot(con, "source")
        if held is not None and held == ours and not anyway and _whole(con):
            return Sent(held[0])
        if held is not None and ours is not None and held[1] > ours[1] and not anyway:
            raise WarehouseError(
                f"the lake {lake} holds a later publication ({held[0]}) than {public} ({ours[0]}): another"
                " folder sends there; `dawn restore` makes a folder of what it holds"
            )
        try:
            return _send(con, lake, ours, told_of)
        except duckdb.Error as error:
            if "conflict" in str(error).lower():
                raise WarehouseError(
                    f"another loader sent to the lake {lake} at the same time: one alone may; nothing of this"
                    " was changed, run it again"
                ) from error
            raise


def behind(public: Path, lake: Lake) -> bool:
    """Whether the lake holds another publication than the published file, or none of that site yet."""
    con = engine()
    try:
        with told(lake, "cannot be read"):
            con.execute(f"attach {literal(str(public))} as source (read_only)")
            key = key_of(lake)
            there = keys_there(con, lake)
            if key not in there:
                return True
            give_keys(con, there[key])
            con.execute(lake.attached("lake", key, read_only=True))
            return _snapshot(con, "lake") != _snapshot(con, "source")
    finally:
        con.close()


@contextmanager
def writing(
    lake: Lake, zone: str | None = None, beside: Path | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that may write to one site's tables in the lake, the current database; made if absent.

    Their days are in this time zone and in no other; in their own, where none is said. `beside`: see
    `engine`.
    """
    if lake.files is None:
        raise LakeAddressError("name where the files of the lake lie: a folder, or s3://bucket/prefix")
    con = engine(beside)
    try:
        with told(lake, "cannot be written"):
            give_keys(con, lake.files)
            if "://" not in lake.files:
                Path(lake.files).mkdir(parents=True, exist_ok=True)
            con.execute(lake.attached("lake", key_of(lake), read_only=False))
            con.execute("use lake")
            con.execute("set TimeZone = 'UTC'")
            migrated = migrate(con, zone)
            _begin(con, bool(migrated))
            yield con
    finally:
        con.close()


def _begin(con: duckdb.DuckDBPyConnection, migrated: bool) -> None:
    """Nothing; the lake's own record is there: what was sent, and whose turn it is."""
    con.execute("create schema if not exists sending")
    con.execute("""
        create table if not exists sending.parts (
            table_name varchar not null,
            part varchar not null,
            row_count bigint not null,
            digest varchar not null -- Parquet has no hugeint: it would come back rounded
        )
    """)
    con.execute("create table if not exists sending.turn (site varchar, method varchar, sent_at timestamptz)")
    if migrated:  # whose rows may be others by now
        con.execute("delete from sending.turn")
        # DuckLake keeps no comments on the columns of views: what they mean is sent as rows.
        con.execute("""
            create table if not exists sending.meanings (
                table_schema varchar,
                table_name varchar,
                column_name varchar,
                data_type varchar,
                meaning varchar
            )
        """)
        con.execute("create or replace view dictionary as from sending.meanings")
        for option, value, table in OPTIONS:
            of_table = f", schema => {literal(table[0])}, table_name => {literal(table[1])}" if table else ""
            con.execute(f"call lake.set_option({literal(option)}, {literal(value)}{of_table})")


def _whole(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether all that the lake says it holds was sent as it would be sent now."""
    return con.execute("select method from sending.turn").fetchall() == [(method(duckdb.__version__),)]


def _send(
    con: duckdb.DuckDBPyConnection, lake: Lake, ours: tuple[str, datetime] | None, told_of: Told
) -> Sent:
    tables = _tables(con)
    now = method(duckdb.__version__)
    put: dict[str, int] = {}
    taken: dict[str, int] = {}
    con.execute("begin")
    try:
        same = _whole(con)
        if not same:
            con.execute("delete from sending.parts")
        for done, table in enumerate(tables, 1):
            rows = _by_key(con, table, BY_KEY[table]) if table in BY_KEY else _by_part(con, table, same)
            if rows[0]:
                put[table] = rows[0]
            if rows[1]:
                taken[table] = rows[1]
            told_of(done, len(tables))
        if not same or "meta.snapshot" in put:
            _send_meanings(con)
        if put or taken or not same:
            # Every sender rewrites this one row: of two at once the second is refused, for there are no keys.
            con.execute("delete from sending.turn")
            con.execute("insert into sending.turn values (?, ?, ?)", [lake.site, now, datetime.now(UTC)])
        con.execute("commit")
    except BaseException:
        _undo(con)
        raise
    return Sent(ours[0] if ours else None, put, taken)


def _send_meanings(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("use source")  # the view asks for the current database's
    con.execute("create or replace temp table meanings as from dictionary")
    con.execute("use lake")
    con.execute("delete from sending.meanings")
    con.execute("insert into sending.meanings by name from meanings")


def _undo(con: duckdb.DuckDBPyConnection) -> None:
    with suppress(duckdb.Error):  # where the catalog is gone, the transaction is as well
        con.execute("rollback")


def _by_part(con: duckdb.DuckDBPyConnection, table: str, same: bool) -> tuple[int, int]:
    """How many rows were put in and taken out: those of the parts that are not as they were sent."""
    con.execute(f"""
        create or replace temp table parts_now as {summed(table, "source")}
    """)
    con.execute(f"""
        create or replace temp table parts_changed as
        select
            coalesce(n.part, s.part) as part,
            s.part is not null as was_sent,
            n.part is not null as is_there
        from parts_now as n
        full join (
            select *
            from sending.parts
            where table_name = {literal(table)}
        ) as s
            on s.part = n.part
        where (n.row_count, n.digest) is distinct from (s.row_count, s.digest)
    """)
    taken = 0
    if not same:
        taken = _count(con, f"delete from {table}")
    elif _any(con, "from parts_changed where was_sent"):
        taken = _count(
            con,
            f"delete from {table} where {part_of(table)} in (select part from parts_changed where was_sent)",
        )
    put = 0
    if _any(con, "from parts_changed where is_there"):
        put = _count(
            con,
            f"""
            insert into {table} by name
            select * from source.{table}
            where {part_of(table)} in (select part from parts_changed where is_there)
            order by {ORDER.get(table, "all")}
            """,
        )
    if _any(con, "from parts_changed"):
        con.execute(f"""
            delete from sending.parts
            where table_name = {literal(table)}
                and part in (select part from parts_changed)
        """)
        con.execute(f"""
            insert into sending.parts
            select {literal(table)}, part, row_count, digest
            from parts_now
            where part in (select part from parts_changed)
        """)
    return put, taken


def _by_key(con: duckdb.DuckDBPyConnection, table: str, key: str) -> tuple[int, int]:
    """How many rows were put into a table and taken out, told by their keys alone."""
    con.execute(f"create or replace temp table keys_there as select {key} from {table}")
    taken = 0
    if _any(con, f"from keys_there anti join source.{table} using ({key})"):
        taken = _count(con, f"delete from {table} where {key} not in (select {key} from source.{table})")
    put = 0
    if _any(con, f"from source.{table} anti join keys_there using ({key})"):
        put = _count(
            con,
            f"insert into {table} by name select * from source.{table} anti join keys_there using ({key})",
        )
    return put, taken


def _tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables that are sent: all of the embedded file but the records of its own making."""
    return [
        f"{schema}.{name}"
        for schema, name in con.execute("""
            select schema_name, table_name
            from duckdb_tables()
            where database_name = 'source'
                and (schema_name, table_name) not in (('meta', 'migrations'), ('meta', 'comments'))
            order by schema_name, table_name
        """).fetchall()
    ]


def _snapshot(con: duckdb.DuckDBPyConnection, database: str) -> tuple[str, datetime] | None:
    """The publication that a database holds, and its time (UTC)."""
    there = con.execute(
        "select count(*) from duckdb_tables() where table_name = 'snapshot' and schema_name = 'meta'"
        f" and database_name = {literal(database)}"
    ).fetchone()
    if there == (0,):
        return None
    found = con.execute(f"select snapshot_id, published_at from {quoted(database)}.meta.snapshot").fetchone()
    return (str(found[0]), found[1]) if found else None


def _any(con: duckdb.DuckDBPyConnection, what: str) -> bool:
    return con.execute(f"select exists ({what})").fetchone() == (True,)


def _count(con: duckdb.DuckDBPyConnection, statement: str) -> int:
    row = con.execute(statement).fetchone()
    return int(row[0]) if row else 0
