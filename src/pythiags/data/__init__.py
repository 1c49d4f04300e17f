"""Files that come with pythiags: a detector, its labels and configuration, a sample video."""

from __future__ import annotations

from pathlib import Path

__all__ = ["names", "path"]

_FOLDER = Path(__file__).parent


def names() -> list[str]:
    """Return the names of the files, in alphabetical order."""
    return sorted(file.name for file in _FOLDER.iterdir() if file.is_file() and _is_data(file))


def path(name: str) -> Path:
    """Return the path of one of the files.

    Raises:
        FileNotFoundError: There is no such file; the message lists the available ones.
    """
    if name not in names():
        raise FileNotFoundError(
            f"pythiags has no data file {name!r}; available: {', '.join(names())}"
        )
    return _FOLDER / name


def _is_data(file: Path) -> bool:
    return file.suffix not in {".py", ".pyc"}
