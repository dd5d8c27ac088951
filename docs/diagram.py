"""A diagram of tables as a picture, from the few words of Mermaid that docs/schema.md has: pure.

Mermaid itself draws in the browser, and a page that uses it asks another host for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

PLACES = {
    "runs": (0, 2),
    "captures": (1, 1),
    "discoveries": (1, 3),
    "rejections": (2, 0),
    "articles": (2, 2),
    "editions": (2, 4),
    "versions": (3, 1),
    "edits": (3, 2),
    "families": (3, 3),
    "duplicates": (3, 4),
    "dates": (3, 5),
}
"""Column and row of each table: such that no line runs through another's box."""

RELATION = re.compile(r'^\s+(\w+) (\||\})(\||o)--(\||o)(\||\{) (\w+) : "(.+)"$')
MANY = {"|": "1", "{": "n", "}": "n"}
ACROSS, DOWN, WIDTH, HEIGHT = 225, 76, 106, 52


@dataclass(frozen=True, slots=True)
class Relation:
    """Two tables that join by columns, the one farther left first; how many rows of each go together."""

    one: str
    left: str
    other: str
    right: str
    columns: str


def drawn(words: str) -> str:
    """An `<svg>` of a diagram: a box for each table, a line with its columns for each relation.

    Raises ValueError for a line that is no relation, or one of a table that has no place.
    """
    head, *lines = words.rstrip("\n").split("\n")
    if head != "erDiagram":
        raise ValueError(f"{head!r} is no diagram that is drawn here: erDiagram")
    relations = [_relation(line) for line in lines]
    tables = {table: PLACES[table] for each in relations for table in (each.one, each.other)}
    width = max(column for column, _ in tables.values()) * ACROSS + WIDTH + 8
    height = max(row for _, row in tables.values()) * DOWN + HEIGHT + 8
    parts = [
        _line(start, end, each.left, each.right, each.columns)
        for each, (start, end) in zip(relations, _ends(relations), strict=True)
    ]
    return (
        f'<svg viewBox="-4 -4 {width} {height}" role="group" aria-label="which tables join, and by what"'
        ' fill="currentColor" font-size="12" font-family="sans-serif" style="max-width: 100%">'
        + "".join([*parts, *(_box(table, *place) for table, place in tables.items())])
        + "</svg>"
    )


def _relation(line: str) -> Relation:
    found = RELATION.match(line)
    if not found:
        raise ValueError(f"{line!r} is no relation")
    one, left, _, _, right, other, columns = found.groups()
    for table in (one, other):
        if table not in PLACES:
            raise ValueError(f"{table} has no place in the diagram: give it one in docs/diagram.py")
    if PLACES[one][0] > PLACES[other][0]:
        one, left, other, right = other, right, one, left
    return Relation(one, MANY[left], other, MANY[right], columns)


def _box(table: str, column: int, row: int) -> str:
    x, y = column * ACROSS, row * DOWN
    return (
        f'<a href="#{table}"><rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="4" fill="none"'
        f' stroke="currentColor"/><text x="{x + WIDTH // 2}" y="{y + HEIGHT // 2 + 4}" text-anchor="middle"'
        f' font-weight="bold">{escape(table)}</text></a>'
    )


def _line(start: tuple[float, float], end: tuple[float, float], left: str, right: str, columns: str) -> str:
    """From the right side of a box to the left side of another."""
    (x, y), (to_x, to_y) = start, end

    def text(share: float, said: str) -> str:
        at_x, at_y = x + (to_x - x) * share, y + (to_y - y) * share - 3
        return f'<text x="{at_x:.0f}" y="{at_y:.0f}" text-anchor="middle">{escape(said)}</text>'

    short = 12 / (to_x - x)
    return (
        f'<line x1="{x}" y1="{y}" x2="{to_x}" y2="{to_y}" stroke="currentColor" stroke-opacity="0.5"/>'
        + text(short, left)
        + text(1 - short, right)
        + text(0.6, columns)
    )


def _ends(relations: Sequence[Relation]) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """Where each line begins and ends: those at one side of a box share it, and do not cross there."""
    for each in relations:
        (column, row), (to_column, to_row) = PLACES[each.one], PLACES[each.other]
        beside = sorted(
            (other for other in relations if other.one == each.one), key=lambda r: PLACES[r.other][1]
        )
        facing = sorted(
            (other for other in relations if other.other == each.other), key=lambda r: PLACES[r.one][1]
        )
        share = (beside.index(each) + 1) / (len(beside) + 1)
        to_share = (facing.index(each) + 1) / (len(facing) + 1)
        yield (
            (column * ACROSS + WIDTH, round(row * DOWN + HEIGHT * share)),
            (to_column * ACROSS, round(to_row * DOWN + HEIGHT * to_share)),
        )
