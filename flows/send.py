"""The command `dawn send`: everything that the data folder has, into its store and its lake. Asks no site."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.folder import FolderError
from flows.options import data_option, existing, store_option

if TYPE_CHECKING:
    from flows.folder import DataFolder


@click.command()
@click.option("--anyway", is_flag=True, help="Also where the lake has a later publication than this folder.")
@click.option("--verify", is_flag=True, help="Compare the lake with what is published, row for row.")
@data_option
@store_option
def send(data: Path, anyway: bool, verify: bool) -> None:
    """Everything of this data folder into its store (archive, journal, extracts) and its lake (the tables).

    What is there is not sent again. Waits for a crawl that works in the folder. Where a store or a lake is
    set every pass does this by itself: it is for the first time, and for when they could not be had.
    """
    from flows import lakes

    folder = existing(data)
    lake = lakes.lake_of(folder)
    if folder.store is None and lake is None:
        raise FolderError(
            f"{folder.root} has no store and no lake: name one with --store s3://bucket/prefix or --store"
            " FOLDER, or with DAWN_LAKE"
        )
    if folder.store is not None:
        send_archive(folder)
    if lake is not None:
        send_tables(folder, anyway, verify)


def send_tables(folder: DataFolder, anyway: bool, verify: bool) -> None:
    """Nothing; the lake has what is published, and stdout says what was sent. Raises WarehouseError."""
    from flows import console, lakes
    from flows.ending import fail
    from flows.progress import reporting

    if not folder.public.exists():
        raise FolderError(f"{folder.public} is not there yet: `dawn replay` publishes what the archive holds")
    lake = lakes.lake_of(folder)
    assert lake is not None
    with reporting() as (progress, waiting), folder.crawling(waiting):
        sent = lakes.send(folder, progress, anyway)
        assert sent is not None
        found = lakes.compared(folder, progress) if verify else []
    rows = sum(sent.put.values())
    said = f"{rows} rows were sent to the lake {lake}" if sent.changed else f"the lake {lake} had it already"
    console.out.print(said, soft_wrap=True)
    if verify:
        differing = [each.name for each in found if not each.same]
        if differing:
            fail(f"{len(differing)} of {len(found)} tables and views differ: {', '.join(differing)}")
        console.out.print(f"{len(found)} tables and views are equal, {sum(each.rows for each in found)} rows")


def send_archive(folder: DataFolder) -> None:
    """Nothing; the store has what the folder has, and stdout says what was sent. Raises StoreError."""
    from flows import console, storing
    from flows.disk import readable_size
    from flows.progress import reporting

    with reporting() as (progress, waiting), folder.crawling(waiting):
        kept = storing.keep(folder, progress)
        left = storing.let_go(folder)
    said = f"{kept.sent} files were sent to {folder.store}, {readable_size(kept.bytes)}"
    console.out.print(said if kept.sent else f"{folder.store} had everything already", soft_wrap=True)
    if kept.replaced or kept.deleted:
        console.out.print(f"{kept.replaced} files were replaced there, and {kept.deleted} deleted")
    if left:
        console.out.print(f"{left} archive files lie in the store alone now")
