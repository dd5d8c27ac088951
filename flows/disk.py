"""How much room a data folder takes, part by part, and how much its disk has left."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PARTS = ("archive", "journal", "extracted", "search")  # folders; the databases lie beside them


@dataclass(frozen=True, slots=True)
class DiskUse:
    """Bytes of a data folder by part, as its files are long, and the bytes that are free on its disk.

    `archive` and `journal` are the truth; `extracted`, `search` and `databases` can be made again from them.
    """

    archive: int
    journal: int
    extracted: int
    search: int
    databases: int  # the writer's, the published one, and what lies beside them while they are written
    other: int
    free: int

    @property
    def total(self) -> int:
        """All parts together, without what is free."""
        return self.archive + self.journal + self.extracted + self.search + self.databases + self.other


def disk_use(data: Path) -> DiskUse:
    """The room that the data folder takes now. Follows no link; what vanishes meanwhile counts for nothing.

    A copy that shares its blocks with another file (see `warehouse.publish`) counts in full.
    """
    counted = dict.fromkeys((*PARTS, "databases", "other"), 0)
    for path, size in _files(data):
        first = path.relative_to(data).parts[0]
        if first in PARTS and path.parent != data:
            counted[first] += size
        elif path.parent == data and ".duckdb" in path.name:
            counted["databases"] += size
        else:
            counted["other"] += size
    return DiskUse(**counted, free=shutil.disk_usage(data).free)


def readable_size(size: int) -> str:
    """A number of bytes for people: 512 bytes, 3.4 kB, 120 MB; a kB has 1,000 bytes."""
    if size < 1000:
        return f"{size} bytes"
    unit = max(n for n in range(1, 5) if size >= 1000**n)
    if size / 1000**unit >= 999.5 and unit < 4:  # 1.0 MB, not 1000 kB
        unit += 1
    amount = size / 1000**unit
    return f"{amount:.{1 if amount < 9.95 else 0}f} {('kB', 'MB', 'GB', 'TB')[unit - 1]}"


def _files(folder: Path) -> Iterator[tuple[Path, int]]:
    for where, _, names in os.walk(folder):
        for name in names:
            path = Path(where, name)
            try:
                yield path, path.lstat().st_size
            except FileNotFoundError:
                continue
