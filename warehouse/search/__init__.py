"""Full-text search over current and past texts: `search(data, "flood relief")`.

`search` asks, `keep_up` brings the index up to date; README and docs/design.md say how questions are written.
"""

from warehouse.search.find import Hit, search
from warehouse.search.index import Indexed, keep_up

__all__ = ["Hit", "Indexed", "keep_up", "search"]
