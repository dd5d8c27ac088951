"""One trial: a site that has faults is asked by the command, judged, put right, and asked once more."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TypeVar

import duckdb

from benchmarks.faults.cases import CASES, FETCH, RUN, Case, befalls_listings, befalls_stories
from benchmarks.faults.world import (
    LONGEST,
    Told,
    World,
    broke_off,
    copied,
    gold,
    ledger,
    read,
    same,
    texts,
)
from crawlers.lookalike.switches import FAULTS, Fits, scene

STORIES = 2  # that a fault befalls in the matrix
_FEWEST, _MOST = 3, 8  # faults of a mixture
T = TypeVar("T")
_UNTOUCHED = (("owed", "never asked for"), ("unknown", ""))
"""How stories may stand that a run which let the site alone did not come to: asked for, or even listed."""


@dataclass(frozen=True, slots=True)
class Befallen:
    """A fault, and the stories or listings (by their paths) that have it."""

    case: Case
    stories: tuple[int, ...] = ()
    listings: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = [f"{len(self.stories)} stories"] if self.stories else []
        return f"{self.case.fault} at {', '.join([*where, *self.listings])}"


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it: the command's seconds, how each befallen story and listing ended, what is amiss."""

    befallen: tuple[Befallen, ...]
    seconds: float
    again: str
    again_seconds: float
    ended: Counter[str]
    amiss: tuple[str, ...]


def alone(world: World, name: str) -> list[Befallen]:
    """The trials of one fault in this world: at some stories, at a listing, at a feed; where it fits."""
    case, die, backfilled = CASES[name], Random(f"alone/{name}"), world.ask[0] == "backfill"
    made = []
    if backfilled and befalls_stories(name):
        made.append(Befallen(case, tuple(sorted(die.sample(_tellable(world, case), STORIES)))))
    if backfilled and befalls_listings(name):
        made.append(Befallen(case, listings=(die.choice(_sections(world)),)))
    if not backfilled and FAULTS[name].fits is Fits.FEED:
        made.append(Befallen(case, listings=(die.choice(_feeds(world)),)))
    return made


def mixture(world: World, seed: int) -> list[Befallen]:
    """Some faults at once, drawn by chance: each at a few stories, or at a listing that it fits."""
    die = Random(f"mixture/{seed}")
    names = [name for name, case in CASES.items() if not case.held]
    free, lists = _shuffled(die, world.fine), _shuffled(die, world.listings)
    made = []
    for name in die.choices(names, k=die.randint(_FEWEST, _MOST)):
        fits = FAULTS[name].fits
        at = [path for path in lists if _fits(fits, path)]
        if at and (fits is not Fits.ANY or die.random() < 0.15):
            lists.remove(at[0])
            made.append(Befallen(CASES[name], listings=(at[0],)))
        elif fits in (Fits.ANY, Fits.STORY):
            fit = [number for number in free if number in _tellable(world, CASES[name])]
            chosen = tuple(fit[: die.choice((1, 1, 2, 3))])
            free = [number for number in free if number not in chosen]
            made.append(Befallen(CASES[name], chosen))
    return made


def trial(world: World, befallen: Sequence[Befallen], data: Path, seed: int = 1) -> Trial:
    """What came of these faults, in a folder that is not there yet. The site is as before, behind it."""
    with world.undone():
        held = [number for one in befallen if one.case.held for number in one.stories]
        ask = world.ask
        if held:
            copied(world.folder, data)
            for number in held:
                world.site.edit(number, sentence="What was said here before is no longer said.")
            ask = ("fetch", *map(str, held))
        _befall(world, befallen, seed)
        try:
            told = world.told(data, *ask)
        except subprocess.TimeoutExpired:
            return Trial(
                tuple(befallen), LONGEST, "", 0, Counter(), (f"no end within {LONGEST:.0f} seconds",)
            )
        ended = Counter(_ending(now) for now in _endings(world, befallen, data))
        amiss = list(_amiss(world, befallen, data, told))
        world.site.faults.clear()
        commands = _again(world, befallen, data)
        seconds = 0.0
        reds = [one.case.red for one in befallen if one.case.red]
        for words in commands:
            once_more = world.told(data, *words)
            seconds += once_more.seconds
            # A wrong text that is stored stays red until it is fetched again by name, which comes last.
            still_red = words != commands[-1] and any(red in once_more.last_line for red in reds)
            if once_more.code != 0 and not still_red:
                amiss.append(f"once the fault was gone, `dawn {words[0]}` said: {once_more.last_line}")
        amiss += _not_whole(world, befallen, data)
        shown = ", ".join(_shown(words) for words in commands)
    return Trial(tuple(befallen), told.seconds, shown, seconds, ended, tuple(amiss))


