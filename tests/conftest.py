"""The order of the tests: what takes a quarter of an hour begins first, and two processes end together."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

LONG = 1000  # seconds that a test asks for, by its own `timeout`


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Nothing; the longest are the first, and all others are as they were."""
    items.sort(key=lambda item: not _is_long(item))


def _is_long(item: pytest.Item) -> bool:
    timeout = item.get_closest_marker("timeout")
    return timeout is not None and bool(timeout.args) and float(timeout.args[0]) > LONG


# Settings of whoever tests are nobody's: each test names its own.
os.environ["XDG_CONFIG_HOME"] = str(Path(__file__).parent / "no-settings")
for _name in [name for name in os.environ if name.startswith("DAWN_CONFIG")]:
    del os.environ[_name]
