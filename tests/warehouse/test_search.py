"""Full-text search: what is found, in which order, and that the index is that of the published file."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouse.paper import Paper, article, feed
from warehouse.database import WarehouseError, reader, writer
from warehouse.publish import publish
from warehouse.query import QueryError, answer
from warehouse.search import Hit, Indexed, index, keep_up, search
from warehouse.search.find import find
from warehouse.search.passage import passage
from warehouse.search.question import question

FILLER = "The council met on Monday and heard the reports of its members in the old hall. " * 3


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A writer's file without a row: what takes a new one the longest is done."""
    path = tmp_path_factory.mktemp("migrated") / "warehouse.duckdb"
    with writer(path):
        return path


@pytest.fixture
def paper(tmp_path: Path, migrated: Path) -> Paper:
    shutil.copy(migrated, tmp_path)
    return Paper(tmp_path)


@pytest.fixture(scope="module")
def shelved(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Path:
    """A folder after three edits of story 1, with its index; `next.duckdb` is what will be published next."""
    paper = Paper(tmp_path_factory.mktemp("shelved"))
    shutil.copy(migrated, paper.root)
    edits(paper)
    shelve(paper)
    paper.run(spider="stories")
    for story in range(1, 6):
        paper.page(story, article(story, f"The price of iron and copper. {story}."))
    paper.load()
    publish(paper.root / "warehouse.duckdb", paper.root / "next.duckdb")
    return paper.root


@pytest.fixture
def folder(shelved: Path, tmp_path: Path) -> Path:
    """A copy of that folder."""
    shutil.copytree(shelved, tmp_path / "copy")
    return tmp_path / "copy"


def shelve(paper: Paper, thorough: bool = False) -> Indexed:
    """What bringing the index up took, after all files were loaded and the tables published."""
    paper.load()
    publish(paper.root / "warehouse.duckdb", paper.root / "dawn.duckdb")
    return keep_up(paper.root / "dawn.duckdb", paper.root / "search", thorough)


def found(data: Path, words: str = "", **said: Any) -> list[int]:
    return [hit.story_id for hit in search(data, words, **said)]


# ── what is found, and in which order ────────────────────────────────────────────────────────────────────

STORIES: dict[int, dict[str, Any]] = {
    1: {"title": "Floods in the south", "body": f"Water everywhere. {FILLER}"},
    2: {"title": "A quiet day", "body": f"Floods, floods and floods again. Floods. {FILLER}"},
    3: {"title": "On reservoirs", "body": f"A flood is no accident. {FILLER}", "kind": "opinion"},
    4: {
        "title": "Peshawar’s bazaars reopen",
        "body": f"Traders in Peshawar’s Qissa Khwani said: “We won’t leave.” {FILLER}",
        "authors": ["Zofeen Ebrahim", "AFP"],
        "section": "Business & Finance",
    },
    5: {
        "title": "Zinc prices",
        "body": f"The council fixed the price of zinc. {FILLER}",
        "printed_in": "EOS",
        "printed_on": "2026-03-08",
        "published_on": "2026-03-07",
    },
    6: {"title": "Council minutes", "body": FILLER * 2, "kind": "letter", "published_on": "2025-12-31"},
    7: {"title": "Relief goods", "body": f"Flood relief goods came. {FILLER}"},
    8: {"title": "Goods", "body": f"Relief came after the flood. {FILLER}", "authors": ["Abbas Nasir"]},
    9: {"title": "A concert", "body": f"The band called Abba sang at a café. {FILLER}", "printed_on": None},
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Path:
    paper = Paper(tmp_path_factory.mktemp("archive"))
    shutil.copy(migrated, paper.root)
    paper.run(spider="stories")
    for story, fields in STORIES.items():
        said = {"published_on": "2026-03-09"} | fields
        paper.page(story, article(story, **said))
    shelve(paper)
    return paper.root


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("floods", [1, 2]),  # in the title, before any number of times in the text
        ("zinc OR council", [5]),  # the rare word before the frequent one
        ("council", [6]),
        ('"relief goods"', [7]),
        ("abba", [9]),
        ("abbas", [8]),
    ],
)
def test_the_best_come_first(archive: Path, words: str, first: list[int]) -> None:
    assert found(archive, words)[: len(first)] == first


