"""The lake beside the embedded file: the same tables, views and rows, whatever happens on the way.

Here its catalog is a DuckDB file and its rows lie in a folder; with PostgreSQL and object storage the same is
asked of it in test_lake_servers.py.
"""

from __future__ import annotations

import shutil
import sys
from copy import deepcopy
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

import warehouse
from tests.warehouse.paper import Paper, article, discovery, settled_listings
from warehouse import lake as lakes
from warehouse.checks import check
from warehouse.database import WarehouseError, reader, scripts, writer
from warehouse.lake import Lake, LakeAddressError, behind, compared, restore, send, tidy
from warehouse.lake.address import hidden, lake, site_key
from warehouse.lake.engine import engine
from warehouse.lake.parts import BY_KEY, PARTS
from warehouse.lake.schema import for_lake, statements
from warehouse.publish import publish
from warehouse.query import QueryError, answer, export

SITE = "http://site"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Paper:
    """A data folder of a few stories with an edit, a rejection and texts that tell the same."""
    paper = Paper(tmp_path_factory.mktemp("made"))
    paper.run(*settled_listings(), *(discovery(story) for story in range(1, 7)))
    for story in range(1, 5):
        paper.page(story, article(story, f"Story {story} tells of a bridge. " * 12, tags=["a", "b"]))
    paper.page(5, None, reason="no_body")
    paper.page(6, article(6, "Ünïcode — “quotes”, ‘and’\n\na second paragraph.", authors=[], updated_at=None))
    published(paper)
    return paper


@pytest.fixture
def paper(made: Paper, tmp_path: Path) -> Paper:
    shutil.copytree(made.root, tmp_path / "data")
    copy = Paper(tmp_path / "data")
    copy.runs, copy.lines = made.runs, deepcopy(made.lines)
    return copy


@pytest.fixture(scope="module")
def sent(made: Paper) -> Path:
    """A folder with a lake that was sent it; its paths are relative, so that it can be copied."""
    with pytest.MonkeyPatch.context() as moved:
        moved.chdir(made.root)
        send(Path("dawn.duckdb"), lake("catalog.ducklake", "rows", SITE))
    return made.root


@pytest.fixture
def there(sent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """A lake that holds what the folder published."""
    shutil.copytree(sent / "rows", tmp_path / "rows")
    shutil.copy(sent / "catalog.ducklake", tmp_path)
    monkeypatch.chdir(tmp_path)
    return lake("catalog.ducklake", "rows", SITE)


@pytest.fixture
def nowhere(tmp_path: Path) -> Lake:
    """A lake that is not there yet."""
    return lake(str(tmp_path / "new.ducklake"), str(tmp_path / "new"), SITE)


def published(paper: Paper) -> Path:
    paper.load()
    publish(paper.root / "warehouse.duckdb", paper.root / "dawn.duckdb", anyway=True)
    return paper.root / "dawn.duckdb"


def differing(public: Path, where: Lake) -> list[lakes.Compared]:
    return [each for each in compared(public, where) if not each.same]


# ── its address ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("said", "catalog"),
    [
        ("postgres:dbname=lake host=db user=dawn", "postgres:dbname=lake host=db user=dawn"),
        ("postgresql://dawn@db:5433/lake", "postgres:dbname=lake host=db port=5433 user=dawn"),
        ("postgres://db/lake?sslmode=require", "postgres:dbname=lake host=db sslmode=require"),
        ("postgresql://d:p%40ss%27w@db/lake", "postgres:dbname=lake host=db user=d password='p@ss\\'w'"),
        ("some/lake.ducklake", "some/lake.ducklake"),
    ],
)
def test_a_catalog_is_written_as_people_write_it(said: str, catalog: str) -> None:
    assert lake(said).catalog == catalog


@pytest.mark.parametrize(
    "said", ["", "  ", "s3://bucket/lake", "mysql:host=x", "postgres:", "postgres:lake", "postgresql://db/"]
)
def test_what_is_no_catalog_is_refused_in_one_line(said: str) -> None:
    with pytest.raises(LakeAddressError, match="write its catalog as") as refused:
        lake(said)
    assert "\n" not in str(refused.value)


