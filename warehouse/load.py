"""From files to tables, in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse import edits, families
from warehouse.database import WarehouseError, damaged, first_line, literal, scripts, writer

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
    "until": "timestamptz",
    "receipt": (
        "struct(promised double, smallest_gap double, longest_pace double,"
        " statuses struct(status integer, answers integer)[], robots varchar, seconds_asked double,"
        " seconds_waited double, broken varchar[])"
    ),
    "item": "integer",
    "rules": "varchar",
    "of_run": "varchar",
    "sentences": "varchar[]",
    "leads_to": "varchar[]",
    "sign": "varchar",
    "pages": "integer",
    "drift": (
        "struct(field varchar, what varchar, kind varchar, era integer, since timestamptz, pages integer,"
        " holding integer, past_pages integer, past_holding integer, chance double,"
        " without struct(capture_id varchar, story_id bigint, url varchar)[],"
        " proposals struct(part varchar, now varchar, selector varchar, pages integer, known integer)[])"
    ),
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
    "body_markdown": "varchar",
    "pictures": 'struct(url varchar, caption varchar, credit varchar, "after" integer)[]',
    "embeds": 'struct(service varchar, url varchar, "after" integer)[]',
    "bylines": "struct(name varchar, role varchar, url varchar)[]",
    "dateline_on": "date",
    "about_author": "varchar",
    "contacts": "varchar[]",
    "input_from": "varchar[]",
    "header_image": "varchar",
    "layout": "varchar",
    "published_at_from": "varchar",
    "updated_at_from": "varchar",
    "printed_on_from": "varchar",
    "published_at_exact": "boolean",
    "dates": "struct(field varchar, source varchar, happened_at timestamptz, day date, said varchar)[]",
    "content_hash": "varchar",
    "body_id": "uuid",
    "markdown_id": "uuid",
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
    "etag": "varchar",
    "last_modified": "varchar",
    "role": "varchar",
    "story_id": "bigint",
    "article": "struct(" + ", ".join(f"{name} {kind}" for name, kind in ARTICLE_COLUMNS.items()) + ")",
    "rejection": "struct(reason varchar, final boolean, detail varchar, points_to varchar)",
    "evidence": (
        "struct(teasers varchar[][], outside bigint[], after integer[], opening integer,"
        " rail_sentences integer)"
    ),
}


_NO_JSON = "Malformed JSON"  # as DuckDB begins to tell of a line that is none

PORTION = 128 << 20
"""Bytes of packed files that one transaction takes in: some 56,000 stories."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: files taken in, and rows of each kept table inserted, updated or deleted."""

    files: int
    versions: Counter[str]
    articles: Counter[str]
    editions: Counter[str]
    edits: Counter[str]

    def __add__(self, other: Loaded) -> Loaded:
        return Loaded(
            self.files + other.files,
            self.versions + other.versions,
            self.articles + other.articles,
            self.editions + other.editions,
            self.edits + other.edits,
        )

    @property
    def changed(self) -> bool:
        """Whether an article, a version, an edition or an edit changed: the cause to publish."""
        return bool(self.versions or self.articles or self.editions or self.edits)


def load(
    warehouse: Path,
    journals: Sequence[Path],
    extracts: Sequence[Path],
    rules: str,
    told: Callable[[int, int], None] = lambda _, __: None,
) -> Loaded:
    """What changed by taking in the files that were not taken in before, a portion of them at a time.

    `rules` are today's: what was read under them is preferred from now on. A file is known by its name and
    read once. Reading them twice, in any order, in any portions or after a kill gives the same tables; of a
    portion all is taken in, or nothing. `told` is called with how many files are in, and how many are to be.
    """
    with writer(warehouse) as con:
        known = {name for (name,) in con.execute("select name from raw.files").fetchall()}
        new_journals = [path for path in journals if path.name not in known]
        new_extracts = [path for path in extracts if path.name not in known]
        stale = con.execute("select count(*) from meta.stale").fetchone() != (0,)
        loaded = Loaded(0, Counter(), Counter(), Counter(), Counter())
        if not new_journals and not new_extracts and not stale and _newest_rules(con) in (None, rules):
            return loaded
        for portion in portions(new_journals, new_extracts):
            try:
                loaded += _load(con, *portion, rules)
                told(loaded.files, len(new_journals) + len(new_extracts))
            except duckdb.Error as error:
                if damaged(warehouse, error):
                    raise
                all_of_them = len(new_journals) + len(new_extracts)
                had = f"{loaded.files} of {all_of_them} files were" if loaded.files else "nothing was"
                todo = "the files are kept: run it again"
                if _NO_JSON in str(error):  # again, it would say the same
                    todo = "put that file back from a backup (docs/keeping.md)"
                raise WarehouseError(f"{had} loaded into {warehouse}: {first_line(error)}; {todo}") from error
        con.execute("checkpoint")
        return loaded


