"""From buffers to events: what reads the buffers at an element and fills the lanes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pythiags.errors import ChannelClosed
from pythiags.extractors import as_extractor
from pythiags.gst.pads import Tapped, tap

if TYPE_CHECKING:
    from collections.abc import Callable

    from pythiags.app.lanes import Lanes
    from pythiags.channel.worker import OnError
    from pythiags.gst import Gst

__all__ = ["Extraction", "ExtractionStats", "extract"]


@dataclass(frozen=True)
class ExtractionStats:
    """What an extraction has counted.

    Attributes:
        buffers: How many the extractor was called for.
        seconds: Time in the extractor, all together, without waiting for room in a channel.
        errors: How often it raised, by exception type.
    """

    buffers: int
    seconds: float
    errors: Mapping[str, int]


class Extraction(Protocol):
    """An extractor at work on the buffers that pass an element."""

    def mute(self) -> None:
        """Let buffers pass without extracting; what was produced stays."""

    def remove(self) -> None:
        """Take the probes away; the counters can still be read."""

    def stats(self) -> ExtractionStats:
        """Read the counters, from any thread."""


def extract(
    pipeline: Gst.Pipeline,
    element: str,
    extractor: object,
    lanes: Lanes,
    *,
    on_error: OnError,
    max_consecutive_errors: int,
) -> Extraction:
    """Have an extractor fill lanes with what it reads from the buffers at an element.

    Raises:
        DescriptionError: No such element or pad, or several to choose from.
        UserCodeError: It is no extractor.
    """
    call = _Call(as_extractor(extractor).extract_metadata, lanes)
    tapped = tap(
        pipeline,
        element,
        call,
        on_error=on_error,
        max_consecutive_errors=max_consecutive_errors,
    )
    return _PythonExtraction(call, tapped)


class _Call:
    """What the probe calls. It knows no pipeline, so that it keeps none alive."""

    def __init__(self, function: Callable[[Any, Any], Any], lanes: Lanes) -> None:
        # What messages call it.
        self.__qualname__ = getattr(function, "__qualname__", type(function).__qualname__)
        self.muted = False
        self.buffers = 0
        self.nanoseconds = 0
        self._function = function
        self._lanes = lanes

    def __call__(self, pad: Any, info: Any) -> None:
        if self.muted:
            return
        self.buffers += 1
        start = time.perf_counter_ns()
        try:
            events = self._function(pad, info)
            if isinstance(events, Iterator):
                events = list(events)  # a generator reads the buffer, which is here only now
        finally:
            self.nanoseconds += time.perf_counter_ns() - start
        if events is None or (hasattr(events, "__len__") and len(events) == 0):
            return
        try:
            self._lanes.put(events)
        except ChannelClosed:
            self.muted = True


class _PythonExtraction:
    """An extractor written in Python, called by guarded probes."""

    def __init__(self, call: _Call, tapped: Tapped) -> None:
        self._call = call
        self._tapped = tapped

    def mute(self) -> None:
        self._call.muted = True

    def remove(self) -> None:
        self._tapped.remove()

    def stats(self) -> ExtractionStats:
        return ExtractionStats(
            self._call.buffers, self._call.nanoseconds / 1e9, self._tapped.errors()
        )
