"""YAML configurations of nvinfer: groups of ``key: value``, read with the line of each value.

NVIDIA's files use no more of YAML than that: no lists, no nesting below a group. What they have is
read here to the same groups that a key file gives; anything else is an error with its line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pythiags.errors import ConfigError
from pythiags.inference.keyfile import Entry, Group, Repeated, read_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["read_yaml_groups"]

_LINE = re.compile(
    r"(?P<indent>[ \t]*)(?P<key>[^\s:#'\"\[\]{},&*!|>%@`-][^:#]*?)\s*:(?P<value>\s.*|)"
)
_COMMENT = re.compile(r"\s#.*$")
_ONLY_PLAIN = "groups with 'key: value' lines below them, indented by blanks"


def read_yaml_groups(
    path: Path, repeated: Repeated, ignored: Callable[[str, str], None] = lambda *_: None
) -> dict[str, Group]:
    """Read the groups of a YAML file. The last of several values for one key counts.

    Args:
        path: The file.
        repeated: Called for each key that is given again.
        ignored: Called with each key that is in no group, and its place; DeepStream ignores it.

    Raises:
        ConfigError: The file cannot be read, or has what is neither group, key nor comment.
    """
    groups: dict[str, Group] = {}
    group: Group | None = None
    for number, line in enumerate(read_text(path, "configuration file").split("\n"), start=1):
        where = f"{path}:{number}"
        if not line.strip() or line.lstrip().startswith("#") or _is_document_mark(line):
            continue
        found = _LINE.fullmatch(line.rstrip())
        if found is None or "\t" in found["indent"]:
            raise ConfigError(
                "the line is not a group, a key or a comment",
                where=where,
                expected=_ONLY_PLAIN,
                got=line.strip(),
                hint="YAML is indented by blanks, not by tabs" if "\t" in line else None,
            )
        value = _scalar(found["value"], where)
        if not found["indent"]:
            if value:
                ignored(found["key"], where)
            else:
                group = groups.setdefault(found["key"], {})
        elif group is None:
            raise ConfigError(
                "the key is before the first group", where=where, expected="property:", got=line
            )
        else:
            if found["key"] in group:
                repeated(found["key"], group[found["key"]], Entry(value, where))
            group[found["key"]] = Entry(value, where)
    return groups


def _is_document_mark(line: str) -> bool:
    return line.startswith(("%YAML", "---", "..."))


def _scalar(text: str, where: str) -> str:
    """Return a value without its quotes, or without the comment behind it."""
    text = text.strip()
    quoted = re.fullmatch(r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')\s*(#.*)?""", text)
    if quoted and quoted[1].startswith('"'):
        return re.sub(r"\\(.)", r"\1", quoted[1][1:-1])
    if quoted:
        return quoted[1][1:-1].replace("''", "'")
    if text.startswith("#"):
        return ""
    text = _COMMENT.sub("", text).rstrip()
    if text[:1] in {"[", "{", "&", "*", "|", ">", "!", '"', "'"}:
        raise ConfigError(
            "the value is more than nvinfer's files have",
            where=where,
            expected="one value; several in one are separated by semicolons, such as 3;416;416",
            got=text,
        )
    return text
