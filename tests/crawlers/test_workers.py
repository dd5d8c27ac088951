"""Tasks in other processes: in order, a few at a time, and nobody is left behind, whoever dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawlers.workers import Task, WorkerLostError, Workers


def slow_and_quick(number: int, spins: int) -> tuple[int, int]:
    for _ in range(spins):
        pass
    return number, os.getpid()


def fails(number: int) -> None:
    raise FileNotFoundError(2, "no such thing", f"file {number}")


def dies(how: signal.Signals) -> None:
    os.kill(os.getpid(), how)


def leaves() -> None:
    os._exit(7)


def is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"


def test_results_come_in_the_order_of_the_tasks_and_only_a_few_are_taken_ahead() -> None:
    taken: list[int] = []

    def tasks() -> Iterator[Task]:
        for number in range(60):
            taken.append(number)
            yield Task(number, slow_and_quick, (number, 2_000_000 if number % 7 == 0 else 1))

    pids = set()
    with Workers(2) as workers:
        for turn, (task, (number, pid)) in enumerate(workers.in_order(tasks())):
            assert task.subject == number == turn
            assert len(taken) <= turn + 2 * 2 * 2 + 2
            pids.add(pid)
    assert len(pids) == 2 and os.getpid() not in pids
    assert not any(map(alive, pids))


def test_results_come_as_they_are_done() -> None:
    tasks = [Task(n, slow_and_quick, (n, 30_000_000 if n == 0 else 1)) for n in range(6)]
    with Workers(2) as workers:
        order = [number for _, (number, _) in workers.as_they_come(tasks)]
    assert sorted(order) == list(range(6)) and order[0] != 0


def test_no_more_processes_than_tasks_and_none_without_any() -> None:
    with Workers(8) as workers:
        assert list(workers.in_order([])) == []
        assert len(list(workers.in_order([Task(1, slow_and_quick, (1, 1))]))) == 1
        assert len(workers._workers) == 1


def test_an_error_is_raised_when_it_is_its_turn() -> None:
    tasks = [Task(n, slow_and_quick, (n, 1_000_000)) for n in range(3)]
    came = []
    with Workers(2) as workers, pytest.raises(FileNotFoundError, match="file 9") as raised:
        for task, _ in workers.in_order([*tasks, Task(9, fails, (9,)), *tasks]):
            came.append(task.subject)
    assert came == [0, 1, 2]
    assert "in another process" in raised.value.__notes__[0]


@pytest.mark.parametrize(
    ("task", "said"),
    [
        (Task("a.warc.gz, bytes 0 to 9", dies, (signal.SIGKILL,)), "killed by signal 9: out of memory?"),
        (Task("a.warc.gz, bytes 0 to 9", dies, (signal.SIGSEGV,)), "killed by signal 11"),
        (Task("a.warc.gz, bytes 0 to 9", leaves, ()), "ended with code 7"),
    ],
)
def test_a_process_that_is_lost_is_one_clear_error(task: Task, said: str) -> None:
    others = [Task(n, slow_and_quick, (n, 1000)) for n in range(20)]
    with Workers(2) as workers, pytest.raises(WorkerLostError) as raised:
        for _ in workers.in_order([*others, task, *others]):
            pass
    assert str(raised.value).startswith("a.warc.gz, bytes 0 to 9: the process that read it ")
    assert said in str(raised.value)


def test_work_is_done_in_a_main_thread_where_limits_hold() -> None:
    with Workers(1) as workers:
        assert [result for _, result in workers.in_order([Task(0, is_main_thread, ())])] == [True]


def test_who_stops_in_the_middle_leaves_no_process() -> None:
    workers = Workers(2)
    with workers:
        came = workers.in_order(Task(n, slow_and_quick, (n, 10_000_000)) for n in range(50))
        next(came)
        pids = [worker.process.pid for worker in workers._workers]
    assert len(pids) == 2 and not any(alive(pid) for pid in pids if pid)


def test_processes_end_with_the_one_that_started_them() -> None:
    """Also where that is killed outright, and can tell nobody."""
    code = """
        import os
        from crawlers.workers import Task, Workers
        with Workers(2) as workers:
            pids = [result for _, result in workers.in_order(Task(n, os.getpid, ()) for n in range(20))]
            print(*sorted(set(pids)), flush=True)
            input()
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        pids = [int(pid) for pid in process.stdout.readline().split()]
        assert pids and all(map(alive, pids))
        process.kill()
        process.wait()
        waited = threading.Event()
        for _ in range(100):
            if not any(map(alive, pids)):
                break
            waited.wait(0.1)
    assert not any(map(alive, pids))
