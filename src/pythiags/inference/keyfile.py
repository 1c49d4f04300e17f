"""Key files: ``[group]``, ``key=value`` and ``#`` comments, each value with its line."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pythiags.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Entry", "Group", "is_file", "read_groups", "read_text"]


class Entry(NamedTuple):
    """A value as text, and the place that it comes from."""

    text: str
    where: str


Group = dict[str, Entry]


def is_file(path: Path) -> bool:
    """Tell whether there is a file, also of names that no file can have."""
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long, or with a NUL in it
        return False


def read_text(path: Path, what: str, where: str | None = None) -> str:
    """Read a text file, with an error that tells what it is for.

    Raises:
        ConfigError: It cannot be read, or is not UTF-8 text.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as problem:
        raise ConfigError(
            f"the {what} is not UTF-8 text (byte {problem.start})",
            where=where or str(path),
            got=str(path),
        ) from None
    except (OSError, ValueError) as problem:  # ValueError: a NUL in the name
        raise ConfigError(
            f"the {what} cannot be read: {getattr(problem, 'strerror', problem)}",
            where=where or str(path),
            got=str(path),
        ) from None


def read_groups(path: Path) -> dict[str, Group]:
    """Read a key file. The last of several values for one key counts.

    Raises:
        ConfigError: The file cannot be read, or a line is neither group, key nor comment.
    """
    if path.suffix.lower() in {".yml", ".yaml"}:
        raise ConfigError(
            "YAML configurations are not read yet",
            where=str(path),
            expected="the key file form: [property], then key=value lines",
            hint="write 'property:' as '[property]' and 'key: value' as 'key=value'",
        )
    groups: dict[str, Group] = {}
    group: Group | None = None
    for number, line in enumerate(read_text(path, "configuration file").splitlines(), start=1):
        text, where = line.strip(), f"{path}:{number}"
        if not text or text.startswith(("#", ";")):
            continue
        key, equals, value = text.partition("=")
        if text.startswith("[") and text.endswith("]"):
            group = groups.setdefault(text[1:-1].strip(), {})
        elif not equals or not key.strip():
            raise ConfigError(
                "the line is no key", where=where, expected="key=value or [group]", got=text
            )
        elif group is None:
            raise ConfigError(
                "the key stands before any group", where=where, expected="[property]", got=text
            )
        else:
            group[key.strip()] = Entry(value.strip(), where)
    return groups
