"""One line of text as it is kept: of headlines, names, captions, meta elements. Pure."""

from __future__ import annotations

import html
import re

CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
"""Characters that no text has, but for those that are white space."""
_LEADING_ZEROS, _NO_CHARACTER = re.compile("&#0+(?=[0-9])"), re.compile("&#[0-9]{8,};?")


def clean_line(text: str) -> str:
    """Text as one line: no control characters, white space collapsed; soft hyphens stay as printed."""
    return " ".join(CONTROLS.sub("", text).split() if not text.isprintable() else text.split())


def unescaped(text: str) -> str:
    """Text with its entities undone; unlike `html.unescape` it bears a number of 4,301 digits."""
    if "&#" in text:
        text = _NO_CHARACTER.sub("\ufffd", _LEADING_ZEROS.sub("&#", text))
    return html.unescape(text)
