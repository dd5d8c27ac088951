"""The command `dawn compact`: the many small files of the archive put together into few. Asks no site."""

from __future__ import annotations

from pathlib import Path

import click

from flows.ending import fail
from flows.options import data_option, existing, store_option


@click.command()
@data_option
@store_option
def compact(data: Path) -> None:
    """The archive's many small files put together into few big ones, a month's runs in each.

    Nothing of it is lost: captures keep their ids, the files stay WARC files. Needs room for the biggest of
    them (1 GB) once more. Waits for a crawl that works in the folder. Run it again after a kill.
    """
    from crawlers.packs import Compacted, away, compact, files
    from flows import console, lakes, storing
    from flows.crawling import await_writers
    from flows.disk import readable_size
    from flows.progress import reporting

    folder = existing(data)
    with reporting() as (progress, waiting), folder.crawling(waiting):
        await_writers(folder)
        before = len(files(folder.archive)) + len(away(folder.archive))
        storing.bring_small_ones_home(folder, progress)
        done: Compacted = compact(
            folder.archive, told=lambda runs, total: progress("putting runs together", runs, total)
        )
        sizes = {path.name: path.stat().st_size for path in done.packs}
        behind = storing.kept(folder, progress)
        fewer = lakes.tidy(folder, progress)
    for path, why in done.left:
        console.err.print(f"{path.name} stays as it is: {why}", style="dim", soft_wrap=True)
    for path in done.packs:
        console.out.print(f"{path.name}  {readable_size(sizes[path.name])}")
    after = len(files(folder.archive)) + len(away(folder.archive))
    console.out.print(f"{done.runs} runs put together: {before} files were in the archive, {after} are")
    if fewer:
        console.out.print(f"the lake has {fewer} files fewer")
    if behind:
        fail(behind)
