"""The stories of a day: what is planned for it, written by a seeded die."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random

from crawlers.dawn import TIME_ZONE
from crawlers.lookalike import compositions, texts
from crawlers.lookalike.compositions import Composition
from crawlers.lookalike.stories import Block, Shape, Story
from crawlers.lookalike.texts import die

DAILY = tuple(range(7))
MONDAY, SATURDAY, SUNDAY = (0,), (5,), (6,)

_FIRST_ID, _FIRST_DAY, _ID_STEP = 1_980_000, date(2026, 3, 1), timedelta(minutes=5)

STAFF = ("The Newspaper’s Staff Reporter",)
CORRESPONDENT = ("Our Correspondent",)
ONLINE = ("Dawn.com",)
WRITER = None  # somebody by name, another each time


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in the day's plan: what sort of story goes there, and where it is printed, if it is."""

    name: str
    compose: Composition
    section: str = "Pakistan"
    kind: str = "news"
    tone: str = "news"
    authors: tuple[str, ...] | None = WRITER
    printed: str | None = None  # the section of the paper
    printed_in: str = "Dawn"
    line: str = "{month} {day}{th}, {year}"
    weekdays: tuple[int, ...] = DAILY
    every: tuple[int, int] = (1, 0)  # (n, rest): only on days whose ordinal leaves this rest
    rail: bool = False  # a box of teasers inside the body element
    header_image: bool = False
    soft: bool = False  # always with soft hyphens; other print pieces have them one time in five
    eve: bool = False  # goes online in the evening before it is printed
    cover: bool = True
    points_to: str | None = None
    elsewhere: bool = False

    def on(self, day: date) -> bool:
        """Whether the day's plan has it."""
        step, rest = self.every
        return day.weekday() in self.weekdays and day.toordinal() % step == rest


_EOS = Slot("eos", compositions.feature, "Magazines", "feature", "feature", printed="eos", printed_in="EOS")

PRINT = (
    Slot("front page", compositions.summarised, authors=STAFF, printed="front-page"),
    Slot("back page", compositions.illustrated, printed="back-page", header_image=True),
    Slot("national", compositions.divided, printed="national", rail=True, soft=True),
    Slot(
        "brief",
        compositions.one_line,
        authors=STAFF,
        printed="national",
        line="{mon} {day}{th}, {year}",
        rail=True,
    ),
    Slot("business", compositions.divided, "Business", printed="business", line="{month} {day}{th} {year}"),
    Slot("business wires", compositions.short, "Business", authors=("AFP", "Reuters"), printed="business"),
    Slot("international", compositions.wire, "World", authors=("AFP",), printed="international"),
    Slot(
        "sport",
        compositions.standings,
        "Sport",
        authors=("The Newspaper’s Sports Reporter",),
        printed="sport",
    ),
    Slot("editorial", compositions.leader, "Newspaper", "editorial", "opinion", ("Editorial",), "editorial"),
    Slot(
        "second editorial",
        compositions.leader,
        "Newspaper",
        "editorial",
        "opinion",
        ("Editorial",),
        "editorial",
    ),
    Slot("column", compositions.column, "Opinion", "opinion", "opinion", printed="column", rail=True),
    Slot(
        "other voices",
        compositions.long,
        "Opinion",
        "opinion",
        "opinion",
        printed="other-voices",
        line="{low} {day}{th}, {year}",
    ),
    Slot("letter", compositions.letter, "Newspaper", "letter", "opinion", ("From the Newspaper",), "letters"),
    Slot("karachi", compositions.short, authors=STAFF, printed="karachi", line="{month} {day}, {year}"),
    Slot("lahore", compositions.short, authors=CORRESPONDENT, printed="lahore", every=(2, 0)),
    Slot("islamabad", compositions.short, authors=CORRESPONDENT, printed="islamabad", every=(2, 1)),
    Slot(
        "weekly",
        compositions.divided,
        "Business",
        printed="business-finance",
        printed_in="The Business and Finance Weekly",
        weekdays=MONDAY,
    ),
    replace(_EOS, weekdays=SUNDAY, header_image=True),
    replace(_EOS, name="eos cover", weekdays=SUNDAY, eve=True),
    replace(_EOS, name="icon", printed="icon", printed_in="ICON", weekdays=SUNDAY),
    replace(_EOS, name="books", printed="books-authors", printed_in="Books & Authors", weekdays=SUNDAY),
    replace(_EOS, name="sunday", printed="sunday-magazine", printed_in="Sunday Magazine", weekdays=SUNDAY),
    replace(_EOS, name="young world", printed="young-world", printed_in="Young World", weekdays=SATURDAY),
)

WEB = (
    Slot("web", compositions.developing, authors=ONLINE),
    Slot("web tweet", compositions.tweeted, authors=ONLINE),
    Slot(
        "pictures", compositions.pictures, "World", "pictures", authors=("Reuters", "Dawn.com"), cover=False
    ),
    Slot("web world", compositions.quoting, "World", authors=("Reuters",), rail=True),
    Slot("web business", compositions.filmed, "Business", authors=("Reuters",)),
    Slot("pointer card", compositions.nothing, authors=(), points_to="images.dawn.com", elsewhere=True),
    Slot("web sport", compositions.posted, "Sport", authors=("AFP",)),
    Slot("cartoon", compositions.nothing, "Opinion", "cartoon"),
    Slot("prism", compositions.essay, "Prism", "feature", "feature", cover=False),
    Slot("web video", compositions.video, "Videos", "video", authors=ONLINE, cover=False),
    Slot("pointer page", compositions.bare_link, authors=(), points_to="/live/a-long-day"),
)