def portions(journals: Sequence[Path], extracts: Sequence[Path]) -> list[tuple[list[Path], list[Path]]]:
    """The files in portions that fit into memory, each a list of journals and one of extracts; at least one.

    A portion is as good as the whole: what is derived does not depend on what came with what.
    """
    found: list[tuple[list[Path], list[Path]]] = [([], [])]
    room = PORTION
    for path in sorted([*journals, *extracts], key=lambda path: path.name):
        size = path.stat().st_size
        if size > room and any(found[-1]):
            found.append(([], []))
            room = PORTION
        found[-1][path.suffix == ".gz"].append(path)
        room -= size
    return found


def _load(
    con: duckdb.DuckDBPyConnection, journals: Sequence[Path], extracts: Sequence[Path], rules: str
) -> Loaded:
    """What changed by one portion; all of it or nothing."""
    con.execute("begin")
    try:
        con.execute("create or replace temp table touched_stories (story_id bigint primary key)")
        con.execute("create or replace temp table touched_days (day date primary key)")
        _take_in_journals(con, journals)
        _take_in_extracts(con, extracts, rules)
        names = [literal(path.name) for path in (*journals, *extracts)]
        if names:
            con.execute(f"insert into raw.files values ({'), ('.join(names)})")
        if con.execute("select count(*) from meta.stale").fetchone() != (0,):
            _touch_everything(con)
        loaded = Loaded(len(names), *_derive(con))
        families.keep_up(con)
        if loaded.changed:
            con.execute("insert or ignore into meta.unpublished values ('rows changed')")
    except BaseException:
        con.execute("rollback")
        raise
    con.execute("commit")
    return loaded


