"""Makes the bucket of DAWN_STORE and the database of DAWN_LAKE where they are missing.

`python deploy/prepare.py`, as often as you like: what is there stays, with all that is in it; only the role's
password is brought up. The bucket is made with the credentials that AWS's tools read. The database is made on
the host that DAWN_LAKE names, as PGUSER with PGPASSWORD, who may make roles and databases; the user that
DAWN_LAKE names owns it, with LAKE_PASSWORD. Without LAKE_PASSWORD neither is made: somebody else has done so.

Exit 0: all is there. 1 and one line: something could not be made. 2 and one line: a setting is no such thing.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

SECONDS = 30
"""How long an answer of the database is waited for."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """A PostgreSQL database and who owns it."""

    database: str
    owner: str
    host: str
    port: int


def bucket(store: str) -> str | None:
    """The bucket of `s3://bucket/prefix`; None where the store is a folder. Raises ValueError: neither."""
    parts = urlsplit(store)
    if parts.scheme in {"", "file"}:
        return None
    if parts.scheme != "s3" or not parts.netloc:
        raise ValueError(f"DAWN_STORE is {store!r}: write s3://BUCKET/PREFIX, or a folder")
    return parts.netloc


def catalog(lake: str) -> Catalog | None:
    """The database of an address like `postgres:dbname=lake host=h user=u`; None where it is a file's.

    ValueError where a name is missing. A password has no place in it: PGPASSWORD says that.
    """
    kind, _, said = lake.partition(":")
    if kind != "postgres":
        return None
    pairs = re.findall(r"(\w+)\s*=\s*(?:'([^']*)'|(\S+))", said)
    found = {key: quoted or plain for key, quoted, plain in pairs}
    if missing := [key for key in ("dbname", "host", "user") if not found.get(key)]:
        raise ValueError(f"DAWN_LAKE names no {missing[0]}: write postgres:dbname=lake host=HOST user=USER")
    if "password" in found:
        raise ValueError("DAWN_LAKE holds a password, which logs would show: put it into PGPASSWORD")
    port = found.get("port", "5432")
    if not port.isdecimal():
        raise ValueError(f"DAWN_LAKE has the port {port!r}: write a number")
    return Catalog(found["dbname"], found["user"], found["host"], int(port))


def make_bucket(name: str, region: str | None) -> str:
    """What was done about the bucket, in words. Raises botocore's errors."""
    from botocore.exceptions import ClientError
    from botocore.session import get_session

    client = get_session().create_client("s3", region_name=region)
    try:
        client.head_bucket(Bucket=name)
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"404", "NoSuchBucket"}:
            raise
    else:
        return f"bucket {name}: is there"
    # AWS refuses its first region as a constraint, and wants every other one.
    where = {} if region in {None, "", "us-east-1"} else {"LocationConstraint": region}
    try:
        client.create_bucket(Bucket=name, **({"CreateBucketConfiguration": where} if where else {}))
    except client.exceptions.BucketAlreadyOwnedByYou:  # another one of us, at the same time
        return f"bucket {name}: is there"
    return f"bucket {name}: made"


async def make_database(wanted: Catalog, password: str) -> str:
    """What was done about the database and its owner, in words. Raises asyncpg's errors, and OSError."""
    import asyncpg

    base = os.environ.get("PGDATABASE", "postgres")
    admin = await asyncpg.connect(host=wanted.host, port=wanted.port, database=base, timeout=SECONDS)
    try:

        async def run(statement: str, *names: str) -> None:
            """The statement, its names quoted by the server itself: none of these takes parameters."""
            places = ", ".join(f"${place}::text" for place in range(2, len(names) + 2))
            await admin.execute(await admin.fetchval(f"select format($1, {places})", statement, *names))

        if wanted.owner != await admin.fetchval("select current_user"):
            known = await admin.fetchval("select true from pg_roles where rolname = $1", wanted.owner)
            await run(f"{'alter' if known else 'create'} role %I login password %L", wanted.owner, password)
            if not known:  # else nobody but a superuser could give the database to it
                await run("grant %I to current_user", wanted.owner)
        if await admin.fetchval("select true from pg_database where datname = $1", wanted.database):
            return f"database {wanted.database}: is there"
        await run("create database %I owner %I", wanted.database, wanted.owner)
        await run("revoke connect, temporary on database %I from public", wanted.database)
        return f"database {wanted.database}: made"
    finally:
        await admin.close()


def main(environment: Mapping[str, str] = os.environ) -> int:
    """The exit status; a line on stdout for each of the two, on stderr for what failed."""
    try:
        place = bucket(environment.get("DAWN_STORE", ""))
        wanted = catalog(environment.get("DAWN_LAKE", ""))
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    thing = f"bucket {place}"
    try:
        if place:
            sys.stdout.write(make_bucket(place, environment.get("AWS_REGION")) + "\n")
        if wanted and (password := environment.get("LAKE_PASSWORD")):
            thing = f"database {wanted.database} on {wanted.host}:{wanted.port}"
            sys.stdout.write(asyncio.run(make_database(wanted, password)) + "\n")
    except Exception as error:  # of two libraries, about two servers: whichever, the job is tried again
        said = " ".join(str(error).split()) or type(error).__name__
        sys.stderr.write(f"{thing} could not be made: {said}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
