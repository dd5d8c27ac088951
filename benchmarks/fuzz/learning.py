# ruff: noqa: E501 - pieces of markup read best on a line of their own
"""Inputs for the readers of listings, found by what earlier ones brought to light.

An input that runs a line which none before it ran, or gives another shape, is kept and damaged further. Lines
are told by `sys.settrace`, and of a function only until each of its lines was seen: it costs little, then.
"""

from __future__ import annotations

import mmap
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from types import CodeType, FrameType
from typing import Any

from benchmarks.fuzz import mutations as m
from benchmarks.fuzz.checks import Finding, Outcome, raised
from benchmarks.fuzz.lanes import Share, Work
from benchmarks.fuzz.readers import READERS, TRACED, Shape, WrongError, whole

BATCH = 1000  # inputs that a process reads between two words of it
_MOST_BYTES = 40_000
_MOST_KEPT = 2000  # of one reader
_MEMORY = 3_000_000_000
_KEPT_OF_A_BATCH = 5
_COMMON = (
    m.flip,
    m.cut,
    m.drop,
    m.drop_tags,
    m.double_tags,
    m.swap_tags,
    m.damage_attributes,
    m.insert,
    m.splice,
    m.graft,
)
_RARE = (m.nest, m.repeat, m.storm, m.retext, m.recode, m.rename_tags, m.rename_classes)
_TOKENS = {
    "listing": (
        b"href='//'", b"href='http://[::1'", b"href='/news/99999999999999999999'", b"href='file:///etc/passwd'", b"href='javascript:0'", b"href='\xe2\x80\xae/news/7'",
        b"<span class='timeago' title='0001-01-01T00:00:00+14:00'>", b"<span class='timeago' title='9999-12-31T23:59:59-14:00'>", b"title='2026-03-09T25:61+99:99'", b"<article class='story'>",
        b"<article class='story single'>", b"<h2 class='story__title'>", b"<a href=''>", b"</article>", b"href='http://x:99999/news/7'", b"href='https://www.dawn.com:443/news/amp/7/x'",
    ),
    "feed": (
        b"<item>", b"</item>", b"<channel>", b"</channel></rss>", b"<rss>", b"<pubDate>Thu, 99 Foo 0000 99:99:99 +9999</pubDate>", b"<pubDate>Fri, 31 Dec 9999 23:59:59 -1400</pubDate>",
        b"<pubDate>Mon, 01 Jan 0001 00:00:00 +1400</pubDate>", b"<guid>http://[</guid>", b"<link>/news/7</link>", b"<author>@@@@ ((((</author>", b"<![CDATA[", b"]]>", b"&l9;", b"&#0;", b"&#xd800;",
        b"<!DOCTYPE rss>", b"<!ENTITY a 'b'>", b"<?xml version='1.0' encoding='utf-16'?>", b"<media:content url='//'/>", b" xmlns='x'", b"<x:y>", b"<?xml version='1.0' encoding='punycode'?>",
    ),
    "sitemap": (
        b"<url>", b"</url>", b"<loc>", b"<loc>//x/news/1</loc>", b"<lastmod>9999-12-31T23:59:59-14:00</lastmod>", b"<lastmod>0001-01-01</lastmod>", b"<lastmod>2026-W11-1T24:00</lastmod>",
        b"<urlset>", b"<sitemapindex>", b"<news:title>", b"<!--", b"-->", b"<?x?>", b"]]>", b"\xef\xbb\xbf", b"<!DOCTYPE x SYSTEM 'file:///etc/passwd'>", b"&#x110000;",
    ),
    "robots": (
        b"User-agent: *\n", b"Disallow: /\n", b"Allow: /*\n", b"Disallow: /*a*a*a*a*a*$\n", b"Crawl-delay: nan\n", b"Crawl-delay: 1e999\n", b"Crawl-delay: -1\n", b"Crawl-delay: \xc2\xb2\n", b"Request-rate: 1/0s 0000-9999\n",
        b"Request-rate: /\n", b"Visit-time: 9-x\n", b"Sitemap: \n", b"\r", b"\n", b":", b"#", b"%", b"%ff%0a", b"$", b"*", b"Disallow: http://[::1\n", b"Disallow: //x:y/\n", b"User-agent: dawn-as-a-table\n", b"\xe2\x80\xa8",
    ),
}  # fmt: skip


