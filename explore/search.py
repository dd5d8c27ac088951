"""Search: words, filters, or both; ranked, with the passage that fits; by the page, or as a file."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from io import StringIO
from typing import Any

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from explore.archive import Archive, archive_of
from explore.page import address, page
from explore.remembered import remembered
from warehouse.choices import choices
from warehouse.database import WarehouseError
from warehouse.query import QueryError
from warehouse.search import Hit
from warehouse.search.filtered import Filters
from warehouse.search.found import FARTHEST, Found, everything, found
from warehouse.search.passage import Passage
from warehouse.search.question import first_day, last_day

LIMIT, MOST = 25, 1000
"""Hits on a page: as a rule, and at most."""
LIMITS = (25, 100, 1000)
FIELDS = ("q", "section", "author", "kind", "from", "to")
COLUMNS = (
    "story_id",
    "version",
    "current",
    "score",
    "url",
    "title",
    "authors",
    "section",
    "kind",
    "published_on",
    "printed_on",
    "passage",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks: its fields as typed, what they mean, and of each that has no sense why.

    `number` is that of the page, from 1. What has no sense is asked as if it had been left away.
    """

    typed: dict[str, str]
    words: str = ""
    filters: Filters = field(default_factory=Filters)
    past: bool = False
    limit: int = LIMIT
    number: int = 1
    wrong: dict[str, str] = field(default_factory=dict)

    @property
    def skipped(self) -> int:
        """How many hits stand on the pages before."""
        return (self.number - 1) * self.limit

    def at(self, path: str = "/search", **other: object) -> str:
        """The address that asks the same at this path, but for these."""
        same = {name: value.strip() for name, value in self.typed.items()}
        return address(path, **{**same, "past": self.past and 1, **self._manner(), **other})

    def _manner(self) -> dict[str, object]:
        return {"limit": self.limit if self.limit != LIMIT else None}


