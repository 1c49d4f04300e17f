"""The words of options, for those who need no more: nothing is imported with them."""

from __future__ import annotations

from typing import Final

__all__ = ["CARRIED"]

#: The carriers of metadata that a recording can be played on.
CARRIED: Final = ("portable", "deepstream", "analytics", "regions")
