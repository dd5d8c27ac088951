"""Questions made to do harm: each is refused in one line or answered without it, and nothing is changed."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import duckdb
import pytest

from warehouse.query import QueryError, answer, export

SECRET = "hush-hush-5311"


@pytest.fixture
def public(tmp_path: Path) -> Path:
    """A published file of one table, and beside it what is nobody's business."""
    folder = tmp_path / "data"
    folder.mkdir()
    con = duckdb.connect(str(folder / "dawn.duckdb"))
    con.execute("create table articles as select 1 as story_id, 'The river' as title, 'A body.' as body")
    con.close()
    con = duckdb.connect(str(folder / "other.duckdb"))
    con.execute(f"create table t as select '{SECRET}' as said")
    con.close()
    (folder / "secret.csv").write_text(f"a,b\n1,{SECRET}\n")
    (folder / "schema.sql").write_text("create table imported (a int);\n")
    return folder / "dawn.duckdb"


def lying(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() if path.is_file() else b"" for path in folder.rglob("*")}


WRITES = """
insert into articles values (2, 'x', 'y')
update articles set title = 'x'
delete from articles
truncate articles
merge into articles using (select 1 as story_id) as s on true when matched then delete
with gone as (delete from articles returning *) select * from gone
select * from (update articles set title = 'x' returning *)
explain analyze insert into articles values (2, 'x', 'y')
explain analyze delete from articles
create table t as select 1
create temp table t as select 1
create or replace view articles as select 1
create macro m(x) as x
create schema s
create sequence s
create type t as enum ('a')
create index i on articles (story_id)
alter table articles add column z int
drop table articles
comment on table articles is 'x'
checkpoint
vacuum
analyze
begin
commit
rollback
prepare p as select 1
execute p
call enable_logging()
call force_checkpoint()
set variable x = 1
use memory
pragma enable_profiling
"""

FILES = """
copy articles to '{here}/stolen.csv'
copy articles from '{here}/secret.csv'
copy (select 1) to '{here}/stolen.parquet' (format parquet)
explain copy articles to '{here}/stolen.csv'
explain analyze copy articles to '{here}/stolen.csv'
from (copy articles to '{here}/stolen.csv')
select * from query('copy articles to ''{here}/stolen.csv''')
select * from query('from read_text(''{here}/secret.csv'')')
export database '{here}/stolen'
import database '{here}'
attach '{here}/other.duckdb' as other
attach '{here}/new.duckdb' as new
attach ':memory:' as m
explain analyze attach '{here}/new.duckdb' as new
detach dawn
from '{here}/secret.csv'
from '{here}/other.duckdb'
from read_duckdb('{here}/other.duckdb')
from read_csv('{here}/secret.csv')
from read_csv_auto('{here}/secret.csv')
from read_text('{here}/secret.csv')
from read_blob('{here}/secret.csv')
from read_json('{here}/secret.csv')
from read_ndjson_objects('{here}/secret.csv')
from read_parquet('{here}/secret.csv')
from parquet_metadata('{here}/secret.csv')
from parquet_schema('{here}/secret.csv')
from sniff_csv('{here}/secret.csv')
from glob('{here}/*')
from read_text('/etc/passwd')
from read_text('/proc/self/environ')
from read_csv('/dev/stdin')
from read_text('file:///etc/passwd')
"""

EXTENSIONS_AND_SETTINGS = """
install httpfs
install httpfs from community
install '{here}/evil.duckdb_extension'
force install httpfs
load httpfs
load '{here}/evil.duckdb_extension'
update extensions
set enable_external_access = true
set lock_configuration = false
set memory_limit = '1TB'
set allowed_paths = ['{here}/secret.csv']
set allow_unsigned_extensions = true
set global autoinstall_known_extensions = true
reset lock_configuration
reset global enable_external_access
explain analyze set memory_limit = '1TB'
pragma memory_limit = '1TB'
pragma enable_external_access = true
create secret (type s3, key_id 'a', secret 'b')
create persistent secret s (type http)
from duckdb_secrets()
from which_secret('s3://bucket', 's3')
from start_ui()
from sqlite_scan('{here}/x.db', 't')
from postgres_scan('host=127.0.0.1 port={port}', 'public', 't')
from read_xlsx('{here}/x.xlsx')
"""

NETWORK = """
from 'http://127.0.0.1:{port}/x.csv'
from read_csv('http://127.0.0.1:{port}/x.csv')
from read_parquet('https://127.0.0.1:{port}/x.parquet')
from read_text('http://127.0.0.1:{port}/' || (select title from articles))
from read_csv('s3://bucket/x.csv')
attach 'http://127.0.0.1:{port}/x.duckdb' as x
copy articles to 'http://127.0.0.1:{port}/x.csv'
"""