def _take_in_journals(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> None:
    if not paths:
        return
    # Only a file that was torn by a kill may hold a line that is no event: its last, which comes as nulls.
    torn = [path for path in paths if not path.read_bytes().endswith(b"\n")]
    whole = [path for path in paths if path not in torn]
    sources = [
        f"from {json_lines(files, JOURNAL_COLUMNS, journal=True, torn=files is torn)}"
        for files in (whole, torn)
        if files
    ]
    con.execute(f"""
        create or replace temp table new_events as
        select
            parse_filename(filename, true) as run,
            "at" as happened_at,
            * exclude (filename, "at")
        from ({" union all by name ".join(sources)})
        where event is not null
            and "at" is not null
    """)
    con.execute("insert into raw.journal by name from new_events")
    con.execute("""
        insert or ignore into touched_stories
        select distinct story_id
        from new_events
        where story_id is not null
            and (event in ('attempt', 'refused', 'quarantine', 'forgotten') or member)
    """)
    # A story whose page gives no time takes it from where it is listed.
    con.execute("""
        insert or ignore into touched_stories
        select story_id
        from core.articles
        where story_id in (
                select story_id
                from new_events
                where event = 'discovery'
                    and listed_at is not null
            )
            and (
                published_at_exact is distinct from true
                or published_at_from in ('feed', 'sitemap', 'listing')
            )
    """)
    con.execute(
        "insert or ignore into touched_days select distinct day from new_events where day is not null"
    )
    con.execute("""
        merge into core.quarantine as kept
        using (
            select
                capture_id,
                item,
                rules,
                story_id,
                sentences,
                leads_to,
                sign,
                happened_at as judged_at,
                run as judged_in
            from new_events
            where event = 'quarantine'
            qualify row_number() over (partition by capture_id, item, rules order by happened_at, run) = 1
        ) as new
        on kept.capture_id = new.capture_id
            and kept.item = new.item
            and kept.rules = new.rules
        when matched and (new.judged_at, new.judged_in) < (kept.judged_at, kept.judged_in) then update by name
        when not matched then insert by name
    """)
    # Who reads the published file must see that a field broke, even where no article came of the batch.
    con.execute("""
        insert or ignore into meta.unpublished
        select 'a field went missing, or is back'
        from new_events
        where drift is not null
        limit 1
    """)
    # So must they see that a list is none any more, or is one again, and that a promise was broken.
    con.execute("""
        insert or ignore into meta.unpublished
        select 'a list is not recognised, or is again; or a promise was broken'
        from new_events as e
        where len(e.receipt.broken) > 0
            or (
                e.event = 'listing'
                and e.status = 200
                and exists ( -- itself, or one before it
                    select *
                    from raw.journal as j
                    where j.event = 'listing'
                        and j.status = 200
                        and not j.recognised
                        and j.place = e.place
                        and j.section = e.section
                        and j.happened_at > e.happened_at - interval 7 day
                )
            )
        limit 1
    """)


def _take_in_extracts(con: duckdb.DuckDBPyConnection, paths: Sequence[Path], rules: str) -> None:
    if paths or _newest_rules(con) is not None:
        _prefer(con, rules)
    if not paths:
        return
    columns = EXTRACT_COLUMNS | {"evidence": "struct(rail_sentences integer)"}
    con.execute(f"""
        create or replace temp table new_lines as
        select
            *,
            -- Extracts made before their lines said it; hashing here is a tenth of a load.
            coalesce(article.body_id, substr(sha256(article.body), 1, 32)::uuid) as body_id,
            coalesce(article.markdown_id, substr(sha256(article.body_markdown), 1, 32)::uuid) as markdown_id
        from {json_lines(paths, columns)}
    """)
    # A run that was extracted by two processes at once stands in two files.
    con.execute("""
        delete from new_lines
        where rowid not in (
            select min(rowid)
            from new_lines
            group by capture_id, item, rules
        )
    """)
    con.execute("""
        merge into raw.captures as kept
        using (
            select
                * exclude (item, rules, article, rejection, evidence, body_id, markdown_id)
            from new_lines
            where item = 0
            -- Lines made before they had validators may stand beside others of the same capture.
            qualify row_number() over (
                partition by capture_id
                order by
                    etag is null and last_modified is null,
                    run
            ) = 1
        ) as new
        on kept.capture_id = new.capture_id
        when matched and (kept.role, kept.story_id, kept.etag, kept.last_modified) is distinct from (
            new.role,
            new.story_id,
            coalesce(new.etag, kept.etag),
            coalesce(new.last_modified, kept.last_modified)
        )
            then update set
                role = new.role,
                story_id = new.story_id,
                etag = coalesce(new.etag, kept.etag),
                last_modified = coalesce(new.last_modified, kept.last_modified)
        when not matched then insert by name
    """)
    con.execute("""
        create or replace temp table new_bodies as
        select
            body_id,
            min(place) as place,
            arg_min(is_markdown, place) as is_markdown
        from (
            select body_id, rowid as place, false as is_markdown
            from new_lines
            where body_id is not null
            union all
            select markdown_id, rowid, true
            from new_lines
            where markdown_id <> body_id
        )
        anti join raw.bodies using (body_id)
        group by body_id
    """)
    # One pass: two would leave the table's row groups half full, and each checkpoint after it would write
    # them anew.
    con.execute("""
        insert into raw.bodies
        select
            n.body_id,
            if(n.is_markdown, l.article.body_markdown, l.article.body)
        from new_lines as l
        join new_bodies as n
            on n.place = l.rowid
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
                body_id := body_id,
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
                markdown_id := markdown_id,
                pictures := article.pictures,
                embeds := article.embeds,
                bylines := article.bylines,
                dateline_on := article.dateline_on,
                about_author := article.about_author,
                contacts := article.contacts,
                input_from := article.input_from,
                header_image := article.header_image,
                layout := article.layout,
                published_at_exact := article.published_at_exact,
                dates := article.dates,
                rail_sentences := coalesce(evidence.rail_sentences, 0),
                content_hash := article.content_hash,
                reason := rejection.reason,
                final := rejection.final,
                detail := rejection.detail,
                points_to := rejection.points_to
            ))
        from new_lines
        anti join raw.extracts using (capture_id, item, rules)
        -- A feed's own line stands for having read it, even where it gave no item.
        where article is not null
            or rejection is not null
            or role = 'feed'
    """)
    con.execute("""
        insert or ignore into touched_stories
        select distinct coalesce(article.story_id, story_id)
        from new_lines
        where coalesce(article.story_id, story_id) is not null
            and (role = 'story' or item > 0)
    """)
    # A feed that came again unchanged names its stories in the capture that holds its bytes, and a feed read
    # anew touches also those that it does not give any more.
    con.execute("""
        insert or ignore into touched_stories
        select distinct e.story_id
        from new_lines as l
        join raw.extracts as e
            on e.capture_id = coalesce(l.revisit_of, l.capture_id)
        where l.role = 'feed'
            and e.item > 0
            and e.story_id is not null
    """)
    # All texts of the portion: not held while the rest is derived, nor while the next portion is read.
    con.execute("drop table new_lines")


def _newest_rules(con: duckdb.DuckDBPyConnection) -> str | None:
    row = con.execute("select max_by(rules, generation) from raw.rules").fetchone()
    return row[0] if row else None


def _prefer(con: duckdb.DuckDBPyConnection, rules: str) -> None:
    """Nothing; these rules are the newest. Where they were not, every story is derived anew, whether its text
    under these rules comes with this load or came long ago: rules can be taken back."""
    newest = _newest_rules(con)
    if newest == rules:
        return
    # No parameters where a load has to be quick: where pandas is installed, the first one imports it.
    con.execute(f"delete from raw.rules where rules = {literal(rules)}")
    con.execute(
        f"insert into raw.rules select coalesce(max(generation), 0) + 1, {literal(rules)} from raw.rules"
    )
    if newest is not None:
        _touch_stories(con)


def _touch_stories(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("insert or ignore into touched_stories select story_id from core.ledger")
    con.execute("insert or ignore into touched_stories select story_id from core.articles")


def _touch_everything(con: duckdb.DuckDBPyConnection) -> None:
    """Nothing; all that is derived is derived anew by this load, as a migration asked.

    By what the raw tables say: the derived ones may be younger than the rows, and empty yet.
    """
    _touch_stories(con)
    con.execute("""
        insert or ignore into touched_stories
        select story_id
        from raw.journal
        where story_id is not null
            and (event <> 'discovery' or member)
        union
        select story_id
        from raw.captures
        where story_id is not null
            and role = 'story'
        union
        select story_id
        from raw.extracts
        where story_id is not null
            and item > 0
    """)
    con.execute("insert or ignore into touched_days select day from core.editions")
    con.execute(
        "insert or ignore into touched_days select distinct day from raw.journal where day is not null"
    )
    con.execute("delete from meta.stale")


def _derive(con: duckdb.DuckDBPyConnection) -> list[Counter[str]]:
    """The rows changed in versions, articles, editions and edits, brought up to date for what was touched."""
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
        rows = [
            row for statement in con.extract_statements(text) for row in con.execute(statement).fetchall()
        ]
        changes[name.split("_", 1)[1]] = Counter(row[0] for row in rows if row and isinstance(row[0], str))
        if name.endswith("articles"):
            changes["edits"] = edits.keep_up(con)
    return [changes["versions"], changes["articles"], changes["editions"], changes["edits"]]


def json_lines(
    paths: Sequence[Path], columns: dict[str, str], journal: bool = False, torn: bool = False
) -> str:
    """The table function that reads these files with DuckDB's own reader of JSON Lines.

    A journal's rows say in which file they stand. Where `torn`, what is no event comes as nulls.
    """
    names = "[" + ", ".join(literal(str(path)) for path in paths) + "]"
    types = "{" + ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in columns.items()) + "}"
    extra = (", filename = true" if journal else "") + (", ignore_errors = true" if torn else "")
    return (
        f"read_json({names}, columns = {types}, format = 'newline_delimited',"
        f" maximum_object_size = 67108864{extra})"
    )
