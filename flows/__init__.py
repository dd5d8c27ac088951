"""When, and in what order: the command, the stages, the flows.

Which site this process works for is settled here, before anything else is imported.
"""

from __future__ import annotations

import sys

from crawlers.facts import SiteFileError
from flows.settings_file import settle_site_file

settle_site_file()
try:
    import crawlers.site  # noqa: F401
except SiteFileError as error:
    sys.stderr.write(f"dawn: {error}\n")  # no command can do without, and not even say what it is for
    raise SystemExit(2) from None
