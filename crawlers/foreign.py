"""What others fetched, chosen from their WARC files: which captures an archive of ours takes, and as what.

Whose captures they are is not known and cannot be: what a file says is believed, as far as it can be so at
all. Nothing here writes or asks the network; what is held already is asked of whoever calls.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from crawlers import urls
from crawlers.archive import Held
from crawlers.items import Capture
from crawlers.reading import read
from crawlers.site import MAX_PAGE_BYTES

_TAKEN = frozenset(
    {"story", "listing", "feed", "sitemap"}
)  # roles of addresses; of the rest no table is made
_ID = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}:[!-;=?-~]{1,200}")
"""A record's id that can stand in any WARC file and table: an address of printable ASCII, without < and >."""

_BATCH = 256  # captures for one question
_BATCH_BYTES = 32_000_000
_FIRST = datetime(1995, 1, 1, tzinfo=UTC)  # no page of a newspaper was archived before
_AHEAD = timedelta(hours=1)  # how far another machine's clock may be ahead of ours


@dataclass(frozen=True, slots=True)
class Known:
    """A capture that is held: enough to tell whether another is the same. `same` is where its bytes lie."""

    capture_id: str
    url: str
    fetched_at: datetime
    digest: str
    same: str


Ask = Callable[[Sequence[tuple[str, str, datetime]]], Collection[Known]]
"""What is held of these (id, address, time): under the id, or of the same address at the same moment."""


@dataclass(slots=True)
class Found:
    """What became of the records of one file: each of them counts once.

    `elsewhere` are answers of other sites, `aside` the site's own that no table is made of, `unfit` those
    whose time or address cannot be, or that are larger than any page, `unwanted` those of stories that are
    not to be taken, `lost` revisits whose bytes are nowhere, `unreadable` answers that are none, `others`
    records of another kind. `torn` says whether the file breaks off.
    """

    name: str
    taken: int = 0
    held: int = 0
    elsewhere: int = 0
    aside: int = 0
    unfit: int = 0
    unwanted: int = 0
    lost: int = 0
    unreadable: int = 0
    others: int = 0
    torn: bool = False

    @property
    def records(self) -> int:
        """Records that were read."""
        return self.answers + self.unreadable + self.others

    @property
    def answers(self) -> int:
        """Answers to web requests that could be read as such."""
        return self.taken + self.held + self.elsewhere + self.aside + self.unfit + self.unwanted + self.lost


@dataclass(frozen=True, slots=True)
class Taken:
    """A capture to be kept, as it is to be written; of a revisit `original` is where its bytes lie."""

    capture: Capture
    original: Held | None = None


