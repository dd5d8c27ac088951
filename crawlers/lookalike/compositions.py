"""How a story of each sort is put together, as blocks. Dates, bylines and print lines come later."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random

from crawlers.lookalike import texts
from crawlers.lookalike.stories import Block, Link, Shape

_CITIES = (
    "KARACHI",
    "LAHORE",
    "ISLAMABAD",
    "PESHAWAR",
    "QUETTA",
    "HYDERABAD",
    "SEOUL",
    "NAIROBI",
    "LIMA",
    "OSLO",
)

AD, PLAYER, RULE = Block(Shape.AD), Block(Shape.PLAYER), Block(Shape.RULE)


@dataclass(frozen=True, slots=True)
class Writer:
    """Whoever writes a story: a die, and the tone the slot asks for."""

    die: Random
    tone: str

    def paragraph(self, low: int = 1, high: int = 3) -> Block:
        """A paragraph of its own sentences."""
        return says(texts.paragraph(self.die, self.tone, low, high))

    def paragraphs(self, low: int, high: int) -> tuple[Block, ...]:
        """Between `low` and `high` paragraphs."""
        return tuple(self.paragraph() for _ in range(self.die.randint(low, high)))

    def lead(self) -> Block:
        """The first paragraph of a news story, with its dateline."""
        return says(f"{self.die.choice(_CITIES)}: {texts.paragraph(self.die, self.tone, 1, 2)}")

    def opening(self) -> Block:
        """The first paragraph of a column or an editorial: its first words are capitals."""
        return says(texts.opened(texts.paragraph(self.die, self.tone, 2, 3)))

    def linked(self) -> Block:
        """A paragraph with a link in it, to an older story or to another site."""
        words = texts.paragraph(self.die, self.tone, 1, 2)
        phrase = " ".join(words.split(" ")[2:5])
        number = self.die.randint(1_900_000, 1_960_000)
        own, other = f"/news/{number}/{texts.slug(phrase)}", f"https://gauge-office.example/report/{number}"
        return Block(Shape.PARAGRAPH, (words,), Link(phrase, self.die.choice((own, other))))

    def subhead(self) -> Block:
        """A sub-head."""
        return Block(Shape.SUBHEAD, (texts.subhead(self.die),))

    def quote(self) -> Block:
        """A pull-quote: words of its own, not repeated from the text."""
        return Block(Shape.QUOTE, (texts.sentence(self.die, self.tone),))

    def items(self, shape: Shape, count: int) -> Block:
        """A list, or the bullets a front page opens with."""
        return Block(shape, tuple(texts.item(self.die) for _ in range(count)))

    def figure(self) -> Block:
        """A picture with its caption."""
        return Block(Shape.FIGURE, (texts.caption(self.die),))

    def embed(self, shape: Shape) -> Block:
        """Something posted elsewhere."""
        return Block(shape, (texts.post(self.die),))

    def also(self) -> Block:
        """The paragraph that sends the reader to another story; it is text of this one."""
        title = texts.headline(self.die, "news")
        address = f"/news/{self.die.randint(1_900_000, 1_960_000)}"
        return Block(Shape.PARAGRAPH, (f"Also read: {title}",), Link(title, address))


Composition = Callable[[Writer], Iterable[Block]]


def says(text: str) -> Block:
    """A paragraph without a link."""
    return Block(Shape.PARAGRAPH, (text,))


def summarised(w: Writer) -> Iterable[Block]:
    """A front-page story under its bullets, with ads between the paragraphs."""
    return (
        w.figure(),
        w.items(Shape.BULLETS, 3),
        w.lead(),
        *w.paragraphs(2, 3),
        AD,
        w.linked(),
        *w.paragraphs(3, 6),
    )


def long(w: Writer) -> Iterable[Block]:
    """A story of twelve to twenty paragraphs."""
    first = w.opening() if w.tone == "opinion" else w.lead()
    return (first, *w.paragraphs(4, 7), AD, w.linked(), w.quote(), *w.paragraphs(6, 10))


def illustrated(w: Writer) -> Iterable[Block]:
    """A story with pictures between the paragraphs."""
    return (
        w.lead(),
        w.paragraph(),
        w.figure(),
        *w.paragraphs(2, 4),
        w.figure(),
        w.also(),
        *w.paragraphs(1, 2),
    )


def divided(w: Writer) -> Iterable[Block]:
    """A story with sub-heads and a list."""
    listed = w.items(Shape.UNORDERED, w.die.randint(3, 5))
    first, second = w.paragraphs(2, 4), w.paragraphs(2, 3)
    return (w.lead(), w.linked(), w.subhead(), *first, AD, listed, w.subhead(), *second, RULE)


def one_line(w: Writer) -> Iterable[Block]:
    """A story of one sentence."""
    return (says(f"{w.die.choice(_CITIES)}: {texts.sentence(w.die, w.tone)}"),)


def short(w: Writer) -> Iterable[Block]:
    """A story of two to four paragraphs."""
    return (w.lead(), *w.paragraphs(1, 3))


def wire(w: Writer) -> Iterable[Block]:
    """An agency's story, with a line for the other agency."""
    return (w.lead(), *w.paragraphs(3, 6), AD, w.paragraph(), says("With input from APP"))


