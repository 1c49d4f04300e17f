"""The file of dead letters: events that nobody survives, with what is known of each.

One JSON document a line: ``time`` (ISO 8601, UTC), ``attachment``, ``attempts``, ``death`` (signal
or exit status of the last), ``stderr`` (the last lines it wrote), ``repr`` and ``pickle`` (base64)
of the event. ``pickle.loads(base64.b64decode(letter["pickle"]))`` gives it back.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import pickle
import re
import reprlib
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

from pythiags.statedir import state_dir

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["write_dead_letter"]

REPR: Final = 1000  # characters

logger = logging.getLogger(__name__)


def write_dead_letter(
    attachment: str, event: Any, attempts: int, death: str, stderr: Sequence[str]
) -> Path | None:
    """Append an event to the file of its attachment in this run.

    Returns:
        The file; None if it cannot be written, which is logged.
    """
    letter = {
        "time": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
        "attachment": attachment,
        "attempts": attempts,
        "death": death,
        "stderr": list(stderr),
        "repr": _repr(event),
        "pickle": base64.b64encode(pickle.dumps(event, 5)).decode(),
    }
    path = state_dir("dead-letters") / f"{_file_name(attachment)}-{os.getpid()}.jsonl"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(letter) + "\n")
    except OSError as error:
        logger.error("a dead letter of %r cannot be written: %s", attachment, error)  # noqa: TRY400
        return None
    return path


def _repr(event: Any) -> str:
    short = reprlib.Repr()
    short.maxstring = short.maxother = REPR
    try:
        return short.repr(event)[:REPR]
    except Exception as error:  # noqa: BLE001 (a __repr__ of the user's)
        return f"<no repr: {type(error).__name__}>"


def _file_name(attachment: str) -> str:
    """Make a name of a file of a name of any kind."""
    return re.sub(r"[^\w.-]+", "_", attachment)[:100].lstrip(".") or "attachment"
