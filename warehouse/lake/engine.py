"""DuckDB with what a lake needs: its extensions, as they came with their packages, and the storage's keys."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

import duckdb

from warehouse.database import NO_PROGRESS, WarehouseError, first_line, literal, writers_memory
from warehouse.lake.address import Lake, LakeAddressError, hidden

INSTALL = "pip install 'dawn-as-a-table[lake]'"
_EXTENSIONS = ("ducklake", "postgres_scanner", "httpfs")


def engine(beside: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A connection with nothing attached, and no extension but these; none is ever downloaded.

    What does not fit into memory is spilled `beside` a file, as a writer does it; nowhere without one.
    """
    con = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    try:
        for name in _EXTENSIONS:
            con.execute(f"load {literal(str(_extension(name)))}")
        con.execute(NO_PROGRESS)
        con.execute(f"set memory_limit = '{writers_memory()}B'")
        spill = beside.with_name(f"{beside.name}.lake-spill") if beside else ""
        con.execute(f"set temp_directory = {literal(str(spill))}")
    except BaseException:
        con.close()
        raise
    return con


def _extension(name: str) -> Path:
    try:
        package = import_module(f"duckdb_extension_{name}")
    except ImportError:
        raise WarehouseError(f"a lake needs DuckDB's extension {name}: {INSTALL}") from None
    found = Path(package.__path__[0]) / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
    if not found.exists():
        raise WarehouseError(
            f"DuckDB's extension {name} is there for another DuckDB than {duckdb.__version__}: {INSTALL}"
        )
    return found


def give_keys(con: duckdb.DuckDBPyConnection, files: str) -> None:
    """Nothing; where the files lie on S3 the connection may read and write there.

    Keys, region and endpoint are found as AWS's own tools find them: environment, profile, the machine's
    role.
    """
    if not files.startswith("s3://"):
        return
    from botocore.session import get_session

    session = get_session()
    found = session.get_credentials()
    bucket = urlsplit(files).netloc
    said = {"region": session.get_config_variable("region") or "us-east-1"}
    if found is not None:
        keys = found.get_frozen_credentials()
        said |= {"key_id": keys.access_key, "secret": keys.secret_key}
        if keys.token:
            said["session_token"] = keys.token
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    options = [f"{key} {literal(value)}" for key, value in said.items()]
    if endpoint:
        parts = urlsplit(endpoint)
        options += [
            f"endpoint {literal(parts.netloc)}",
            "url_style 'path'",
            f"use_ssl {'true' if parts.scheme == 'https' else 'false'}",
        ]
    options.append(f"scope {literal(f's3://{bucket}')}")
    con.execute(f"create or replace secret {quoted(bucket)} (type s3, {', '.join(options)})")


def keys_there(con: duckdb.DuckDBPyConnection, lake: Lake) -> dict[str, str]:
    """The sites in a lake: under which key each is filed, and where its files lie. Asks the catalog alone."""
    kind = "type postgres, " if lake.catalog.startswith("postgres:") else ""
    con.execute(f"attach {literal(lake.catalog.removeprefix('postgres:'))} as catalog ({kind}read_only)")
    try:
        found = con.execute("""
            select schema_name
            from duckdb_tables()
            where database_name = 'catalog'
                and table_name = 'ducklake_metadata'
            order by schema_name
        """).fetchall()
        return {
            key: con.execute(
                f"""select value from catalog.{quoted(key)}.ducklake_metadata where key = 'data_path'"""
            ).fetchall()[0][0]
            for (key,) in found
        }
    finally:
        con.execute("detach catalog")


def held_there(lake: Lake, there: Mapping[str, str]) -> None:
    """Nothing. Raises WarehouseError where the lake has no tables, or none of that site."""
    if not there:
        raise WarehouseError(f"the lake {lake} is empty: `dawn send` fills it")
    if lake.key and lake.key not in there:
        raise WarehouseError(f"the lake {lake} holds no tables of {lake.site}; it has {', '.join(there)}")


@contextmanager
def told(lake: Lake, doing: str) -> Iterator[None]:
    """DuckDB's errors while the block runs are WarehouseErrors in one line, without passwords."""
    try:
        yield
    except duckdb.Error as error:
        raise WarehouseError(f"the lake {lake} {doing}: {_why(error)}") from error


def _why(error: duckdb.Error) -> str:
    said = re.sub(r"\s+", " ", hidden(first_line(error)))
    if "Unable to connect to Postgres" in str(error):
        rest = " ".join(str(error).split("\n")[0:3])
        said = re.sub(r"\s+", " ", hidden(rest))
    return said


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def key_of(lake: Lake) -> str:
    """What the site's tables are filed under. Raises LakeAddressError where no site is named."""
    if (key := lake.key) is None:
        raise LakeAddressError("name the site whose tables are meant, with --site")
    return key