def standings(w: Writer) -> Iterable[Block]:
    """A match and its table."""
    return (w.lead(), *w.paragraphs(2, 4), w.subhead(), w.items(Shape.ORDERED, 4))


def leader(w: Writer) -> Iterable[Block]:
    """An editorial: three paragraphs, the first opening in capitals."""
    return (w.opening(), w.paragraph(2, 4), w.paragraph(2, 3))


def column(w: Writer) -> Iterable[Block]:
    """A column with a line on who wrote it and where to write to."""
    name = texts.person(w.die)
    about = says(f"The writer is a retired keeper of {texts.subhead(w.die)[4:]}.")
    mail = says(
        f"{texts.slug(name).replace('-', '.')}@kitepost.example\nX: @{texts.slug(name).replace('-', '_')}"
    )
    return (w.opening(), *w.paragraphs(3, 5), w.quote(), AD, *w.paragraphs(3, 5), about, mail)


def letter(w: Writer) -> Iterable[Block]:
    """A reader's letter, signed."""
    signed = says(f"{texts.person(w.die)}\n{w.die.choice(_CITIES).title()}")
    return (
        says(f"THIS is about a report of yours. {texts.sentence(w.die, w.tone)}"),
        w.paragraph(2, 3),
        signed,
    )


def feature(w: Writer) -> Iterable[Block]:
    """A magazine's story: long, with pictures, sub-heads and pull-quotes."""
    middle = (w.subhead(), *w.paragraphs(3, 4), w.quote(), w.linked(), w.figure())
    return (w.opening(), *w.paragraphs(3, 5), w.figure(), *middle, w.subhead(), *w.paragraphs(3, 5))


def developing(w: Writer) -> Iterable[Block]:
    """The first words on something that just happened."""
    return (*w.paragraphs(2, 3), says("More to follow"))


def tweeted(w: Writer) -> Iterable[Block]:
    """A story with a tweet in an otherwise empty paragraph, and one that stands free."""
    one, two = w.embed(Shape.TWEET_IN_P), w.embed(Shape.TWEET)
    additional = says(f"Additional input by {texts.person(w.die)}.")
    return (w.linked(), *w.paragraphs(1, 2), one, *w.paragraphs(2, 3), two, w.also(), additional)


def quoting(w: Writer) -> Iterable[Block]:
    """A story with a long quotation and a list."""
    return (*w.paragraphs(2, 3), w.quote(), w.items(Shape.UNORDERED, 3), *w.paragraphs(2, 3))


def filmed(w: Writer) -> Iterable[Block]:
    """A story with a film from elsewhere and the player's dialog."""
    return (*w.paragraphs(2, 2), PLAYER, w.linked(), w.embed(Shape.YOUTUBE), *w.paragraphs(1, 3))


def posted(w: Writer) -> Iterable[Block]:
    """A story with a post of pictures from elsewhere."""
    return (*w.paragraphs(1, 2), w.embed(Shape.INSTAGRAM), *w.paragraphs(2, 3))


def essay(w: Writer) -> Iterable[Block]:
    """A long read for the web, with the player's dialog and many quotations."""
    first, second = w.paragraphs(4, 6), w.paragraphs(4, 6)
    return (
        w.opening(),
        *first,
        PLAYER,
        w.quote(),
        w.linked(),
        w.figure(),
        AD,
        w.quote(),
        *second,
        w.paragraph(),
    )


def pictures(w: Writer) -> Iterable[Block]:
    """Pictures with captions under one sentence, or now and then under none."""
    words = (w.paragraph(1, 1),) if w.die.random() < 0.5 else ()
    return (*words, *(w.figure() for _ in range(w.die.randint(4, 7))))


def video(w: Writer) -> Iterable[Block]:
    """A film, and now and then a sentence."""
    words = (w.paragraph(1, 1),) if w.die.random() < 0.5 else ()
    return (w.embed(Shape.YOUTUBE), *words)


def nothing(_: Writer) -> Iterable[Block]:
    """No body: a cartoon is its cover, a pointer's card leads elsewhere."""
    return ()


bare_link = nothing
