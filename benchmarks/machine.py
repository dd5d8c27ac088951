"""The machine that figures were measured on, in words: nothing that names it, and no path of it."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.extract.report import machine as shortly

ROOT = Path(__file__).parents[1]
CODE = ("crawlers", "warehouse", "flows", "explore", "benchmarks", "pyproject.toml")
PACKAGES = ("duckdb", "scrapy", "trafilatura", "prefect", "tantivy", "selectolax")


def described(root: Path = ROOT) -> dict[str, str]:
    """Processor, cores and memory in one line, the disk, the kernel, and what of the stack is installed."""
    return {
        "machine": shortly(),
        "disk": _disk(root),
        "kernel": f"{platform.system()} {platform.release()}",
        "versions": ", ".join(filter(None, map(_installed, PACKAGES))),
        "load before": f"{os.getloadavg()[0]:.1f}",
    }


def commit(root: Path = ROOT) -> str:
    """The commit that is checked out, with "+" where the code differs from it; "" where there is no git.

    Documents do not count: a run writes them itself.
    """
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        return ""

    def said(*words: str) -> str:
        done = subprocess.run([git, "-C", str(root), *words], capture_output=True, text=True, check=False)
        return done.stdout.strip()

    changed = said("status", "--porcelain", "--untracked-files=no", "--", *CODE)
    return said("rev-parse", "--short=10", "HEAD") + ("+" if changed else "")


def _installed(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return ""


def _disk(root: Path) -> str:
    """The filesystem that a path lies on: its kind, its size, and of a disk whether it turns."""
    size = f"{shutil.disk_usage(root).total / 1e9:.0f} GB"
    mounts = Path("/proc/mounts")
    if not mounts.is_file():
        return size
    found = max(
        (line.split()[:3] for line in mounts.read_text("utf-8").splitlines()),
        key=lambda mount: len(mount[1]) if root.is_relative_to(mount[1]) else -1,
    )
    turns = Path("/sys/block") / Path(found[0]).name.rstrip("0123456789") / "queue/rotational"
    kind = {"0": "solid state", "1": "said to turn"}.get(
        turns.read_text("utf-8").strip() if turns.is_file() else "", ""
    )
    return ", ".join(filter(None, (found[2], size, kind)))
