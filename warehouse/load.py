"""From files to tables, in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.database import WarehouseError, first_line, literal, scripts, writer

JOURNAL_COLUMNS = {
    "event": "varchar",
    "at": "timestamptz",
    "spider": "varchar",
    "site": "varchar",
    "day": "date",
    "delay": "double",
    "user_agent": "varchar",
    "sections": "struct(place varchar, section varchar)[]",
    "stories": "bigint",
    "url": "varchar",
    "place": "varchar",
    "section": "varchar",
    "status": "integer",
    "capture_id": "varchar",
    "recognised": "boolean",
    "cards": "integer",
    "members": "integer",
    "listing_url": "varchar",
    "story_id": "bigint",
    "title": "varchar",
    "author": "varchar",
    "listed_at": "timestamptz",
    "changed_at": "timestamptz",
    "position": "integer",
    "member": "boolean",
    "error": "varchar",
    "detail": "varchar",
    "attempts": "integer",
    "seconds": "double",
    "cause": "varchar",
    "outcome": "varchar",
    "reason": "varchar",
    "requests": "bigint",
    "responses": "bigint",
    "bytes": "bigint",
}

ARTICLE_COLUMNS = {
    "story_id": "bigint",
    "url": "varchar",
    "title": "varchar",
    "kind": "varchar",
    "section": "varchar",
    "authors": "varchar[]",
    "dateline": "varchar",
    "body": "varchar",
    "word_count": "integer",
    "published_at": "timestamptz",
    "updated_at": "timestamptz",
    "published_on": "date",
    "printed_on": "date",
    "printed_in": "varchar",
    "image_url": "varchar",
    "image_caption": "varchar",
    "tags": "varchar[]",
    "links": "varchar[]",
    "source": "varchar",
    "published_at_from": "varchar",
    "updated_at_from": "varchar",
    "printed_on_from": "varchar",
    "rail_sentences": "integer",
    "content_hash": "varchar",
}

EXTRACT_COLUMNS = {
    "capture_id": "varchar",
    "item": "integer",
    "run": "varchar",
    "rules": "varchar",
    "url": "varchar",
    "fetched_at": "timestamptz",
    "status": "integer",
    "media_type": "varchar",
    "bytes": "bigint",
    "digest": "varchar",
    "revisit_of": "varchar",
    "role": "varchar",
    "story_id": "bigint",
    "article": "struct(" + ", ".join(f"{name} {kind}" for name, kind in ARTICLE_COLUMNS.items()) + ")",
    "rejection": "struct(reason varchar, final boolean, detail varchar, points_to varchar)",
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: files taken in, and rows of each kept table inserted, updated or deleted."""

    files: int
    versions: Counter[str]
    articles: Counter[str]
    editions: Counter[str]

    @property
    def changed(self) -> bool:
        """Whether an article, a version or an edition changed: the cause to publish."""
        return bool(self.versions or self.articles or self.editions)


def load(warehouse: Path, journals: Sequence[Path], extracts: Sequence[Path], rules: str) -> Loaded:
    """What changed by taking in the files that were not taken in before; all of it or nothing.

    `rules` are today's: what was read under them is preferred from now on. A file is known by its name and
    read once. Reading them twice, in any order, or after a kill gives the same tables.
    """
    with writer(warehouse) as con:
        known = {name for (name,) in con.execute("select name from raw.files").fetchall()}
        new_journals = [path for path in journals if path.name not in known]
        new_extracts = [path for path in extracts if path.name not in known]
        if not new_journals and not new_extracts:
            return Loaded(0, Counter(), Counter(), Counter())
        con.execute("begin")
        try:
            con.execute("create temp table touched_stories (story_id bigint primary key)")
            con.execute("create temp table touched_days (day date primary key)")
            _take_in_journals(con, new_journals)
            _take_in_extracts(con, new_extracts, rules)
            for path in (*new_journals, *new_extracts):
                con.execute("insert into raw.files values (?)", [path.name])
            changes = _derive(con)
            loaded = Loaded(len(new_journals) + len(new_extracts), *changes)
            if loaded.changed:
                con.execute("insert or ignore into meta.unpublished values ('rows changed')")
            con.execute("commit")
        except duckdb.Error as error:
            con.execute("rollback")
            raise WarehouseError(
                f"nothing was loaded into {warehouse}: {first_line(error)}; the files are kept: run it again"
            ) from error
        con.execute("checkpoint")
        return loaded


