"""From buffers to events: what reads the buffers at an element and fills the lanes."""

from __future__ import annotations

import inspect
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pythiags.app.lanes import Lanes, put_all
from pythiags.errors import ChannelClosed
from pythiags.gst._gst import Histogram
from pythiags.gst.pads import Tapped, tap
from pythiags.gst.probe import Probe, attach
from pythiags.usercode import makes_instances

if TYPE_CHECKING:
    from collections.abc import Callable

    from pythiags.extractors import Extractor
    from pythiags.gst import Gst
    from pythiags.workers.worker import OnError

__all__ = ["Extraction", "ExtractionStats", "Extractions"]


@dataclass(frozen=True)
class ExtractionStats:
    """What an extraction has counted.

    Attributes:
        what: The extractor's name, for messages.
        buffers: How many the extractor was called for.
        seconds: Time in the extractor, all together, without waiting for room in a channel.
        p50: Half of its calls took no longer, in seconds.
        p99: 99 of 100 calls took no longer, in seconds.
        waited: Seconds that its calls waited for the GIL before, all together.
        pads: How many pads it reads, each of them in a thread of its own.
        errors: How often it raised, by exception type.
    """

    what: str
    buffers: int
    seconds: float
    p50: float
    p99: float
    waited: float
    pads: int
    errors: Mapping[str, int]


class Extraction(Protocol):
    """An extractor at work on the buffers that pass an element, as one attachment sees it."""

    def mute(self) -> None:
        """Let buffers pass without extracting; what was produced stays."""

    def remove(self) -> None:
        """Take the probes away, if nobody else needs them; the counters can still be read."""

    def stats(self) -> ExtractionStats:
        """Read the counters, from any thread."""


class Extractions:
    """The extractors of an App: one that several attachments share reads each buffer once.

    They share it if they were given the very same object for the same element.
    """

    def __init__(self) -> None:
        self._calls: list[tuple[object, tuple[object, ...], _Call]] = []

    def add(
        self,
        pipeline: Gst.Pipeline,
        element: str,
        extractor: object,
        reader: Extractor,
        lanes: Lanes,
        *,
        on_error: OnError,
        max_consecutive_errors: int,
    ) -> Extraction:
        """Have an extractor fill lanes with what it reads from the buffers at an element.

        Args:
            pipeline: Holds the element.
            element: Or an element's pad.
            extractor: What the user gave; the same object may serve several attachments.
            reader: What was made of it.
            lanes: Where events go.
            on_error: As :func:`pythiags.gst.probe.attach` takes it.
            max_consecutive_errors: The same.

        Raises:
            DescriptionError: No such element or pad, or several to choose from.
        """
        place = (element, on_error, max_consecutive_errors)
        outlet = _Outlet(lanes)
        for known, there, call in self._calls:
            if there == place and _is_same(known, extractor):
                call.add(outlet)
                return _PythonExtraction(call, outlet)
        call = _Call(reader.extract_metadata)
        call.add(outlet)
        call.tapped = tap(
            pipeline,
            element,
            lambda pad: attach(
                pad, call, on_error=on_error, max_consecutive_errors=max_consecutive_errors
            ),
        )
        self._calls.append((extractor, place, call))
        return _PythonExtraction(call, outlet)


def _is_same(known: object, extractor: object) -> bool:
    """A class stands for an instance of its own each time; a method is bound anew each time."""
    if makes_instances(extractor):
        return False
    return known is extractor or (inspect.ismethod(extractor) and known == extractor)


class _Outlet:
    """The lanes of one attachment, as long as it wants events."""

    def __init__(self, lanes: Lanes) -> None:
        self.lanes = lanes
        self.muted = False

    def put(self, events: Any) -> None:
        try:
            self.lanes.put(events)
        except ChannelClosed:
            self.muted = True


class _Call:
    """What the probes call. It knows no pipeline, so that it keeps none alive."""

    tapped: Tapped[Probe]

    def __init__(self, function: Callable[[Any, Any], Any]) -> None:
        # What messages call it.
        self.__qualname__ = getattr(function, "__qualname__", type(function).__qualname__)
        self.times = Histogram()
        self._function = function
        self._outlets: tuple[_Outlet, ...] = ()

    def add(self, outlet: _Outlet) -> None:
        """Have one more attachment served; who may hold the stream back comes last."""
        outlets = [*self._outlets, outlet]
        self._outlets = tuple(sorted(outlets, key=lambda each: each.lanes.blocking))

    def leave(self, outlet: _Outlet) -> None:
        """Serve an attachment no more; the probes go with the last one."""
        outlet.muted = True
        if all(each.muted for each in self._outlets):
            self.tapped.remove()

    def __call__(self, pad: Any, info: Any) -> None:
        outlets = [outlet for outlet in self._outlets if not outlet.muted]
        if not outlets:
            return
        start = time.perf_counter_ns()
        try:
            events = self._function(pad, info)
            if isinstance(events, Iterator):
                events = list(events)  # a generator reads the buffer, which is here only now
        finally:
            self.times.add(time.perf_counter_ns() - start)
        if events is None or (hasattr(events, "__len__") and len(events) == 0):
            return
        put_all((outlet.put, events) for outlet in outlets)


class _PythonExtraction:
    """The part that one attachment has in an extractor that is written in Python."""

    def __init__(self, call: _Call, outlet: _Outlet) -> None:
        self._call = call
        self._outlet = outlet

    def mute(self) -> None:
        self._outlet.muted = True

    def remove(self) -> None:
        self._call.leave(self._outlet)

    def stats(self) -> ExtractionStats:
        call = self._call
        probes = [probe.stats() for probe in call.tapped.probes]
        errors: Counter[str] = Counter()
        for probe in probes:
            errors.update(probe.errors)
        return ExtractionStats(
            what=call.__qualname__,
            buffers=call.times.count,
            seconds=call.times.total / 1e9,
            p50=call.times.quantile(0.5) / 1e9,
            p99=call.times.quantile(0.99) / 1e9,
            waited=sum(probe.waited for probe in probes),
            pads=len(probes),
            errors=errors,
        )
