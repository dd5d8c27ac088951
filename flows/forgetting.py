"""Which stories were forgotten, and how they are taken out of a data folder and kept out of it.

What is remembered stands in the journal, one file each time: `journal/<time>-forget-<hex>.jsonl`.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from flows import storing
from flows.folder import DataFolder, run_id
from warehouse import evidence

if TYPE_CHECKING:
    from crawlers.forgetting import Taken, Wanted
    from crawlers.packs import Segment

FORGET = "forget"
_SCRATCH = ".forget-"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was, or would be, taken out of a data folder: of its archive in so many files, of its journal."""

    taken: Taken
    files: int
    events: int


def remembered(folder: DataFolder) -> set[int]:
    """The stories that were forgotten, as the journal says: they are not fetched, read or loaded again."""
    from crawlers.journal import read

    return {
        int(event["story_id"])
        for path in folder.journal.glob(f"*-{FORGET}-*.jsonl")
        for event in read(path)
        if event["event"] == "forgotten"
    }


def remember(folder: DataFolder, stories: Sequence[int], reason: str | None) -> None:
    """Nothing; the journal says that these stories are forgotten, in a file that is whole or not there."""
    path = folder.journal / f"{run_id(FORGET)}.jsonl"
    beside = path.with_name(f"{path.name}.new")
    at = datetime.now(UTC).isoformat()
    with beside.open("w", encoding="utf-8") as file:
        for story in stories:
            said = {"event": "forgotten", "at": at, "story_id": story}
            file.write(json.dumps(said | ({"reason": reason} if reason else {}), ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def is_forgettings(journal: Path) -> bool:
    """Whether a journal remembers forgotten stories, and is no crawl's."""
    return f"-{FORGET}-" in journal.name


def keep_out(folder: DataFolder, fresh: Iterable[Segment]) -> None:
    """Nothing; what new runs say of forgotten stories is taken out of them before anybody reads it.

    A feed has them in full, a listing their headline, another's WARC file their page. Only runs that lie in
    files of their own, and journals that are not loaded, are new.
    """
    stories = remembered(folder)
    if not stories:
        return
    wanted = _wanted(folder, stories)
    for lying in fresh:
        if lying.end is None:
            _without(folder, lying, lying.path, wanted)
    known = evidence.loaded(folder.warehouse) if folder.warehouse.exists() else set()
    for path in sorted(folder.journal.glob("*.jsonl")):
        if path.name not in known and not is_forgettings(path):
            _journal_without(folder, path, wanted)


Told = Callable[[int, int], None]
"""Called with how many files of the archive were looked through, and how many there are."""


def said_of(folder: DataFolder, stories: Iterable[int], told: Told = lambda _, __: None) -> Forgotten:
    """What archive and journal say of these stories: what `take_out` would take out. Changes nothing."""
    from crawlers.forgetting import Taken, journal_without, without
    from crawlers.packs import Segment, away, files

    wanted = _wanted(folder, stories)
    found = []
    paths, gone = files(folder.archive), away(folder.archive)
    for path in paths:
        found.append(without(Segment(path, path.name), None, wanted))
        told(len(found), len(paths) + len(gone))
    for runs in gone.values():
        with storing.at_hand(folder, runs) as here:
            found.append(sum((without(run, None, wanted) for run in here), Taken()))
        told(len(found), len(paths) + len(gone))
    events = sum(journal_without(path, wanted, change=False) for path in folder.journal.glob("*.jsonl"))
    return Forgotten(sum(found, Taken()), sum(bool(one) for one in found), events)


def take_out(folder: DataFolder, stories: Iterable[int], told: Told = lambda _, __: None) -> Forgotten:
    """What was taken out of archive, journal and caches; the databases that held it are gone.

    `dawn.duckdb` stays until a new one takes its place. The caller holds the right to crawl. Killed at any
    moment, each file is as it was or without it: again, it ends what is left.
    """
    from crawlers.forgetting import Taken, without
    from crawlers.packs import Segment, files, is_pack, tidy

    for stale in folder.root.glob(f"{_SCRATCH}*"):
        shutil.rmtree(stale)
    tidy(folder.archive)
    wanted = _wanted(folder, stories)
    _bring_home(folder, wanted)
    taken, changed = Taken(), 0
    paths = files(folder.archive)
    for done, path in enumerate(paths):
        told(done, len(paths))
        lying = Segment(path, path.name.removesuffix(".warc.gz"))
        if is_pack(path):
            found = without(lying, None, wanted)
            if found:
                _rewrite_pack(folder, path, wanted)
        else:
            found = _without(folder, lying, path, wanted)
        taken += found
        changed += bool(found)
    events = sum(_journal_without(folder, path, wanted) for path in sorted(folder.journal.glob("*.jsonl")))
    for path in (*folder.root.glob("warehouse.duckdb*"), *folder.root.glob("dawn.duckdb.new*")):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.rmtree(folder.root / "search", ignore_errors=True)  # an index has the words of its texts
    for plan in folder.plans.iterdir():
        plan.unlink()
    return Forgotten(taken, changed, events)


def _wanted(folder: DataFolder, stories: Iterable[int]) -> Wanted:
    from crawlers.forgetting import Wanted

    return Wanted(frozenset(stories), folder.site)


def _without(folder: DataFolder, lying: Segment, target: Path, wanted: Wanted) -> Taken:
    """What was taken out of a run; its extracts go first: one that outlived its records would be believed."""
    from crawlers.extracted import file_name
    from crawlers.forgetting import without

    if found := without(lying, None, wanted):
        extracts = list(folder.extracted.glob(f"{lying.run}.*"))
        own = [target] if target.parent == folder.archive else []
        storing.about_to_change(folder, [*extracts, *own, folder.extracted / file_name(lying.run)])
        for extract in extracts:
            extract.unlink()
        without(lying, target, wanted)
    return found


def _bring_home(folder: DataFolder, wanted: Wanted) -> None:
    """Nothing; what the store alone has, and says anything of the stories, lies here again."""
    from crawlers.away import bring_home
    from crawlers.forgetting import without
    from crawlers.packs import away

    for path, runs in away(folder.archive).items():
        with storing.at_hand(folder, runs) as here:
            is_named = any(without(run, None, wanted) for run in here)
        if is_named:
            bring_home(path, storing.store_of(folder))


def _rewrite_pack(folder: DataFolder, pack: Path, wanted: Wanted) -> None:
    """Nothing; the pack's runs lie in a new one that says nothing of the stories, and it is gone."""
    from crawlers.packs import segments, segments_of, tidy, write_pack

    lying = segments(folder.archive)
    with tempfile.TemporaryDirectory(dir=folder.root, prefix=_SCRATCH) as scratch:
        runs = []
        for old in segments_of(pack):
            if lying[old.run].path != pack:  # a later pack has it
                continue
            target = Path(scratch, f"{old.run}.warc.gz")
            runs.append(type(old)(target, old.run) if _without(folder, old, target, wanted) else old)
        if runs:
            write_pack(folder.archive, pack.name.split(".", 1)[0], runs)
    tidy(folder.archive)


def _journal_without(folder: DataFolder, path: Path, wanted: Wanted) -> int:
    from crawlers.forgetting import journal_without

    if folder.store is not None and journal_without(path, wanted, change=False):
        storing.about_to_change(folder, [path])
    return journal_without(path, wanted)
