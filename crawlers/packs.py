"""Where a run's records lie in the archive: in a file of its own, or in a pack, one file of many runs.

A pack is the files of its runs, one behind the other, byte for byte: still a WARC file, and each capture
keeps its id. A sidecar says which bytes are whose; where it is lost, the record that each run begins with
says it. Packs are never written into: one that is to change is written anew under the next number.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from crawlers.reading import Reading
from crawlers.records import Records, TornError
from crawlers.store import Facts

PACK_BYTES = 1 << 30
"""The longest pack; one of half that gets no more runs: to add to one writes it anew, as forgetting does."""

_ENDING = ".warc.gz"
_PACK = re.compile(r"(\d{4}-\d\d)\.(\d+)\.warc\.gz", re.ASCII)
_NAME = re.compile(r"[\w.-]+")
_RUN = re.compile(r"(\d{4})(\d\d)\d\dT\d{6}Z-[\w.-]+", re.ASCII)
_PIECE = 1 << 20
AWAY = ".away"
"""The ending of a note that stands in the archive where a file lay that the store alone has now."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The bytes of a file that are one run's: from `start` to `end`, or to wherever the file ends by then.

    `away` is their digest where the file lies in the store alone: `crawlers.away` brings them here.
    """

    path: Path
    run: str
    start: int = 0
    end: int | None = None
    away: str | None = None

    @property
    def size(self) -> int:
        """How many bytes that is now."""
        return (self.path.stat().st_size if self.end is None else self.end) - self.start

    def read(self) -> Reading:
        """The run's captures, streaming."""
        return Reading(self.path, self.start, self.end)

    def pieces(self) -> Iterator[bytes]:
        """The bytes as they lie there."""
        with self.path.open("rb") as file:
            file.seek(self.start)
            left = self.size
            while left > 0 and (piece := file.read(min(_PIECE, left))):
                left -= len(piece)
                yield piece

    def sha256(self) -> str:
        """The digest of the bytes, in hex."""
        if self.away is not None:
            return self.away
        digest = hashlib.sha256()
        for piece in self.pieces():
            digest.update(piece)
        return digest.hexdigest()

    def __str__(self) -> str:
        return str(self.path) if self.end is None else f"{self.path}, {self.run}"


@dataclass(frozen=True, slots=True)
class Compacted:
    """What was done: runs that lie in a pack only now, packs written, files that stay and why."""

    runs: int
    packs: tuple[Path, ...]
    left: tuple[tuple[Path, str], ...]


def is_pack(path: Path) -> bool:
    """Whether a file of the archive is one of many runs, by its name."""
    return _PACK.fullmatch(path.name) is not None


def files(archive: Path) -> list[Path]:
    """Every WARC file of an archive, packs first; in two of them the same run may lie for a while."""
    found = sorted(archive.glob(f"*{_ENDING}"))
    return [path for path in found if is_pack(path)] + [path for path in found if not is_pack(path)]


def segments(archive: Path) -> dict[str, Segment]:
    """Where each run's records lie, in the order of the runs' names; each run once.

    Of a run that lies in two files, as a kill leaves it, the newest pack's bytes count: they were verified.
    Files that the store alone has are as good as those that lie here.
    """
    found: dict[str, Segment] = {}
    gone = away(archive)
    for path in sorted([*_packs(archive), *filter(is_pack, gone)], key=_by_number):
        found |= {segment.run: segment for segment in gone.get(path) or segments_of(path)}
    for path in archive.glob(f"*{_ENDING}"):
        if not is_pack(path):
            run = path.name.removesuffix(_ENDING)
            found.setdefault(run, Segment(path, run))
    for path, runs in gone.items():
        if not is_pack(path):
            found.setdefault(runs[0].run, runs[0])
    return dict(sorted(found.items()))


def away(archive: Path) -> dict[Path, list[Segment]]:
    """The files that the store alone has, where they would lie, each with its runs: as their notes say.

    A note beside its own file, as a kill leaves it, counts for nothing.
    """
    found = {}
    for note in sorted(archive.glob(f"*{_ENDING}{AWAY}")):
        path = note.with_name(note.name.removesuffix(AWAY))
        if not path.exists():
            said = json.loads(note.read_text("utf-8"))["runs"]
            found[path] = [Segment(path, one["run"], one["start"], one["end"], one["sha256"]) for one in said]
    return found


def note_away_of(path: Path, facts: Facts, sidecar: bytes | None) -> None:
    """Nothing; it is noted that the store alone has this file; of a pack its sidecar says what is in it."""
    if sidecar is None:
        runs = [Segment(path, path.name.removesuffix(_ENDING), 0, facts.size, facts.sha256)]
    else:
        said = json.loads(sidecar)["runs"]
        runs = [
            Segment(path, _named(one["run"]), int(one["start"]), int(one["end"]), str(one["sha256"]))
            for one in said
        ]
    _write_runs(path, path.with_name(path.name + AWAY), runs, [run.sha256() for run in runs])


