"""What of the files for several machines runs without a container, run: prepare.py, SeaweedFS, Dask.

Everything on free ports of loopback, with the very commands of the files but for addresses and ports.
PostgreSQL is Debian's package, SeaweedFS comes with `make tools`; where one is missing its test is skipped.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from deploy.prepare import Catalog, bucket, catalog
from flows.serve import free_port
from tests.flows.deployed import ROOT, services, tool
from tests.flows.prefect_server import until
from tests.flows.test_servers import Databases, databases  # noqa: F401 (a fixture)

pytest.importorskip("s3fs")
KEYS = {"AWS_ACCESS_KEY_ID": "dawn", "AWS_SECRET_ACCESS_KEY": "known-to-few"}


def prepared(**environment: str) -> tuple[int, str, str]:
    """What prepare.py does in an environment of its own: exit status, stdout, stderr."""
    bare = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPATH": str(ROOT)}
    words = [sys.executable, str(ROOT / "deploy" / "prepare.py")]
    done = subprocess.run(
        words, env=bare | environment, capture_output=True, text=True, timeout=120, check=False
    )
    return done.returncode, done.stdout, done.stderr


@contextmanager
def running(log: Path, *words: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process with its words in a file; ended at the end."""
    with log.open("wb") as told:
        process = subprocess.Popen(
            words, stdout=told, stderr=told, env=os.environ | environment, cwd=log.parent
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)  # SeaweedFS takes twenty seconds


def answer(address: str, process: subprocess.Popen[bytes], log: Path) -> bytes:
    """What is answered there, as soon as somebody does; fails with the process's own words where it ends."""

    def found() -> bytes | None:
        assert process.poll() is None, log.read_text("utf-8", "replace")
        try:
            with urlopen(address, timeout=5) as page:
                return bytes(page.read()) or b"empty"
        except OSError:
            return None

    return bytes(until(found))


# prepare.py, what it reads.


@pytest.mark.parametrize(
    ("store", "expected"),
    [
        ("s3://dawn/archive", "dawn"),
        ("s3://dawn", "dawn"),
        ("s3://news.example-1/a/b/", "news.example-1"),
        ("", None),
        ("/data", None),
        ("data", None),
        ("file:///data", None),
    ],
)
def test_the_bucket_of_a_store(store: str, expected: str | None) -> None:
    assert bucket(store) == expected


@pytest.mark.parametrize(
    "store", ["s3:///archive", "s3:archive", "gs://dawn/archive", "https://dawn/archive"]
)
def test_what_is_no_store(store: str) -> None:
    with pytest.raises(ValueError, match="write s3://BUCKET/PREFIX"):
        bucket(store)


@pytest.mark.parametrize(
    ("lake", "expected"),
    [
        ("postgres:dbname=lake host=database user=dawn", Catalog("lake", "dawn", "database", 5432)),
        ("postgres:user=u port=5433 host=10.0.0.1 dbname=l", Catalog("l", "u", "10.0.0.1", 5433)),
        ("postgres:dbname = 'my lake' host='h' user=u", Catalog("my lake", "u", "h", 5432)),
        ("sqlite:lake.sqlite", None),
        ("lake.ducklake", None),
        ("", None),
    ],
)
def test_the_catalog_of_a_lake(lake: str, expected: Catalog | None) -> None:
    assert catalog(lake) == expected


