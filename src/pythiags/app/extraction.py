"""From buffers to events: what reads the buffers at an element and fills the lanes."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, Protocol

from pythiags.app.lanes import put_all
from pythiags.app.native_extraction import NativeExtraction
from pythiags.app.stats import ExtractionStats
from pythiags.errors import ChannelClosed
from pythiags.extractors import run_through
from pythiags.gst import Gst
from pythiags.gst._gst import Histogram
from pythiags.gst.pads import Tapped, tap
from pythiags.gst.probe import Probe, attach

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pythiags.app.lanes import Lanes
    from pythiags.extractors import Extractor, Native
    from pythiags.usercode import OnError

__all__ = ["Extraction", "extract"]

# The return values of pad probes, and those of them that let the buffer pass.
_RETURNS: Final = (Gst.PadProbeReturn, Gst.FlowReturn)
_HARMLESS: Final = ("Gst.PadProbeReturn.OK", "Gst.PadProbeReturn.PASS", "Gst.FlowReturn.OK")

logger = logging.getLogger(__name__)


class Renewable(Protocol):
    """What calls an extractor that can be replaced while it plays.

    Attributes:
        writable: Whether its buffers are made writable.
    """

    writable: bool

    def renew(self, extractor: Extractor, then: Callable[[], object]) -> None:
        """Call another extractor from the next buffer on.

        Args:
            extractor: The other one.
            then: Called between the last buffer of the old one and the first of the new one, in
                the streaming thread, so it may not wait.
        """


class Extraction(Protocol):
    """An extractor at work on the buffers that pass an element, as one attachment sees it.

    Attributes:
        what: The extractor's name, for messages.
    """

    what: str

    @property
    def renewable(self) -> Renewable | None:
        """What calls the extractor, if that can be replaced."""

    @property
    def probe_value(self) -> str:
        """What it has returned as a pad probe does, as ``Gst.PadProbeReturn.OK``, or nothing."""

    def mute(self) -> None:
        """Let buffers pass without extracting; what was produced stays."""

    def remove(self) -> None:
        """Take the probes away, if nobody else needs them; the counters can still be read."""

    def extracts(self) -> bool:
        """Whether a call of the extractor has not returned."""

    def runs_here(self) -> bool:
        """Whether the calling thread is in the extractor."""

    def stats(self) -> ExtractionStats:
        """Read the counters, from any thread."""

    def times(self) -> Histogram:
        """Return how long the calls of the extractor took."""


def extract(
    pipeline: Gst.Pipeline,
    element: str,
    extractor: Extractor,
    takers: Sequence[tuple[Lanes, Native | None]],
    *,
    on_error: OnError,
    max_consecutive_errors: int,
) -> list[Extraction]:
    """Have an extractor read the buffers at an element, once for all who take its events.

    Args:
        pipeline: Holds the element.
        element: Or an element's pad.
        extractor: Reads them.
        takers: Where events go, each with what fills it without Python, if that can be.
        on_error: As ``pythiags.gst.probe.attach()`` takes it.
        max_consecutive_errors: The same.

    Returns:
        One for each taker.

    Raises:
        DescriptionError: No such element or pad, or several to choose from.
    """
    call = _Call(extractor.extract_metadata, writable=extractor.writable)
    what = type(extractor).__qualname__
    extractions: list[Extraction] = []
    for lanes, native in takers:
        if native is None:
            extractions.append(_PythonExtraction(call, call.add(lanes)))
        else:
            extractions.append(NativeExtraction(pipeline, element, native, lanes, what=what))
    if any(native is None for _, native in takers):
        call.tapped = tap(
            pipeline,
            element,
            lambda pad: attach(
                pad,
                call,
                on_error=on_error,
                max_consecutive_errors=max_consecutive_errors,
                writable=extractor.writable,
            ),
        )
    return extractions


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

    def __init__(self, function: Callable[[Any, Any], Any], *, writable: bool) -> None:
        # What messages call it.
        self.__qualname__ = getattr(function, "__qualname__", type(function).__qualname__)
        self.times = Histogram()
        self.writable = writable
        self._function = function
        self._next: tuple[Callable[[Any, Any], Any], Callable[[], object]] | None = None
        self._turn = threading.Lock()
        self._outlets: tuple[_Outlet, ...] = ()
        self.explained: list[str] = []
        self.callers: set[int] = set()  # threads that are inside, by number

    def add(self, lanes: Lanes) -> _Outlet:
        """Serve one more attachment; one that may hold the stream back comes last."""
        outlet = _Outlet(lanes)
        outlets = [*self._outlets, outlet]
        self._outlets = tuple(sorted(outlets, key=lambda each: each.lanes.blocking))
        return outlet

    def renew(self, extractor: Extractor, then: Callable[[], object]) -> None:
        """Call another extractor from the next buffer on; see ``Renewable``."""
        with self._turn:
            before = self._next
            if before is not None:  # no buffer has come since; in its turn, before the next one
                before[1]()
            self._next = (extractor.extract_metadata, then)

    def _take_turn(self) -> None:
        with self._turn:
            following, self._next = self._next, None
            if following is not None:
                self._function = following[0]
                following[1]()

    def leave(self, outlet: _Outlet) -> None:
        """Serve an attachment no more; the probes go with the last one."""
        outlet.muted = True
        if all(each.muted for each in self._outlets):
            self.tapped.remove()

    def __call__(self, pad: Any, info: Any) -> None:
        outlets = [outlet for outlet in self._outlets if not outlet.muted]
        if not outlets:
            return
        if self._next is not None:
            self._take_turn()
        thread = threading.get_ident()
        self.callers.add(thread)
        start = time.perf_counter_ns()
        try:
            events = self._function(pad, info)
            if events is not None and type(events) is not list:
                events = run_through(events)
        finally:
            self.times.add(time.perf_counter_ns() - start)
            self.callers.discard(thread)
        if isinstance(events, _RETURNS):
            self._explain(events)
            return
        if events is None or _is_empty(events):
            return
        put_all((outlet.put, events) for outlet in outlets)

    def _explain(self, returned: Any) -> None:
        """Log once for each value what it means for an extractor."""
        nick = returned.value_nick.upper().replace("-", "_")
        value = f"Gst.{type(returned).__name__}.{nick}"
        if value in self.explained:
            return
        self.explained.append(value)
        if value in _HARMLESS:
            log, does = logger.info, "returns events, or None if there are none"
        else:
            log, does = logger.warning, "only reads: every buffer passes, whatever it returns"
        log("%s returns %s, as a pad probe does; an extractor %s", self.__qualname__, value, does)


def _is_empty(events: Any) -> bool:
    try:
        return len(events) == 0
    except BaseException:  # noqa: BLE001 (no container; what its class raises is the channel's)
        return False


class _PythonExtraction:
    """The part that one attachment has in an extractor that is written in Python."""

    def __init__(self, call: _Call, outlet: _Outlet) -> None:
        self.what = call.__qualname__
        self._call = call
        self._outlet = outlet

    @property
    def renewable(self) -> Renewable:
        return self._call

    @property
    def probe_value(self) -> str:
        return next(iter(self._call.explained), "")

    def mute(self) -> None:
        self._outlet.muted = True

    def remove(self) -> None:
        self._call.leave(self._outlet)

    def extracts(self) -> bool:
        return bool(self._call.callers)

    def runs_here(self) -> bool:
        return threading.get_ident() in self._call.callers

    def stats(self) -> ExtractionStats:
        call = self._call
        probes = [probe.stats() for probe in call.tapped.probes]
        errors: Counter[str] = Counter()
        for probe in probes:
            errors.update(probe.errors)
        return ExtractionStats(
            buffers=call.times.count,
            seconds=call.times.total / 1e9,
            p50=call.times.quantile(0.5) / 1e9,
            p99=call.times.quantile(0.99) / 1e9,
            gil_seconds=sum(probe.waited for probe in probes),
            pads=len(probes),
            errors=errors,
        )

    def times(self) -> Histogram:
        return self._call.times
