"""What the extractor of the soak counts with; it is not loaded anew when that is."""

from __future__ import annotations

import itertools
from pathlib import Path

__all__ = ["flagged", "next_number"]

_numbers = itertools.count()


def next_number() -> int:
    """Return the number of the next event: 0, 1, 2 …."""
    return next(_numbers)


def flagged(folder: str | Path, name: str) -> bool:
    """Whether a fault is asked for; it is asked for once."""
    try:
        Path(folder, name).unlink()
    except FileNotFoundError:
        return False
    return True
