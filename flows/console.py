"""The two streams that people look at, and what may be printed on them."""

from __future__ import annotations

import os
import sys

from rich.console import Console

PIPED_WIDTH = 200


class _Console(Console):
    """A console whose reader may go away, as `head` does: the work goes on, and the exit code is its own."""

    def on_broken_pipe(self) -> None:
        """Nothing; what is printed from now on goes nowhere. (Rich would end the process with 1.)"""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.file.fileno())
        os.close(nowhere)


out = _Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
err = _Console(stderr=True, highlight=False)


def safe(text: str) -> str:
    """The text without control characters: nothing a page says reaches the terminal as a command."""
    return "".join(
        c if c in "\n\t" or ((c.isprintable() or c.isspace()) and ord(c) >= 32) else "�" for c in text
    )
