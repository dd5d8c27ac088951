"""From evidence to answers: DuckDB, its SQL, and the published file.

For notebooks and programs: `archive = warehouse.open("data")`, then `archive.articles.df()`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from warehouse.archive import Archive
    from warehouse.archive import opened as open  # noqa: A004  # as in `gzip.open`

__all__ = ["Archive", "open"]

_OFFERED = {"Archive": "Archive", "open": "opened"}


def __getattr__(name: str) -> Any:
    """What the module offers, imported when it is first asked for: DuckDB takes its time."""
    if name in _OFFERED:
        from warehouse import archive

        return getattr(archive, _OFFERED[name])
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """What a notebook completes, before anything of it is imported."""
    return sorted({*globals(), *__all__})
