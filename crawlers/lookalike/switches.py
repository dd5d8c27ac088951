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


On = Callable[[Scene], Fault]


@dataclass(frozen=True, slots=True)
class Switch:
    """One fault: what it is in a line, what it fits, and how it is made for a scene."""

    says: str
    fits: Fits
    on: On


PRIVATE = "http://169.254.169.254"
"""Where clouds keep what nobody else may read; on other machines nobody answers there."""


_A_SECOND = (("Retry-After", "1"),)


def scene(site: Lookalike, seed: int, elsewhere: str = "http://127.0.0.2:9") -> Scene:
    """The scene of a seed: the same seed makes the same faults."""
    return Scene(Random(f"faults/{seed}"), site, elsewhere)  # noqa: S311


def _always(fault: Fault) -> On:
    return lambda _: fault


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


def _renamed(reply: Reply) -> Reply:
    return faults.leading(f"/news/{reply.path.split('/')[2]}/under-another-slug", 301)(reply)


def _secured(reply: Reply) -> Reply:
    return faults.leading(f"{reply.address.replace('http:', 'https:')}{reply.path}", 301)(reply)


def _to_another(scene: Scene) -> Fault:
    site = scene.site
    closed = {*site.gone, *site.pointers, site.forbidden}

    def fault(reply: Reply) -> Reply:
        # Not one that leads on itself.
        fine = [one.path for one in site.newest if one.id not in closed and one.path not in site.faults]
        return faults.leading(scene.die.choice(fine))(reply)

    return fault


