"""The documents are true: what they show comes out, what is made is up to date, links lead somewhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from itertools import combinations
from pathlib import Path

import click
import pytest
from lxml import html
from markdown_it import MarkdownIt

from docs import diagram, picture, reference, screens
from docs.site import spaced
from flows.cli import dawn as command
from flows.config import SETTINGS
from tests.documents import ROOT, Folder, Step, fits, folder, steps
from tests.flows.conftest import Backfilled, Dawn
from warehouse.query import answer

PAGES = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
PAGES += sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))
SHOWN = {"README.md": "index", "CONTRIBUTING.md": "contributing", "CHANGELOG.md": "changelog"}


def text(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def tour() -> str:
    return text("README.md").split("## A tour", 1)[1].split("\n## ", 1)[0]


def questions(page: str) -> list[Step]:
    return [step for step in steps(text(page)) if step.kind == "sql"]


# What is shown.


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_what_is_shown_of_the_demo_is_what_it_says(dawn: Dawn, tmp_path: Path) -> None:
    """The tour of the README, ten questions, and how its folder is moved."""
    done = dawn("demo")
    assert done.returncode == 0, done.stderr
    for sight in (
        "Some articles",
        "Every edition accounted for",
        "both versions are kept",
        "Not one sentence of a rail",
    ):
        assert sight in done.stdout
    assert "Finished in state Completed()" in done.stderr, "one pass goes through Prefect itself"
    with folder(tmp_path) as here:
        assert run(here, tour()) >= 7
        assert (tmp_path / "opinion.parquet").stat().st_size > 0
        shutil.copytree(tmp_path / "demo", tmp_path / "data")
        assert run(here, text("docs/questions.md")) == 10
        assert run(here, text("docs/layout.md")) >= 1
        assert run(here, text("docs/moving.md")) >= 6
        assert not (tmp_path / "data").exists()


@pytest.mark.slow
def test_the_tutorial_is_what_comes_of_it(tmp_path: Path) -> None:
    with folder(tmp_path) as here:
        assert run(here, text("docs/tutorial.md")) >= 10


def run(here: Folder, page: str) -> int:
    """How many steps of the page were run; each printed what the page shows."""
    done = 0
    for step in steps(page):
        printed = here.run(step)
        assert step.output is None or fits(printed, step.output), f"{step.words}\n{printed}"
        done += 1
    return done


def test_each_question_is_answered_with_the_columns_it_shows(once_backfilled: Backfilled) -> None:
    """On one day of a made-up newspaper, which has all but an edit; the answers are tried on the demo."""
    asked = questions("docs/questions.md")
    assert len(asked) == 10
    for step in asked:
        assert step.output
        with answer(once_backfilled.data / "dawn.duckdb", step.words) as found:
            assert list(found.columns) == step.output.split("\n", 1)[0].split(), step.words
            assert list(found.rows) or "from edits" in step.words or "from rejections" in step.words, (
                step.words
            )


@pytest.mark.parametrize(
    ("printed", "shown", "so"),
    [
        ("a  \nb\n", "a\nb\n", True),
        ("a\nb\n", "a\n", False),
        ("a\n", "a\nb\n", False),
        ("", "", True),
        ("a\n", "", False),
        ("seen 10:31, twice\n", "seen …, twice\n", True),
        ("seen 10:31, once\n", "seen …, twice\n", False),
        ("a\nb\nc\n", "a\n…\nc\n", True),
        ("a\nc\n", "a\n…\nc\n", True),
        ("a\nb\nd\n", "a\n…\nc\n", False),
        ("1.5\n", "1x5\n", False),
        ("1x5\n", "1.5\n", False),
    ],
)
def test_what_is_shown_fits_what_was_printed_or_not(printed: str, shown: str, so: bool) -> None:
    assert fits(printed, shown) is so


def test_steps_are_found_in_order() -> None:
    page = """
```console
$ one "of \\
  two lines"
out
$ two
```

<!-- not run: for it cannot -->
```console
$ three
```

```python
four
```

```text
4
```

