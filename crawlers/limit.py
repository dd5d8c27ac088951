"""How long one page may take: CPU seconds, after which the work on it is broken off."""

from __future__ import annotations

import gc
import signal
import threading
from collections.abc import Callable
from time import thread_time
from types import FrameType
from typing import TypeVar

T = TypeVar("T")

SECONDS = 10.0
"""CPU seconds for one page. Pages take 0.003, the worst that pass the bounds of `payload` some 3: far enough
from both that the same page fares alike on a machine a few times slower, and the same captures go on to give
the same lines. Part of the rules all the same: another number may free a page or break one off."""

_AGAIN = 1.0  # seconds after which work is interrupted once more that swallowed the interruption
_SOON = 0.001  # seconds after which it is looked up again whether the work can be interrupted now


class TooSlowError(Exception):
    """The work took longer than its limit and was broken off; the message says which limit."""


class _Interruption(BaseException):
    """Raised in the middle of the work; no Exception, so that no parser's `except Exception` keeps it."""


def works_here() -> bool:
    """Whether a limit can be kept in this thread: only a process's main thread is interrupted by signals."""
    return threading.current_thread() is threading.main_thread()


def limited(work: Callable[[], T], seconds: float = SECONDS) -> T:
    """What the work gives; raises TooSlowError once it has taken so many CPU seconds of this thread.

    Without effect in any thread but the main one: nothing can interrupt those. Nor does it end a call into C
    before that call returns (regular expressions do look up meanwhile, HTML parsers do not): what such calls
    can cost is bounded by what `payload` lets through to them. Of two limits, one in the other, the outer is
    looked at again once the inner is over.

    It uses SIGPROF, whose timer counts the whole process, and looks at the thread's own time when it fires.
    A destructor or a callback of the garbage collector is let finish first: what is raised out of one ends
    nothing, and Python tells it on stderr as an error that was ignored.
    """
    if not works_here():
        return work()
    began = thread_time()
    over = False

    def fired(_signal: int, frame: FrameType | None) -> None:
        missing = seconds - (thread_time() - began)
        if over:
            return
        if missing > 0 or _in_between(frame):  # other threads have used the time up, or not in here
            signal.setitimer(signal.ITIMER_PROF, max(missing, _SOON), _AGAIN)
            return
        raise _Interruption

    outer_delay, outer_interval = signal.setitimer(signal.ITIMER_PROF, 0)
    outer_handler = signal.signal(signal.SIGPROF, fired)
    signal.setitimer(signal.ITIMER_PROF, seconds, _AGAIN)
    try:
        try:
            return work()
        finally:
            over = True
    except _Interruption:
        raise TooSlowError(f"more than {seconds:g} s of CPU") from None
    finally:
        over = True  # once more, for an interruption that came before the first could be set
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, outer_handler)
        if outer_delay:
            left = outer_delay - (thread_time() - began)
            signal.setitimer(signal.ITIMER_PROF, max(left, _SOON), outer_interval)


def _in_between(frame: FrameType | None) -> bool:
    """Whether Python has put the work aside for a destructor or for a callback of the garbage collector."""
    callbacks = {getattr(callback, "__code__", None) for callback in gc.callbacks}
    while frame is not None and frame.f_code is not limited.__code__:
        if frame.f_code in callbacks or frame.f_code.co_name == "__del__":
            return True
        frame = frame.f_back
    return False