def test_the_place_of_the_files_is_none_without_a_name() -> None:
    with pytest.raises(LakeAddressError, match="name where the files"):
        lake("x.ducklake", " / ")


@pytest.mark.parametrize(
    ("site", "key"),
    [
        ("https://www.dawn.com", "www_dawn_com"),
        ("http://127.0.0.1:8000", "site_127_0_0_1_8000"),
        ("https://Other.Example", "other_example"),
        ("http://[::1]:80", "site_1_80"),
    ],
)
def test_a_site_is_filed_under_its_host(site: str, key: str) -> None:
    assert site_key(site) == key


@given(
    password=st.text(st.characters(categories=["L", "N", "P", "S"], exclude_characters="\x00"), min_size=3),
    url=st.booleans(),
)
def test_no_password_is_ever_shown(password: str, url: bool) -> None:
    from urllib.parse import quote

    if url:
        said = str(lake(f"postgresql://dawn:{quote(password, safe='')}@db/lake"))
    else:
        escaped = password.replace("\\", "\\\\").replace("'", "\\'")
        said = hidden(f"postgres:dbname=lake password='{escaped}' host=db")
    assert said in (
        "postgres:dbname=lake host=db user=dawn password=…",
        "postgres:dbname=lake password=… host=db",
    )


# ── its tables ───────────────────────────────────────────────────────────────────────────────────────────


def test_its_tables_are_made_by_the_same_migrations_and_have_the_same_columns(
    paper: Paper, there: Lake
) -> None:
    public = paper.root / "dawn.duckdb"
    columns = """
        select schema_name, table_name, column_name, data_type
        from duckdb_columns()
        where database_name = '{}'
            and not internal
            and schema_name <> 'sending'
            and (schema_name, table_name) <> ('meta', 'comments')
        order by all
    """
    con = engine()
    con.execute(f"attach '{public}' as source (read_only)")
    con.execute(there.attached("lake", "site", read_only=True))
    assert con.execute(columns.format("lake")).fetchall() == con.execute(columns.format("source")).fetchall()
    applied = con.execute("select name from lake.meta.migrations order by name").fetchall()
    assert [name for (name,) in applied] == [name for name, _ in scripts("migrations")]
    con.close()


def test_each_table_has_its_parts(paper: Paper) -> None:
    with writer(paper.root / "warehouse.duckdb") as con:
        found = con.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where database_name = 'warehouse'"
        ).fetchall()
    made_here = {"meta.migrations", "meta.comments"}
    assert {name for (name,) in found} - made_here == set(PARTS) | set(BY_KEY)


def test_statements_are_those_of_the_text() -> None:
    text = "create table a (b int); -- one; not two\ninsert into a values (1)\n; select ';—;';"
    assert [said.strip() for said in statements(text)] == [
        "create table a (b int)",
        "-- one; not two\ninsert into a values (1)",
        "select ';—;'",
        "",
    ]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("create table a (b int primary key, c int)", "create table a (b int , c int)"),
        ("create table a (b int, primary key (b))", "create table a (b int)"),
        (
            "create table a (b varchar not null using compression zstd)",
            "create table a (b varchar not null )",
        ),
        ("alter table a add column b boolean default false", "alter table a add column b boolean"),
        ("insert or ignore into a values (1)", "insert into a values (1)"),
        ("comment on column a.b is 'x'", None),
        ("comment on macro table a is 'x'", None),
        ("comment on view a is 'x'", "comment on view a is 'x'"),
        ("-- only a remark", None),
        ("create view a as select 'primary key' as b", "create view a as select 'primary key' as b"),
    ],
)
def test_a_statement_is_written_for_the_lake_where_the_engines_differ(written: str, said: str | None) -> None:
    assert for_lake(written) == said


# ── its rows ─────────────────────────────────────────────────────────────────────────────────────────────


def test_every_table_and_view_has_the_same_rows(paper: Paper, nowhere: Lake) -> None:
    public = paper.root / "dawn.duckdb"
    sent = send(public, nowhere)
    assert sent.put["core.articles"] == 5
    found = compared(public, nowhere)
    assert [each for each in found if not each.same] == []
    rows = {each.name: each.rows for each in found}
    assert (rows["articles"], rows["raw.bodies"], rows["rejections"]) == (5, 5, 1)
    assert rows["dictionary"] > 300
    assert not behind(public, nowhere)


