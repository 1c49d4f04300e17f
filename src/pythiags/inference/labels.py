"""Label files: a class a line, as detectors' are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pythiags.errors import ConfigError
from pythiags.inference.keyfile import read_text

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_labels"]


def read_labels(path: Path, where: str, hint: str | None = None) -> tuple[str, ...]:
    """Read a detector's labels, in order of class id. Empty lines at the end do not count.

    Args:
        path: The file.
        where: What names it, for errors.
        hint: What to try where it cannot be read.

    Raises:
        ConfigError: The file cannot be read or holds no label.
    """
    labels = read_text(path, "label file", where, hint).rstrip().split("\n")
    if labels == [""]:
        raise ConfigError("the label file is empty", where=where, got=str(path))
    return tuple(label.strip() for label in labels)
