"""Whether a field went missing: the pages of a batch beside the pages of the recent past. Pure.

A layout that changes seldom fails loudly: the headline is still there, and the byline is not. So each batch
is compared, field by field, with pages of the same kind and age that came before it, whatever layout those
had. Nothing here reads a file or knows a selector; what the new rule might be is for `crawlers.proposals`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import exp, lgamma
from typing import NamedTuple

ERA = 100_000
"""Ids of stories rise with time, 80,000 to 140,000 a year. Pages are compared with pages whose ids lie in the
same hundred thousand or in one beside it: pages of 2013 lack what those of today have, and a backfill of them
is no break."""

CHANCE = 1e-8
"""How likely a break may be by chance alone. A year of hourly batches asks some five million such questions
(see tests/crawlers/test_drift_chance.py), so that less than one false alarm in ten years comes of it."""

RHYTHM = 1e-6
"""How likely it may be beside the worst stretch of the past of equal length: wire copy comes at night,
letters in the morning, and what was as low before is no break."""

LEAST_FALL = 0.1  # of the pages; a smaller change of the share is a change of the mix
OTHERWISE_SAID = 0.1  # of the pages: where more say another thing than the page before, no value is constant
STEADY, STEADY_PAST = 0.98, 20
"""A field that nearly every page has is compared with a past of 20 pages already."""

OF_EVERY_KIND = frozenset({"article", "body", "layout", "title"})
"""What pages of any kind have. A batch of one kind is no past's equal in the rest: letters have no byline."""

VARYING_PAST, WEEK = 200, timedelta(days=8)
"""A field that comes and goes needs 200, from over a week: what is printed and what is only on the web, the
hours of a day and its weekdays differ in what their pages have."""

LONGEST = 256  # pages of the stretch that small batches are added up to
SHOWN = 20  # pages that a break names
_MENDED_BY = 3  # pages: fewer do not tell that a field is back
_TRUE = b"\1"


class What(StrEnum):
    """What became of a field."""

    MISSING = "missing"  # the pages do not have it any more
    CONSTANT = "constant"  # every page has the same


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a story as it was read. `has` holds the fields that apply to it, `marks` what they said."""

    capture_id: str
    run: str
    story_id: int
    url: str
    fetched_at: datetime
    kind: str | None  # None: the page gave no article
    layout: str | None
    new: bool  # of this batch
    has: Mapping[str, bool]
    marks: Mapping[str, int]  # equal for equal values; a field without a value has none


class Key(NamedTuple):
    """What broke: a field of the pages of a kind (None: of all kinds) and age."""

    field: str
    what: What
    kind: str | None
    era: int


@dataclass(frozen=True, slots=True)
class Break:
    """A field that went missing: on how many of the pages since then it stands, and on how many before."""

    key: Key
    since: datetime  # when the first page without it was fetched
    pages: int
    holding: int
    past_pages: int
    past_holding: int
    chance: float
    without: tuple[Page, ...]  # pages to look at, newest first, SHOWN at most
    layout: str | None  # what most pages of the past had


@dataclass(frozen=True, slots=True)
class Episode:
    """A break that was noticed earlier. `until` is None while it stands.

    `mended` ends with pages that have the field again, `accepted` with somebody who says that it has gone.
    """

    key: Key
    since: datetime
    share: float  # of the pages that had the field while it was broken
    past_share: float
    pages: int
    until: datetime | None = None
    accepted: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a batch shows: breaks that are new, and earlier ones that are over."""

    breaks: tuple[Break, ...]
    mended: tuple[Episode, ...]


class Low(NamedTuple):
    """The newest `pages` of a sequence hold a field too rarely; the counts, and how likely that is."""

    pages: int
    holding: int
    past_pages: int
    past_holding: int
    chance: float


