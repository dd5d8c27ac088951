"""What a process of the pool does: it serves its own look-alikes, and tries what it is told on them."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from itertools import count
from pathlib import Path

from benchmarks.faults.trial import Trial, alone, mixture, trial
from benchmarks.faults.world import World, world

Kind = tuple[int, tuple[str, ...]]
"""The days of a look-alike, and the command that asks it."""
Task = tuple[str, int, Kind]
"""The name of a fault, or "" and the seed of a mixture; and where it is tried."""


_open = ExitStack()  # the sites are served as long as their process lives
_folders: list[Path] = []
_worlds: dict[Kind, World] = {}
_numbers = count()


def begin(folder: str) -> None:
    """Nothing; this process works below that folder."""
    _folders.append(Path(tempfile.mkdtemp(dir=folder)))


def tried(task: Task) -> tuple[Task, list[Trial]]:
    """The task, and its trials: of a mixture there is one."""
    name, seed, (days, ask) = task
    if (days, ask) not in _worlds:
        folder = Path(tempfile.mkdtemp(dir=_folders[0]))
        _worlds[days, ask] = _open.enter_context(world(folder, days, *ask))
    here = _worlds[days, ask]
    trials = []
    for befallen in [[one] for one in alone(here, name)] if name else [mixture(here, seed)]:
        data = _folders[0] / f"data-{next(_numbers)}"
        trials.append(trial(here, befallen, data, seed))
        shutil.rmtree(data)
    return task, trials
