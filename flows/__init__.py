"""When, and in what order: the command, the stages, the flows.

Which site this process works for is settled here, before anything else is imported.
"""

from __future__ import annotations

import os
import sys

from crawlers.facts import NAMED_BY, SiteFileError

try:
    from crawlers.site import SITE_FILE
except SiteFileError as error:
    sys.stderr.write(f"dawn: {error}\n")  # no command can do without, and not even say what it is for
    raise SystemExit(2) from None

if os.environ.get(NAMED_BY):
    os.environ[NAMED_BY] = str(SITE_FILE)  # a child may stand in another folder
