"""One tool in a process of its own: reads pages when told to, and says what CPU time that took.

    python worker.py WAY PACKAGE FOLDER

It runs under the tool's own Python, so it needs nothing but the standard library and that tool. The first
line on stdout is {"version"} or {"unavailable"}. Then a line of JSON on stdin is one turn, {"pages":
[{"file", "url"} …], "keep"}, and a line on stdout its answer, {"cpu", "failed", "changed", "peak_kb",
"asked"}. With `keep` what was read goes to FOLDER/<way>.jsonl; `changed` counts the pages whose text came out
otherwise than the first time. Importing a tool and reading files are not timed. The network is closed; asking
for it is counted.
"""

from __future__ import annotations

import gc
import hashlib
import importlib
import json
import logging
import os
import resource
import socket
import sys
import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

Said = dict[str, Any]
Reader = Callable[[bytes, str], Said]
_BLOCKS = ("p", "div", "br", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "section", "tr")
_PATIENCE = 300  # CPU seconds for one turn: the slowest tool needs six
_asked: list[str] = []  # what a tool asked of the network, which it was not given


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if hasattr(moment, "isoformat") else moment or None


class _Prepared:
    """A reader in three steps, of which the middle one is timed: what comes in, the work, what came out."""

    def __init__(
        self, before: Callable[[bytes, str], Any], work: Callable[[Any], Any], after: Callable[[Any], Said]
    ) -> None:
        self.before, self.work, self.after = before, work, after

    def __call__(self, content: bytes, url: str) -> Said:
        return self.after(self.work(self.before(content, url)))


def _ours(name: str) -> Reader:
    module = importlib.import_module("crawlers.extract")
    items = importlib.import_module("crawlers.items")
    if not hasattr(module, name):
        raise ImportError(f"crawlers.extract has no {name}")
    way = getattr(module, name)
    fetched_at = datetime.now(UTC)  # a story later than its fetch would be disbelieved

    def capture(content: bytes, url: str) -> Any:
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        sent = (("Content-Type", "text/html; charset=utf-8"),)
        return items.Capture("urn:uuid:bench", url, fetched_at, 200, sent, content, digest)

    def told(result: Any) -> Said:
        article = getattr(result, "result", result)
        if isinstance(article, items.Rejection):
            raise TypeError(f"rejected: {article.reason.value}: {article.detail}")
        return {
            "text": article.body,
            "paragraphs": article.body.split("\n\n") if article.body else [],
            "title": article.title,
            "authors": list(article.authors),
            "section": article.section,
            "published_at": _iso(article.published_at),
            "updated_at": _iso(article.updated_at),
            "printed_on": _iso(article.printed_on),
        }

    return _Prepared(capture, way, told)


def ours() -> Reader:
    """Every field of an article, from a captured response."""
    return _ours("extract")


def ours_with_meter() -> Reader:
    """The same, and what the page says outside the story, for the rail meter; its answer has a `result`."""
    return _ours("read")


def _trafilatura(**options: Any) -> Reader:
    bare_extraction = importlib.import_module("trafilatura").bare_extraction

    def read(content: bytes, url: str) -> Said:
        page = bare_extraction(content, url=url, with_metadata=True, **options)
        if page is None:
            return {"text": ""}
        return {
            "text": "\n".join(filter(None, (page.text, page.comments))),
            "title": page.title,
            "authors": page.author.split("; ") if page.author else [],
            "published_at": page.date,
        }

    return read


def trafilatura() -> Reader:
    """Its defaults, but without comments: with them no page of this site is right."""
    return _trafilatura(include_comments=False)


def trafilatura_precision() -> Reader:
    """Its mode for less and surer text."""
    return _trafilatura(include_comments=False, favor_precision=True)


def trafilatura_fast() -> Reader:
    """Its mode without the other extractors it falls back to."""
    return _trafilatura(include_comments=False, fast=True)


def trafilatura_with_comments() -> Reader:
    """Its defaults as they are."""
    return _trafilatura()


def fundus() -> Reader:
    """Its parser with our rules for this site, all the fields it asks of a publisher."""
    sys.path.insert(0, str(Path(__file__).parent))
    parser = importlib.import_module("dawn_for_fundus").DawnParser()
    del sys.path[0]

    def read(content: bytes, _: str) -> Said:
        page = parser().parse(content.decode("utf-8", "replace"), error_handling="suppress")
        return {
            "text": str(page["body"] or ""),
            "title": page["title"],
            "authors": page["authors"],
            "published_at": _iso(page["publishing_date"]),
        }

    return read


def resiliparse() -> Reader:
    """Its plain text of the main content; of the fields it reads none."""
    plain_text = importlib.import_module("resiliparse.extract.html2text").extract_plain_text
    options = {"main_content": True, "alt_texts": False, "list_bullets": False, "comments": False}
    return lambda content, _: {"text": plain_text(content.decode("utf-8", "replace"), **options)}


