"""The rail meter: is there text in a body that belongs to the page around it? Pure, and blind to the layout.

It compares what a body says with what teasers of other stories say, on this page and on others of that time,
and with what repeats across pages outside their stories. Stories share sentences (wire copy, quotations, the
printed and the web version), so that a teaser's words alone prove nothing: `judge` asks for a sign that the
words stand there as a teaser.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, groupby, pairwise

from crawlers.rails import squeezed
from crawlers.suspects import ELLIPSIS, HEADLINE_WORDS, Known, Match, Page, Part, Suspicion, is_labelled

_WHOLE = 0.7  # of a line's letters: the rest is a date, a byline, a number
_ENDS = tuple(".?!…”’\"'):;")  # how a paragraph ends that nobody cut
_TOLD = re.compile(
    r"\b(?:said|says|saying|told|tells|added|adds|asked|asks|wrote|writes|stated|warned|remarked|quoted"
    r"|reported(?! by)|according to|refers? to|reference to|apropos|titled|headlined|entitled)\b",
    re.IGNORECASE,
)
_SENTENCE = 40  # letters of a sentence that two stories do not say by chance
_ROW = 3  # stories that "Also read: …" lines in a row lead to, to be a rail
_MOST_SENTENCES = 12  # of a rail are told


@dataclass(frozen=True, slots=True)
class Verdict:
    """That a body holds text which is not the story's: the lines, where they lead, and by which sign."""

    capture_id: str
    item: int
    story_id: int
    sentences: tuple[str, ...]
    leads_to: tuple[str, ...]
    sign: str


def judge(suspicion: Suspicion, bodies: Mapping[str, str]) -> Verdict | None:
    """Whether what was found is a rail. `bodies` are the teased stories', as far as they are known."""
    page, parts = suspicion.page, suspicion.parts
    told: dict[str, set[str]] = {}
    sign = ""

    def found(why: str, text: str, stories: Iterable[str] = ()) -> None:
        nonlocal sign
        sign = sign or why
        told.setdefault(text, set()).update(stories)

    for linked in page.evidence.linked:
        if not is_labelled(page.paragraphs, linked.text):
            found("a paragraph that is a link to another story", linked.text, (linked.leads_to,))
    for text in suspicion.furniture:
        found("what stands outside the stories of other pages", text)
    for text in suspicion.repeated:
        found("what many bodies of one run say", text)
    alone = _Alone(page, bodies)
    for part in parts:
        if why := _sign(part, alone):
            found(why, part.line, part.stories)
    free = [part for part in parts if not part.labelled]
    for one, other in chain(pairwise(parts), pairwise(free) if len(free) < len(parts) else ()):
        if why := _sign_of_two(one, other, alone):
            found(why, one.line, one.stories)
            found(why, other.line, other.stories)
    for part in _begun_by_headlines(parts):
        found("lines that begin with headlines of several stories", part.line, part.stories)
    for row in _labelled_rows(parts, page):
        for part in row:
            found("labelled lines to several stories in a row", part.line, part.stories)
    if not told:
        return None
    stories = sorted({story for each in told.values() for story in each})
    place = {part.line: n for n, part in reversed(list(enumerate(parts)))}
    sentences = sorted(told, key=lambda text: (place.get(text, len(parts)), text))
    return Verdict(
        page.capture_id, page.item, page.story_id, tuple(sentences[:_MOST_SENTENCES]), tuple(stories), sign
    )


def own_rail(page: Page) -> Verdict | None:
    """The verdict on a body by what its own page shows, and no other."""
    suspicion = Known(page.evidence.teasers).look(page)
    return judge(suspicion, {}) if suspicion is not None else None


# ── signs ────────────────────────────────────────────────────────────────────────────────────────────────


def _sign(part: Part, alone: _Alone) -> str | None:
    """Why a line by itself is a rail; None where it may be the story's."""
    headlines, excerpts = part.of("headline"), part.of("excerpt")
    if part.labelled and not excerpts:
        return None  # "Also read: …" names a headline, and no more
    long = _long(headlines)
    whole = [each for each in long if each.end - each.start >= _WHOLE * part.letters]
    if whole and not part.bulleted and not part.labelled and not _is_told(whole[0], part):
        return "another story's headline as a whole paragraph"
    ended = [each for each in excerpts if each.end == len(part.said)]
    if part.cut and part.teased and any(not alone.has_cut(each, part) for each in ended):
        return "an excerpt cut short"
    if part.cut and any(alone.is_cut_elsewhere(each, part) for each in excerpts):
        return "an excerpt cut short, longer than elsewhere"
    if any(alone.is_cut_silently(each, part) for each in excerpts):
        return "an excerpt cut short, with no ellipsis"
    if part.teased and _stories(headlines) & _stories(excerpts):
        return "a headline followed by its excerpt"
    if len(_stories(long)) > 1 and part.teased:
        return "headlines of several stories"
    before = {each.end: each.teaser.leads_to for each in long}
    if any(before.get(each.start, each.teaser.leads_to) != each.teaser.leads_to for each in long):
        return "headlines of several stories run together"
    if part.after and part.teased:
        return "a teaser below the print line"
    if part.after and part.cut and part.last:
        return "an excerpt cut short below the print line"
    exact = [each for each in excerpts if each.teaser.kind == "excerpt" and _is_all(each, part)]
    if exact and all(alone.is_foreign(each, part) for each in exact):
        return "another story's excerpt as a whole paragraph"
    return None


def _sign_of_two(one: Part, other: Part, alone: _Alone) -> str | None:
    """Why two parts that follow one another are a rail."""
    if not (one.teased and other.teased):
        return None
    for first, second in ((one, other), (other, one)):
        if _stories(first.of("headline")) & _stories(second.of("excerpt")):
            return "a headline followed by its excerpt"
    if one.stories & other.stories:
        return None
    if all((part.of("headline") and not part.labelled) or alone.is_unshared(part) for part in (one, other)):
        return "teasers of several stories in a row"
    return None


