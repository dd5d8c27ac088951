"""What requirements.lock pins, looked up among the vulnerabilities that are known: `make audit`.

Exit 0 where none is known, or where the list cannot be asked: then the one line says so and why. Exit 1 and a
line for each that is known. pip-audit asks OSV, package by package, by name and version.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).resolve().parents[1] / "requirements.lock"

ACCEPTED: dict[str, str] = {}
"""Vulnerabilities that do not concern us, by id, and why not: none."""

UNREACHABLE = ("ConnectionError", "ConnectTimeout", "ReadTimeout", "ServiceError", "ProxyError", "SSLError")


def main(arguments: list[str]) -> int:
    """The exit status. The first argument is another file than requirements.lock, the second another OSV."""
    lock = arguments[0] if arguments else str(LOCK)
    words = [sys.executable, "-m", "pip_audit", "--requirement", lock, "--disable-pip", "--require-hashes"]
    words += [
        "--vulnerability-service",
        "osv",
        "--timeout",
        "10",
        "--progress-spinner",
        "off",
        "--format",
        "json",
    ]
    if len(arguments) > 1:
        words += ["--osv-url", arguments[1]]
    for known in ACCEPTED:
        words += ["--ignore-vuln", known]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    try:
        found = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        if any(word in done.stderr for word in UNREACHABLE):
            _say(f"skipped: the list of known vulnerabilities cannot be asked ({last[:200]})")
            return 0
        _say(f"the audit could not be made: {last}")
        return 1
    unknown = [one["name"] for one in found if "skip_reason" in one]
    for one in found:
        for vulnerability in one.get("vulns", ()):
            mended = ", ".join(vulnerability["fix_versions"]) or "no version yet"
            _say(f"{one['name']} {one['version']}: {vulnerability['id']}, mended in {mended}")
    known = sum(len(one.get("vulns", ())) for one in found)
    _say(
        f"{len(found)} packages, {known} known vulnerabilities"
        + (f"; not looked up: {unknown}" if unknown else "")
    )
    return 1 if known or unknown else 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
