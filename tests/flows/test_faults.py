"""A site with faults: the command ends, tells the truth, harms nothing else, and makes it whole later."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.faults.cases import CASES
from benchmarks.faults.trial import alone, mixture, trial
from benchmarks.faults.world import World, world
from crawlers.lookalike.newspaper import TODAY
from crawlers.lookalike.switches import FAULTS, Fits

QUICK = {"soft 404"}
ON_A_DAY = [name for name in FAULTS if FAULTS[name].fits is not Fits.FEED]
ON_FEEDS = [name for name in FAULTS if FAULTS[name].fits is Fits.FEED]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A day that is filled."""
    with world(tmp_path_factory.mktemp("day"), 1, "backfill", str(TODAY)) as made:
        yield made


@pytest.fixture(scope="module")
def newest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The feeds, the sitemap and the stories that they name."""
    with world(tmp_path_factory.mktemp("newest"), 1, "run") as made:
        yield made


@pytest.fixture(scope="module")
def eleven_days(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Three hundred stories."""
    with world(tmp_path_factory.mktemp("eleven-days"), 11, "run") as made:
        assert len(made.ledger) > 290
        yield made


def slow_but(names: list[str]) -> list[object]:
    return [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in names]


def test_every_fault_has_its_case() -> None:
    assert list(CASES) == list(FAULTS)


@pytest.mark.parametrize("name", slow_but(ON_A_DAY))
def test_a_fault_is_met_and_told(day: World, name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    befallen = alone(day, name)
    assert befallen
    for one in befallen:
        assert trial(day, [one], tmp_path_factory.mktemp("trial") / "data").amiss == (), str(one)


@pytest.mark.slow
@pytest.mark.parametrize("name", ON_FEEDS)
def test_a_feed_with_a_fault_is_met_and_told(
    newest: World, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    [one] = alone(newest, name)
    assert trial(newest, [one], tmp_path_factory.mktemp("trial") / "data").amiss == ()


@pytest.mark.slow
def test_a_few_faults_at_once(day: World, tmp_path_factory: pytest.TempPathFactory) -> None:
    befallen = mixture(day, 18)
    assert len({one.case.fault for one in befallen}) == 5

    found = trial(day, befallen, tmp_path_factory.mktemp("trial") / "data", 18)
    assert found.amiss == (), list(map(str, befallen))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3, 43, 81])
def test_faults_at_once_among_three_hundred_stories(
    eleven_days: World, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    befallen = mixture(eleven_days, seed)
    found = trial(eleven_days, befallen, tmp_path_factory.mktemp("trial") / "data", seed)
    assert found.amiss == (), f"python -m benchmarks.faults --only none --mixtures 1 --seed {seed}"
