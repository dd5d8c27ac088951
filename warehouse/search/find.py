"""The one call that searches: words to stories, best first, each with the passage that fits."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Any, Protocol

import duckdb
from tantivy import Order, Searcher

from warehouse.database import WarehouseError, reader
from warehouse.search.analysis import IndexDamagedError, damage_shown, open_index, stems
from warehouse.search.index import about_index
from warehouse.search.passage import Passage, passage
from warehouse.search.question import ALIKE_SHARE, MOST_ALIKE, Alike, Question, Sought, question
from warehouse.texts import texts_of

LIMIT = 10
MARGIN = 50  # candidates more than asked for: past texts, and those that score alike
FARTHEST = 200_000  # candidates looked at, however many past texts stand before the current ones
TRIES = 5
SHORTEST_BEGINNING = 3  # letters that two words must share to be alike


@dataclass(frozen=True, slots=True)
class Hit:
    """One text of one story that was found.

    `version` is the newest version with this text, `current` whether that is the story's newest. `score` is
    BM25, 0 where there were only filters. `passage` is the text around the words, and where they stand in it.
    """

    story_id: int
    version: int
    current: bool
    score: float
    url: str
    title: str
    authors: tuple[str, ...]
    section: str | None
    kind: str
    published_on: date | None
    printed_on: date | None
    passage: Passage


class Asked(Protocol):
    """A question that can be read again, once there is an index that knows which words are alike."""

    def __call__(self, *, alike: Alike = ...) -> Question: ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document that the index found: its story and text, and how well it fits."""

    story_id: int
    content: int
    score: float


def search(
    data: Path,
    words: str = "",
    *,
    limit: int = LIMIT,
    past: bool = False,
    author: str | None = None,
    section: str | None = None,
    kind: str | None = None,
    printed_in: str | None = None,
    first: date | None = None,
    last: date | None = None,
) -> list[Hit]:
    """The texts of a data folder that fit, best first; of those that fit alike the newest stories first.

    `words` may hold phrases and filters, see `warehouse.search.question`; the other arguments are filters
    that need no quoting. Finds current texts, and with `past` also those that an edit replaced. Raises
    QueryError where the question has no sense, WarehouseError where there is no index yet, or a damaged one.
    An index that is older or newer than the published file shows nothing that is not in the file.
    """
    asked = partial(
        question,
        words,
        author=author,
        section=section,
        kind=kind,
        printed_in=printed_in,
        first=first,
        last=last,
    )
    asked()  # what has no sense is said before anything is opened
    with reader(data / "dawn.duckdb") as con:
        return find(con, data / "search", asked, limit, past)


def find(
    con: duckdb.DuckDBPyConnection, folder: Path, ask: Asked, limit: int, past: bool, skipped: int = 0
) -> list[Hit]:
    """The texts that fit, of those that this connection's file has; without the first `skipped` of them."""
    if limit < 1:
        return []
    path, searcher = opened(folder)
    with damage_shown(path):
        asked = ask(alike=partial(alike, searcher))
    wanted = skipped + limit
    size = wanted + MARGIN
    while True:
        with damage_shown(path):
            found = candidates(searcher, asked, size)
        texts = _texts(con, found, past)
        kept = [each for each in found if (each.story_id, each.content) in texts]
        # Of those that score alike the newest come first, and some may lie behind what was looked at.
        whole = len(found) < size or size >= FARTHEST
        if whole or (len(kept) >= wanted and _before(kept[wanted - 1], found[-1], asked)):
            break
        size *= 4
    chosen = [(each, texts[each.story_id, each.content]) for each in kept]
    chosen.sort(key=lambda pair: (-pair[0].score, -pair[0].story_id, -pair[1][0]))
    shown = [(each.story_id, version, current, each.score) for each, (version, current) in chosen]
    return hits_of(con, shown[skipped:wanted], asked.sought)


def _before(one: Candidate, last: Candidate, asked: Question) -> bool:
    """Whether nothing that comes behind the last of the index's answer can stand before this one."""
    return one.score > last.score if asked.ranked else one.story_id > last.story_id


def opened(folder: Path) -> tuple[Path, Searcher]:
    """The index as it is now, and the folder it lies in. Raises WarehouseError where there is none."""
    for attempt in range(TRIES):
        about = about_index(folder)
        if about is None:
            known = (folder / "about.json").exists()
            raise WarehouseError(
                f"the search index {folder} "
                + ("was made by another version of this program" if known else "is not there yet")
                + ": `dawn run`, `dawn backfill` or `dawn replay` makes it"
            )
        try:
            index = open_index(about.path)
            with damage_shown(about.path):
                return about.path, index.searcher()
        except IndexDamagedError:
            # Replaced by another, or merged, between our reading its name and its files?
            if attempt == TRIES - 1:
                raise
    raise AssertionError("unreachable")


