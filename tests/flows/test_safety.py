"""What docs/safety.md promises is tested, and no path is made of what a page or a file says."""

from __future__ import annotations

import ast
import gzip
import json
import re
import socket
from pathlib import Path
from time import process_time

import pytest

from crawlers.archive import ArchiveWriter
from crawlers.packs import segments, segments_of
from crawlers.pages import FeedPage
from tests.flows.conftest import Backfilled, Dawn, stories

HERE = Path(__file__).parents[2]
ROW = re.compile(r"^\| (?P<promise>[^|]+) \|[^|]*\|(?P<modules>[^|]*)\|(?P<tests>[^|]*)\|$", re.MULTILINE)


def rows() -> list[re.Match[str]]:
    found = list(ROW.finditer((HERE / "docs" / "safety.md").read_text("utf-8")))
    return [row for row in found if "---" not in row["promise"] and row["promise"] != "promise"]


def test_every_promise_names_a_test_that_exists_and_a_module_that_does() -> None:
    assert len(rows()) > 25
    for row in rows():
        named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", row["tests"])
        assert named, row["promise"]
        for path, name in named:
            tree = ast.parse((HERE / path).read_text("utf-8"))
            functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
            assert name in functions, (path, name)
        for module in re.findall(r"`([\w/]+\.py)`", row["modules"]):
            assert (HERE / module).is_file(), module


OUT = "../../../../stolen"


def test_a_packs_sidecar_names_no_path(tmp_path: Path) -> None:
    """Extracts are named by runs; what is no name of one is not believed, the records' own are looked up."""
    path = tmp_path / "20260309T061517Z-stories-9f3a.warc.gz"
    ArchiveWriter(path, facts={"isPartOf": path.name.removesuffix(".warc.gz")}).close()
    pack = tmp_path / "2026-03.001.warc.gz"
    path.rename(pack)
    size = pack.stat().st_size
    for run in (OUT, "/etc/passwd", "a\nb", "", 7):
        said = {"runs": [{"run": run, "start": 0, "end": size, "sha256": "x"}]}
        pack.with_name("2026-03.001.json").write_text(json.dumps(said))
        assert [segment.run for segment in segments_of(pack)] == ["20260309T061517Z-stories-9f3a"]
    assert list(segments(tmp_path)) == ["20260309T061517Z-stories-9f3a"]


@pytest.mark.slow
def test_no_path_is_made_of_what_a_file_says(backfilled: Backfilled, dawn: Dawn, tmp_path: Path) -> None:
    """A WARC file whose records name paths: its run, its records' ids, its addresses."""
    [*_, archive] = sorted((backfilled.data / "archive").glob("*-stories-*"))
    text = gzip.decompress(archive.read_bytes())
    text = re.sub(
        rb"isPartOf: [^\r]+", lambda found: found[0][:10] + b"../" * (len(found[0][10:]) // 3), text
    )
    text = re.sub(rb"<urn:uuid:[0-9a-f]{8}", b"<urn:uuid:../../..", text)
    (tmp_path / "others.warc").write_bytes(text)
    before = stories(backfilled.data)
    there = set(tmp_path.parent.rglob("*"))
    done = dawn("import", "others.warc", "--data", "elsewhere", "--site", backfilled.address)
    assert done.returncode in (0, 1, 2), done.stderr
    assert "Traceback" not in done.stderr
    new = set(tmp_path.parent.rglob("*")) - there
    assert all((tmp_path / "elsewhere") in (path, *path.parents) for path in new), new
    named = re.compile(r"[\w.-]+")
    assert all(named.fullmatch(path.name) for path in new)
    assert stories(backfilled.data) == before


def test_a_case_takes_its_name_from_who_makes_it_and_from_nobody_else(dawn: Dawn, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(
        "<html><head><title>../../x</title></head><body><p>x</p></body></html>"
    )
    for name in (OUT, "/tmp/x", ".", "..", "a/b", "a\nb", "A"):
        done = dawn("case", "--into", "cases", "--", name, "page.html")
        assert done.returncode == 2
        assert "no name for a case" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.html"]


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.parametrize("spaced", [False, True], ids=["plain", "with NUL bytes between"])
@pytest.mark.parametrize("kind", ["a file", "the network", "a bomb", "a DTD"])
def test_xml_names_no_file_asks_nobody_and_does_not_grow(tmp_path: Path, kind: str, spaced: bool) -> None:
    """Also where NUL bytes hide the declaration: they are taken out before anything is parsed."""
    (tmp_path / "secret").write_text("hush-hush-5311")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
        declared = {
            "a file": f'[<!ENTITY x SYSTEM "file://{tmp_path}/secret">]',
            "the network": f'[<!ENTITY x SYSTEM "{address}">]',
            "a bomb": f'[<!ENTITY l0 "word word "> {LAUGHS} <!ENTITY x "&l11;">]',
            "a DTD": f'SYSTEM "{address}"',
        }[kind]
        item = "<item><title>&x;</title><link>https://www.dawn.com/news/1907269</link></item>"
        text = f'<!DOCTYPE rss {declared}><rss version="2.0"><channel>{item}</channel></rss>'
        content = b"".join(bytes([0, byte]) for byte in text.encode()) if spaced else text.encode()
        began = process_time()
        page = FeedPage("https://www.dawn.com/feeds/home", content)
        told = repr(page.entries)
        assert process_time() - began < 5
        assert "hush" not in told
        assert len(told) < 10_000
        with pytest.raises(TimeoutError):
            listener.accept()
