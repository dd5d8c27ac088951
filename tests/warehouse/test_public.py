"""What readers are promised: a file replaced whole, questions that do no harm, checks that can fail."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.warehouse.paper import Paper, article, discovery, settled_listings
from warehouse.checks import check
from warehouse.database import WarehouseError, reader, writer
from warehouse.differences import differences
from warehouse.publish import copy, publish
from warehouse.query import QueryError, answer, export


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Paper:
    """A paper of two stories with its published file, made once."""
    paper = Paper(tmp_path_factory.mktemp("once"))
    paper.run(*settled_listings(), discovery(1), discovery(2))
    paper.page(1, article(1, "A first story."))
    paper.page(2, article(2, "A second story."))
    paper.load()
    publish(paper.root / "warehouse.duckdb", paper.root / "dawn.duckdb")
    return paper


@pytest.fixture
def public(paper: Paper, once: Paper) -> Path:
    """Its published file, in a copy that is the test's own; so is the paper."""
    shutil.copytree(once.root, paper.root, dirs_exist_ok=True)
    vars(paper).update(deepcopy(vars(once)) | {"root": paper.root})
    return paper.root / "dawn.duckdb"


def ask(public: Path, sql: str) -> list[tuple[Any, ...]]:
    with answer(public, sql) as found:
        return list(found.rows)


def test_publishing_happens_when_rows_changed_and_only_then(paper: Paper, public: Path) -> None:
    assert not publish(paper.root / "warehouse.duckdb", public)
    paper.run(spider="latest")
    paper.load()  # a run alone rides along with the next one
    assert not publish(paper.root / "warehouse.duckdb", public)
    paper.run(spider="stories")
    paper.page(1, article(1, "A first story, mended."))
    paper.load()
    assert publish(paper.root / "warehouse.duckdb", public)
    assert ask(public, "select version from articles where story_id = 1") == [(2,)]


def test_a_reader_keeps_its_file_and_blocks_nobody(paper: Paper, public: Path) -> None:
    with reader(public) as held:
        before = held.execute("select story_id, version from articles order by all").fetchall()
        paper.run(spider="stories")
        paper.page(1, article(1, "A first story, mended."))
        paper.load()
        assert publish(paper.root / "warehouse.duckdb", public)
        assert held.execute("select story_id, version from articles order by all").fetchall() == before
    assert ask(public, "select max(version) from articles") == [(2,)]


def test_a_kill_between_load_and_publish_is_made_good(paper: Paper, public: Path, monkeypatch: Any) -> None:
    paper.run(spider="stories")
    paper.page(1, article(1, "A first story, mended."))
    paper.load()

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("warehouse.publish.shutil.copyfile", killed)
        with pytest.raises(KeyboardInterrupt):
            publish(paper.root / "warehouse.duckdb", public)
    assert ask(public, "select max(version) from articles") == [(1,)]
    assert not paper.load().changed
    assert publish(paper.root / "warehouse.duckdb", public)
    assert ask(public, "select max(version) from articles") == [(2,)]


def test_a_published_file_says_which_snapshot_it_is(paper: Paper, public: Path) -> None:
    before = datetime.now(UTC)
    paper.run(spider="stories")
    paper.page(1, article(1, "A first story, mended."))
    paper.load()
    with reader(public) as held:
        old = held.execute("from snapshot").fetchall()
        publish(paper.root / "warehouse.duckdb", public)
        assert held.execute("from snapshot").fetchall() == old
    new = ask(public, "from snapshot")
    assert len(old) == len(new) == 1
    assert old[0][0] < new[0][0]
    assert before <= new[0][1] <= datetime.now(UTC)


@pytest.mark.parametrize("lends", [True, False])
def test_a_copy_is_the_same_bytes_whether_blocks_are_lent_or_not(
    tmp_path: Path, monkeypatch: Any, lends: bool
) -> None:
    """No filesystem that lends blocks is at hand everywhere: the request's own effect is put in its place."""
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"rows" * 100_000)
    target.write_bytes(b"what was there, which is longer" * 100_000)

    def ioctl(into: int, request: int, original: int) -> int:
        assert request == 0x40049409  # linux/fs.h: _IOW(0x94, 9, int)
        if not lends:
            raise OSError(errno.EOPNOTSUPP, "no")
        os.write(into, os.pread(original, 1_000_000, 0))
        return 0

    monkeypatch.setattr("warehouse.publish.fcntl.ioctl", ioctl)
    assert copy(source, target) is lends
    assert target.read_bytes() == source.read_bytes()


ASKED_BY_C = """
import sys
from pathlib import Path
import duckdb
from warehouse.database import reader, writer

drawn = "select current_setting('enable_progress_bar')"
print(*duckdb.connect().execute(drawn).fetchone())
for opened, name in ((reader, "dawn.duckdb"), (writer, "warehouse.duckdb")):
    with opened(Path(sys.argv[1]) / name) as con:
        print(*con.execute(drawn).fetchone())
"""