def judged(pages: Sequence[Page], episodes: Sequence[Episode] = ()) -> Judgement:
    """The breaks that the new ones among these pages show, and the earlier breaks that they end.

    `pages` hold the batch and the past, in any order. A break that stands is not raised again. Fields that
    break for single kinds are not named for all kinds besides; one that broke for all may still be named for
    a kind. Without new pages there are no breaks.
    """
    ordered = _once_each(pages)
    standing = [episode for episode in episodes if episode.until is None]
    mended = tuple(episode for episode in standing if _is_mended(episode, ordered))
    still = [episode.key for episode in standing if episode not in mended]
    breaks: list[Break] = []
    for era in sorted({page.story_id // ERA for page in ordered if page.new}):
        near = [
            page
            for page in ordered
            if page.story_id // ERA == era or (not page.new and abs(page.story_id // ERA - era) == 1)
        ]
        kinds = sorted({page.kind for page in near if page.new and page.kind is not None})
        for kind in (*kinds, None):
            for found in _breaks_of(near, kind, era, episodes):
                known = (*still, *(each.key for each in breaks))
                if not any(_tells(other, found.key) for other in known):
                    breaks.append(found)
    return Judgement(tuple(breaks), mended)


def low(flags: bytes, fresh: int, over_a_week: bool = True, most: float = 1.0) -> Low | None:
    """The newest stretch of a sequence that holds a field too rarely beside all before it; None without one.

    `flags` has a byte for each page, 1 where the field is there, in order of time; the last `fresh` are the
    batch. A batch that is too small to tell is added up with what came just before it. Only a past of
    `over_a_week` tells of a field that comes and goes. A share above `most` is never too low.
    """
    end = len(flags)
    had = flags.count(_TRUE, end - fresh)
    if had == fresh or not fresh:
        return None
    best: Low | None = None
    for length in _stretches(fresh, end):
        past, before = end - length, flags.count(_TRUE, 0, end - length)
        tells = past >= VARYING_PAST and over_a_week
        if past < STEADY_PAST or (before < STEADY * past and not tells):
            continue
        having = flags.count(_TRUE, end - length)
        if max(having / length, had / fresh) > min(before / past - LEAST_FALL, most):
            continue
        chance = _at_most(having, length, before + 0.5, past - before + 0.5)
        if chance >= CHANCE or (best and chance >= best.chance):
            continue
        worst = _worst(flags[: end - length], length) * past
        if _at_most(having, length, worst + 0.5, past - worst + 0.5) < RHYTHM:
            best = Low(length, having, past, before, chance)
    return best


def _stretches(fresh: int, end: int) -> Iterator[int]:
    yield fresh
    length = 8
    while length <= min(LONGEST, end - STEADY_PAST):
        if length > fresh:
            yield length
        length *= 2


def _worst(past: bytes, length: int) -> float:
    """The least share of any `length` pages in a row; of all of them where there are fewer."""
    length = min(length, len(past))
    held = least = past.count(_TRUE, 0, length)
    for leaving, coming in zip(past, past[length:], strict=False):
        held += coming - leaving
        least = min(least, held)
    return least / length


def _at_most(having: int, pages: int, a: float, b: float) -> float:
    """P(K <= having) of `pages` where the share is only known as Beta(a, b): the beta-binomial's tail."""
    whole = lgamma(a + b) - lgamma(a) - lgamma(b) + lgamma(pages + 1) - lgamma(pages + a + b)
    return min(
        1.0,
        sum(
            exp(whole + lgamma(k + a) + lgamma(pages - k + b) - lgamma(k + 1) - lgamma(pages - k + 1))
            for k in range(having + 1)
        ),
    )


def _once_each(pages: Iterable[Page]) -> list[Page]:
    """The newest page of each story, of the past and of the batch; the past first, each in order of time."""
    newest: dict[tuple[bool, int], Page] = {}
    for page in sorted(pages, key=lambda page: (page.new, page.fetched_at, page.capture_id)):
        newest.pop((page.new, page.story_id), None)
        newest[page.new, page.story_id] = page
    return list(newest.values())


def _breaks_of(
    near: Sequence[Page], kind: str | None, era: int, episodes: Sequence[Episode]
) -> Iterator[Break]:
    """The breaks of one kind's fields; `near` are the pages of its age."""
    group = [page for page in near if kind in (None, page.kind)]
    for what, field in _questions(group):
        key = Key(field, what, kind, era)
        asked = list(_flags(group, key, episodes))
        if kind is None and field not in OF_EVERY_KIND:
            asked = _of_steady_kinds(asked) if what is What.MISSING else []
        fresh = sum(page.new for page, _ in asked)
        most = OTHERWISE_SAID if what is What.CONSTANT else 1.0
        found = low(bytes(flag for _, flag in asked), fresh, _over_a_week(asked, fresh), most)
        if found is None:
            continue
        without = [page for page, flag in asked[-found.pages :] if not flag]
        had = Counter(page.layout for page, _ in asked[: -found.pages] if page.layout is not None)
        layout = next((name for name, _ in had.most_common(1)), None)
        yield Break(key, without[0].fetched_at, *found, tuple(without[: -SHOWN - 1 : -1]), layout)


def _of_steady_kinds(asked: Sequence[tuple[Page, bool]]) -> list[tuple[Page, bool]]:
    """The answers of those kinds that nearly always had the field, so that their mix says nothing."""
    past, had = Counter[str | None](), Counter[str | None]()
    for page, flag in asked:
        past[page.kind] += not page.new
        had[page.kind] += flag and not page.new
    steady = {kind for kind, pages in past.items() if pages >= STEADY_PAST and had[kind] >= STEADY * pages}
    return [(page, flag) for page, flag in asked if page.kind in steady]


def _over_a_week(asked: Sequence[tuple[Page, bool]], fresh: int) -> bool:
    if not 0 < fresh < len(asked):
        return False
    return asked[-fresh][0].fetched_at - asked[0][0].fetched_at >= WEEK


def _questions(group: Sequence[Page]) -> list[tuple[What, str]]:
    """The fields that any new page could have, and those of which any new page says something."""
    new = [page for page in group if page.new]
    having = dict.fromkeys((What.MISSING, field) for page in new for field in page.has)
    saying = dict.fromkeys((What.CONSTANT, field) for page in new for field in page.marks)
    return sorted({**having, **saying})


def _flags(group: Iterable[Page], key: Key, episodes: Sequence[Episode] = ()) -> Iterator[tuple[Page, bool]]:
    """The pages to which a question applies, with its answer: has it the field; is it another's value?

    What earlier breaks of it were about is left out of the past, so that the same can be noticed again; where
    one was accepted, the past begins with it.
    """
    mine = [each for each in episodes if each.until is not None and _overlap(each.key, key)]
    before: int | None = None
    for page in group:
        if mine and any(
            (page.fetched_at < each.since) if each.accepted else each.since <= page.fetched_at < each.until
            for each in mine
            if each.until is not None
        ):
            continue
        if key.what is What.MISSING:
            if key.field in page.has:
                yield page, page.has[key.field]
        elif key.field in page.marks:
            mark = page.marks[key.field]
            if before is not None:
                yield page, mark != before
            before = mark


def _is_mended(episode: Episode, ordered: Sequence[Page]) -> bool:
    """Whether the newest pages since a break have the field again: more than half of the way back."""
    field, what, kind, era = episode.key
    later = [
        page
        for page in sorted(ordered, key=lambda page: page.fetched_at)
        if page.fetched_at >= episode.since and page.story_id // ERA == era and kind in (None, page.kind)
    ]
    flags = [flag for _, flag in _flags(later, Key(field, what, kind, era))][-max(episode.pages, 10) :]
    if len(flags) < _MENDED_BY:
        return False
    return 2 * sum(flags) / len(flags) > episode.share + episode.past_share


def _tells(one: Key, other: Key) -> bool:
    """Whether a break that is known says what another would: that of all kinds does not name a single one."""
    return _overlap(one, other) and (one.kind == other.kind or other.kind is None)


def _overlap(one: Key, other: Key) -> bool:
    """Whether two are about the same field of pages that may be the same: all kinds hold each kind."""
    return (
        (one.field, one.what) == (other.field, other.what)
        and abs(one.era - other.era) <= 1
        and (one.kind == other.kind or None in (one.kind, other.kind))
    )
