"""The text format of protocol buffers: messages, fields and lists, with the place of each value.

Triton and nvinferserver are configured in it. Nothing is known of the messages here: what their
fields are is up to whoever reads the tree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pythiags.errors import ConfigError
from pythiags.inference.keyfile import read_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Message", "Scalar", "read_prototext"]

DEEPEST: Final = 64
"""Messages within messages: far more than any configuration has."""

_TOKEN = re.compile(
    r"""
    (?P<blank>\s+|\#[^\n]*)
    | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    | (?P<word>[A-Za-z_][\w.]*)
    | (?P<number>[-+]?(?:\d[\w.]*(?:(?<=[eE])[-+]\d+)?|\.\d[\w.]*))
    | (?P<mark>[][{}<>:,;])
    """,
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|[xX]([0-9A-Fa-f]{1,2})|(.))", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_CLOSING: Final = {"{": "}", "<": ">"}
FIELDS: Final = "fields such as name: value, or name { ... }"


@dataclass(frozen=True)
class Scalar:
    """A number, a word or a text, and where it stands."""

    text: str
    where: str
    quoted: bool = False


@dataclass
class Message:
    """The values of a message's fields, each a list as a field may be repeated."""

    where: str
    fields: dict[str, list[Scalar | Message]] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    """Where each field was first named."""

    def add(self, name: str, value: Scalar | Message, where: str) -> None:
        """Append a value of a field."""
        self.fields.setdefault(name, []).append(value)
        self.places.setdefault(name, where)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    line: int


class _Reader:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.tokens = list(_tokens(read_text(path, "configuration file")))
        self.at = 0

    def where(self, token: _Token) -> str:
        return f"{self.path}:{token.line}"

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def take(self, *marks: str) -> _Token | None:
        """Take the next token if it is one of the marks."""
        token = self.next
        if token.kind == "mark" and token.text in marks:
            self.at += 1
            return token
        return None

    def fail(self, expected: str) -> ConfigError:
        token = self.next
        return ConfigError(
            "the file is not in the text format of protocol buffers",
            where=self.where(token),
            expected=FIELDS if token.kind == "unreadable" else expected,
            got=token.text or "the end of the file",
        )

    def message(self, message: Message, closing: str, depth: int = 0) -> Message:
        if depth > DEEPEST:
            raise self.fail(f"at most {DEEPEST} messages within each other")
        while (token := self.next).kind != "end":
            if closing and self.take(closing):
                return message
            if token.kind != "word":
                raise self.fail("the name of a field" + (f", or {closing}" if closing else ""))
            self.at += 1
            self.field(message, token, depth)
            self.take(",", ";")
        if closing:
            raise self.fail(closing)
        return message

    def field(self, message: Message, name: _Token, depth: int) -> None:
        where = self.where(name)
        colon = self.take(":")
        if self.take("["):
            if not self.take("]"):
                message.add(name.text, self.value(depth), where)
                while self.take(","):
                    message.add(name.text, self.value(depth), where)
                if not self.take("]"):
                    raise self.fail("] or ,")
            return
        if not colon and not (self.next.kind == "mark" and self.next.text in _CLOSING):
            raise self.fail(f"':' or '{{' after {name.text}")
        message.add(name.text, self.value(depth), where)

    def value(self, depth: int) -> Scalar | Message:
        token = self.next
        opening = self.take(*_CLOSING)
        if opening:
            return self.message(Message(self.where(opening)), _CLOSING[opening.text], depth + 1)
        if token.kind not in {"text", "word", "number"}:
            raise self.fail("a value")
        self.at += 1
        if token.kind != "text":
            return Scalar(token.text, self.where(token))
        parts = [_unquoted(token.text)]
        while self.next.kind == "text":  # texts that follow each other are one
            parts.append(_unquoted(self.next.text))
            self.at += 1
        return Scalar("".join(parts), self.where(token), quoted=True)


def _tokens(text: str) -> Iterator[_Token]:
    at, line = 0, 1
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            yield _Token("unreadable", text[at : at + 20].partition("\n")[0], line)
            return
        if found.lastgroup and found.lastgroup != "blank":
            yield _Token(found.lastgroup, found[0], line)
        line += found[0].count("\n")
        at = found.end()
    yield _Token("end", "", line)


def _unquoted(text: str) -> str:
    def character(found: re.Match[str]) -> str:
        if found[1] or found[2]:
            return chr(int(found[1], 8) if found[1] else int(found[2], 16))
        return _ESCAPES.get(found[3], found[3])

    return _ESCAPE.sub(character, text[1:-1])


def read_prototext(path: Path) -> Message:
    """Read a file.

    Raises:
        ConfigError: It cannot be read, or is not in this format. The message names file and line.
    """
    return _Reader(path).message(Message(str(path)), "")
