"""Where whole files of a data folder are kept besides it: a bucket of an object store, or another folder.

Laid out as a data folder is: `site.json`, `archive/<name>`, `journal/<name>`, `extracted/<name>`. A file is
written once, is there whole or not at all, and is not changed but by `replace` and `delete`. Who may do that
with objects is told by the environment, as Amazon's own tools read it (AWS_ACCESS_KEY_ID, AWS_PROFILE,
AWS_ENDPOINT_URL, AWS_REGION …): nothing of it stands in a file of ours, or in a message.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit
from uuid import uuid4

PIECE = 64 << 20
"""Bytes of one request for a part of a large file: what is held in memory at once while it comes in."""

PART = 16 << 20
"""Bytes of one part of a large upload; files of up to twice as many go in one request."""

ATTEMPTS = 4
"""How often a request is tried that got no answer, or a server's trouble for one; up to 15 s go by so."""

_STEP = 1 << 20
_KEYS = 1000  # that one request deletes at most
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_FILE = re.compile(r"[\w-][\w.-]*")
_SITE = "site.json"


class StoreError(RuntimeError):
    """The store has not what it should have, or could not be asked; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Facts:
    """How long a file of the store is, and the SHA-256 of its bytes, in hex."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Store:
    """The files at a URL: `s3://bucket/prefix`, `file:///mnt/archive`, or the path of a folder.

    `name` is always `<folder>/<file>`. Nothing is remembered between two calls, so that several processes
    may use one store. Every method raises StoreError where the store cannot be asked, or says otherwise.
    """

    url: str

    def names(self, folder: str) -> dict[str, int]:
        """The files of a folder with their sizes, halves of files left out: asked for anew each time.

        One request for every thousand objects, and none for each.
        """
        with self._asked(f"its {folder} could not be listed"):
            return self._kept().names(folder)

    def put(self, name: str, path: Path) -> bool:
        """Whether the file was sent; False where the store has these very bytes under that name already.

        Raises StoreError where it has others: size and digest are compared, and nothing is changed.
        """
        said = facts(path)
        with self._asked(f"{name} could not be sent"):
            if self._kept().create(name, path, said.sha256):
                return True
            there = self._kept().facts(name)
        if there != said:
            raise StoreError(
                f"{self.url} has another {name} ({_told(there)}, and here are {_told(said)}):"
                " nothing was changed; find out which is right, and move the other away"
            )
        return False

    def replace(self, name: str, path: Path) -> None:
        """Nothing; the store has this file under that name, whatever it had. Only for forgetting."""
        said = facts(path)
        with self._asked(f"{name} could not be sent"):
            self._kept().replace(name, path, said.sha256)

    def facts(self, name: str) -> Facts:
        """A file's size and digest, in one request; one that others put there without a digest is read."""
        with self._asked(f"{name} could not be asked for"):
            return self._kept().facts(name)

    def get(self, name: str, path: Path) -> Facts:
        """What `path` is now: the whole file, compared with its size and digest, or nothing at all."""
        with self._asked(f"{name} could not be had"):
            said = self._kept().facts(name)
            self._fetch(name, path, 0, said.size, said.sha256)
        return said

    def get_range(self, name: str, path: Path, start: int, end: int) -> None:
        """Nothing; `path` holds these bytes of a file. Their digest is for the caller to compare."""
        with self._asked(f"{name} could not be had"):
            self._fetch(name, path, start, end, None)

    def read(self, name: str) -> bytes:
        """The bytes of a small file."""
        with self._asked(f"{name} could not be had"):
            return self._kept().read(name, None, None)

    def delete(self, names: Iterable[str]) -> None:
        """Nothing; the store has no such files. Those that it never had are no error."""
        with self._asked("files could not be deleted"):
            self._kept().delete(sorted(names))

    def site(self) -> str | None:
        """The site that the store belongs to; None where nothing was kept in it yet."""
        with self._asked("its site.json could not be read"):
            try:
                return str(json.loads(self._kept().read(_SITE, None, None))["site"])
            except FileNotFoundError:
                return None
            except (ValueError, KeyError, TypeError):
                said = f"{self.url}/{_SITE} says no site: put the file of a data folder there"
                raise StoreError(said) from None

    def claim(self, site: str, mark: Path, in_use: bool = False) -> None:
        """Nothing; the store belongs to this site, by the file `mark` where nobody had said it yet.

        Raises StoreError where it belongs to another, and where it was `in_use` and says nothing now.
        """
        owner = self.site()
        if owner is None and in_use:
            raise StoreError(
                f"{self.url} has no {_SITE} any more: if it is a folder, is its disk there? If it was emptied"
                " on purpose, delete store.json in the data folder, and run it again"
            )
        if owner is None:
            with self._asked("its site.json could not be written"):
                self._kept().create(_SITE, mark, facts(mark).sha256)
            owner = self.site()
        if owner != site:
            raise StoreError(
                f"{self.url} belongs to {owner}, not to {site}: name another place with --store or DAWN_STORE"
            )

    def _fetch(self, name: str, path: Path, start: int, end: int, sha256: str | None) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{uuid4().hex}.new")
        digest = hashlib.sha256()
        try:
            with beside.open("xb") as file:
                for first in range(start, end, PIECE):
                    last = min(first + PIECE, end)
                    piece = self._kept().read(name, first, last)
                    if len(piece) != last - first:
                        raise StoreError(
                            f"{self.url} gave {len(piece)} bytes of {name} where {last - first} were to come:"
                            " run it again"
                        )
                    digest.update(piece)
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            if sha256 is not None and digest.hexdigest() != sha256:
                raise StoreError(
                    f"{name} in {self.url} is not what was sent there: its bytes have another digest."
                    " Run it again; if that is no use, put it back from a backup"
                )
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)

    def _kept(self) -> _Place:
        environment = tuple(sorted(pair for pair in os.environ.items() if pair[0].startswith("AWS_")))
        return _place(self.url, environment)

    @contextmanager
    def _asked(self, what: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise StoreError(f"{self.url}: {what}: there is no such thing ({_line(error)})") from error
        except PermissionError as error:
            raise StoreError(
                f"{self.url}: {what}: it is forbidden ({_line(error)}); with which credentials is said by the"
                " environment"
            ) from error
        except Exception as error:
            if not isinstance(error, OSError) and not _is_of_the_client(error):
                raise
            raise StoreError(f"{self.url}: {what} ({_line(error)}): nothing is lost, run it again") from error


def address(said: str) -> str:
    """The URL of a store as it is written down, without a slash at its end. Raises StoreError, in one line.

    One with a user or a password is none, and is not repeated.
    """
    parts = urlsplit(said)
    if "@" in parts.netloc:
        raise StoreError("a store's address has no user and no password: the environment says them")
    if parts.scheme == "s3" and _BUCKET.fullmatch(parts.netloc) and not parts.query and not parts.fragment:
        return said.rstrip("/")
    if parts.scheme == "file" and not parts.netloc and parts.path not in ("", "/"):
        return said.rstrip("/")
    if said and "://" not in said and said != "/":
        return str(Path(said).expanduser().absolute())
    raise StoreError(f"{said!r} is no store: write s3://bucket/prefix, file:///mnt/archive or a folder")


def facts(path: Path) -> Facts:
    """The size and digest of a file here."""
    digest = hashlib.sha256()
    size = 0
    with path.open("rb") as file:
        while piece := file.read(_STEP):
            digest.update(piece)
            size += len(piece)
    return Facts(size, digest.hexdigest())


class _Place(Protocol):
    """What a store can be. `create` gives False where there is such a file."""

    def names(self, folder: str) -> dict[str, int]: ...
    def create(self, name: str, path: Path, sha256: str) -> bool: ...
    def replace(self, name: str, path: Path, sha256: str) -> None: ...
    def facts(self, name: str) -> Facts: ...
    def read(self, name: str, start: int | None, end: int | None) -> bytes: ...
    def delete(self, names: list[str]) -> None: ...


@lru_cache(maxsize=16)
def _place(url: str, _environment: tuple[tuple[str, str], ...]) -> _Place:
    """The place at a URL; another one where the environment says other credentials or another endpoint."""
    parts = urlsplit(url)
    if parts.scheme == "s3":
        return _Bucket(parts.netloc, parts.path.strip("/"))
    return _Folder(Path(unquote(parts.path)) if parts.scheme == "file" else Path(url))


class _Folder:
    """A folder, be it of another machine's disk. Its digests are found by reading."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, name: str) -> Path:
        return self._root / name

    def names(self, folder: str) -> dict[str, int]:
        try:
            with os.scandir(self._root / folder) as found:
                return {
                    each.name: each.stat().st_size
                    for each in found
                    if each.is_file() and _FILE.fullmatch(each.name)
                }
        except FileNotFoundError:
            return {}

    def create(self, name: str, path: Path, sha256: str) -> bool:
        target = self._root / name
        if target.exists():
            return False
        with self._beside(name, path, sha256) as beside:
            try:
                os.link(beside, target)  # of two who write at once one wins, and never half a file
            except FileExistsError:
                return False
            except OSError:  # a file system without links
                if target.exists():
                    return False
                beside.rename(target)
        return True

    def replace(self, name: str, path: Path, sha256: str) -> None:
        with self._beside(name, path, sha256) as beside:
            beside.replace(self._root / name)

    @contextmanager
    def _beside(self, name: str, path: Path, sha256: str) -> Iterator[Path]:
        target = self._root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name}.{uuid4().hex}.new")
        try:
            with path.open("rb") as source, beside.open("xb") as file:
                shutil.copyfileobj(source, file, _STEP)
                file.flush()
                os.fsync(file.fileno())
            if facts(beside).sha256 != sha256:
                raise OSError(None, "what was written is not what was read", str(target))
            yield beside
        finally:
            beside.unlink(missing_ok=True)
        directory = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def facts(self, name: str) -> Facts:
        return facts(self._root / name)

    def read(self, name: str, start: int | None, end: int | None) -> bytes:
        with (self._root / name).open("rb") as file:
            file.seek(start or 0)
            return file.read() if end is None else file.read(end - (start or 0))

    def delete(self, names: list[str]) -> None:
        for name in names:
            (self._root / name).unlink(missing_ok=True)


class _Bucket:
    """A bucket, or what begins with a prefix in one, by fsspec's s3fs. A digest is an object's metadata.

    An upload is one request, or parts that are nothing before the last of them is acknowledged; each
    request has a checksum that the server compares.
    """

    def __init__(self, bucket: str, prefix: str) -> None:
        self._bucket, self._prefix = bucket, f"{prefix}/" if prefix else ""
        self._files = _s3()

    def _key(self, name: str) -> str:
        return self._prefix + name

    def _path(self, name: str) -> str:
        return f"{self._bucket}/{self._key(name)}"

    def names(self, folder: str) -> dict[str, int]:
        where = self._key(folder) + "/"
        found: dict[str, int] = {}
        more: dict[str, str] = {}
        while True:
            said = self._files.call_s3("list_objects_v2", Bucket=self._bucket, Prefix=where, **more)
            found |= {one["Key"][len(where) :]: int(one["Size"]) for one in said.get("Contents", ())}
            if not said.get("IsTruncated"):
                return {name: size for name, size in found.items() if _FILE.fullmatch(name)}
            more = {"ContinuationToken": said["NextContinuationToken"]}

    def create(self, name: str, path: Path, sha256: str) -> bool:
        try:
            self._send(name, path, sha256, mode="create")
        except FileExistsError:
            return False
        except OSError as error:  # of parts it is said in other words
            if "precondition" in str(error).lower():
                return False
            raise
        return True

    def replace(self, name: str, path: Path, sha256: str) -> None:
        self._send(name, path, sha256, mode="overwrite")

    def _send(self, name: str, path: Path, sha256: str, mode: str) -> None:
        self._files.put_file(
            str(path),
            self._path(name),
            mode=mode,
            chunksize=PART,
            max_concurrency=2,
            Metadata={"sha256": sha256},
            ContentType="application/octet-stream",  # else a proxy may unpack what ends with .gz
        )

    def facts(self, name: str) -> Facts:
        said = self._files.call_s3("head_object", Bucket=self._bucket, Key=self._key(name))
        size = int(said["ContentLength"])
        digest = str(said.get("Metadata", {}).get("sha256", ""))
        if _DIGEST.fullmatch(digest):
            return Facts(size, digest)
        found = hashlib.sha256()
        for first in range(0, size, PIECE):
            found.update(self.read(name, first, min(first + PIECE, size)))
        return Facts(size, found.hexdigest())

    def read(self, name: str, start: int | None, end: int | None) -> bytes:
        # Without bounds it would ask for the size first, and then for parts.
        content: bytes = self._files.cat_file(
            self._path(name), start=start, end=end, **({"max_concurrency": 1} if end is None else {})
        )
        return content

    def delete(self, names: list[str]) -> None:
        for first in range(0, len(names), _KEYS):
            keys = [{"Key": self._key(name)} for name in names[first : first + _KEYS]]
            said = self._files.call_s3(
                "delete_objects", Bucket=self._bucket, Delete={"Objects": keys, "Quiet": True}
            )
            for one in said.get("Errors", ()):
                raise OSError(None, str(one.get("Message") or one.get("Code")), one.get("Key"))


def _s3() -> Any:
    """The file system of the environment's credentials and endpoint. Raises StoreError without s3fs."""
    try:
        import s3fs
    except ImportError:
        raise StoreError(
            "a store on s3:// needs a package that is not here: pip install 'dawn-as-a-table[s3]'"
        ) from None
    region = os.environ.get("AWS_REGION")  # boto knows AWS_DEFAULT_REGION alone
    files = s3fs.S3FileSystem(
        use_listings_cache=False,
        skip_instance_cache=True,
        client_kwargs={"region_name": region} if region else {},
        config_kwargs={
            "connect_timeout": 10,
            "read_timeout": 60,
            "retries": {"max_attempts": ATTEMPTS, "mode": "standard"},
        },
    )
    files.retries = 2  # s3fs's own, around those: for bodies that break off
    return files


def _is_of_the_client(error: Exception) -> bool:
    """Whether an error is boto's own or of what it speaks HTTP with: none of them is an OSError."""
    return type(error).__module__.partition(".")[0] in ("botocore", "aiobotocore", "aiohttp", "fsspec")


def _line(error: Exception) -> str:
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(said).split())[:200]


def _told(said: Facts) -> str:
    return f"{said.size} bytes, sha256 {said.sha256[:12]}…"