def note_away(path: Path) -> None:
    """Nothing; a note says what a file of the archive holds, so that the file may go."""
    runs = segments_of(path) if is_pack(path) else [_whole(path)]
    _write_runs(path, path.with_name(path.name + AWAY), runs, [segment.sha256() for segment in runs])


def segments_of(pack: Path) -> list[Segment]:
    """The runs of a pack, in its order: as its sidecar says, or else as its own records do."""
    try:
        said = json.loads(sidecar_of(pack).read_text("utf-8"))["runs"]
        listed = [Segment(pack, _named(one["run"]), int(one["start"]), int(one["end"])) for one in said]
    except (OSError, ValueError, KeyError, TypeError):
        listed = []
    ends = [0, *(segment.end for segment in listed)]
    if listed and [segment.start for segment in listed] == ends[:-1] and ends[-1] == pack.stat().st_size:
        return listed
    return _told_by_records(pack)


def _named(run: object) -> str:
    """The name of a run, if it can be one: files are named by it. Raises ValueError."""
    if not isinstance(run, str) or not _NAME.fullmatch(run):
        raise ValueError(f"no name of a run: {run!r}")
    return run


def compact(
    archive: Path, limit: int = PACK_BYTES, told: Callable[[int, int], None] = lambda _, __: None
) -> Compacted:
    """What was put together: of each month all runs, in packs of `limit` bytes at most, give or take a run.

    Nobody may be writing into the archive. Files that break off stay as they are, and so do those that others
    made: a reader of the pack would stop there, or take their records for another run's. Killed at any
    moment it leaves each run where it was, or in a pack, or for a while in both.
    """
    tidy(archive)
    left: list[tuple[Path, str]] = []
    small: list[Segment] = []
    for path in sorted(archive.glob(f"*{_ENDING}")):
        if is_pack(path):
            continue
        why = _unfit(path)
        if why is None:
            small.append(_whole(path))
        else:
            left.append((path, why))
    written: list[Path] = []
    runs = 0
    lying = segments(archive)
    for month, new in groupby(small, key=lambda segment: _month(segment.run)):
        adding = list(new)
        unfilled = {
            pack for pack in _packs(archive) if _month_of(pack) == month and pack.stat().st_size < limit // 2
        }
        old = [segment for segment in lying.values() if segment.path in unfilled]
        for group in grouped(sorted([*old, *adding], key=lambda segment: segment.run), limit):
            if len(group) == 1 or not any(segment in adding for segment in group):
                continue
            written.append(write_pack(archive, month, group))
            runs += sum(segment in adding for segment in group)
            told(runs, len(small))
        tidy(archive)
    return Compacted(runs, tuple(path for path in written if path.exists()), tuple(left))


def write_pack(archive: Path, month: str, runs: Sequence[Segment]) -> Path:
    """A new pack of these runs, under the month's next number, read back and found the same; nothing goes.

    Raises OSError where what was written is not what was read: nothing was put in place then.
    """
    numbers = [int(found[2]) for path in archive.iterdir() if (found := _numbered(path, month))]
    pack = archive / f"{month}.{max(numbers, default=0) + 1:03}{_ENDING}"
    beside = pack.with_name(f"{pack.name}.new")
    placed: list[Segment] = []
    digests: list[str] = []
    with beside.open("wb") as file:
        for run in runs:
            digest = hashlib.sha256()
            start = file.tell()
            for piece in run.pieces():
                digest.update(piece)
                file.write(piece)
            placed.append(Segment(beside, run.run, start, file.tell()))
            digests.append(digest.hexdigest())
        file.flush()
        os.fsync(file.fileno())
    for segment, digest_of_it in zip(placed, digests, strict=True):
        if segment.sha256() != digest_of_it:
            raise OSError(None, "what was written is not what was read", str(beside))
    beside.rename(pack)
    _write_sidecar(pack, placed, digests)
    return pack


def tidy(archive: Path) -> None:
    """Nothing; what a kill left is gone: halves of files, runs that lie in a pack as well, lost sidecars.

    A file of a run that says something else than the run's segment of a pack stays.
    """
    for half in archive.glob("*.new"):
        half.unlink()
    for sidecar in archive.glob("*.json"):
        if not sidecar.with_name(sidecar.name.removesuffix(".json") + _ENDING).exists():
            sidecar.unlink()
    lying = segments(archive)
    used = {segment.path for segment in lying.values()}
    gone = away(archive)
    for note in archive.glob(f"*{_ENDING}{AWAY}"):
        path = note.with_suffix("")
        is_needed = path in used or (
            path in gone and not is_pack(path) and not _is_twice(gone[path][0], lying)
        )
        if path.exists() or not is_needed:  # it came home, or its runs lie elsewhere
            note.unlink()
    for pack in _packs(archive):
        if pack not in used:  # all its runs lie in packs of later numbers
            pack.unlink()
            sidecar_of(pack).unlink(missing_ok=True)
        elif not sidecar_of(pack).exists():
            found = segments_of(pack)
            _write_sidecar(pack, found, [segment.sha256() for segment in found])
    for path in archive.glob(f"*{_ENDING}"):
        if not is_pack(path) and _is_twice(_whole(path), lying):
            path.unlink()


