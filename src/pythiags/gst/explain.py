"""Errors of the bus, explained: what GStreamer's domains and codes mean, and what to try."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pythiags.errors import ConfigError, StreamError
from pythiags.gst import Gst
from pythiags.gst.network import NETWORK, advice
from pythiags.redact import redact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pythiags.gst.bus import ErrorMessage

__all__ = ["explain"]

_LOG_LINES: Final = 3
_SETTINGS: Final = ("gst-library-error-quark", int(Gst.LibraryError.SETTINGS))

_DECODER: Final = "no decoder for it is installed: `pythiags doctor` says what is missing"
_WRITE: Final = "check that the folder exists and that you may write to it"
_BROKEN: Final = "check that the input is complete and of the declared type"
_KIND: Final = "this element cannot read this type of input"

# By domain and code of gst/gsterror.h.
_HINTS: Final[dict[tuple[str, int], str]] = {
    (domain, int(code)): hint
    for domain, hints in (
        (
            "gst-core-error-quark",
            {Gst.CoreError.MISSING_PLUGIN: _DECODER},
        ),
        (
            "gst-resource-error-quark",
            {
                Gst.ResourceError.NOT_FOUND: "check the path; relative paths start at the current "
                "directory",
                Gst.ResourceError.BUSY: "close the other program that uses it",
                Gst.ResourceError.OPEN_READ: "check that you may read it",
                Gst.ResourceError.OPEN_WRITE: _WRITE,
                Gst.ResourceError.OPEN_READ_WRITE: "check that you may read and write it",
                Gst.ResourceError.NO_SPACE_LEFT: "the disk is full",
                Gst.ResourceError.NOT_AUTHORIZED: "check the user name and the password",
            },
        ),
        (
            "gst-stream-error-quark",
            {
                Gst.StreamError.TYPE_NOT_FOUND: _KIND,
                Gst.StreamError.WRONG_TYPE: _KIND,
                Gst.StreamError.FORMAT: _KIND,
                Gst.StreamError.CODEC_NOT_FOUND: _DECODER,
                Gst.StreamError.DECODE: _BROKEN,
                Gst.StreamError.DEMUX: _BROKEN,
            },
        ),
    )
    for code, hint in hints.items()
}
_OF_THE_CONTENT: Final = frozenset(
    key for key, hint in _HINTS.items() if key[0] == "gst-stream-error-quark"
) | {("gst-resource-error-quark", int(Gst.ResourceError.NOT_AUTHORIZED))}
"""Errors of what came over the network, not of the connection."""

_NOT_NEGOTIATED: Final = (
    "two elements do not agree on a format: check the caps before this element, "
    "or put a videoconvert (on a GPU: nvvideoconvert) between them"
)
_NOT_LINKED: Final = (
    "an element after it is not linked: link it with '!'; `pythiags check` "
    "names it if that can be known in advance"
)


def explain(
    message: ErrorMessage, log: Sequence[tuple[str, str]] = ()
) -> ConfigError | StreamError:
    """Make the exception of an error on the bus, with what to try.

    Args:
        message: The error.
        log: What GStreamer has logged lately: names of elements, and lines.

    Returns:
        A ConfigError if the element blames its settings, such as the file that configures it.
    """
    hint = _HINTS.get((message.domain, message.code))
    reason = message.reason
    if message.factory in NETWORK and (message.domain, message.code) not in _OF_THE_CONTENT:
        hint = advice(message.location, f"{message.text} {reason}")
    elif "not-negotiated" in message.debug:
        hint = _NOT_NEGOTIATED
    elif "not-linked" in message.debug:
        hint = _NOT_LINKED
    got = ": ".join(filter(None, (message.location, reason))) or None
    if (message.domain, message.code) == _SETTINGS:
        return ConfigError(message.text, where=message.source, got=got, hint=hint)
    error = StreamError(message.text, where=message.source, got=got, hint=hint)
    name = message.source.rpartition(":")[2]
    lines = [redact(line) for element, line in log if element == name]
    error.log = tuple(lines[-_LOG_LINES:])
    return error
