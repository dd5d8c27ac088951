from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.warehouse.paper import Paper


@pytest.fixture
def paper(tmp_path: Path) -> Paper:
    return Paper(tmp_path)


@pytest.fixture(autouse=True)
def _one_thread(request: pytest.FixtureRequest) -> Iterator[None]:
    """A quick test's DuckDB has one thread: more cost a quarter more here. Slow tests have all."""
    if request.node.get_closest_marker("slow"):
        yield
        return
    connect = duckdb.connect

    def with_one(*words: Any, config: dict[str, Any] | None = None, **more: Any) -> duckdb.DuckDBPyConnection:
        return connect(*words, config={"threads": 1} | (config or {}), **more)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(duckdb, "connect", with_one)
        yield
