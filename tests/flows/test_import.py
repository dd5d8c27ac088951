"""`dawn import`: what others fetched becomes part of the archive, once, as they had it."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawlers.archive import ArchiveWriter
from crawlers.foreign import Foreign, Known, Taken
from crawlers.items import Capture, Card, Place
from crawlers.journal import Asked, JournalWriter
from crawlers.lookalike import Lookalike
from crawlers.reading import digest, read
from crawlers.site import MAX_PAGE_BYTES
from flows import passes, stages
from flows.cli import dawn as command
from flows.ending import exit_code
from flows.folder import open_folder
from tests.commoncrawl import AT, SITE, Page, crawled, numbered, revisit, written
from tests.crawlers.paper import page as page_of_paper
from tests.flows.conftest import Dawn, tables

pytestmark = pytest.mark.slow

Run = Callable[..., tuple[int, str, str]]
WHAT_COUNTS = {
    "articles": "* exclude (rules)",
    "versions": "* exclude (rules)",
    "captures": "* exclude (run)",
    "rejections": "* exclude (run, rules)",
    "core.ledger": "*",
}


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """The command in this process, into the folder `data`: its exit code, stdout and stderr."""

    def said(*words: str | Path, data: str = "data") -> tuple[int, str, str]:
        code = exit_code(command, [*map(str, words), "--data", str(tmp_path / data)])
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return said


@pytest.fixture(scope="module")
def newspaper() -> Lookalike:
    return Lookalike(days=1)


@pytest.fixture(scope="module")
def pages(newspaper: Lookalike) -> list[Page]:
    """Twelve stories of the look-alike, as if they were the live site's."""
    chosen = [story for story in newspaper.stories if story not in newspaper.gone][:12]
    return numbered([(f"{SITE}/news/{n}/a-slug", newspaper.page(n, SITE).encode()) for n in chosen])


def asked(data: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(data / "dawn.duckdb"), read_only=True) as con:
        con.execute("set TimeZone = 'UTC'")
        return con.execute(sql).fetchall()


