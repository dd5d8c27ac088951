"""Every fault of the look-alike by its name: what the matrix, the documents and the tests draw from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from random import Random
from typing import TYPE_CHECKING

from crawlers.lookalike import faults, hostile
from crawlers.lookalike.faults import Fault, Reply

if TYPE_CHECKING:
    from crawlers.lookalike.newspaper import Lookalike


class Fits(StrEnum):
    """What a fault is a fault of."""

    ANY = "any answer"
    STORY = "a story's page"
    LISTING = "a listing"
    FEED = "a feed"


@dataclass(frozen=True, slots=True)
class Scene:
    """What a fault may need to know: a die, the site it befalls, and an address that nobody may ask."""

    die: Random
    site: Lookalike
    elsewhere: str


@dataclass(frozen=True, slots=True)
class Switch:
    """One fault: what it is in a line, what it fits, and how it is made for a scene."""

    says: str
    fits: Fits
    on: Callable[[Scene], Fault]


PRIVATE = "http://169.254.169.254"
"""Where clouds keep what nobody else may read; on other machines nobody answers there."""


def scene(site: Lookalike, seed: int, elsewhere: str = "http://127.0.0.2:9") -> Scene:
    """The scene of a seed: the same seed makes the same faults."""
    return Scene(Random(f"faults/{seed}"), site, elsewhere)  # noqa: S311


def _any(says: str, fault: Fault) -> Switch:
    return Switch(says, Fits.ANY, lambda _: fault)


def _story(says: str, on: Callable[[Scene], Fault] | Fault) -> Switch:
    return Switch(says, Fits.STORY, on)  # type: ignore[arg-type]


def _soon(code: int) -> Fault:
    def fault(reply: Reply) -> Reply:
        # Seen from when it is asked: two seconds, of which a date shows one at least.
        return faults.until(code, datetime.now(UTC) + timedelta(seconds=2))(reply)

    return fault


def _edited(scene: Scene) -> Fault:
    """The right page, and a newsroom that changes the story as soon as it is read."""

    def act(reply: Reply) -> None:
        number = int(reply.path.split("/")[2])
        words = [scene.die.choice(("river", "budget", "bridge", "school", "harvest")) for _ in range(9)]
        scene.site.edit(number, sentence=f"It was said later of the {' and the '.join(words)}.")

    return faults.meanwhile(act)


_ANY: dict[str, Switch] = {
    "down": _any("the connection closes without an answer", faults.down),
    "down twice": Switch(
        "the same twice, then all is well", Fits.ANY, lambda _: faults.times(2, faults.down)
    ),
    "429 with seconds": _any("429, Retry-After: 1", faults.status(429, (("Retry-After", "1"),))),
    "429 with a date": _any("429, Retry-After: a date two seconds off", _soon(429)),
    "503 with seconds": _any("503, Retry-After: 1", faults.status(503, (("Retry-After", "1"),))),
    "503 with a date": _any("503, Retry-After: a date two seconds off", _soon(503)),
    "503 once": Switch(
        "503 with Retry-After: 1, then all is well",
        Fits.ANY,
        lambda _: faults.once(faults.status(503, (("Retry-After", "1"),))),
    ),
    "500": _any("500, and no more", faults.status(500)),
    "403 challenge": _any("403 with a challenge page", faults.challenge),
    "200 challenge": _any("a challenge page with status 200", faults.challenge_with(200)),
    "503 challenge": _any("a challenge page with status 503", faults.challenge_with(503)),
    "redirect to itself": _any("302 to the same address, for ever", faults.leading("?again")),
    "redirect off-site": Switch(
        "302 to another host", Fits.ANY, lambda scene: faults.leading(f"{scene.elsewhere}/news/7")
    ),
    "redirect to a cloud's secrets": _any(
        "302 to http://169.254.169.254/", faults.leading(f"{PRIVATE}/latest/meta-data/")
    ),
    "redirect to another port": Switch(
        "302 to another port of the site's own host",
        Fits.ANY,
        lambda scene: faults.leading(f"http://127.0.0.1:{scene.elsewhere.rpartition(':')[2]}/"),
    ),
    "redirect to a file": _any("302 to file:///etc/passwd", faults.leading("file:///etc/passwd")),
    "slow head": _any("the head of the answer, a byte a second", faults.dripping(1, 1.0, head=True)),
    "slow body": _any("the body, a byte a second", faults.dripping(1, 1.0)),
    "slow, but whole": _any("the body in pieces, within patience", faults.dripping(3000, 0.02)),
    "stalled": _any("a request that is never answered", faults.stuck(head=True)),
    "stalled body": _any("a head, and nothing behind it", faults.stuck(head=False)),
    "reset": _any("the connection is reset (RST) in the middle of the body", faults.reset),
    "Content-Length too long": _any("half of the body the Content-Length promises", faults.short),
    "Content-Length too short": _any("a Content-Length of half of the body", faults.more),
    "no Content-Length": _any("a whole body without a Content-Length", faults.unsaid),
    "truncated gzip": _any("a gzip body that breaks off", faults.cut_gzip),
    "gzip bomb": _any("100 MB in 100 KB of gzip", hostile.bomb),
    "100 MB": _any("100 MB, announced", hostile.large(100, said=True)),
    "100 MB, unannounced": _any("100 MB without a Content-Length", hostile.large(100, said=False)),
    "304 unasked": _any("304 for whoever named nothing", faults.unasked_304),
    "clock ahead": _any(
        "a Date of 2041", faults.dated(datetime(2041, 5, 6, 7, 8, 9, tzinfo=UTC))
    ),
    "clock behind": _any("a Date of 1970", faults.dated(datetime(1970, 1, 1, tzinfo=UTC))),
}  # fmt: skip

_STORY: dict[str, Switch] = {
    "404": _story("404", lambda _: faults.status(404)),
    "410": _story("410", lambda _: faults.status(410)),
    "soft 404": _story("a “not found” page with status 200", lambda _: hostile.soft_404),
    "redirect to the front page": _story("302 to /", lambda _: faults.leading("/")),
    "redirect to another slug": _story("301 to the same story, otherwise named", lambda _: _renamed),
    "redirect to another story": _story("302 to another story's page", lambda s: faults.leading(_another(s))),
    "redirect to https": _story("301 to https on a port that speaks none", lambda _: _secured),
    "wrong charset": _story("UTF-8 that says it is UTF-16", lambda _: hostile.charset("utf-16")),
    "no charset": _story("no charset in the Content-Type", lambda _: hostile.charset(None)),
    "another charset": _story("windows-1252, against its own <meta>", lambda _: hostile.recoded),
    "NUL bytes": _story("NUL bytes in the paragraphs", lambda s: hostile.with_nul(s.die)),
    "invalid UTF-8": _story(
        "bytes around the text that are no UTF-8", lambda _: hostile.changed(hostile.invalid_utf8)
    ),
    "invalid UTF-8 in the text": _story(
        "bytes in the text that are no UTF-8", lambda s: hostile.invalid_text(s.die)
    ),
    "100,000 nested elements": _story("100,000 elements one in another", lambda _: hostile.nested(100_000)),
    "absurd dates": _story(
        "every date of the page in the year 1 or 9999, or none there is",
        lambda s: hostile.absurd_days(s.die),
    ),
    "lying 304": _story("304, though the story changed", lambda _: faults.not_modified),
    "one ETag for all": _story("the ETag that was given for another text", lambda _: faults.one_tag),
    "changed while it is read": _story("a story that is edited as soon as it was read", _edited),
}

_LISTING: dict[str, Switch] = {
    "endless listing": Switch(
        "a listing that goes on until one hangs up", Fits.LISTING, lambda _: hostile.endless
    ),
    "foreign hosts": Switch(
        "cards that lead to other hosts, file: and javascript:",
        Fits.LISTING,
        lambda s: hostile.foreign(s.elsewhere, PRIVATE),
    ),
    "duplicate ids": Switch(
        "every card twice, under two slugs", Fits.LISTING, lambda _: hostile.changed(hostile.doubled)
    ),
    "ids out of range": Switch(
        "cards of stories 0, 10^20, −5 …", Fits.LISTING, lambda _: hostile.out_of_range()
    ),
    "absurd times": Switch("cards whose times are none", Fits.LISTING, lambda s: hostile.absurd_times(s.die)),
    "unknown cards": Switch(
        "cards in another markup", Fits.LISTING, lambda _: hostile.changed(hostile.without_cards)
    ),
}

_FEED: dict[str, Switch] = {
    "entity bomb": Switch(
        "a billion laughs", Fits.FEED, lambda _: hostile.changed(hostile.laughing)
    ),
    "entity of a file": Switch(
        "an entity that is a file of ours", Fits.FEED, lambda _: hostile.changed(hostile.peeping)
    ),
    "50 MB feed": Switch("50 MB of items, packed small", Fits.FEED, lambda _: hostile.long_feed(50)),
}  # fmt: skip

FAULTS: Mapping[str, Switch] = {**_ANY, **_STORY, **_LISTING, **_FEED}
"""By name, those first that any answer can have."""


def _renamed(reply: Reply) -> Reply:
    return faults.leading(f"/news/{reply.path.split('/')[2]}/under-another-slug", 301)(reply)


def _secured(reply: Reply) -> Reply:
    return faults.leading(f"{reply.address.replace('http:', 'https:')}{reply.path}", 301)(reply)


def _another(scene: Scene) -> str:
    fine = [story for story in scene.site.newest if not story.points_to and story.id not in scene.site.gone]
    return scene.die.choice(fine).path
