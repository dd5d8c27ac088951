"""The command `dawn restore`: a data folder out of a store, and its tables out of a lake. Asks no site."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows import storing
from flows.folder import FolderError
from flows.options import data_option, opened, store_option

if TYPE_CHECKING:
    from flows.folder import DataFolder


@click.command()
@data_option
@store_option
def restore(data: Path) -> None:
    """A data folder out of a store: archive and journal, then extracted, loaded and published as usual.

    Where a lake is set (DAWN_LAKE) the tables come from there, row for row, and only what it lacks is loaded.
    Into a new folder, or one that a restore was interrupted in. Of the archive what is beyond `local-archive`
    stays in the store, the oldest files first.
    """
    from flows import console, lakes, passes
    from flows.ending import end
    from flows.progress import reporting

    folder = folder_of_store(data)
    with reporting() as (progress, waiting), folder.crawling(waiting):
        restore_archive(folder, progress)
        rows = lakes.restore(folder, progress)
        if rows is not None:
            console.out.print(f"{rows} rows came from the lake {lakes.lake_of(folder)}", soft_wrap=True)
        receipt = passes.made_anew(folder, progress=progress)
    end(receipt)


def folder_of_store(data: Path) -> DataFolder:
    """The data folder, made for the site of the store that is named. Raises FolderError, StoreError."""
    from crawlers.store import Store
    from flows.options import named_store

    url = named_store(data)
    if url is None:
        raise FolderError("name the store: --store s3://bucket/prefix, or --store FOLDER")
    site = Store(url).site()
    if site is None:
        raise FolderError(f"{url} has no site.json: nothing was ever sent there, or its address is another")
    return opened(data, site)


def restore_archive(folder: DataFolder, progress: storing.Progress) -> None:
    """Nothing; the folder has what its store has, and stdout says what came. Raises StoreError.

    The caller holds the right to crawl.
    """
    from flows import console
    from flows.disk import readable_size

    restored = storing.bring_all(folder, progress)
    console.out.print(
        f"{restored.files} files came from {folder.store}, {readable_size(restored.bytes)}", soft_wrap=True
    )
    if restored.left:
        console.out.print(f"{restored.left} archive files stay in the store alone")
