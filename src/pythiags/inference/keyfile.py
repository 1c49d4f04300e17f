"""Key files: ``[group]`` and ``key=value`` lines, read as GLib's GKeyFile reads them.

DeepStream reads its configuration with GKeyFile, so a file means here what it means there. Two of
its rules surprise: a ``#`` begins a comment at the start of a line only, and an integer ends at
the first blank, so ``cluster-mode=4   # no NMS`` is 4, while ``nms-iou-threshold=0.5  # low`` is an
error.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from pythiags import textfile
from pythiags.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "Entry",
    "Group",
    "Repeated",
    "boolean",
    "comment_hint",
    "double",
    "integer",
    "read_groups",
    "read_text",
    "split",
    "string",
]

BLANKS = " \t\n\f\r"  # of g_ascii_isspace(), which takes no vertical tab for one


class Entry(NamedTuple):
    """A value as text, and the place that it comes from."""

    text: str
    where: str


Group = dict[str, Entry]

Repeated = Callable[[str, Entry, Entry], None]
"""Called with a key that is given again: its first entry, and the later one."""


def read_text(path: Path, what: str, where: str | None = None, hint: str | None = None) -> str:
    """Read a text file, with an error that names its purpose.

    Raises:
        ConfigError: It cannot be read, is not a regular file, or is not UTF-8 text.
    """
    try:
        return textfile.read_text(path)
    except UnicodeDecodeError as problem:
        raise ConfigError(
            f"the {what} is not UTF-8 text (byte {problem.start})",
            where=where or str(path),
            got=str(path),
            hint="if it is another kind of file, name the right one; if it is text of another "
            "encoding, save it as UTF-8",
        ) from None
    except (OSError, ValueError) as problem:  # ValueError: a NUL in the name
        raise ConfigError(
            f"the {what} cannot be read: {getattr(problem, 'strerror', problem)}",
            where=where or str(path),
            got=str(path),
            hint=hint,
        ) from None


def read_groups(path: Path, repeated: Repeated = lambda *_: None) -> dict[str, Group]:
    """Read a key file. The last of several values for one key counts.

    Args:
        path: The file.
        repeated: Called for each key that is given again.

    Raises:
        ConfigError: The file cannot be read, or a line is neither group, key nor comment.
    """
    groups: dict[str, Group] = {}
    group: Group | None = None
    for number, line in enumerate(read_text(path, "configuration file").split("\n"), start=1):
        text, where = line.lstrip(BLANKS), f"{path}:{number}"
        if not text or text.startswith("#"):
            continue
        header = re.fullmatch(r"\[([^][]+)\][ \t]*", text)
        key, equals, value = text.partition("=")
        if header:
            group = groups.setdefault(header[1], {})
        elif not equals or not _KEY.fullmatch(key.rstrip(BLANKS)):
            raise ConfigError(
                "the line is not a group, a key or a comment",
                where=where,
                expected="[group], key=value or # comment",
                got=text,
                hint=_line_hint(text),
            )
        elif group is None:
            raise ConfigError(
                "the key is before the first group", where=where, expected="[property]", got=text
            )
        else:
            name, entry = key.rstrip(BLANKS), Entry(value.lstrip(BLANKS), where)
            if name in group:
                repeated(name, group[name], entry)
            group[name] = entry
    return groups


_KEY = re.compile(r"[^][]+(\[[\w.@-]*\])?")  # brackets hold the language of a translated value


def _line_hint(text: str) -> str:
    if text.startswith((";", "//")):
        return "comments start with #"
    if text.startswith("["):
        return "a group must be alone on its line: move the comment to its own line"
    return "write key=value, or # before a comment"


def comment_hint(text: str) -> str | None:
    """Return what to do where a value seems to end in a comment, or in blanks."""
    if "#" in text:
        return "move the comment to its own line: the value extends to the end of the line"
    return "remove the spaces after the value" if text != text.rstrip(BLANKS) else None


# ---- values: each raises ValueError for text that GKeyFile does not take either


def integer(text: str) -> int:
    """Read an integer of 32 bits, which ends at the first blank."""
    found = re.match(r"\s*([+-]?[0-9]{1,18})(?=[ \t\n\f\r]|\Z)", text, re.ASCII)
    if found is None or not -(2**31) <= int(found[1]) < 2**31:
        raise ValueError(text)
    return int(found[1])


def double(text: str) -> float:
    """Read a number, to the end of the text."""
    if re.fullmatch(r"\s*[+-]?0x([0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(p[+-]?\d+)?", text, _C):
        return float.fromhex(text)
    if re.fullmatch(r"\s*[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf(inity)?|nan)", text, _C):
        return float(text)
    raise ValueError(text)


_C = re.ASCII | re.IGNORECASE


def boolean(text: str) -> bool:
    """Read true, false, 1 or 0, spelled just so."""
    values = {"true": True, "1": True, "false": False, "0": False}
    if text.rstrip(BLANKS) not in values:
        raise ValueError(text)
    return values[text.rstrip(BLANKS)]


_ESCAPES = {"s": " ", "n": "\n", "t": "\t", "r": "\r", "\\": "\\"}


def string(text: str, separator: str = "") -> str:
    r"""Read text in which ``\s``, ``\n``, ``\t``, ``\r`` and ``\\`` stand for characters."""

    def character(found: re.Match[str]) -> str:
        if separator and found[1] == separator:
            return separator
        if found[1] not in _ESCAPES:
            raise ValueError(text)
        return _ESCAPES[found[1]]

    return re.sub(r"\\(.?)", character, text, flags=re.DOTALL)


def split(text: str) -> list[str]:
    r"""Read a list with semicolons between, and maybe after the last; ``\;`` is a semicolon."""
    parts = re.findall(r"((?:\\.|[^;\\])*\\?)(?:;|\Z)", text, flags=re.DOTALL)
    return [string(part, ";") for part in (parts[:-1] if not parts[-1] else parts)]
