"""The command `dawn edits`: what changed in stories after they came out. Asks no site."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import click

from crawlers.site import TOWN
from flows.json_lines import form_of, jsonl_option
from flows.options import data_option, existing
from flows.parameters import Day

TYPES = (
    "headline",
    "byline",
    "section",
    "kind",
    "correction note",
    "stealth edit",
    "addition",
    "removal",
    "rewrite",
    "paragraphs",
    "retraction",
    "return",
)

_OLD, _NEW = "−", "+"
_COLOURS = {_OLD: "red", _NEW: "green"}
_HANGS = {"": 0, "bold": 9, "cyan": 20, "red": 6, "green": 6}
"""How far the rest of a line of each colour is set in, where a terminal folds it."""


@dataclass(frozen=True, slots=True)
class Edited:
    """One row of the view `edits`, with the headline that the story has now."""

    story_id: int
    title: str
    edited_at: datetime
    seen_before: datetime
    type: str
    version_before: int
    version: int | None
    before: Sequence[str]
    after: Sequence[str]
    stealth: bool | None
    before_at: Sequence[int]
    after_at: Sequence[int]


@click.command()
@click.argument("stories", nargs=-1, metavar="[STORY…]")
@click.option("--since", type=Day(), metavar="DAY", help=f"Only what was seen from that day on, in {TOWN}.")
@click.option("--type", "types", multiple=True, type=click.Choice(TYPES), help="Only these; may be repeated.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "csv", "jsonl"]),
    help="For people, or the rows of the view `edits`.  [default: text]",
)
@jsonl_option
@data_option
def edits(
    stories: tuple[str, ...],
    since: date | None,
    types: tuple[str, ...],
    form: str | None,
    as_json: bool,
    data: Path,
) -> None:
    """What changed in stories after they came out, by the story, the newest change last.

    STORY is an id or an address; without one, every story that changed. `−` is what was taken out, `+` what
    was put in. A stealth edit is one that the page's own time of update does not tell.
    """
    from flows import answers, show
    from warehouse.query import QueryError, answer

    folder = existing(data)
    wanted = _where([_story(said, folder.site) for said in stories], since, types)
    try:
        if (chosen := form_of(form, as_json) or "text") != "text":
            answers.answer(folder.public, f"from edits where {wanted} order by {_ORDER}", chosen, None)
            return
        with answer(folder.public, _TOLD.format(wanted=wanted, order=_ORDER)) as found:
            count = 0
            for line, colour in told(Edited(*row) for row in found.rows):
                show.line(line, colour, hang=_HANGS[colour])
                count += 1
    except QueryError as error:
        raise click.ClickException(f"{error}: is it published by this version? `dawn run` does") from error
    if not count:
        click.echo("no such change is known", err=True)


_ORDER = """
    story_id,
    edited_at,
    version_before,
    list_position(['availability', 'title', 'authors', 'section', 'kind', 'body'], change)
"""

_TOLD = """
select
    e.story_id,
    a.title,
    e.edited_at,
    e.seen_before,
    e.type,
    e.version_before,
    e.version,
    e.before,
    e."after",
    e.stealth,
    e.before_at,
    e.after_at
from edits as e
join articles as a using (story_id)
where {wanted}
order by {order}
"""


def told(rows: Iterator[Edited]) -> Iterator[tuple[str, str]]:
    """The lines that tell these edits, each with its colour; a story's stand under its headline."""
    story: int | None = None
    for row in rows:
        if row.story_id != story:
            if story is not None:
                yield "", ""
            story = row.story_id
            yield f"{row.story_id}  {row.title}", "bold"
        yield f"  {row.edited_at:%Y-%m-%d %H:%M}  {_what(row)}", "cyan"
        for sign, said in in_turn(row.before, row.after, row.before_at, row.after_at):
            yield f"    {sign} {' '.join(said.split())}", _COLOURS[sign]


def in_turn(
    before: Sequence[str], after: Sequence[str], before_at: Sequence[int], after_at: Sequence[int]
) -> Iterator[tuple[str, str]]:
    """What was taken out (−) and put in (+), in the order in which a reader of both meets it."""
    taken, put = list(zip(before_at, before, strict=True)), list(zip(after_at, after, strict=True))
    out = into = 0
    # So many sentences of the two texts are kept before each of those.
    while out < len(taken) or into < len(put):
        kept_before = taken[out][0] - out if out < len(taken) else None
        kept_after = put[into][0] - into if into < len(put) else None
        if kept_after is None or (kept_before is not None and kept_before <= kept_after):
            yield _OLD, taken[out][1]
            out += 1
        else:
            yield _NEW, put[into][1]
            into += 1


def _what(row: Edited) -> str:
    last_seen = f"seen last {row.seen_before:%Y-%m-%d %H:%M}"
    if row.version is None:
        return f"{row.type}, {last_seen} in version {row.version_before}"
    if row.type == "return":
        return f"{row.type}, in version {row.version}"
    untold = " (the page's time of update did not move)" if row.stealth else ""
    return f"{row.type}, version {row.version_before} to {row.version}, {last_seen}{untold}"


def _story(said: str, site: str) -> int:
    from crawlers.urls import WRITTEN, story_id

    number = int(said) if re.fullmatch(r"[0-9]{1,18}", said) else story_id(said, site)
    if number is None:
        raise click.UsageError(
            f"{said!r} is no story of {site}: give an id such as 1907269, or an address {WRITTEN}"
        )
    return number


def _where(stories: Sequence[int], since: date | None, types: Sequence[str]) -> str:
    """The condition on rows of `edits`, in SQL."""
    said = []
    if stories:
        said.append(f"story_id in ({', '.join(map(str, stories))})")
    if since:
        said.append(f"timezone(core.zone(), edited_at)::date >= date '{since}'")
    if types:
        said.append("type in (" + ", ".join(f"'{each}'" for each in types) + ")")
    return " and ".join(said) or "true"
