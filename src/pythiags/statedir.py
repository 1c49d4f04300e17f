"""Where files live that outlast a run: what spilled, and dead letters."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["state_dir"]


def state_dir(kind: str) -> Path:
    """Give the folder for one kind of files; it need not exist.

    ``$PYTHIAGS_STATE_DIR``, or ``pythiags`` in ``$XDG_STATE_HOME``, or in ``~/.local/state``.

    Args:
        kind: The folder's name in there.
    """
    own = os.environ.get("PYTHIAGS_STATE_DIR")
    if own:
        return Path(own) / kind
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home) / "pythiags" / kind
