"""Guarded pad probes: exceptions of user code are counted and never stop the stream.

A callback given to ``Gst.Pad.add_probe`` drops every buffer if it raises, or merely returns None.
Here a native trampoline calls it and lets each buffer pass whatever happens.
"""

from __future__ import annotations

import logging
import time
import traceback
from typing import TYPE_CHECKING, NamedTuple, final

from pythiags.errorlog import ErrorLog
from pythiags.errors import ConfigError
from pythiags.gst._gst import NativeProbe, ProbeInfo
from pythiags.usercode import MAX_CONSECUTIVE_ERRORS, OnError, check_runs, describe, loggable

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from pythiags.gst import Gst

__all__ = ["Probe", "ProbeInfo", "ProbeStats", "attach"]

logger = logging.getLogger(__name__)


class ProbeStats(NamedTuple):
    """The counters of a probe.

    Attributes:
        buffers: How many buffers the callback was called for.
        errors: How often it raised, by exception type.
        consecutive_errors: How often it raised since it last succeeded.
        unreported: How many errors could be neither logged nor posted, as doing so failed.
        seconds: Total time in the callback.
        longest: The longest call, in seconds.
        waited: Total time waiting for the GIL before the calls, in seconds. Probes that
            follow each other on a pad wait once per buffer, and that counts for the first.
    """

    buffers: int
    errors: dict[str, int]
    consecutive_errors: int
    unreported: int
    seconds: float
    longest: float
    waited: float


@final
class Probe:
    """A guarded callback on a pad, from ``attach()`` until ``remove()``.

    It keeps the pad and the callback alive. As a context manager it is removed at the end of the
    block.
    """

    def __init__(
        self,
        pad: Gst.Pad,
        callback: Callable[[Gst.Pad, ProbeInfo], object],
        *,
        on_error: OnError = "continue",
        max_consecutive_errors: int = MAX_CONSECUTIVE_ERRORS,
        writable: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if on_error not in ("continue", "stop"):
            raise ConfigError(
                "unknown value",
                where="on_error",
                expected="'continue' or 'stop'",
                got=repr(on_error),
            )
        hint = "write a plain function, without async and yield"
        check_runs(callback, "the probe callback", hint=hint)
        self.where: str = pad.get_path_string()
        self._what = getattr(callback, "__qualname__", type(callback).__qualname__)
        self._limit = max_consecutive_errors if on_error == "stop" else None
        self._log = ErrorLog(f"{self._what} on {self.where}", logger, clock)
        self._native = NativeProbe(pad, callback, self._report, writable=writable)

    @property
    def attached(self) -> bool:
        """Whether the callback will still be called."""
        return self._native.attached

    def stats(self) -> ProbeStats:
        """Return the counters; they can still be read after ``remove()``."""
        native = self._native
        calls = native.calls
        return ProbeStats(
            native.buffers,
            dict(self._log.counts),
            native.consecutive_errors,
            native.unreported + self._log.unreported,
            calls.total / 1e9,
            calls.longest / 1e9,
            native.waits.total / 1e9,
        )

    def remove(self) -> None:
        """Remove the probe from its pad, and release the pad and the callback.

        May be called more than once and from any thread, including the callback; a call that is
        in progress is not waited for.
        """
        self._native.remove()

    def __enter__(self) -> Probe:
        """Return the probe itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove the probe."""
        self.remove()

    def _report(self, error: BaseException) -> None:
        """Count, log and, past the limit, post one error; runs in the streaming thread."""
        self._log.record(error)
        if self._limit is not None and self._native.consecutive_errors > self._limit:
            count, self._limit = self._limit + 1, None
            self._native.post_error(
                f"{self._what} failed {count} times in a row on {self.where}: {describe(error)}",
                "".join(traceback.format_exception(loggable(error))),
            )


def attach(
    pad: Gst.Pad,
    callback: Callable[[Gst.Pad, ProbeInfo], object],
    *,
    on_error: OnError = "continue",
    max_consecutive_errors: int = MAX_CONSECUTIVE_ERRORS,
    writable: bool = False,
) -> Probe:
    """Call ``callback(pad, info)`` for every buffer that passes a pad.

    The callback runs in the streaming thread, also for each buffer of a buffer list, never for
    events. Whatever it returns or raises, the buffer passes. ``info`` works as a
    ``Gst.PadProbeInfo`` and for ``frames_per_batch()``; it and all
    metadata read through it are valid only during the call.

    Consecutive callbacks on a pad run together, and take the GIL once.

    Args:
        pad: The pad to listen to.
        callback: The user's code. What it returns is ignored.
        on_error: ``"continue"`` only counts and logs; ``"stop"`` also posts an error on the bus,
            once, when more than ``max_consecutive_errors`` calls have failed in a row.
        max_consecutive_errors: See ``on_error``.
        writable: Make each buffer writable first, so that a batch may be added to it; costs a copy
            of the buffer's metadata where it is shared.

    Returns:
        The probe, which keeps pad and callback alive until it is removed.

    Raises:
        ConfigError: ``on_error`` is something else.
        TypeError: ``pad`` is not a ``Gst.Pad``.
        UserCodeError: ``callback`` is a coroutine function or a generator function.
    """
    return Probe(
        pad,
        callback,
        on_error=on_error,
        max_consecutive_errors=max_consecutive_errors,
        writable=writable,
    )