```sql
five
```
"""
    assert [(step.kind, step.words, step.output) for step in steps(page)] == [
        ("console", 'one "of \\\n  two lines"', "out\n"),
        ("console", "two", ""),
        ("python", "four\n", "4\n"),
        ("sql", "five\n", None),
    ]


# What is named.


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)", text(page)):
        if not target.startswith("http"):
            assert (ROOT / page).parent.joinpath(target).exists(), target


@pytest.mark.parametrize("page", PAGES)
def test_commands_that_are_shown_exist(page: str) -> None:
    """With each of their options, be they run or not."""
    for block in re.findall(r"^```(?:console|sh)\n(.*?)^```", text(page), flags=re.DOTALL | re.MULTILINE):
        for name, words in re.findall(
            r"(?:^\$ |^|exec worker |-- )dawn ([a-z]+)\b(.*)$", block, flags=re.MULTILINE
        ):
            known = {
                opt
                for one in command.commands[name].params
                if isinstance(one, click.Option)
                for opt in one.opts
            }
            outside = re.sub(r"'[^']*'|\"[^\"]*\"|#.*|&&.*", "", words)
            for option in re.findall(r"(?<=\s)--[a-z-]+", outside):
                assert option in known | {"--help"}, f"dawn {name} {option}"


def test_pictures_are_there_and_can_be_made_again() -> None:
    """Each that a page shows exists; each that exists is shown, and made by a command that a page names."""
    shown = {
        (ROOT / page).parent.joinpath(found).resolve()
        for page in PAGES
        for found in re.findall(r"\]\(([^)]+\.(?:svg|png))\)", text(page))
    }
    assert shown == {*(ROOT / "docs").glob("*.svg"), *(ROOT / "docs").glob("*.png")}
    by_picture = {"demo.svg", "coverage.svg", *picture.SHOTS, *screens.NAMES}
    by_benchmarks = {"extraction.svg", "million.svg", "scale.svg"}
    assert {path.name for path in shown} == by_picture | by_benchmarks


def test_pictures_fetch_nothing() -> None:
    for path in (ROOT / "docs").glob("*.svg"):
        drawn = re.sub(r'xmlns(:\w+)?="[^"]*"', "", path.read_text("utf-8"))
        assert not re.search(r"(?:href|src)=\"http|url\(['\"]?http|@import", drawn), path.name


# What is made.


@pytest.mark.parametrize("page", list(reference.PAGES))
def test_pages_of_the_reference_are_up_to_date(page: str) -> None:
    assert text(f"docs/{page}") == reference.PAGES[page](), "run `make reference`"


def test_the_reference_has_every_command_option_flow_and_setting() -> None:
    """Counted apart from how the pages are made: as people are shown them, and by name."""
    page = text("docs/command.md")
    for name, one in command.commands.items():
        section = page.split(f"\n## dawn {name}\n", 1)[1].split("\n## ", 1)[0]
        shown = one.get_help(click.Context(one, info_name=name))
        for option in re.findall(r"^  (?:-\w, )?(--[a-z-]+)", shown, flags=re.MULTILINE):
            assert option == "--help" or f"`{option}`" in section, f"dawn {name} {option}"
    flows = text("docs/flows.md")
    for name in re.findall(r"^  - name: (\w+)", text("prefect.yaml"), flags=re.MULTILINE):
        assert f"\n## {name}\n" in flows
    listed = re.findall(r"^\| `[a-z-]+` \| `(DAWN_\w+)`", text("docs/settings.md"), flags=re.MULTILINE)
    assert listed == [setting.env for setting in SETTINGS]


def test_no_line_of_the_diagram_runs_through_a_box() -> None:
    words = re.search(r"```mermaid\n(.*?)```", text("docs/schema.md"), flags=re.DOTALL)
    assert words
    drawn = html.fragment_fromstring(diagram.drawn(words[1]))
    boxes = [
        tuple(int(box.get(name)) for name in ("x", "y", "width", "height")) for box in drawn.iter("rect")
    ]
    lines = [tuple(int(line.get(name)) for name in ("x1", "y1", "x2", "y2")) for line in drawn.iter("line")]
    assert len(lines) == words[1].count("--") and len(boxes) == len(set(boxes))
    for (x, y, wide, high), (other_x, other_y, _, _) in combinations(boxes, 2):
        assert abs(x - other_x) >= wide or abs(y - other_y) >= high
    for x1, y1, x2, y2 in lines:
        for x, y, wide, high in boxes:
            for n in range(1, 100):
                at_x, at_y = x1 + (x2 - x1) * n / 100, y1 + (y2 - y1) * n / 100
                assert not (x < at_x < x + wide and y < at_y < y + high), (x1, y1, x2, y2)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("flowchart\n", "is no diagram that is drawn here"),
        ('erDiagram\n    articles to versions : "x"\n', "is no relation"),
        ('erDiagram\n    articles ||--o{ nobodies : "x"\n', "nobodies has no place"),
    ],
)
def test_a_diagram_that_cannot_be_drawn_says_so(words: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        diagram.drawn(words)


# The site.


def built(root: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """As `make docs` does it. Not with --quiet: MkDocs would not count its own warnings, and never fail."""
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(target)],
        cwd=root,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("site")
    done = built(ROOT, target)
    assert done.returncode == 0 and "WARNING" not in done.stderr, done.stderr
    return target


def test_no_page_of_the_site_asks_another_host(site: Path) -> None:
    """For a script, a style, a font or a picture; what a reader may click on is his own affair."""
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > len(PAGES)
    for page in pages:
        tree = html.fromstring(page.read_bytes())
        asked = [*tree.xpath("//script/@src"), *tree.xpath("//img/@src"), *tree.xpath("//iframe/@src")]
        asked += tree.xpath("//link[@rel!='canonical']/@href")
        assert asked
        for address in asked:
            assert not re.match(r"[a-z]+:(?!image/)|//", address), f"{page.name} asks for {address}"
            if page.name != "404.html" and not address.startswith("data:"):
                assert (page.parent / address.split("?")[0]).exists(), f"{page.name}: {address}"
        assert not tree.xpath("//*[contains(@class, 'mermaid')]"), "whose script is another host's"
    for style in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(?:https?:)?//|@import", style.read_text("utf-8")), style.name


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_the_site_is_built_as_in_the_repository(site: Path, page: str) -> None:
    """As many lists, tables, headings and blocks of code as CommonMark sees in it."""
    there = MarkdownIt().enable("table").render(text(page))
    name = SHOWN.get(page, Path(page).stem)
    (here,) = html.fromstring((site / f"{name}.html").read_bytes()).xpath("//article")
    drawn = text(page).count("```mermaid")
    counted = Counter(
        each.tag for each in html.fromstring(f"<div>{there}</div>").iter() if isinstance(each.tag, str)
    )
    for tag in ("h1", "h2", "h3", "ul", "ol", "li", "table", "tr", "pre", "img"):
        found = len(here.xpath(f".//{tag}"))
        assert found + (drawn if tag == "pre" else 0) == counted[tag], tag


@pytest.mark.parametrize(
    ("text", "so"),
    [
        ("This:\n- one\n- two", "This:\n\n- one\n- two"),
        ("This:\n\n- one\n  goes on\n- two", "This:\n\n- one\n  goes on\n- two"),
        ("This:\n1. one", "This:\n\n1. one"),
        ("```\nthis\n- that\n```", "```\nthis\n- that\n```"),
    ],
)
def test_a_list_stands_by_itself_on_the_site(text: str, so: str) -> None:
    assert "\n".join(spaced(text)) == so


@pytest.mark.slow
@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("[nowhere](nowhere.md)", "nowhere.md"),
        ("[no heading](schema.md#nothing)", "#nothing"),
        ("![no picture](no.svg)", "no.svg"),
    ],
)
def test_a_link_that_leads_nowhere_fails_the_build(tmp_path: Path, broken: str, said: str) -> None:
    for path in ROOT.iterdir():
        if path.name not in {"docs", "build", ".git"}:
            (tmp_path / path.name).symlink_to(path) if path.is_dir() else shutil.copy(path, tmp_path)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    with (tmp_path / "docs/python.md").open("a") as page:
        page.write(f"\n{broken}\n")
    done = built(tmp_path, tmp_path / "site")
    assert done.returncode != 0
    assert said in done.stdout + done.stderr
