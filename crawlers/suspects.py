"""What of a body stands in teasers of other stories, or is furniture: found here, judged by `crawlers.meter`.

Pure. Texts are compared by their letters and digits alone, so that no mark, blank or tag between two words
makes a difference.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from crawlers.rails import Evidence, Teaser, key, squeezed

_WORD = re.compile(r"[^\W_]+")
ELLIPSIS = re.compile(r"…|\.\s?\.\s?\.[.\s]*")
_BULLET = re.compile(r"^\s*(?:[•·▪■●*–—-]|\d{1,2}[.)])\s+")
LABELS = (
    "also read", "read also", "read more", "read", "read this", "read next", "must read", "more to read",
    "read full story", "read the full story", "see also", "also see", "see", "related", "more", "for more",
    "more on this", "know more", "further reading", "dive deeper", "don't miss", "explainer", "timeline",
    "watch", "in pictures",
)  # fmt: skip
"""What opens a line of the story's own that names another: "Also read: …" stays in the body. "Opinion" and
"Editorial" are not among them: so the site's own rails are headed."""
_LABEL = re.compile(
    rf"\W*(?:{'|'.join(LABELS)})(?: here)?\s*(?:[:—–|]|\n|-\s)\s*".replace("'", "[’']?"), re.IGNORECASE
)
_LABELLED = 3  # lines of a labelled paragraph at most; a longer one is a list

_OPENED = re.compile(r"""(?:[“‘«]|(?<![\w,.?!])"(?=\w|$))(?:[^“‘”’"«»]|(?<=\w)’(?=\w))*$""")
_CLOSED = re.compile(r"""[”’"»](?!\w)""")
_QUOTES = "“‘«”’»\"'"
_AROUND = 400  # characters of a line before and after a teaser that are looked at

_ANCHOR = 20  # letters by which a teaser is found; shorter ones only where they are a whole line
_WHOLE = 0.7  # of a line's letters: the rest is a date, a byline, a number
_PAGES = 3  # other stories' pages on which a text must stand outside the story to be furniture
HEADLINE_WORDS = 5  # a headline of fewer ("Water crisis") may well be a sub-head of a real story
_FURNITURE_WORDS, _OPENING_WORDS = 4, 12  # fewer tell nothing; so many open a story without a description
_LEAST_BODIES, _SHARE, _BYLINES = 8, 0.1, 3  # of a run, that have a line which no story of its own has
_NOTE = re.compile(
    r"\W*(?:the (?:writer|author|reviewer|columnist|contributor)s?\b|(?:originally )?published (?:in|on)\b"
    r"|(?:with )?(?:additional )?(?:inputs?|reporting|information) (?:from|by)\b"
    r"|this (?:story|article|report|piece) (?:was|is|has been)\b|(?:the )?(?:views|opinions) expressed\b"
    r"|header (?:image|photo|picture)|.*@)",
    re.IGNORECASE,
)
"""What stories by several hands say in the same words, and rightly."""
_MOST_MATCHES = 2_000  # are enough for a verdict; a hostile page has its rail a million times


class Match(NamedTuple):
    """Where a line says what a teaser says."""

    teaser: Teaser
    start: int  # in letters, from the beginning of the part
    end: int


@dataclass(frozen=True, slots=True)
class Page:
    """A body to be judged, and what is known of its own page."""

    capture_id: str
    item: int
    story_id: int
    title: str
    paragraphs: tuple[str, ...]
    evidence: Evidence


