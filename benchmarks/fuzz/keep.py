"""Findings kept: the page made as small as it gets in a while, and how to make it again."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from benchmarks.fuzz.checks import Finding, outcome
from benchmarks.fuzz.mutations import Damaged

_SECONDS, _READINGS = 20.0, 3000


def keep(folder: Path, page: Damaged, finding: Finding, seed: int, number: int, small: bool) -> Path:
    """The folder that now holds the page, a smaller one of the same cause, and what is known of them."""
    slug = re.sub(r"[^a-z0-9]+", "-", finding.cause.lower()).strip("-")[:80]
    kept = folder / f"{slug}-{seed}-{number}"
    kept.mkdir(parents=True, exist_ok=True)
    (kept / "page.html").write_bytes(page.content)
    if small:
        (kept / "small.html").write_bytes(shrunk(page, finding.cause).content)
    said = {
        "cause": finding.cause,
        "detail": finding.detail,
        "story": page.story,
        "status": page.status,
        "headers": page.headers,
        "url": page.url,
        "again": f"python -m benchmarks.fuzz --seed {seed} --only {number}",
    }
    (kept / "finding.json").write_text(json.dumps(said, indent=1, ensure_ascii=False), "utf-8")
    return kept


def shrunk(page: Damaged, cause: str) -> Damaged:
    """The page without what the finding does not need; never longer. Gives up after some seconds."""

    def shows(content: bytes) -> bool:
        found = outcome(replace(page, content=content), 1e9, again="second" in cause).findings
        return any(finding.cause == cause for finding in found)

    return replace(page, content=_smaller(page.content, shows))


def _smaller(content: bytes, shows: Callable[[bytes], bool]) -> bytes:
    ends, readings = time.monotonic() + _SECONDS, 0
    size = max(1, len(content) // 2)
    while size:
        at = 0
        while at < len(content):
            if time.monotonic() > ends or readings > _READINGS:
                return content
            readings += 1
            tried = content[:at] + content[at + size :]
            if shows(tried):
                content = tried
            else:
                at += size
        size //= 2
    return content