def test_the_word_itself_counts_for_more_than_its_forms(archive: Path) -> None:
    scores = {hit.story_id: hit.score for hit in search(archive, "body:flood")}
    assert set(scores) == {2, 3, 7, 8}
    exact = {hit.story_id: hit.score for hit in search(archive, 'body:"flood"')}
    assert set(exact) == {3, 7, 8}
    assert scores[3] > scores[2] / 2.2  # four times the form, once the word


@pytest.mark.parametrize(
    ("words", "stories"),
    [
        ("flood relief", {7, 8}),  # all words, in any order
        ('"flood relief"', {7}),
        ("“flood relief”", {7}),
        ('"flood relief', {7}),  # a lone quotation mark lasts to the end
        ("flood -relief", {1, 2, 3}),
        ('flood -"flood relief"', {1, 2, 3, 8}),
        ("zinc OR concert", {5, 9}),
        ("zinc | concert", {5, 9}),
        ("OR zinc", {5}),
        ("zinc AND prices", {5}),
        ("zin*", {5}),
        ("qissa khwani", {4}),
        ("Peshawar", {4}),
        ("peshawar's", {4}),
        ("peshawar’s", {4}),
        ("PESHAWAR", {4}),
        ("won't", {4}),
        ("cafe", {9}),
        ("café", {9}),
        ("cafe\u0301", {9}),
        ("concerts", {9}),
        ('"concerts"', set()),
        ("abbas", {8, 9}),  # in a byline; and what may be a form of it
        ('"abbas"', {8}),  # exactly
        ("pesh", set()),
        ("& — ( flood ) …", {1, 2, 3, 7, 8}),
        ("https://zinc", set()),
        ("10:30", set()),
        ("x" * 300, set()),
        ("author:ebrahim", {4}),
        ('author:"Zofeen Ebrahim"', {4}),
        ("author: ebrahim", {4}),
        ('author:"Ebrahim Zofeen"', set()),
        ("AUTHOR:afp", {1, 2, 3, 4, 5, 6, 7, 9}),
        ("-author:afp goods", {8}),
        ("section:finance", {4}),
        ('section:"Business & Finance"', {4}),
        ("title:floods", {1}),
        ("title:flood", {1}),
        ("body:floods", {2, 3, 7, 8}),
        ("kind:opinion", {3}),
        ("kind:OPINION flood", {3}),
        ("in:eos", {5}),
        ("story:5", {5}),
        ("on:2026-03-07", {5}),  # online
        ("on:2026-03-08", {5}),  # printed
        ("on:2025", {6}),
        ("on:2025-12", {6}),
        ("to:2025-12-31", {6}),
        ("from:2026-03-08 to:2026-03-08", {5}),
        ("on:2026-03-07..2026-03-08", {5}),
        ("from:2026-03-09 -on:2026-03-09", set()),
        ("from:2027 to:2025 council", set()),
    ],
)
def test_a_question_finds(archive: Path, words: str, stories: set[int]) -> None:
    assert set(found(archive, words, limit=50)) == stories


def test_filters_need_no_quoting(archive: Path) -> None:
    assert found(archive, "", author="Zofeen Ebrahim") == [4]
    assert found(archive, "flood", kind="opinion") == [3]
    assert found(archive, section="Business & Finance", printed_in="Dawn") == [4]
    assert found(archive, first=date(2026, 3, 1), last=date(2026, 3, 8)) == [5]
    assert found(archive, last=date(2026, 3, 8)) == [6, 5]