@dataclass(slots=True)
class Learning:
    """What one process has kept and seen so far, of all readers."""

    kept: dict[str, list[bytes]] = field(
        default_factory=lambda: {name: list(docs) for name, docs in whole().items()}
    )
    shapes: set[tuple[str, Shape]] = field(default_factory=set)
    lines: set[tuple[CodeType, int]] = field(default_factory=set)
    left: dict[CodeType, set[int]] = field(default_factory=dict)

    def inputs(self, die: Random) -> Iterator[tuple[str, bytes]]:
        """A batch of inputs and the readers that they are for."""
        names = list(READERS)
        for number in range(BATCH):
            name = names[number % len(names)]
            kept = self.kept[name]
            # The newest are the ones that nobody has looked behind yet.
            content = kept[-1 - int(len(kept) * die.random() ** 2)]
            for _ in range(die.choice((1, 1, 1, 2, 2, 4))):
                content = self._damaged(die, name, content)[:_MOST_BYTES]
            yield name, content

    def read(self, name: str, content: bytes) -> None:
        """Nothing; what was new about it is learnt. Raises what the reader raises."""
        before = len(self.lines)
        sys.settrace(self._trace)
        try:
            shape = (name, READERS[name](content))
        finally:
            sys.settrace(None)
        if (len(self.lines) > before or shape not in self.shapes) and len(self.kept[name]) < _MOST_KEPT:
            self.kept[name].append(content)
        self.shapes.add(shape)

    def _damaged(self, die: Random, name: str, content: bytes) -> bytes:
        if die.random() < 0.3:
            at, token = die.randint(0, len(content)), die.choice(_TOKENS[name])
            return content[:at] + token + content[at + die.choice((0, 0, len(token))) :]
        mutation = die.choice(_COMMON if die.random() < 0.95 else _RARE)
        return mutation(die, content, die.choice(self.kept[name]))

    def _trace(self, frame: FrameType, _event: str, _arg: Any) -> Any:
        code = frame.f_code
        left = self.left.get(code)
        if left is None:
            known = code.co_filename in TRACED
            left = {line for *_, line in code.co_lines() if line} - {code.co_firstlineno} if known else set()
            self.left[code] = left
        if not left:
            return None

        def line(frame: FrameType, event: str, _arg: Any) -> Any:
            if event == "line" and frame.f_lineno in left:
                left.discard(frame.f_lineno)
                self.lines.add((code, frame.f_lineno))
            return line

        return line


def outcome(
    learning: Learning, seed: int, number: int, limit: float, at: mmap.mmap | None, out: Path | None
) -> Outcome:
    """What became of a batch; what is found in it is kept in the folder. `limit` is in CPU seconds an input."""
    found: dict[str, Finding] = {}
    seconds = 0.0
    for n, (name, content) in enumerate(learning.inputs(Random(f"{seed}/{number}"))):
        if at is not None:  # whoever ends this process will want to know
            at[: len(content) + 16] = name.ljust(8).encode() + len(content).to_bytes(8, "big") + content
        began = time.process_time()
        try:
            learning.read(name, content)
        except WrongError as error:
            finding = Finding(f"{name}: {error}"[:100], str(error)[:200])
        except Exception as error:
            finding = raised(name, error)
        else:
            took = time.process_time() - began
            seconds += took
            if took <= limit:
                continue
            finding = Finding(f"{name} is slow", f"{took:.2f} CPU seconds for {len(content)} bytes")
        if finding.cause not in found and len(found) < _KEPT_OF_A_BATCH:
            found[finding.cause] = finding
            if out is not None:
                out.mkdir(parents=True, exist_ok=True)
                (out / f"{name}-{seed}-{number}-{n}.bin").write_bytes(content)
    return Outcome("batch", seconds, tuple(found.values()))


def reading(out: Path) -> Work:
    """What a process does: it reads batches; what it finds, and what it was at when it ended, is in the folder."""
    return partial(_read, out)


def _read(out: Path, share: Share, says: Connection, _: Path) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"at-{share.first % share.step}.bin"
    path.write_bytes(bytes(_MOST_BYTES + 16))
    learning = Learning()
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as at:
        for number in range(share.first, share.last, share.step):
            says.send(number)
            says.send(outcome(learning, share.seed, number, share.limit, at, out))
        says.send(Outcome(f"lines {len(learning.lines)}", 0.0, ()))