def what_counts(data: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of the tables without the names of the runs they came in."""
    return {
        table: sorted(asked(data, f"select {columns} from {table}"), key=repr)
        for table, columns in WHAT_COUNTS.items()
    }


def files_of(data: Path) -> dict[str, bytes]:
    return {
        str(path): path.read_bytes()
        for room in ("archive", "journal", "extracted")
        for path in sorted((data / room).iterdir())
    }


def in_a_row(out: str, file: str) -> dict[str, str]:
    """The counts in the table on stdout of one file, by their heads."""
    head, *rows = [line for line in out.splitlines() if line]
    row = next(line for line in rows if line.startswith(file))
    names = [name for name in head.strip().split("  ") if name.strip()]
    return dict(zip((name.strip() for name in names), row.split(), strict=False))


def test_pages_in_common_crawls_form_become_articles(
    run: Run, newspaper: Lookalike, pages: list[Page], tmp_path: Path
) -> None:
    others = [
        Page("https://www.dawn.com/authors/1/somebody", b"<p>x</p>", 901),
        Page("https://aurora.dawn.com/news/1143", b"<p>x</p>", 902),
        Page("https://example.org/news/1907269", b"<p>x</p>", 903),
        Page("http://dawn.com/news/1900001", b"not found", 904, status="404 Not Found"),
        Page(f"{SITE}/news/1900002", b"\x89PNG", 905, media_type="image/png"),
        Page(f"{SITE}/news/1900003/x", page_of_paper("<p>Half").encode(), 906, truncated="length"),
    ]
    file = written(tmp_path / "CC-MAIN-1.warc.gz", [*pages, *others])
    before = file.read_bytes()
    code, out, err = run("import", file)
    assert (code, err) == (0, "")
    assert in_a_row(out, "CC-MAIN-1.warc.gz") == {
        "file": "CC-MAIN-1.warc.gz",
        "taken in": "15",
        "held already": "0",
        "other sites": "2",
        "no story or listing": "1",
        "other records": str(2 * 18 + 1),
    }
    data = tmp_path / "data"
    gold = {story["story_id"]: story for story in newspaper.gold()}
    rows = asked(data, "select story_id, title, body, first_seen_at from articles")
    assert len(rows) >= 10
    for story, title, body, seen in rows:
        assert (title, body) == (gold[story]["title"], gold[story]["body"])
        assert seen in {one.at for one in pages}
    assert sorted(asked(data, "select capture_id, url, fetched_at from captures")) == sorted(
        (one.record_id, one.url, one.at) for one in [*pages, *others[3:]]
    )
    assert dict(asked(data, "select story_id, reason from rejections where story_id > 1900000 - 1")) | {
        1900001: "gone",
        1900002: "unreadable",
        1900003: "partial",
    } == dict(asked(data, "select story_id, reason from rejections"))
    [(name, spider, outcome, reason)] = asked(data, "select run, spider, outcome, reason from runs")
    assert "-import-" in name and name in out
    assert (spider, outcome, reason) == ("import", "finished", "15 captures from CC-MAIN-1.warc.gz")
    assert file.read_bytes() == before


@pytest.mark.slow
def test_a_rebuild_from_the_archive_gives_what_was_imported(
    run: Run, pages: list[Page], tmp_path: Path
) -> None:
    run("import", written(tmp_path / "a.warc.gz", pages[:3]))
    data = tmp_path / "data"
    before = what_counts(data)
    for path in (data / "dawn.duckdb", data / "warehouse.duckdb", *(data / "extracted").iterdir()):
        path.unlink()
    assert run("replay")[0] == 0
    assert what_counts(data) == before


@pytest.mark.parametrize(
    "form",
    [
        pytest.param("gzip by record", marks=pytest.mark.slow),
        pytest.param("plain", marks=pytest.mark.slow),
        "gzip in one piece",
    ],
)
def test_importing_again_adds_nothing_whatever_the_form(
    run: Run, pages: list[Page], tmp_path: Path, form: str
) -> None:
    """Two files that overlap, then both again in another order, one of them twice."""
    first = written(tmp_path / "first.warc.gz", pages[:4])
    second = tmp_path / "second.warc.gz"
    plain = crawled(pages[2:7], gzipped=form == "gzip by record")
    second.write_bytes(gzip.compress(plain) if form == "gzip in one piece" else plain)
    code, out, _ = run("import", first, second)
    counts = in_a_row(out, "first"), in_a_row(out, "second")
    assert code == 0
    assert [(each["taken in"], each["held already"]) for each in counts] == [("4", "0"), ("3", "2")]
    assert asked(tmp_path / "data", "select count(*) from captures") == [(7,)]
    before, files = tables(tmp_path / "data"), files_of(tmp_path / "data")
    code, out, _ = run("import", second, first, second)
    assert code == 0 and "nothing was new: nothing was added" in out
    assert in_a_row(out, "second")["held already"] == "5"
    assert tables(tmp_path / "data") == before and files_of(tmp_path / "data") == files


def test_a_file_that_breaks_off_gives_what_stood_before_and_the_rest_comes_later(
    run: Run, pages: list[Page], tmp_path: Path
) -> None:
    whole = crawled(pages[:4])
    torn = tmp_path / "torn.warc.gz"
    torn.write_bytes(whole[: len(crawled(pages[:3])) + 3000])
    code, out, err = run("import", torn)
    assert code == 1
    assert in_a_row(out, "torn")["taken in"] == "3" and "breaks off" in out
    assert err.splitlines()[-1].startswith(
        "dawn: 1 of 1 files break off, first torn.warc.gz after 11 records"
    )
    archive, rest = Archive(), tmp_path / "whole.warc.gz"
    rest.write_bytes(whole)
    assert [len(archive.bring([path])[0]) for path in (torn, rest)] == [3, 1]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is no WARC file"),
        (b"<!DOCTYPE html><p>saved</p>", "is no WARC file"),
        (gzip.compress(b"<p>x</p>", mtime=0), "is no WARC file"),
        (b"\x1f\x8b\x08garbage", "is no WARC file"),
        (b"PK\x03\x04 a zip file", "is no WARC file"),
        (None, "is no file that can be read"),
    ],
)
def test_what_is_no_warc_file_is_refused_before_anything_is_done(
    run: Run, pages: list[Page], tmp_path: Path, content: bytes | None, said: str
) -> None:
    good, bad = written(tmp_path / "good.warc.gz", pages[:1]), tmp_path / "bad.warc.gz"
    if content is not None:
        bad.write_bytes(content)
    code, _, err = run("import", good, bad)
    assert code == 2 and len(err.splitlines()) == 1
    assert f"{bad} {said}" in err
    assert not (tmp_path / "data").exists()


def test_another_sites_folder_is_refused(run: Run, pages: list[Page], tmp_path: Path) -> None:
    file = written(tmp_path / "a.warc.gz", pages[:1])
    open_folder(tmp_path / "data", SITE)
    before = files_of(tmp_path / "data")
    code, _, err = run("import", file, "--site", "http://127.0.0.1:1")
    assert code == 2 and "belongs to https://www.dawn.com" in err
    assert files_of(tmp_path / "data") == before


def raw(page: bytes, **named: str) -> bytes:
    """A plain record as nobody should write one."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page
    usual = {
        "WARC-Type": "response",
        "WARC-Record-ID": "<urn:uuid:1>",
        "WARC-Target-URI": f"{SITE}/news/1900001",
        "WARC-Date": "2026-03-09T04:05:06Z",
        "Content-Length": str(len(answer)),
    } | {name.replace("_", "-"): value for name, value in named.items()}
    lines = ["WARC/1.0", *(f"{name}: {value}" for name, value in usual.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + answer + b"\r\n\r\n"


HOSTILE = {
    "a zero byte in its address": raw(b"<p>x", WARC_Target_URI=f"{SITE}/news/1900001/\0"),
    "a time to come": raw(b"<p>x", WARC_Date="2999-01-01T00:00:00Z"),
    "a time before the web": raw(b"<p>x", WARC_Date="0001-01-01T00:00:00Z"),
    "larger than any page": raw(b"<p>" + b"x" * MAX_PAGE_BYTES),
    "no time at all": raw(b"<p>x", WARC_Date="yesterday"),
    "no id": raw(b"<p>x", WARC_Record_ID="<>"),
    "no answer": raw(b"").replace(b"HTTP/1.1 200 OK", b"SMTP/1.1 200 OK"),
    "another site's": raw(b"<p>x", WARC_Target_URI="https://www.dawn.com.example.org/news/1900001"),
    "its password": raw(b"<p>x", WARC_Target_URI="https://www.dawn.com@example.org/news/1900001"),
}


def test_hostile_records_cost_nobody_anything(run: Run, pages: list[Page], tmp_path: Path) -> None:
    file = tmp_path / "hostile.warc"
    file.write_bytes(b"".join(HOSTILE.values()) + crawled(pages[:1], gzipped=False))
    code, out, _ = run("import", file)
    assert code == 0
    counts = in_a_row(out, "hostile.warc")
    assert (counts["taken in"], counts["cannot be"], counts["unreadable"], counts["other sites"]) == (
        "1",
        "4",
        "3",
        "2",
    )
    assert asked(tmp_path / "data", "select capture_id from captures") == [(pages[0].record_id,)]


def test_a_record_that_takes_anothers_id_takes_nothing_from_it(pages: list[Page], tmp_path: Path) -> None:
    """Nor are ids that are none a hindrance: each gets one of its own, and the same one each time."""
    archive = Archive()
    archive.bring([written(tmp_path / "first.warc.gz", pages[:1])])
    taking = [
        replace(pages[1], identity=pages[0].record_id),
        *(replace(pages[n], identity="not <an> id") for n in (2, 3)),
        replace(pages[4], identity="urn:uuid:" + "x" * 5_000),
    ]
    file = written(tmp_path / "second.warc.gz", taking)
    taken, _ = archive.bring([file])
    assert [one.capture.url for one in taken] == [one.url for one in taking]
    ids = {one.url: one.capture_id for one in archive.held}
    assert ids[pages[0].url] == pages[0].record_id
    assert len(set(ids.values())) == 5 and all(len(each) == 45 for each in ids.values())
    again = written(tmp_path / "third.warc.gz", taking[2:])
    assert archive.bring([file, again]) == ([], 6)
    # Who foresees the id that a record will be given gains nothing by it either.
    foreseen = replace(pages[5], identity=ids[taking[1].url])
    other = Archive()
    other.bring([written(file, [foreseen]), written(again, taking)])
    assert len({one.capture_id for one in other.held}) == 5


@pytest.mark.slow
def test_revisits_are_kept_where_their_bytes_are(run: Run, pages: list[Page], tmp_path: Path) -> None:
    first, second, third = pages[:3]
    later = AT + timedelta(hours=5)
    early = tmp_path / "early.warc.gz"
    early.write_bytes(
        revisit(second.url, second.record_id, 501, later)  # its original comes in the next file
        + revisit(first.url, first.record_id, 502, later)  # its original is held
        + revisit(third.url, first.record_id, 503, later)  # of another story's bytes
        + revisit(third.url, "urn:uuid:00000000-0000-0000-0000-00000000dead", 504, later)
    )
    run("import", written(tmp_path / "a.warc.gz", [first]))
    code, out, _ = run("import", early, written(tmp_path / "b.warc.gz", [second]))
    assert code == 0
    counts = in_a_row(out, "early.warc.gz")
    assert (counts["taken in"], counts["revisits of nothing"]) == ("2", "2")
    data = tmp_path / "data"
    assert dict(asked(data, "select url, revisit_of from captures where revisit_of is not null")) == {
        second.url: second.record_id,
        first.url: first.record_id,
    }
    assert asked(data, "select distinct version, last_seen_at from articles") == [(1, later)]
    assert "nothing was new" in run("import", early)[1]
    # What was lost comes in once its original does.
    code, out, _ = run("import", written(tmp_path / "c.warc.gz", [replace(third, record=0xDEAD)]), early)
    assert in_a_row(out, "early.warc.gz")["taken in"] == "1"


class Archive:
    """An archive in memory: what is held of it is answered as the warehouse would."""

    def __init__(self) -> None:
        self.held: list[Known] = []

    def ask(self, asked: Sequence[tuple[str, str, datetime]]) -> Collection[Known]:
        ids, moments = {one for one, _, _ in asked}, {(url, at) for _, url, at in asked}
        return [one for one in self.held if one.capture_id in ids or (one.url, one.fetched_at) in moments]

    def bring(self, files: Sequence[Path]) -> tuple[list[Taken], int]:
        """What the files added, and how many records were held already."""
        foreign = Foreign(SITE, self.ask)
        taken = [one for path in files for one in foreign.captures(path)] + list(foreign.late())
        for one in taken:
            held = one.capture
            self.held.append(
                Known(held.id, held.url, held.fetched_at, held.digest, held.revisit_of or held.id)
            )
        assert sum(found.taken for found in foreign.found) == len(taken)
        assert not any(found.lost or found.unreadable for found in foreign.found)
        return taken, sum(found.held for found in foreign.found)


def test_a_revisit_waits_for_its_original_and_never_takes_anothers(pages: list[Page], tmp_path: Path) -> None:
    """Its original may be held, lie in the same file before or after it, in the next, or nowhere."""
    first, second, third, fourth = pages[:4]
    later = AT + timedelta(hours=5)
    archive = Archive()
    archive.bring([written(tmp_path / "a.warc.gz", [first])])
    early, late = tmp_path / "early.warc.gz", written(tmp_path / "b.warc.gz", [third])
    early.write_bytes(
        revisit(first.url, first.record_id, 501, later)
        + revisit(second.url, second.record_id, 502, later)
        + crawled([second])
        + revisit(second.url, second.record_id, 503, later + timedelta(hours=1))
        + revisit(third.url, third.record_id, 504, later)
        + revisit(fourth.url, first.record_id, 505, later)
        + revisit(fourth.url, "urn:uuid:00000000-0000-0000-0000-00000000dead", 506, later)
    )
    foreign = Foreign(SITE, archive.ask)
    taken = [one for path in (early, late) for one in foreign.captures(path)] + list(foreign.late())
    repeats = {UUID(one.capture.id).int: one.capture.revisit_of for one in taken if one.capture.revisit_of}
    assert repeats == {
        501: first.record_id,
        502: second.record_id,
        503: second.record_id,
        504: third.record_id,
    }
    assert all(
        one.original and one.original.url == one.capture.url for one in taken if one.capture.revisit_of
    )
    assert [(found.taken, found.lost) for found in foreign.found] == [(5, 2), (1, 0)]


SMALL = [
    Page(f"{SITE}/news/{1_900_000 + n % 4}/x", b"<p>%d</p>" % (n // 2), n, AT + timedelta(hours=n % 3))
    for n in range(10)
]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    files=st.lists(st.lists(st.integers(0, 9), max_size=8), min_size=1, max_size=4),
    ids=st.lists(st.sampled_from(["own", "one", "none"]), min_size=10, max_size=10),
    split=st.integers(0, 4),
)
def test_however_records_are_spread_over_files_each_comes_in_once(
    tmp_path: Path, files: list[list[int]], ids: list[str], split: int
) -> None:
    """Whatever their ids are: their own, all the same, or none that can stand."""
    named = {"own": None, "one": "urn:uuid:00000000-0000-0000-0000-0000000000ff", "none": "x y"}
    small = [replace(page, identity=named[kind]) for page, kind in zip(SMALL, ids, strict=True)]
    paths = [
        written(tmp_path / f"{n}.warc.gz", [small[one] for one in chosen]) for n, chosen in enumerate(files)
    ]
    archive = Archive()
    taken = archive.bring(paths[:split])[0] + archive.bring(paths[split:])[0]
    wanted = {one for chosen in files for one in chosen}
    assert sorted((one.capture.url, one.capture.fetched_at, one.capture.digest) for one in taken) == sorted(
        {(small[one].url, small[one].at, digest(small[one].body)) for one in wanted}
    )
    assert len({one.capture.id for one in taken}) == len(taken)
    again, held = archive.bring(paths)
    assert (again, held) == ([], sum(map(len, files)))


headers = st.lists(
    st.tuples(
        st.text(
            st.characters(codec="ascii", exclude_characters=":\r\n \t\0", categories=["L", "N", "P"]),
            min_size=1,
        ),
        st.text(st.characters(max_codepoint=255)),
    ),
    max_size=4,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    status=st.integers(0, 999), sent=headers, body=st.binary(max_size=60), cut=st.sampled_from(["", "length"])
)
def test_what_is_kept_is_read_back(
    tmp_path: Path, status: int, sent: list[tuple[str, str]], body: bytes, cut: str
) -> None:
    path = tmp_path / "a.warc.gz"
    path.unlink(missing_ok=True)
    made = tuple((name, value) for name, value in sent if name.lower() != "transfer-encoding")
    made = (*made, ("WARC-Truncated", cut)) if cut else made
    capture = Capture("urn:x:1", f"{SITE}/news/1", AT, status, made, body, digest(body))
    with ArchiveWriter(path) as archive:
        archive.keep(capture)
    [back] = read(path)
    assert replace(back, headers=()) == replace(capture, headers=())
    assert [name for name, _ in back.headers] == [name for name, _ in made]
    assert back.header("WARC-Truncated") == (cut or None)
    with ArchiveWriter(tmp_path / f"{os.urandom(4).hex()}.warc.gz") as archive:
        archive.keep(back)
        [again] = read(Path(archive._file.name))
    assert again == back


@pytest.mark.slow
def test_an_import_that_breaks_off_says_so_and_is_ended_by_the_next(
    run: Run, pages: list[Page], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path / "a.warc.gz", pages[:6])
    keep = ArchiveWriter.keep

    def full(self: ArchiveWriter, *taken: Any) -> None:
        if self.bytes > sum(len(one.body) for one in pages[:2]):
            raise OSError(28, "No space left on device", str(tmp_path))
        keep(self, *taken)

    with monkeypatch.context() as patched:
        patched.setattr(ArchiveWriter, "keep", full)
        with pytest.raises(OSError, match="No space left"):
            passes.bring(open_folder(tmp_path / "data", SITE), [file])
    [journal] = (tmp_path / "data/journal").iterdir()
    assert json.loads(journal.read_text().splitlines()[-1])["outcome"] == "failed"
    code, out, _ = run("import", file)
    assert (code, in_a_row(out, "a.warc")["taken in"], in_a_row(out, "a.warc")["held already"]) == (
        0,
        "3",
        "3",
    )
    captures = asked(tmp_path / "data", "select capture_id, url, fetched_at from captures")
    assert sorted(captures) == sorted((one.record_id, one.url, one.at) for one in pages[:6])


@pytest.mark.parametrize(
    "cut", [pytest.param(1, marks=pytest.mark.slow), 200, pytest.param(4000, marks=pytest.mark.slow)]
)
def test_what_a_kill_leaves_is_taken_in_and_the_rest_comes_with_the_next_import(
    run: Run, pages: list[Page], tmp_path: Path, cut: int
) -> None:
    """A torn record at the end of the archive file, a journal without its end: a kill leaves no more."""
    file = written(tmp_path / "a.warc.gz", pages[:5])
    run("import", file)
    data = tmp_path / "data"
    whole = what_counts(data)
    for path in (data / "dawn.duckdb", data / "warehouse.duckdb", *(data / "extracted").iterdir()):
        path.unlink()
    for path in (data / "journal").glob("*-meter-*"):
        path.unlink()
    [archive], [journal] = (data / "archive").iterdir(), (data / "journal").iterdir()
    archive.write_bytes(archive.read_bytes()[:-cut])
    journal.write_text(journal.read_text().splitlines(keepends=True)[0])
    code, out, _ = run("import", file)
    assert code == 0 and int(in_a_row(out, "a.warc")["taken in"]) >= 1
    assert what_counts(data) == whole
    assert [row[0] for row in asked(data, "select outcome from runs order by run")] == ["killed", "finished"]


KILL = "import os, signal\ndef killed(*_, **__): os.kill(os.getpid(), signal.SIGKILL)\n"
PLACES = {
    "before anything": "import flows.importing as i; i._Runs = killed",
    "before the first capture": "import crawlers.archive as a; a.ArchiveWriter.keep = killed",
    "in the middle": (
        "import crawlers.archive as a; keep = a.ArchiveWriter.keep\n"
        "def third(self, *t): keep(self, *t); self.bytes < 60_000 or killed()\n"
        "a.ArchiveWriter.keep = third"
    ),
    "before the end is written": "import crawlers.journal as j; j.JournalWriter.end = killed",
    "before extracting": "import crawlers.extracted as e; e.extract_archives = killed",
    "inside the load": "import warehouse.load as w; w._derive = killed",
    "before publishing": "import flows.stages as s; s.publish_file = killed",
}


@pytest.mark.slow
@pytest.mark.parametrize("where", PLACES)
def test_killed_anywhere_an_import_run_again_is_whole(
    run: Run, pages: list[Page], tmp_path: Path, where: str
) -> None:
    file = written(tmp_path / "a.warc.gz", pages[:5])
    run("import", file, data="undisturbed")
    child = subprocess.run(
        [
            sys.executable,
            "-c",
            f"{KILL}{PLACES[where]}\nfrom flows.cli import main; main()",
            *("import", str(file), "--data", str(tmp_path / "data")),
        ],
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert child.returncode == -signal.SIGKILL, f"it was never killed {where}"
    assert run("import", file)[0] == 0
    assert what_counts(tmp_path / "data") == what_counts(tmp_path / "undisturbed")


def test_what_was_imported_is_asked_for_again_only_where_the_site_changed_it(
    run: Run, pages: list[Page], tmp_path: Path
) -> None:
    """Of four stories that a day and the sitemap list, one is not held, and one changed since then."""
    run("import", written(tmp_path / "a.warc.gz", pages[:3]))
    folder = open_folder(tmp_path / "data", SITE)
    stories = [int(one.url.split("/")[4]) for one in pages[:4]]
    with JournalWriter(folder.journal / "20260310T060000Z-edition-0001.jsonl") as journal:
        for story in stories:
            listed = Asked(f"{SITE}/latest-news/2026-03-09", None, Place.DAILY, "latest-news", AT.date())
            changed_at = AT + timedelta(days=1 if story == stories[1] else -1)
            for asked_of, changed in (
                (listed, None),
                (Asked(f"{SITE}/feeds/sitemap", None, Place.SITEMAP, "news"), changed_at),
            ):
                card = Card(f"{SITE}/news/{story}", story, "T", None, changed, None, 1)
                journal.discovery(asked_of, card, member=True)
    stages.settle(folder)
    assert [one.story_id for one in stages.owed_of_day(folder, AT.date())()] == stories[3:]
    causes = {one.story_id: one.cause for one in stages.owed_of_latest(folder)()}
    assert causes == {stories[1]: "changed", stories[3]: "new"}


@pytest.mark.slow
def test_stories_that_were_imported_are_held_and_not_fetched_again(
    dawn: Dawn, site: Lookalike, address: str, tmp_path: Path
) -> None:
    """A day's backfill asks for the others alone."""
    day = site.days[0]
    listed = {story for section in site.edition(day).values() for story in section} - {site.forbidden}
    held = sorted(listed - site.gone.keys())[:8]
    now = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    pages = [
        Page(f"{address}/news/{story}", site.page(story, address).encode(), n, now)
        for n, story in enumerate(held, 1)
    ]
    done = dawn("import", written(tmp_path / "a.warc.gz", pages), "--site", address)
    assert done.returncode == 0, done.stderr
    assert site.requests == []
    done = dawn("backfill", str(day), "--delay", "0")
    assert done.returncode == 0, done.stderr
    fetched = {int(request.path.split("/")[2]) for request in site.requests if "/news/" in request.path}
    assert fetched == listed - set(held)
