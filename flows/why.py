"""The command `dawn why`: a story's whole way, from who listed it to how it ended. Asks no site."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawlers.site import TIME_ZONE
from crawlers.urls import canonical
from flows.json_lines import form_of, jsonl_option
from flows.options import data_option, existing
from warehouse.telling import ending, ordered, said

if TYPE_CHECKING:
    from crawlers.places import Lying
    from flows.folder import DataFolder
    from warehouse.way import Step, Way

_HANG = 33  # columns that a step's time and name take
_WAITING = ("discovery", "request", "retry", "attempt", "refused", "wait")


@click.command()
@click.argument("story", metavar="STORY")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "jsonl"]),
    help="For people, or a step a line.  [default: text]",
)
@jsonl_option
@data_option
def why(story: str, form: str | None, as_json: bool, data: Path) -> None:
    """All that is known of how a story came, or did not come, to be stored; the last line says how it ended.

    STORY is an id or an address. Where its bytes lie is told with the command line that prints them.
    """
    from crawlers.urls import WRITTEN, naming, story_id
    from flows import console
    from warehouse.way import way

    folder = existing(data)
    number = int(story) if re.fullmatch(r"[0-9]{1,18}", story) else story_id(story, folder.site)
    if number is None or story_id(canonical(number, folder.site), folder.site) is None:
        raise click.UsageError(
            f"{story!r} is no story of {folder.site}: give an id such as 1907269, or an address {WRITTEN}"
        )
    known = way(folder.public, number, naming(number))
    waiting = unloaded(folder, number, known.files)
    if waiting:
        known = replace(known, steps=(*known.steps, *waiting), neighbours=())
    lying = _lying(folder, known)
    if form_of(form, as_json) == "jsonl":
        for line in as_records(known, lying, folder.site):
            click.echo(console.one_line(line) if sys.stdout.isatty() else line)
        return
    commands = {each.command for each in lying.values()}
    first, *steps, last = as_text(known, lying, folder.site)
    console.tell(first)
    for line in steps:
        if line.strip() in commands and len(line) > console.out.width:
            console.tell(
                line.strip(), whole=True
            )  # to be copied: the terminal breaks it, and copies it whole
        else:
            console.tell(line, _HANG)
    console.tell(last)


def unloaded(folder: DataFolder, story_id: int, loaded: frozenset[str]) -> list[Step]:
    """What journals say of the story that the published file does not know of yet.

    A run may be at work or was killed, or its file is loaded and no row changed that is a cause to publish.
    """
    from crawlers import urls
    from crawlers.journal import read
    from warehouse.way import Step

    steps = []
    for path in sorted(folder.journal.glob("*.jsonl")):
        if path.name in loaded:
            continue
        for event in read(path):
            what, named = event["event"], event.get("story_id")
            if what in ("wait", "come_back"):
                what, named = "wait", urls.story_id(str(event.get("url")), folder.site)
            if what in _WAITING and named == story_id:
                facts = {
                    name: value for name, value in event.items() if name not in ("event", "at", "story_id")
                }
                at = datetime.fromisoformat(event["at"])
                steps.append(Step(what, at, {"run": path.stem, **facts, "published": False}))
    return steps


def _lying(folder: DataFolder, known: Way) -> dict[str, Lying]:
    """Where the bytes of the story's captures lie; those of the runs' own files are looked into first."""
    from crawlers.places import places

    captures = [step.facts for step in known.steps if step.what == "capture"]
    wanted = {facts["capture_id"] for facts in captures} | {
        facts["revisit_of"] for facts in captures if facts["revisit_of"]
    }
    if not wanted:
        return {}
    own = {f"{facts['run']}.warc.gz" for facts in captures}
    archives = sorted(folder.archive.glob("*.warc.gz"), key=lambda path: (path.name not in own, path.name))
    found = places(archives, wanted)
    if folder.store is not None and len(found) < len(wanted):
        runs = sorted({str(facts["run"]) for facts in captures})
        found |= _lying_in_store(folder, runs, wanted - found.keys())
    return found


def _lying_in_store(folder: DataFolder, runs: list[str], wanted: set[str]) -> dict[str, Lying]:
    """Where captures of these runs lie, of which the store alone has the files: each is looked into."""
    from crawlers.packs import segments
    from crawlers.places import places
    from flows import storing

    found: dict[str, Lying] = {}
    lying = segments(folder.archive)
    for run in runs:
        one = lying.get(run)
        if one is None or one.away is None or folder.store is None:
            continue
        with storing.at_hand(folder, [one]) as (here,):
            for name, place in places([here.path], wanted).items():
                found[name] = replace(
                    place,
                    path=one.path,
                    offset=place.offset + one.start,
                    store=f"{folder.store}/archive/{one.path.name}",
                )
    return found


def as_text(known: Way, lying: Mapping[str, Lying], site: str) -> Iterator[str]:
    """The way in lines for people, times in the site's zone; the ending comes last."""
    yield f"story {known.story_id}  {canonical(known.story_id, site)}"
    owed = known.ledger is not None and known.ledger["status"] == "owed"
    for step in ordered(known.steps):
        at = f"{step.at.astimezone(TIME_ZONE):%Y-%m-%d %H:%M:%S}" if step.at else ""
        first, *more = said(step, owed)
        if step.what == "capture":
            more += _place(lying.get(step.facts["revisit_of"] or step.facts["capture_id"]))
        yield f"{at:19}  {step.what:10}  {first}"
        yield from (f"{'':{_HANG}}{line}" for line in more)
    for near in known.neighbours:
        listed = f"{near.story_id} was listed on {near.day} in {near.places}"
        yield f"{'':19}  {'near it':10}  {listed}; that day's sections: {near.states}"
    yield ending(known)


def as_records(known: Way, lying: Mapping[str, Lying], site: str) -> Iterator[str]:
    """The way as JSON Lines: a step each, and the ending last."""
    for step in ordered(known.steps):
        facts = dict(step.facts)
        if step.what == "capture":
            facts |= _address(lying.get(facts["revisit_of"] or facts["capture_id"]))
        yield _line({"story_id": known.story_id, "what": step.what, "at": step.at, **facts})
    for near in known.neighbours:
        yield _line(
            {
                "story_id": known.story_id,
                "what": "neighbour",
                "at": None,
                "neighbour": near.story_id,
                "day": near.day,
                "places": near.places,
                "states": near.states,
            }
        )
    row = known.ledger or {}
    yield _line(
        {
            "story_id": known.story_id,
            "what": "ending",
            "at": None,
            "url": canonical(known.story_id, site),
            "status": row.get("status"),
            "unchanged": row.get("unchanged"),
            "reason": row.get("reason"),
            "said": ending(known),
        }
    )


def _place(lying: Lying | None) -> list[str]:
    if lying is None:
        return ["its bytes are in no file of the archive"]
    size = f"{lying.length} bytes" if lying.length is not None else "in a stream of many records"
    return [f"{lying.path.name}, at {lying.offset}, {size}:", lying.command]


def _address(lying: Lying | None) -> dict[str, Any]:
    if lying is None:
        return {"file": None, "offset": None, "length": None, "command": None}
    return {
        "file": lying.path.name,
        "offset": lying.offset,
        "length": lying.length,
        "command": lying.command,
    }


def _line(said: Mapping[str, Any]) -> str:
    def plain(value: object) -> str:
        return value.isoformat() if isinstance(value, date) else str(value)

    return json.dumps(said, ensure_ascii=False, default=plain)