def test_no_bar_is_drawn_among_the_answers(public: Path) -> None:
    """DuckDB takes `python -c` for somebody who looks on, and draws one after two seconds."""
    said = subprocess.run(
        [sys.executable, "-c", ASKED_BY_C, str(public.parent)], capture_output=True, text=True, check=True
    )
    assert said.stdout.split() == ["True", "False", "False"]


def test_times_are_shown_in_karachi(public: Path) -> None:
    ((instant, shown),) = ask(
        public, "select published_at, published_at::varchar from articles where story_id = 1"
    )
    assert instant.utcoffset().total_seconds() == 5 * 3600
    assert shown == "2026-03-09 05:00:00+05"


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("delete from core.articles", "only questions"),
        ("create table x (a int)", "only questions"),
        ("attach '/etc/passwd' as x", "only questions"),
        ("copy articles to '{here}/stolen.csv'", "only questions"),
        ("install httpfs", "only questions"),
        ("load httpfs", "only questions"),
        ("set enable_external_access = true", "only questions"),
        ("pragma enable_profiling", "only questions"),
        ("select 1; drop table core.articles", "one statement"),
        ("select 1) to 'x'; drop table core.articles; --", "syntax error"),
        ("", "no question in it"),
        ("select * from read_csv('{here}/secret.csv')", "disabled"),
        ("from '{here}/secret.csv'", "disabled"),
        ("select * from glob('{here}/*')", "disabled"),
        ("select content from read_text('{here}/secret.csv')", "disabled"),
        ("select nothing from articles", "not found"),
        ("selec 1", "syntax error"),
        ("select cast('x' as integer)", "convert"),
        ("select getenv('HOME')", "getenv"),
    ],
)
def test_sql_answers_questions_and_does_nothing_else(public: Path, sql: str, said: str) -> None:
    (public.parent / "secret.csv").write_text("a,b\n1,2\n")
    before = public.read_bytes()
    with pytest.raises(QueryError, match="(?i)" + said) as error:
        ask(public, sql.format(here=public.parent))
    assert "\n" not in str(error.value)
    assert public.read_bytes() == before
    assert not (public.parent / "stolen.csv").exists()


def test_parquet_goes_into_its_file_and_into_no_other(public: Path) -> None:
    target = public.parent / "it's an answer.parquet"
    assert export(public, "select story_id, body, published_at from articles order by 1;", target) == 2
    quoted = str(target).replace("'", "''")
    assert duckdb.sql(f"select story_id, body from read_parquet('{quoted}')").fetchall() == [
        (1, "A first story."),
        (2, "A second story."),
    ]
    with pytest.raises(QueryError):
        export(public, f"select * from read_text('{public.parent}/warehouse.duckdb')", target)


def test_no_view_compares_all_rows_with_all(public: Path) -> None:
    """A join without an equality between both sides takes the square of an archive's rows."""
    with reader(public) as con:
        views = con.execute(
            "select view_name from duckdb_views() where not internal and schema_name = 'main'"
        ).fetchall()
        plans = {
            view: "".join(plan for _, plan in con.execute(f"explain from {view}").fetchall())
            for (view,) in views
        }
    joined = {view for view, plan in plans.items() if "_JOIN" in plan}
    squared = {view for view, plan in plans.items() if "NESTED_LOOP" in plan or "CROSS_PRODUCT" in plan}
    assert {"runs", "articles", "families"} <= joined
    assert squared <= {"corrections_of_the_week"}  # whose other side is one row, the newest capture


def test_no_archive_yet_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="run `dawn run` or `dawn backfill` first"):
        ask(tmp_path / "dawn.duckdb", "select 1")


# ── checks: each green on a sound archive, each seen failing ─────────────────────────────────────────────