def _begun_by_headlines(parts: Iterable[Part]) -> list[Part]:
    """The lines that begin with headlines and go on, where those lead to several stories."""
    begun = [
        (part, stories)
        for part in parts
        if part.matches and not part.before and not part.bulleted and not part.labelled
        if (stories := _stories(each for each in _long(part.of("headline")) if not each.start))
    ]
    if not begun or set.intersection(*(stories for _, stories in begun)):
        return []
    return [part for part, _ in begun]


def _long(headlines: Iterable[Match]) -> list[Match]:
    """Those that no sub-head has by chance."""
    return [each for each in headlines if each.teaser.text.count(" ") + 1 >= HEADLINE_WORDS]


def _labelled_rows(parts: Iterable[Part], page: Page) -> list[list[Part]]:
    """The rows of "Also read: …" that lead to more stories than a cross-reference does."""
    found = []
    for labelled, group in groupby(parts, key=lambda part: part.labelled):
        row = list(group) if labelled else []
        if not row:
            continue
        stories = {story for part in row for story in part.stories} | {
            linked.leads_to
            for linked in page.evidence.linked
            if any(squeezed(linked.text).endswith(part.said) for part in row)
        }
        if len(stories) >= _ROW:
            found.append(row)
    return found


def _is_told(match: Match, part: Part) -> bool:
    """Whether the line says who said it, or where it was written: “…,” he said. This refers to …"""
    return len(part.stories) == 1 and any(map(_TOLD.search, part.around(match)))


def _stories(matches: Iterable[Match]) -> set[str]:
    return {match.teaser.leads_to for match in matches}


class _Alone:
    """Whether what two stories both say is all that they share."""

    def __init__(self, page: Page, bodies: Mapping[str, str]) -> None:
        self._page = page
        self._bodies = bodies
        self._said: dict[str, str] = {}
        self._sentences: list[tuple[int, str]] | None = None

    def body(self, story: str) -> str | None:
        """The squeezed body of a story; None where it is not known."""
        if story not in self._said and story in self._bodies:
            self._said[story] = squeezed(self._bodies[story])
        return self._said.get(story)

    def has_cut(self, match: Match, part: Part) -> bool:
        """Whether the other story itself has an ellipsis where the part ends: then both say the same."""
        text = self._bodies.get(match.teaser.leads_to, "")
        return any(
            squeezed(piece) == part.said[match.start :]
            for line in text.split("\n")
            for piece in ELLIPSIS.split(line)[:-1]
            if piece
        )

    def is_cut_elsewhere(self, match: Match, part: Part) -> bool:
        """Whether nearly all of a cut line is a cut teaser, which only ends sooner."""
        return (
            not match.start
            and match.end >= _WHOLE * len(part.said)
            and _is_cut(match)
            and not self.has_cut(match, part)
        )

    def is_cut_silently(self, match: Match, part: Part) -> bool:
        """Whether a line breaks off within what another story says, as no paragraph ends."""
        return (
            not match.start
            and match.end == len(part.said) == part.letters >= _SENTENCE
            and not part.line.endswith(_ENDS)
            and not part.bulleted
            and (match.teaser.kind == "opening" or not _is_all(match, part))
            and not self.has_line(match.teaser.leads_to, part)
        )

    def has_line(self, story: str, part: Part) -> bool:
        """Whether another story has the line as well, and it ends there."""
        return any(squeezed(line) == part.said for line in self._bodies.get(story, "").split("\n"))

    def shares_more(self, story: str, part: Part) -> bool:
        """Whether the two stories have another sentence in common than this one: wire copy, versions."""
        theirs = self.body(story)
        if theirs is None:
            return False
        if self._sentences is None:
            self._sentences = [
                (n, said)
                for n, paragraph in enumerate(self._page.paragraphs)
                for sentence in re.split(r"(?<=[.?!…”])\s+|\n", paragraph)
                if len(said := squeezed(sentence)) >= _SENTENCE
            ]
        return any(
            said in theirs for n, said in self._sentences if not (n == part.paragraph and said in part.said)
        )

    def is_foreign(self, match: Match, part: Part) -> bool:
        """Whether a paragraph that is another story's excerpt, word for word, cannot be this story's own."""
        story = match.teaser.leads_to
        theirs = self.body(story)
        opening = self._page.evidence.opening
        first = part.paragraph == 0 if opening is None else part.paragraph == opening
        if first:
            return False
        if theirs is not None and part.said in theirs:
            # Their own words: a shared sentence, unless it is their opening, and all that is shared.
            return theirs.startswith(part.said) and theirs != part.said and not self.shares_more(story, part)
        return True

    def is_unshared(self, part: Part) -> bool:
        """Whether a whole paragraph opens another story with which nothing else is shared."""
        opening = self._page.evidence.opening
        if part.paragraph == (opening or 0):
            return False
        return any(
            _is_all(match, part) and not self.shares_more(match.teaser.leads_to, part)
            for match in part.of("excerpt")
        )


def _is_all(match: Match, part: Part) -> bool:
    """Whether the whole line says what the whole excerpt says, neither of them cut."""
    said = squeezed(match.teaser.text)
    if match.start or match.end != len(part.said) or len(part.said) != part.letters or part.cut:
        return False
    if match.teaser.kind == "opening":
        return True
    return said == part.said and not _is_cut(match)


def _is_cut(match: Match) -> bool:
    """Whether the teaser ends with an ellipsis."""
    return bool(ELLIPSIS.search(match.teaser.text[-8:]))
