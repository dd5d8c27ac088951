"""What a crawl process is told: a plan, and the JSON file in which it is handed over."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawlers.archive import Held, Validated
from crawlers.networks import is_private_literal
from crawlers.site import EDITION
from crawlers.urls import is_loopback

POLITE_SECONDS = 1.0
"""The least delay on any host but this machine's own. Here, because every crawl has a plan."""

_LONGEST_VALIDATOR = 1000  # letters; real ones have 40

SPIDERS = ("latest", "edition", "stories")
_LISTINGS = frozenset((one.place.value, one.section) for one in EDITION)


class PlanError(ValueError):
    """A plan that cannot be followed; its text is one line a person understands."""


@dataclass(frozen=True, slots=True)
class Owed:
    """One story that a run is to fetch, and why; `held` is what that address gave, if it can be named."""

    story_id: int
    url: str
    cause: str  # new, failed, changed, named, revisit
    held: Validated | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """One run: which spider, on which site, how slowly, and where its two files go.

    `delay` is the least number of seconds between two requests. `sections` are the (place, section) pairs of
    an edition that are to be listed, all where there is none. `payloads` are the bytes held already, by
    digest. `budget` is how many requests the run may make, None where that is not bounded. `listings` are the
    feeds and lists that are held, whose server can be asked whether they are still the same. Nothing here is
    looked up: a plan says all.
    """

    run: str
    spider: str
    site: str
    delay: float
    archive: Path
    journal: Path
    day: date | None = None
    contact: str | None = None
    sections: tuple[tuple[str, str], ...] = ()
    stories: tuple[Owed, ...] = ()
    payloads: Mapping[str, Held] = field(default_factory=dict)
    budget: int | None = None
    listings: tuple[Validated, ...] = ()

    def __post_init__(self) -> None:
        _check(bool(re.fullmatch(r"[\w.-]+", self.run)), "run", "must be a plain name", self.run)
        _check(self.spider in SPIDERS, "spider", "must be one of " + ", ".join(SPIDERS), self.spider)
        _check(_is_site(self.site), "site", "must be http(s)://host without a path", self.site)
        _check(
            is_loopback(self.site) or not is_private_literal(urlsplit(self.site).hostname or ""),
            "site",
            "must be a public address, or this machine's loopback",
            self.site,
        )
        least = 0.0 if is_loopback(self.site) else POLITE_SECONDS
        _check(
            least <= self.delay <= 3600,  # and so no NaN
            "delay",
            f"must be {least:g} to 3600 seconds for {self.site}",
            self.delay,
        )
        _check(
            self.spider != "edition" or self.day is not None, "day", "must be given for an edition", self.day
        )
        for pair in self.sections:
            _check(pair in _LISTINGS, "sections", "must be listings of an edition", pair)
        # It goes into a request header, where a line end or a letter beyond ASCII would break every request.
        plain = self.contact is None or (self.contact.isascii() and self.contact.isprintable())
        _check(plain, "contact", "must be printable ASCII", self.contact)
        _check(self.budget is None or self.budget >= 0, "budget", "must be 0 or more", self.budget)
        for listing in self.listings:
            _check(
                bool(listing.headers) and all(map(sayable, listing.headers.values())),
                "listings",
                "must have validators in printable ASCII",
                listing,
            )
        for story in self.stories:
            _check(
                story.url.startswith(("http://", "https://")),
                "stories",
                "must have absolute addresses",
                story.url,
            )
            held = story.held
            _check(held is None or held.url == story.url, "stories", "must hold what they ask for", story)
            _check(
                held is None or (bool(held.headers) and all(map(sayable, held.headers.values()))),
                "stories",
                "must have validators in printable ASCII",
                story,
            )

    def lists(self, place: str, section: str) -> bool:
        """Whether that section's listing is to be read, of those that the spider knows."""
        return not self.sections or (place, section) in self.sections

    @classmethod
    def read(cls, path: Path) -> Plan:
        """The plan in a file. Raises PlanError, with one clear line, for one that cannot be followed."""
        try:
            said = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise PlanError(f"{path} cannot be read as a plan: {error}") from None
        try:
            return cls.of(said)
        except PlanError as error:
            raise PlanError(f"{path}: {error}") from None

    @classmethod
    def of(cls, said: object) -> Plan:
        """The plan that a JSON object spells out. Raises PlanError for anything missing, odd or unknown."""
        if not isinstance(said, dict):
            raise PlanError("a plan is a JSON object")
        known = {
            "run",
            "spider",
            "site",
            "delay",
            "day",
            "archive",
            "journal",
            "contact",
            "sections",
            "stories",
            "payloads",
            "budget",
            "listings",
        }
        optional = {"day", "contact", "sections", "stories", "payloads", "budget", "listings"}
        if unknown := sorted(map(str, said.keys() - known)):
            raise PlanError(f"a plan has no {unknown[0]!r}")
        if missing := sorted(known - optional - said.keys()):
            raise PlanError(f"the plan lacks {missing[0]!r}")
        delay = said["delay"]
        _check(
            isinstance(delay, int | float) and not isinstance(delay, bool), "delay", "must be a number", delay
        )
        contact = said.get("contact")
        _check(contact is None or isinstance(contact, str), "contact", "must be a text", contact)
        return cls(
            run=_text(said, "run"),
            spider=_text(said, "spider"),
            site=_text(said, "site").rstrip("/"),
            delay=float(delay),
            archive=Path(_text(said, "archive")),
            journal=Path(_text(said, "journal")),
            day=_day(said.get("day")),
            contact=contact,
            sections=_sections(said.get("sections") or []),
            stories=_stories(said.get("stories") or []),
            payloads=_payloads(said.get("payloads") or {}),
            budget=_budget(said.get("budget")),
            listings=_listings(said.get("listings") or []),
        )

    def write(self, path: Path) -> None:
        """Nothing; the plan stands in the file, which must not exist yet and appears whole."""
        beside = path.with_name(path.name + ".part")
        beside.write_text(json.dumps(self.spelled_out(), ensure_ascii=False), "utf-8")
        try:
            os.link(beside, path)  # unlike a rename it never replaces
        finally:
            beside.unlink()

    def spelled_out(self) -> dict[str, Any]:
        """The JSON object of this plan."""
        return {
            "run": self.run,
            "spider": self.spider,
            "site": self.site,
            "delay": self.delay,
            "day": self.day.isoformat() if self.day else None,
            "archive": str(self.archive),
            "journal": str(self.journal),
            "contact": self.contact,
            "sections": [{"place": place, "section": section} for place, section in self.sections],
            "stories": [
                {
                    "story_id": one.story_id,
                    "url": one.url,
                    "cause": one.cause,
                }
                | ({"held": _spelled_out(one.held)} if one.held else {})
                for one in self.stories
            ],
            "payloads": {
                digest: {
                    "capture_id": held.capture_id,
                    "url": held.url,
                    "fetched_at": held.fetched_at.isoformat(),
                }
                for digest, held in self.payloads.items()
            },
            "budget": self.budget,
            "listings": [_spelled_out(one) for one in self.listings],
        }


