"""What the pages read: one data folder, by its files. No connection is held between two requests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Archive:
    """A data folder and whose it is. Each request opens the publication anew, and so follows a new one."""

    root: Path
    site: str
    store: str | None = None
    """Where pages lie that do not lie in the folder."""

    @property
    def public(self) -> Path:
        """The published DuckDB file."""
        return self.root / "dawn.duckdb"

    @property
    def warcs(self) -> Path:
        """The folder of WARC files: every page as it was served."""
        return self.root / "archive"

    @property
    def mark(self) -> str:
        """What tells one publication from another, without opening it; "" where there is none."""
        try:
            found = self.public.stat()
        except FileNotFoundError:
            return ""
        return f"{found.st_ino:x}-{found.st_mtime_ns:x}"


def archive_of(request: Request) -> Archive:
    """The archive that this request asks."""
    archive = request.app.state.archive
    assert isinstance(archive, Archive)
    return archive