def _take_in_journals(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> None:
    if not paths:
        return
    # A torn last line, as a kill leaves it, comes back as a row of nulls.
    con.execute(f"""
        create temp table new_events as
        select
            parse_filename(filename, true) as run,
            "at" as happened_at,
            * exclude (filename, "at")
        from {json_lines(paths, JOURNAL_COLUMNS, torn=True)}
        where event is not null
            and "at" is not null
    """)
    con.execute("insert into raw.journal by name from new_events")
    con.execute("""
        insert or ignore into touched_stories
        select distinct story_id
        from new_events
        where story_id is not null
            and (event in ('attempt', 'refused') or member)
    """)
    con.execute(
        "insert or ignore into touched_days select distinct day from new_events where day is not null"
    )


def _take_in_extracts(con: duckdb.DuckDBPyConnection, paths: Sequence[Path], rules: str) -> None:
    top = con.execute("select generation, rules from raw.rules order by generation desc limit 1").fetchone()
    if not top or top[1] != rules:
        con.execute("delete from raw.rules where rules = ?", [rules])
        con.execute("insert into raw.rules values (?, ?)", [top[0] + 1 if top else 1, rules])
    if not paths:
        return
    con.execute(f"create temp table new_lines as from {json_lines(paths, EXTRACT_COLUMNS)}")
    con.execute("""
        insert into raw.captures by name
        select capture_id, run, url, role, story_id, fetched_at, status, media_type, bytes, digest, revisit_of
        from new_lines
        where item = 0
        qualify row_number() over (partition by capture_id order by run) = 1
        on conflict (capture_id) do update set role = excluded.role, story_id = excluded.story_id
    """)
    con.execute("""
        insert or ignore into raw.bodies
        select distinct
            substr(sha256(article.body), 1, 32)::uuid,
            article.body
        from new_lines
        where article is not null
    """)
    con.execute("""
        insert into raw.extracts by name
        select
            capture_id,
            item,
            rules,
            coalesce(article.story_id, story_id) as story_id,
            coalesce(article.url, url) as url,
            unnest(struct_pack(
                title := article.title,
                kind := article.kind,
                section := article.section,
                authors := article.authors,
                dateline := article.dateline,
                body_id := substr(sha256(article.body), 1, 32)::uuid,
                word_count := article.word_count,
                published_at := article.published_at,
                updated_at := article.updated_at,
                published_on := article.published_on,
                printed_on := article.printed_on,
                printed_in := article.printed_in,
                image_url := article.image_url,
                image_caption := article.image_caption,
                tags := article.tags,
                links := article.links,
                source := article.source,
                published_at_from := article.published_at_from,
                updated_at_from := article.updated_at_from,
                printed_on_from := article.printed_on_from,
                rail_sentences := article.rail_sentences,
                content_hash := article.content_hash,
                reason := rejection.reason,
                final := rejection.final,
                detail := rejection.detail,
                points_to := rejection.points_to
            ))
        from new_lines
        where article is not null
            or rejection is not null
    """)
    con.execute("""
        insert or ignore into touched_stories
        select distinct coalesce(article.story_id, story_id)
        from new_lines
        where coalesce(article.story_id, story_id) is not null
            and (role = 'story' or item > 0)
    """)


def _derive(con: duckdb.DuckDBPyConnection) -> list[Counter[str]]:
    """The rows changed in versions, articles and editions, brought up to date for what was touched."""
    changes: dict[str, Counter[str]] = {}
    for name, text in scripts("derive"):
        if name.endswith("editions"):
            con.execute("""
                insert or ignore into touched_days
                select distinct day
                from raw.journal
                where event = 'discovery'
                    and member
                    and day is not null
                    and story_id in (from touched_stories)
            """)
        rows = con.execute(text).fetchall()
        changes[name.split("_", 1)[1]] = Counter(row[0] for row in rows if isinstance(row[0], str))
    return [changes["versions"], changes["articles"], changes["editions"]]


def json_lines(paths: Sequence[Path], columns: dict[str, str], torn: bool = False) -> str:
    """The table function that reads these files with DuckDB's own reader of JSON Lines."""
    names = "[" + ", ".join(literal(str(path)) for path in paths) + "]"
    types = "{" + ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in columns.items()) + "}"
    extra = ", filename = true, ignore_errors = true" if torn else ""
    return (
        f"read_json({names}, columns = {types}, format = 'newline_delimited',"
        f" maximum_object_size = 67108864{extra})"
    )
