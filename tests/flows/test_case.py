"""`dawn case`: what it keeps of a page, and what not."""

from __future__ import annotations

import gzip
import json
import random
import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crawlers.archive import ArchiveWriter
from crawlers.extract import extract_page
from crawlers.extracted import flat
from crawlers.invented import invented
from crawlers.items import Article
from crawlers.site import MAX_PAGE_BYTES
from flows.cli import dawn
from tests.crawlers.paper import URL, capture, card, page

BODY = (
    "<p>KARACHI, April 28: The ferrymen’s strike &amp; its “cost” went on.</p><h3>A sub-head</h3>"
    "<p>See <a href='https://www.dawn.com/news/2000499/secret-slug'>the ferry</a>.</p>"
    "<p>With input from AFP</p><p>Published in Dawn, April 29th, 2025</p>"
)
PAGE = page(BODY, card(2000600, "Bridges closed", "The bridges were closed."), "Ferrymen strike over “pay”")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(dawn, ["case", *arguments])


def test_a_case_has_the_markup_and_none_of_the_words() -> None:
    made = invented(PAGE)
    assert re.sub(r"[^<>]+(?=<)", "", made) and len(re.findall("<", made)) == len(re.findall("<", PAGE))
    for word in ("ferrymen", "strike", "bridges", "secret", "cost"):
        assert word not in made.lower()


def test_a_case_reads_as_its_page_does_but_for_the_words() -> None:
    before, after = extract_page(PAGE), extract_page(invented(PAGE))
    assert isinstance(before, Article) and isinstance(after, Article)
    words = {"title", "body", "body_markdown", "dateline", "links"}
    same = {name: value for name, value in flat(before).items() if name not in words | {"content_hash"}}
    assert {name: flat(after)[name] for name in same} == same
    assert [len(text.split()) for text in before.body.split("\n\n")] == [
        len(text.split()) for text in after.body.split("\n\n")
    ]
    assert after.dateline and after.dateline.isupper() and after.dateline_on == before.dateline_on


def test_a_case_from_a_file_is_a_test_at_once(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(PAGE)
    result = run("ferry", str(tmp_path / "page.html"), "--into", str(tmp_path / "pages"))
    assert result.exit_code == 0, result.output
    saved = json.loads((tmp_path / "pages/ferry/expected.json").read_text())
    line = flat(extract_page((tmp_path / "pages/ferry/page.html").read_bytes(), saved["url"]))
    assert {name: line.get(name) for name in saved["expected"]} == saved["expected"]


@pytest.mark.parametrize("source", ["warc", "story", "address"])
def test_a_case_from_a_record_of_the_archive(tmp_path: Path, source: str) -> None:
    data = tmp_path / "data"
    (data / "archive").mkdir(parents=True)
    (data / "site.json").write_text('{"site": "https://www.dawn.com"}')
    path = data / "archive" / "20250429T000000Z-stories-0001.warc.gz"
    other = replace(capture(page("<p>Another.</p>")), url=URL.replace("2000500", "2000501"))
    with ArchiveWriter(path) as archive:
        for each in (capture(PAGE), other):
            archive.write(each.url, 200, each.headers, each.content, each.fetched_at)
    arguments = {"warc": [str(path), "--story", "2000500"], "story": ["2000500"], "address": [URL]}[source]
    result = run("ferry", *arguments, "--data", str(data), "--into", str(tmp_path))
    assert result.exit_code == 0, result.output
    assert "made-up" not in (tmp_path / "ferry/expected.json").read_text()  # the slug is the headline's words
    assert json.loads((tmp_path / "ferry/expected.json").read_text())["expected"]["story_id"] == 2000500


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["Bad Name", "1"], "no name for a case"),
        (["ferry", "https://example.org/x"], "no file, and no story of"),
        (["ferry", "7"], "no page of that story is held"),
        (["ferry", "9" * 5_000], "999… is no file, and no story of"),
        (["ferry", "https://www.dawn.com/news/1/" + "x" * 3_000], "no page of that story is held"),
        (["ferry", "7", "--story", "7"], "--story is for WARC files, and 7 is none"),
    ],
)
def test_what_cannot_be_made_a_case_is_told_in_a_line(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    result = run(*arguments, "--data", str(tmp_path), "--into", str(tmp_path / "pages"))
    assert result.exit_code == (1 if "is held" in said else 2)
    assert said in result.output and len(result.output) < 400
    assert not (tmp_path / "pages").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "an empty page"),
        (b"no page at all", "no markup in it"),
        (b"5 < 6 and 7 > 6", "no HTML in it"),
        (gzip.compress(PAGE.encode() * 50), "no HTML in it"),
        (random.Random(1).randbytes(300_000), "no HTML in it"),
        (b"<p>" + b"x" * MAX_PAGE_BYTES, f"more than {MAX_PAGE_BYTES} bytes"),
        (b"<p>" * 60_001, "60001 tags"),
    ],
)
def test_a_file_that_is_no_page_makes_no_case(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "page.html").write_bytes(content)
    result = run("ferry", str(tmp_path / "page.html"), "--into", str(tmp_path / "pages"))
    assert result.exit_code == 1
    assert result.output == f"Error: {tmp_path / 'page.html'} is no page: {said}\n"
    assert not (tmp_path / "pages").exists()


def test_a_file_in_the_pages_own_charset_is_read_in_it(tmp_path: Path) -> None:
    text = page("<p>KARACHI: The café’s “price” rose.</p>").replace(
        "charset='utf-8'", "charset='windows-1252'"
    )
    (tmp_path / "page.html").write_bytes(text.encode("windows-1252"))
    assert run("ferry", str(tmp_path / "page.html"), "--into", str(tmp_path)).exit_code == 0
    made = (tmp_path / "ferry/page.html").read_text("utf-8")
    assert "\ufffd" not in made and "“" in made and "’" in made
    assert "utf-8" in made and "windows" not in made


def test_a_story_is_asked_of_a_warc_file_only(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(PAGE)
    result = run("ferry", str(tmp_path / "page.html"), "--story", "2000500", "--into", str(tmp_path))
    assert result.exit_code == 2 and "--story is for WARC files" in result.output
    assert not (tmp_path / "ferry").exists()
