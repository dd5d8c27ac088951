"""The command `dawn why`: a story's whole way, from who listed it to how it ended. Asks no site."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawlers.site import TIME_ZONE
from flows.json_lines import form_of, jsonl_option
from flows.options import data_option, existing

if TYPE_CHECKING:
    from crawlers.places import Lying
    from flows.folder import DataFolder
    from warehouse.way import Step, Way

_ORDER = (
    *("discovery", "request", "retry", "wait", "attempt", "refused"),
    *("capture", "reading", "quarantine", "version", "edit"),
)
_HANG = 33  # columns that a step's time and name take
_LONGEST = 100  # characters of a headline or a line that is shown
Facts = dict[str, Any]
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
    from crawlers.urls import canonical, story_id
    from flows import console
    from warehouse.way import way

    folder = existing(data)
    number = int(story) if re.fullmatch(r"[0-9]{1,18}", story) else story_id(story, folder.site)
    if number is None or story_id(canonical(number, folder.site), folder.site) is None:
        raise click.UsageError(
            f"{story!r} is no story of {folder.site}: give an id such as 1907269, or an address /news/<id>"
        )
    known = way(folder.public, number)
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
    return places(archives, wanted)


def ordered(steps: Sequence[Step]) -> list[Step]:
    """The steps by time, those of one time as one follows from the other; a capture's readings behind it."""
    timed = [step for step in steps if step.at is not None]
    rest = [step for step in steps if step.at is None]
    return sorted(timed, key=lambda step: (step.at, _ORDER.index(step.what))) + rest


def as_text(known: Way, lying: Mapping[str, Lying], site: str) -> Iterator[str]:
    """The way in lines for people, times in Asia/Karachi; the ending comes last."""
    yield f"story {known.story_id}  {site}/news/{known.story_id}"
    owed = known.ledger is not None and known.ledger["status"] == "owed"
    for step in ordered(known.steps):
        at = f"{step.at.astimezone(TIME_ZONE):%Y-%m-%d %H:%M:%S}" if step.at else ""
        first, *more = _edition(step.facts, owed) if step.what == "edition" else _said(step, lying)
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
            "url": f"{site}/news/{known.story_id}",
            "status": row.get("status"),
            "unchanged": row.get("unchanged"),
            "reason": row.get("reason"),
            "said": ending(known),
        }
    )


def ending(known: Way) -> str:
    """In one line, how the story ended: stored, rejected, gone, refused, owed, or why it is none of these."""
    row, article = known.ledger, known.article
    late = [step for step in known.steps if step.facts.get("published") is False]
    if row is None and late:
        return f"not known yet: {late[0].facts['run']} is not loaded; the next run takes it in"
    if row is None and known.steps:
        return "owed by nobody: it only stood in rails, and was never asked for"
    if row is None:
        return "never seen: no listing named it, and nobody asked for it"
    told = str(row["status"])
    if article is not None:
        again = ", unchanged when it was had again" if row["unchanged"] else ""
        told += f": version {article['version']}, {article['word_count']} words{again}"
        told += f", {_short(article['title'])}" + (f" ({row['reason']})" if row["reason"] else "")
    elif row["reason"]:
        because = row["reason"].removeprefix(f"{told}: ")
        told += (" because " if told == "rejected" else ": ") + because
    if row["status"] == "owed" or row["failed_since"]:
        tries = row["failed_since"]
        told += f"; asked for {tries} time{'' if tries == 1 else 's'} in vain since" if tries else ""
    return told + ("; what stands above as not published yet may change that" if late else "")


def _said(step: Step, lying: Mapping[str, Lying]) -> list[str]:
    facts = step.facts
    if step.what == "capture":
        return _capture(facts, lying.get(facts["revisit_of"] or facts["capture_id"]))
    first, *more = _SAYS[step.what](facts)
    return [first + ("  (not published yet)" if facts.get("published") is False else ""), *more]


def _discovery(facts: Facts) -> list[str]:
    where = " ".join(str(facts[name]) for name in ("place", "section", "day") if facts.get(name))
    role = "member" if facts.get("member") else "rail"
    return [f"{where}, as {role}, card {facts.get('position')}: {_short(facts.get('title'))}"]


def _request(facts: Facts) -> list[str]:
    return [f"asked for again, {facts.get('cause')}, run {facts['run']}"]


def _attempt(facts: Facts) -> list[str]:
    detail = f": {facts['detail']}" if facts.get("detail") else ""
    tries = facts.get("attempts") or 1
    return [f"failed, {facts.get('error')}{detail}; tried {tries} times, run {facts['run']}"]


