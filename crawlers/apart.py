"""Extracts made in a process apart, for those whose own main thread is not free: workers of Dask.

A page's time is kept by signals, which reach a process's main thread alone (`crawlers.limit`). The process
stays for the next call, so that the parsers are loaded once; it ends with the one that started it.
Run as `python -m crawlers.apart` it reads one request a line and answers each in a line.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from crawlers.packs import Segment
from crawlers.reading import Tally
from crawlers.workers import WorkerLostError

COMMAND = (sys.executable, "-m", "crawlers.apart")

_OWN = threading.local()


def extract_apart(segments: Sequence[Segment], folder: Path, site: str) -> list[tuple[Path, Tally]]:
    """The extracts of these runs, in their order, and what of each could not be read.

    Each thread that calls has a process of its own. Raises WorkerLostError where that one ended in the middle
    of it, and OSError for what it raised itself.
    """
    asked = {
        "runs": [[str(one.path), one.run, one.start, one.end] for one in segments],
        "folder": str(folder),
        "site": site,
    }
    process = _process()
    assert process.stdin and process.stdout
    try:
        process.stdin.write(json.dumps(asked).encode() + b"\n")
        process.stdin.flush()
        line = process.stdout.readline()
    except OSError:
        line = b""
    if not line:
        _OWN.process = None
        process.kill()
        names = ", ".join(one.run for one in segments[:3])
        raise WorkerLostError(f"{names}: the process that read it ended with code {process.wait()}")
    said = json.loads(line)
    if "error" in said:
        raise OSError(None, said["error"])
    return [(Path(path), Tally(**tally)) for path, tally in said["made"]]


def _process() -> subprocess.Popen[bytes]:
    """This thread's process; a new one where there is none, or it has ended."""
    process: subprocess.Popen[bytes] | None = getattr(_OWN, "process", None)
    if process is None or process.poll() is not None:
        process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        _OWN.process = process
    return process


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    from crawlers.extracted import extract_archive

    made = []
    for path, run, start, end in asked["runs"]:
        segment = Segment(Path(path), run, start, end)
        extract, tally = extract_archive(segment, Path(asked["folder"]), run, asked["site"])
        made.append((str(extract), asdict(tally)))
    return {"made": made}


def main() -> None:
    """Nothing; answers until nobody asks any more: the other end of the pipe goes with its process."""
    answers = sys.stdout.buffer
    sys.stdout = sys.stderr  # what a parser prints is no answer
    for line in sys.stdin.buffer:
        try:
            said = _answer(json.loads(line))
        except OSError as error:
            said = {"error": f"{error.filename or ''} {error.strerror or error}".strip()}
        answers.write(json.dumps(said).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    main()