def readability_lxml() -> Reader:
    """Its summary as text, a line for each block. Not its title, for which it parses the page once more."""
    document = importlib.import_module("readability").Document
    fragment = importlib.import_module("lxml.html").fromstring

    def read(content: bytes, _: str) -> Said:
        tree = fragment(document(content.decode("utf-8", "replace")).summary(html_partial=True))
        for node in tree.iter(*_BLOCKS):
            node.tail = "\n" + (node.tail or "")
        return {"text": tree.text_content()}

    return read


def newspaper4k() -> Reader:
    """Its article, without fetching pictures and without its language processing."""
    article = importlib.import_module("newspaper").Article

    def read(content: bytes, url: str) -> Said:
        page = article(url, fetch_images=False)
        page.download(input_html=content.decode("utf-8", "replace"))
        page.parse()
        return {
            "text": page.text,
            "title": page.title,
            "authors": list(page.authors),
            "published_at": _iso(page.publish_date),
        }

    return read


def news_please() -> Reader:
    """Its article, without fetching pictures."""
    from_html = importlib.import_module("newsplease").NewsPlease.from_html

    def read(content: bytes, url: str) -> Said:
        page = from_html(content.decode("utf-8", "replace"), url=url, fetch_images=False)
        return {
            "text": page.maintext or "",
            "title": page.title,
            "authors": list(page.authors or ()),
            "published_at": _iso(page.date_publish),
        }

    return read


def goose3() -> Reader:
    """Its article, without fetching pictures."""
    goose = importlib.import_module("goose3").Goose({"enable_image_fetching": False})

    def read(content: bytes, _: str) -> Said:
        page = goose.extract(raw_html=content.decode("utf-8", "replace"))
        return {
            "text": page.cleaned_text,
            "title": page.title,
            "authors": list(page.authors),
            "published_at": _iso(page.publish_datetime_utc),
        }

    return read


def _named(package: str) -> str:
    """The version of a tool; ours goes by its rules, whose name changes with each of them."""
    extract = sys.modules.get("crawlers.extract")
    return f"rules {extract.RULES}" if extract else version(package)


def _close_the_network() -> None:
    def refuse(*asked: Any, **_: Any) -> Any:
        _asked.append(repr(asked[-1])[:80])
        raise OSError("the network is closed in a benchmark")

    socket.getaddrinfo = refuse
    socket.socket.connect = refuse  # type: ignore[method-assign]
    socket.socket.connect_ex = refuse  # type: ignore[method-assign]


def _limit_the_turn() -> None:
    """Lets the kernel end this process after so much work. Not by the clock: a busy machine is no fault."""
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + _PATIENCE, hard))


def _peak_kb() -> int:
    """The most memory this process held. VmHWM: ru_maxrss counts what its parent held at the fork as well."""
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text("utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _timed(reader: Reader, content: bytes, url: str) -> tuple[float, Said]:
    """The CPU seconds of reading one page, and what was read; `failed` says what a tool raised."""
    prepared = reader if isinstance(reader, _Prepared) else None
    began = time.process_time()
    try:
        given = prepared.before(content, url) if prepared else None
        began = time.process_time()
        result: Any = prepared.work(given) if prepared else reader(content, url)
        seconds = time.process_time() - began
        return seconds, prepared.after(result) if prepared else result
    except Exception as error:  # a tool that raises has read nothing; the others go on
        return time.process_time() - began, {"text": "", "failed": f"{type(error).__name__}: {error}"[:200]}


WAYS: dict[str, Callable[[], Reader]] = {
    way.__name__: way
    for way in (
        ours,
        ours_with_meter,
        trafilatura,
        trafilatura_precision,
        trafilatura_fast,
        trafilatura_with_comments,
        fundus,
        resiliparse,
        readability_lxml,
        newspaper4k,
        news_please,
        goose3,
    )
}


def main(way: str, package: str, folder: Path) -> None:
    """Nothing; answers on stdout until stdin ends."""
    _limit_the_turn()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a tool prints is not an answer
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    _close_the_network()
    try:
        reader: Reader = WAYS[way]()
    except Exception as error:  # said in the tool's row
        print(json.dumps({"unavailable": f"{type(error).__name__}: {error}"[:200]}), file=answers, flush=True)
        return
    print(json.dumps({"version": _named(package)}), file=answers, flush=True)
    first: dict[str, int] = {}
    for line in sys.stdin:
        turn = json.loads(line)
        _limit_the_turn()
        seconds, failed, changed, kept = 0.0, 0, 0, []
        gc.collect()
        for page in turn["pages"]:
            took, said = _timed(reader, (folder / page["file"]).read_bytes(), page["url"])
            seconds += took
            failed += "failed" in said
            changed += first.setdefault(page["file"], hash(said["text"])) != hash(said["text"])
            kept.append({"file": page["file"], **said})
        if turn["keep"]:
            with (folder / f"{way}.jsonl").open("a", encoding="utf-8") as texts:
                texts.writelines(json.dumps(said, default=str) + "\n" for said in kept)
        counts = {"failed": failed, "changed": changed, "asked": len(_asked)}
        print(json.dumps({"cpu": seconds, "peak_kb": _peak_kb(), **counts}), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
