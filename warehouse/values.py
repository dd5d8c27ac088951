"""Values of answers as text: in cells, in CSV, in lines of JSON. Pure."""

from __future__ import annotations

import csv
import json
import math
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from warehouse.query import Answer


def lines(found: Answer, form: Literal["csv", "jsonl"]) -> Iterator[str]:
    """The answer row by row, each with its line end; of CSV the names of the columns first.

    Raises QueryError where two columns have one name, which a line of JSON has no room for.
    """
    if form == "csv":
        yield _csv(found.columns)
        for row in found.rows:
            yield _csv([cell(value) for value in row])
        return
    if twice := [name for name, n in Counter(found.columns).items() if n > 1]:
        from warehouse.query import QueryError

        raise QueryError(
            f"two columns are called {twice[0]!r}, and a line of JSON has room for one: give the other a name"
            " with `as`"
        )
    for row in found.rows:
        said = {name: plain(value) for name, value in zip(found.columns, row, strict=True)}
        yield json.dumps(said, ensure_ascii=False) + "\n"


def _csv(row: list[str] | tuple[str, ...]) -> str:
    line = StringIO()
    csv.writer(line, lineterminator="\n").writerow(row)
    return line.getvalue()


def cell(value: Any) -> str:
    """A value as CSV and tables have it: lists as JSON, instants in ISO 8601 with their offset."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple | dict):
        return json.dumps(plain(value), ensure_ascii=False)
    as_json = plain(value)
    return "" if as_json is None else str(as_json)


def plain(value: Any) -> Any:
    """A value as JSON has it: days and instants in ISO 8601, bytes in hex, what is no number as null."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)
