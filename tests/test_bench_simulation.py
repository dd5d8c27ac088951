"""The simulation: laws of its model, sums by hand, and inputs that are the record's."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.documents import records
from benchmarks.simulation import drawn, inputs, report
from benchmarks.simulation.model import DAY, Case, Manners, Parts, Prices, doubled, outcome
from tests.test_bench import record

positive = st.floats(0.001, 1e6)
PARTS = st.builds(Parts, *[positive] * len(fields(Parts)))
PRICES = st.builds(Prices, *[st.floats(0, 100)] * len(fields(Prices)))
MANNERS = st.builds(Manners, st.floats(0.1, 60), st.floats(1_000, 1e6), st.floats(0, 500))
CRAWLS = st.builds(
    Case,
    st.just("a crawl"),
    st.integers(1, 100),
    st.floats(1, 1e9),
    st.floats(0, 1e5),
    cores=st.integers(1, 64),
)
FILES = st.builds(
    Case,
    st.just("files"),
    st.just(1),
    st.floats(1, 1e9),
    download=st.floats(1, 1e15),
    known=st.booleans(),
    cores=st.integers(1, 64),
)
CASES = st.one_of(CRAWLS, FILES)
HAND = Parts(100, 10, 5, 50, 20, 25, 2e6, 1e6, 5e5, 1e5, 2, 10)


def near(value: float) -> object:
    return pytest.approx(value, rel=1e-9)


@given(CASES, PARTS, MANNERS, PRICES)
def test_the_bottleneck_lets_the_fewest_through_and_sets_the_time(
    case: Case, parts: Parts, manners: Manners, prices: Prices
) -> None:
    found = outcome(case, parts, manners, prices)
    assert all(found.rate(found.bottleneck) <= found.rate(stage) for stage in found.stages)
    assert found.stages[found.bottleneck] == found.seconds
    assert found.next != found.bottleneck


@given(CASES, PARTS, MANNERS, PRICES)
def test_money_adds_up(case: Case, parts: Parts, manners: Manners, prices: Prices) -> None:
    found = outcome(case, parts, manners, prices)
    assert found.dollars == near(sum(found.money.values()))
    assert found.a_million * case.stories == near(found.dollars * 1e6)
    assert all(money >= 0 for money in found.money.values())
    # Each price is a line of its own: doubling all of them doubles the whole.
    twice = Prices(*(2 * getattr(prices, field.name) for field in fields(prices)))
    assert outcome(case, parts, manners, twice).dollars == near(2 * found.dollars)


@given(FILES, PARTS, PRICES, st.floats(2, 10))
def test_files_are_linear_in_stories(case: Case, parts: Parts, prices: Prices, times: float) -> None:
    more = replace(case, stories=case.stories * times, download=case.download * times)
    one, other = (outcome(each, parts, Manners(), prices) for each in (case, more))
    assert other.seconds == near(one.seconds * times)
    assert sum(other.work.values()) == near(sum(one.work.values()) * times)
    assert sum(other.bytes.values()) == near(sum(one.bytes.values()) * times)
    assert other.cores in (one.cores, one.cores + 1, one.cores - 1)  # rounded at the edge of a whole one


@given(CRAWLS, PARTS, MANNERS, PRICES, st.floats(1.01, 10))
def test_a_crawl_takes_no_less_time_for_more_stories(
    case: Case, parts: Parts, manners: Manners, prices: Prices, times: float
) -> None:
    more = replace(case, stories=case.stories * times)
    one, other = (outcome(each, parts, manners, prices) for each in (case, more))
    assert one.seconds <= other.seconds <= one.seconds * times * (1 + 1e-9)
    assert all(one.bytes[kind] <= other.bytes[kind] for kind in one.bytes)


@given(CASES, PARTS, PRICES, MANNERS)
def test_more_politeness_or_fewer_cores_never_save_time(
    case: Case, parts: Parts, prices: Prices, manners: Manners
) -> None:
    one = outcome(case, parts, manners, prices).seconds
    assert outcome(case, parts, replace(manners, delay=manners.delay * 1.5), prices).seconds >= one
    assert outcome(replace(case, cores=case.cores + 1), parts, manners, prices).seconds <= one


def test_a_crawl_by_hand() -> None:
    # 1,000 stories of 2 requests and 10 days of 10 listings are 2,100 requests; at 100 s each and 864 a day,
    # 64 of them for revisits, 800 a day are left.
    case = Case("by hand", 1, 1_000, 10)
    found = outcome(case, HAND, Manners(100, 20_000, 64), Prices(1, 2, 3, 4, 5, 6))
    assert found.stages == {
        "fetch": near(2.625 * DAY),
        "extract": near(50),
        "load": near(20),
        "families": near(50),
        "index": near(40),
    }
    assert found.bottleneck == "fetch" and found.seconds == near(2.625 * DAY)
    assert found.work == {"fetch": 21, "extract": 100, "load": 20, "families": 50, "index": 40}
    gigabytes = {"archive": 4.2, "extracted": 1.0, "tables, twice": 1.0, "search index": 0.1}
    assert {kind: size / 1e9 for kind, size in found.bytes.items()} == {
        kind: near(size) for kind, size in gigabytes.items()
    }
    assert found.money == {
        "machines": near(2 * 63 * 1),  # 2 cores for 63 hours
        "database": near(63 * 6),
        "storage": near(6.3 * 12 * 2),
        "requests": near(2 * 5_200 / 2.5 / 1_000 * 7),
        "sent out": near(0.5 * 5),
    }


def test_sites_are_asked_side_by_side_and_files_are_not_asked_at_all() -> None:
    prices, manners = Prices(1, 1, 1, 1, 1, 1), Manners()
    one = outcome(Case("one", 1, 1e6, 100), HAND, manners, prices)
    fifty = outcome(Case("fifty", 50, 50e6, 100), HAND, manners, prices)
    assert fifty.stages["fetch"] == near(one.stages["fetch"])
    files = outcome(Case("files", 1, 1e6, download=1e12, bandwidth=1e8), HAND, manners, prices)
    assert "fetch" not in files.stages and files.stages["download"] == near(10_000)
    assert files.bytes["archive"] == 1e12


@pytest.mark.parametrize(
    ("manners", "left"),
    [(Manners(2, 20_000, 300), 19_700), (Manners(8, 20_000, 300), 10_500), (Manners(2, 100, 300), 0)],
)
def test_the_lesser_of_two_promises_holds(manners: Manners, left: float) -> None:
    assert manners.left == left


def test_what_is_doubled_is_one_thing() -> None:
    case, prices = Case("files", 1, 1e6, download=1e12, known=False), Prices(1, 1, 1, 1, 1, 1)
    for what, (a, b, c, d) in doubled(case, HAND, Manners(), prices).items():
        changed = [a != case, b != HAND, c != Manners(), d != prices]
        assert sum(changed) in (1, 2) and (sum(changed) == 1 or what == "bytes of a page"), what


# Its inputs and its tables.


def test_each_input_says_where_it_is_from() -> None:
    found = inputs.measured(records())
    assert all(one.measured and one.source for one in found.values())
    assert all(not one.measured and one.source for one in inputs.ASSUMED.values())
    rates = records()["extract"].figure("trafilatura", "pages per CPU second")
    assert found["extract_any"].value == inputs.parts(found).extract_any == rates.value
    assert inputs.parts(found).page == found["page"].value * 1_000


def test_the_largest_archive_that_has_a_figure_gives_it() -> None:
    printed = (
        "**A load of all.**\n\n| stories | one core, stories/s |\n|---|---|\n| 1,000 | 2 |\n"
        "| 10,000 | 5 (4 to 6) |\n| 100,000 | – |\n"
    )
    kept = records() | {"million": record("million", printed=printed)}
    with pytest.raises(inputs.NotMeasuredError, match="families"):
        inputs.measured(kept)
    found = inputs._largest(kept, "million", "one core, stories/s", "stories/s", "load")
    assert (found.value, found.spread, found.name) == (5, "4 to 6", "load, of 10,000 stories")


def test_without_its_figures_nothing_is_simulated_and_says_so() -> None:
    assert report({}) == "Not simulated: `make bench ONLY=spider` has not been run."
    with pytest.raises(inputs.NotMeasuredError):
        drawn({})


def test_the_lake_is_named_as_not_measured_until_it_is() -> None:
    kept = records()
    kept.pop("scale", None)
    assert inputs.lake(kept) is None and "is not measured until" in report(kept)
    printed = "| what | figure |\n|---|---|\n| lake, KB a story | 1.25 |\n"
    scaled = kept | {"scale": record("scale", printed=printed)}
    assert "1.25 KB" in report(scaled) and "is not measured until" not in report(scaled)


def test_the_three_cases_are_told_with_their_bottlenecks() -> None:
    said = report(records())
    assert said.count("**fetch**") == 2 and said.count("**extract**") == 1
    assert "$" in said and "CC-NEWS, one year" in said
    assert drawn(records()).count("class='slowest'") == 3
