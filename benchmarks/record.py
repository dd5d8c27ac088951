"""The record that the documents are made from: what each job printed, of what size, when and where. Pure.

A job prints Markdown: sections ("## Title"), tables with a line in bold before them or none. A figure is a
cell of a table, "729 (638 to 739)": the middle, the least and the most of some rounds, or one number alone.
Nothing is rounded here, and nothing is worked out twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

_NUMBER = r"[-+−]?\d[\d,]*(?:\.\d+)?"
_CELL = re.compile(
    rf"^[^\w+−-]*(?P<value>{_NUMBER})(?P<unit>[^(]*?)"
    rf"(?:\s*\((?P<low>{_NUMBER}) to (?P<high>{_NUMBER})\))?\s*$"
)
_TITLE = re.compile(r"^\*\*([^*]+?)\.?\*\*")


class Size(StrEnum):
    """How much a job does: a sign of life, what anybody may wait for, or all that the documents speak of."""

    SMALL = "small"
    USUAL = "usual"
    FULL = "full"

    @property
    def rank(self) -> int:
        """Of two sizes the larger has the higher."""
        return tuple(Size).index(self)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with what was least and most in its rounds; of one number alone both are None."""

    value: float
    low: float | None = None
    high: float | None = None
    unit: str = ""
    shown: str = ""  # as the table has it


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a record: its title ("" without one), its columns, and its rows as they are shown."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Record:
    """What a job printed, and what has to be known of that. `seconds` is how long it took by the clock."""

    job: str
    size: Size
    command: str
    day: str
    commit: str
    seconds: float
    machine: Mapping[str, str]
    lines: tuple[str, ...]  # Markdown

    def json(self) -> str:
        """The record as a file has it."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def of(cls, text: str) -> Record:
        """The record that a file has. ValueError says what is wrong with it."""
        try:
            said = json.loads(text)
            return cls(**said | {"size": Size(said["size"]), "lines": tuple(said["lines"])})
        except (TypeError, KeyError) as error:
            raise ValueError(f"no record of a benchmark: {error}") from error

    def section(self, title: str = "") -> str:
        """The Markdown below the heading of this title, or all of it. KeyError where there is none."""
        if not title:
            return "\n".join(self.lines).strip()
        parts = re.split(r"^## (.+)$", "\n".join(self.lines), flags=re.MULTILINE)
        return dict(zip(parts[1::2], parts[2::2], strict=True))[title].strip()

    def tables(self) -> Iterator[Table]:
        """Every table, in order."""
        title, rows = "", list[tuple[str, ...]]()
        for line in (*self.lines, ""):
            if line.startswith("|"):
                rows.append(cells(line))
                continue
            if len(rows) > 2:
                yield Table(title, rows[0], tuple(rows[2:]))
                title = ""
            rows = []
            if line.startswith("## "):
                title = line[3:].strip()
            elif found := _TITLE.match(line):
                title = found[1]

    def figure(self, row: str, column: str, table: str = "") -> Figure:
        """The figure of a row and a column, both without their marks. KeyError names what is not there."""
        for one in self.tables():
            if table and one.title != table:
                continue
            columns = list(map(plain, one.columns))
            for each in one.rows:
                if plain(each[0]) == row and column in columns:
                    cell = each[columns.index(column)]
                    found = figure(cell)
                    if found is None:
                        raise KeyError(f"{self.job}: {row} | {column} is {cell!r}, which is no figure")
                    return found
        raise KeyError(f"{self.job} has no {' | '.join(filter(None, (table, row, column)))}")

    def but_without(self, *, load: bool) -> Record:
        """The record without what is another at each start of the same job, for comparisons."""
        machine = {name: said for name, said in self.machine.items() if not load or name != "load before"}
        return replace(self, machine=machine, seconds=0.0)


def cells(line: str) -> tuple[str, ...]:
    """The cells of a line of a table; a bar behind a backslash is none."""
    return tuple(cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|")))


def plain(cell: str) -> str:
    """A cell without the marks of Markdown."""
    return cell.replace("**", "").replace("`", "").strip()


def figure(cell: str) -> Figure | None:
    """What a cell says, as numbers; None where it is no figure."""
    found = _CELL.match(plain(cell))
    if found is None:
        return None
    low, high = (number(found[name]) if found[name] else None for name in ("low", "high"))
    return Figure(number(found["value"]), low, high, found["unit"].strip(), plain(cell))


def number(text: str) -> float:
    """A number as people write it: with commas between thousands, and any minus."""
    return float(text.replace(",", "").replace("−", "-"))


def larger(new: Record, old: Record | None) -> bool:
    """Whether a new record takes the place of an old one: never where it is of a smaller size, nor a sign of
    life."""
    return new.size is not Size.SMALL and (old is None or new.size.rank >= old.size.rank)


def spread(values: Sequence[float], form: str = "{:.2f}") -> str:
    """The middle of some rounds, and in brackets the least and the most, as a cell says it."""
    from statistics import median

    return f"{form.format(median(values))} ({form.format(min(values))} to {form.format(max(values))})"
