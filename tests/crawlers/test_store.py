"""A store, be it a folder or a bucket: written once, whole or not at all, listed cheaply."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawlers import store as stores
from crawlers.store import Facts, Store, StoreError, address
from tests.objects import (
    CREDENTIALS,
    Fault,
    Proxy,
    backend,
    before,
    cut,
    lost,
    new_bucket,
    object_store,
    says,
    waits,
)

NAME = "archive/20261123T061517Z-latest-9f3a.warc.gz"
SHORT = NAME.partition("/")[2]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with object_store() as served:
        yield served


@pytest.fixture
def proxy(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    with before(server) as proxy:
        for name, value in (CREDENTIALS | {"AWS_ENDPOINT_URL": proxy.address}).items():
            monkeypatch.setenv(name, value)
        yield proxy


@pytest.fixture(params=["folder", "file", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "bucket":
        request.getfixturevalue("proxy")
        return Store(f"s3://{new_bucket()}/dawn")
    folder = tmp_path / "a store"
    return Store(str(folder) if request.param == "folder" else f"file://{str(folder).replace(' ', '%20')}")


@pytest.fixture
def bucket(proxy: Proxy) -> Store:
    return Store(f"s3://{new_bucket()}/a/b")


def file(folder: Path, content: bytes, name: str = "here") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_what_was_put_is_there_once_and_comes_back(store: Store, tmp_path: Path) -> None:
    assert store.names("archive") == {} and store.site() is None
    path = file(tmp_path, b"one")
    assert store.put(NAME, path) is True
    assert store.put(NAME, path) is False, "the same bytes are there"
    assert store.names("archive") == {SHORT: 3}
    assert store.facts(NAME) == Facts(3, hashlib.sha256(b"one").hexdigest())
    assert store.get(NAME, tmp_path / "new folder" / "back").size == 3
    assert (tmp_path / "new folder" / "back").read_bytes() == b"one" == store.read(NAME)
    store.get_range(NAME, tmp_path / "part", 1, 3)
    assert (tmp_path / "part").read_bytes() == b"ne"
    store.replace(NAME, file(tmp_path, b"other"))
    assert store.read(NAME) == b"other"
    store.delete([NAME, "archive/never-there"])
    assert store.names("archive") == {}


@pytest.mark.parametrize("other", [b"two", b"longer"])
def test_other_bytes_under_the_name_are_refused(store: Store, tmp_path: Path, other: bytes) -> None:
    store.put(NAME, file(tmp_path, b"one"))
    with pytest.raises(StoreError, match=r"has another archive/.*nothing was changed"):
        store.put(NAME, file(tmp_path, other))
    assert store.read(NAME) == b"one"


def test_of_those_who_put_at_once_one_wins(store: Store, tmp_path: Path) -> None:
    paths = [file(tmp_path, bytes([65 + n]) * 1000, f"here-{n}") for n in range(8)]

    def put(path: Path) -> bool | str:
        try:
            return store.put(NAME, path)
        except StoreError as error:
            return str(error)

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(put, paths))
    assert said.count(True) == 1
    assert all(each is True or "has another" in str(each) for each in said)
    assert store.read(NAME) == paths[said.index(True)].read_bytes()


def test_a_large_file_goes_in_parts_and_comes_in_pieces(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "PART", 5 << 20)
    monkeypatch.setattr(stores, "PIECE", 3 << 20)
    content = os.urandom(12 << 20)
    assert store.put(NAME, file(tmp_path, content)) is True
    assert store.put(NAME, tmp_path / "here") is False
    store.get(NAME, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == content
    assert store.facts(NAME).sha256 == hashlib.sha256(content).hexdigest()
    with pytest.raises(StoreError, match="has another"):
        store.put(NAME, file(tmp_path, content[::-1]))


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "replace", "delete"]),
        st.sampled_from(["a.jsonl", "b.jsonl"]),
        st.binary(max_size=3),
    ),
    max_size=8,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
@pytest.mark.slow
def test_it_is_a_table_of_files(bucket: Store, steps: list[tuple[str, str, bytes]]) -> None:
    """Whatever is done in whatever order, a folder and a bucket hold what a dictionary would."""
    bucket.delete(f"journal/{name}" for name in bucket.names("journal"))
    with tempfile.TemporaryDirectory() as room:
        for one in (Store(str(Path(room, "store"))), bucket):
            known: dict[str, bytes] = {}
            for what, name, content in steps:
                path = file(Path(room), content)
                if what == "delete":
                    one.delete([f"journal/{name}"])
                    known.pop(name, None)
                elif what == "replace":
                    one.replace(f"journal/{name}", path)
                    known[name] = content
                elif known.get(name, content) != content:
                    with pytest.raises(StoreError):
                        one.put(f"journal/{name}", path)
                else:
                    assert one.put(f"journal/{name}", path) is (name not in known)
                    known[name] = content
            assert one.names("journal") == {name: len(content) for name, content in known.items()}
            assert {name: one.read(f"journal/{name}") for name in known} == known


def test_it_belongs_to_one_site(store: Store, tmp_path: Path) -> None:
    store.claim("http://one", file(tmp_path, b'{"site": "http://one"}\n'))
    store.claim("http://one", tmp_path / "here")
    with pytest.raises(StoreError, match="belongs to http://one, not to http://two"):
        store.claim("http://two", file(tmp_path, b'{"site": "http://two"}\n'))
    assert store.site() == "http://one"


def test_listing_asks_once_for_each_thousand(bucket: Store, proxy: Proxy) -> None:
    kept = backend()
    name = bucket.url.split("/")[2]
    for number in range(2300):
        kept.put_object(name, f"a/b/archive/{number:05}.warc.gz", b"x" * (number % 7))
    kept.put_object(name, "a/b/archive/deeper/00001.warc.gz", b"x")
    kept.put_object(name, "a/b/archive-of-others/00001.warc.gz", b"x")
    found = bucket.names("archive")
    assert found == {f"{number:05}.warc.gz": number % 7 for number in range(2300)}
    assert len(proxy.requests) == 3
    kept.put_object(name, "a/b/archive/99999.warc.gz", b"new")
    assert "99999.warc.gz" in bucket.names("archive"), "no listing is remembered"


def test_what_a_file_costs_in_requests(bucket: Store, proxy: Proxy, tmp_path: Path) -> None:
    asked = []
    for act in (
        lambda: bucket.put(NAME, file(tmp_path, b"one")),
        lambda: bucket.put(NAME, tmp_path / "here"),
        lambda: bucket.get(NAME, tmp_path / "back"),
        lambda: bucket.read(NAME),
        lambda: bucket.names("archive"),
        lambda: bucket.delete([f"archive/{number}" for number in range(1000)]),
    ):
        proxy.requests.clear()
        act()
        asked.append([method for method, _ in proxy.requests])
    assert asked == [["PUT"], ["PUT", "HEAD"], ["HEAD", "GET"], ["GET"], ["GET"], ["POST"]]


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("PUT", says(500)),
        ("PUT", says(503)),
        ("PUT", lost),
        ("GET", says(500)),
        ("GET", says(503)),
        ("GET", cut),
        ("GET", lost),
    ],
    ids=lambda each: getattr(each, "__name__", each),
)
def test_trouble_that_passes_is_not_noticed(
    bucket: Store, proxy: Proxy, tmp_path: Path, method: str, fault: Fault
) -> None:
    path = file(tmp_path, os.urandom(50_000))
    proxy.fail(method, "20261123", fault)
    bucket.put(NAME, path)
    bucket.get(NAME, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == path.read_bytes()
    assert proxy.faults == [] and bucket.names("archive") == {SHORT: 50_000}


def test_trouble_that_stays_is_told_in_a_line_and_leaves_nothing(
    bucket: Store, proxy: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "ATTEMPTS", 1)
    path = file(tmp_path, b"one")
    for method, act, said in (
        ("PUT", lambda: bucket.put(NAME, path), "could not be sent"),
        ("GET", lambda: bucket.names("archive"), "its archive could not be listed"),
    ):
        proxy.fail(method, "archive", says(503), times=100)
        with pytest.raises(StoreError, match=said) as told:
            act()
        assert "run it again" in str(told.value) and "\n" not in str(told.value)
        assert CREDENTIALS["AWS_SECRET_ACCESS_KEY"] not in str(told.value)
        proxy.faults.clear()
    proxy.fail("PUT", "archive", says(403))
    with pytest.raises(StoreError, match="forbidden"):
        bucket.put(NAME, path)
    assert bucket.names("archive") == {}
    with pytest.raises(StoreError, match="there is no such thing"):
        bucket.get(NAME, tmp_path / "back")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["here"]


def test_damage_is_found_and_nothing_is_put_in_place(store: Store, tmp_path: Path) -> None:
    store.put(NAME, file(tmp_path, b"as it was"))
    if store.url.startswith("s3"):  # a folder has no digest beside its files
        said = {"sha256": hashlib.sha256(b"as it was").hexdigest()}
        kept = backend().put_object(store.url.split("/")[2], f"dawn/{NAME}", b"otherwise")
        kept.set_metadata({"x-amz-meta-sha256": said["sha256"]})
        (tmp_path / "back").write_bytes(b"what was there")
        with pytest.raises(StoreError, match="its bytes have another digest"):
            store.get(NAME, tmp_path / "back")
        assert (tmp_path / "back").read_bytes() == b"what was there"
        assert sorted(each.name for each in tmp_path.iterdir()) == ["back", "here"]


def test_a_digest_that_nobody_noted_is_found_by_reading(bucket: Store, tmp_path: Path) -> None:
    backend().put_object(bucket.url.split("/")[2], f"a/b/{NAME}", b"by another's hand")
    assert bucket.facts(NAME) == Facts(17, hashlib.sha256(b"by another's hand").hexdigest())
    assert bucket.put(NAME, file(tmp_path, b"by another's hand")) is False
    bucket.get(NAME, tmp_path / "back")


def putting(store: Store, path: Path, prelude: str = "") -> subprocess.Popen[str]:
    """A process that puts a file."""
    code = f"{prelude}\nfrom pathlib import Path\nfrom crawlers.store import Store\n"
    code += f"Store({store.url!r}).put({NAME!r}, Path({str(path)!r}))"
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)


def test_killed_while_it_uploads_nothing_is_there(
    bucket: Store, proxy: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = file(tmp_path, os.urandom(12 << 20))
    reached, until = threading.Event(), threading.Event()
    proxy.fail("PUT", "partNumber=2", waits(reached, until))
    child = putting(bucket, path, "from crawlers import store\nstore.PART = 5 << 20")
    assert reached.wait(60)
    child.send_signal(signal.SIGKILL)
    child.wait()
    until.set()
    assert bucket.names("archive") == {}
    with pytest.raises(StoreError):
        bucket.facts(NAME)
    assert bucket.put(NAME, path) is True
    bucket.get(NAME, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == path.read_bytes()


def test_killed_while_it_copies_nothing_is_there(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))
    path = file(tmp_path, b"x" * 100_000)
    prelude = "import os, signal\ndef fsync(_):\n    print('half', flush=True)\n    signal.pause()"
    prelude += "\nos.fsync = fsync"
    child = putting(store, path, prelude)
    assert child.stdout and child.stdout.readline() == "half\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert [each.name for each in (tmp_path / "store" / "archive").iterdir()], "half a file lies there"
    assert store.names("archive") == {}
    assert store.put(NAME, path) is True and store.names("archive") == {SHORT: 100_000}


@pytest.mark.parametrize(
    ("said", "is_"),
    [
        ("s3://bucket", "s3://bucket"),
        ("s3://bucket/a/b/", "s3://bucket/a/b"),
        ("file:///mnt/x/", "file:///mnt/x"),
        ("/mnt/x", "/mnt/x"),
    ],
)
def test_addresses(said: str, is_: str) -> None:
    assert address(said) == is_
    assert address(address(said)) == is_


@pytest.mark.parametrize(
    "said",
    ["", "s3://", "s3://B", "gs://bucket", "http://host/x", "file://host/x", "file:///", "s3://b/x?y=z", "/"],
)
def test_what_is_no_store(said: str) -> None:
    with pytest.raises(StoreError, match="is no store: write"):
        address(said)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(StoreError) as told:
        address("s3://key:hush-hush@bucket/x")
    assert "hush" not in str(told.value)


def test_without_the_package_it_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(StoreError, match=r"pip install 'dawn-as-a-table\[s3\]'"):
        Store("s3://nobody-has-this/x").names("archive")
