"""The bounds of a channel and what happens when they are reached: words and defaults.

Apart from the channel, so that what only names them need not load it.
"""

from __future__ import annotations

from typing import Final, Literal

__all__ = ["ON_FULL", "QUEUE_BYTES", "QUEUE_SIZE", "SPILL_BYTES", "Leftovers", "OnFull"]

OnFull = Literal["spill", "block", "drop-oldest", "drop-newest", "latest"]
Leftovers = Literal["offer", "deliver", "discard"]

ON_FULL: Final = "spill"
QUEUE_SIZE: Final = 1000
QUEUE_BYTES: Final = 64 << 20
SPILL_BYTES: Final = 1 << 30
