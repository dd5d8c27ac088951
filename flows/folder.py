"""The data folder: where everything lies, whose it is, and who may crawl into it now."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawlers import dawn
from crawlers.facts import NAMED_BY
from crawlers.site import LIVE, TIME_ZONE


class FolderError(ValueError):
    """The data folder cannot be used as asked; the message says what to do instead."""


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The paths of one archive. Made by `open_folder`, which also holds it to one site."""

    root: Path
    site: str
    store: str | None = None
    """Where its files are kept besides (`flows.storing`); None: nowhere."""
    local_archive: int | None = None
    """Bytes of the archive that stay here where a store has them; None: all."""
    dask: str | None = None
    """The Dask scheduler whose workers extract; None: processes of this machine do."""

    @property
    def archive(self) -> Path:
        """WARC files, one a run: every response as it came."""
        return self.root / "archive"

    @property
    def journal(self) -> Path:
        """JSON Lines files, one a run: what has no response."""
        return self.root / "journal"

    @property
    def extracted(self) -> Path:
        """JSON Lines files, one a run and rules: a cache that can be made again."""
        return self.root / "extracted"

    @property
    def plans(self) -> Path:
        """What crawl processes were told; empty when none runs."""
        return self.root / "plans"

    @property
    def changed(self) -> Path:
        """Empty files, named as those that the store has to be told of anew: see `flows.storing`."""
        return self.root / "changed"

    @property
    def store_note(self) -> Path:
        """Where it stands which store the folder has: forgetting must reach it whoever asks for it."""
        return self.root / "store.json"

    @property
    def lake_note(self) -> Path:
        """Where it stands that the folder has sent to a lake, and to which, without its password."""
        return self.root / "lake.json"

    @property
    def lake_debt(self) -> Path:
        """An empty file that is there while the lake may hold bytes of what was forgotten."""
        return self.root / "lake-to-tidy"

    @property
    def warehouse(self) -> Path:
        """The writer's own DuckDB file. Never opened by readers."""
        return self.root / "warehouse.duckdb"

    @property
    def public(self) -> Path:
        """The published DuckDB file, replaced whole."""
        return self.root / "dawn.duckdb"

    @property
    def search(self) -> Path:
        """The index of full-text search: made from the published file, and made again at will."""
        return self.root / "search"

    @contextmanager
    def crawling(self, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
        """The one right to crawl and load, held while the block runs; `waiting` is called if it must wait.

        Who waits stands in a line: a backfill that lets go after each day cannot take the right again before
        the run that waited had it. The kernel lets go for a process that was killed.
        """
        with _locked(self.root / "turn.lock", waiting) as let_go, _locked(self.root / "crawl.lock", waiting):
            let_go()
            yield


def open_folder(
    root: Path,
    site: str,
    store: str | None = None,
    local_archive: int | None = None,
    dask: str | None = None,
) -> DataFolder:
    """The data folder at `root`, made if absent, for this site and no other, and for one store.

    Where no store is named it is the one that the folder has had. `site` may be a stand-in on loopback: the
    folder remembers as well which paper's site file it goes by, and that paper's time zone, which the tables
    take from there.
    """
    folder = DataFolder(root, site)
    mark = root / "site.json"
    try:
        for path in (folder.archive, folder.journal, folder.extracted, folder.plans):
            path.mkdir(parents=True, exist_ok=True)
        if not mark.exists():
            _held_to(_sites_of_journals(folder.journal), site, root)
            beside = root / f"site.json.{os.getpid()}"
            beside.write_text(json.dumps({"site": site} | _paper()) + "\n", "utf-8")
            try:
                os.link(beside, mark)  # of two who start at once one wins, and the file is never half written
            except FileExistsError:
                pass
            finally:
                beside.unlink()
        said = json.loads(mark.read_text("utf-8"))
        owner = said["site"]
        _held_to_paper(said, root)
    except FolderError:
        raise
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FolderError(f"{root} cannot be used as a data folder: {error}") from error
    _held_to({owner}, site, root)
    return replace(folder, store=_its_store(folder, store), local_archive=local_archive, dask=dask)


def _its_store(folder: DataFolder, store: str | None) -> str | None:
    """The store that was named, or the one that the folder has had. Raises FolderError where they differ."""
    known = store_of(folder.root)
    if known is None:
        return store
    if store is not None and store != known:
        raise FolderError(
            f"{folder.root} has its store at {known}, not at {store}: leave --store and DAWN_STORE away,"
            f" or, if all of it was moved there, delete {folder.store_note}"
        )
    return known


def _held_to(owners: set[str], site: str, root: Path) -> None:
    if others := sorted(owners - {site}):
        raise FolderError(
            f"{root} belongs to {others[0]}, not to {site}: name another folder with --data,"
            " or leave --site away"
        )


def _paper() -> dict[str, str]:
    """What `site.json` says of the paper; nothing of Dawn, whose every folder is that says none."""
    paper = {} if LIVE == dawn.LIVE else {"paper": LIVE}
    return paper | ({} if TIME_ZONE.key == dawn.TIME_ZONE.key else {"zone": TIME_ZONE.key})


def _held_to_paper(said: dict[str, Any], root: Path) -> None:
    """Nothing. Raises FolderError where the folder goes by another paper's site file than this process."""
    paper, zone = said.get("paper", dawn.LIVE), said.get("zone", dawn.TIME_ZONE.key)
    if paper != LIVE:
        raise FolderError(
            f"{root} is an archive of {paper}, and the site file here is that of {LIVE}: name another folder"
            f" with --data, or that paper's file in {NAMED_BY}"
        )
    if zone != TIME_ZONE.key:
        raise FolderError(
            f"{root} has its days in {zone}, and the site file here says {TIME_ZONE.key}: mend the site file,"
            " or name another folder with --data"
        )


def _sites_of_journals(folder: Path) -> set[str]:
    """The sites that the runs of a folder asked, by the first line of their journals."""
    sites = set()
    for path in folder.glob("*.jsonl"):
        with path.open("rb") as file:
            first = file.readline()
        try:
            event = json.loads(first)
            if event["event"] == "begin":  # a stage's journal has none
                sites.add(str(event["site"]))
        except (ValueError, KeyError, TypeError):  # torn in its first line, or no journal
            continue
    return sites


def site_address(said: str) -> str:
    """The address of a site as it is written down: scheme, host in lower case, port. Raises FolderError.

    One with a user or a password is none, and is not repeated: whoever reads the error may be another.
    """
    if "@" in said:
        raise FolderError(f"that is no site: name one without user and password, like {LIVE}")
    try:
        parts = urlsplit(said if "://" in said else f"https://{said}")
        port = parts.port
        host = parts.hostname
    except ValueError:
        host = port = None
        parts = urlsplit("")
    beyond = parts.path not in ("", "/") or parts.query or parts.fragment
    if parts.scheme not in ("http", "https") or not host or beyond or port == 0:
        raise FolderError(f"{said!r} is no site: write it like {LIVE}")
    named = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{named}" + (f":{port}" if port else "")


def store_of(root: Path) -> str | None:
    """The store that the data folder at `root` has had; None where it had none."""
    note = root / "store.json"
    try:
        return str(json.loads(note.read_text("utf-8"))["url"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FolderError(f"{note} cannot be read ({error}): delete it, and name the store again") from error


def site_of(root: Path) -> str | None:
    """The site that the data folder at `root` belongs to, or None where there is no such folder yet.

    Where site.json is lost, the journals of its crawls say which it is. Raises FolderError where it goes by
    another paper's site file.
    """
    try:
        said = json.loads((root / "site.json").read_text("utf-8"))
        site = str(said["site"])
    except FileNotFoundError:
        return max(_sites_of_journals(root / "journal"), default=None)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FolderError(
            f"{root}/site.json cannot be read ({error}): delete it, and it is written anew from the journal"
        ) from error
    _held_to_paper(said, root)
    return site


def run_id(spider: str, now: datetime | None = None) -> str:
    """A new name for a run: `20261123T061517Z-edition-9f3a`. Names sort by time."""
    return f"{(now or datetime.now(UTC)).astimezone(UTC):%Y%m%dT%H%M%SZ}-{spider}-{secrets.token_hex(2)}"


@contextmanager
def _locked(path: Path, waiting: Callable[[], None]) -> Iterator[Callable[[], None]]:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise FolderError(f"{path.parent} cannot be written to: {error.strerror}") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield lambda: fcntl.flock(descriptor, fcntl.LOCK_UN)
    finally:
        os.close(descriptor)
