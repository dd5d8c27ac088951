"""The site of the documents, as far as they are no pages of it by themselves: hooks of MkDocs.

Pages are written for the repository, where links lead to files beside them. Here README.md becomes the first
page, a file of the repository that a page leads to becomes a page that shows it, and the diagram, which the
repository's host draws in the browser, is drawn.
"""

from __future__ import annotations

import ast
import posixpath
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # MkDocs runs a hook as a file by itself

from docs.diagram import drawn  # noqa: E402

TOP = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
LANGUAGES = {
    ".py": "python",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".sh": "sh",
    ".toml": "toml",
    ".service": "ini",
}
LINK = re.compile(r"\]\((?![a-z]+:|#)([^)#\s]+)(#[^)\s]*)?\)")
ITEM = re.compile(r"([-*]|\d+\.) ")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """The files with the pages from the top of the repository, and each file that any page leads to."""
    for origin, place in TOP.items():
        files.append(File.generated(config, place, content=(ROOT / origin).read_text("utf-8")))
    origins = [*TOP, *(f"docs/{file.src_uri}" for file in files.documentation_pages() if file.abs_src_path)]
    for name in sorted({name for origin in origins for name in _led_to(origin)}):
        if _place(name).startswith("source/"):
            files.append(File.generated(config, _place(name), content=_shown(name)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """The page as it stands in the repository, with its links led to pages of the site, and drawn."""
    here = page.file.src_uri
    origin = {place: name for name, place in TOP.items()}.get(here, f"docs/{here}")
    if here.startswith("source/"):
        return markdown

    def led(found: re.Match[str]) -> str:
        place = _place(_named(origin, found[1]))
        return f"]({posixpath.relpath(place, posixpath.dirname(here) or '.')}{found[2] or ''})"

    text = "\n".join(line if code else LINK.sub(led, line) for line, code in _pieces(markdown))
    text = re.sub(
        r"^```mermaid\n(.*?)^```$", lambda block: drawn(block[1]), text, flags=re.DOTALL | re.MULTILINE
    )
    return "\n".join(spaced(text))


def _pieces(markdown: str) -> list[tuple[str, bool]]:
    """The lines, each with whether it is part of a block of code."""
    pieces, code = [], False
    for line in markdown.split("\n"):
        fence = line.lstrip().startswith("```")
        code ^= fence
        pieces.append((line, code or fence))
    return pieces


def spaced(markdown: str) -> Iterator[str]:
    """The lines with an empty one before each list: Python-Markdown wants it."""
    before = ""
    for line, code in _pieces(markdown):
        if not code and ITEM.match(line) and before and not ITEM.match(before) and not before.startswith(" "):
            yield ""
        yield line
        before = line


def _led_to(origin: str) -> set[str]:
    """The files of the repository, by name, to which a page of it leads."""
    lines = _pieces((ROOT / origin).read_text("utf-8"))
    return {_named(origin, link[1]) for line, code in lines if not code for link in LINK.finditer(line)}


def _named(origin: str, target: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(origin), target))


def _place(name: str) -> str:
    """Where on the site a file of the repository is: beside docs, shown as it stands."""
    if name in TOP:
        return TOP[name]
    ours = name.startswith("docs/") and not name.endswith(".py")
    return name.removeprefix("docs/") if ours else f"source/{name}.md"


def _shown(name: str) -> str:
    """A page that shows a file of the repository; of a folder, what is in it. Raises where there is none."""
    path = ROOT / name
    if not path.is_dir():
        language = LANGUAGES.get(path.suffix, "text")
        return f"# {name}\n\n````{language}\n{path.read_text('utf-8').rstrip()}\n````\n"
    rows = [f"| `{each.name}` | {_first_line(each)} |" for each in sorted(path.glob("*.py"))]
    return "\n".join([f"# {name}/", "", "| file | what it is |", "|---|---|", *rows]) + "\n"


def _first_line(module: Path) -> str:
    said = ast.get_docstring(ast.parse(module.read_text("utf-8"))) or ""
    return said.partition("\n")[0].replace("|", "\\|")