def _is_twice(own: Segment, lying: Mapping[str, Segment]) -> bool:
    """Whether a pack has a run's bytes, too."""
    one = lying.get(own.run)
    return one is not None and one.path != own.path and one.size == own.size and one.sha256() == own.sha256()


def run_month(run: str) -> str | None:
    """The month (UTC) that a run began in, `2026-11`; None of a name that does not say it."""
    found = _RUN.fullmatch(run)
    return f"{found[1]}-{found[2]}" if found else None


def _month(run: str) -> str:
    month = run_month(run)
    assert month is not None  # `_unfit` has asked
    return month


def grouped(runs: Iterable[Segment], limit: int) -> Iterator[list[Segment]]:
    """The runs in their order, in groups of `limit` bytes at most, unless one run has more."""
    group: list[Segment] = []
    size = 0
    for run in runs:
        if group and size + run.size > limit:
            yield group
            group, size = [], 0
        group.append(run)
        size += run.size
    if group:
        yield group


def _unfit(path: Path) -> str | None:
    """Why a run's own file cannot lie in a pack; None where it can."""
    run = path.name.removesuffix(_ENDING)
    if run_month(run) is None:
        return "its name is no run's"
    try:
        begun = list(_beginnings(path))
    except (TornError, ValueError):
        return "its last record breaks off"
    if begun != [(0, run)]:
        return "it is not one of ours, record by record"
    return None


def _told_by_records(pack: Path) -> list[Segment]:
    begun = list(_beginnings(pack))
    ends = [*(start for start, _ in begun[1:]), pack.stat().st_size]
    return [Segment(pack, run, start, end) for (start, run), end in zip(begun, ends, strict=True)]


def _beginnings(path: Path) -> Iterator[tuple[int, str]]:
    """The byte and the name of each run that begins in a file; "" of records that are in no member alone.

    Raises TornError or ValueError where the file breaks off, at the end.
    """
    with path.open("rb") as file:
        records = Records(file)
        while (named := records.head()) is not None:
            at, inside = records.place
            about = named.get("warc-type") == "warcinfo"
            block = records.block(int(named.get("content-length", "")), keep=about)
            found = re.search(rb"^isPartOf: *([\w.-]+)\r?$", block, re.MULTILINE) if about else None
            if inside:
                yield at, ""
            elif found and b"software: dawn-as-a-table" in block:
                yield at, found[1].decode("ascii", "replace")


def _packs(archive: Path) -> list[Path]:
    """The packs, by month and number."""
    return sorted((path for path in archive.glob(f"*{_ENDING}") if is_pack(path)), key=_by_number)


def _by_number(pack: Path) -> tuple[str, int]:
    return _month_of(pack), int(pack.name.split(".")[1])


def _whole(path: Path) -> Segment:
    return Segment(path, path.name.removesuffix(_ENDING), 0, path.stat().st_size)


def _month_of(pack: Path) -> str:
    return pack.name.split(".", 1)[0]


def _numbered(path: Path, month: str) -> re.Match[str] | None:
    """The name of a pack, or of its sidecar or half a pack, of this month."""
    stem = path.name.removesuffix(".new").removesuffix(AWAY)
    found = _PACK.fullmatch(stem.removesuffix(".json") + _ENDING if stem.endswith(".json") else stem)
    return found if found and found[1] == month else None


def sidecar_of(pack: Path) -> Path:
    """The file that says which bytes of a pack are whose."""
    return pack.with_name(pack.name.removesuffix(_ENDING) + ".json")


def _write_sidecar(pack: Path, runs: Sequence[Segment], digests: Sequence[str]) -> None:
    _write_runs(pack, sidecar_of(pack), runs, digests)


def _write_runs(pack: Path, path: Path, runs: Sequence[Segment], digests: Sequence[str]) -> None:
    said: Mapping[str, object] = {
        "file": pack.name,
        "runs": [
            {"run": one.run, "start": one.start, "end": one.end, "sha256": digest}
            for one, digest in zip(runs, digests, strict=True)
        ],
    }
    beside = path.with_name(f"{path.name}.new")
    with beside.open("w", encoding="utf-8") as file:
        json.dump(said, file, indent=0)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)  # before anything that the pack takes the place of may go
    finally:
        os.close(directory)
