"""The options of ``pythiags run``, on their way to the script's processes: in their environment."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import Final

__all__ = ["VARIABLE", "Options", "options"]

VARIABLE: Final = "PYTHIAGS_RUN"


@dataclass(frozen=True)
class Options:
    """The options of a run.

    Args:
        deadline: When it is to end, as ``time.monotonic()`` counts in all processes; None: never.
        strict: Whether misuses of pyds are errors.
        record: The file for the metadata of its pipelines; None: none.
        process: The number of the script's own process, in which the others begin.
    """

    deadline: float | None = None
    strict: bool = False
    record: str | None = None
    process: int = 0

    def as_text(self) -> str:
        """Return them for the environment."""
        return json.dumps(asdict(self))


def options() -> Options | None:
    """Return the options of the run that this process belongs to; None: it belongs to none."""
    text = os.environ.get(VARIABLE)
    return Options(**json.loads(text)) if text else None
