"""Where a lake is: its catalog, the place of its files, and the site whose tables are meant. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, unquote, urlsplit

from warehouse.database import literal

_PASSWORD = re.compile(
    r"(password\s*=\s*)('(?:[^'\\]|\\.)*'|\S+)|(?<=://)([^/@\s:]*):[^/@\s]*(?=@)", re.IGNORECASE
)


class LakeAddressError(ValueError):
    """That is no lake's address; the message says how one is written."""


@dataclass(frozen=True, slots=True)
class Lake:
    """A lake as a value: nothing is asked of it here.

    `catalog` is `postgres:` with libpq's words behind it ("postgres:dbname=lake host=db user=dawn"), or the
    path of a DuckDB file, which one process can use at a time: good for a trial. `files` is the folder or URL
    under which its rows lie; who only reads needs not know it, for the catalog does. `site` is the site's
    address; None where whichever is there is meant.
    """

    catalog: str
    files: str | None = None
    site: str | None = None

    def of(self, site: str | None) -> Lake:
        """The same lake, and the tables of that site in it."""
        return replace(self, site=site)

    @property
    def key(self) -> str | None:
        """What the site's tables are filed under: `https://www.dawn.com` is `www_dawn_com`."""
        return None if self.site is None else site_key(self.site)

    def attached(self, name: str, key: str, *, read_only: bool) -> str:
        """The statement that attaches one site's tables as the database `name`."""
        # No rows in the catalog itself: to put those into files takes a lock that waits for whoever reads.
        options = [f"metadata_schema {literal(key)}", "data_inlining_row_limit 0"]
        if self.files is not None and not read_only:
            options.append(f"data_path {literal(f'{self.files}/{key}/')}")
        if read_only:
            options.append("read_only")
        return f"attach {literal(f'ducklake:{self.catalog}')} as {name} ({', '.join(options)})"

    def __str__(self) -> str:
        return hidden(self.catalog)


def lake(catalog: str, files: str | None = None, site: str | None = None) -> Lake:
    """The lake that somebody wrote down. Raises LakeAddressError.

    A catalog may also be written as a URL, postgresql://dawn@db:5432/lake.
    """
    said = catalog.strip()
    if said.startswith(("postgres://", "postgresql://")):
        said = "postgres:" + _words(said)
    elif said.startswith("postgres:"):
        if "=" not in said:
            raise LakeAddressError(_how(said))
    elif not said or "://" in said or re.match(r"[a-z]{2,}:", said):
        raise LakeAddressError(_how(said))
    if files is not None and not files.strip("/ "):
        raise LakeAddressError("name where the files of the lake lie: a folder, or s3://bucket/prefix")
    return Lake(said, files.strip().rstrip("/") if files else None, site)


def site_key(site: str) -> str:
    """A site's address as the name of a schema: its host, and its port if it has one of its own."""
    parts = urlsplit(site if "://" in site else f"https://{site}")
    named = (parts.hostname or "") + (f"_{parts.port}" if parts.port else "")
    key = re.sub(r"[^a-z0-9]+", "_", named.lower()).strip("_")
    if not key:
        raise LakeAddressError(f"{site!r} is no site: write it like https://www.example.com")
    return key if key[0].isalpha() else f"site_{key}"


def hidden(text: str) -> str:
    """The text without the passwords in it."""
    return _PASSWORD.sub(lambda found: f"{found[1]}…" if found[1] else f"{found[3]}:…", text)


def _words(url: str) -> str:
    """A PostgreSQL URL in libpq's words."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise LakeAddressError(_how(url)) from None
    named = {
        "dbname": unquote(parts.path.lstrip("/")),
        "host": parts.hostname or "",
        "port": str(port or ""),
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        **dict(parse_qsl(parts.query)),
    }
    if not named["dbname"]:
        raise LakeAddressError(_how(url))
    return " ".join(f"{key}={_quoted(value)}" for key, value in named.items() if value)


def _quoted(value: str) -> str:
    if re.fullmatch(r"[\w./:@%+-]+", value):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _how(said: str) -> str:
    return (
        f"{hidden(said)!r} is no lake: write its catalog as postgres:dbname=lake host=… user=…,"
        " or postgresql://user@host/lake, or name a file, lake.ducklake"
    )
