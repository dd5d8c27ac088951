"""Made-up texts that resemble each other about as much as those of a newspaper do."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import accumulate

from benchmarks.families.labelled import Paragraphs, Text

FIRST = date(2016, 1, 1)
STORIES_A_DAY = 300
SYLLABLES = [
    consonant + vowel
    for consonant in (
        "b",
        "ch",
        "d",
        "g",
        "h",
        "j",
        "k",
        "l",
        "m",
        "n",
        "p",
        "r",
        "s",
        "sh",
        "t",
        "v",
        "y",
        "z",
    )
    for vowel in ("a", "e", "i", "o", "u", "ai")
]
PHRASES = 60_000
"""Of ten words. Texts of seventy then share as many runs of four words as real ones: one in 3,000."""


class Press:
    """Texts without end, the same for the same seed: phrases of a small language put in a row."""

    def __init__(self, seed: int = 1) -> None:
        self.chance = random.Random(seed)
        vocabulary = [
            "".join(self.chance.choices(SYLLABLES, k=self.chance.randint(1, 4))) for _ in range(30_000)
        ]
        weights = list(accumulate(1 / (place + 10) for place in range(len(vocabulary))))
        self.phrases = [" ".join(self._phrase(vocabulary, weights)) for _ in range(PHRASES)]

    def paragraphs(self, phrases: int) -> Paragraphs:
        """So many phrases, in paragraphs of three."""
        drawn = self.chance.choices(self.phrases, k=phrases)
        return [", ".join(drawn[n : n + 3]).capitalize() + "." for n in range(0, phrases, 3)]

    def texts(self, count: int, least: int = 8, most: int = 90) -> Iterator[Text]:
        """So many texts, of 80 to 900 words, 300 a day; one in fifty is another of that day cut short."""
        before: list[Text] = []
        for place in range(count):
            day = FIRST + timedelta(days=place // STORIES_A_DAY)
            paragraphs = self.paragraphs(self.chance.randint(least, most))
            if before and self.chance.random() < 0.02:
                earlier = self.chance.choice(before).paragraphs
                paragraphs = earlier[: max(3, len(earlier) * 2 // 3)]
            text = Text(1_000_000 + place, f"Title {place}", day, paragraphs)
            before = [*before[-99:], text]
            yield text

    def _phrase(self, vocabulary: list[str], weights: list[float]) -> list[str]:
        drawn = self.chance.choices(vocabulary, cum_weights=weights, k=10)
        if self.chance.random() < 0.15:
            drawn[self.chance.randrange(10)] = str(self.chance.randint(2, 5000))
        if self.chance.random() < 0.3:
            place = self.chance.randrange(10)
            drawn[place] = drawn[place].capitalize()
        return drawn