_BY_FIT: Mapping[Fits, Mapping[str, tuple[str, On]]] = {
    Fits.ANY: {
        "down": ("the connection closes without an answer", _always(faults.down)),
        "down twice": ("the same twice, then all is well", lambda _: faults.times(2, faults.down)),
        "429 with seconds": ("429, Retry-After: 1", _always(faults.status(429, _A_SECOND))),
        "429 with a date": ("429, Retry-After: a date two seconds off", _always(_soon(429))),
        "503 with seconds": ("503, Retry-After: 1", _always(faults.status(503, _A_SECOND))),
        "503 with a date": ("503, Retry-After: a date two seconds off", _always(_soon(503))),
        "503 once": (
            "503 with Retry-After: 1, then all is well",
            lambda _: faults.once(faults.status(503, _A_SECOND)),
        ),
        "500": ("500, and no more", _always(faults.status(500))),
        "403 challenge": ("403 with a challenge page", _always(faults.challenge)),
        "200 challenge": ("a challenge page with status 200", _always(faults.challenge_with(200))),
        "503 challenge": ("a challenge page with status 503", _always(faults.challenge_with(503))),
        "redirect to itself": ("302 to the same address, for ever", _always(faults.leading("?again"))),
        "redirect off-site": (
            "302 to another host",
            lambda scene: faults.leading(f"{scene.elsewhere}/news/7"),
        ),
        "redirect to a cloud's secrets": (
            f"302 to {PRIVATE}/",
            _always(faults.leading(f"{PRIVATE}/latest/meta-data/")),
        ),
        "redirect to another port": (
            "302 to another port of the site's own host",
            lambda scene: faults.leading(f"http://127.0.0.1:{scene.elsewhere.rpartition(':')[2]}/"),
        ),
        "redirect to a file": ("302 to file:///etc/passwd", _always(faults.leading("file:///etc/passwd"))),
        "slow head": ("the head of the answer, a byte a second", _always(faults.dripping(1, 1.0, head=True))),
        "slow body": ("the body, a byte a second", _always(faults.dripping(1, 1.0))),
        "slow, but whole": ("the body in pieces, within patience", _always(faults.dripping(3000, 0.02))),
        "stalled": ("a request that is never answered", _always(faults.stuck(head=True))),
        "stalled body": ("a head, and nothing behind it", _always(faults.stuck(head=False))),
        "reset": ("the connection is reset (RST) in the middle of the body", _always(faults.reset)),
        "Content-Length too long": ("half of the body that it promises", _always(faults.short)),
        "Content-Length too short": ("the length of half of the body", _always(faults.more)),
        "no Content-Length": ("a whole body without one", _always(faults.unsaid)),
        "truncated gzip": ("a gzip body that breaks off", _always(faults.cut_gzip)),
        "gzip bomb": ("100 MB in 100 KB of gzip", _always(hostile.bomb)),
        "100 MB": ("100 MB, announced", _always(hostile.large(100, said=True))),
        "100 MB, unannounced": ("100 MB without a Content-Length", _always(hostile.large(100, said=False))),
        "304 unasked": ("304 for whoever named nothing", _always(faults.unasked_304)),
        "clock ahead": ("a Date of 2041", _always(faults.dated(datetime(2041, 5, 6, tzinfo=UTC)))),
        "clock behind": ("a Date of 1970", _always(faults.dated(datetime(1970, 1, 1, tzinfo=UTC)))),
    },
    Fits.STORY: {
        "404": ("404", _always(faults.status(404))),
        "410": ("410", _always(faults.status(410))),
        "soft 404": ("a “not found” page with status 200", _always(hostile.soft_404)),
        "redirect to the front page": ("302 to /", _always(faults.leading("/"))),
        "redirect to another slug": ("301 to the same story, otherwise named", _always(_renamed)),
        "redirect to another story": ("302 to another story's page", _to_another),
        "redirect to https": ("301 to https on a port that speaks none", _always(_secured)),
        "wrong charset": ("UTF-8 that says it is UTF-16", _always(hostile.charset("utf-16"))),
        "no charset": ("no charset in the Content-Type", _always(hostile.charset(None))),
        "another charset": ("windows-1252, against its own <meta>", _always(hostile.recoded)),
        "NUL bytes": ("NUL bytes in the paragraphs", lambda scene: hostile.with_nul(scene.die)),
        "invalid UTF-8": (
            "bytes around the text that are no UTF-8",
            _always(hostile.changed(hostile.invalid_utf8)),
        ),
        "invalid UTF-8 in the text": (
            "bytes in the text that are no UTF-8",
            lambda scene: hostile.invalid_text(scene.die),
        ),
        "100,000 nested elements": ("100,000 elements one in another", _always(hostile.nested(100_000))),
        "absurd dates": (
            "every date of the page in the year 1 or 9999, or none there is",
            lambda scene: hostile.absurd_days(scene.die),
        ),
        "lying 304": ("304, though the story changed", _always(faults.not_modified)),
        "one ETag for all": ("the ETag that was given for another text", _always(faults.one_tag)),
        "changed while it is read": ("a story that is edited as soon as it was read", _edited),
    },
    Fits.LISTING: {
        "endless listing": ("a listing that goes on until one hangs up", _always(hostile.endless)),
        "foreign hosts": (
            "cards that lead to other hosts, file: and javascript:",
            lambda scene: hostile.foreign(scene.elsewhere, PRIVATE),
        ),
        "duplicate ids": ("every card twice, under two slugs", _always(hostile.changed(hostile.doubled))),
        "ids out of range": ("cards of stories 0, 10^20, −5 …", _always(hostile.out_of_range())),
        "absurd times": ("cards whose times are none", lambda scene: hostile.absurd_times(scene.die)),
        "unknown cards": ("cards in another markup", _always(hostile.changed(hostile.without_cards))),
    },
    Fits.FEED: {
        "entity bomb": ("a billion laughs", _always(hostile.changed(hostile.laughing))),
        "entity of a file": (
            "an entity that is a file of ours",
            _always(hostile.changed(hostile.peeping)),
        ),
        "50 MB feed": ("50 MB of items, packed small", _always(hostile.long_feed(50))),
    },
}

FAULTS: Mapping[str, Switch] = {
    name: Switch(says, fits, on) for fits, group in _BY_FIT.items() for name, (says, on) in group.items()
}
"""By name, those first that any answer can have."""
