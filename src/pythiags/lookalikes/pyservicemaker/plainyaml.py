"""YAML as the files of pipelines and sources are written: mappings, lists, and plain values.

What it lacks is refused with its line: anchors, tags, texts of several lines.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NoReturn

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["load_yaml", "parse_yaml"]

_KEY: Final = re.compile(
    r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s"'\[\]{},#&*!|>%@`-][^#]*?|-[^\s#][^#]*?)\s*:(?=\s|$)"""
)
_QUOTED: Final = re.compile(r""""((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)'""")
_INTEGER: Final = re.compile(r"[-+]?(0|[1-9][0-9_]*)")
_HEX: Final = re.compile(r"0x[0-9a-fA-F]+")
_OCTAL: Final = re.compile(r"0[0-7]+")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+][0-9]+)?")
_WORDS: Final = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"), False),
}
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}
_MORE_THAN_PLAIN: Final = "&*!|>%@`"


def load_yaml(path: Path) -> Any:
    """Read a file.

    Raises:
        OSError: It cannot be read.
        ValueError: It has what is not read here, or is no YAML.
    """
    return parse_yaml(path.read_text(encoding="utf-8"), str(path))


def parse_yaml(text: str, where: str = "YAML") -> Any:
    """Read a text.

    Args:
        text: One document.
        where: What it comes from, for errors.

    Raises:
        ValueError: It has what is not read here, or is no YAML.
    """
    lines = [
        _Line(number, line, where)
        for number, line in enumerate(text.split("\n"), start=1)
        if line.strip() and not line.lstrip().startswith("#") and not _is_mark(line)
    ]
    reader = _Reader(lines)
    found = reader.block(lines[0].indent) if lines else None
    if reader.left:
        reader.left[0].refuse("the line is indented unlike those before it")
    return found


def _is_mark(line: str) -> bool:
    return line.startswith("%YAML") or line.rstrip() in {"---", "..."}


class _Line:
    """A line with something on it."""

    def __init__(self, number: int, text: str, where: str) -> None:
        self.number, self.where = number, where
        self.content = text.strip(" \r")
        self.indent = len(text) - len(text.lstrip(" "))
        if self.content.startswith("\t"):
            self.refuse("YAML is indented by blanks, not by tabs")

    def refuse(self, why: str) -> NoReturn:
        raise ValueError(f"{self.where}:{self.number}: {why}: {self.content!r}")


class _Reader:
    def __init__(self, lines: list[_Line]) -> None:
        self.left = lines

    def _next(self, indent: int) -> _Line | None:
        """The next line if it is of a block of this indentation."""
        return self.left[0] if self.left and self.left[0].indent == indent else None

    def block(self, indent: int) -> Any:
        """Read what is indented so far: a list, a mapping or a value."""
        line = self.left[0]
        if _is_item(line.content):
            return self._list(indent)
        if _KEY.match(line.content):
            return self._mapping(indent)
        return self._value(self.left.pop(0))

    def _list(self, indent: int) -> list[Any]:
        items = []
        while (line := self._next(indent)) is not None and _is_item(line.content):
            rest = line.content[1:].lstrip(" ")
            if not rest or rest.startswith("#"):
                self.left.pop(0)
                items.append(self._below(indent))
                continue
            # What follows the dash is a block whose indentation is where it stands.
            line.indent += len(line.content) - len(rest)
            line.content = rest
            items.append(self.block(line.indent))
        return items

    def _mapping(self, indent: int) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        while (line := self._next(indent)) is not None:
            key = _KEY.match(line.content)
            if key is None:
                line.refuse("expected 'key: value'")
            self.left.pop(0)
            name = _scalar(key[1], line)
            line.content = line.content[key.end() :].strip()
            if not line.content or line.content.startswith("#"):
                found[name] = self._below(indent, lists=True)
            else:
                found[name] = self._value(line)
        return found

    def _below(self, indent: int, *, lists: bool = False) -> Any:
        """Read what is indented more; a list below a key need not be."""
        if self.left and self.left[0].indent > indent:
            return self.block(self.left[0].indent)
        if lists and self._next(indent) is not None and _is_item(self.left[0].content):
            return self._list(indent)
        return None

    def _value(self, line: _Line) -> Any:
        """Read a value on one line; lists and mappings in brackets may go on below it."""
        while line.content[:1] in {"[", "{"} and not _is_closed(line.content) and self.left:
            line.content += " " + _without_comment(self.left.pop(0).content)
        value, rest = _flow(line.content, line)
        if rest and not rest.startswith("#"):
            line.refuse("there is something behind the value")
        return value


def _is_item(content: str) -> bool:
    return content == "-" or content.startswith("- ")


def _is_closed(content: str) -> bool:
    plain = _QUOTED.sub("", _without_comment(content))
    return all(plain.count(a) <= plain.count(b) for a, b in ("[]", "{}"))


def _without_comment(content: str) -> str:
    return re.sub(r"(^|\s)#.*$", "", content)


def _flow(text: str, line: _Line) -> tuple[Any, str]:
    """Read a value, and return what is behind it."""
    text = text.lstrip()
    if text[:1] == "[":
        return _flow_list(text[1:], line)
    if text[:1] == "{":
        return _flow_mapping(text[1:], line)
    quoted = _QUOTED.match(text)
    if quoted:
        return _scalar(quoted[0], line), text[quoted.end() :].lstrip()
    return _scalar(_without_comment(text).rstrip(), line), ""


def _part(text: str, closing: str, line: _Line) -> tuple[Any, str]:
    """Read a value in brackets, up to a comma or the closing one."""
    if text[:1] in {"[", "{", '"', "'"}:
        value, rest = _flow(text, line)
        return value, rest.lstrip()
    end = re.search(rf"[,{re.escape(closing)}]", text)
    if end is None:
        line.refuse(f"the closing {closing} is missing")
    return _scalar(text[: end.start()].strip(), line), text[end.start() :]


def _flow_list(text: str, line: _Line) -> tuple[list[Any], str]:
    items: list[Any] = []
    text = text.lstrip()
    while not text.startswith("]"):
        value, text = _part(text, "]", line)
        items.append(value)
        text = _after(text, "]", line)
    return items, text[1:].lstrip()


def _flow_mapping(text: str, line: _Line) -> tuple[dict[Any, Any], str]:
    found: dict[Any, Any] = {}
    text = text.lstrip()
    while not text.startswith("}"):
        key = _KEY.match(text)
        if key is None:
            line.refuse("expected 'key: value' in {}")
        value, text = _part(text[key.end() :].lstrip(), "}", line)
        found[_scalar(key[1], line)] = value
        text = _after(text, "}", line)
    return found, text[1:].lstrip()


def _after(text: str, closing: str, line: _Line) -> str:
    """What is behind a comma, or the closing bracket itself."""
    if text.startswith(","):
        return text[1:].lstrip()
    if not text.startswith(closing):
        line.refuse(f"the closing {closing} is missing")
    return text


def _scalar(text: str, line: _Line) -> Any:
    quoted = _QUOTED.fullmatch(text)
    if quoted is not None and quoted[2] is not None:
        return quoted[2].replace("''", "'")
    if quoted is not None:
        return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), quoted[1])
    if text and text[0] in _MORE_THAN_PLAIN + "'\"":
        line.refuse("anchors, tags, and texts of several lines are not read here")
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _HEX.fullmatch(text) or _OCTAL.fullmatch(text):
        return int(text, 16 if text[1] == "x" else 8)
    return float(text) if _FLOAT.fullmatch(text) else text