def test_what_is_there_is_not_sent_again(paper: Paper, there: Lake) -> None:
    public = paper.root / "dawn.duckdb"
    send(public, there)
    assert not send(public, there).changed
    assert not send(public, there, anyway=True).changed  # looked at part by part


def test_only_what_changed_is_sent(paper: Paper, there: Lake) -> None:
    send(paper.root / "dawn.duckdb", there)
    paper.run(spider="stories", day=None)
    paper.page(3, article(3, "Story 3 tells of two bridges. " * 12))
    public = published(paper)
    assert behind(public, there)
    sent = send(public, there)
    assert sent.put["raw.bodies"] == 1
    assert sent.put["raw.captures"] == 1 + 6  # a day's are one part
    assert "core.quarantine" not in sent.put
    assert differing(public, there) == []


@pytest.mark.slow
def test_what_is_gone_from_the_file_goes_from_the_lake(paper: Paper, there: Lake) -> None:
    public = paper.root / "dawn.duckdb"
    send(public, there)
    with writer(paper.root / "warehouse.duckdb") as con:
        for table in ("core.articles", "core.versions", "core.ledger", "raw.extracts"):
            con.execute(f"delete from {table} where story_id = 2")
        con.execute("delete from raw.bodies where body like 'Story 2%'")
    publish(paper.root / "warehouse.duckdb", public, anyway=True)
    sent = send(public, there)
    assert sent.taken["raw.bodies"] == 1
    assert differing(public, there) == []
    before = text_in_files(there, b"Story 2")
    tidy(there, kept=timedelta(0))
    assert before and not text_in_files(there, b"Story 2")
    assert differing(public, there) == []


def text_in_files(where: Lake, text: bytes) -> bool:
    """Whether a text stands in any of a lake's Parquet files, or in rows that lie in its catalog."""
    assert where.files
    for path in Path(where.files).rglob("*.parquet"):
        with duckdb.connect() as con:
            if any(text.decode() in str(row) for row in con.execute(f"from '{path}'").fetchall()):
                return True
    con = engine()
    con.execute(f"attach '{where.catalog}' as catalog (read_only)")
    inlined = con.execute(
        "select schema_name, table_name from duckdb_tables()"
        " where database_name = 'catalog' and table_name like 'ducklake_inlined_data_%'"
    ).fetchall()
    rows = [con.execute(f'from catalog."{schema}"."{name}"').fetchall() for schema, name in inlined]
    con.close()
    return text in str(rows).encode()


@pytest.mark.parametrize("table", [pytest.param(0, marks=pytest.mark.slow), 19])
def test_a_sending_that_breaks_off_changes_nothing(paper: Paper, there: Lake, table: int) -> None:
    before = shutil.copy(paper.root / "dawn.duckdb", paper.root / "before.duckdb")
    paper.run(spider="stories", day=None)
    paper.page(3, article(3, "Another text."))
    public = published(paper)

    def broken(done: int, _: int) -> None:
        if done > table:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send(public, there, told_of=broken)
    assert differing(Path(before), there) == []
    send(public, there)
    assert differing(public, there) == []


@pytest.mark.slow
def test_an_older_publication_does_not_take_the_place_of_a_later_one(paper: Paper, there: Lake) -> None:
    before = Path(shutil.copy(paper.root / "dawn.duckdb", paper.root / "before.duckdb"))
    paper.run(spider="stories", day=None)
    paper.page(3, article(3, "Another text."))
    public = published(paper)
    send(public, there)
    with pytest.raises(WarehouseError, match=r"holds a later publication .* another folder sends there"):
        send(before, there)
    assert differing(public, there) == []
    send(before, there, anyway=True)
    assert differing(before, there) == []


