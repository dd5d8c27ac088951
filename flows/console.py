"""The two streams that people look at, and what may be printed on them."""

from __future__ import annotations

import os
import re
import sys
from typing import TextIO
from unicodedata import category

from rich.console import Console

PIPED_WIDTH = 200


class _Console(Console):
    """A console whose reader may go away, as `head` does: the work goes on, and the exit code is its own."""

    def on_broken_pipe(self) -> None:
        """Nothing; what is printed from now on goes nowhere. (Rich would end the process with 1.)"""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.file.fileno())
        os.close(nowhere)


out = _Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
err = _Console(stderr=True, highlight=False, markup=False)


_USER = re.compile(r"(?<=//)[^/\s?#]*@")


def safe(text: str) -> str:
    """The text without control characters: nothing a page says reaches the terminal as a command.

    Nor does it turn what stands beside it around (bidi marks), or hide in it (marks without width).
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c in "\n\t" or c.isprintable() or category(c) == "Zs" else "�" for c in text)


def one_line(text: str) -> str:
    """The same, without line ends either: a text cannot stand there as a line of ours."""
    return safe(text.replace("\n", " ").replace("\t", " "))


def unsaid(text: str) -> str:
    """The text without the users and passwords of addresses in it: what is printed is read by others, too."""
    return _USER.sub("***@", text)


class Shown:
    """A file to write rows into, which makes them harmless where it is a terminal; else they are data."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._terminal = file.isatty()

    def write(self, text: str) -> int:
        """How many characters were written."""
        return self._file.write(safe(text) if self._terminal else text)
