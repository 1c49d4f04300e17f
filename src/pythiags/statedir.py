"""Folders: where files live that outlast a run, spilled events and dead letters; where we are."""

from __future__ import annotations

import os
import time
from pathlib import Path

from pythiags.errors import ConfigError

__all__ = ["age_of", "current_folder", "make_private", "state_dir"]

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"))


def state_dir(kind: str) -> Path:
    """Return the folder for one kind of files; it need not exist.

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


def current_folder() -> Path | None:
    """Return the current directory; None if it was deleted."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return None


def age_of(path: Path) -> str:
    """Return how long ago a file was written last, in the largest unit that fits: ``"3 h"``.

    Raises:
        OSError: There is no such file.
    """
    seconds = max(0.0, time.time() - path.stat().st_mtime)
    for length, unit in _UNITS:
        if seconds >= length:
            return f"{seconds // length:.0f} {unit}"
    return f"{seconds:.0f} s"


def make_private(folder: Path) -> None:
    """Create a folder that only its owner may enter, and its missing parents likewise.

    One that exists stays as it is.

    Raises:
        OSError: It cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except FileNotFoundError:
        make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError as error:  # a number without a name, as in a container
        raise ConfigError(
            "no home folder for files that are kept after a run",
            hint="set PYTHIAGS_STATE_DIR to a writable folder",
        ) from error
