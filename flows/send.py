"""The command `dawn send`: everything that the data folder has, into its store. Asks no site."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.folder import FolderError
from flows.options import data_option, existing, store_option

if TYPE_CHECKING:
    from flows.folder import DataFolder


@click.command()
@data_option
@store_option
def send(data: Path) -> None:
    """Everything of this data folder into its store: the archive, the journal, the extracts.

    What the store has is not sent again. Waits for a crawl that works in the folder. With a store set every
    pass does this by itself: it is for the first time, and for when the store could not be had.
    """
    send_archive(existing(data))


def send_archive(folder: DataFolder) -> None:
    """Nothing; the store has what the folder has, and stdout says what was sent. Raises StoreError."""
    from flows import console, storing
    from flows.disk import readable_size
    from flows.progress import reporting

    if folder.store is None:
        raise FolderError(
            f"{folder.root} has no store: name one with --store s3://bucket/prefix, or --store FOLDER"
        )
    with reporting() as (progress, waiting), folder.crawling(waiting):
        kept = storing.keep(folder, progress)
        left = storing.let_go(folder)
    said = f"{kept.sent} files were sent to {folder.store}, {readable_size(kept.bytes)}"
    console.out.print(said if kept.sent else f"{folder.store} had everything already", soft_wrap=True)
    if kept.replaced or kept.deleted:
        console.out.print(f"{kept.replaced} files were replaced there, and {kept.deleted} deleted")
    if left:
        console.out.print(f"{left} archive files lie in the store alone now")