def _befall(world: World, befallen: Iterable[Befallen], seed: int) -> None:
    here = scene(world.site, seed, world.elsewhere_address)
    for one in befallen:
        switch = FAULTS[one.case.fault]
        for number in one.stories:
            fault = switch.on(here)
            for path in (world.site.stories[number].path, f"/news/{number}"):
                world.site.faults[path] = fault
        for path in one.listings:
            world.site.faults[path] = switch.on(here)


def _amiss(world: World, befallen: Sequence[Befallen], data: Path, told: Told) -> Iterator[str]:
    """What is not as it must be while the faults last."""
    now, broke = ledger(data), broke_off(data)
    having = {number: one.case for one in befallen for number in one.stories}
    for number, case in having.items():
        if number not in now and number not in _listed(world, befallen):
            continue  # what listed it was befallen too
        ending = now.get(number, ("unknown", ""))
        if not re.match(_ends(case), _ending(ending)) and not (broke and ending in _UNTOUCHED):
            yield f"{case.fault}: story {number} ended as {_ending(ending)}"
    for number in _listed(world, befallen) - having.keys():
        ending = now.get(number, ("unknown", ""))
        if ending != world.ledger[number] and not (broke and ending in _UNTOUCHED):
            yield f"story {number}, which no fault befell, ended as {_ending(ending)}"
    if invented := now.keys() - world.ledger.keys():
        yield f"stories that there are none of: {sorted(invented)[:3]}"
    yield from _wrong_texts(world, befallen, data)
    listings = [(path, one.case) for one in befallen for path in one.listings]
    for path, case in listings:
        became = read(data, world.address + path)
        if not re.match(case.listing, became) and not (broke and became == "never asked for"):
            yield f"{case.fault}: the listing {path} was {became}"
    yield from _asked_elsewhere(world, data)
    yield from (f"the look-alike itself broke: {error!r}" for error in world.site.errors)
    yield from _badly_told(befallen, now, broke, told)


def _badly_told(
    befallen: Sequence[Befallen], now: dict[int, tuple[str, str]], broke: str, told: Told
) -> Iterator[str]:
    owed = any(status == "owed" for status, _ in now.values())
    reds = [one.case.red for one in befallen if one.case.red]
    if "Traceback" in told.stderr or told.code not in (0, 1):
        yield f"it ended with {told.code} and {told.stderr[-300:]!r}"
    elif (owed or broke) and told.code == 0:
        yield "something is owed, and it ended with 0"
    elif told.code == 1 and not told.last_line:
        yield "it ended with 1 and does not say why"
    elif told.code == 1 and not (owed or broke or reds) and not any(one.listings for one in befallen):
        yield f"nothing is owed, and it said: {told.last_line}"
    for red in reds:
        if not owed and not broke and red not in told.stderr + told.stdout:
            yield f"no check said that {red}, but: {told.last_line}"


def _wrong_texts(world: World, befallen: Sequence[Befallen], data: Path) -> Iterator[str]:
    known = {number for one in befallen if one.case.red for number in one.stories}
    right = gold(world.site, world.texts)
    for number, text in texts(data).items():
        if number not in known and text not in (world.texts.get(number), right.get(number)):
            yield f"story {number} is stored, and not as it was printed"


