"""The tools that are measured, what each needs, and the place it is installed in.

Each peer has a virtual environment of its own below `.venv-peers`, made when it is missing or when its
requirements changed: some of them pin what others cannot live with.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLACES = ROOT / ".venv-peers"
_READY = ".ready"  # holds the requirements that were installed

OURS, BASELINE = "ours", "trafilatura"


@dataclass(frozen=True, slots=True)
class Tool:
    """One way of reading a page, by its name in the worker. Without `requires` it runs in our own venv."""

    name: str
    way: str
    package: str  # whose version is shown
    family: str  # what --peers calls it, and the folder it is installed in
    requires: tuple[str, ...] = ()
    optional: bool = False  # no row where this checkout has no such function


def _peer(package: str, version: str, *others: str) -> Tool:
    requires = (f"{package}=={version}", *others)
    return Tool(package, package.replace("-", "_"), package, package, requires)


TOOLS = (
    Tool(OURS, "ours", "dawn-as-a-table", OURS),
    Tool("ours, with rail meter", "ours_with_meter", "dawn-as-a-table", OURS, optional=True),
    Tool(BASELINE, "trafilatura", "trafilatura", BASELINE),
    Tool("trafilatura, precision", "trafilatura_precision", "trafilatura", BASELINE),
    Tool("trafilatura, fast", "trafilatura_fast", "trafilatura", BASELINE),
    Tool("trafilatura, with comments", "trafilatura_with_comments", "trafilatura", BASELINE),
    # Its rules for this site are ours (dawn_for_fundus.py). It fails to import beside a newer curl_cffi.
    _peer("fundus", "0.5.7", "curl_cffi<0.14", "lxml==5.4.0"),
    _peer("resiliparse", "2.0.1", "FastWARC==2.0.1"),
    _peer("readability-lxml", "0.9", "lxml==6.1.3", "lxml_html_clean==0.4.6"),
    _peer("newspaper4k", "0.9.6", "lxml==6.1.3", "lxml_html_clean==0.4.6", "protego==0.6.2"),
    _peer("news-please", "1.6.16", "newspaper4k==0.9.6", "readability-lxml==0.9", "lxml==6.1.3"),
    _peer("goose3", "3.1.22", "lxml==6.1.3"),
)


class NotInstalledError(Exception):
    """A peer cannot be had here: its row says so, and the others are measured."""


def chosen(names: str | None) -> tuple[Tool, ...]:
    """The tools of the families named, with commas between them; all where nothing is named."""
    if names is None:
        return TOOLS
    wanted = {name.strip() for name in names.split(",")}
    unknown = wanted - {tool.family for tool in TOOLS}
    if unknown:
        known = ", ".join(dict.fromkeys(tool.family for tool in TOOLS))
        raise ValueError(f"no peer is called {', '.join(sorted(unknown))}; there are {known}")
    return tuple(tool for tool in TOOLS if tool.family in wanted)


def interpreter(tool: Tool) -> Path:
    """The Python that has the tool, installed there if it is missing. NotInstalledError says why not."""
    if not tool.requires:
        return Path(sys.executable)
    place = PLACES / tool.family
    python = place / "bin" / "python"
    wanted = "\n".join((f"python {sys.version}", *tool.requires))
    ready = place / _READY
    if ready.is_file() and ready.read_text("utf-8") == wanted:
        return python
    print(f"installing {', '.join(tool.requires)} into {place.relative_to(ROOT)}", file=sys.stderr)
    if place.exists():
        shutil.rmtree(place)
    for command in (
        [sys.executable, "-m", "venv", str(place)],
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *tool.requires],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stderr, file=sys.stderr)  # in full here only: it names the machine's own index
            what = "has no virtual environment" if "venv" in command else "pip could not install"
            raise NotInstalledError(f"{what}: {tool.requires[0]}")
    ready.write_text(wanted, "utf-8")
    return python
