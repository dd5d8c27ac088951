"""Which lake is meant: what is published is sent there, and questions may be asked there."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from flows import config
from flows.crawling import Progress, quiet
from flows.folder import DataFolder, FolderError
from flows.settings_file import SettingError
from warehouse.checks import Check
from warehouse.database import Published, WarehouseError, readable

if TYPE_CHECKING:
    from warehouse.lake import Compared, Lake, Sent

HELD = "the_lake_holds_what_was_published"


def lake_of(folder: DataFolder) -> Lake | None:
    """The lake of the settings, and the tables of the folder's site in it; None where none is named.

    Its rows are put where `lake-files` says, else into the folder `lake` of the store. Raises SettingError
    where neither is named: whoever opens the folder is told before anything is done.
    """
    if (catalog := config.find("lake").value) is None:
        return None
    from warehouse.lake.address import lake

    files = config.find("lake-files").value or (folder.store and f"{folder.store.rstrip('/')}/lake")
    if files is None:
        raise SettingError(
            "DAWN_LAKE names a lake, and nothing says where its rows go: set DAWN_LAKE_FILES (a folder, or"
            " s3://bucket/lake), or DAWN_STORE"
        )
    return lake(catalog, files, folder.site)


def send(folder: DataFolder, progress: Progress = quiet, anyway: bool = False) -> Sent | None:
    """What was sent of the published file into the lake; None where no lake is set, or nothing is published.

    Raises WarehouseError where the lake cannot be had: nothing of this is in it then, and the next time all
    is sent that it lacks. `anyway`: also where the lake has this publication, or a later one.
    """
    lake = lake_of(folder)
    if lake is None or not folder.public.exists():
        return None
    from warehouse.lake import send as send_tables
    from warehouse.lake import tidy as tidy_tables

    progress("sending to the lake", 0, None)
    sent = send_tables(
        *(folder.public, lake, anyway),
        told_of=lambda done, total: progress("sending to the lake", done, total),
    )
    folder.lake_note.write_text(json.dumps({"lake": str(lake)}) + "\n", "utf-8")
    if folder.lake_debt.exists():
        tidy_tables(lake, timedelta(0))
        folder.lake_debt.unlink()
    return sent


def tidy(folder: DataFolder, progress: Progress = quiet) -> int:
    """How many files fewer the lake has now; 0 where no lake is set. Raises WarehouseError."""
    lake = lake_of(folder)
    if lake is None or not folder.lake_note.exists():
        return 0
    from warehouse.lake import tidy as tidy_tables

    progress("putting files of the lake together", 0, None)
    return tidy_tables(lake)


def about_to_forget(folder: DataFolder) -> None:
    """Nothing; the next sending leaves no byte in the lake of what is taken out of the folder before it.

    Raises FolderError where the folder has sent to a lake and none is named now: it would keep the story.
    """
    if not folder.lake_note.exists():
        return
    if lake_of(folder) is None:
        had = json.loads(folder.lake_note.read_text("utf-8"))["lake"]
        raise FolderError(
            f"{folder.root} has sent its tables to the lake {had}: name that (DAWN_LAKE), so that the story"
            f" goes there, too; if there is no such lake any more, delete {folder.lake_note}"
        )
    folder.lake_debt.touch()


def compared(folder: DataFolder, progress: Progress = quiet) -> list[Compared]:
    """Every table and view of the published file beside that of the lake. Raises WarehouseError."""
    lake = lake_of(folder)
    assert lake is not None
    from warehouse.lake import compared as compared_tables

    return compared_tables(
        folder.public, lake, lambda done, total: progress("comparing with the lake", done, total)
    )


def restore(folder: DataFolder, progress: Progress = quiet) -> int | None:
    """How many rows came out of the lake into a new warehouse; None where no lake is set, or there is one.

    Raises WarehouseError.
    """
    lake = lake_of(folder)
    if lake is None or folder.warehouse.exists():
        return None
    from warehouse.lake import restore as restore_tables

    progress("coming from the lake", 0, None)
    return sum(restore_tables(lake, folder.warehouse).values())


def held(folder: DataFolder) -> Check | None:
    """The check that the lake holds what is published; None where no lake is set, or nothing is published."""
    lake = lake_of(folder)
    if lake is None or not readable(folder.public):
        return None
    from warehouse.lake import behind

    try:
        why = "it holds another publication: `dawn send`" if behind(folder.public, lake) else None
    except WarehouseError as error:
        why = str(error)
    rows = ((str(lake), why),) if why else ()
    return Check(HELD, ("lake", "why"), rows, len(rows))


def asked(data: Path, catalog: str | None, site: str | None) -> Published:
    """What a question is asked of: the lake where one is named, else the published file of the data folder.

    A folder that the command line names goes before a lake that it does not name.
    """
    ctx = click.get_current_context()
    said = ParameterSource.COMMANDLINE
    if catalog is None or (
        ctx.get_parameter_source("data") == said and ctx.get_parameter_source("lake") != said
    ):
        return data / "dawn.duckdb"
    from warehouse.lake.address import lake

    return lake(catalog, None, site)
