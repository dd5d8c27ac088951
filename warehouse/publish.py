"""The published file: a whole copy of the writer's, put in place by one rename."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from warehouse.database import readable, writer


def publish(warehouse: Path, public: Path, anyway: bool = False) -> bool:
    """Whether a new file was put in place: only when rows changed since the last, none is there or a
    damaged one, or `anyway`.

    Never writes into the old file: who has it open keeps it, who opens it next sees the new one. Killed at
    any moment it leaves the old file whole, and the next call publishes.
    """
    with writer(warehouse) as con:
        waiting = con.execute("select count(*) from meta.unpublished").fetchone()
        if readable(public) and waiting == (0,) and not anyway:
            return False
        # In the copy too, whatever the cause: the same rows make the same file.
        con.execute("insert or ignore into meta.unpublished values ('rows changed')")
        con.execute("checkpoint")
    beside = public.with_name(public.name + ".new")
    shutil.copyfile(warehouse, beside)
    with beside.open("rb+") as copied:
        os.fsync(copied.fileno())
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