def test_with_filters_alone_the_newest_story_comes_first(archive: Path) -> None:
    assert found(archive, "author:afp") == [9, 7, 6, 5, 4, 3, 2, 1]
    assert found(archive, "author:afp", limit=3) == [9, 7, 6]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "nothing to search for"),
        ("  — “”", "nothing to search for"),
        ("-flood", "say also what is to be found"),
        ("author:", "author: wants something"),
        ('author:""', "author: wants a word"),
        ("title:—", "title: wants a word"),
        ("auhtor:ebrahim", "did you mean author:ebrahim"),
        ("on:yesterday", "on: wants a day"),
        ("on:2026-02-30", "on: wants a day"),
        ("from:2026-13", "from: wants a day"),
        ("on:0000", "on: wants a day"),
        ("on:٢٠٢٦", "on: wants a day"),
        ("story:five", "story: wants a story's id"),
        ("story:" + "9" * 30, "story: wants a story's id"),
        ("fl*", "too short"),
        ("word " * 900, "too much"),
        ("word " * 65, "too much"),
        ("a OR " * 70, "too much"),
    ],
)
def test_a_question_without_sense_is_one_clear_line(archive: Path, words: str, said: str) -> None:
    with pytest.raises(QueryError, match=said) as raised:
        search(archive, words)
    assert "\n" not in str(raised.value)


PIECES = st.sampled_from(
    [
        '"',
        "-",
        "OR",
        "AND",
        "(",
        ")",
        "*",
        ":",
        "title:",
        "on:",
        "story:",
        "..",
        "2026",
        "~",
        "^",
        "[",
        "a",
        "{",
    ]
)


@given(
    st.one_of(
        st.text(), st.lists(st.one_of(PIECES, st.text(max_size=5))).map(" ".join), st.binary().map(repr)
    )
)
@settings(max_examples=60, deadline=None)
def test_any_question_is_answered_or_refused(archive: Path, words: str) -> None:
    try:
        question(words)
    except QueryError as refused:
        assert "\n" not in str(refused)
        return
    with reader(archive / "dawn.duckdb") as con:
        hits = find(con, archive / "search", partial(question, words), 10, past=True)
    assert all(hit.story_id in STORIES for hit in hits)


def test_half_a_surrogate_pair_is_no_letter(archive: Path) -> None:
    assert set(found(archive, "zinc \udcff")) == {5}


# ── the passage ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_passage_shows_the_words_where_most_of_them_stand() -> None:
    text = f"{FILLER}\n\nRelief was late. {FILLER}\n\nHe said: flood relief came late. {FILLER}\n\nA flood."
    shown = passage(text, question("flood relief").sought)
    assert shown.marked().startswith("He said: **flood** **relief** came late.")
    assert shown.text.endswith(" …")
    assert [shown.text[first:behind] for first, behind in shown.marks] == ["flood", "relief"]


def test_a_phrase_is_marked_as_one_and_preferred() -> None:
    text = "Relief for all in this flood, and relief.\n\nThe flood relief."
    shown = passage(text, question('"flood relief"').sought)
    assert shown.marked() == "The **flood relief**."


def test_without_a_word_in_it_the_text_begins() -> None:
    assert passage("First line.\n\nSecond.", question("title:zinc").sought).text == "First line."
    assert passage("", question("zinc").sought).text == ""


@given(st.text(alphabet="ab é’.\n\u0301ا", max_size=400), st.text(alphabet="ab é", min_size=1, max_size=6))
@settings(max_examples=200, deadline=None)
def test_marks_lie_in_the_passage_and_in_order(text: str, words: str) -> None:
    try:
        sought = question(words).sought
    except QueryError:
        return
    shown = passage(text, sought, width=40)
    places = [0, *(place for mark in shown.marks for place in mark), len(shown.text)]
    assert places == sorted(places)
    assert "\n" not in shown.text
    assert shown.marked("", "") == shown.text


# ── past texts ───────────────────────────────────────────────────────────────────────────────────────────


def edits(paper: Paper) -> None:
    """Story 1 says zinc, then copper, then zinc again."""
    for metal in ("zinc", "copper", "zinc"):
        paper.run(spider="stories")
        paper.page(1, article(1, f"The price of {metal}."))


def seen(hits: list[Hit]) -> list[tuple[int, int, bool, str]]:
    return [(hit.story_id, hit.version, hit.current, hit.passage.marked()) for hit in hits]


def test_a_past_text_is_found_where_it_is_asked_for(paper: Paper) -> None:
    edits(paper)
    shelve(paper)
    assert seen(search(paper.root, "copper")) == []
    assert seen(search(paper.root, "copper", past=True)) == [(1, 2, False, "The price of **copper**.")]
    # A text that came back is found once, as the version that it is now.
    assert seen(search(paper.root, "zinc", past=True)) == [(1, 3, True, "The price of **zinc**.")]
    assert {hit.version for hit in search(paper.root, "price", past=True)} == {2, 3}


