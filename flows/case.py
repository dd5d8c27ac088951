"""The command `dawn case`: a page for the tests, from what was captured. Asks no site."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawlers.site import LIVE
from flows.config import option
from flows.folder import DataFolder, site_of
from flows.options import existing

if TYPE_CHECKING:
    from crawlers.case import Case
    from crawlers.items import Capture

_LONGEST_SHOWN = 80  # characters of what is neither file nor story, in a message of one line


@click.command()
@click.argument("name", metavar="NAME")
@click.argument("source", metavar="FILE|STORY")
@click.option("--story", type=int, help="Which story of a WARC file.  [default: the newest page in it]")
@option("data", help="The data folder whose archive holds the STORY, an id or an address.")
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("tests/pages"),
    show_default=True,
    help="Where the folder NAME is made.",
)
def case(name: str, source: str, story: int | None, data: Path, into: Path) -> None:
    """A saved page for the tests: made-up words in the page's own markup, and what it reads as.

    From an HTML or WARC file, or from what the archive holds of a story. Read expected.json and correct it.
    """
    from crawlers.case import case_of_capture, case_of_file
    from crawlers.payload import Fault

    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,60}", name):
        raise click.UsageError(f"{name!r} is no name for a case: small letters, digits and dashes, please")
    target = into / name
    if target.exists():
        raise click.UsageError(f"{target} is there already: take another name, or remove it")
    path = Path(source) if _is_file(source) else None
    if story is not None and (path is None or not _is_warc(path)):
        raise click.UsageError(f"--story is for WARC files, and {source} is none")
    if path is not None and not _is_warc(path):
        made: Case | Fault = case_of_file(path)
    else:
        made = case_of_capture(*_capture(path, source, story, data))
    if isinstance(made, Fault):
        raise click.ClickException(f"{source} is no page: {made.detail}")
    target.mkdir(parents=True)
    (target / "page.html").write_text(made.page, "utf-8")
    said = {"url": made.url, "expected": made.expected}
    (target / "expected.json").write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", "utf-8")
    click.echo(f"{target}: read expected.json against page.html, and correct what is not right")


def _capture(path: Path | None, source: str, story: int | None, data: Path) -> tuple[Capture, str]:
    from crawlers import urls
    from crawlers.case import newest_page
    from crawlers.packs import files

    if path is not None:
        archives, site, wanted = [path], LIVE, story
    else:
        site = site_of(data) or LIVE
        is_number = source.isascii() and source.isdigit() and len(source) < 19
        wanted = urls.story_id(urls.canonical(int(source), site) if is_number else source, site)
        if wanted is None:
            raise click.UsageError(f"{_short(source)} is no file, and no story of {site}")
        archives = files(DataFolder(data, site).archive)
    found = [newest_page(archives, wanted, site)]
    if path is None and site_of(data) is not None and wanted is not None:
        found += _pages_in_store(existing(data), wanted)
    capture = max(filter(None, found), key=lambda one: one.fetched_at, default=None)
    if capture is None:
        more = "" if path is not None else f": `dawn fetch {_short(source)}` gets it"
        raise click.ClickException(f"no page of that story is held{more}")
    return capture, site


def _pages_in_store(folder: DataFolder, story: int) -> Iterator[Capture | None]:
    """The newest page of each run that the store alone has, of those that the tables name for this story."""
    from crawlers.case import newest_page
    from crawlers.packs import segments
    from crawlers.urls import naming
    from flows import storing
    from warehouse.way import way

    missing = [one for one in segments(folder.archive).values() if one.away is not None]
    if not missing:
        return
    runs = {
        step.facts["run"] for step in way(folder.public, story, naming(story)).steps if step.what == "capture"
    }
    for one in missing:
        if one.run in runs:
            with storing.at_hand(folder, [one]) as (here,):
                yield newest_page([here.path], story, folder.site)


def _is_file(source: str) -> bool:
    """Whether there is such a file; a name that no file can have, of 5,000 digits, is none."""
    try:
        return Path(source).is_file()
    except (OSError, ValueError):
        return False


def _short(source: str) -> str:
    return source if len(source) <= _LONGEST_SHOWN else f"{source[:_LONGEST_SHOWN]}…"


def _is_warc(path: Path) -> bool:
    return path.name.endswith((".warc", ".warc.gz"))
