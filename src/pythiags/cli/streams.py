"""The standard streams: open whatever the shell did, and able to show any text.

``>&-`` closes a stream, ``/dev/full`` and a closed pipe refuse what is written, and a terminal may
use an encoding that lacks characters. None of that may end in a traceback.
"""

from __future__ import annotations

import codecs
import contextlib
import errno
import io
import os
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["OutputLost", "run_with_streams"]

LOST_EXIT: Final = 1
PIPE_EXIT: Final = 141  # as the shell reports SIGPIPE
PLAIN: Final = {"µ": "u", "…": "...", "─": "-", "━": "=", "╸": "-", "╺": "-", "│": "|", "•": "*"}


class OutputLost(OSError):
    """Standard output refused what was written to it."""


class _Stdout(io.FileIO):
    """Standard output, which remembers what it has lost, whoever has written it.

    Attributes:
        lost: The first error.
    """

    lost: OutputLost | None = None

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            lost = OutputLost(error.errno, error.strerror)
            self.lost = self.lost or lost
            raise lost from error


class _Stderr(io.FileIO):
    """Standard error: if it cannot be written, nothing can be reported."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError:
            return len(data)


def run_with_streams(run: Callable[[], int]) -> int:
    """Run a command with streams that cannot harm it; return the exit code.

    Output that is lost means one line on standard error, and exit code 1 where the command itself
    has not failed. A reader that went away, as ``head`` does, ends it in silence.
    """
    _open_missing()
    codecs.register_error("pythiags", _spell)
    sys.stdin = sys.stdin or open(0, encoding="utf-8")  # noqa: SIM115 (for the whole run)
    stdout = _Stdout(1, "wb", closefd=False)
    sys.stdout = _text_of(stdout, sys.stdout)
    sys.stderr = _text_of(_Stderr(2, "wb", closefd=False), sys.stderr)
    vars(sys).update(__stdout__=sys.stdout, __stderr__=sys.stderr)  # the old ones are detached
    code = LOST_EXIT
    with contextlib.suppress(OutputLost):
        code = run()
        sys.stdout.flush()
    if stdout.lost is not None:
        code = _report(stdout.lost, code)
        _discard(1)  # what is still buffered
    sys.stderr.flush()
    return code


def _report(lost: OutputLost, code: int) -> int:
    if lost.errno == errno.EPIPE:
        return PIPE_EXIT
    print(f"pythiags: cannot write to stdout: {lost.strerror}", file=sys.stderr)  # noqa: T201
    return code or LOST_EXIT


def _open_missing() -> None:
    """Give closed descriptors /dev/null: the next file or socket would take their numbers."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:  # noqa: PLR2004 (stderr)
        os.set_inheritable(descriptor, True)
    os.close(descriptor)


def _text_of(raw: io.FileIO, stream: Any) -> io.TextIOWrapper:
    """Make a stream of text that writes to ``raw`` as ``stream`` did; None: that was closed."""
    if stream is None:
        return io.TextIOWrapper(io.BufferedWriter(raw), "utf-8", "pythiags")
    encoding, line_buffering = stream.encoding, stream.line_buffering
    unbuffered = stream.write_through
    stream.detach()
    buffer: Any = raw if unbuffered else io.BufferedWriter(raw)
    return io.TextIOWrapper(buffer, encoding, "pythiags", None, line_buffering, unbuffered)


def _discard(descriptor: int) -> None:
    """Send what is still written to a descriptor to /dev/null."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, descriptor)
    os.close(null)


def _spell(error: UnicodeError) -> tuple[str, int]:
    """Spell the characters that an encoding lacks: a plain one that is like it, or its number."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    parts = (PLAIN.get(char, char.encode("ascii", "backslashreplace").decode()) for char in lacking)
    return "".join(parts), error.end
