"""Where files live that outlast a run: what spilled, and dead letters."""

from __future__ import annotations

import os
from pathlib import Path

from pythiags.errors import ConfigError

__all__ = ["state_dir"]


def state_dir(kind: str) -> Path:
    """Give the folder for one kind of files; it need not exist.

    ``$PYTHIAGS_STATE_DIR``, or ``pythiags`` in ``$XDG_STATE_HOME``, or in ``~/.local/state``.

    Args:
        kind: The folder's name in there.

    Raises:
        ConfigError: Whoever runs this has no home.
    """
    own = os.environ.get("PYTHIAGS_STATE_DIR")
    if own:
        return Path(own) / kind
    home = os.environ.get("XDG_STATE_HOME")
    return (Path(home) if home else _home() / ".local" / "state") / "pythiags" / kind


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError as error:  # a number without a name, as in a container
        raise ConfigError(
            "there is no home folder for files that outlast a run",
            hint="set PYTHIAGS_STATE_DIR to a folder that can be written",
        ) from error