def test_past_texts_leave_room_for_the_current_ones(paper: Paper) -> None:
    for n in range(70):
        paper.run(spider="stories")
        paper.page(1, article(1, f"Zinc, zinc, zinc: {n}."))
    paper.page(2, article(2, f"Of zinc. {FILLER}"))
    shelve(paper)
    assert found(paper.root, "zinc", limit=2) == [1, 2]
    assert len(search(paper.root, "zinc", limit=100, past=True)) == 71


def test_many_that_fit_alike_are_those_of_the_newest_stories(paper: Paper) -> None:
    paper.run(spider="stories")
    for story in random.Random(1).sample(range(1, 201), 200):
        paper.page(story, article(story, "Letters to the editor."))
    shelve(paper)
    assert found(paper.root, "letters", limit=3) == [200, 199, 198]


# ── kept up ──────────────────────────────────────────────────────────────────────────────────────────────

QUESTIONS = (
    "zinc",
    "copper price",
    '"price of zinc"',
    "on:2026-03-08",
    "author:afp",
    "in:eos",
    "prices -iron",
)


def answers(data: Path, folder: str = "search") -> dict[str, list[tuple[object, ...]]]:
    """What every question finds, with scores, in the index of that name."""
    with reader(data / "dawn.duckdb") as con:
        return {
            words: [
                (hit.story_id, hit.version, hit.current, pytest.approx(hit.score, rel=1e-4), hit.passage)
                for hit in find(con, data / folder, partial(question, words), 1000, past=True)
            ]
            for words in QUESTIONS
        }


def documents(data: Path, folder: str = "search") -> list[int]:
    """The key of every document that an index holds, in order."""
    about = index.about_index(data / folder)
    assert about is not None
    searcher = index.open_index(about.path).searcher()
    every = searcher.search(index.Query.all_query(), 100_000).hits
    return sorted(int(key or 0) for key in searcher.fast_field_values("key", [at for _, at in every]))


def assert_as_made_anew(data: Path) -> None:
    shutil.rmtree(data / "anew", ignore_errors=True)
    keep_up(data / "dawn.duckdb", data / "anew")
    assert documents(data) == documents(data, "anew")
    assert answers(data) == answers(data, "anew")


def happen(paper: Paper, chance: random.Random) -> None:
    """One thing that happens to an archive of five stories."""
    what = chance.choice(["page", "page", "page", "feed", "gone", "rules"])
    if what == "rules":
        paper.rules = f"r{chance.randint(1, 3)}"
        for lines in paper.lines.values():
            for line in lines:
                if line["article"] and line["role"] == "story":
                    said = line["article"]
                    text = said["body"].replace(".", chance.choice(["", ".", "!"]))
                    line["article"] = article(said["story_id"], text, printed_in=said["printed_in"])
        return
    paper.run(spider="latest" if what == "feed" else "stories")
    for story in chance.sample(range(1, 6), chance.randint(1, 3)):
        metal, what_of_it = chance.choice(["zinc", "copper", "iron"]), chance.choice(["price", "prices"])
        text = f"The {what_of_it} of {metal}. {story}."
        said = article(
            story,
            text,
            printed_in=chance.choice(["Dawn", "EOS"]),
            published_on=chance.choice(["2026-03-08", "2026-03-09"]),
        )
        if what == "page":
            paper.page(story, said)
        elif what == "feed":
            feed(paper, said | {"source": "feed"})
        else:
            paper.page(story, None, reason="gone", status=404)


SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 8))]


