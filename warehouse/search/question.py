"""What somebody searches for: from the words as typed to a query of the index. Pure.

All words must stand in a story, be it in its title, text or byline. `"…"` is a phrase, or a word exactly so;
`-word` must not stand in it; `a OR b` takes either; `word*` takes all that begin so; `field:value` looks only
there. What has no sense as one of these is words: `10:30`, a lone quotation mark, a bracket.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches

from tantivy import FieldType, Occur, Query

from warehouse.query import QueryError
from warehouse.search.analysis import composed, schema, stems, words

TITLE_BOOST = 3.0
"""A word in the title counts more than any number of it in the text, whose share has a limit of 2.2."""
ALIKE_SHARE = 0.5  # of what the word itself counts
MOST_ALIKE = 20
LONGEST = 4000  # characters
MOST = 64  # words and filters
SHORTEST_PREFIX = 3
MOST_PER_PREFIX = 1000

TEXT_FIELDS = ("title", "body", "authors")
WORD_FIELDS = {
    "author": "authors",
    "authors": "authors",
    "by": "authors",
    "section": "section",
    "in": "printed_in",
    "printed_in": "printed_in",
    "title": "title",
    "body": "body",
    "text": "body",
}
DAY_FIELDS = ("on", "from", "to", "since", "until")
FIELDS = (*WORD_FIELDS, "kind", "story", "story_id", *DAY_FIELDS)

_PIECE = re.compile(
    r"""(?P<minus>-)?                                # must not
        (?:(?P<field>[A-Za-z_]{2,20}):)?             # only there
        (?:"(?P<phrase>[^"]*)(?:"|$) | (?P<word>[^\s"]+) )
    """,
    re.VERBOSE,
)
_APART = re.compile(rf"(?i)(?<!\S)(-?(?:{'|'.join(FIELDS)})):\s+(?=\S)")
"""A field and its value with a space between them, which is one thing all the same."""
_QUOTES = str.maketrans("“”„‟«»＂", '"""""""')


@dataclass(frozen=True, slots=True)
class Sought:
    """One thing that is looked for in texts, for whoever marks it there: a word, a prefix or a phrase."""

    words: tuple[str, ...]
    stem: str | None = None
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """A query of the index, what of it can be marked in a text, and whether it has words to rank by."""

    query: Query
    sought: tuple[Sought, ...]
    ranked: bool


Alike = Callable[[str, str], Sequence[tuple[str, float]]]
"""Other words of a field that have the same stem as a word, and what each counts beside it."""


def nothing_alike(_place: str, _word: str) -> Sequence[tuple[str, float]]:
    """No words: how a question is read where no index is at hand."""
    return ()


@dataclass(slots=True)
class _Parts:
    """What has been read of a question so far. Of the outer lists all must hold, of an inner one any."""

    alike: Alike
    must: list[list[Query]] = field(default_factory=list)
    must_not: list[Query] = field(default_factory=list)
    sought: list[Sought] = field(default_factory=list)
    days: list[tuple[date, date]] = field(default_factory=list)
    ranked: bool = False


def question(
    said: str,
    *,
    author: str | None = None,
    section: str | None = None,
    kind: str | None = None,
    printed_in: str | None = None,
    first: date | None = None,
    last: date | None = None,
    alike: Alike = nothing_alike,
) -> Question:
    """What is asked for by these words and filters. Raises QueryError, in one line, where it has no sense."""
    if len(said) > LONGEST:
        raise QueryError(f"that is too much to search for: {len(said)} characters, and at most {LONGEST} do")
    parts = _Parts(alike)
    for name, value in (("author", author), ("section", section), ("kind", kind), ("in", printed_in)):
        if value is not None:
            parts.must.append([_filter(name, cleaned(value))])
    if first or last:
        parts.days.append((first or date.min, last or date.max))
    _read(cleaned(said), parts)
    if parts.days:
        parts.must.append([_filtering(_days(parts.days))])
    if not parts.must:
        if parts.must_not:
            raise QueryError("say also what is to be found: there are only words that must not stand there")
        raise QueryError("there is nothing to search for: give a word, a phrase or a filter, as author:name")
    if len(parts.must) + len(parts.must_not) > MOST or any(len(each) > MOST for each in parts.must):
        raise QueryError(f"that is too much to search for: at most {MOST} words and filters, please")
    clauses = [(Occur.Must, _any(each)) for each in parts.must]
    clauses += [(Occur.MustNot, each) for each in parts.must_not]
    return Question(Query.boolean_query(clauses), tuple(parts.sought), parts.ranked)


def cleaned(said: str) -> str:
    """The words without what is no text: half a surrogate pair is what an argument has that is not UTF-8."""
    return composed(said.encode("utf-8", "replace").decode()).translate(_QUOTES)


def _read(said: str, parts: _Parts) -> None:
    either = False
    for piece in _PIECE.finditer(_APART.sub(r"\1:", said)):
        name, phrase, word = piece["field"], piece["phrase"], piece["word"]
        bare = word is not None and not piece["minus"] and name is None
        if bare and word in ("OR", "|", "||"):
            either = bool(parts.must)
            continue
        if bare and word in ("AND", "&", "&&", "+"):
            continue
        if name is not None and name.lower() not in FIELDS:
            meant = get_close_matches(name.lower(), FIELDS, 1, cutoff=0.8)
            if meant and phrase is None and word and not word.startswith("//"):
                raise QueryError(f"there is no field {name!r}: did you mean {meant[0]}:{word}?")
            word, name = (f"{name} {word}" if word is not None else word), None
        value = phrase if phrase is not None else word or ""
        if name is None and phrase is None and value.endswith(":") and value[:-1].lower() in FIELDS:
            raise QueryError(f"{value} wants something behind it: {value}…")
        query = _one(name, value, phrase is not None, parts, negative=bool(piece["minus"]))
        if query is None:
            continue
        if piece["minus"]:
            parts.must_not.append(query)
        elif either:
            parts.must[-1].append(query)
        else:
            parts.must.append([query])
        either = False


def _one(name: str | None, value: str, quoted: bool, parts: _Parts, negative: bool) -> Query | None:
    """The query of one piece; None where it has no word, or is a day, which is kept for the end."""
    name = name.lower() if name else None
    if name in DAY_FIELDS:
        span = _span(name, value)
        if negative:
            return _days([span])
        parts.days.append(span)
        return None
    if name is not None and WORD_FIELDS.get(name) not in TEXT_FIELDS[:2]:
        return _filter(name, value)
    places = (WORD_FIELDS[name],) if name else TEXT_FIELDS
    query, sought = _text(places, value, quoted, parts.alike)
    if name and query is None:
        raise QueryError(f"{name}: wants a word behind it, or a phrase in quotation marks")
    if query is not None and not negative:
        parts.ranked = True
        parts.sought += [sought] if sought and "body" in places else []
    return query


def _text(
    places: Sequence[str], value: str, quoted: bool, alike: Alike
) -> tuple[Query | None, Sought | None]:
    """The query for a word, prefix or phrase in these fields; None where there is no letter in it."""
    if not quoted:
        value = re.sub(r"['’ʼ]s?$", "", value)
    found = tuple(words().analyze(value))
    if not found:
        # What is too long to be a word stands nowhere.
        return (Query.empty_query() if any(map(str.isalnum, value)) else None), None
    if not quoted and value.endswith("*") and len(found) == 1:
        if len(found[0]) < SHORTEST_PREFIX:
            raise QueryError(f"{value!r} is too short: {SHORTEST_PREFIX} letters at least before the *")
        return _in_each(places, lambda place: _prefix(place, found[0])), Sought(found, prefix=True)
    if len(found) > 1:
        phrase = list[str | tuple[int, str]](found)
        return _in_each(places, lambda place: Query.phrase_query(schema(), place, phrase)), Sought(found)
    if quoted:
        return _in_each(places, lambda place: Query.term_query(schema(), place, found[0])), Sought(found)
    stem = next(iter(stems().analyze(value)), None)
    return _in_each(places, lambda place: _word(place, found[0], alike)), Sought(found, stem)


def _word(place: str, word: str, alike: Alike) -> Query:
    others = () if place == "authors" else alike(place, word)
    return _any(
        [
            Query.term_query(schema(), place, word),
            *(Query.boost_query(Query.term_query(schema(), place, other), share) for other, share in others),
        ]
    )


def _prefix(place: str, beginning: str) -> Query:
    return Query.regex_query(schema(), place, f"{re.escape(beginning)}.*")


def _in_each(places: Sequence[str], made: Callable[[str], Query]) -> Query:
    return _any(
        [Query.boost_query(made(place), TITLE_BOOST) if place == "title" else made(place) for place in places]
    )


def _any(queries: Sequence[Query]) -> Query:
    if len(queries) == 1:
        return queries[0]
    return Query.boolean_query([(Occur.Should, query) for query in queries])


def _filter(name: str, value: str) -> Query:
    """The query for a field that says where to look, and not how well a story fits."""
    if name in ("story", "story_id"):
        if not re.fullmatch(r"[0-9]{1,18}", value):
            raise QueryError(f"{name}: wants a story's id, such as 1907269, and not {value!r}")
        return _filtering(Query.term_query(schema(), "story_id", int(value)))
    if name == "kind":
        return _filtering(Query.term_query(schema(), "kind", value.strip().lower()))
    found = words().analyze(value)
    if not found:
        raise QueryError(f"{name}: wants a word behind it, or several in quotation marks")
    place = WORD_FIELDS[name]
    if len(found) == 1:
        return _filtering(Query.term_query(schema(), place, found[0]))
    return _filtering(Query.phrase_query(schema(), place, list[str | tuple[int, str]](found)))


def _filtering(query: Query) -> Query:
    return Query.const_score_query(query, 0.0)


def _span(name: str, value: str) -> tuple[date, date]:
    """The first and the last day that a filter of days lets through."""
    begins, dots, ends = value.partition("..")
    span = first_day(begins, name), last_day(ends if dots else begins, name)
    if name in ("from", "since"):
        return span[0], date.max
    if name in ("to", "until"):
        return date.min, span[1]
    return span


def first_day(said: str, name: str = "on") -> date:
    """The first day of a day, month or year. Raises QueryError, which begins with the filter's name."""
    year, month, day = (*_numbers(said, name), 1, 1)[:3]
    return _date(year, month, day, said, name)


