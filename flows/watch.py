"""The stage that notices a field gone missing, between extract and load; and what a person says to that.

What it finds goes into a journal of its own, `journal/<time>-drift-<hex>.jsonl`: a rebuild repeats it from
there. It proposes a rule, and applies none.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawlers.drift import ERA, Break, Episode, Key, Page, What, judged
from flows import storing
from flows.folder import DataFolder, run_id
from warehouse.coverage import coverage, said_of

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

    from crawlers.proposals import Proposal

WRITER = "drift"  # stands in the journal's name where a crawl has its spider


def watch(folder: DataFolder) -> list[Break]:
    """The breaks that the extracts not yet loaded show, beside the recent past that the warehouse holds.

    They are in the journal then, and so are the earlier breaks that are over; a break that stands is not
    noticed twice. Without new pages nothing is done. Changes no article and no rule.
    """
    from crawlers.extract import RULES

    known = episodes(folder)
    standing = [episode for episode in known if episode.until is None]
    extracts = sorted(folder.extracted.glob(f"*.{RULES}.jsonl.gz"))
    rows = coverage(folder.warehouse, extracts, RULES, ERA, [(each.key.era, each.since) for each in standing])
    pages = [Page(**{name: getattr(row, name) for name in Page.__dataclass_fields__}) for row in rows]
    found = judged(pages, known)
    events = [_ended(episode, "mended") for episode in found.mended]
    if found.breaks:
        rules = _proposed(folder, found.breaks)
        events += [_broke(each, rules[each.key]) for each in found.breaks]
    _write(folder, events)
    return list(found.breaks)


def accept(folder: DataFolder, field: str) -> list[Episode]:
    """The breaks of this field that stood and do not now: it is gone, and the past begins anew with that.

    In the journal, not yet in the tables. The caller holds the right to crawl.
    """
    standing = [each for each in episodes(folder) if each.until is None and each.key.field == field]
    _write(folder, [_ended(episode, "accepted") for episode in standing])
    return standing


def episodes(folder: DataFolder) -> list[Episode]:
    """Every break that the journals tell of, the oldest first; `until` is None where it stands."""
    found: dict[tuple[Key, datetime], Episode] = {}
    for event in _events(folder):
        said = event["drift"]
        key = Key(said["field"], What(said["what"]), said.get("kind"), said["era"])
        since = datetime.fromisoformat(said["since"])
        if event["event"] == "break":
            share, past_share = said["holding"] / said["pages"], said["past_holding"] / said["past_pages"]
            found[key, since] = Episode(key, since, share, past_share, said["pages"])
        elif (one := found.get((key, since))) is not None and one.until is None:
            until = datetime.fromisoformat(event["at"])
            found[key, since] = Episode(
                key, since, one.share, one.past_share, one.pages, until, event["event"] == "accepted"
            )
    return list(found.values())


def is_drifts(journal: Path) -> bool:
    """Whether a journal is this stage's, and no crawl's."""
    return f"-{WRITER}-" in journal.name


def _events(folder: DataFolder) -> Iterator[dict[str, Any]]:
    from crawlers.journal import read

    for path in sorted(folder.journal.glob(f"*-{WRITER}-*.jsonl")):
        yield from (event for event in read(path) if event.get("drift"))


# ── proposals ────────────────────────────────────────────────────────────────────────────────────────────


def _proposed(folder: DataFolder, breaks: Sequence[Break]) -> dict[Key, tuple[Proposal, ...]]:
    """What each break's pages propose: read from the archive, beside what else is known of their stories."""
    from crawlers.proposals import proposals

    wanted = {page.capture_id: page for each in breaks for page in each.without}
    trees = dict(_trees(folder, wanted.values()))
    said = {
        each.story_id: each.values
        for each in said_of(folder.warehouse, [page.story_id for page in wanted.values()])
    }
    return {
        each.key: proposals(
            each.key.field,
            [
                (trees[page.capture_id], said.get(page.story_id, {}))
                for page in each.without
                if page.capture_id in trees
            ],
            each.layout,
        )
        for each in breaks
    }


def _trees(folder: DataFolder, pages: Iterable[Page]) -> Iterator[tuple[str, LexborHTMLParser]]:
    """The pages as parsed, from their bytes in the archive; what cannot be read is left out."""
    from crawlers.packs import segments
    from crawlers.proposals import page_of

    wanted = {page.capture_id: page.run for page in pages}
    lying = segments(folder.archive)
    runs = [lying[run] for run in sorted(set(wanted.values()) & lying.keys())]
    for segment in storing.each_at_hand(folder, runs):
        for capture in segment.read():
            if capture.id in wanted and (tree := page_of(capture)) is not None:
                yield capture.id, tree


# ── the journal ──────────────────────────────────────────────────────────────────────────────────────────


def _broke(found: Break, rules: Sequence[Proposal]) -> dict[str, Any]:
    return {
        "event": "break",
        "drift": _key(found.key, found.since)
        | {
            "pages": found.pages,
            "holding": found.holding,
            "past_pages": found.past_pages,
            "past_holding": found.past_holding,
            "chance": found.chance,
            "without": [
                {"capture_id": page.capture_id, "story_id": page.story_id, "url": page.url}
                for page in found.without
            ],
            "proposals": [asdict(rule) for rule in rules],
        },
    }


def _ended(episode: Episode, how: str) -> dict[str, Any]:
    return {"event": how, "drift": _key(episode.key, episode.since)}


def _key(key: Key, since: datetime) -> dict[str, Any]:
    return key._asdict() | {"since": since.astimezone(UTC).isoformat()}


def _write(folder: DataFolder, events: Sequence[dict[str, Any]]) -> None:
    """Nothing; the events stand in a new journal, which is there whole or not at all."""
    for stale in folder.journal.glob(f".*-{WRITER}-*"):  # half a file of a process that was killed
        stale.unlink()
    if not events:
        return
    path = folder.journal / f"{run_id(WRITER)}.jsonl"
    beside = path.with_name(f".{path.stem}.new")
    at = datetime.now(UTC).isoformat()
    with beside.open("x", encoding="utf-8") as file:
        for event in events:
            said = {"event": event["event"], "at": at} | event
            file.write(json.dumps(said, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
