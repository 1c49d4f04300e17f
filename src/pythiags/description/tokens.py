r"""Cut pipeline text into tokens, exactly as GStreamer's own scanner does.

The scanner behind ``gst_parse_launch`` takes the longest match, and of equally long ones the
first rule in this order: assignment, preset, pad reference, reference, bin opener, identifier,
link, URI, operator. Three of its habits are surprising and kept on purpose, since a description
must mean here what it means there:

- a value runs to the next blank, so ``( fakesrc num-buffers=1)`` never closes its bin;
- a blank after a backslash belongs to the value, even after ``\\``;
- the caps between two ``!`` are part of the link.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Kind", "Token", "tokenize"]


class Kind(Enum):
    """What a token is, in GStreamer's words."""

    ASSIGNMENT = auto()
    PRESET = auto()
    PADREF = auto()
    REF = auto()
    BINREF = auto()
    IDENTIFIER = auto()
    LINK = auto()
    URI = auto()
    OPERATOR = auto()
    END = auto()


class Token(NamedTuple):
    """A token and the stretch of text it covers.

    ``body`` is the offset of the part that matters: the value of an assignment or preset, the
    caps of a link, else the start. ``body == end`` says that there is none.
    """

    kind: Kind
    text: str
    start: int
    end: int
    body: int


_BLANK = r"[ \t\n\r\f\v]"
_NAME = r"[A-Za-z0-9_][A-Za-z0-9_\-%:]*"
_ASSIGN = rf"{_BLANK}*={_BLANK}*"
MIMETYPE = r"[A-Za-z0-9-]+/[A-Za-z0-9-]+"
"""The media type that caps begin with, as a regular expression."""

_SPACE = re.compile(rf"{_BLANK}+")
_STRINGS = (
    re.compile(r"(?:[^ \t\n\r\f\v]|(?<=\\)[ \t\r\f\v])+"),
    re.compile(r'"(?:\\"|[^"])*"'),
    re.compile(r"'(?:\\'|[^'])*'"),
)
_BEFORE_STRING = (
    (Kind.ASSIGNMENT, re.compile(_NAME + _ASSIGN)),
    (Kind.PRESET, re.compile(f"@preset{_ASSIGN}")),
)
_PLAIN = (
    (Kind.PADREF, re.compile(rf"\.{_NAME}")),
    (Kind.REF, re.compile(rf"{_NAME}\.(?:{_NAME})?")),
    (Kind.BINREF, re.compile(rf"{_NAME}{_BLANK}*\.{_BLANK}*\(")),
    (Kind.IDENTIFIER, re.compile(_NAME)),
)
# The odd class before a slash is GStreamer's: it means "an optional dot", and takes more.
_BEFORE_URI = (re.compile(r"[A-Za-z][A-Za-z0-9+,\-.]*://"), re.compile(r'[".,{}_identfr]?/'))
_CAPS = re.compile(rf"{_BLANK}*{MIMETYPE}")
_MORE_CAPS = re.compile(rf";{_BLANK}*{MIMETYPE}")


def tokenize(code: str) -> Iterator[Token]:
    """Yield the tokens of ``code`` and, last, an END at its end."""
    offset = 0
    while True:
        if space := _SPACE.match(code, offset):
            offset = space.end()
        if offset >= len(code):
            yield Token(Kind.END, "", len(code), len(code), len(code))
            return
        token = max(_candidates(code, offset), key=lambda candidate: candidate.end)
        yield token
        offset = token.end


def _candidates(code: str, start: int) -> Iterator[Token]:
    """Yield what each rule makes of the text at ``start``, in the rules' order."""

    def token(kind: Kind, end: int, body: int = start) -> Token:
        return Token(kind, code[start:end], start, end, body)

    for kind, pattern in _BEFORE_STRING:
        if (head := pattern.match(code, start)) and (end := _string_end(code, head.end())):
            yield token(kind, end, head.end())
    for kind, pattern in _PLAIN:
        if match := pattern.match(code, start):
            yield token(kind, match.end())
    if code[start] in "!:":
        end = _link_end(code, start)
        body = _SPACE.sub("", code[start + 1 : end - 1])
        inside = _SPACE.match(code, start + 1)
        yield token(Kind.LINK, end, (inside.end() if inside else start + 1) if body else end)
    yield from _uris(code, start)
    yield token(Kind.OPERATOR, start + 1)


def _uris(code: str, start: int) -> Iterator[Token]:
    for pattern in _BEFORE_URI:
        head = pattern.match(code, start)
        end = head and (_string_end(code, head.end()) or (head[0].endswith("://") and head.end()))
        if end:
            yield Token(Kind.URI, code[start:end], start, end, start)


def _string_end(code: str, start: int) -> int:
    """Return where the longest string at ``start`` ends, or 0."""
    return max((match.end() for p in _STRINGS if (match := p.match(code, start))), default=0)


def _link_end(code: str, start: int) -> int:
    """Return where the link at ``start`` ends: after its caps and second operator, if any.

    Within caps, ``:`` may close the link as well as ``!``, and the last one that can does, so
    that ``memory:NVMM`` is no end unless no ``!`` follows.
    """
    end = start + 1
    caps = _CAPS.match(code, end)
    if not caps:
        return end
    offset = caps.end()
    while offset < len(code):
        char = code[offset]
        if char == ";":
            more = _MORE_CAPS.match(code, offset)
            if not more:
                break
            offset = more.end()
            continue
        if char in "!:":
            end = offset + 1
        if char == "!":
            break
        if char == "\\" and code[offset + 1 : offset + 2] in {"!", ";"}:
            end = offset + 2 if code[offset + 1] == "!" else end
            offset += 1
        offset += 1
    return end