def alike(searcher: Searcher, place: str, word: str) -> list[tuple[str, float]]:
    """The most frequent words of this field with the same stem as `word`, and what each counts beside it.

    A form that is rare must not count for more than a frequent one: all are as rare as they are together.
    """
    stem = next(iter(stems().analyze(word)), word)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(word, stem, strict=False)))
    # "parties" and "party" share one letter less than the stem, "parti".
    beginning = word[: max(same - 1, SHORTEST_BEGINNING)] if same >= SHORTEST_BEGINNING else ""
    if not beginning:
        return []
    found = searcher.terms_with_prefix(place, beginning)
    cut = stems().analyze(" ".join(term for term, _ in found))
    if len(cut) != len(found):
        return []  # a word so long that it is no word
    forms = [(term, count) for (term, count), each in zip(found, cut, strict=True) if each == stem]
    documents = max(searcher.num_docs, *(count for _, count in forms)) if forms else 0
    together = _rarity(documents, min(sum(count for _, count in forms), documents))
    others = sorted((form for form in forms if form[0] != word), key=lambda form: (-form[1], form[0]))
    return [(term, ALIKE_SHARE * together / _rarity(documents, count)) for term, count in others[:MOST_ALIKE]]


def _rarity(documents: int, holding: int) -> float:
    """The inverse document frequency, as the library counts it."""
    return math.log(1 + (documents - holding + 0.5) / (holding + 0.5))


def candidates(searcher: Searcher, asked: Question, size: int) -> list[Candidate]:
    """The documents that fit, best first; where there is nothing to rank by, the greatest story id first."""
    size = max(min(size, searcher.num_docs), 1)
    if asked.ranked:
        result = searcher.search(asked.query, size, count=False)
    else:
        result = searcher.search(asked.query, size, count=False, order_by_field="story_id", order=Order.Desc)
    addresses = [address for _, address in result.hits]
    stories = searcher.fast_field_values("story_id", addresses)
    contents = searcher.fast_field_values("content", addresses)
    # Five digits: the last ones of a float depend on the order in which a segment adds up.
    scores = [float(f"{score:.5g}") if asked.ranked else 0.0 for score, _ in result.hits]
    return [
        Candidate(int(story or 0), int(content or 0), score)
        for story, content, score in zip(stories, contents, scores, strict=True)
    ]


def _texts(
    con: duckdb.DuckDBPyConnection, found: Sequence[Candidate], past: bool
) -> dict[tuple[int, int], tuple[int, bool]]:
    """Version and whether it is current, of each text that the published file has of these stories."""
    if not found:
        return {}
    # Written out: a list as a parameter makes DuckDB import pandas first, where there is one.
    stories = ", ".join(str(story) for story in sorted({each.story_id for each in found}))
    rows = con.execute(
        f"""
        select
            v.story_id,
            core.text_content(v.content_hash) as content,
            max(v.version) as version,
            v.content_hash = any_value(a.content_hash) as is_current
        from core.versions as v
        join core.articles as a using (story_id)
        where v.story_id in ({stories})
        group by v.story_id, v.content_hash
        """
    ).fetchall()
    return {
        (story, content): (version, is_current)
        for story, content, version, is_current in rows
        if is_current or past
    }


def hits_of(
    con: duckdb.DuckDBPyConnection, texts: Sequence[tuple[int, int, bool, float]], sought: Sequence[Sought]
) -> list[Hit]:
    """The hits of these texts, in their order: each is a story, version, whether that is current, a score."""
    rows = {(row["story_id"], row["version"]): row for row in _rows(con, [text[:2] for text in texts])}
    hits = []
    for story, version, is_current, score in texts:
        row = rows[story, version]
        hits.append(
            Hit(
                story,
                version,
                is_current,
                score,
                row["url"],
                row["title"],
                tuple(row["authors"]),
                row["section"],
                row["kind"],
                row["published_on"],
                row["printed_on"],
                passage(row["body"], sought),
            )
        )
    return hits


def _rows(con: duckdb.DuckDBPyConnection, versions: Sequence[tuple[int, int]]) -> Iterator[dict[str, Any]]:
    if not versions:
        return
    wanted = ", ".join(f"({story}, {version})" for story, version in versions)
    answer = con.execute(
        f"""
        select
            v.story_id,
            v.version,
            v.title,
            v.authors,
            v.section,
            v.kind,
            v.body_id,
            a.url,
            a.published_on,
            a.printed_on
        from core.versions as v
        join core.articles as a using (story_id)
        join (values {wanted}) as w (story_id, version)
            on w.story_id = v.story_id
            and w.version = v.version
        """
    )
    names = [column[0] for column in answer.description]
    rows = [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
    bodies = texts_of(con, {row["body_id"] for row in rows})
    for row in rows:
        yield row | {"body": bodies[row["body_id"]]}