BREAKS: dict[str, str] = {
    "every_edition_adds_up_to_what_was_listed": "update core.editions set stored = stored - 1",
    "no_story_was_dropped_in_silence": "delete from core.ledger where story_id = 1",
    "no_story_comes_from_the_future": "update core.articles set published_at = last_seen_at + interval 2 day",
    "no_body_holds_the_page_around_it": """
        update raw.bodies set body = body || E'\\n\\nPublished in Dawn, March 9th, 2026'
        where body = 'A first story.'
    """,
    "no_rail_ends_several_stories": """
        update core.articles set authors = [story_id::varchar], word_count = 100;
        insert into core.articles by name
            select * replace (3 as story_id, ['third'] as authors) from core.articles where story_id = 1;
        update raw.bodies set body = E'Its own.\\n\\nOpinion\\n\\nOne\\n\\nTwo\\n\\n3\\n\\n4\\n\\n5'
    """,
    "no_story_is_quarantined": """
        insert into core.quarantine
        select capture_id, 0, rules, 1, ['A line of a rail.'], ['77'], 'a sign', fetched_at, 'run009'
        from raw.captures
        join raw.extracts using (capture_id)
        where raw.captures.story_id = 1
    """,
    "no_forgotten_story_is_still_held": """
        insert into raw.journal by name
        select 'forget' as run, 'forgotten' as event, now() as happened_at, 1 as story_id
    """,
    "every_key_stands_once": "insert into raw.bodies from raw.bodies limit 1",
    "every_listing_is_recognised": """
        insert into raw.journal by name
        select
            'run001' as run,
            'listing' as event,
            now() as happened_at,
            'feed' as place,
            'home' as section,
            200 as status,
            false as recognised
    """,
    "every_promise_to_the_site_was_kept": """
        update raw.journal
        set receipt = {
            'promised': 2, 'smallest_gap': 1, 'longest_pace': 2, 'statuses': [], 'robots': null,
            'seconds_asked': 0, 'seconds_waited': 0, 'broken': ['too soon']
        }
        where event = 'end'
    """,
    "versions_follow_one_another": "update core.versions set version = 5 where story_id = 1",
    "every_page_that_was_read_has_its_article": "delete from core.articles where story_id = 1",
    "no_field_went_missing": """
        insert into raw.journal by name
        select
            'drift' as run,
            'break' as event,
            now() as happened_at,
            {'field': 'authors', 'what': 'missing', 'pages': 12, 'holding': 0, 'since': now()} as drift
    """,
    "no_row_is_an_orphan": "delete from raw.journal where run = 'run001'",
    "no_body_repeats_itself": """
        update raw.bodies
        set body = concat_ws(E'\\n\\n', repeat('many words ', 30), 'Between.', repeat('many words ', 30))
        where body = 'A first story.'
    """,
    "no_text_is_told_by_many_stories": """
        update core.articles set word_count = 30;
        insert into core.articles by name
            select a.* replace (n as story_id) from core.articles as a, range(3, 6) as t(n) where story_id = 1
    """,
    "no_section_went_quiet": """
        insert into core.editions by name
        select
            date '2026-03-09' - (7 * weeks)::integer as day,
            'print' as place,
            unnest(['national', 'sport']) as section,
            'complete' as state,
            if(weeks = 0 and section = 'sport', 1, 12) as listed,
            0 as stored, 0 as rejected, 0 as gone, 0 as refused, 0 as owed, 0 as unchanged
        from range(5) as t(weeks)
        on conflict do update set listed = 12, state = 'complete'
    """,
    "no_dates_contradict_each_other": "update core.articles set printed_on = published_on + 90",
    "no_text_is_mangled": "update raw.bodies set body = '\u00e2\u20ac\u2122' where body like 'A f%'",
    "every_address_names_its_story": "update core.articles set url = 'http://site/news/2' where story_id = 1",
    "no_article_is_empty": "update raw.bodies set body = ' ' where body = 'A first story.'",
    "no_author_is_a_sentence": "update core.articles set authors = [repeat('word ', 20)] where story_id = 1",
    "every_article_has_its_bytes": "update core.articles set capture_id = 'gone' where story_id = 1",
}


def test_every_check_is_green_on_a_sound_archive(public: Path) -> None:
    outcomes = check(public)
    assert [each.name for each in outcomes if not each.green] == []
    assert {each.name for each in outcomes} == set(BREAKS), "a check without a test that sees it fail"


@pytest.mark.parametrize("name", BREAKS)
def test_every_check_is_seen_failing(paper: Paper, public: Path, name: str) -> None:
    with writer(paper.root / "warehouse.duckdb") as con:
        con.execute(BREAKS[name])
        con.execute("insert or ignore into meta.unpublished values ('broken on purpose')")
    publish(paper.root / "warehouse.duckdb", public)
    red = {each.name: each for each in check(public) if not each.green}
    assert name in red
    assert red[name].rows
    assert len(red[name].columns) == len(red[name].rows[0])


def test_a_file_of_an_earlier_version_is_told_as_such(paper: Paper, public: Path) -> None:
    with writer(paper.root / "warehouse.duckdb") as con:
        con.execute("drop view forgotten")
    publish(paper.root / "warehouse.duckdb", public, anyway=True)
    with pytest.raises(WarehouseError, match="earlier version of this program: `dawn replay` makes it anew"):
        check(public)


# ── what new rules would change ──────────────────────────────────────────────────────────────────────────


def test_new_rules_are_compared_field_by_field(paper: Paper, public: Path) -> None:
    for line in paper.lines["run001"]:
        line["article"] = article(line["story_id"], "A first story.", title="A new title")
    paper.lines["run001"][1].update(
        article=None, rejection={"reason": "no_body", "final": True, "detail": "why"}
    )
    paper.rules = "r2"
    found = {change.field: change for change in differences(public, paper.files()[1])}
    assert found["title"].examples[0] == (1, "Title 1", "A new title")
    assert found["outcome"].examples == ((2, "article", "rejected: no_body"),)
    assert found["body"].stories == 1  # gone with the article of story 2; story 1 reads as before
    assert "section" in found  # of the rejected one
    assert json.dumps([change.field for change in found.values()])


def test_the_same_rules_differ_in_nothing(paper: Paper, public: Path) -> None:
    assert differences(public, paper.files()[1]) == []
