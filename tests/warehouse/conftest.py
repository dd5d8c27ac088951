from __future__ import annotations

from pathlib import Path

import pytest

from tests.warehouse.paper import Paper


@pytest.fixture
def paper(tmp_path: Path) -> Paper:
    return Paper(tmp_path)