@pytest.mark.slow
def test_a_record_made_in_another_way_is_not_believed(paper: Paper, there: Lake) -> None:
    public = paper.root / "dawn.duckdb"
    send(public, there)
    con = engine()
    con.execute(there.attached("lake", "site", read_only=False))
    con.execute("update lake.sending.turn set method = 'another version'")
    con.execute("delete from lake.core.articles where story_id = 1")
    con.close()
    assert send(public, there).put["core.articles"] == 5
    assert differing(public, there) == []


def test_back_into_a_file(paper: Paper, there: Lake, tmp_path: Path) -> None:
    public = paper.root / "dawn.duckdb"
    send(public, there)
    target = tmp_path / "back" / "warehouse.duckdb"
    target.parent.mkdir()
    rows = restore(there, target)
    assert rows["core.articles"] == 5
    again = tmp_path / "back" / "dawn.duckdb"
    shutil.copy(target, again)
    assert [each.name for each in compared(again, there) if not each.same] in ([], ["dictionary"])
    with pytest.raises(WarehouseError, match="is there already"):
        restore(there, target)
    # And the loader goes on with it as if it were its own.
    shutil.move(target, paper.root / "warehouse.duckdb")
    paper.run(spider="stories", day=None)
    paper.page(4, article(4, "A text that came later."))
    assert paper.load().articles == {"UPDATE": 1}


def test_nothing_is_left_of_a_restoring_that_failed(nowhere: Lake, tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="cannot be read"):
        restore(nowhere, tmp_path / "warehouse.duckdb")
    assert not list(tmp_path.glob("warehouse*"))


# ── asked ────────────────────────────────────────────────────────────────────────────────────────────────


def test_questions_checks_and_python_ask_it_as_they_ask_a_file(
    paper: Paper, there: Lake, tmp_path: Path
) -> None:
    public = paper.root / "dawn.duckdb"
    send(public, there)
    to_read = lake(there.catalog)  # who reads needs to know neither the files nor the site
    question = "select story_id, title, body, published_at from articles order by story_id"
    with answer(to_read, question) as ours, answer(public, question) as theirs:
        assert list(ours.rows) == list(theirs.rows)
        assert ours.types == theirs.types
    assert check(to_read) == check(public)
    assert export(to_read, "from versions", tmp_path / "versions.parquet") == 5
    with warehouse.open(there.catalog) as archive, warehouse.open(paper.root) as file:
        assert archive.articles.order("story_id").fetchall() == file.articles.order("story_id").fetchall()
        assert sorted(archive.as_of("2027-01-01").fetchall(), key=repr) == sorted(
            file.as_of("2027-01-01").fetchall(), key=repr
        )
        with pytest.raises(WarehouseError, match="no index to search in"):
            archive.search("bridge")


HARM = (
    "delete from articles",
    "insert into core.articles select * from core.articles",
    "call ducklake_expire_snapshots('dawn', older_than => now())",
    "attach 'x.duckdb' as y",
    "copy (select 1) to 'x.csv'",
    "from read_csv('/etc/passwd')",
    "from read_text('/etc/passwd')",
    "set enable_external_access = true",
)


def test_who_asks_changes_nothing_and_reads_nothing_else(paper: Paper, there: Lake) -> None:
    public = paper.root / "dawn.duckdb"
    for sql in HARM:
        with pytest.raises(QueryError) as refused, answer(lake(there.catalog), sql) as found:
            list(found.rows)
        assert "\n" not in str(refused.value), sql
    # Nor could what stands behind it, were a question ever let through that is none.
    with reader(lake(there.catalog)) as con:
        for sql in HARM:
            with pytest.raises(duckdb.Error):
                con.execute(sql)
    assert differing(public, there) == []


@pytest.mark.slow
def test_several_sites_are_one_by_one_and_together(paper: Paper, there: Lake) -> None:
    public = paper.root / "dawn.duckdb"
    send(public, there)
    other = there.of("https://other.example")
    send(public, other)
    assert differing(public, other) == []
    with answer(there.of(None), "select site, count(*) from articles group by all order by all") as found:
        assert list(found.rows) == [(SITE, 5), ("https://other.example", 5)]
    with answer(there.of(None), "select count(*), count(distinct site) from runs") as found:
        assert list(found.rows) == [(2, 1)]  # whose site is a column of its own
    with answer(there.of(None), "select count(*) from other_example.core.articles") as found:
        assert list(found.rows) == [(5,)]
    with pytest.raises(WarehouseError, match="name one site with --site"):
        check(there.of(None))
    assert all(each.green for each in check(other))
    with pytest.raises(WarehouseError, match=r"no tables of http://nobody; it has other_example, site"):
        check(there.of("http://nobody"))