PROCESS = """
select getenv('TOKEN')
from os
from public
from con
from duckdb
from statements
from arrow_scan(1, 2, 3)
from pandas_scan(140000000000000)
from python_map_function(1)
from seq_scan()
select 1; drop table articles
select 1; select 2

--
select 1) to '{here}/stolen.csv'; --
"""


@pytest.mark.parametrize(
    "statement",
    [line for table in (WRITES, FILES, EXTENSIONS_AND_SETTINGS, PROCESS) for line in table.split("\n")],
)
def test_a_statement_that_would_do_harm_is_refused_in_one_line(public: Path, statement: str) -> None:
    os.environ["TOKEN"] = SECRET
    before = lying(public.parent)
    with (
        pytest.raises(QueryError) as error,
        answer(public, statement.format(here=public.parent, port=9)) as found,
    ):
        list(found.rows)
    assert "\n" not in str(error.value)
    assert SECRET not in str(error.value)
    assert lying(public.parent) == before


@pytest.mark.parametrize("statement", NETWORK.strip().split("\n"))
def test_no_question_reaches_the_network(public: Path, statement: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        said = statement.format(port=listener.getsockname()[1])
        with pytest.raises(QueryError), answer(public, said) as found:
            list(found.rows)
        with pytest.raises(TimeoutError):
            listener.accept()


# What DuckDB takes for a question: it may turn on what it logs or how it measures, for a connection that is
# gone with the answer. No file comes of it.
LOG = "from enable_logging(storage := 'file', storage_path := '{here}/log', level := 'debug')"
PROFILE = "from enable_profiling(save_location := '{here}/p.json', format := 'json')"
LOGS = [
    LOG,
    f"with a as materialized ({LOG}) select write_log('x', level := 'error') from articles, a",
    PROFILE,
    f"with a as materialized ({PROFILE}) select count(*) from articles, a",
    f"explain analyze {PROFILE}",
    "explain analyze create temp table t as select 1",
    "from checkpoint()",
    "from truncate_duckdb_logs()",
]


@pytest.mark.parametrize("statement", LOGS)
def test_what_is_answered_leaves_no_file(
    public: Path, statement: str, capfd: pytest.CaptureFixture[str]
) -> None:
    before = lying(public.parent)
    with answer(public, statement.format(here=public.parent)) as found:
        list(found.rows)
    assert lying(public.parent) == before
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("statement", [*FILES.strip().split("\n"), *LOGS])
def test_nor_does_one_whose_answer_is_put_into_a_file(public: Path, statement: str) -> None:
    """But that file: whatever is said of others, and of the one that is written into."""
    target = public.parent / "answer.parquet"
    target.touch()
    before = lying(public.parent)
    try:
        export(public, statement.format(here=public.parent), target)
    except QueryError as error:
        assert "\n" not in str(error)
    after = lying(public.parent)
    assert SECRET.encode() not in after.pop("answer.parquet", b"")  # DuckDB takes it away, where it fails
    before.pop("answer.parquet")
    assert after == before


@pytest.mark.parametrize(
    "question",
    [
        "select 1) to '{here}/stolen.csv' (format csv); --",
        "select 1 -- comment",
        "select 1 /* comment */",
        "select 1 /* open",
        "select 1)) union (select 2",
        "select ''') to ''{here}/stolen.csv'' --'",
        "select $$) to '{here}/stolen.csv' --$$",
    ],
)
def test_no_question_ends_the_statement_around_it(public: Path, question: str) -> None:
    target = public.parent / "answer.parquet"
    try:
        export(public, question.format(here=public.parent), target)
    except QueryError as error:
        assert "\n" not in str(error)
    assert not (public.parent / "stolen.csv").exists()


def test_a_question_has_its_memory_and_spills_where_nobody_else_looks(
    public: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("warehouse.database._memory", lambda: 60 << 20)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "spills"))
    (tmp_path / "spills").mkdir()
    before = lying(public.parent)
    spilled = "select hash(range) as h, repeat('x', 50) as t from range(600000) order by h desc, t"
    with answer(public, spilled) as found:
        next(found.rows)
        [spill] = (tmp_path / "spills").iterdir()
        assert spill.stat().st_mode & 0o777 == 0o700
        assert list(spill.iterdir()), "nothing was spilled"
        assert lying(public.parent) == before
    assert list((tmp_path / "spills").iterdir()) == []
    with (
        pytest.raises(QueryError, match="Out of Memory"),
        answer(public, "select len(list(range)) from range(100000000)") as found,
    ):
        list(found.rows)
