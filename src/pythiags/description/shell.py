r"""What only a shell would read in pipeline text that was copied from a command line.

``gst-launch-1.0 -v`` in front, a ``\`` at the end of a line, ``\!`` and quotes around caps mean
nothing in a pipeline, and what they meant to the shell is plain: they become blanks, character for
character, so that places in the text stay.
"""

from __future__ import annotations

import re

from .tokens import MIMETYPE

__all__ = ["blank_shell"]

_QUOTED = r"""(?:"(?:\\"|[^"])*"|=[ \t\n\r\f\v]*'(?:\\'|[^'])*')"""
"""Quoted text, which is matched first and kept."""

_LINE_END = re.compile(rf"{_QUOTED}|(?P<blank>(?<!\\)\\(?=[ \t]*\r?(?:\n|\Z)))")
_OPERATOR = re.compile(rf"{_QUOTED}|(?P<blank>(?<=[ \t\n])(?<!\\[ \t])\\(?=[!()](?:\s|\Z)))")
_COMMAND = re.compile(
    r"\A\s*(?P<blank>(?:\$[ \t]+)?gst-launch(?:-1\.0)?(?:\s+--?[a-z][\w-]*(?:=\S+)?)*)\s"
)
_WHOLE = re.compile(r"""\A\s*(?P<quote>["'])[^"']*(?P<end>(?P=quote))\s*\Z""")
_CAPS = re.compile(
    rf"""!\s*(?P<quote>["'])\s*{MIMETYPE}[^"'\\]*(?P<end>(?P=quote))(?=\s*(?:!|\Z))"""
)


def blank_shell(code: str) -> str:
    """Return pipeline text with blanks in place of what only a shell would read."""
    code = _WHOLE.sub(_unquote, code)
    for pattern in (_LINE_END, _OPERATOR, _COMMAND):
        code = pattern.sub(_blank, code)
    return _CAPS.sub(_unquote, code)


def _blank(match: re.Match[str]) -> str:
    if match["blank"] is None:
        return match[0]
    start, end = (offset - match.start() for offset in match.span("blank"))
    kept = re.sub(r"[^\n]", " ", match["blank"])
    return match[0][:start] + kept + match[0][end:]


def _unquote(match: re.Match[str]) -> str:
    chars = list(match[0])
    for group in ("quote", "end"):
        chars[match.start(group) - match.start()] = " "
    return "".join(chars)