def test_a_lake_that_is_empty_or_not_there_says_so(nowhere: Lake) -> None:
    with pytest.raises(WarehouseError, match=r"cannot be read: .*new\.ducklake"), answer(nowhere, "select 1"):
        pass
    duckdb.connect(nowhere.catalog).close()
    with pytest.raises(WarehouseError, match="is empty: `dawn send` fills it"), answer(nowhere, "select 1"):
        pass


def test_without_its_extensions_it_says_how_to_get_them(
    paper: Paper, there: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb_extension_ducklake", None)
    with pytest.raises(WarehouseError, match=r"pip install 'dawn-as-a-table\[lake\]'"):
        send(paper.root / "dawn.duckdb", there)


def test_a_newer_program_s_lake_is_left_alone(paper: Paper, there: Lake) -> None:
    public = paper.root / "dawn.duckdb"
    send(public, there)
    con = engine()
    con.execute(there.attached("lake", "site", read_only=False))
    con.execute("insert into lake.meta.migrations values ('9999_later', 'x')")
    con.close()
    with pytest.raises(WarehouseError, match="written by a newer version"):
        send(public, there)
    with pytest.raises(WarehouseError, match="written by a newer version"), answer(there, "select 1"):
        pass


def test_writing_needs_to_know_where_the_files_go(paper: Paper, there: Lake) -> None:
    with pytest.raises(LakeAddressError, match="name where the files"):
        send(paper.root / "dawn.duckdb", lake(there.catalog, None, SITE))
    with pytest.raises(LakeAddressError, match="name the site"):
        send(paper.root / "dawn.duckdb", there.of(None))


@pytest.mark.slow
def test_each_site_s_days_are_its_own_in_a_lake_of_several(paper: Paper, tmp_path: Path) -> None:
    send(paper.root / "dawn.duckdb", lake(str(tmp_path / "new.ducklake"), str(tmp_path / "new"), SITE))
    other = tmp_path / "other"
    other.mkdir()
    (other / "site.json").write_text('{"site": "http://other", "zone": "Europe/Lisbon"}')
    theirs = Paper(other)
    theirs.run(discovery(1, "feed", "home", None, listed_at="2026-03-09T21:30:00+00:00"))
    theirs.page(1, article(1))
    published(theirs)
    of_lisbon = lake(str(tmp_path / "new.ducklake"), str(tmp_path / "new"), "http://other")
    send(other / "dawn.duckdb", of_lisbon)
    day = "select day::varchar from dates where source = 'feed'"
    zone = "select core.zone(), current_setting('TimeZone')"
    with answer(of_lisbon, zone) as said:
        assert list(said.rows) == [("Europe/Lisbon", "Europe/Lisbon")]
    with answer(of_lisbon, day) as said:
        assert list(said.rows) == [("2026-03-09",)]  # in Karachi it is the tenth
    with answer(lake(str(tmp_path / "new.ducklake"), None, None), zone) as said:
        assert list(said.rows) == [("UTC", "UTC")]
    tidy(of_lisbon)
    with pytest.raises(WarehouseError, match="this site's days in Europe/Lisbon, and what is to be sent"):
        send(paper.root / "dawn.duckdb", of_lisbon)
    folder = tmp_path / "back"
    folder.mkdir()
    with pytest.raises(WarehouseError, match="days in Europe/Lisbon, and this folder in Asia/Karachi"):
        restore(of_lisbon, folder / "warehouse.duckdb")
    (folder / "site.json").write_text('{"site": "http://other", "zone": "Europe/Lisbon"}')
    restore(of_lisbon, folder / "warehouse.duckdb")
    with writer(folder / "warehouse.duckdb") as con:
        assert con.execute(day).fetchall() == [("2026-03-09",)]
