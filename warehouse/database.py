"""The one way a DuckDB file of ours is opened, and its migrations."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import duckdb

from warehouse.zone import SPELLED, in_zone, zone_told

if TYPE_CHECKING:
    from warehouse.lake.address import Lake

Published: TypeAlias = "Path | Lake"
"""Where published tables are read: a file, or a lake."""

STORAGE = "storage_version 'v1.5.0', row_group_size 4096"
"""Read by DuckDB 1.5 and 2.0. A checkpoint writes the last row group of each table that grew anew, and with
it the texts in it: after 300 stories more that takes 2 s with groups of 16384 rows, a quarter of that with
these, and at a million rows 4 to 10 s with DuckDB's own. It does not remember the size: hence one function
that opens."""


MEMORY = 2 << 30
"""Bytes that a writer's DuckDB may use, or four fifths of the machine's where it has less; what does not fit
is spilled beside the file."""


NO_PROGRESS = "set enable_progress_bar = false"
"""Else DuckDB draws a bar among the answers on stdout where it takes Python for interactive (`python -c`)."""


_NO_MEMORY = ("Out of Memory Error", "could not allocate")
_FAILURES = ("Could not write file", "Could not sync file", "Could not truncate file", *_NO_MEMORY)
"""What DuckDB says in errors of other kinds, where a commit or a checkpoint fails for the machine's sake."""


_ANEW = "delete the database files and run `dawn replay` (the archive holds everything)"


class WarehouseError(Exception):
    """The warehouse could not do its work; the message names the file and what to do next."""


