"""What documents say is run: their commands, programs and questions, in the order in which they stand.

- A block `console` has commands (`$ dawn …`), each with what it prints on stdout below it; one that ends in
  `&` goes on beside the others, from the moment it has printed what is shown, until `kill %1` and the like.
- A block `python` is a program, one of `sql` a question to the data folder `data`; what they print is
  the block `text` right below, where there is one.
- A block below the comment `<!-- not run: why -->` is only shown.

In what is shown, `…` stands for anything within a line, and a line of it alone for any lines; the port
8100 for a free one. Pages whose programs go on from one another (docs/python.md) have tests of their own.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
PORT = "8100"
BLOCK = re.compile(
    r"(?:<!-- not run: (?P<why>[^>]+) -->\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$"
    r"(?:\n\n```text\n(?P<output>.*?)^```$)?",
    flags=re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Step:
    """Something to run, what it prints (None: not shown), and where in the page that stands."""

    kind: str
    words: str
    output: str | None
    at: tuple[int, int] | None = None


def steps(page: str) -> Iterator[Step]:
    """What a page runs, in order."""
    for block in BLOCK.finditer(page):
        language, text = block["language"], block["text"]
        if block["why"]:
            continue
        if language == "console":
            for told in re.finditer(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", text, flags=re.MULTILINE):
                start = block.start("text")
                yield Step("console", told[1], told[2], (start + told.start(2), start + told.end(2)))
        elif language in ("python", "sql"):
            yield Step(language, text, block["output"], block.span("output"))


@dataclass
class Folder:
    """A fresh folder in which steps are run, with `dawn` and `python` as a reader has them."""

    root: Path
    port: str
    beside: list[subprocess.Popen[str]] = field(default_factory=list)

    def run(self, step: Step) -> str:
        """What the step printed. Raises AssertionError where it ended with another code than 0."""
        words = step.words.replace(PORT, self.port)
        if step.kind == "sql":
            command = ["dawn", "sql", words]
        elif step.kind == "python":
            command = ["python", "-c", words]
        else:
            command = ["bash", "-c", words]
            if job := re.fullmatch(r"kill %(\d+)", words):
                _end(self.beside[int(job[1]) - 1])
                return ""
            if words.endswith("&"):
                return self._beside(words.removesuffix("&"), len((step.output or "").splitlines()))
        done = subprocess.run(
            command,
            cwd=self.root,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, f"{step.words}\n{done.stdout}{done.stderr}"
        return done.stdout.replace(self.port, PORT)

    def _beside(self, words: str, lines: int) -> str:
        process = subprocess.Popen(
            ["bash", "-c", f"exec {words}"],
            cwd=self.root,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self.beside.append(process)
        assert process.stdout is not None
        return "".join(process.stdout.readline() for _ in range(lines)).replace(self.port, PORT)

    def _environment(self) -> dict[str, str]:
        tools = self.root / ".tools"
        if not tools.exists():
            tools.mkdir()
            program = "from flows.cli import main; main()"
            for name, words in (("dawn", f"-c {shlex.quote(program)}"), ("python", "")):
                tool = tools / name
                tool.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {words} "$@"\n')
                tool.chmod(0o755)
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("DAWN_", "PREFECT_"))}
        return kept | {
            "PATH": f"{tools}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "ignore",
        }


@contextmanager
def folder(root: Path) -> Iterator[Folder]:
    """A folder to run steps in; what goes on beside them ends with it."""
    fresh = Folder(root, _free_port())
    try:
        yield fresh
    finally:
        for process in fresh.beside:
            _end(process)


def fits(printed: str, shown: str) -> bool:
    """Whether that was printed which is shown, but for spaces at the ends of lines."""
    pattern = []
    for line in _plain(shown):
        if line == "…":
            pattern.append(r"(?:.*\n)*?")
        else:
            pattern.append(".*".join(re.escape(part) for part in line.split("…")) + r"\n")
    return re.fullmatch("".join(pattern), "".join(f"{line}\n" for line in _plain(printed))) is not None


def rewritten(page: str, root: Path) -> str:
    """The page with what its steps print now, where that does not fit what it shows."""
    changes = []
    with folder(root) as here:
        for step in steps(page):
            printed = here.run(step)
            if step.at and step.at != (-1, -1) and not fits(printed, step.output or ""):
                changes.append((step.at, "".join(f"{line}\n" for line in _plain(printed))))
    for (start, end), text in reversed(changes):
        page = page[:start] + text + page[end:]
    return page


def _plain(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip("\n").splitlines()]


def _free_port() -> str:
    """As many digits as the one that stands for it, so that tables keep their widths."""
    for port in range(8101, 9999):
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return str(port)
    raise AssertionError("no port is free")


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    process.communicate(timeout=60)


if __name__ == "__main__":  # python -m tests.documents PAGE FOLDER: the page anew, run in that folder
    target = ROOT / sys.argv[1]
    target.write_text(rewritten(target.read_text("utf-8"), Path(sys.argv[2])), "utf-8")
