"""The published file: a whole copy of the writer's, put in place by one rename."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from datetime import UTC, datetime
from pathlib import Path

from warehouse.database import readable, writer
from warehouse.dictionary import describe

FICLONE = 0x40049409
"""Linux's request that a file share another's blocks until either is written to (Btrfs, XFS, bcachefs)."""


def publish(warehouse: Path, public: Path, anyway: bool = False) -> bool:
    """Whether a new file was put in place: only when rows changed since the last, none is there or a
    damaged one, or `anyway`.

    Never writes into the old file: who has it open keeps it, who opens it next sees the new one, whose view
    `snapshot` says which it is. Killed at any moment it leaves the old file whole, and the next call
    publishes.
    """
    with writer(warehouse) as con:
        describe(con)
        waiting = con.execute("select count(*) from meta.unpublished").fetchone()
        if readable(public) and waiting == (0,) and not anyway:
            return False
        now = datetime.now(UTC)
        con.execute("begin")
        con.execute("delete from meta.snapshot")
        con.execute(f"insert into meta.snapshot values ('{snapshot_id(now)}', '{now.isoformat()}')")
        # In the copy too, whatever the cause: the same rows make the same file.
        con.execute("delete from meta.unpublished where why <> 'rows changed'")
        con.execute("insert or ignore into meta.unpublished values ('rows changed')")
        con.execute("commit")
        con.execute("checkpoint")
    beside = public.with_name(public.name + ".new")
    copy(warehouse, beside)
    beside.replace(public)
    directory = os.open(public.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    # Only now: a kill before this line costs one copy more, a kill after it nothing.
    with writer(warehouse) as con:
        con.execute("delete from meta.unpublished")
        con.execute("checkpoint")
    return True


def copy(source: Path, target: Path) -> bool:
    """Whether the filesystem lent the source's blocks to the target, at no cost; else they were copied.

    Either way the target holds the source's bytes, on the disk. What was there before is replaced.
    """
    target.unlink(missing_ok=True)
    with source.open("rb") as original, target.open("xb") as copied:
        try:
            fcntl.ioctl(copied.fileno(), FICLONE, original.fileno())
            lent = True
        except OSError:  # another filesystem, or one that cannot
            shutil.copyfile(source, target)
            lent = False
        os.fsync(copied.fileno())
    return lent


def snapshot_id(now: datetime) -> str:
    """A new name for a published file: `20261126T061517Z-9f3a12`. Names sort by time."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