@contextmanager
def writer(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that may write to the warehouse's own file, migrated and in UTC; made if absent.

    Never the published file. One process at a time: the caller holds the data folder's lock.
    """
    spill = path.with_name(f"{path.name}.spill")
    shutil.rmtree(spill, ignore_errors=True)  # a process that was killed left it
    if not path.exists():
        _begin(path)
    con = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    try:
        con.execute(f"attach {literal(str(path))} as warehouse ({STORAGE})")
        # Where the disk is full DuckDB would write on as it closes, and may leave a file that it cannot read.
        con.execute("pragma disable_checkpoint_on_shutdown")
        con.execute("use warehouse")
        con.execute("set TimeZone = 'UTC'")
        con.execute(NO_PROGRESS)
        con.execute(f"set memory_limit = '{writers_memory()}B'")
        con.execute(f"set temp_directory = {literal(str(spill))}")
        # One checkpoint at the end of a load instead of many inside it: 25 to 29 k rows/s instead of 3.9 k.
        con.execute("set checkpoint_threshold = '1GB'")
        migrate(con, path)
        yield con
    except duckdb.Error as error:
        if not _of_the_machine(error):
            raise
        did = "opened" if isinstance(error, duckdb.IOException) else "written"
        raise _trouble(path, error, f"cannot be {did}") from error
    finally:
        con.close()


def _begin(path: Path) -> None:
    """Nothing; an empty database is there, whole: half of one, as a full disk leaves it, never opens."""
    beside = path.with_name(f"{path.name}.begun")
    beside.unlink(missing_ok=True)
    con = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    try:
        con.execute(f"attach {literal(str(beside))} as warehouse ({STORAGE})")
        con.execute("detach warehouse")
    except duckdb.IOException as error:
        beside.unlink(missing_ok=True)
        raise _trouble(path, error, "cannot be begun") from error
    finally:
        con.close()
    with suppress(FileExistsError):  # somebody else's, who was faster
        os.link(beside, path)  # unlike a rename it never replaces
    beside.unlink()


@contextmanager
def reader(
    path: Published, may_write: Path | None = None, memory: int | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to a published file or a lake, with the site's time zone.

    It cannot write, attach, read other files or load extensions; nor can whatever SQL it is given. The one
    exception is the file `may_write`, where an answer is to be put. `memory` are the bytes that it may use,
    half of the machine's where none are said; what does not fit is spilled into a folder of its own among the
    system's temporary ones, which it may fill by half. A single value of gigabytes DuckDB does not count:
    only the kernel bounds that, see `flows.bounds`.
    """
    con, elsewhere = _opened(path) if isinstance(path, Path) else _opened_lake(path)
    spill = _spill()
    try:
        con.execute(f"set TimeZone = {literal(zone_of(con))}")
        con.execute(NO_PROGRESS)
        con.execute(f"set memory_limit = '{memory or _memory() // 2}B'")
        # By itself DuckDB would spill into the data folder, and fill its disk.
        con.execute(f"set temp_directory = {literal(spill or '')}")
        if spill is not None:
            con.execute(f"set max_temp_directory_size = '{shutil.disk_usage(spill).free // 2}B'")
        if may_write is not None:
            con.execute(f"set allowed_paths = [{literal(str(may_write))}]")
        if elsewhere:
            con.execute(f"set allowed_directories = [{', '.join(map(literal, elsewhere))}]")
        con.execute("set enable_external_access = false")
        con.execute("set lock_configuration = true")
        yield con
    except duckdb.Error as error:
        if not _of_the_machine(error):
            raise
        raise _trouble(path, error, "cannot be read") from error
    finally:
        con.close()
        if spill is not None:
            shutil.rmtree(spill, ignore_errors=True)


def _opened(path: Path) -> tuple[duckdb.DuckDBPyConnection, list[str]]:
    if not path.exists():
        raise WarehouseError(f"{path} is not there yet: run `dawn run` or `dawn backfill` first")
    con = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    try:
        # Attached, not connected to: a process has one instance of a file that it connects to, with one
        # configuration, and gets the replaced one again while somebody in it still reads that.
        con.execute(f"attach {literal(str(path))} as dawn (read_only)")
        con.execute("use dawn")
        refuse_newer(_applied(con), path)  # its tables may mean something else by now
    except duckdb.Error as error:
        con.close()
        raise _trouble(path, error, "cannot be read") from error
    except BaseException:
        con.close()
        raise
    return con, []


def _opened_lake(lake: Lake) -> tuple[duckdb.DuckDBPyConnection, list[str]]:
    from warehouse.lake.reading import opened  # whose extensions are optional

    return opened(lake)


@contextmanager
def published(public: Published) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to the published file; one of an earlier schema is named as such."""
    with reader(public) as con:
        try:
            yield con
        except (duckdb.BinderException, duckdb.CatalogException) as error:
            if not isinstance(public, Path):
                raise WarehouseError(
                    f"the lake {public} has several sites, or was sent by an earlier version"
                    f" ({first_line(error)}): name one site with --site"
                ) from error
            raise WarehouseError(
                f"{public} was published by an earlier version of this program: `dawn replay` makes it anew"
            ) from error


def _spill() -> str | None:
    """A new folder that nobody else may look into; None where none can be had: then nothing is spilled."""
    try:
        return tempfile.mkdtemp(prefix="dawn-spill-")
    except OSError:
        return None


def writers_memory() -> int:
    """The bytes that the DuckDB of who writes may use; see MEMORY."""
    return min(MEMORY, _memory() * 4 // 5)


def _memory() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def damaged(path: Published, error: BaseException) -> bool:
    """Whether an error says that a DuckDB file holds something else than was written into it.

    Not that it cannot be had just now: another process has it open, the disk is full.
    """
    said = str(error)
    ours = str(path) in said and ("not a valid DuckDB" in said or "Could not read enough bytes" in said)
    return isinstance(error, duckdb.IOException) and (ours or "Corrupt database file" in said)


def _of_the_machine(error: duckdb.Error) -> bool:
    """Whether the machine failed, and not the SQL: its disk is full, its memory used up, a file not there."""
    failed = isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException)
    return failed or any(said in str(error) for said in _FAILURES)


def readable(path: Path) -> bool:
    """Whether a published file is there and opens: False only where none is, or a damaged one."""
    if not path.exists():
        return False
    try:
        duckdb.connect(str(path), read_only=True).close()
    except duckdb.Error as error:
        return not damaged(path, error)
    return True


def _trouble(path: Published, error: BaseException, what: str) -> WarehouseError:
    if not isinstance(path, Path):
        return WarehouseError(f"the lake {path} {what}: {first_line(error)}")
    if not damaged(path, error):
        why = "there is not enough memory: " if any(said in str(error) for said in _NO_MEMORY) else ""
        return WarehouseError(f"{path} {what}: {why}{first_line(error)}")
    log = path.with_name(f"{path.name}.wal")
    files = f"{path} and {log}" if log.exists() else str(path)
    return WarehouseError(
        f"{path} is damaged: {first_line(error)}; delete {files} and run `dawn replay`: the archive and the"
        " journal have all that was in it"
    )


def migrate(con: duckdb.DuckDBPyConnection, path: Path | None = None) -> list[str]:
    """The names of the migrations applied now, in order, each in one transaction with the record of it.

    Rows that an earlier version derived are derived anew by the next load. Refused, and nothing is changed: a
    database with a migration that is not known here, for it is a newer version's; one that was applied and
    has changed since; one that comes before another that was applied; one of another time zone than its
    folder's. Of a migration that fails nothing is left; those before it are done.
    """
    known = {name: (text, hashlib.sha256(text.encode()).hexdigest()) for name, text in scripts("migrations")}
    applied = _applied(con)
    where = path or "the database"
    refuse_newer(applied, where)
    for name, digest in applied.items():
        if known[name][1] != digest:
            raise WarehouseError(
                f"migration {name} was changed after it was applied to {where}: undo that and add a new"
                f" migration, or {_ANEW}"
            )
    waiting = [name for name in known if name not in applied]
    if applied and waiting and waiting[0] < (last := max(applied)):
        raise WarehouseError(
            f"migration {waiting[0]} comes before {last}, which was applied to {where} already: give it"
            f" the next number, or {_ANEW}"
        )
    told = zone_told(path) if path else None
    zone = zone_of(con) if applied else told or SPELLED
    if told not in (None, zone):
        raise WarehouseError(
            f"{where} has its days in {zone}, and site.json beside it says {told}: mend that, or {_ANEW}"
        )
    con.execute("create schema if not exists meta")
    con.execute(
        "create table if not exists meta.migrations (name varchar primary key, sha256 varchar not null)"
    )
    for name in waiting:
        text, digest = known[name]
        con.execute("begin")
        try:
            con.execute(in_zone(text, zone))
            con.execute("insert into meta.migrations values (?, ?)", [name, digest])
            if applied and _has(con, "stale"):
                # Rows that an older version derived; the next load derives them as this one does.
                con.execute("insert or ignore into meta.stale values ('an earlier version derived it')")
            con.execute("commit")
        except BaseException as error:
            with suppress(duckdb.Error):  # after a fault of the disk there is nothing to go back to
                con.execute("rollback")
            if not isinstance(error, duckdb.Error) or _of_the_machine(error):
                raise
            raise WarehouseError(
                f"migration {name} cannot be applied to {where}: {first_line(error)}; nothing of it was"
                f" changed: mend it, or {_ANEW}"
            ) from error
    return waiting


def zone_of(con: duckdb.DuckDBPyConnection) -> str:
    """The time zone of the database that is in use; the first site's where it is older than the record."""
    try:
        row = con.execute("select core.zone()").fetchone()
    except duckdb.CatalogException:
        return SPELLED
    return str(row[0]) if row else SPELLED


def _applied(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The migrations of a database with their digests; none of one that is new, or no warehouse's."""
    if not _has(con, "migrations"):
        return {}
    return dict(con.execute("select name, sha256 from meta.migrations order by name").fetchall())


def _has(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    # No parameter: where pandas is installed, the first one imports it.
    found = con.execute(
        "select count(*) from duckdb_tables()"
        " where database_name = current_database() and schema_name = 'meta'"
        f" and table_name = {literal(table)}"
    ).fetchone()
    return found != (0,)


def refuse_newer(applied: Iterable[str], where: object) -> None:
    """Nothing. Raises WarehouseError where a migration is not known here."""
    if unknown := sorted(set(applied) - {name for name, _ in scripts("migrations")}):
        raise WarehouseError(
            f"{where} was written by a newer version of this program (it has {unknown[0]}, which is not known"
            " here): use that version, or a later one; nothing was changed"
        )


def scripts(folder: str) -> list[tuple[str, str]]:
    """The SQL files of one folder of this package as (name without ending, text), by name."""
    found = [entry for entry in files("warehouse").joinpath(folder).iterdir() if entry.name.endswith(".sql")]
    return sorted((entry.name.removesuffix(".sql"), entry.read_text("utf-8")) for entry in found)


def literal(text: str) -> str:
    """The text as an SQL string literal, for the few statements that take no parameters."""
    return "'" + text.replace("'", "''") + "'"


def first_line(error: BaseException) -> str:
    """The first line of an error's message: DuckDB adds the statement and hints below it."""
    return str(error).strip().split("\n", 1)[0]