def asked_of(query: QueryParams) -> Asked:
    """What these parameters ask. Pure."""
    typed = {name: query.get(name, "") for name in FIELDS}
    wrong: dict[str, str] = {}

    def read(name: str, meaning: Callable[[str], Any], otherwise: Any) -> Any:
        said = query.get(name, "").strip()
        if not said:
            return otherwise
        try:
            return meaning(said)
        except QueryError as error:
            wrong[name] = str(error)
            return otherwise

    first: date | None = read("from", lambda said: first_day(said, "from"), None)
    last: date | None = read("to", lambda said: last_day(said, "to"), None)
    limit: int = read("limit", lambda said: _whole(said, "limit", MOST), LIMIT)
    number: int = read("page", lambda said: _whole(said, "page", -(-FARTHEST // limit)), 1)
    if first and last and first > last:
        wrong["to"] = f"to: wants a day that is not before {first}"
        last = None
    author, section, kind = (typed[name].strip() or None for name in ("author", "section", "kind"))
    filters = Filters(author, section, kind, first, last)
    past = query.get("past", "") not in ("", "0")
    return Asked(typed, typed["q"].strip(), filters, past, limit, number, wrong)


def _whole(said: str, name: str, most: int) -> int:
    if said.isascii() and said.isdigit() and len(said) < 10 and 1 <= int(said) <= most:
        return int(said)
    raise QueryError(f"{name}: wants a whole number from 1 to {most:,}, and not {said[:40]!r}")


def search(request: Request) -> Response:
    """The form, and what it found."""
    archive = archive_of(request)
    asked = asked_of(request.query_params)
    to_choose = remembered("choices", archive, lambda: choices(archive.public))
    answer, asked, missing = _answer(archive, asked)
    many = min(answer.count, FARTHEST) if answer else 0
    facts = {
        "asked": asked,
        # A title has no element to isolate what turns around: such marks are left out.
        "heading": "".join(filter(str.isprintable, asked.words[:60])),
        "choices": to_choose,
        "found": answer,
        "missing": missing,
        "rows": list(zip(answer.hits, answer.titles, strict=True)) if answer else [],
        "limits": LIMITS,
        "farthest": FARTHEST,
        "previous": asked.number > 1 and asked.at(page=asked.number - 1),
        "next": asked.skipped + asked.limit < many and asked.at(page=asked.number + 1),
        "meant": [(said, replace(asked, typed=asked.typed | {"q": said}).at()) for said in answer.meant]
        if answer
        else [],
        "pieces": pieces,
    }
    return page(request, "search.html", facts, 400 if asked.wrong else 503 if missing else 200)


def _answer(archive: Archive, asked: Asked) -> tuple[Found | None, Asked, str]:
    """What was found, what was asked in the end, and why there are no words in it, if there are none.

    Without an index the filters are asked alone.
    """
    if asked.wrong:
        return None, asked, ""
    find = partial(
        found,
        archive.root,
        filters=asked.filters,
        past=asked.past,
        limit=asked.limit,
        skipped=asked.skipped,
    )
    try:
        return find(words=asked.words), asked, ""
    except QueryError as error:
        return None, replace(asked, wrong={_field(error, asked): str(error)}), ""
    except WarehouseError as error:
        if not asked.words or not archive.public.exists():
            raise
        return find(words=""), asked, str(error)


def _field(error: QueryError, asked: Asked) -> str:
    """The field of the form that an error is of: it begins with its name, unless it is of the words."""
    name = str(error).partition(":")[0]
    named = name in FIELDS and name != "q" and asked.typed[name].strip()
    in_words = f"{name}:" in asked.words.lower()
    return name if named and not in_words else "q"


def pieces(passage: Passage) -> list[tuple[str, bool]]:
    """A passage in pieces, and of each whether it was searched for."""
    made, done = [], 0
    for first, behind in passage.marks:
        made += [(passage.text[done:first], False), (passage.text[first:behind], True)]
        done = behind
    return [(text, marked) for text, marked in (*made, (passage.text[done:], False)) if text]


# ── as a file ────────────────────────────────────────────────────────────────────────────────────────────


def as_csv(request: Request) -> Response:
    """All that was found, FARTHEST at most, as CSV for spreadsheets too: no cell of it is a formula there."""
    return _file(request, "csv", "text/csv", _csv)


def as_json_lines(request: Request) -> Response:
    """The same as JSON Lines: just as it stands in the archive, with where in the passage the words are."""
    return _file(request, "jsonl", "application/x-ndjson", _json_lines)


def _file(request: Request, form: str, media: str, written: Callable[[tuple[Hit, ...]], str]) -> Response:
    asked = asked_of(request.query_params)
    if asked.wrong:
        raise QueryError("; ".join(asked.wrong.values()))
    hits = everything(archive_of(request).root, asked.words, asked.filters, past=asked.past)
    headers = {"content-disposition": f'attachment; filename="dawn-search.{form}"'}
    return Response(written(hits), media_type=f"{media}; charset=utf-8", headers=headers)


def _values(hit: Hit) -> Iterator[Any]:
    yield from (getattr(hit, name) for name in COLUMNS[:-1])


def _csv(hits: tuple[Hit, ...]) -> str:
    file = StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for hit in hits:
        writer.writerow([_cell(value) for value in (*_values(hit), hit.passage.marked())])
    return file.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        value = "; ".join(value)
    said = str(value)
    # A spreadsheet would reckon with it, and ask whom it names: an apostrophe before it makes it a text.
    return f"'{said}" if isinstance(value, str) and said.startswith(_FORMULA) else said


def _json_lines(hits: tuple[Hit, ...]) -> str:
    return "".join(
        json.dumps(
            {
                **dict(zip(COLUMNS, _values(hit), strict=False)),
                "passage": hit.passage.text,
                "marks": hit.passage.marks,
            },
            ensure_ascii=False,
            default=str,
        )
        + "\n"
        for hit in hits
    )


ROUTES = (
    Route("/search", search),
    Route("/search.csv", as_csv),
    Route("/search.jsonl", as_json_lines),
)
