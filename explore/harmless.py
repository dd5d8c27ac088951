"""What pages say, as words on a page of ours: no character that hides, or turns what stands beside it."""

from __future__ import annotations

from collections.abc import Iterable
from unicodedata import category

_SHOWN = frozenset(
    "\t\n\r\u200c\u200d"  # line ends, and the joiners that Urdu is written with
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u08e2"  # signs that are to be seen
)
"""Controls and formats that may stand as they are. Of the others some turn a line, and some have no width."""


def harmless(text: str | None, most: int | None = None) -> str:
    """The text, "" for none, with such characters shown by their numbers; cut to `most` with "…"."""
    if text is None:
        return ""
    if most is not None and len(text) > most:
        text = text[: most - 1] + "…"
    if text.isprintable():
        return text
    return "".join(f"⟨U+{ord(c):04X}⟩" if _hides(c) else c for c in text)


def _hides(c: str) -> bool:
    return not c.isprintable() and c not in _SHOWN and category(c) in ("Cc", "Cf")


def told_apart(names: Iterable[str], most: int) -> tuple[str, ...]:
    """Names that can be chosen from: harmless, cut to `most` characters, and each only once, by a number."""
    made: dict[str, None] = {}
    for name in names:
        short = first = harmless(name, most) or "no name"
        n = 1
        while short in made:
            n += 1
            short = f"{first} ({n})"
        made[short] = None
    return tuple(made)
