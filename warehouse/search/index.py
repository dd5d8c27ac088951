"""The index of full-text search, kept up with the published file.

One document per story and text, current or past; a text that comes back is the same document. What is
current, and which version a text is, stands in the published file alone, so that an edit adds a document
and changes none.

Where it lies: `search/about.json` names the folder beside it that is the index, its form, and how far it has
come. An index is made anew in a folder of its own and put in place by one rename of that file; who has the
old one open keeps it. A process killed anywhere leaves what the last commit said: what was committed and not
yet written down is found in the index when the same changes are taken up again, and is not added twice.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
from tantivy import Document, Index, IndexWriter, Query, Searcher

from warehouse.database import WarehouseError, first_line, reader
from warehouse.search.analysis import (
    FORM,
    IndexDamagedError,
    composed,
    damage_shown,
    new_index,
    open_index,
    schema,
)
from warehouse.search.question import as_number

HEAP = 64_000_000
"""Bytes that each thread of the writer gathers before it writes them out."""
MEMORY = 512 << 20
"""Bytes that DuckDB may use for reading the texts; else it keeps what it has read of the file."""
_WRITING = re.compile(r"IO ?error|failed to open|error occurred in a thread", re.IGNORECASE)
THREADS = 2  # of a rebuild; a load's few stories are one thread's work
PORTION = 2_000  # documents read at a time
GAP = 32_768  # rows of bodies that are rather skipped than read
LEAST_CHANGED = 1_000  # so few changed stories are never a reason to make all anew
GONE_SHARE = 0.001
"""The share of documents taken out at which the index is made anew. Until it merges segments, the library
counts them still where it says how rare a word is."""

BY_TEXT = """
select
    story_id,
    max(version) as version,
    core.text_content(content_hash) as content,
    content_hash
from core.versions
{where}
group by story_id, content_hash
"""


@dataclass(frozen=True, slots=True)
class Indexed:
    """What bringing an index up to date did: documents added, taken out, and whether all are new."""

    added: int = 0
    removed: int = 0
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """How far an index is: the last change that it holds, by number and by chance."""

    change: int = 0
    mark: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """What `about.json` says: where the index lies, how far it is, and how far it was about to come."""

    path: Path
    at: Mark
    towards: Mark


Told = Callable[[int, int], None]


def keep_up(public: Path, folder: Path, thorough: bool = False, told: Told = lambda _, __: None) -> Indexed:
    """What had to be done so that the index in `folder` holds just the texts of the published file.

    Made anew where there is none, where it is damaged, of another form or of another archive, and where so
    much of it changed that this is cheaper. `thorough`: also where anything was taken out of it, so that its
    scores are to the last digit those of a new one. Never changes the published file. One process at a time:
    the caller holds the data folder's lock. `told` is called with how many texts a new index has, and is to
    have.
    """
    folder.mkdir(parents=True, exist_ok=True)
    about = about_index(folder)
    _remove_others(folder, about)
    with reader(public, memory=MEMORY) as con, _failure_told(folder):
        if not _has_texts(con):
            return Indexed()  # published before there was a search: the next load sees to it
        if about is not None:
            with suppress(IndexDamagedError):
                done = _bring_up(con, folder, about, thorough)
                if done is not None:
                    return done
        return _make_anew(con, folder, told)


@contextmanager
def _failure_told(folder: Path) -> Iterator[None]:
    """Nothing; that the library cannot write a file, which it says as a ValueError, is a WarehouseError."""
    try:
        yield
    except ValueError as error:
        if not _WRITING.search(str(error)):
            raise
        raise WarehouseError(
            f"the search index {folder} cannot be written: {first_line(error)}; mend it and run it again:"
            " the tables are up to date"
        ) from error


def about_index(folder: Path) -> About | None:
    """The index of a folder, or None where there is none of today's form."""
    try:
        said = json.loads((folder / "about.json").read_text("utf-8"))
        if said["form"] != FORM:
            return None
        at, towards = (Mark(int(each["change"]), str(each["mark"])) for each in (said["at"], said["towards"]))
        about = About(folder / str(said["index"]), at, towards)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return about if about.path.parent == folder and about.path.is_dir() else None


def in_step(con: duckdb.DuckDBPyConnection, folder: Path) -> bool:
    """Whether the index in `folder` holds just the texts of the file that this connection reads."""
    about = about_index(folder)
    return about is not None and about.at == _newest(con)