def _asked_elsewhere(world: World, data: Path) -> Iterator[str]:
    yield from (f"another host was asked for {one.path}" for one in world.elsewhere.requests[:3])
    with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as con:
        rows = con.execute(
            "select url from raw.captures where not starts_with(url, ?) limit 3", [f"{world.address}/"]
        ).fetchall()
    yield from (f"the archive holds {url}" for (url,) in rows)


def _not_whole(world: World, befallen: Sequence[Befallen], data: Path) -> Iterator[str]:
    """What is not as in a folder that was never disturbed, once the faults are over."""
    right, made, now = gold(world.site, world.texts), texts(data), ledger(data)
    if made != right:
        wrong = [number for number in right.keys() | made.keys() if made.get(number) != right.get(number)]
        ending = _ending(now.get(wrong[0], ("unknown", "")))
        yield f"not made whole: {len(wrong)} stories, first {wrong[0]}, {ending}"
    elif not any(one.case.anew for one in befallen) and not same(data, world.folder):
        yield "made whole, but it does not equal what was never disturbed"


def _again(world: World, befallen: Sequence[Befallen], data: Path) -> list[tuple[str, ...]]:
    """The commands that make it whole: the same once more, and those by name that are settled for good."""
    wanted = {one.case.again for one in befallen if one.stories or one.case.again != FETCH}
    settled = {number for one in befallen if one.case.again == FETCH for number in one.stories} - {
        number for number, (status, _) in ledger(data).items() if status == "owed"
    }
    commands = []
    owed = any(status == "owed" for status, _ in ledger(data).values())
    if owed or wanted - {FETCH, RUN} or any(one.listings for one in befallen) or broke_off(data):
        commands.append(world.ask)
    if RUN in wanted and ("run",) not in commands:
        commands.append(("run",))
    if settled:
        commands.append(("fetch", *map(str, sorted(settled))))
    return commands


def _shown(words: tuple[str, ...]) -> str:
    return " ".join(("dawn", *(word for word in words if not word[:1].isdigit())))


def _endings(world: World, befallen: Sequence[Befallen], data: Path) -> Iterator[tuple[str, str]]:
    now = ledger(data)
    for one in befallen:
        yield from (now.get(number, ("unknown", "")) for number in one.stories)
        yield from (("listing", read(data, world.address + path)) for path in one.listings)


def _ending(now: tuple[str, str]) -> str:
    return ": ".join(part for part in now if part)


def _listed(world: World, befallen: Sequence[Befallen]) -> set[int]:
    """The stories that a listing names which no fault befell."""
    hit = {path for one in befallen for path in one.listings}
    named = (numbers for path, numbers in world.listings.items() if path not in hit)
    return {number for numbers in named for number in numbers if number in world.ledger}


def _tellable(world: World, case: Case) -> list[int]:
    """The stories on which such a fault would show: one whose text is changed must have one."""
    if case.anew or "text" in case.fault or "NUL" in case.fault:
        return [number for number in world.fine if len(world.texts[number][2]) > 200]
    return world.fine


def _sections(world: World) -> list[str]:
    """The listings that name stories, but for the one that names all of the day."""
    return [path for path, numbers in world.listings.items() if numbers and "latest-news" not in path]


def _feeds(world: World) -> list[str]:
    return [path for path in world.listings if _fits(Fits.FEED, path)]


def _fits(fits: Fits, path: str) -> bool:
    """Whether such a fault can befall this listing, feed or sitemap."""
    if fits is Fits.FEED:
        return path.startswith("/feeds/") and path != "/feeds/sitemap"
    return fits is Fits.ANY or (fits is Fits.LISTING and not path.startswith("/feeds/"))


def _ends(case: Case) -> str:
    """The pattern of the case's endings. Where a page is refused for good, a feed may have had the story."""
    return re.sub(r"^(rejected|gone): ", r"(\1|stored): (from the feed: )?", case.ends)


def _shuffled(die: Random, several: Iterable[T]) -> list[T]:
    made = list(several)
    return die.sample(made, len(made))
