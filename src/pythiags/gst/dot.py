"""The graph of a pipeline in Graphviz's language, without the secrets in its properties."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pythiags.gst import Gst
from pythiags.redact import MASK, holds_secret, redact

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["dot_of"]

_LABEL: Final = re.compile(r'(?P<head>\blabel=")(?P<text>(?:[^"\\]|\\.)*)"', re.DOTALL)
# A character behind a backslash, or plain ones.
_STEP: Final = re.compile(r"\\.|\n|[^\\\n]+", re.DOTALL)
# Of a line of a label, by its alignment; GStreamer 1.28 begins a new line in the text itself.
_ENDS: Final = frozenset({r"\n", r"\l", r"\r", "\n"})


def dot_of(pipeline: Gst.Pipeline) -> str:
    """Return the graph of a pipeline as it is now, which ``dot -Tsvg`` draws; secrets are masked.

    Values are not cut short: of half an address it could not be seen what is the password.
    """
    text = Gst.debug_bin_to_dot_data(pipeline, Gst.DebugGraphDetails.VERBOSE)
    return without_secrets(text)


def without_secrets(text: str) -> str:
    """Mask the secrets in the labels of a graph."""
    return _LABEL.sub(lambda match: f'{match["head"]}{_masked(match["text"])}"', text)


def _masked(label: str) -> str:
    return "".join(part if part in _ENDS else _masked_line(part) for part in _lines(label))


def _masked_line(line: str) -> str:
    plain = re.sub(r"\\(.)", r"\1", line, flags=re.DOTALL)
    name, sign, value = plain.partition("=")
    is_secret = sign and value not in ("", "NULL") and holds_secret(name.strip())
    masked = f"{name}={MASK}" if is_secret else redact(plain)
    return line if masked == plain else masked.replace("\\", r"\\").replace('"', r"\"")


def _lines(label: str) -> Iterator[str]:
    """Return the lines of a label, and what ends each."""
    line = ""
    for step in _STEP.findall(label):
        if step in _ENDS:
            yield line
            yield step
            line = ""
        else:
            line += step
    yield line