def _write_down(folder: Path, about: About) -> None:
    """Nothing; `about.json` says this, whole."""
    said = {
        "form": FORM,
        "index": about.path.name,
        "at": asdict(about.at),
        "towards": asdict(about.towards),
    }
    beside = folder / f"about.json.{os.getpid()}"
    with beside.open("w", encoding="utf-8") as file:
        file.write(json.dumps(said, indent=1) + "\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(folder / "about.json")


def _remove_others(folder: Path, about: About | None) -> None:
    """Nothing; what a killed process left half made is gone, and what was replaced."""
    for path in folder.iterdir():
        if path.is_dir() and (about is None or path != about.path):
            shutil.rmtree(path)
        elif path.name.startswith("about.json."):
            path.unlink()


def _has_texts(con: duckdb.DuckDBPyConnection) -> bool:
    found = con.execute("select count(*) from duckdb_tables() where table_name = 'text_changes'").fetchone()
    return found != (0,)


def _newest(con: duckdb.DuckDBPyConnection) -> Mark:
    row = con.execute(
        "select change, mark::varchar from meta.text_changes order by change desc limit 1"
    ).fetchone()
    return Mark(*row) if row else Mark()


def _follows(con: duckdb.DuckDBPyConnection, mark: Mark) -> bool:
    """Whether an index that came as far as this mark was made from this file, or an earlier state of it."""
    # Numbers are written out: a parameter makes DuckDB import pandas first, where there is one.
    row = con.execute(
        f"select mark::varchar from meta.text_changes where change = {mark.change:d}"
    ).fetchone()
    return row == (mark.mark,) or mark == Mark()


# ── what is added, what taken out ────────────────────────────────────────────────────────────────────────


def _bring_up(con: duckdb.DuckDBPyConnection, folder: Path, about: About, thorough: bool) -> Indexed | None:
    """What was done to the index in place; None where it has to be made anew."""
    index = open_index(about.path)
    with damage_shown(about.path):
        searcher = index.searcher()
        _touch(searcher)
        newest = _newest(con)
        if not (_follows(con, about.at) and _follows(con, about.towards)):
            return None
        changed = [
            story
            for (story,) in con.execute(
                f"select story_id from meta.texts where change > {about.at.change:d} order by story_id"
            ).fetchall()
        ]
        documents = searcher.num_docs
        if len(changed) > max(LEAST_CHANGED, documents // 2):
            return None
        added = removed = 0
        if about.at != newest:
            _write_down(folder, replace(about, towards=newest))
            added, removed = _write(con, index, searcher, changed, about.at.change)
            _write_down(folder, replace(about, at=newest, towards=newest))
        index.reload()
        gone = _gone(about.path, index.searcher())
    if gone > (0 if thorough else documents * GONE_SHARE):
        return None
    return Indexed(added, removed)


def _touch(searcher: Searcher) -> None:
    """Nothing; each file that a search reads was opened, of each segment: what is missing is noticed."""
    for place in ("title", "body", "authors", "section", "printed_in", "kind"):
        for term, _ in searcher.terms_with_prefix(place, "", limit=1):
            searcher.search(Query.term_query(schema(), place, term), 1)
    _held(searcher, [0])


def _write(
    con: duckdb.DuckDBPyConnection, index: Index, searcher: Searcher, changed: Sequence[int], since: int
) -> tuple[int, int]:
    """How many documents were added, and how many taken out, for the stories changed `since`; committed."""
    held = _held(searcher, changed)
    _want(con, since)
    wanted = {key for (key,) in con.execute("select key from wanted").fetchall()}
    if wanted == held:
        return 0, 0
    writer = index.writer(HEAP, 1)
    for key in sorted(held - wanted):
        writer.delete_documents_by_term("key", key)
    _add(con, writer, held)
    _commit(writer)
    return len(wanted - held), len(held - wanted)


def _make_anew(con: duckdb.DuckDBPyConnection, folder: Path, told: Told) -> Indexed:
    """What a new index of all texts took, which is in place now; the old one's folder is gone."""
    path = folder / f"index-{secrets.token_hex(4)}"
    path.mkdir()
    newest = _newest(con)
    _want(con, None)
    writer = new_index(path).writer(HEAP * THREADS, THREADS)
    added = _add(con, writer, told=told)
    _commit(writer)
    about = About(path, newest, newest)
    _write_down(folder, about)
    _remove_others(folder, about)
    return Indexed(added, 0, anew=True)


def _commit(writer: IndexWriter) -> None:
    writer.commit()
    # A process that ends leaves its merges undone: the segments of many small loads would never become one.
    writer.wait_merging_threads()


def _held(searcher: Searcher, stories: Sequence[int]) -> set[int]:
    """The keys of the documents that the index has of these stories."""
    if not stories:
        return set()
    query = Query.term_set_query(schema(), "story_id", list(stories))
    found = searcher.search(query, max(searcher.num_docs, 1), count=False).hits
    return {int(key or 0) for key in searcher.fast_field_values("key", [address for _, address in found])}


def _gone(path: Path, searcher: Searcher) -> int:
    """How many documents were taken out and are counted still."""
    segments = json.loads((path / "meta.json").read_text("utf-8"))["segments"]
    return max(sum(int(segment["max_doc"]) for segment in segments) - searcher.num_docs, 0)


# ── documents from the published file ────────────────────────────────────────────────────────────────────


def _want(con: duckdb.DuckDBPyConnection, since: int | None) -> None:
    """Nothing; the table `wanted` has the documents of what changed since (None: all), and their places."""
    changed = f"where story_id in (select story_id from meta.texts where change > {since})"
    where = "" if since is None else changed
    con.execute(
        f"""
        create or replace temp table wanted as
        with texts as ({BY_TEXT.format(where=where)})
        select
            core.document_key(t.story_id, t.content_hash, a.published_on, a.printed_on, a.printed_in) as key,
            t.story_id,
            t.version,
            t.content,
            b.rowid as place
        from texts as t
        join core.articles as a using (story_id)
        join core.versions as v
            on v.story_id = t.story_id
            and v.version = t.version
        join raw.bodies as b
            on b.body_id = v.body_id
        """
    )


def _add(
    con: duckdb.DuckDBPyConnection,
    writer: IndexWriter,
    held: Set[int] = frozenset(),
    told: Told = lambda _, __: None,
) -> int:
    """How many documents were added: all that are wanted and not held, in the order of their texts' places.

    Read a portion at a time.
    """
    wanted = con.execute("select place, key from wanted order by place").fetchall()
    places = [place for place, key in wanted if key not in held]
    fields = schema()
    done = 0
    for first, last in _portions(places):
        for row in _texts(con, first, last):
            if row["key"] in held:
                continue
            writer.add_document(Document.from_dict(_document(row), fields))
            done += 1
        told(done, len(places))
    return len(places)


def _portions(places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Ranges that together hold all these places, in order: none is long, and none spans a great gap."""
    begin = 0
    for n in range(1, len(places) + 1):
        over = n == len(places) or places[n] - places[n - 1] > GAP
        # Texts that several stories share lie in one place, and belong into one range.
        if over or (n - begin >= PORTION and places[n] != places[n - 1]):
            yield places[begin], places[n - 1]
            begin = n


def _texts(con: duckdb.DuckDBPyConnection, first: int, last: int) -> list[dict[str, Any]]:
    answer = con.execute(
        f"""
        select
            w.key,
            w.content,
            w.story_id,
            v.title,
            b.body,
            v.authors,
            v.section,
            v.kind,
            a.printed_in,
            a.published_on,
            a.printed_on
        from (from wanted where place between {first} and {last}) as w
        join core.versions as v using (story_id, version)
        join core.articles as a using (story_id)
        join (
            select
                rowid as place,
                body
            from raw.bodies
            where rowid between {first} and {last}
        ) as b using (place)
        order by w.key
        """
    )
    names = [column[0] for column in answer.description]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def _document(row: dict[str, Any]) -> dict[str, Any]:
    days = {as_number(day) for day in (row["published_on"], row["printed_on"]) if day is not None}
    document: dict[str, Any] = {
        "key": row["key"],
        "content": row["content"],
        "story_id": row["story_id"],
        "title": composed(row["title"]),
        "body": composed(row["body"]),
        "authors": [composed(author) for author in row["authors"]],
        "kind": row["kind"],
        "day": sorted(days),
    }
    for name in ("section", "printed_in"):
        if row[name] is not None:
            document[name] = composed(row[name])
    return document
