"""What a run did that no response shows: one event a line, flushed line by line.

The events and their fields are written down in docs/design.md; a field that does not apply is left out.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

from crawlers.items import Card, Place

if TYPE_CHECKING:
    from crawlers.archive import Validated
    from crawlers.meter import Verdict


class Fault(StrEnum):
    """Why a request gave no page. The list is closed."""

    TIMEOUT = "timeout"
    DNS = "dns"
    CONNECTION = "connection"
    TLS = "tls"
    PARTIAL = "partial"  # fewer bytes than promised, or a compressed body that breaks off
    TOO_LARGE = "too_large"
    REDIRECTED = "redirected"  # without an end, or away from what was asked for
    OFFSITE = "offsite"  # to another host, which is never asked
    STATUS = "status"  # an answer that is no page, after all tries
    OTHER = "other"


class Outcome(StrEnum):
    """How a run ended."""

    FINISHED = "finished"  # all it was asked for was asked of the site; what failed stands in the journal
    STOPPED = "stopped"  # somebody asked it to stop, or the site asked for more patience than it had
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request was for: the fields by which its events are told apart.

    And, of a story, why it is asked for, and the page of that address that is held, if its server can be
    asked whether it is still the same.
    """

    url: str
    story_id: int | None = None
    place: Place | None = None
    section: str | None = None
    day: date | None = None
    cause: str | None = None
    held: Validated | None = None


class JournalWriter:
    """A new journal, one method an event. It never opens a file that exists (FileExistsError).

    The file is locked as long as its process lives: who reads a run waits for that, and so never takes a run
    for over whose crawl outlives a killed parent by a second.
    """

    def __init__(self, path: Path) -> None:
        self._file: TextIO = path.open("x", encoding="utf-8", buffering=1, newline="\n")
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __enter__(self) -> JournalWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Nothing; the file is closed. A second call does nothing."""
        self._file.close()

    def begin(
        self,
        *,
        run: str,
        spider: str,
        site: str,
        day: date | None,
        delay: float | None,
        user_agent: str | None,
        sections: Sequence[tuple[Place, str]],
        stories: int,
    ) -> None:
        """Nothing; the journal says what the run was asked to do. One that asks no site has no manners."""
        self._write(
            "begin",
            run=run,
            spider=spider,
            site=site,
            day=day,
            delay=delay,
            user_agent=user_agent,
            sections=[{"place": place, "section": section} for place, section in sections],
            stories=stories,
        )

    def listing(
        self, asked: Asked, *, status: int, capture_id: str, recognised: bool, cards: int, members: int
    ) -> None:
        """Nothing; the journal says that a listing, feed or sitemap was read, and what was in it."""
        self._write(
            "listing",
            url=asked.url,
            place=asked.place,
            section=asked.section,
            day=asked.day,
            status=status,
            capture_id=capture_id,
            recognised=recognised,
            cards=cards,
            members=members,
        )

    def no_listing(self, asked: Asked) -> None:
        """Nothing; the journal says that the site's calendar has no such list that day: it was not asked."""
        self._write("no_listing", url=asked.url, place=asked.place, section=asked.section, day=asked.day)

    def discovery(self, asked: Asked, card: Card, *, member: bool) -> None:
        """Nothing; the journal says that a story stood in the listing asked for."""
        self._write(
            "discovery",
            keep_null=("story_id",),  # null is an answer there: it leads to another host
            url=card.url,
            place=asked.place,
            section=asked.section,
            day=asked.day,
            listing_url=asked.url,
            story_id=card.story_id,
            title=card.title,
            author=card.author,
            listed_at=card.listed_at,
            changed_at=card.changed_at,
            position=card.position,
            member=member,
        )

    def request(self, asked: Asked, url: str) -> None:
        """Nothing; the journal says that a story which is no new one is asked for now, and why."""
        self._write("request", url=url, story_id=asked.story_id, cause=asked.cause)

    def attempt(
        self, asked: Asked, *, error: Fault, detail: str, attempts: int, status: int | None = None
    ) -> None:
        """Nothing; the journal says that a request was given up without a page."""
        self._write("attempt", **_of(asked), error=error, detail=detail, status=status, attempts=attempts)

    def refused(self, asked: Asked) -> None:
        """Nothing; the journal says that robots.txt forbids what was to be asked."""
        self._write("refused", **_of(asked))

    def retry(
        self, asked: Asked, *, error: Fault, detail: str, attempts: int, status: int | None = None
    ) -> None:
        """Nothing; the journal says why a try gave no page, of a request that is tried once more."""
        self._write("retry", **_of(asked), error=error, detail=detail, status=status, attempts=attempts)

    def wait(self, url: str, *, seconds: float, cause: str, until: datetime) -> None:
        """Nothing; the journal says that the site asked for patience and is given it, `until` then."""
        self._write("wait", url=url, seconds=round(seconds, 3), cause=cause, until=until)

    def come_back(self, url: str, *, cause: str, until: datetime) -> None:
        """Nothing; the journal says that the site asked for more patience than a run has."""
        self._write("come_back", url=url, cause=cause, until=until)

    def end(
        self,
        *,
        outcome: Outcome,
        reason: str,
        requests: int,
        responses: int,
        bytes_: int,
        receipt: Mapping[str, Any] | None = None,
    ) -> None:
        """Nothing; the journal says how the run ended, and how it asked. Without it, it was killed."""
        self._write(
            "end",
            outcome=outcome,
            reason=reason,
            requests=requests,
            responses=responses,
            bytes=bytes_,
            receipt=receipt,
        )

    def _write(self, event: str, *, keep_null: Sequence[str] = (), **fields: Any) -> None:
        said = {"event": event, "at": datetime.now(UTC)} | {
            key: value for key, value in fields.items() if value is not None or key in keep_null
        }
        self._file.write(json.dumps(said, ensure_ascii=False, default=_plain) + "\n")


def write_verdicts(path: Path, rules: str, verdicts: Sequence[Verdict], judged: Mapping[str, int]) -> None:
    """Nothing; a new journal says what the meter quarantined, and of which runs it judged how many pages.

    Whatever of these runs is not quarantined under these rules is clean. Written beside and renamed once
    whole, so that a run is judged with all its verdicts or not at all; no crawl begins or ends in it.
    """
    at = datetime.now(UTC)
    events: list[dict[str, Any]] = [
        {"event": "quarantine", "at": at, "rules": rules} | asdict(verdict) for verdict in verdicts
    ]
    events += [
        {"event": "judged", "at": at, "rules": rules, "of_run": run, "pages": pages}
        for run, pages in judged.items()
    ]
    beside = path.with_name(f"{path.name}.new")
    with beside.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(event, ensure_ascii=False, default=_plain) + "\n" for event in events)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The events of a journal, in order, as they were written.

    A torn last line, as a `kill -9` leaves it, is skipped; any other line that is no event raises
    ValueError, naming file and line: no crash leaves such a thing.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return
            try:
                event = json.loads(line)
            except ValueError as error:
                raise ValueError(f"{path}, line {number}, is no event of a journal: {error}") from None
            if not isinstance(event, dict) or "event" not in event:
                raise ValueError(f"{path}, line {number}, is no event of a journal")
            yield event


def _of(asked: Asked) -> dict[str, Any]:
    return {
        "url": asked.url,
        "story_id": asked.story_id,
        "place": asked.place,
        "section": asked.section,
        "day": asked.day,
    }


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no event holds a {type(value).__name__}")
