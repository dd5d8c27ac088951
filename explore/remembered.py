"""What takes seconds to find out, remembered for as long as the publication that it is of is there."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from explore.archive import Archive

_Found = TypeVar("_Found")
_found: WeakKeyDictionary[Archive, dict[str, tuple[str, Any]]] = WeakKeyDictionary()
_locks: dict[str, Lock] = {}
_all = Lock()


def remembered(name: str, archive: Archive, find: Callable[[], _Found]) -> _Found:
    """What `find` gave of this publication. Of two who ask at once one finds it, and the other waits."""
    with _all:
        lock = _locks.setdefault(name, Lock())
        of_archive = _found.setdefault(archive, {})
    with lock:
        mark = archive.mark
        known = of_archive.get(name)
        if known is None or known[0] != mark:
            known = of_archive[name] = mark, find()
        return cast(_Found, known[1])