def sayable(value: str) -> bool:
    """Whether a validator can be sent back as it came: servers send some that no request can carry."""
    return bool(value) and value.isascii() and value.isprintable() and len(value) <= _LONGEST_VALIDATOR


def _spelled_out(held: Validated) -> dict[str, str | None]:
    return {
        "capture_id": held.capture_id,
        "url": held.url,
        "fetched_at": held.fetched_at.isoformat(),
        "digest": held.digest,
        "etag": held.etag,
        "last_modified": held.last_modified,
    }


def _check(right: bool, key: str, rule: str, value: object) -> None:
    if not right:
        raise PlanError(f"{key!r} {rule}, and is {value!r}")


def _is_site(site: str) -> bool:
    try:
        parts = urlsplit(site)
        port = parts.port
    except ValueError:
        return False
    plain = not (parts.path or parts.query or parts.fragment or parts.username)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and plain and port != 0


def _text(said: Mapping[str, Any], key: str) -> str:
    value = said[key]
    _check(isinstance(value, str) and bool(value), key, "must be a text", value)
    return str(value)


def _day(value: object) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise PlanError(f"'day' must be YYYY-MM-DD, and is {value!r}") from None


def _sections(value: object) -> tuple[tuple[str, str], ...]:
    try:
        return tuple((_text(one, "place"), _text(one, "section")) for one in _list(value))
    except (KeyError, TypeError):
        raise PlanError("'sections' must be a list of {place, section}") from None


def _stories(value: object) -> tuple[Owed, ...]:
    try:
        return tuple(
            Owed(_number(one["story_id"]), str(one["url"]), str(one["cause"]), _validated(one.get("held")))
            for one in _list(value)
        )
    except (KeyError, TypeError, ValueError):
        raise PlanError("'stories' must be a list of {story_id, url, cause}") from None


def _validated(value: object) -> Validated | None:
    if value is None:
        return None
    one = _dict(value)
    etag, last_modified = (one.get(name) for name in ("etag", "last_modified"))
    return Validated(
        capture_id=str(one["capture_id"]),
        url=str(one["url"]),
        fetched_at=_instant(one["fetched_at"]),
        digest=str(one["digest"]),
        etag=None if etag is None else str(etag),
        last_modified=None if last_modified is None else str(last_modified),
    )


def _budget(value: object) -> int | None:
    try:
        return None if value is None else _number(value)
    except TypeError:
        raise PlanError(f"'budget' must be a number of requests, and is {value!r}") from None


def _listings(value: object) -> tuple[Validated, ...]:
    try:
        return tuple(one for one in map(_validated, _list(value)) if one is not None)
    except (KeyError, TypeError, ValueError):
        raise PlanError("'listings' must be a list of pages that are held") from None


def _payloads(value: object) -> dict[str, Held]:
    try:
        return {
            str(digest): Held(str(one["capture_id"]), str(one["url"]), _instant(one["fetched_at"]))
            for digest, one in _dict(value).items()
        }
    except (KeyError, TypeError, ValueError):
        raise PlanError("'payloads' must map digests to {capture_id, url, fetched_at}") from None


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _dict(value: object) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise TypeError
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value


def _instant(value: object) -> datetime:
    instant = datetime.fromisoformat(str(value))
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
