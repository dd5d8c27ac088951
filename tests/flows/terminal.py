"""The command in a terminal of a given size, which is a pseudo-terminal, and what it shows there."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import subprocess
import sys
import termios
from dataclasses import dataclass
from pathlib import Path

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Shown:
    """All that went to the terminal, as it came, and the exit code."""

    code: int
    raw: str

    @property
    def lines(self) -> list[str]:
        """What a reader sees, line by line, also of lines that were written over; without colours."""
        return [_CONTROL.sub("", line).rstrip() for line in re.split(r"[\r\n]+", self.raw)]


def in_terminal(
    folder: Path, width: int, *words: str | Path, piped_stdout: bool = False, **settings: str
) -> Shown:
    """What the command shows in a terminal of so many columns; with `piped_stdout`, on stderr alone."""
    ours, its = os.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    environment = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("DAWN_", "PREFECT_")) and key not in ("COLUMNS", "LINES", "NO_COLOR")
    }
    child = subprocess.Popen(
        [sys.executable, "-c", "from flows.cli import main; main()", *map(str, words)],
        cwd=folder,
        env=environment | {"TERM": "xterm-256color"} | settings,
        stdin=its,
        stdout=subprocess.DEVNULL if piped_stdout else its,
        stderr=its,
    )
    os.close(its)
    seen = b""
    while True:
        try:
            got = os.read(ours, 1 << 16)
        except OSError:  # EIO: the last who had the other end open is gone
            break
        if not got:
            break
        seen += got
    os.close(ours)
    return Shown(child.wait(240), seen.decode("utf-8"))
