"""How much memory this process may have. Nothing here knows what it is for."""

from __future__ import annotations

import os
import resource

SHARE = 0.8  # of the machine's


def bound_memory() -> None:
    """Nothing; from now on the kernel gives this process no more memory than a share of the machine's.

    Else a question that makes a text of gigabytes, which DuckDB's own limit does not count, would have the
    kernel end whatever it likes. What is asked for beyond that fails, and is told in one line. Files that are
    read through memory do not count.
    """
    most = int(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") * SHARE)
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    lowest = min(each for each in (most, soft, hard) if each != resource.RLIM_INFINITY)
    resource.setrlimit(resource.RLIMIT_DATA, (lowest, hard))
