"""Strict mode: a misuse of pyds is an error at the line that does it, and probes are watched.

What shows only once a buffer is gone, such as an object that was acquired and never added, is
reported with the line that acquired it. A script with any misuse ends with exit code 1.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from pythiags.lookalikes.afterimport import exchange, when_initialized
from pythiags.lookalikes.atend import at_end

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType

__all__ = ["MOST", "Guard", "Misuses", "install", "misuses_of_process"]

MOST: Final = 1000
"""So many misuses are reported; a script that runs for days may have no end of them."""

SLOW_CALLS: Final = 3
"""So many calls in a row that take longer than a frame are a probe that is too slow."""

DEFAULT_INTERVAL: Final = 1 / 30


class Misuses:
    """What was found; each text and place is reported once, up to ``MOST``.

    Args:
        tell: Takes a line for standard error.
    """

    def __init__(self, tell: Callable[[str], object]) -> None:
        self._tell = tell
        self._told: set[tuple[str, str]] = set()
        self._full = False
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Return how many were reported."""
        return len(self._told)

    def add(self, text: str, place: str) -> None:
        """Tell of a misuse, if it is a new one. Any thread may."""
        with self._lock:
            if self._full or (text, place) in self._told:
                return
            self._full = len(self._told) == MOST
            if not self._full:
                self._told.add((text, place))
        self._tell(f"{place}: {text}" if not self._full else f"more than {MOST}; no more are shown")


class Guard:
    """A probe's function that is watched.

    A misuse in it is reported, and does not drop the buffer. It is itself a misuse to take longer
    than a frame again and again, or to return nothing.

    Args:
        function: The script's.
        misuses: Where misuses go to.
        error: The class of misuses that are raised.
        clock: Gives seconds.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        misuses: Misuses,
        error: type[Exception],
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._function = function
        self._misuses = misuses
        self._error = error
        self._clock = clock
        self._slow = 0

    def __call__(self, pad: Any, info: Any, *user_data: Any) -> Any:
        """Call the script's function; see the class."""
        begun = self._clock()
        try:
            result = self._function(pad, info, *user_data)
        except self._error as problem:
            self._misuses.add(*_text_and_place(problem))
            return 1  # Gst.PadProbeReturn.OK
        except Exception as problem:  # noqa: BLE001 - it is the script's, and is shown as such
            inner = problem.__traceback__ and problem.__traceback__.tb_next
            sys.excepthook(type(problem), problem, inner)
            return 0  # as PyGObject, which shows it in the same way
        if result is None:
            self._add("the probe returns None, which drops the buffer: return PadProbeReturn.OK")
        self._judge(self._clock() - begun, pad)
        return result

    def _judge(self, seconds: float, pad: Any) -> None:
        interval = _interval(pad)
        self._slow = self._slow + 1 if seconds > interval else 0
        if self._slow == SLOW_CALLS:
            self._add(
                f"the probe is too slow: {SLOW_CALLS} calls in a row took longer than the "
                f"{interval * 1000:.0f} ms that a frame lasts, and the stream waits for it; hand "
                "the work to another thread"
            )

    def _add(self, text: str) -> None:
        code: CodeType | None = getattr(self._function, "__code__", None)
        self._misuses.add(
            text, f"{code.co_filename}:{code.co_firstlineno}" if code else repr(self._function)
        )


def _interval(pad: Any) -> float:
    """Return how long a frame of the pad lasts, in seconds."""
    caps = pad.get_current_caps()
    structure = caps.get_structure(0) if caps is not None and caps.get_size() else None
    found, number, of = structure.get_fraction("framerate") if structure else (False, 0, 0)
    return of / number if found and number > 0 else DEFAULT_INTERVAL


def _text_and_place(problem: Exception) -> tuple[str, str]:
    """Return what went wrong, and the script's line: the innermost that is Python's."""
    trace = problem.__traceback__
    place = "?"
    while trace is not None:
        filename = trace.tb_frame.f_code.co_filename
        if not filename.endswith((".pyx", ".pxi")) and filename != __file__:
            place = f"{filename}:{trace.tb_lineno}"
        trace = trace.tb_next
    return str(problem), place


@cache
def misuses_of_process() -> Misuses:
    """Return the misuses of this process. With any it ends with exit code 1.

    Call it before anything else is to be done at the exit: what is registered first is done last,
    and nothing is done after it.
    """
    misuses = Misuses(_tell)
    at_end(lambda: _leave(misuses))
    return misuses


def install() -> Misuses:
    """Be strict in this process from now on."""
    from pythiags.lookalikes.pyds import _pyds

    misuses = misuses_of_process()
    _pyds.be_strict(misuses.add)
    _watch_probes(misuses, _pyds.StrictError)
    return misuses


def _tell(line: str) -> None:
    _write(f"pyds misuse: {line}\n")


def _write(text: str) -> None:
    """Write to standard error. If nobody reads it, neither stream nor exit code changes."""
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(text)
        sys.stderr.flush()


def _watch_probes(misuses: Misuses, error: type[Exception]) -> None:
    def watch(gst: Any) -> None:
        add_probe = gst.Pad.add_probe

        def watched(pad: Any, mask: Any, callback: Callable[..., Any], *user_data: Any) -> Any:
            return add_probe(pad, mask, Guard(callback, misuses, error), *user_data)

        exchange(gst, gst.Pad, "add_probe", watched)

    when_initialized(watch)


def _leave(misuses: Misuses) -> None:
    if len(misuses):
        _write(f"pythiags run: misuses of pyds: {len(misuses)}\n")
        with suppress(OSError, ValueError, AttributeError):
            sys.stdout.flush()
        os._exit(1)
