"""One line of text as it is kept: of headlines, names, captions, meta elements. Pure."""

from __future__ import annotations

import re

CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
"""Characters that no text has, but for those that are white space."""


def clean_line(text: str) -> str:
    """Text as one line: no control characters, white space collapsed; soft hyphens stay as printed."""
    return " ".join(CONTROLS.sub("", text).split() if not text.isprintable() else text.split())
