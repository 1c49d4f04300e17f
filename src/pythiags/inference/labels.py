"""Label files: a line a class, or for classifiers a line an attribute, with its values in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pythiags.errors import ConfigError
from pythiags.inference.keyfile import read_text

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Labels", "read_labels"]

Labels = tuple[tuple[str, ...], ...]
"""The words of each line. A detector's class is the first word of its line."""


def read_labels(path: Path, where: str, hint: str | None = None) -> Labels:
    """Read a label file. Empty lines do not count; semicolons separate the words of a line.

    Args:
        path: The file.
        where: What names it, for errors.
        hint: What to try where it cannot be read.

    Raises:
        ConfigError: The file cannot be read or holds no label.
    """
    lines = [
        line for line in read_text(path, "label file", where, hint).split("\n") if line.strip()
    ]
    if not lines:
        raise ConfigError("the label file is empty", where=where, got=str(path))
    return tuple(tuple(word.strip() for word in line.split(";")) for line in lines)
