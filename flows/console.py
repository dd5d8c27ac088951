"""The two streams that people look at, and what may be printed on them."""

from __future__ import annotations

import os
import re
import sys
from typing import TextIO
from unicodedata import category

from rich.console import Console
from rich.text import Text

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


def tell(said: str | Text, hang: int = 0, style: str = "", whole: bool = False) -> None:
    """Nothing; one line on stdout, folded at words where that is a terminal: see `folded`.

    In a pipe, and where it is to stay `whole`, it stays one line.
    """
    text = said if isinstance(said, Text) else Text(one_line(said), style)
    if whole or not out.file.isatty():
        out.print(text, soft_wrap=True)
        return
    for line in folded(text, hang, out.width):
        out.print(line, no_wrap=True, overflow="ignore", crop=False)


def folded(text: Text, hang: int, width: int) -> list[Text]:
    """The text in lines of `width` columns at most: its first `hang` columns stand alone to the left.

    Where that leaves less than a third of the width, they have a line of their own and the rest stands below.
    """
    head, rest = text[:hang], text[hang:]
    beside = width - hang >= max(width // 3, 8)
    deep = hang if beside else min(2, width - 1)
    lines = [Text(" " * deep) + line for line in rest.wrap(out, width - deep, overflow="fold", tab_size=1)]
    if beside or not hang:
        lines[:1] = [head + line[deep:] for line in lines[:1]] or [head]
    else:
        lines[:0] = head.wrap(out, width, overflow="fold", tab_size=1) if head.plain.strip() else []
    for line in lines:
        line.rstrip()
    return lines


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
