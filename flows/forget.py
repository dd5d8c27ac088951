"""The command `dawn forget`: a story taken out everywhere, so that it does not come back. Asks no site."""

from __future__ import annotations

import re
from pathlib import Path

import click

from flows.options import data_option, existing, store_option

_LONGEST_REASON = 300


@click.command()
@click.argument("stories", nargs=-1, metavar="[STORY…]")
@click.option("--reason", metavar="TEXT", help="Why; it is remembered, and shown in the table `forgotten`.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@data_option
@store_option
def forget(stories: tuple[str, ...], reason: str | None, dry_run: bool, data: Path) -> None:
    """Take stories out everywhere, the archive's bytes included, and remember that they may not come back.

    STORY is an id or an address. Both databases are made anew from what is left. Without STORY all that were
    ever forgotten are looked for again: after a kill, or when an old copy was brought back.
    """
    from crawlers.urls import WRITTEN, canonical, story_id
    from flows import console, forgetting, lakes, passes
    from flows.crawling import await_writers
    from flows.progress import reporting

    folder = existing(data)
    named = []
    for said in stories:
        number = int(said) if re.fullmatch(r"[0-9]{1,18}", said) else story_id(said, folder.site)
        if number is None or story_id(canonical(number, folder.site), folder.site) is None:
            raise click.UsageError(
                f"{said!r} is no story of {folder.site}: give an id such as 1907269, or an address {WRITTEN}"
            )
        named.append(number)
    if reason is not None and (len(reason) > _LONGEST_REASON or not reason.isprintable()):
        raise click.UsageError(f"a reason is one line of {_LONGEST_REASON} characters at most")
    if not named and not forgetting.remembered(folder):
        raise click.UsageError("no story was ever forgotten here: name one")
    with reporting() as (progress, waiting), folder.crawling(waiting):
        await_writers(folder)
        known = forgetting.remembered(folder)

        def told(done: int, total: int) -> None:
            progress("looking for what is said of them", done, total)

        if not dry_run:
            lakes.about_to_forget(folder)
        if dry_run:
            found = forgetting.said_of(folder, {*named} or known, told)
        else:
            if new := [story for story in dict.fromkeys(named) if story not in known]:
                forgetting.remember(folder, new, reason)
            found = forgetting.take_out(folder, known | {*named}, told)
            receipt = passes.made_anew(folder, progress=progress)
    for story in dict.fromkeys(named):
        held = "was held" if story in found.taken.held else "was not held"
        before = "forgotten before" if story in known else "would be forgotten" if dry_run else "is forgotten"
        console.out.print(f"{story} {held}, {before}")
    would = "would go" if dry_run else "went"
    console.out.print(
        f"{found.taken.records} records {would} from {found.files} files of the archive; what leads there"
        f" {would} from {found.taken.changed} records of other pages and {found.events} events of the journal"
    )
    if dry_run:
        console.out.print("this was a dry run: nothing was changed, and nothing is remembered")
    else:
        from flows.ending import end

        end(receipt)
