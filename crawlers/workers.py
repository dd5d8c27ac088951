"""Tasks done by several processes at once, a few at a time, however many there are."""

from __future__ import annotations

import multiprocessing
import signal
import sys
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess
from types import TracebackType
from typing import Any

_AT_HAND = 2  # tasks that a process was given: the one it does, and the next
_GRACE = 5.0  # seconds that a process gets to clean up after itself

Outcome = tuple[Any, BaseException | None]


class WorkerLostError(RuntimeError):
    """A process ended in the middle of its task: the message says of which."""


class NoWorkersError(RuntimeError):
    """Workers elsewhere cannot do the work, and could not if they tried again; the message says why."""


@dataclass(frozen=True, slots=True)
class Task:
    """A function to be called in another process; `subject` stays here and says in errors what it was for."""

    subject: object
    function: Callable[..., Any]
    arguments: tuple[Any, ...]


@dataclass(slots=True, eq=False)
class _Worker:
    process: ForkServerProcess
    pipe: Connection
    given: deque[int] = field(default_factory=deque)  # numbers of the tasks it was given and has not done


class Workers:
    """Up to `jobs` fresh processes (forkserver: never a copy of threads), the parsers loaded once for all.

    A task's arguments and its result go through a pipe: keep both small. A process that loses this one ends.
    Not for several threads at once.
    """

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._workers: list[_Worker] = []
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["crawlers.saved"])

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Nothing; no process is left. Those that are at work are told to stop."""
        for worker in self._workers:
            worker.pipe.close()
            if worker.given:
                worker.process.terminate()
        for worker in self._workers:
            worker.process.join(_GRACE)
            if worker.process.exitcode is None:
                worker.process.kill()
                worker.process.join()
        self._workers.clear()

    def in_order(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Any]]:
        """Each task with its result, in the tasks' order; of `tasks` only a few more are taken than are done.

        Raises what a task raised when it is its turn, and WorkerLostError as soon as a process is lost.
        """
        waiting: dict[int, tuple[Task, Outcome]] = {}
        turn = 0
        for number, done in self._done(tasks, 2 * _AT_HAND * self._jobs):
            waiting[number] = done
            while turn in waiting:
                task, outcome = waiting.pop(turn)
                turn += 1
                yield task, _result(outcome)

    def as_they_come(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Any]]:
        """Each task with its result, the first done first."""
        for _, (task, outcome) in self._done(tasks, sys.maxsize):
            yield task, _result(outcome)

    def _done(self, tasks: Iterable[Task], ahead: int) -> Iterator[tuple[int, tuple[Task, Outcome]]]:
        """The tasks as they are done, numbered; none begins so far `ahead` of the first that is not done."""
        coming = enumerate(tasks)
        following = next(coming, None)
        under_way: dict[int, Task] = {}
        while following or under_way:
            while following:
                number, task = following
                if number >= min(under_way, default=number) + ahead or not (worker := self._free()):
                    break
                under_way[number] = task
                worker.given.append(number)
                try:
                    worker.pipe.send((task.function, task.arguments))
                except OSError:
                    raise _lost(worker, under_way) from None
                following = next(coming, None)
            ready = wait([worker.pipe for worker in self._workers if worker.given])
            for worker in [worker for worker in self._workers if worker.pipe in ready]:
                try:
                    outcome = worker.pipe.recv()
                except (EOFError, OSError):
                    raise _lost(worker, under_way) from None
                number = worker.given.popleft()
                yield number, (under_way.pop(number), outcome)

    def _free(self) -> _Worker | None:
        """The process with the fewest tasks at hand, or a new one; None where all have enough."""
        least = min(self._workers, key=lambda worker: len(worker.given), default=None)
        if len(self._workers) < self._jobs and (least is None or least.given):
            pipe, its_end = multiprocessing.Pipe()
            process = self._context.Process(target=_work, args=(its_end,), daemon=True)
            process.start()
            its_end.close()
            least = _Worker(process, pipe)
            self._workers.append(least)
        return least if least and len(least.given) < _AT_HAND else None


def _result(outcome: Outcome) -> Any:
    result, error = outcome
    if error is not None:
        raise error
    return result


def _lost(worker: _Worker, under_way: dict[int, Task]) -> WorkerLostError:
    worker.process.join(_GRACE)
    code = worker.process.exitcode
    how = f"was killed by signal {-code}" if code and code < 0 else f"ended with code {code}"
    why = ": out of memory?" if code == -signal.SIGKILL else ""
    return WorkerLostError(f"{under_way[worker.given[0]].subject}: the process that read it {how}{why}")


def _work(pipe: Connection) -> None:
    """Nothing; does one task after another until the other end of the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; who gave the task decides
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that half a file is removed
    while True:
        try:
            function, arguments = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            outcome: Outcome = function(*arguments), None
        except Exception as error:
            error.add_note(f"in another process:\n{traceback.format_exc()}")
            outcome = None, error
        try:
            pipe.send(outcome)
        except (BrokenPipeError, ConnectionResetError):
            return