class Foreign:
    """The captures that files of others add to an archive of `site`, each once.

    Give every file to `captures` and write what it yields, in order; then what `late` yields: revisits whose
    originals came after them. `found` counts, a file at a time; it is right once `late` is through.
    """

    def __init__(self, site: str, ask: Ask, unwanted: AbstractSet[int] = frozenset()) -> None:
        self.found: list[Found] = []
        self._site, self._ask, self._unwanted = site, ask, unwanted
        self._latest = datetime.now(UTC) + _AHEAD
        self._written: dict[str, Known] = {}
        self._moments: dict[tuple[str, datetime], list[Known]] = {}
        self._named: dict[str, str] = {}  # ids in the files -> ids here, where they are others
        self._waiting: list[tuple[Capture, Found]] = []

    def captures(self, path: Path) -> Iterator[Taken]:
        """What a file adds, as it is read. It never raises for what the file holds."""
        found = Found(path.name)
        self.found.append(found)
        reading = read(path)
        batch: list[Capture] = []
        size = 0
        for capture in reading:
            if self._wanted(capture, found):
                batch.append(capture)
                size += len(capture.content)
            if len(batch) >= _BATCH or size > _BATCH_BYTES:
                yield from self._chosen(batch, found)
                batch, size = [], 0
        yield from self._chosen(batch, found)
        tally = reading.tally
        found.unreadable, found.others, found.torn = tally.skipped, tally.others, tally.torn > 0

    def late(self) -> Iterator[Taken]:
        """The revisits whose originals were not known when they were read; one without any counts as lost."""
        waiting, self._waiting = self._waiting, []
        for at in range(0, len(waiting), _BATCH):
            part = waiting[at : at + _BATCH]
            known = self._known([capture for capture, _ in part])
            for capture, found in part:
                taken = self._revisit(capture, known, found)
                if taken is not None:
                    yield taken
        for _, found in self._waiting:
            found.lost += 1
        self._waiting = []

    def _wanted(self, capture: Capture, found: Found) -> bool:
        if not urls.same_site(capture.url, self._site):
            found.elsewhere += 1
        elif urls.role(capture.url, self._site) not in _TAKEN:
            found.aside += 1
        elif not (
            capture.url.isprintable()  # a line end, a zero byte: no server was asked for that
            and _FIRST <= capture.fetched_at <= self._latest
            and len(capture.content) <= MAX_PAGE_BYTES
        ):
            found.unfit += 1
        elif urls.story_id(capture.url, self._site) in self._unwanted:
            found.unwanted += 1
        else:
            return True
        return False

    def _chosen(self, batch: Sequence[Capture], found: Found) -> Iterator[Taken]:
        if not batch:
            return
        known = self._known(batch)
        for capture in batch:
            taken = (
                self._response(capture, known, found)
                if capture.revisit_of is None
                else self._revisit(capture, known, found)
            )
            if taken is not None:
                yield taken

    def _known(self, batch: Sequence[Capture]) -> dict[str, Known]:
        """What is held that a capture of the batch may be, or may repeat, by id; by moment it is noted."""
        wanted = {identity for capture in batch for identity in _ids(capture)}
        wanted |= {self._here(capture.revisit_of) for capture in batch if capture.revisit_of}
        moments = {(capture.url, capture.fetched_at) for capture in batch}
        questions = [(identity, "", _FIRST) for identity in wanted]
        questions += [("", url, at) for url, at in moments]
        held = {each.capture_id: each for each in self._ask(questions)}
        for moment in moments:
            self._moments.setdefault(moment, [])
        for each in held.values():
            at_once = self._moments.get((each.url, each.fetched_at))
            if at_once is not None and each not in at_once:
                at_once.append(each)
        return held

    def _response(self, capture: Capture, known: dict[str, Known], found: Found) -> Taken | None:
        same = self._same(capture, capture.digest)
        if same is not None:
            self._call(capture.id, same.capture_id)
            found.held += 1
            return None
        identity = self._free_id(capture, known)
        self._call(capture.id, identity)
        self._note(Known(identity, capture.url, capture.fetched_at, capture.digest, identity))
        found.taken += 1
        return Taken(replace(capture, id=identity))

    def _revisit(self, capture: Capture, known: dict[str, Known], found: Found) -> Taken | None:
        """The revisit to keep; None where it is held, or has to wait for its original."""
        original = self._original(self._here(capture.revisit_of or ""), known)
        if original is None:
            self._waiting.append((capture, found))
            return None
        if self._same(capture, original.digest) is not None:
            found.held += 1
            return None
        if not self._same_page(capture.url, original.url):
            found.lost += 1  # bytes of another story must not stand for this one
            return None
        identity = self._free_id(capture, known)
        self._note(Known(identity, capture.url, capture.fetched_at, original.digest, original.capture_id))
        found.taken += 1
        kept = replace(
            capture, id=identity, digest=original.digest, revisit_of=original.capture_id, content=b""
        )
        return Taken(kept, Held(original.capture_id, original.url, original.fetched_at))

    def _original(self, identity: str, known: dict[str, Known]) -> Known | None:
        """The capture that holds the bytes that are called so; a revisit leads on to its own."""
        one = self._written.get(identity) or known.get(identity)
        if one is None or one.same == one.capture_id:
            return one
        return self._written.get(one.same) or next(
            (each for each in self._ask([(one.same, "", _FIRST)]) if each.same == each.capture_id), None
        )

    def _same(self, capture: Capture, digest: str) -> Known | None:
        """What is held of the same answer: the same bytes of the same address at the same moment."""
        held = self._moments.get((capture.url, capture.fetched_at), ())
        return next((each for each in held if each.digest == digest), None)

    def _free_id(self, capture: Capture, known: dict[str, Known]) -> str:
        """The record's own id, unless it is no id, or another capture has it."""
        for identity in _ids(capture):
            if identity not in self._written and identity not in known:
                return identity
        # Somebody gave another record the very id that this one would be given.
        for turn in count(1):
            identity = _made_id(capture, turn)
            if identity not in self._written and not self._ask([(identity, "", _FIRST)]):
                return identity
        raise AssertionError("there is always one more")

    def _same_page(self, url: str, other: str) -> bool:
        story = urls.story_id(url, self._site)
        return url.partition(":")[2] == other.partition(":")[2] or (
            story is not None and story == urls.story_id(other, self._site)
        )

    def _here(self, identity: str) -> str:
        return self._named.get(identity, identity)

    def _call(self, said: str, identity: str) -> None:
        if said != identity:
            self._named[said] = identity
        else:
            self._named.pop(said, None)

    def _note(self, one: Known) -> None:
        self._written[one.capture_id] = one
        self._moments.setdefault((one.url, one.fetched_at), []).append(one)


def _ids(capture: Capture) -> list[str]:
    """The ids that a capture is held under, the first that is free: its record's own, if it is one."""
    made = _made_id(capture, 0)
    return [capture.id, made] if _ID.fullmatch(capture.id) else [made]


def _made_id(capture: Capture, turn: int) -> str:
    """An id made of all that a record is: the same each time it is read."""
    said = (capture.id, capture.url, capture.fetched_at.isoformat(), capture.digest, str(turn))
    return uuid5(NAMESPACE_URL, "\n".join(said)).urn
