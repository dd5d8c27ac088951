"""The published tables in Python: `with warehouse.open("data") as archive: archive.articles.df()`."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import date, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, overload

import duckdb

from warehouse.database import Published, WarehouseError, damaged, first_line, literal, reader
from warehouse.dictionary import meaning
from warehouse.query import QueryError, one_question

FOUND = """
struct(
    story_id bigint,
    version integer,
    current boolean,
    score double,
    url varchar,
    title varchar,
    authors varchar[],
    section varchar,
    kind varchar,
    published_on date,
    printed_on date,
    passage varchar
)[]
"""


class View:
    """One published table or view as an attribute of an `Archive`: a relation over all its rows."""

    def __set_name__(self, owner: type[Archive], name: str) -> None:
        self.name = name
        self.__doc__ = meaning(name)

    @overload
    def __get__(self, archive: None, owner: type[Archive]) -> View: ...
    @overload
    def __get__(self, archive: Archive, owner: type[Archive]) -> duckdb.DuckDBPyRelation: ...
    def __get__(self, archive: Archive | None, owner: type[Archive]) -> View | duckdb.DuckDBPyRelation:
        if archive is None:
            return self
        try:
            return archive.connection.view(self.name)
        except duckdb.CatalogException as error:
            raise WarehouseError(
                f"{archive.path} has no {self.name}, it was published by an earlier version of this program:"
                " `dawn replay` makes it anew"
            ) from error


class Archive:
    """The tables of one publication, as DuckDB relations: `archive.articles.filter("kind = 'news'").df()`.

    A relation is asked when its rows are wanted: `.df()` gives pandas, `.pl()` Polars, `.to_arrow_table()`
    Arrow, `.fetchall()` tuples. Instants arrive in its zone, days as dates. It is read-only, and SQL in
    it can neither write, nor read other files, nor see Python's variables. What was opened stays as it is
    while newer ones are published; `refresh` goes on to the newest. One thread uses it at a time: open
    another for another thread.
    """

    articles = View()
    breaks = View()
    captures = View()
    corrections_of_the_week = View()
    dates = View()
    dictionary = View()
    discoveries = View()
    duplicates = View()
    editions = View()
    edits = View()
    families = View()
    forgotten = View()
    front_page = View()
    rejections = View()
    runs = View()
    snapshot = View()
    stories_by_author = View()
    stories_by_day_and_section = View()
    versions = View()

    def __init__(self, path: Published) -> None:
        """Opens a published file or a lake. Raises WarehouseError where it cannot be read."""
        self.path = path
        self._connection, self._close = _open(self, path)

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The connection that all its relations belong to. Raises WarehouseError once it is closed."""
        if not self._close.alive:
            raise WarehouseError(f"{self.path} was closed: open it again")
        return self._connection

    def sql(self, question: str, params: object = None) -> duckdb.DuckDBPyRelation:
        """The answer to one `select` as a relation; `params` for `?` or `$name` in it.

        `search('…')` and `passage(body, '…')` are there as in `dawn sql`. Raises QueryError in one line.
        """
        con = self.connection
        one_question(con, question)
        self._offer_search(question)
        with _one_line(self.path):
            return con.sql(question) if params is None else con.sql(question, params=params)

    def search(
        self,
        words: str = "",
        *,
        limit: int = 10,
        past: bool = False,
        author: str | None = None,
        section: str | None = None,
        kind: str | None = None,
        printed_in: str | None = None,
        first: date | None = None,
        last: date | None = None,
    ) -> duckdb.DuckDBPyRelation:
        """The texts that fit, best first, as `dawn search` finds them; the words sought between asterisks.

        With `past` also those that an edit replaced. Raises QueryError where the words have no sense, and
        WarehouseError where there is no index.
        """
        from warehouse.search.find import find
        from warehouse.search.question import question

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
        hits = find(self.connection, self._index, asked, limit, past)
        rows = [asdict(hit) | {"passage": hit.passage.marked()} for hit in hits]
        return self.connection.sql(
            f"select found.* from (select unnest($found::{FOUND}) as found)", params={"found": rows}
        )

    def as_of(self, moment: datetime | date | str) -> duckdb.DuckDBPyRelation:
        """The articles as a reader saw them at a moment: without those that were off the site then.

        What names no zone is meant in the site's; a date is its first instant there. Raises QueryError.
        """
        said = moment if isinstance(moment, str) else moment.isoformat()
        instant = f"{literal(said)}::timestamptz"
        with _one_line(self.path):
            self.connection.execute(f"select {instant}")  # a relation would say so when its rows are wanted
            return self.connection.sql(f"from articles_as_of({instant})")

    def refresh(self) -> bool:
        """Whether there was a newer publication, which then takes the place of the one that was open.

        Relations taken before belong to the old one, and are over with it: take them again.
        """
        before = self.snapshot.fetchall()
        connection, close = _open(self, self.path)
        if connection.view("snapshot").fetchall() == before:
            close()
            return False
        self.close()
        self._connection, self._close = connection, close
        return True

    def close(self) -> None:
        """Nothing; the file is let go, and relations of it are over. A second time does no harm."""
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{'archive' if self._close.alive else 'closed archive'} {self.path}>"

    def _offer_search(self, question: str) -> None:
        from warehouse.search.sql import ASKS, offer

        if ASKS.search(question) and not _offered(self.connection):
            offer(self.connection, self._index, question)

    @property
    def _index(self) -> Path:
        if not isinstance(self.path, Path):
            raise WarehouseError(f"the lake {self.path} has no index to search in: a data folder has")
        return self.path.parent / "search"


def opened(data: str | os.PathLike[str] = "data", *, site: str | None = None) -> Archive:
    """The archive of a data folder, of a published file, or of a lake; to be closed, or used in a `with`.

    A lake is named by its catalog, "postgresql://user@host/lake" or "lake.ducklake"; of several sites in it
    `site` says whose tables are meant, and without one they are those of all, with a column `site`. Raises
    WarehouseError where there is none, or one that cannot be read.
    """
    if isinstance(data, str) and (data.startswith("postgres") or data.endswith(".ducklake")):
        from warehouse.lake.address import lake

        return Archive(lake(data, site=site))
    path = Path(data)
    return Archive(path if path.is_file() else path / "dawn.duckdb")


def _open(
    owner: Archive, path: Published
) -> tuple[duckdb.DuckDBPyConnection, weakref.finalize[Any, Archive]]:
    """A connection, and what closes it: when called, when nobody has its owner any more, or at the end."""
    with ExitStack() as stack:
        connection = stack.enter_context(reader(path))
        return connection, weakref.finalize(owner, stack.pop_all().close)


def _offered(con: duckdb.DuckDBPyConnection) -> bool:
    return (
        con.execute("select 1 from duckdb_functions() where function_name = 'search'").fetchone() is not None
    )


@contextmanager
def _one_line(path: Published) -> Iterator[None]:
    """Nothing; a question that cannot be answered is a QueryError, and a damaged file what it was."""
    try:
        yield
    except duckdb.Error as error:
        if damaged(path, error):
            raise
        raise QueryError(first_line(error)) from error
