"""How often the alarm is false, and how soon it is right: drawn by seeded dice."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from math import sin, tau
from random import Random

import pytest

from crawlers import drift
from crawlers.drift import CHANCE, low

HOURS = 24 * 365
Rate = Callable[[Random, int], float]
Size = Callable[[Random, int], int]


def any_size(die: Random, _: int) -> int:
    return die.randint(1, 120)


def small(die: Random, _: int) -> int:
    return die.randint(1, 8)


def morning(die: Random, hour: int) -> int:
    """The paper goes online between four and nine, a story now and then later."""
    return die.randint(20, 40) if 4 <= hour % 24 <= 9 else die.randint(1, 5)


def steady(share: float) -> Rate:
    return lambda _die, _hour: share


def of_the_paper(_: Random, hour: int) -> float:
    return 0.95 if 4 <= hour % 24 <= 9 else 0.05


def of_weekdays(_: Random, hour: int) -> float:
    return 0.9 if hour // 24 % 7 < 5 else 0.4


def of_the_season(_: Random, hour: int) -> float:
    return 0.7 + 0.25 * sin(hour / HOURS * tau * 4)


def batches(seed: int, rate: Rate, size: Size, hours: int = HOURS) -> Iterator[tuple[bytes, int, bool]]:
    """What the stage would ask of a field each hour: a fortnight, and how many pages of it are the batch."""
    die, kept, sizes = Random(seed), bytearray(), deque[int]()
    for hour in range(hours):
        fresh, share = size(die, hour), rate(die, hour)
        kept += bytes(die.random() < share for _ in range(fresh))
        sizes.append(fresh)
        while len(sizes) > 14 * 24 + 1 and len(kept) - sizes[0] > 500 + fresh:
            del kept[: sizes.popleft()]
        yield bytes(kept), fresh, hour > 8 * 24


def alarms(seed: int, rate: Rate, size: Size, hours: int = HOURS) -> int:
    return sum(low(*question) is not None for question in batches(seed, rate, size, hours))


@pytest.mark.parametrize("size", [any_size, small, morning], ids=lambda size: size.__name__)
@pytest.mark.parametrize("share", [1.0, 0.999, 0.98, 0.9, 0.6, 0.2])
def test_a_year_of_hourly_batches_without_a_false_alarm(share: float, size: Size) -> None:
    assert alarms(11, steady(share), size) == 0


@pytest.mark.parametrize("rate", [of_the_paper, of_weekdays, of_the_season], ids=lambda rate: rate.__name__)
@pytest.mark.parametrize(
    "size", [small, pytest.param(morning, marks=pytest.mark.slow)], ids=lambda size: size.__name__
)
def test_a_year_of_rhythms_without_a_false_alarm(rate: Rate, size: Size) -> None:
    """Hours, weekdays and seasons in which pages have a field more seldom are no break."""
    assert alarms(12, rate, size) == 0


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_ten_years_of_all_the_fields_of_a_kind_without_a_false_alarm() -> None:
    shares = [1.0] * 6 + [0.9995, 0.998, 0.99, 0.98, 0.97, 0.95, 0.9, 0.8, 0.6, 0.4]
    found = {
        (year, share): count
        for year in range(10)
        for n, share in enumerate(shares)
        if (count := alarms(1000 * year + n, steady(share), morning))
    }
    assert found == {}


def test_the_chance_is_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """At a chance a million times as great the alarm rings as often as that: so it may be believed at 1e-8.

    Without the past's worst stretch and the least fall, which only make it ring more seldom. One length of a
    stretch, since each asks anew.
    """
    for name, value in {"CHANCE": 1e6 * CHANCE, "RHYTHM": 2.0, "LEAST_FALL": 0.0, "LONGEST": 0}.items():
        monkeypatch.setattr(drift, name, value)
    for share in (0.99, 0.9, 0.6):
        asked = rung = 0
        for flags, fresh, long in batches(13, steady(share), any_size, 4000):
            if long:
                asked += 1
                rung += low(flags[-2000 - fresh :], fresh) is not None
        assert rung < 2 * 0.01 * asked, share


def test_questions_of_a_year() -> None:
    """What CHANCE is made for: batches, groups of pages, fields and stretches of a year, times the chance."""
    kinds_in_a_batch, fields, stretches = 4, 20, 7
    assert 24 * 365 * kinds_in_a_batch * fields * stretches * CHANCE < 0.1


@pytest.mark.parametrize("past", [20, 100, 500, 5000])
@pytest.mark.parametrize("fresh", [10, 11, 30, 120])
def test_what_was_always_there_is_missed_in_the_first_ten_pages(past: int, fresh: int) -> None:
    found = low(b"\1" * past + b"\0" * fresh, fresh, over_a_week=False)
    assert found is not None
    assert found.pages == fresh


@pytest.mark.parametrize(
    ("share", "pages"),
    [(1.0, 4), (0.99, 10), (0.95, 14), (0.9, 20), (0.7, 30), (0.5, 60), (0.3, 110)],
)
def test_how_many_pages_it_takes_to_miss_a_field(share: float, pages: int) -> None:
    """The table of docs/design.md: a field on this share of a fortnight's 3,000 pages vanishes."""
    for seed in range(5):
        die = Random(seed)
        past = bytes(die.random() < share for _ in range(3000))
        assert low(past + bytes(pages), pages) is not None
    assert low(past + bytes(pages // 4), pages // 4) is None
