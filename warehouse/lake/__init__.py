"""The tables as a lake: DuckLake, its catalog in PostgreSQL and its rows as Parquet on object storage.

One loader sends what it published, many read. Optional: `pip install 'dawn-as-a-table[lake]'`.
"""

from warehouse.lake.address import Lake, LakeAddressError
from warehouse.lake.bringing import restore
from warehouse.lake.comparing import Compared, compared
from warehouse.lake.sending import Sent, behind, send
from warehouse.lake.tidying import tidy

__all__ = [
    "Compared",
    "Lake",
    "LakeAddressError",
    "Sent",
    "behind",
    "compared",
    "restore",
    "send",
    "tidy",
]
