"""Made-up prose: sentences, headlines and captions drawn from word lists by a seeded die.

Nothing here is taken from any newspaper: the people, places and boards do not exist. Two draws of the same
die give the same words; sentences of two stories differ because each holds a name, a place and a number.
"""

from __future__ import annotations

import re
from random import Random

from crawlers.lookalike.words import HEADLINES, SENTENCES, URDU, WORDS

SOFT_HYPHEN = "\u00ad"


class _Slots(dict[str, str]):
    """Words for the slots of a pattern, drawn as they are asked for."""

    def __init__(self, die: Random) -> None:
        super().__init__()
        self._die = die

    def __missing__(self, slot: str) -> str:
        if slot == "n":
            return str(self._die.randint(11, 989))
        if slot == "person":
            return person(self._die)
        if slot == "board":
            return f"{self['place']} {self._die.choice(WORDS['topic'])} {self._die.choice(WORDS['organ'])}"
        return self._die.choice(WORDS[slot]).replace("{n}", str(self._die.randint(11, 989)))


def die(*key: object) -> Random:
    """A die that always falls the same way for the same key. Not for secrets."""
    return Random("/".join(map(str, key)))  # noqa: S311


def person(die: Random) -> str:
    """A full name that nobody bears, as far as we know."""
    return f"{die.choice(WORDS['given'])} {die.choice(WORDS['family'])}"


def sentence(die: Random, tone: str) -> str:
    """One sentence in the tone `news`, `opinion` or `feature`, with its full stop."""
    filled = die.choice(SENTENCES[tone]).format_map(_Slots(die))
    return filled[0].upper() + filled[1:]


def paragraph(die: Random, tone: str, low: int = 1, high: int = 3) -> str:
    """Between `low` and `high` sentences, a blank between them."""
    return " ".join(sentence(die, tone) for _ in range(die.randint(low, high)))


def headline(die: Random, tone: str) -> str:
    """A headline without a full stop."""
    filled = die.choice(HEADLINES[tone]).format_map(_Slots(die))
    return filled[0].upper() + filled[1:]


def teaser(die: Random) -> str:
    """The one sentence under a headline on a card: it does not stand in the story itself."""
    pattern = "What {place} makes of {n} {trait} {things}, and why {person} would have them {verb} {when}."
    return pattern.format_map(_Slots(die))


def subhead(die: Random) -> str:
    """A few words without a full stop, to stand between paragraphs."""
    return "The {trait} {things} of {place}".format_map(_Slots(die))


def item(die: Random) -> str:
    """An entry of a list: short, no full stop."""
    return "{family} {verb} {n} {things} at {place}".format_map(_Slots(die))


def caption(die: Random) -> str:
    """What stands under a picture, with an agency or a photographer named."""
    credit = die.choice(("AFP", "Reuters", "White Star", "APP", "Photo by the writer"))
    return "{n} {trait} {things} seen at {place} {when}. — ".format_map(_Slots(die)) + credit


def post(die: Random) -> str:
    """A message posted elsewhere, as an embed shows it: no part of a story."""
    return "{n} {things} {verb}! Thank you {place}, see you {when} #{family}".format_map(_Slots(die))


def urdu(die: Random) -> str:
    """Five Urdu words in a row: they need not make sense."""
    return " ".join(die.sample(URDU, 5))


def opened(text: str) -> str:
    """The text with its first word in capitals, as columns and editorials open."""
    first, rest = text.split(" ", 1)
    return f"{first.upper()} {rest}" if len(first) > 1 else f"{first} {opened(rest)}"


def hyphenated(die: Random, text: str) -> str:
    """The text with a soft hyphen inside some of its longer words. Without them it is the same text."""

    def broken(match: re.Match[str]) -> str:
        word, at = match[0], len(match[0]) // 2
        return word[:at] + SOFT_HYPHEN + word[at:] if die.random() < 0.4 else word

    return re.sub(r"[a-z]{8,}", broken, text)


def slug(title: str) -> str:
    """The title as the tail of an address: lower case, hyphens, at most 90 characters."""
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"[’‘'“”]", "", title.lower())).strip("-")[:90].strip("-")


def cut(text: str, length: int = 110) -> str:
    """The beginning of a text up to a word's end, with the "..." that cards show."""
    return text if len(text) <= length else text[:length].rsplit(" ", 1)[0] + " ..."
