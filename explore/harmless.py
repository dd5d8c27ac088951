"""What pages say, as words on a page of ours: no character that hides, or turns what stands beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable

_HIDDEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
"""Controls, bidi marks and overrides, and marks without width; joiners stay: Urdu is written with them."""


def harmless(text: str, most: int | None = None) -> str:
    """The text with such characters shown by their numbers, and cut to `most` characters with "…"."""
    if most is not None and len(text) > most:
        text = text[: most - 1] + "…"
    return _HIDDEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)


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