def stories_of(seed: int, day: date) -> Iterator[Story]:
    """The stories planned for a day: 26 to 31. One cover story a Sunday carries the evening before."""
    printed = [slot for slot in PRINT if slot.on(day)]
    for number, slot in enumerate(printed):
        yield _story(seed, slot, day, _online(seed, slot, day, number))
    for number, slot in enumerate(WEB):
        if slot.on(day):
            yield _story(seed, slot, day, _online(seed, slot, day, number))


def sponsored(seed: int, day: date) -> Story:
    """The paid-for story that stands on every page: four months old, and listed nowhere by time."""
    slot = Slot(
        "sponsored", compositions.short, "Sponsored Content", tone="feature", authors=("Partner Content",)
    )
    old = day - timedelta(days=120)
    return _story(seed, slot, old, _at(old, 12 * 60))


def _online(seed: int, slot: Slot, day: date, number: int) -> datetime:
    """When it goes online: print between 4 and 9, the rest of the day for what is only on the web."""
    fall = die(seed, day, slot.name, "time")
    if slot.eve:
        return _at(day - timedelta(days=1), 22 * 60 + 5, fall)
    # The last number of a day stays before 9:00 and 22:00; ten minutes apart keeps the ids apart.
    return _at(day, 4 * 60 + 10 * number if slot.printed else 9 * 60 + 30 + 60 * number, fall)


def _at(day: date, minutes: int, fall: Random | None = None) -> datetime:
    midnight = datetime.combine(day, time(), TIME_ZONE)
    jitter = timedelta(seconds=fall.randint(0, 599)) if fall else timedelta()
    return midnight + timedelta(minutes=minutes) + jitter


def _story(seed: int, slot: Slot, day: date, online: datetime) -> Story:
    fall = die(seed, day, slot.name)
    title = _title(slot, day, fall)
    written = tuple(slot.compose(compositions.Writer(fall, slot.tone)))
    line = _print_line(slot, day) if slot.printed else None
    blocks = _with_rail(written) if slot.rail else written
    if line:
        soft = slot.soft or fall.random() < 0.2
        blocks = (*(_softened(blocks, fall) if soft else blocks), Block(Shape.PRINT_LINE, (line,)))
    if slot.header_image:
        blocks = (*blocks, Block(Shape.PARAGRAPH, (f"Header image: {texts.caption(fall)}",)))
    points_to = slot.points_to
    if points_to and slot.elsewhere:
        points_to = f"https://{points_to}/news/{1_190_000 + fall.randint(0, 9_999)}/{texts.slug(title)}"
    if points_to:
        blocks = (Block(Shape.BARE_LINK, (points_to,)),)
    later = timedelta(minutes=fall.randint(40, 200)) if fall.random() < 0.25 else timedelta()
    paragraphs = any(block.paragraphs() for block in blocks)
    return Story(
        id=_FIRST_ID + (online - _at(_FIRST_DAY, 0)) // _ID_STEP,
        slot=slot.name,
        title=title,
        slug=texts.slug(title),
        kind=slot.kind,
        section=slot.section,
        authors=(texts.person(fall),) if slot.authors is None else slot.authors,
        published=online,
        updated=online + later,
        blocks=blocks,
        teaser=texts.teaser(fall) if not paragraphs or fall.random() < 0.5 else None,
        cover=texts.caption(fall) if slot.cover else None,
        print_section=slot.printed,
        printed_on=day if slot.printed else None,
        printed_in=slot.printed_in if slot.printed else None,
        print_line=line,
        points_to=points_to,
        elsewhere=slot.elsewhere,
    )


def _title(slot: Slot, day: date, fall: Random) -> str:
    words = texts.headline(fall, slot.tone)
    match slot.kind:
        case "cartoon":
            return f"Cartoon: {day.day} {day:%B}, {day.year}"
        case "pictures":
            return f"In pictures: {words}"
        case "video":
            return f"WATCH: {words}"
    return words


def _print_line(slot: Slot, day: date) -> str:
    supplement = "" if slot.printed_in == "Dawn" else f"{slot.printed_in}, "
    names = {"month": f"{day:%B}", "mon": f"{day:%b}", "low": f"{day:%B}".lower()}
    when = slot.line.format(**names, day=day.day, th=_ordinal(day.day), year=day.year)
    return f"Published in Dawn, {supplement}{when}"


def _ordinal(number: int) -> str:
    return "th" if number in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _with_rail(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    middle = (len(blocks) + 1) // 2
    return (*blocks[:middle], Block(Shape.RAIL), *blocks[middle:])


def _softened(blocks: tuple[Block, ...], fall: Random) -> tuple[Block, ...]:
    # A linked phrase is looked up in its text, so a paragraph with a link stays whole.
    return tuple(
        block
        if block.link
        else replace(block, texts=tuple(texts.hyphenated(fall, text) for text in block.texts))
        for block in blocks
    )
