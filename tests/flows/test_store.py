"""A data folder and its store: the same archive twice, and each can be made from the other."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crawlers import packs
from crawlers.extracted import file_name
from crawlers.packs import Segment, away, compact, files, is_pack, segments
from crawlers.places import capture_of
from crawlers.reading import read
from crawlers.store import Store, StoreError
from flows import forgetting, passes, stages, storing
from flows.auditing import audit
from flows.folder import DataFolder, FolderError, open_folder
from tests.flows.conftest import Backfilled, Dawn, in_folder, tables, told
from tests.objects import CREDENTIALS, before, new_bucket, object_store, says


@pytest.fixture
def folder(backfilled: Backfilled, tmp_path: Path) -> DataFolder:
    """A folder that has a store, which is empty yet."""
    return open_folder(backfilled.data, backfilled.address, store=str(tmp_path / "store"))


def listed(root: Path, part: str) -> dict[str, bytes]:
    """The files of one part of a data folder or of a folder that is a store, with their bytes."""
    return {
        path.name: path.read_bytes()
        for path in (root / part).iterdir()
        if not path.name.startswith(".") and not path.name.endswith(packs.AWAY)
    }


def assert_same(folder: DataFolder) -> None:
    """The store holds what the folder does, file by file."""
    assert folder.store
    for part in storing.FOLDERS:
        assert listed(Path(folder.store), part) == listed(folder.root, part), part


def restored(folder: DataFolder, into: Path, local_archive: int | None = None) -> DataFolder:
    made = open_folder(into, folder.site, store=folder.store, local_archive=local_archive)
    with made.crawling():
        storing.bring_all(made)
        assert passes.made_anew(made).fault is None
    return made


def left_to_the_store(folder: DataFolder) -> DataFolder:
    """The folder, none of whose archive files lie in it."""
    bounded = replace(folder, local_archive=0)
    with bounded.crawling():
        storing.keep(bounded)
        storing.let_go(bounded)
    assert files(folder.archive) == [] and away(folder.archive)
    return bounded


def test_nothing_of_it_is_imported_where_no_store_is_set(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom flows import passes, stages, storing\n"
        "from flows.folder import open_folder\n"
        f"folder = open_folder(Path({str(tmp_path / 'data')!r}), 'http://127.0.0.1:9')\n"
        "stages.settle(folder)\nassert storing.kept(folder) is None and not storing.keep(folder)\n"
        "found = {'fsspec', 's3fs', 'prefect', 'distributed', 'flows.spreading'} & set(sys.modules)\n"
        "assert not found, found"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_the_folder_has_the_store_gets_once(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    with folder.crawling():
        first = storing.keep(folder)
        assert_same(folder)
        assert first.sent == sum(len(listed(folder.root, part)) for part in storing.FOLDERS)
        sent: list[str] = []
        monkeypatch.setattr(Store, "put", lambda *_: sent.append("put"))
        assert not storing.keep(folder) and sent == []
    assert json.loads(Path(folder.store or "", "site.json").read_text()) == {"site": folder.site}


@pytest.mark.slow
def test_a_restored_folder_has_the_same_tables(folder: DataFolder, tmp_path: Path) -> None:
    with folder.crawling():
        storing.keep(folder)
    made = restored(folder, tmp_path / "restored")
    assert listed(made.root, "archive") == listed(folder.root, "archive")
    assert tables(made.root) == tables(folder.root)
    with made.crawling():
        assert storing.bring_all(made).files == 0, "again, nothing is fetched"


@pytest.mark.slow
def test_runs_that_lie_in_the_store_alone_are_read_as_if_they_were_here(folder: DataFolder) -> None:
    before = tables(folder.root)
    where = segments(folder.archive)
    bytes_of = {run: b"".join(one.pieces()) for run, one in where.items()}
    capture_id, run = told(
        folder,
        "select capture_id, run from captures where role = 'story' and status = 200"
        " and revisit_of is null limit 1",
    )[0]
    page = capture_of(folder.archive, run, capture_id)
    bounded = left_to_the_store(folder)
    found = segments(folder.archive)
    assert list(found) == list(where) and all(one.away for one in found.values())
    with storing.at_hand(bounded, found.values()) as here:
        assert {one.run: b"".join(one.pieces()) for one in here} == bytes_of
        lay = [one.path for one in here]
    assert not any(path.exists() for path in lay), "they are gone again"
    assert page is not None and capture_of(folder.archive, run, capture_id, folder.store) == page
    assert capture_of(folder.archive, run, capture_id) is None, "without the store nobody has it"
    with bounded.crawling():
        assert audit(bounded).fault is None
        for path in (*folder.root.glob("*.duckdb*"), *folder.extracted.iterdir()):
            path.unlink()
        assert passes.made_anew(bounded).fault is None
    assert tables(folder.root) == before


def test_only_what_is_over_the_bound_leaves_and_the_oldest_first(folder: DataFolder) -> None:
    paths = sorted(files(folder.archive), key=lambda path: path.name)
    bounded = replace(folder, local_archive=paths[-1].stat().st_size)
    with bounded.crawling():
        assert storing.let_go(bounded) == 0, "the store has nothing yet"
        storing.keep(bounded)
        (folder.extracted / file_name(segments(folder.archive).popitem()[0])).rename(folder.root / "aside")
        assert storing.let_go(bounded) == len(paths) - 1
    assert files(folder.archive) == paths[-1:]
    nothing = replace(folder, local_archive=0)
    with bounded.crawling():
        assert storing.let_go(nothing) == 0, "what is to be read yet stays"


def test_nothing_leaves_that_is_another_in_the_store(folder: DataFolder) -> None:
    bounded = replace(folder, local_archive=0)
    damaged = files(folder.archive)[0]
    with bounded.crawling():
        storing.keep(bounded)
        there = Path(folder.store or "", "archive", damaged.name)
        there.write_bytes(there.read_bytes()[::-1])
        storing.let_go(bounded)
    assert files(folder.archive) == [damaged]


def test_what_is_damaged_in_the_store_is_told(folder: DataFolder) -> None:
    bounded = left_to_the_store(folder)
    one = next(iter(segments(folder.archive).values()))
    lying = Path(folder.store or "", "archive", one.path.name)
    lying.write_bytes(lying.read_bytes()[::-1])
    with pytest.raises(StoreError, match="does not hold"), storing.at_hand(bounded, [one]):
        pass


@pytest.mark.slow
@pytest.mark.parametrize("broken", ["", "put", "delete", "names"])
@pytest.mark.parametrize("is_away", [False, True])
def test_a_compacted_archive_is_compacted_in_the_store_too(
    folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str, is_away: bool
) -> None:
    """Wherever it breaks off: done again, the store is what the folder is, and at no moment less."""
    bounded = left_to_the_store(folder) if is_away else folder
    runs = set(segments(folder.archive))
    with folder.crawling():
        storing.keep(folder)
        storing.bring_small_ones_home(bounded)
        compact(folder.archive)
        if broken:
            with monkeypatch.context() as broken_off:
                broken_off.setattr(Store, broken, _breaks)
                with pytest.raises(StoreError):
                    storing.keep(folder)
            assert runs <= set(segments(Path(folder.store or "", "archive")))
        storing.keep(folder)
        assert [is_pack(path) for path in files(folder.archive)] == [True]
        assert_same(folder)
        if is_away:
            assert storing.let_go(bounded) == 1 and files(folder.archive) == []
            assert not storing.keep(bounded)
    assert set(segments(folder.archive)) == runs
    restored(folder, tmp_path / "restored", local_archive=0 if is_away else None)
    assert tables(tmp_path / "restored") == tables(folder.root)


def _breaks(*_: object) -> Any:
    raise StoreError("the store is away")


def sayings(folder: DataFolder, story: int) -> list[bytes]:
    body = told(folder, f"select body from articles where story_id = {story}")[0][0]
    others = "\n".join(
        each for (each,) in told(folder, f"select body from articles where story_id <> {story}")
    )
    return [said.encode() for said in body.split("\n\n") if len(said) > 60 and said not in others]


def holding(root: Path, wanted: list[bytes]) -> set[str]:
    """The files in which one of these stands, as it lies there or unpacked."""
    found = set()
    for path in (path for path in root.rglob("*") if path.is_file()):
        content = path.read_bytes()
        if path.name.endswith(".warc.gz"):
            content = b"".join(capture.content for capture in read(path))
        elif path.name.endswith(".gz"):
            content = json.dumps(
                [json.loads(line) for line in gzip.decompress(content).splitlines()], ensure_ascii=False
            ).encode()
        if any(one in content for one in wanted):
            found.add(str(path.relative_to(root)))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("broken", ["", "replace", "put", "delete"])
@pytest.mark.parametrize("how", ["here", "away", "packed"])
def test_a_forgotten_story_is_in_no_byte_of_the_store(
    folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str, how: str
) -> None:
    story = told(folder, "select story_id from articles where word_count > 200 order by story_id limit 1")[0][
        0
    ]
    wanted = sayings(folder, story)
    assert wanted
    if how == "packed":
        compact(folder.archive)
    with folder.crawling():
        storing.keep(folder)
    bounded = folder if how == "here" else left_to_the_store(folder)
    store = Path(folder.store or "")
    assert holding(store, wanted)
    with bounded.crawling():
        forgetting.remember(bounded, [story], None)
        if broken:
            with monkeypatch.context() as broken_off:
                broken_off.setattr(Store, broken, _breaks)
                forgetting.take_out(bounded, {story})
                passes.made_anew(bounded)
        forgetting.take_out(bounded, {story})
        assert passes.made_anew(bounded).fault is None
    assert holding(store, wanted) == set() == holding(folder.root, wanted)
    assert not list(folder.changed.glob("*/*"))
    made = restored(folder, tmp_path / "restored")
    assert tables(made.root) == tables(folder.root)
    assert told(made, f"select count(*) from articles where story_id = {story}") == [(0,)]


@pytest.mark.slow
def test_a_store_that_cannot_be_had_costs_no_pass(folder: DataFolder, tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file where a folder should be")
    with folder.crawling():
        shutil.rmtree(folder.extracted)
        folder.extracted.mkdir()
        receipt = passes.made_anew(folder)
    assert receipt.published and receipt.behind and "`dawn send`" in receipt.behind
    assert receipt.fault == receipt.behind and "\n" not in receipt.behind
    (tmp_path / "store").unlink()
    with folder.crawling():
        assert passes.made_anew(folder).fault is None
    assert_same(folder)


def test_one_folder_one_store_one_site(folder: DataFolder, tmp_path: Path) -> None:
    with folder.crawling():
        storing.keep(folder)
    assert open_folder(folder.root, folder.site).store == folder.store, "it is remembered"
    with pytest.raises(FolderError, match="has its store at"):
        open_folder(folder.root, folder.site, store=str(tmp_path / "elsewhere"))
    other = open_folder(tmp_path / "other", "http://other", store=folder.store)
    with other.crawling(), pytest.raises(StoreError, match="belongs to http://127"):
        storing.keep(other)
    shutil.rmtree(tmp_path / "store")  # as a disk that is not there
    with folder.crawling(), pytest.raises(StoreError, match="is its disk there"):
        storing.keep(folder)


def test_another_folders_files_are_left_alone(folder: DataFolder, tmp_path: Path) -> None:
    """A new folder that did not restore takes nothing away from the store."""
    with folder.crawling():
        storing.keep(folder)
    kept = {part: listed(tmp_path / "store", part) for part in storing.FOLDERS}
    new = open_folder(tmp_path / "new", folder.site, store=folder.store)
    with new.crawling():
        assert not storing.keep(new)
    assert {part: listed(tmp_path / "store", part) for part in storing.FOLDERS} == kept


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with object_store() as served:
        yield served


@pytest.mark.slow
def test_the_command_with_a_bucket(backfilled: Backfilled, server: str, tmp_path: Path) -> None:
    """Sent, passed over, left to the bucket, compacted, forgotten, restored: with what the command says."""
    dawn = in_folder(tmp_path)
    with before(server) as proxy:
        bucket = f"s3://{new_bucket()}/dawn"
        settings = CREDENTIALS | {"AWS_ENDPOINT_URL": proxy.address, "DAWN_STORE": bucket}
        done = dawn("send", settings=settings)
        assert done.returncode == 0, done.stderr
        assert f"files were sent to {bucket}" in done.stdout
        proxy.requests.clear()
        done = dawn("send", settings=settings)
        assert done.stdout.startswith(f"{bucket} had everything already")
        assert [method for method, _ in proxy.requests] == ["GET"] * 4, "site.json and three listings"
        bounded = settings | {"DAWN_LOCAL_ARCHIVE": "1 kB"}
        done = dawn("run", "--site", backfilled.address, "--delay", "0", settings=bounded)
        assert done.returncode == 0, done.stderr
        assert files(tmp_path / "data" / "archive") == []
        story = str(backfilled.site.newest[0].id)
        why = dawn("why", story, settings=settings)
        assert f"aws s3 cp {bucket}/archive/" in why.stdout
        case = dawn("case", "a-case", story, "--into", "cases", settings=settings)
        assert case.returncode == 0, case.stderr
        assert dawn("audit", settings=settings).returncode == 0
        done = dawn("compact", settings=bounded)
        assert done.returncode == 0 and done.stdout.splitlines()[-1].endswith("1 are"), done.stderr
        done = dawn("forget", story, settings=bounded)
        assert done.returncode == 0, done.stderr
        done = dawn("restore", "--data", "again", settings=settings)
        assert done.returncode == 0, done.stderr
        assert tables(tmp_path / "again") == tables(tmp_path / "data")
        proxy.fail("GET", "archive", says(503), times=1000)
        done = dawn("send", settings=settings)
        assert done.returncode == 1 and len(done.stderr.strip().splitlines()) == 1
        assert CREDENTIALS["AWS_SECRET_ACCESS_KEY"] not in done.stderr + done.stdout


def test_wrong_words(dawn: Dawn, tmp_path: Path) -> None:
    open_folder(tmp_path / "data", "http://127.0.0.1:9")
    for words, said in (
        (("send",), "has no store and no lake: name one with --store"),
        (("send", "--store", "gs://x/y"), "is no store: write s3://"),
        (("restore", "--data", "new"), "name the store"),
        (("restore", "--data", "new", "--store", str(tmp_path / "empty")), "nothing was ever sent there"),
        (("replay", "--dask", "10.0.0.5"), "is no Dask scheduler"),
    ):
        done = dawn(*words)
        assert done.returncode == 2 and said in done.stderr, done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "new").exists()


def test_segments_that_are_here_need_no_store(folder: DataFolder) -> None:
    lying = list(segments(folder.archive).values())
    with storing.at_hand(replace(folder, store=None), lying) as here:
        assert here == lying
    gone = Segment(folder.archive / "x.warc.gz", "x", 0, 3, "0" * 64)
    with (
        pytest.raises(StoreError, match="--store or DAWN_STORE"),
        storing.at_hand(replace(folder, store=None), [gone]),
    ):
        pass


def test_a_pass_keeps_what_it_fetched(folder: DataFolder) -> None:
    for path in folder.extracted.iterdir():
        path.unlink()
    stages.settle(folder)
    assert listed(Path(folder.store or ""), "archive") == listed(folder.root, "archive")
