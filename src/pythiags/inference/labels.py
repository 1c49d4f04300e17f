"""Label files: a line a class, or for classifiers a line an attribute, with its values in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pythiags.errors import ConfigError
from pythiags.inference.keyfile import read_text
from pythiags.suggest import did_you_mean

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
        hint: What to try where it cannot be read; None: another path.

    Raises:
        ConfigError: The file cannot be read or holds no label.
    """
    text = read_text(path, "label file", f"{where}: labelfile-path", hint or _other_path(path))
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines:
        raise ConfigError(
            "the label file is empty",
            where=f"{where}: labelfile-path",
            got=str(path),
            hint="write the name of a class into each line, or remove labelfile-path",
        )
    return tuple(tuple(word.strip() for word in line.split(";")) for line in lines)


def _other_path(path: Path) -> str:
    hint = "correct the path, which is relative to the folder of the configuration file"
    try:
        meant = did_you_mean(path.name, [each.name for each in path.parent.iterdir()])
    except (OSError, ValueError):  # no such folder, or a NUL in the name
        meant = None
    return f"did you mean {str(path.parent / meant)!r}? Else {hint}" if meant else hint
