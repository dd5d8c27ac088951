"""The laws of learning how likely a change is, and of choosing whom to look at."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import exp, inf
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.revisits import DOUBLING, EDGES, FLOOR, Rates, chosen, learnt
from warehouse.looks import Candidate, Looks

SECTIONS = ("Business", "Pakistan", None)
LAST = len(EDGES) - 1
BANDS = range(LAST + 1)


def lasting(band: int) -> float:
    """Hours of a band; of the one without an end, a year."""
    return EDGES[band + 1] - EDGES[band] if band < LAST else 8760.0


@st.composite
def within_a_band(draw: st.DrawFn) -> Looks:
    band = draw(st.sampled_from(BANDS))
    looks = draw(st.integers(1, 50))
    hours = draw(st.floats(0.01, 1)) * lasting(band) * looks
    return Looks(draw(st.sampled_from(SECTIONS)), band, band, draw(st.booleans()), looks, hours, 0.0)


@st.composite
def any_looks(draw: st.DrawFn) -> Looks:
    first = draw(st.sampled_from(BANDS))
    last = draw(st.sampled_from(range(first, LAST + 1)))
    looks = draw(st.integers(1, 50))
    began, ended = (draw(st.floats(0, 1)) * lasting(band) * looks for band in (first, last))
    return Looks(
        draw(st.sampled_from(SECTIONS)),
        first,
        last,
        draw(st.booleans()),
        looks,
        began,
        ended if last > first else 0.0,
    )


histories = st.lists(any_looks(), max_size=12)


@st.composite
def some_candidates(draw: st.DrawFn) -> list[Candidate]:
    ids = draw(st.lists(st.integers(1, 9999), max_size=40, unique=True))
    found = []
    for story_id in ids:
        then = draw(st.floats(0, 20_000))
        now = then + draw(st.floats(0, 20_000))
        found.append(Candidate(story_id, draw(st.sampled_from((*SECTIONS, "Never seen"))), then, now))
    return found


# ── the choice ───────────────────────────────────────────────────────────────────────────────────────────


@given(histories, some_candidates(), st.integers(-1, 50), st.floats(0, 0.2))
def test_the_likeliest_are_chosen_within_the_budget(
    history: list[Looks], candidates: list[Candidate], budget: int, floor: float
) -> None:
    """Never more than the budget, never below the floor, and none that is less likely than one left out."""
    rates = learnt(history)
    found = chosen(candidates, rates, budget, floor)
    ids = [story_id for story_id, _ in found]
    assert len(ids) == len(set(ids)) <= max(budget, 0)
    likely = {each.story_id: rates.chance(each) for each in candidates}
    assert all(chance == likely[story_id] >= floor for story_id, chance in found)
    left_out = [chance for story_id, chance in likely.items() if story_id not in ids and chance >= floor]
    assert not left_out or len(ids) == max(budget, 0), "who is worth it is left out for want of budget alone"
    assert max(left_out, default=0) <= min((chance for _, chance in found), default=inf)
    assert found == sorted(found, key=lambda each: (-each[1], each[0])), (
        "the likeliest first, then the lower id"
    )


@given(histories, some_candidates(), st.integers(0, 50), st.randoms())
def test_no_order_decides(
    history: list[Looks], candidates: list[Candidate], budget: int, chance: Random
) -> None:
    mixed_history, mixed = list(history), list(candidates)
    chance.shuffle(mixed_history)
    chance.shuffle(mixed)
    assert chosen(mixed, learnt(mixed_history), budget) == chosen(candidates, learnt(history), budget)


@given(histories, some_candidates())
def test_a_chance_is_one_and_grows_with_waiting(history: list[Looks], candidates: list[Candidate]) -> None:
    rates = learnt(history)
    for each in candidates:
        assert 0 <= rates.chance(each) <= 1
        assert rates.chance(each._replace(age_now=each.age_then)) == 0, "who looks now sees what is there"
        later = each._replace(age_now=each.age_now + 100)
        assert rates.chance(later) >= rates.chance(each)


def test_what_was_just_looked_at_is_not_worth_a_request() -> None:
    just = Candidate(1, "Pakistan", 5.0, 5.1)
    away = Candidate(2, "Pakistan", 5.0, 50.0)
    assert [story_id for story_id, _ in chosen([just, away], Rates(), 10)] == [2]
    assert Rates().chance(just) < FLOOR < Rates().chance(away)


# ── the learning ─────────────────────────────────────────────────────────────────────────────────────────


def test_an_empty_history_gives_the_guess() -> None:
    """As many edits in each doubling of age."""
    rates = learnt([])
    assert rates == Rates()
    assert [rates.edits(None, low, low * 2) for low in (3, 6, 12, 96, 768, 6144)] == pytest.approx(
        [DOUBLING] * 5 + [DOUBLING]
    )
    assert rates.edits("any", 0, 1) == pytest.approx(DOUBLING)


@given(histories)
def test_rates_are_rates(history: list[Looks]) -> None:
    rates = learnt(history)
    for section in (*SECTIONS, "Never seen"):
        assert all(0 < rate < inf for rate in rates.of(section))
    assert rates.of("Never seen") == rates.everywhere


@settings(max_examples=200)
@given(st.lists(within_a_band(), min_size=1, max_size=12), st.data())
def test_more_changes_seen_never_lower_a_rate(history: list[Looks], data: st.DataObject) -> None:
    """Of looks that lie within a band each.

    Of one that spans several nobody knows in which it changed: there more changes elsewhere may explain it,
    and lower a rate for good reason.
    """
    place = data.draw(st.sampled_from(range(len(history))))
    one = history[place]
    more = data.draw(st.integers(1, one.looks))
    part = one.hours_first * more / one.looks
    rest = replace(one, looks=one.looks - more, hours_first=one.hours_first - part, changed=False)
    before = [*history[:place], replace(one, changed=False), *history[place + 1 :]]
    after = [
        *history[:place],
        replace(one, looks=more, hours_first=part, changed=True),
        *([rest] if rest.looks else []),
        *history[place + 1 :],
    ]
    fewer, many = learnt(before), learnt(after)
    for section in (*SECTIONS, "Never seen"):
        for low, high in zip(fewer.of(section), many.of(section), strict=True):
            assert high >= low * (1 - 1e-6)


def simulated(truth: dict[str, list[float]], stories: int, chance: Random) -> list[Looks]:
    """What eight looks at each story, at any age up to eight days, see of edits at the true rates."""
    found: dict[tuple[str, int, int, bool], list[float]] = {}
    for section, rates in truth.items():
        for _ in range(stories):
            ages = sorted(0.3 * 600 ** chance.random() for _ in range(8))
            for then, now in pairwise(ages):
                first = max(band for band in BANDS if EDGES[band] <= then)
                last = max(band for band in BANDS if EDGES[band] <= now)
                bounds = [then, *EDGES[first + 1 : last + 1], now]
                spent = [high - low for low, high in pairwise(bounds)]
                edits = sum(long * rate for long, rate in zip(spent, rates[first : last + 1], strict=True))
                changed = chance.random() < 1 - exp(-edits)
                sums = found.setdefault((section, first, last, changed), [0, 0.0, 0.0])
                sums[0] += 1
                sums[1] += spent[0]
                sums[2] += spent[-1] if last > first else 0.0
    return [Looks(*key[:3], key[3], int(n), began, ended) for key, (n, began, ended) in found.items()]


def test_the_learnt_rates_approach_the_true_ones() -> None:
    """Looks that span bands, of which nobody was told when and how often a story changed in between."""
    quick = [0.4, 0.2, 0.1, 0.05, 0.02, 0.01, 0.004, 0.002, 0.001, 0.0005, 0.0002, 0.0001, 5e-5, 2e-5]
    truth = {"Quick": quick, "Slow": [rate / 8 for rate in quick]}
    errors = []
    for stories in (50, 500, 5000):
        rates = learnt(simulated(truth, stories, Random(7)))
        errors.append(
            max(
                abs(rates.of(name)[band] / true[band] - 1)
                for name, true in truth.items()
                for band in range(8)
            )
        )
    assert errors[2] < errors[0]
    assert errors[2] < 0.25, errors
    assert rates.of("Quick")[2] > 5 * rates.of("Slow")[2]


def test_a_section_with_few_looks_is_like_the_rest() -> None:
    many = [
        Looks("Pakistan", 2, 2, True, 300, 300 * 3.0, 0.0),
        Looks("Pakistan", 2, 2, False, 300, 900.0, 0.0),
    ]
    one = Looks("Prism", 2, 2, False, 1, 3.0, 0.0)
    rates = learnt([*many, one])
    assert rates.of("Prism")[2] == pytest.approx(rates.everywhere[2], rel=0.2)
    assert rates.of("Prism")[2] < rates.of("Pakistan")[2]
