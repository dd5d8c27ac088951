"""How near a tool's text comes to the right one. Pure: nothing here runs a tool or reads a file.

Texts are compared after white space is collapsed, and what is no word is taken out of both: soft hyphens,
characters of no width, the mark before an item of a list. The print line ("Published in …") is counted
neither way: a tool may keep it or drop it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, cast

from lxml import etree, html

KARACHI = timezone(timedelta(hours=5))  # never with daylight saving since 2009
FIELDS = ("title", "authors", "section", "published_at", "updated_at")
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
_LIST_MARK = re.compile(r"^\s*[-*•·]\s+", re.MULTILINE)  # one tool writes it, another does not
_WORD = re.compile(r"\w+")
_SENTENCE_ENDS = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+")
_WORDS_OF_A_SENTENCE = 5
# A caption is no rail, and hidden words are no text. Everything else on a page may be found in an output.
_NOT_READ = ("head", "script", "style", "noscript", "template", "figcaption")
_INLINE_TAGS = "a abbr b cite code em font i mark q s small span strong sub sup time u wbr"
_INLINE = frozenset(_INLINE_TAGS.split())


@dataclass(frozen=True, slots=True)
class Page:
    """One page, its right reading, and the sentences on it that are none of its story."""

    file: str
    url: str
    paragraphs: tuple[str, ...]
    print_line: str | None
    chrome: tuple[str, ...]  # as `sentences` gives them
    fields: Mapping[str, Any]  # the right values, times in ISO 8601


@dataclass(frozen=True, slots=True)
class Overlap:
    """Words of an output and of the right text, each as often as it stands there, and those they share."""

    shared: int
    said: int
    wanted: int

    @property
    def precision(self) -> float:
        """The share of the output that is right; of an empty one 1 where nothing is wanted, otherwise 0."""
        return self.shared / self.said if self.said else float(not self.wanted)

    @property
    def recall(self) -> float:
        """The share of the right text that was found; 1 where nothing is wanted."""
        return self.shared / self.wanted if self.wanted else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both; 0 where both are."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Score:
    """One page as one tool read it. A field is None where the tool does not give it."""

    overlap: Overlap
    exact: bool
    exact_paragraphs: bool | None
    leaked: tuple[str, ...]
    fields: Mapping[str, bool | None]


@dataclass(frozen=True, slots=True)
class Totals:
    """All pages of one tool. `macro` is a mean over pages, `micro` one over words, as of one long page."""

    pages: int
    macro: tuple[float, float, float]  # precision, recall, F1
    micro: tuple[float, float, float]
    exact: float
    exact_paragraphs: float | None
    leaks: int
    empty: int
    fields: Mapping[str, float | None]
    all_fields: float | None  # the share of pages with every one of FIELDS right


def plain(text: str) -> str:
    """The text on one line, without soft hyphens and marks of lists. Letters, quotes and dashes stay."""
    return " ".join(_LIST_MARK.sub("", text.translate(_UNSEEN)).split())


def without(text: str, print_line: str | None) -> str:
    """A plain text without the last mention of the page's print line."""
    line = plain(print_line or "")
    before, found, after = text.rpartition(line) if line else ("", "", text)
    return f"{before.rstrip()} {after.lstrip()}".strip() if found else text


def overlap(said: str, wanted: str) -> Overlap:
    """The words two plain texts share. Their order does not count."""
    ours, right = Counter(_WORD.findall(said)), Counter(_WORD.findall(wanted))
    return Overlap((ours & right).total(), ours.total(), right.total())


def sentences(markup: str) -> tuple[str, ...]:
    """The sentences of five words or more that a page shows, each once, without the dots of a cut teaser.

    Captions are left out. It knows nothing of any layout: elements that are not inline end a sentence.
    """
    tree = html.document_fromstring(markup)
    for node in list(tree.iter(etree.Comment, etree.ProcessingInstruction, *_NOT_READ)):
        cast(html.HtmlElement, node).drop_tree()
    units = [""]
    for event, node in etree.iterwalk(tree, events=("start", "end")):
        if node.tag not in _INLINE:
            units.append("")
        units[-1] += (node.text if event == "start" else node.tail) or ""
    return cut_into_sentences(units)


def cut_into_sentences(units: Iterable[str]) -> tuple[str, ...]:
    """The sentences of five words or more of some texts, each once, without the dots of a cut teaser."""
    found = (part.rstrip(" .…") for unit in units for part in _SENTENCE_ENDS.split(plain(unit)))
    return tuple(dict.fromkeys(part for part in found if len(part.split()) >= _WORDS_OF_A_SENTENCE))


def leaked(text: str, page: Page) -> tuple[str, ...]:
    """The sentences of a page's chrome that stand in a plain text, and neither in its story nor its title."""
    own = [plain("\n".join(page.paragraphs)), plain(str(page.fields.get("title") or ""))]
    return tuple(part for part in page.chrome if part in text and not any(part in mine for mine in own))


def score(said: Mapping[str, Any], page: Page) -> Score:
    """What one tool said of a page, beside what is right. `said` has "text" and the fields the tool gives."""
    wanted = without(plain("\n".join(page.paragraphs)), page.print_line)
    text = without(plain(said.get("text") or ""), page.print_line)
    given = said.get("paragraphs")
    return Score(
        overlap(text, wanted),
        text == wanted,
        None if given is None else tuple(given) == page.paragraphs,
        leaked(text, page),
        {name: _right(name, said[name], page.fields) if name in said else None for name in FIELDS},
    )


def totals(scores: Sequence[Score]) -> Totals:
    """The scores of all pages together. There must be one at least."""
    count = len(scores)
    each = [one.overlap for one in scores]
    both = Overlap(*(sum(getattr(one, name) for one in each) for name in ("shared", "said", "wanted")))
    return Totals(
        pages=count,
        macro=(
            sum(one.precision for one in each) / count,
            sum(one.recall for one in each) / count,
            sum(one.f1 for one in each) / count,
        ),
        micro=(both.precision, both.recall, both.f1),
        exact=sum(one.exact for one in scores) / count,
        exact_paragraphs=_share([one.exact_paragraphs for one in scores]),
        leaks=sum(bool(one.leaked) for one in scores),
        empty=sum(not one.said for one in each),
        fields={name: _share([one.fields[name] for one in scores]) for name in FIELDS},
        all_fields=_share([all(one.fields.values()) for one in scores])
        if all(any(one.fields[name] is not None for one in scores) for name in FIELDS)
        else None,
    )


def _share(answers: Sequence[bool | None]) -> float | None:
    """The share of pages with a right answer; None where no page has one at all."""
    if all(answer is None for answer in answers):
        return None
    return sum(bool(answer) for answer in answers) / len(answers)


def _right(name: str, said: Any, right: Mapping[str, Any]) -> bool:
    wanted = right.get(name)
    if name.endswith("_at"):
        return _instant(said) == _instant(wanted)
    if name == "authors":
        return [plain(one) for one in said or ()] == [plain(one) for one in wanted or ()]
    return plain(said or "") == plain(wanted or "")


def _instant(said: str | None) -> datetime | None:
    """The instant; one without a zone is the newspaper's own. A day alone is midnight, so not the instant."""
    try:
        moment = datetime.fromisoformat(said) if said else None
    except ValueError:
        return None
    return moment.replace(tzinfo=KARACHI) if moment is not None and moment.tzinfo is None else moment