@pytest.mark.parametrize("seed", SEEDS)
def test_kept_up_load_by_load_it_is_as_made_anew(paper: Paper, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(5):
        happen(paper, chance)
        shelve(paper)
        assert_as_made_anew(paper.root)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_what_is_taken_out_in_place_is_found_no_more(
    paper: Paper, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a large archive, where it is too little to make all anew: the same hits; scores a little off."""
    monkeypatch.setattr(index, "GONE_SHARE", 10.0)
    monkeypatch.setattr(index, "LEAST_CHANGED", 1000)
    chance, removed = random.Random(seed + 10), 0
    for _ in range(5):
        happen(paper, chance)
        removed += shelve(paper).removed
        shutil.rmtree(paper.root / "anew", ignore_errors=True)
        keep_up(paper.root / "dawn.duckdb", paper.root / "anew")
        assert documents(paper.root) == documents(paper.root, "anew")
        kept, anew = answers(paper.root), answers(paper.root, "anew")
        for words in QUESTIONS:
            assert {hit[:3] for hit in kept[words]} == {hit[:3] for hit in anew[words]}
    assert removed
    shelve(paper, thorough=True)
    assert_as_made_anew(paper.root)


def test_a_load_that_changes_no_text_costs_nothing(paper: Paper) -> None:
    edits(paper)
    assert shelve(paper) == Indexed(2, 0, anew=True)
    paper.run(spider="stories")
    paper.page(1, article(1, "The price of zinc."))  # seen again
    assert shelve(paper) == Indexed(0, 0)
    paper.run(spider="stories")
    paper.page(1, article(1, "The price of gold."))
    assert shelve(paper) == Indexed(1, 0)  # an edit adds one, and changes none


def test_another_archive_in_the_same_place_has_an_index_of_its_own(paper: Paper, tmp_path: Path) -> None:
    edits(paper)
    shelve(paper)
    (paper.root / "warehouse.duckdb").unlink()
    assert shelve(paper).anew  # made from the same files, and yet not the file it knew
    assert_as_made_anew(paper.root)


def test_a_backup_brought_back_is_noticed(paper: Paper) -> None:
    edits(paper)
    shelve(paper)
    shutil.copy(paper.root / "warehouse.duckdb", paper.root / "backup")
    paper.run(spider="stories")
    paper.page(2, article(2, "Lost zinc."))
    shelve(paper)
    shutil.copy(paper.root / "backup", paper.root / "warehouse.duckdb")
    paper.page(2, article(2, "Other zinc."))
    assert shelve(paper).anew
    assert_as_made_anew(paper.root)


def test_a_file_of_before_the_search_waits_for_the_next_load(paper: Paper) -> None:
    edits(paper)
    shelve(paper)
    shutil.rmtree(paper.root / "search")
    import duckdb

    with duckdb.connect(str(paper.root / "dawn.duckdb")) as con:
        con.execute("drop table meta.text_changes")
    assert keep_up(paper.root / "dawn.duckdb", paper.root / "search") == Indexed()
    with pytest.raises(WarehouseError, match="is not there yet"):
        search(paper.root, "zinc")


# ── kills, damage, and readers meanwhile ─────────────────────────────────────────────────────────────────

KILL = "import os, signal\ndef killed(*_, **__): os.kill(os.getpid(), signal.SIGKILL)\n"
PLACES = {
    "before anything is added": "i._add = killed",
    "in the middle of adding": (
        "document, n = i._document, iter(range(9))\n"
        "i._document = lambda row: killed() if next(n) == 2 else document(row)"
    ),
    "all added, nothing committed": "i._commit = killed",
    "committed, and not written down": (
        "commit = i._commit\ni._commit = lambda writer: (commit(writer), setattr(i, '_write_down', killed))"
    ),
    "half written down": "i.os.fsync = killed",
    "written down, the old one still there": (
        "i._remove_others = lambda _, about: about is None or killed()"
    ),
}
BROUGHT_UP = [(place, False) for place in PLACES if not place.startswith("written down")]
MADE_ANEW = [
    pytest.param(place, True, marks=() if place.startswith("written") else pytest.mark.slow)
    for place in PLACES
    if not place.startswith("before")
]


@pytest.mark.parametrize(("place", "anew"), [*BROUGHT_UP, *MADE_ANEW])
def test_killed_anywhere_nothing_is_lost_or_doubled(folder: Path, place: str, anew: bool) -> None:
    if anew:
        (folder / "search/about.json").unlink()
    (folder / "next.duckdb").replace(folder / "dawn.duckdb")
    code = f"{KILL}from pathlib import Path\nimport warehouse.search.index as i\n{PLACES[place]}\n"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}i.keep_up(Path('dawn.duckdb'), Path('search'))"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    keep_up(folder / "dawn.duckdb", folder / "search")
    assert len(documents(folder)) == 7
    assert_as_made_anew(folder)
    names = sorted(path.name for path in (folder / "search").iterdir())
    assert names[0] == "about.json"
    assert len(names) == 2


def spoil(data: Path) -> Iterator[tuple[str, Path]]:
    """Every file of an index."""
    about = index.about_index(data / "search")
    assert about is not None
    for path in sorted(about.path.iterdir()):
        if path.name not in (".managed.json", ".tantivy-meta.lock", ".tantivy-writer.lock"):
            yield path.suffix or path.name, path


@pytest.mark.parametrize(
    "how",
    ["removed", "cut", *(pytest.param(how, marks=pytest.mark.slow) for how in ("emptied", "other bytes"))],
)
def test_a_damaged_index_is_said_to_be_and_made_anew(folder: Path, how: str) -> None:
    shutil.copytree(folder / "search", folder / "sound")
    for name in dict(spoil(folder)):
        shutil.rmtree(folder / "search")
        shutil.copytree(folder / "sound", folder / "search")
        path = dict(spoil(folder))[name]
        whole = path.read_bytes()
        if how == "removed":
            path.unlink()
        else:
            path.write_bytes({"cut": whole[:-3], "emptied": b"", "other bytes": b"\x07" * len(whole)}[how])
        try:
            search(folder, "zinc", past=True)
        except WarehouseError as error:
            assert "delete that folder" in str(error)
            assert "\n" not in str(error)
            assert keep_up(folder / "dawn.duckdb", folder / "search").anew
            assert seen(search(folder, "zinc")) == [(1, 3, True, "The price of **zinc**.")]
        else:
            assert name == ".store", "in which nothing is stored"


@pytest.mark.parametrize("about", ["", "{", "[]", '{"form": "0", "index": "x"}', '{"form": 1}', "null"])
def test_an_index_of_another_form_is_made_anew(folder: Path, about: str) -> None:
    (folder / "search/about.json").write_text(about)
    with pytest.raises(WarehouseError, match="another version"):
        search(folder, "zinc")
    assert keep_up(folder / "dawn.duckdb", folder / "search").anew
    assert len(documents(folder)) == 2


def test_no_index_may_lead_out_of_its_folder(folder: Path) -> None:
    about = folder / "search/about.json"
    about.write_text(json.dumps(json.loads(about.read_text()) | {"index": ".."}))
    assert keep_up(folder / "dawn.duckdb", folder / "search").anew
    assert (folder / "dawn.duckdb").exists()


def test_an_index_that_is_older_or_newer_than_the_file_shows_only_what_is_in_it(paper: Paper) -> None:
    edits(paper)
    shelve(paper)
    shutil.copy(paper.root / "dawn.duckdb", paper.root / "old.duckdb")
    shutil.copytree(paper.root / "search", paper.root / "old")
    paper.rules = "r2"  # which read no price, and another story
    paper.lines["run001"][0]["article"] = article(1, "A cost of zinc.")
    paper.lines["run002"][0]["article"] = article(1, "A cost of zinc.")
    paper.lines["run003"][0]["article"] = article(1, "A cost of zinc.")
    paper.run(spider="stories")
    paper.page(2, article(2, "More zinc."))
    shelve(paper)
    assert seen(search(paper.root, "zinc", past=True)) == [
        (2, 1, True, "More **zinc**."),
        (1, 1, True, "A cost of **zinc**."),
    ]
    shutil.copytree(paper.root / "search", paper.root / "new")
    shutil.rmtree(paper.root / "search")
    shutil.copytree(paper.root / "old", paper.root / "search")
    assert search(paper.root, "zinc", past=True) == []  # neither text that the index knows is there any more
    shutil.rmtree(paper.root / "search")
    shutil.copytree(paper.root / "new", paper.root / "search")
    (paper.root / "old.duckdb").replace(paper.root / "dawn.duckdb")
    assert search(paper.root, "zinc", past=True) == []


READER = """
from pathlib import Path
from warehouse.search import search
while not Path("over").exists():
    print(len(search(Path(), "zinc", limit=1000)), flush=True)
"""


@pytest.mark.slow
def test_readers_find_all_that_was_there_while_the_index_is_written(paper: Paper) -> None:
    paper.run(spider="stories")
    for story in range(1, 40):
        paper.page(story, article(story, "The price of zinc."))
    shelve(paper)
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER],
            cwd=paper.root,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for each in readers:
        assert each.stdout and each.stdout.readline() == "39\n"
    try:
        for n in range(3):
            paper.run(spider="stories")
            paper.page(100 + n, article(100 + n, f"More zinc: {n}."))
            shelve(paper)
            for _ in range(2):  # made anew under their eyes
                about = index.about_index(paper.root / "search")
                assert about is not None
                index._write_down(paper.root / "search", replace(about, at=index.Mark(1, "another")))
                assert keep_up(paper.root / "dawn.duckdb", paper.root / "search").anew
    finally:
        (paper.root / "over").touch()
        outcomes = [(*each.communicate(timeout=60), each.returncode) for each in readers]
    for said, error, code in outcomes:
        assert code == 0, error
        assert {int(line) for line in said.split()} <= {39, 40, 41, 42}


# ── hostile texts, and the way by SQL ────────────────────────────────────────────────────────────────────


STRANGE = [
    ("zinc " + "x" * 100_000, "zinc"),
    ("x" * 70_000 + " zinc", "zinc"),
    ("zinc\x00copper", "copper"),
    ("\u202eزنک کی قیمت zinc", "زنک"),
    ("پاکستان کے شہر", "پاکستان"),
    ("🇵🇰 zinc 🧪", "zinc"),
    ("zi\u00adnc", "nc"),
    ("𝔷inc", "𝔷inc"),
    ("\ufeffzinc", "zinc"),
    ("Re\u0301sume\u0301", "resume"),
    ("zinc. " * 50_000, "zinc"),
    ("北京 zinc", "北京"),
]


@pytest.fixture(scope="module")
def strange(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Path:
    paper = Paper(tmp_path_factory.mktemp("strange"))
    shutil.copy(migrated, paper.root)
    paper.run(spider="stories")
    for story, (body, _) in enumerate(STRANGE, 1):
        paper.page(story, article(story, body))
    shelve(paper)
    return paper.root


@pytest.mark.parametrize("story", range(1, len(STRANGE) + 1))
def test_any_text_is_found_and_shown(strange: Path, story: int) -> None:
    (hit,) = search(strange, f"{STRANGE[story - 1][1]} story:{story}")
    assert len(hit.passage.text) < 1000
    assert "**" in hit.passage.marked()


def test_sql_can_search(archive: Path) -> None:
    def rows(sql: str) -> list[tuple[Any, ...]]:
        with answer(archive / "dawn.duckdb", sql) as said:
            return list(said.rows)

    assert rows("select story_id from search('floods') order by score desc") == [
        (hit.story_id,) for hit in search(archive, "floods", limit=50)
    ]
    assert rows("select title, passage(body, 'zinc') from search('zinc') join articles using (story_id)") == [
        (
            "Zinc prices",
            passage(f"The council fixed the price of zinc. {FILLER}", question("zinc").sought).marked(),
        )
    ]
    with pytest.raises(QueryError, match=r"^on: wants a day"):
        rows("from search('on:never')")


def test_sql_knows_past_texts(paper: Paper) -> None:
    edits(paper)
    shelve(paper)
    with answer(paper.root / "dawn.duckdb", "from search('copper', past := true)") as said:
        assert [row[:3] for row in said.rows] == [(1, 2, False)]
    with answer(paper.root / "dawn.duckdb", "select count(*) from search('copper')") as said:
        assert list(said.rows) == [(0,)]


def test_the_published_file_is_never_written(archive: Path) -> None:
    with reader(archive / "dawn.duckdb") as con:
        assert con.execute("select count(*) from meta.texts").fetchone() == (len(STORIES),)
        assert con.execute("select change from meta.text_changes").fetchall() == [(1,)]