def _retry(facts: Facts) -> list[str]:
    detail = f": {facts['detail']}" if facts.get("detail") else ""
    return [
        f"try {facts.get('attempts')} failed, {facts.get('error')}{detail}; tried again, run {facts['run']}"
    ]


def _refused(facts: Facts) -> list[str]:
    return [f"robots.txt forbids {facts.get('url')}, run {facts['run']}"]


def _wait(facts: Facts) -> list[str]:
    if facts.get("seconds"):
        return [f"{facts['seconds']:g} s of patience, {facts.get('cause')}, run {facts['run']}"]
    until = facts.get("until")
    when = f"{until.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if isinstance(until, datetime) else until
    return [f"not to be asked before {when}, {facts.get('cause')}, run {facts['run']}"]


def _capture(facts: Facts, lying: Lying | None) -> list[str]:
    what = f"{facts['role']}, " if facts["role"] != "story" else ""
    again = f", the bytes of {facts['revisit_of']} again" if facts["revisit_of"] else ""
    said = [
        f"{what}status {facts['status']}, {facts['bytes']} bytes, {facts['digest']}{again}",
        f"{facts['capture_id']} {facts['url']}",
    ]
    if lying is None:
        return [*said, "its bytes are in no file of the archive"]
    size = f"{lying.length} bytes" if lying.length is not None else "in a stream of many records"
    return [*said, f"{lying.path.name}, at {lying.offset}, {size}:", lying.command]


def _reading(facts: Facts) -> list[str]:
    under = f"under {facts['rules']}" + (" (today's)" if facts["newest_rules"] else "")
    under += f", item {facts['item']}" if facts["item"] else ""
    if facts["is_article"]:
        gave = f"{facts['kind']}, {facts['word_count']} words, layout {facts['layout']}"
        return [f"{under}: {gave}: {_short(facts['title'])}"]
    final = "" if facts["final"] else ", not for good"
    leads = f", leads to {facts['points_to']}" if facts["points_to"] else ""
    return [f"{under}: rejected{final}, {facts['reason']}: {facts['detail']}{leads}"]


def _quarantine(facts: Facts) -> list[str]:
    left = (f"left in: {_short(line)}" for line in facts["sentences"])
    return [f"under {facts['rules']}: {facts['sign']}", *left]


def _version(facts: Facts) -> list[str]:
    until = f"{facts['last_seen_at'].astimezone(TIME_ZONE):%Y-%m-%d %H:%M:%S}"
    return [f"{facts['version']}, {facts['word_count']} words, last seen {until}: {_short(facts['title'])}"]


def _edit(facts: Facts) -> list[str]:
    if facts["change"] == "availability":
        return [f"{facts['type']}, version {facts['version'] or facts['version_before']}"]
    taken = (f"− {_short(said)}" for said in facts["before"])
    put = (f"+ {_short(said)}" for said in facts["after"])
    return [f"{facts['type']}, version {facts['version_before']} to {facts['version']}", *taken, *put]


def _edition(facts: Facts, owed: bool) -> list[str]:
    where = f"{facts['day']} {facts['place']} {facts['section']}"
    if facts["printed_elsewhere"]:
        return [f"{where} listed it, and does not count it: its print line names another day or none"]
    why_so = f" ({facts['reason']})" if facts["reason"] else ""
    return [f"{where} {'owes' if owed else 'listed'} it, and is {facts['state'] or 'unknown'}{why_so}"]


_SAYS: dict[str, Callable[[Facts], list[str]]] = {
    "discovery": _discovery,
    "request": _request,
    "retry": _retry,
    "attempt": _attempt,
    "refused": _refused,
    "wait": _wait,
    "reading": _reading,
    "quarantine": _quarantine,
    "version": _version,
    "edit": _edit,
}


def _address(lying: Lying | None) -> dict[str, Any]:
    if lying is None:
        return {"file": None, "offset": None, "length": None, "command": None}
    return {
        "file": lying.path.name,
        "offset": lying.offset,
        "length": lying.length,
        "command": lying.command,
    }


def _short(said: object) -> str:
    text = " ".join(str(said if said is not None else "no title").split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _line(said: Mapping[str, Any]) -> str:
    def plain(value: object) -> str:
        return value.isoformat() if isinstance(value, date) else str(value)

    return json.dumps(said, ensure_ascii=False, default=plain)