def last_day(said: str, name: str = "on") -> date:
    """The last day of a day, month or year. Raises QueryError, which begins with the filter's name."""
    numbers = _numbers(said, name)
    year, month = (*numbers, 12)[:2]
    first = _date(year, month, 1, said, name)
    day = numbers[2] if len(numbers) == 3 else calendar.monthrange(first.year, first.month)[1]
    return _date(year, month, day, said, name)


def _numbers(said: str, name: str) -> list[int]:
    if not re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", said):
        raise _no_day(said, name)
    return [int(number) for number in said.split("-")]


def _date(year: int, month: int, day: int, said: str, name: str) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise _no_day(said, name) from None


def _no_day(said: str, name: str) -> QueryError:
    return QueryError(
        f"{name}: wants a day, a month or a year, such as 2025-04-29, 2025-04 or 2025, and not {said[:40]!r}"
    )


def _days(spans: Sequence[tuple[date, date]]) -> Query:
    """The query for stories with a day, online or printed, within all of these spans."""
    first, last = max(span[0] for span in spans), min(span[1] for span in spans)
    if first > last:
        return Query.empty_query()
    return Query.range_query(schema(), "day", FieldType.Integer, as_number(first), as_number(last))


def as_number(day: date) -> int:
    """The day as the index has it: 20250429."""
    return day.year * 10000 + day.month * 100 + day.day