@pytest.mark.parametrize(
    ("lake", "message"),
    [
        ("postgres:host=h user=u", "names no dbname"),
        ("postgres:dbname=l user=u", "names no host"),
        ("postgres:dbname=l host=h", "names no user"),
        ("postgres:dbname=l host=h user=u password=p", "put it into PGPASSWORD"),
        ("postgres:dbname=l host=h user=u port=x", "write a number"),
    ],
)
def test_what_is_no_catalog(lake: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as told:
        catalog(lake)
    assert "=p" not in str(told.value)


def test_nothing_to_prepare_is_no_failure() -> None:
    assert prepared() == (0, "", "")


@pytest.mark.parametrize(
    ("environment", "status", "message"),
    [
        ({"DAWN_STORE": "gs://a"}, 2, "DAWN_STORE is 'gs://a'"),
        ({"DAWN_LAKE": "postgres:dbname=l"}, 2, "DAWN_LAKE names no host"),
        (
            {"DAWN_LAKE": "postgres:dbname=l host=127.0.0.1 port=1 user=u", "LAKE_PASSWORD": "p"},
            1,
            "database l on 127.0.0.1:1 could not be made",
        ),
    ],
)
def test_what_cannot_be_prepared_is_said_in_one_line(
    environment: dict[str, str], status: int, message: str
) -> None:
    done, told, error = prepared(**environment)
    assert (done, told, error.count("\n")) == (status, "", 1)
    assert message in error


# Run.


@pytest.mark.slow
def test_the_catalog_is_made_once(databases: Databases) -> None:  # noqa: F811
    """Twice and twice at once is like once; a changed password holds; others may not look into it."""
    import asyncpg

    base = databases("prefect")
    port = int(base.rsplit(":", 1)[1].split("/")[0])
    lake = f"postgres:dbname=lake host=127.0.0.1 port={port} user=loader"
    settings = {"DAWN_LAKE": lake, "PGUSER": "dawn", "PGDATABASE": "prefect", "PGPASSWORD": "x"}

    async def told(question: str, database: str = "lake", user: str = "dawn") -> list[Any]:
        asking = await asyncpg.connect(host="127.0.0.1", port=port, user=user, database=database)
        try:
            return [tuple(row) for row in await asking.fetch(question)]
        finally:
            await asking.close()

    assert prepared(**settings) == (0, "", ""), "without LAKE_PASSWORD it is somebody else's work"
    odd = 'it\'s "so" $1 %s \\'
    assert prepared(**settings, LAKE_PASSWORD=odd) == (0, "database lake: made\n", "")
    kept = "select rolpassword, rolsuper, rolcreatedb, rolcreaterole from pg_authid where rolname = 'loader'"
    ((first, *rights),) = asyncio.run(told(kept))
    assert first.startswith("SCRAM-SHA-256")
    assert rights == [False, False, False]
    asyncio.run(told("create table kept (here int)", user="loader"))
    assert prepared(**settings, LAKE_PASSWORD="another") == (0, "database lake: is there\n", "")
    ((second, *_),) = asyncio.run(told(kept))
    assert second != first
    owner = "select pg_get_userbyid(datdba) from pg_database where datname = 'lake'"
    assert asyncio.run(told(owner)) == [("loader",)]
    asyncio.run(told("create role reader login"))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        asyncio.run(told("select 1", user="reader"))


@contextmanager
def seaweedfs(folder: Path) -> Iterator[tuple[dict[str, str], dict[str, int]]]:
    """SeaweedFS with compose's command: the settings of who asks it, without the key, and its ports."""
    ports = {name: free_port() for name in ("s3.port", "master.port", "volume.port", "filer.port")}
    command = [word for word in services()["objects"]["command"] if not word.startswith("-s3.port=")]
    words = [*command, "-dir=data", "-volume.max=0", "-master.volumeSizeLimitMB=64"]
    words += [f"-{name}={port}" for name, port in ports.items()]
    words += [f"-{name}.grpc={free_port()}" for name in ports]
    (folder / "data").mkdir()
    endpoint = f"http://127.0.0.1:{ports['s3.port']}"
    with running(folder / "log", tool("weed"), *words, **KEYS) as process:
        answer(f"{endpoint}/healthz", process, folder / "log")
        yield (
            {"DAWN_STORE": "s3://dawn/archive", "AWS_ENDPOINT_URL": endpoint, "AWS_REGION": "us-east-1"},
            ports,
        )


@pytest.mark.slow
def test_seaweedfs_as_it_is_deployed(tmp_path: Path) -> None:
    """The bucket is made once, files stay whole and as they are, strangers are refused, one port is heard."""
    import s3fs

    with seaweedfs(tmp_path) as (settings, ports):
        assert prepared(**settings, **KEYS) == (0, "bucket dawn: made\n", "")
        assert prepared(**settings, **KEYS) == (0, "bucket dawn: is there\n", "")
        status, _, error = prepared(**settings, **KEYS | {"AWS_SECRET_ACCESS_KEY": "guessed"})
        assert (status, error.count("\n")) == (1, 1)
        assert "bucket dawn could not be made" in error
        endpoint = settings["AWS_ENDPOINT_URL"]
        files = s3fs.S3FileSystem(
            key=KEYS["AWS_ACCESS_KEY_ID"], secret=KEYS["AWS_SECRET_ACCESS_KEY"], endpoint_url=endpoint
        )
        whole = os.urandom(12 << 20)  # in several parts
        with files.open("dawn/archive/one.warc.gz", "wb") as out:
            out.write(whole)
        with pytest.raises(OSError, match="pre-conditions"):
            files.pipe_file("dawn/archive/one.warc.gz", b"another", mode="create")
        assert files.cat("dawn/archive/one.warc.gz") == whole
        with pytest.raises(PermissionError):
            s3fs.S3FileSystem(anon=True, endpoint_url=endpoint).ls("dawn")
        heard = listening()
        assert heard.pop(ports["s3.port"]) == {False}, "the S3 side is for the others of its network"
        assert {name: heard[port] for name, port in ports.items() if name != "s3.port"} == {
            "master.port": {True},
            "volume.port": {True},
            "filer.port": {True},
        }


@pytest.mark.slow
def test_a_lake_in_what_was_prepared(databases: Databases, tmp_path: Path) -> None:  # noqa: F811
    """Catalog and files where the settings say: a table is written there, and read by another connection."""
    duckdb = pytest.importorskip("duckdb")
    extensions = pytest.importorskip("duckdb_extensions")
    port = int(databases("server").rsplit(":", 1)[1].split("/")[0])
    lake = f"postgres:dbname=news host=127.0.0.1 port={port} user=keeper"
    admin = {"PGUSER": "dawn", "PGDATABASE": "server", "LAKE_PASSWORD": "x"}

    def opened(host: str, files: str) -> Any:
        connection = duckdb.connect()
        for name in ("ducklake", "postgres_scanner", "httpfs"):
            extensions.import_extension(name, con=connection)
        key = ", ".join(
            f"{name} '{value}'" for name, value in zip(("key_id", "secret"), KEYS.values(), strict=True)
        )
        connection.execute(
            f"create secret (type s3, {key}, endpoint '{host}', url_style 'path', use_ssl false)"
        )
        connection.execute(f"attach 'ducklake:{lake}' as lake (data_path '{files}')")
        return connection

    with seaweedfs(tmp_path) as (settings, ports):
        done = prepared(**settings, **KEYS, **admin, DAWN_LAKE=lake)
        assert done == (0, "bucket dawn: made\ndatabase news: made\n", "")
        where = f"127.0.0.1:{ports['s3.port']}", f"{settings['DAWN_STORE']}/lake"
        rows = "select i, repeat('x', 5000) || i as body from range(500) r(i)"
        with opened(*where) as writer:
            writer.execute(f"create table lake.stories as {rows}")
        with opened(*where) as reader:
            found = reader.execute("select count(*), sum(length(body)) from lake.stories").fetchone()
            files = reader.execute("select file from glob($files)", {"files": f"{where[1]}/**"}).fetchall()
    assert found == (500, sum(5000 + len(str(i)) for i in range(500)))
    assert files


def listening() -> dict[int, set[bool]]:
    """Of each port that somebody listens at, whether that is at loopback alone. As the kernel tells it."""
    found: dict[int, set[bool]] = {}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text("ascii").splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            address, port = local.split(":")
            if state == "0A":
                found.setdefault(int(port, 16), set()).add(address == "0100007F")
    return found


@pytest.mark.slow
def test_dask_as_it_is_deployed(tmp_path: Path) -> None:
    """With compose's commands: both answer their probes, and what a killed worker had is done again."""
    from distributed import Client

    scheduler, pages, probe = free_port(), free_port(), free_port()
    address = f"tcp://127.0.0.1:{scheduler}"
    put = {
        "8786": str(scheduler),
        ":8787": f"127.0.0.1:{pages}",
        "tcp://scheduler:8786": address,
        "--dashboard-address=:8787": f"--dashboard-address=127.0.0.1:{probe}",
        "--local-directory=/tmp": f"--local-directory={tmp_path}",
    }

    def words(service: str) -> list[str]:
        program, *rest = services()[service]["command"]
        found = [sys.executable, "-m", program, *(put.get(word, word) for word in rest)]
        assert sum(word in put for word in rest) >= 2
        return [*found, "--host", "127.0.0.1"]

    with ExitStack() as stack:
        logs = tmp_path / "scheduler", tmp_path / "worker"
        first = stack.enter_context(running(logs[0], *words("scheduler")))
        assert answer(f"http://127.0.0.1:{pages}/health", first, logs[0]) == b"ok"
        second = stack.enter_context(running(logs[1], *words("dask-worker")))
        assert answer(f"http://127.0.0.1:{probe}/health", second, logs[1]) == b"ok"
        with Client(address, timeout="30s") as client:
            client.wait_for_workers(1, timeout=60)
            (worker,) = client.scheduler_info()["workers"].values()
            assert worker["nthreads"] == 1
            assert worker["memory_limit"] == int(1.5 * 2**30)
            once = tmp_path / "once"
            done = client.submit(die_once, str(once), key="killed").result(timeout=120)
            assert done == "done again"


def die_once(path: str) -> str:
    """Kills the process that asks for the first time, as a machine that is lost would."""
    if Path(path).exists():
        return "done again"
    Path(path).touch()
    os._exit(9)
