"""A page costs its own time and no more: work without an end is broken off, and nothing of it stays."""

from __future__ import annotations

import gc
import re
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from time import thread_time

import pytest

from crawlers.limit import TooSlowError, limited


def spin(seconds: float) -> float:
    began = thread_time()
    while thread_time() - began < seconds:
        pass
    return seconds


def endless() -> None:
    while True:
        with suppress(Exception):  # as parsers do
            spin(60)


def nothing_is_armed() -> bool:
    return signal.getitimer(signal.ITIMER_PROF) == (0, 0) and signal.getsignal(signal.SIGPROF) in (
        signal.SIG_DFL,
        None,
    )


def test_work_within_its_limit_gives_what_it_gives() -> None:
    assert limited(lambda: spin(0.01), 5) == 0.01
    assert nothing_is_armed()


@pytest.mark.parametrize(
    "work",
    [
        endless,
        lambda: re.match("(a|a)*b", "a" * 60),  # C code, which looks up for signals now and then
        lambda: [iter(int, 1).__next__() for _ in iter(int, 1)],
    ],
)
def test_work_without_an_end_is_broken_off(work: object) -> None:
    began = thread_time()
    with pytest.raises(TooSlowError, match=r"more than 0\.2 s of CPU"):
        limited(work, 0.2)  # type: ignore[arg-type]
    assert 0.15 < thread_time() - began < 3
    assert nothing_is_armed()


def test_an_interruption_that_is_swallowed_comes_again() -> None:
    def work() -> None:
        with suppress(
            BaseException
        ):  # as a callback or a destructor does, out of which nothing can be raised
            spin(60)
        spin(60)

    with pytest.raises(TooSlowError):
        limited(work, 0.2)


class Lingering:
    """Takes its time to go."""

    def __del__(self) -> None:
        spin(0.5)


def in_a_destructor() -> None:
    Lingering()


def in_a_callback_of_the_collector() -> None:
    def callback(_phase: str, _about: dict[str, int]) -> None:
        spin(0.5)

    gc.callbacks.append(callback)
    try:
        gc.collect()
    finally:
        gc.callbacks.remove(callback)


@pytest.mark.parametrize("apart", [in_a_destructor, in_a_callback_of_the_collector])
def test_what_python_does_in_between_is_let_finish(
    apart: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error out of it would be ignored, and told on stderr."""
    ignored: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", ignored.append)

    def work() -> None:
        apart()
        spin(60)

    began = thread_time()
    with pytest.raises(TooSlowError):
        limited(work, 0.2)
    assert 0.45 < thread_time() - began < 3
    assert ignored == []
    assert nothing_is_armed()


def test_errors_of_the_work_are_its_own() -> None:
    with pytest.raises(ZeroDivisionError):
        limited(lambda: 1 // 0)
    assert nothing_is_armed()


def test_the_time_of_other_threads_does_not_count() -> None:
    done = threading.Event()

    def busy() -> None:
        while not done.is_set():
            pass

    others = [threading.Thread(target=busy) for _ in range(3)]
    for other in others:
        other.start()
    try:
        assert limited(lambda: spin(0.2), 0.3) == 0.2
    finally:
        done.set()
        for other in others:
            other.join()


def test_in_another_thread_nothing_is_limited() -> None:
    given: list[float] = []
    thread = threading.Thread(target=lambda: given.append(limited(lambda: spin(0.3), 0.1)))
    thread.start()
    thread.join()
    assert given == [0.3]


def test_the_outer_limit_counts_on_after_the_inner() -> None:
    def work() -> None:
        with pytest.raises(TooSlowError, match=r"0\.1 s"):
            limited(endless, 0.1)
        assert limited(lambda: 1, 5) == 1
        endless()

    began = thread_time()
    with pytest.raises(TooSlowError, match=r"0\.5 s"):
        limited(work, 0.5)
    assert 0.4 < thread_time() - began < 3
    assert nothing_is_armed()


def test_a_handler_and_a_timer_of_somebody_else_are_given_back() -> None:
    ticks: list[int] = []

    def theirs(number: int, _frame: object) -> None:
        ticks.append(number)

    before = signal.signal(signal.SIGPROF, theirs)
    try:
        signal.setitimer(signal.ITIMER_PROF, 0.2)
        limited(lambda: spin(0.01), 5)
        assert signal.getsignal(signal.SIGPROF) is theirs
        assert 0 < signal.getitimer(signal.ITIMER_PROF)[0] <= 0.2
        spin(0.5)
        assert ticks == [signal.SIGPROF]
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
