"""The benchmark of extraction: its scores are right for texts whose scores can be counted by hand."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from benchmarks.extract import tools, worker
from benchmarks.extract.pages import LIVE, evenly, lookalike_page, written
from benchmarks.extract.picture import drawn
from benchmarks.extract.report import (
    details,
    heading,
    machine,
    notes,
    quality,
    ratios,
)
from benchmarks.extract.rounds import Figures, Worker, measured
from benchmarks.extract.scoring import Overlap, Page, overlap, plain, score, sentences, totals, without
from benchmarks.extract.tools import ROOT, TOOLS, NotInstalledError, Tool, chosen, interpreter
from crawlers.extract import RULES, extract_page
from crawlers.items import Article
from crawlers.lookalike import Lookalike

LINE = "Published in Dawn, May 2nd, 2031"
FIELDS = {
    "title": "Seven lamps lit",
    "authors": ["A. Writer", "AFP"],
    "section": "World",
    "published_at": "2031-05-02T06:10:00+05:00",
    "updated_at": "2031-05-02T06:10:00+05:00",
}
RAIL = "A teaser about quite another lamp"


def page(*paragraphs: str, print_line: str | None = LINE, chrome: tuple[str, ...] = (RAIL,)) -> Page:
    return Page("1.html", "https://example.org/1", paragraphs, print_line, chrome, FIELDS)


def said(text: str, **fields: Any) -> Mapping[str, Any]:
    return {"text": text, **fields}


@pytest.mark.parametrize(
    ("text", "wanted", "counts", "precision", "recall", "f1"),
    [
        ("a b c d", "a b c d", (4, 4, 4), 1, 1, 1),
        ("a b c d", "a b", (2, 4, 2), 0.5, 1, 2 / 3),
        ("a", "a a a a", (1, 1, 4), 1, 0.25, 0.4),  # each as often as it stands there
        ("a a a a", "a", (1, 4, 1), 0.25, 1, 0.4),
        ("x", "a", (0, 1, 1), 0, 0, 0),
        ("", "a", (0, 0, 1), 0, 0, 0),
        ("", "", (0, 0, 0), 1, 1, 1),
        ("a", "", (0, 1, 0), 0, 1, 0),
        ("don’t, twice-told.", "twice told don t", (4, 4, 4), 1, 1, 1),  # punctuation is no word
    ],
)
def test_words_are_counted(
    text: str, wanted: str, counts: tuple[int, int, int], precision: float, recall: float, f1: float
) -> None:
    got = overlap(text, wanted)
    assert got == Overlap(*counts)
    assert (got.precision, got.recall, got.f1) == pytest.approx((precision, recall, f1))


def test_white_space_and_soft_hyphens_are_no_text_but_a_missing_blank_is() -> None:
    story = page("Seven lamps\nwere lit.", "Nobody saw it.")
    assert score(said("Seven  la\u00admps were\u00a0lit.\nNobody saw it.\n"), story).exact
    assert not score(said("Seven lamps were lit.Nobody saw it."), story).exact
    assert not score(said("Nobody saw it. Seven lamps were lit."), story).exact
    assert not score(said("Seven lamps were lit."), story).exact


def test_marks_of_lists_and_characters_of_no_width_are_no_words() -> None:
    story = page("Two lamps:", "• one of brass\n• one of tin")
    assert score(said("Two lamps:\n- one of brass\n- one of tin"), story).exact
    assert score(said("Two\u200b lamps:\none of brass\n* one\ufeff of tin"), story).exact
    assert not score(said("Two lamps:\none of brass - one of tin"), story).exact  # inside a line it is text
    assert not score(said("Two lamps:\n-one of brass\none of tin"), story).exact


def test_the_print_line_is_counted_neither_way() -> None:
    story = page("Seven lamps were lit.", "Header image: a lamp.")
    kept = score(said(f"Seven lamps were lit.\n{LINE}\nHeader image: a lamp."), story)
    dropped = score(said("Seven lamps were lit.\nHeader image: a lamp."), story)
    assert kept == dropped
    assert kept.exact and kept.overlap == Overlap(8, 8, 8)
    # Another day's line is somebody else's.
    assert not score(
        said("Seven lamps were lit. Published in Dawn, May 3rd, 2031"), page("Seven lamps were lit.")
    ).exact
    assert without("all of it", None) == "all of it"


def test_paragraphs_are_asked_only_of_who_gives_them() -> None:
    story = page("One.", "Two.")
    assert score(said("One. Two."), story).exact_paragraphs is None
    assert score(said("One.\n\nTwo.", paragraphs=["One.", "Two."]), story).exact_paragraphs is True
    run_together = score(said("One. Two.", paragraphs=["One. Two."]), story)
    assert run_together.exact and run_together.exact_paragraphs is False


def test_a_leak_is_a_sentence_of_the_page_that_is_none_of_the_story() -> None:
    story = page("Seven lamps were lit.")
    assert score(said(f"Seven lamps were lit. {RAIL}..."), story).leaked == (RAIL,)
    assert score(said("Seven lamps were lit. A teaser about lamps."), story).leaked == ()
    # A rail may tease the very story, and a headline may stand in a list of the newest.
    own = page("Seven lamps were lit at dawn.", chrome=("Seven lamps were lit at dawn", "Seven lamps lit"))
    assert score(said("Seven lamps lit. Seven lamps were lit at dawn."), own).leaked == ()


def test_the_sentences_of_a_page_are_what_it_shows_outside_any_markup() -> None:
    markup = """<html><head><title>A title that nobody reads here</title></head><body>
      <script>var a = "never shown to anybody at all";</script><!-- a comment of several words here -->
      <article><h2><a href="/1">Five <b>words</b> of
        headline here</a></h2><div>An excerpt that is cut off in the...</div></article>
      <figcaption>A caption of a picture is not read</figcaption><p>Too short.</p>
      <p>The first of two sentences. And here comes the second one!</p>
      <ul><li>one two three<li>four five six</ul>
      <p>The first of two sentences.</p></body></html>"""
    assert sentences(markup) == (
        "Five words of headline here",
        "An excerpt that is cut off in the",
        "The first of two sentences",
        "And here comes the second one!",
    )


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("title", " Seven  lamps lit ", True),
        ("title", "Seven lamps lit - World", False),
        ("authors", ["A. Writer", "AFP"], True),
        ("authors", ["AFP", "A. Writer"], False),
        ("authors", None, False),
        ("published_at", "2031-05-02T01:10:00+00:00", True),
        ("published_at", "2031-05-02T06:10:00", True),  # without a zone: the newspaper's
        ("published_at", "2031-05-02", False),  # a day alone is not the time
        ("published_at", "yesterday", False),
        ("published_at", None, False),
    ],
)
def test_a_field_is_right_or_not(name: str, value: object, right: bool) -> None:
    fields = score(said("", **{name: value}), page()).fields
    assert fields[name] is right
    assert all(answer is None for other, answer in fields.items() if other != name)


def test_means_over_pages_and_over_words() -> None:
    # Ten words of which all are right, and one of which none is: a page each.
    long, short = page(" ".join("abcdefghij")), page("k")
    both = totals([score(said("a b c d e f g h i j", **FIELDS), long), score(said("z", **FIELDS), short)])
    assert both.macro == pytest.approx((0.5, 0.5, 0.5))
    assert both.micro == pytest.approx((10 / 11, 10 / 11, 10 / 11))
    assert (both.pages, both.exact, both.leaks, both.empty, both.all_fields) == (2, 0.5, 0, 0, 1.0)
    assert both.exact_paragraphs is None


def test_all_fields_are_right_only_together_and_only_where_all_are_given() -> None:
    right = score(said("k", **FIELDS), page("k"))
    wrong = score(said("k", **FIELDS | {"section": "Sport"}), page("k"))
    nothing = score(said(""), page("k"))  # a page that was refused counts against it
    four = totals([right, right, wrong, nothing])
    assert four.all_fields == 0.5
    assert (four.fields["section"], four.fields["title"], four.empty) == (0.5, 0.75, 1)
    partly = totals([score(said("k", title="Seven lamps lit"), page("k"))])
    assert (partly.all_fields, partly.fields["title"], partly.fields["section"]) == (None, 1.0, None)


def test_pages_are_chosen_evenly_by_length() -> None:
    lengths = [50, 10, 40, 20, 30]
    assert evenly(lengths, 3, lambda n: n) == [10, 30, 50]
    assert evenly(lengths, None, lambda n: n) == evenly(lengths, 9, lambda n: n) == [10, 20, 30, 40, 50]
    assert evenly(lengths, 1, lambda n: n) == [10]


def test_a_made_up_page_is_grown_to_the_weight_of_a_real_one_and_stays_the_same_story() -> None:
    site = Lookalike(days=2)
    railed = next(story for story in site.having("rail in body") if story.id not in site.gone)
    for story in (railed, *site.in_slot("brief"), *site.in_slot("eos"), *site.in_slot("cartoon")):
        thin, heavy = site.page(story.id, LIVE), lookalike_page(site, story)
        assert 140_000 < len(heavy.encode()) < 170_000
        assert heavy == lookalike_page(site, story)
        assert set(sentences(thin)) < set(sentences(heavy))
        read = [extract_page(one, LIVE + story.path) for one in (thin, heavy)]
        assert [(one.title, one.body, one.authors) for one in read if isinstance(one, Article)] == [
            (story.title, story.body, story.authors)
        ] * 2


def test_without_the_replica_the_pages_are_made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAWN_REPLICA", str(tmp_path / "no.py"))
    what, pages = written(tmp_path, 3)
    assert "made-up" in what and len(pages) == 3
    for one in pages:
        assert (tmp_path / one.file).stat().st_size > 140_000
        assert one.chrome and score(said("\n".join(one.paragraphs)), one).exact
        assert not score(said("\n".join(one.paragraphs)), one).leaked
        assert score(said(one.chrome[0]), one).leaked


def test_ours_is_measured_and_who_is_not_there_is_said_or_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAWN_REPLICA", str(tmp_path / "no.py"))
    _, pages = written(tmp_path, 2)
    gone = Tool("gone", "gone", "gone", "gone")
    ours, said_so = measured([TOOLS[0], gone, replace(gone, name="meter", optional=True)], pages, tmp_path, 2)
    assert ours.totals is not None and ours.version == f"rules {RULES}"
    assert (ours.totals.exact, ours.totals.leaks, ours.totals.all_fields) == (1, 0, 1)
    assert len(ours.rates) == 2 and min(ours.rates) > 0 and ours.peak_mb > 1
    assert (ours.failed, ours.changed, ours.asked) == (0, 0, 0)
    assert said_so.totals is None and said_so.missing.startswith("not available: KeyError")


def test_a_tool_that_dies_is_reported_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAWN_REPLICA", str(tmp_path / "no.py"))
    _, pages = written(tmp_path, 2)
    dying = Tool("dying", "ours", "dawn-as-a-table", "dying")
    turn = Worker.read

    def read(worker: Worker, lot: Sequence[Page], *, first: bool) -> None:
        if worker.tool is dying and not first:
            worker.process.kill()
            worker.process.wait()
        turn(worker, lot, first=first)

    monkeypatch.setattr(Worker, "read", read)
    ours, dead = measured([TOOLS[0], dying], pages, tmp_path, 1)
    assert ours.totals is not None and ours.rates
    assert dead.totals is None and dead.missing == "stopped: its process ended with -9"


def test_a_peer_that_cannot_be_installed_is_said_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, int("pip" in command), "", "no such version")

    monkeypatch.setattr(tools, "PLACES", ROOT / ".venv-peers" / "of-a-test")
    monkeypatch.setattr(subprocess, "run", refused)
    with pytest.raises(NotInstalledError, match=r"^pip could not install: resiliparse==[\d.]+$"):
        interpreter(next(tool for tool in TOOLS if tool.name == "resiliparse"))


def figures() -> list[Figures]:
    of = {tool.name: tool for tool in TOOLS}
    perfect = totals([score(said("k", **FIELDS), page("k"))])
    poor = totals([score(said(f"k. {RAIL}"), page("k"))])
    return [
        Figures(of["ours"], "1", (600.0, 500.0, 610.0), 50.0, perfect),
        Figures(of["trafilatura"], "2", (30.0, 50.0, 40.0), 80.0, perfect, changed=2),
        Figures(of["resiliparse"], "3", (700.0, 700.0, 700.0), 30.0, poor, failed=1, asked=4),
        Figures(of["goose3"], missing="not installed: pip could not install: goose3"),
    ]


def test_what_is_short_of_all_is_never_shown_as_all() -> None:
    nearly = totals([score(said("k"), page("k"))] * 2999 + [score(said(f"k {RAIL}"), page("k"))])
    row = quality([Figures(TOOLS[0], "1", (1.0,), 1.0, nearly)]).splitlines()[-1]
    assert [cell.strip() for cell in row.split("|")][3:5] == ["0.999", "1 (0.001)"]


def test_the_heading_says_what_was_measured_where_and_by_which_command(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor : 0\nmodel name\t: A Processor\n\nmodel name\t: A Processor\n", "utf-8")
    assert machine(cpuinfo).startswith("A Processor, ")
    assert "Python 3." in machine(tmp_path / "absent")
    said = heading("made-up texts", 921, 158.6, 3, ["--all", "--write"], 0.25)
    assert said.startswith("921 pages, 159 KB each on average: made-up texts.")
    assert '`make bench-extract ARGS="--all --write"`' in said and said.endswith("before the run 0.2.")
    assert "`make bench-extract`" in heading("", 1, 1, 1, [], 0)


def test_ratios_are_taken_round_by_round() -> None:
    assert ratios(figures())["ours"] == pytest.approx((20, 10, 15.25))
    assert ratios(figures()[2:]) == {}
    row = next(line for line in quality(figures()).splitlines() if line.startswith("| **ours**"))
    cells = [cell.strip() for cell in row.split("|")[1:-1]]
    assert cells[:7] == ["**ours**", "1", "1.000", "0 (0.000)", "1.0000", "1.0000", "1.0000"]
    assert cells[7:] == ["600 (500 to 610)", "15.2 (10.0 to 20.0)", "50"]


def test_the_tables_are_whole_and_say_what_is_missing() -> None:
    for table in (quality(figures()), details(figures())):
        lines = table.splitlines()
        assert len({line.count("|") for line in lines}) == 1 and len({len(line) for line in lines}) == 1
    assert re.search(r"\| goose3 +\| not installed \|", quality(figures()))
    assert notes(figures()).splitlines() == [
        "- trafilatura gave another text in a later round 2 times.",
        "- resiliparse failed on 1 pages; they count as empty.",
        "- resiliparse asked for the network 4 times and was refused.",
        "- goose3: not installed: pip could not install: goose3.",
    ]


def test_the_picture_shows_every_tool_that_was_measured_the_fastest_on_top() -> None:
    picture = ElementTree.fromstring(drawn(figures(), "1 page & no more"))
    svg = "{http://www.w3.org/2000/svg}"
    dots = [(float(dot.get("cy", "")), float(dot.get("cx", ""))) for dot in picture.iter(f"{svg}circle")]
    assert len(dots) == 3
    assert dots == sorted(dots, key=lambda dot: dot[0]) == sorted(dots, key=lambda dot: -dot[1])
    texts = [text.text for text in picture.iter(f"{svg}text")]
    assert [text for text in texts if text in {tool.name for tool in TOOLS}] == [
        "resiliparse",
        "ours",
        "trafilatura",
    ]
    assert texts.count("100 %") == 2 and "0.0 %" in texts and texts[-1] == "1 page & no more"
    with pytest.raises(ValueError, match="nothing to draw"):
        drawn(figures()[3:], "")


def test_each_tool_has_its_way_and_each_peer_its_pinned_version() -> None:
    assert {tool.way for tool in TOOLS} == set(worker.WAYS)
    assert len({tool.name for tool in TOOLS}) == len(TOOLS)
    assert all(tool.requires[0].startswith(f"{tool.package}==") for tool in TOOLS if tool.requires)
    assert {tool.family for tool in chosen("ours, fundus")} == {"ours", "fundus"}
    assert chosen(None) == TOOLS
    with pytest.raises(ValueError, match="no peer is called fundos"):
        chosen("fundos,ours")


def test_plain_leaves_letters_and_quotes_alone() -> None:
    assert plain(" ‘So’ —\tsaid\u00a0he\u00ad… ") == "‘So’ — said he…"