@dataclass(slots=True)
class Part:
    """A line of a body, or what of it stands before an ellipsis, with the teasers found in it."""

    paragraph: int
    line: str
    words: list[str]
    said: str  # squeezed
    letters: int  # of the whole line, without its label
    before: int  # letters of the line that stand before it
    cut: bool  # an ellipsis follows
    bulleted: bool
    labelled: bool  # "Also read: …", or what follows that in the same paragraph
    after: bool  # it stands below the print line
    last: bool  # nothing of the line follows
    matches: list[Match] = field(default_factory=list)
    quotes: bool = False  # whether a quotation mark stands in the line
    _lower: str = ""
    _places: list[tuple[int, int]] = field(default_factory=list)

    def of(self, kind: str) -> list[Match]:
        return [match for match in self.matches if (match.teaser.kind == "headline") == (kind == "headline")]

    @property
    def stories(self) -> set[str]:
        return {match.teaser.leads_to for match in self.matches}

    @property
    def covered(self) -> int:
        """How many letters of the part stand in a match."""
        covered = end = 0
        for match in sorted(self.matches, key=lambda each: each.start):
            covered += max(0, match.end - max(end, match.start))
            end = max(end, match.end)
        return covered

    def around(self, match: Match) -> tuple[str, str]:
        """What the line says right before a match and right after it."""
        if not self._places:  # where each word begins: among the letters, and in the line
            at = 0
            self._lower = self.line.lower()  # once: a hostile line of 2 MB has 2,000 matches
            for word in _WORD.finditer(self._lower):
                self._places.append((at, word.start()))
                at += word.end() - word.start()
        line, (begin, end) = self._lower, (self.before + match.start, self.before + match.end)
        letters, place = self._places[bisect_right(self._places, begin, key=itemgetter(0)) - 1]
        first = place + begin - letters
        letters, place = self._places[bisect_left(self._places, end, key=itemgetter(0)) - 1]
        last = place + end - letters
        return line[max(0, first - _AROUND) : first], line[last : last + _AROUND]

    @property
    def teased(self) -> bool:
        """Whether the whole part is a teaser's."""
        return bool(self.matches) and self.covered >= _WHOLE * len(self.said)


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A body in which teasers were found, and the stories whose own bodies must be looked at to judge it."""

    page: Page
    parts: tuple[Part, ...]
    furniture: tuple[str, ...]
    repeated: tuple[str, ...] = ()  # its lines that many bodies of the same run have

    @property
    def stories(self) -> set[str]:
        """The stories that are teased in it."""
        return {story for part in self.parts for story in part.stories}


class Repeats:
    """The bodies of one run, taken in to be compared with one another."""

    def __init__(self) -> None:
        self._by: dict[int, str] = {}
        self._first: dict[int, int] = {}  # a line, by its hash, and the first story with it
        self._on: dict[str, set[int]] = {}  # a line and the stories with it, where there are several

    def add(self, page: Page, by: str) -> None:
        """Nothing; the body is taken in, and `by` whom it is."""
        self._by[page.story_id] = by
        for line in _lines("\n".join(page.paragraphs)):
            if line.count(" ") + 1 >= _FURNITURE_WORDS:
                first = self._first.setdefault(hash(line), page.story_id)
                if first != page.story_id:
                    self._on.setdefault(line, {first}).add(page.story_id)

    def lines(self) -> frozenset[str]:
        """The lines on a tenth of the stories, eight at least, that are not all of a few hands.

        A columnist's every piece ends with who the writer is; such notes and labels never count.
        """
        least = max(_LEAST_BODIES, _SHARE * len(self._by))
        return frozenset(
            line
            for line, stories in self._on.items()
            if len(stories) >= least
            and len({self._by[story] for story in stories}) >= _BYLINES
            and not _NOTE.match(line)
            and not _LABEL.match(line)
        )


class Known:
    """What pages of a time say of other stories, ready to be looked up.

    `furniture` gives, for the key of a text that stands outside stories, (some of) the stories on whose pages
    it does. An "opening" is the beginning of a story's body: what a rail may cut its excerpt from.
    """

    def __init__(
        self, teasers: Iterable[Teaser], furniture: Mapping[int, Sequence[int]] | None = None
    ) -> None:
        self._anchored: defaultdict[str, list[tuple[str, Teaser]]] = defaultdict(list)
        self._short: defaultdict[str, list[Teaser]] = defaultdict(list)
        self._of: defaultdict[str, set[str]] = defaultdict(set)
        self._furniture = furniture or {}
        for teaser in dict.fromkeys(teasers):
            said = squeezed(ELLIPSIS.sub(" ", teaser.text) if teaser.kind == "excerpt" else teaser.text)
            if teaser.kind != "opening":  # a rail may stand before it
                self._of[teaser.leads_to].add(said)
            if len(said) >= _ANCHOR:
                self._anchored[said[:_ANCHOR]].append((said, teaser))
            elif said and teaser.kind == "headline":
                self._short[said].append(teaser)
        self._lengths = sorted({len(said) for said in self._short})

    def look(self, page: Page, repeats: Collection[str] = ()) -> Suspicion | None:
        """What of a body stands in teasers of other stories, or is furniture; None where nothing does.

        `repeats` are the lines that many bodies of the page's run have.
        """
        own = self._of.get(str(page.story_id), set()) | {squeezed(page.title)}
        parts = _parts(page)
        found = 0
        for part in parts:
            if found < _MOST_MATCHES:
                part.matches = [
                    match
                    for match in self._matches(part)
                    if self._is_anothers(match, page, own) and not _is_quoted(match, part)
                ]
                found += len(part.matches)
        furniture = tuple(part.line for part in parts if self._is_furniture(part, page, own))
        lines = _lines("\n".join(page.paragraphs)) if repeats else ()
        repeated = tuple(line.strip() for line in lines if line in repeats and squeezed(line) not in own)
        if furniture or repeated or page.evidence.linked or any(part.matches or part.after for part in parts):
            return Suspicion(page, tuple(parts), furniture, repeated)
        return None

    def _matches(self, part: Part) -> list[Match]:
        said = part.said
        found = [Match(teaser, 0, len(said)) for teaser in self._short.get(said, ())]
        anchored = self._anchored
        start = 0
        for word in part.words:
            anchor = said[start : start + _ANCHOR]
            if anchor in anchored:
                matches = (_match(part, start, text, teaser) for text, teaser in anchored[anchor])
                found.extend(match for match in matches if match is not None)
                if len(found) > _MOST_MATCHES:
                    break
            start += len(word)
        # An excerpt may stand right behind its headline, with not even a blank between.
        heads = [match for match in found if match.teaser.kind == "headline"]
        heads += [
            Match(teaser, 0, length)
            for length in self._lengths
            if length < len(said)
            for teaser in self._short.get(said[:length], ())
        ]
        for head in heads:
            for text, teaser in anchored.get(said[head.end : head.end + _ANCHOR], ()):
                match = _match(part, head.end, text, teaser)
                if match is not None and teaser.leads_to == head.teaser.leads_to:
                    found.extend(each for each in (head, match) if each not in found)
        return found

    @staticmethod
    def _is_anothers(match: Match, page: Page, own: set[str]) -> bool:
        if match.teaser.leads_to == str(page.story_id):
            return False
        said = squeezed(match.teaser.text)
        return not any(said == text or (len(said) >= _ANCHOR and text.startswith(said)) for text in own)

    def _is_furniture(self, part: Part, page: Page, own: set[str]) -> bool:
        words = part.line.count(" ") + 1
        if words < _FURNITURE_WORDS or part.letters != len(part.said) or part.said in own or part.labelled:
            return False
        opening = page.evidence.opening
        if part.paragraph == opening or (opening is None and part.paragraph == 0 and words >= _OPENING_WORDS):
            return False
        stories = self._furniture.get(key(part.said), ())
        return sum(story != page.story_id for story in stories) >= _PAGES


def is_labelled(paragraphs: Sequence[str], text: str) -> bool:
    """Whether a linked line belongs to an "Also read: …", inside the link or before it."""
    if _LABEL.match(text):
        return True
    said = squeezed(text)
    return any(_LABEL.match(paragraph) and squeezed(paragraph).endswith(said) for paragraph in paragraphs)


def _parts(page: Page) -> list[Part]:
    """The lines of a body in order, parted where an ellipsis stands; without bullets and "Also read: "."""
    below = set(page.evidence.after)
    parts: list[Part] = []
    for n, paragraph in enumerate(page.paragraphs):
        label = _LABEL.match(paragraph)
        if label and len(_lines(paragraph)) > _LABELLED:
            label = None
        for at, line in enumerate(_lines(paragraph[label.end() :] if label else paragraph)):
            bullet = _BULLET.match(line)
            text = line[bullet.end() :] if bullet else line
            named = label[0] if label and not at and "\n" not in label[0].strip(" ") else ""
            pieces = [_WORD.findall(piece.lower()) for piece in ELLIPSIS.split(text)]
            letters = sum(len(word) for words in pieces for word in words)
            full = [at for at, words in enumerate(pieces) if words]
            quotes = any(mark in named + text for mark in _QUOTES)
            parts.extend(
                Part(
                    paragraph=n,
                    line=(named + text).strip(),
                    words=pieces[at],
                    said="".join(pieces[at]),
                    letters=letters,
                    before=len(squeezed(named)) + sum(len(word) for words in pieces[:at] for word in words),
                    cut=at + 1 < len(pieces),
                    bulleted=bool(bullet),
                    labelled=label is not None,
                    after=n in below,
                    last=at == full[-1],
                    quotes=quotes,
                )
                for at in full
            )
    return parts


def _lines(paragraph: str) -> list[str]:
    return [line for line in re.split(r"[\n\t]", paragraph) if line.strip()]


def _is_quoted(match: Match, part: Part) -> bool:
    """Whether a part says a teaser in quotation marks that are not the teaser's own."""
    if not part.quotes:
        return False
    before, after = part.around(match)
    text = match.teaser.text.strip()
    for _ in range(len(text) - len(text.lstrip(_QUOTES))):
        before = before.rstrip()[:-1]
    own = _CLOSED.search(after) if text.rstrip(".,?!").endswith(tuple(_QUOTES)) else None
    return bool(_OPENED.search(before) and _CLOSED.search(after, own.end() if own else 0))


def _match(part: Part, start: int, text: str, teaser: Teaser) -> Match | None:
    """Where a part says a teaser: all of it, or up to where the part ends (headlines: is cut)."""
    said = part.said
    if said.startswith(text, start):
        return Match(teaser, start, start + len(text))
    if teaser.kind == "headline" and (not part.cut or start or len(part.words) < HEADLINE_WORDS):
        return None
    if len(said) - start >= _ANCHOR and text.startswith(said[start:]):
        return Match(teaser, start, len(said))
    return None
