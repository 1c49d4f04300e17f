"""Extraction without Python in the streaming thread, for the extractors that can have it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from pythiags.app.stats import ExtractionStats
from pythiags.errors import MetadataLayoutError
from pythiags.gst._gst import Histogram
from pythiags.gst.carriers import note_carriers
from pythiags.gst.pads import tap
from pythiags.workers.parting import SOURCE_ID

if TYPE_CHECKING:
    from collections.abc import Callable

    from pythiags.app.lanes import Lanes
    from pythiags.extractors import Extractor, Native
    from pythiags.gst import Gst
    from pythiags.gst._gst import RecordProbe

__all__ = ["NativeExtraction", "native_of"]

logger = logging.getLogger(__name__)


def native_of(
    extractor: Extractor, *, workers: int, key: str | Callable[[Any], object], name: str
) -> Native | None:
    """Return what reads for an extractor in C; None: its Python has to.

    Several workers share records by their source; any other key is Python's to look at.
    """
    native = extractor.native()
    if native is not None and workers > 1 and key != SOURCE_ID:
        logger.info("%s: extracting in Python because key= is not the source", name)
        return None
    return native


class NativeExtraction:
    """Probes written in C, which fill the rings behind the channels of an attachment.

    They read each buffer anew for each attachment, which is cheaper than to share what was read.

    Args:
        pipeline: Holds the element.
        element: Or an element's pad.
        native: What puts the probes there.
        lanes: Where records go.
        what: The extractor's name, for messages.

    Raises:
        DescriptionError: No such element or pad, or several to choose from.
    """

    def __init__(
        self, pipeline: Gst.Pipeline, element: str, native: Native, lanes: Lanes, *, what: str
    ) -> None:
        self.what = what
        self.renewable = None
        self.probe_value = ""
        self._native = native
        self._rings = [lane.channel.handle for lane in lanes]
        self._muted = False
        self._warned = False
        self._tapped = tap(pipeline, element, self._attach)

    def _attach(self, pad: Gst.Pad) -> RecordProbe:
        probe = self._native.attach(pad, self._rings)
        if self._muted:
            probe.mute()
        return probe

    def mute(self) -> None:
        """Let buffers pass without extracting; what was produced stays."""
        self._muted = True
        for probe in self._tapped.probes:
            probe.mute()

    def remove(self) -> None:
        """Take the probes away; the counters can still be read."""
        self._tapped.remove()

    def extracts(self) -> bool:
        """Return False: it is C, which waits for nothing."""
        return False

    def runs_here(self) -> bool:
        """Return False: it is C, which ends no run."""
        return False

    def stats(self) -> ExtractionStats:
        """Read the counters, from any thread."""
        calls, refused = self.times(), 0
        probes = self._tapped.probes
        for probe in probes:
            note_carriers(probe.carriers)
            count, error = probe.refused
            refused += count
            if error is not None:
                self._warn(error)
        return ExtractionStats(
            buffers=calls.count,
            seconds=calls.total / 1e9,
            p50=calls.quantile(0.5) / 1e9,
            p99=calls.quantile(0.99) / 1e9,
            gil_seconds=0.0,
            pads=len(probes),
            errors={MetadataLayoutError.__name__: refused} if refused else {},
        )

    def times(self) -> Histogram:
        """Return how long the calls of all its probes took."""
        calls = Histogram()
        for probe in self._tapped.probes:
            calls.merge(probe.calls)
        return calls

    def _warn(self, error: MetadataLayoutError) -> None:
        if not self._warned:
            self._warned = True
            logger.error("%s: %s", self.what, error)
