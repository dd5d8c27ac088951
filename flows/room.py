"""Whether a data folder may grow: within the bound that somebody set, and on a disk that has room left."""

from __future__ import annotations

import re
import shutil

from flows.disk import disk_use, readable_size
from flows.folder import DataFolder, FolderError

SPARE = 200_000_000
"""Bytes that must be free besides the copy that publishing makes: a run, its extract, what a load spills."""

_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)\s*(?:([kmgt])(i?)b?|b|bytes)?", re.IGNORECASE | re.ASCII)


def size(said: str) -> int:
    """The bytes of a size like 50GB, 1.5 TB, 500M or 40GiB; a GB has 1,000,000,000. Raises FolderError."""
    found = _SIZE.fullmatch(said.strip())
    many = 0
    if found:
        step = 1024 if found[3] else 1000
        many = int(float(found[1]) * step ** ("kmgt".index(found[2].lower()) + 1 if found[2] else 0))
    if not many:
        raise FolderError(f"{said!r} is no size: write it like 50GB or 800MB")
    return many


def lack(folder: DataFolder, most: int | None) -> str | None:
    """Why nothing may be fetched into this folder now, in one line; None where it has room.

    A run that begins below the bound may end above it: what it had is kept. Nothing is deleted.
    """
    if most is not None and (use := disk_use(folder.root)).total > most:
        cache = use.extracted + use.search + use.databases
        return (
            f"{folder.root} takes {readable_size(use.total)}, and {readable_size(most)} are allowed"
            " (--max-disk):"
            " nothing was fetched, nothing is lost; allow more, or move it to a larger disk"
            f" ({readable_size(cache)} of it can be made again)"
        )
    free = shutil.disk_usage(folder.root).free
    copy = folder.warehouse.stat().st_size if folder.warehouse.exists() else 0
    if free < copy + SPARE:
        return (
            f"the disk of {folder.root} is nearly full: {readable_size(free)} are free, and"
            f" {readable_size(copy + SPARE)} are needed; nothing was fetched, nothing is lost: make room"
        )
    return None
