"""The frames of each source of a mixer, counted where they come in."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pythiags.gst import Gst
from pythiags.gst._gst import BufferCounter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["SourceFrames"]


class SourceFrames:
    """Counts the buffers on the sink pads of mixers, those included that are requested later.

    Args:
        mixers: They are watched until ``stop()``.
        source_of: Gives the name of the source that feeds a pad; None: it is not known.
    """

    def __init__(
        self, mixers: Iterable[Gst.Element], source_of: Callable[[Gst.Pad], str | None]
    ) -> None:
        self._source_of = source_of
        self._lock = threading.Lock()
        self._counters: dict[Gst.Pad, BufferCounter] = {}
        self._handlers: list[tuple[Gst.Element, int]] = []
        self._names: dict[Gst.Pad, str] = {}
        for mixer in mixers:
            self._handlers.append((mixer, mixer.connect("pad-added", self._added)))
            self._handlers.append((mixer, mixer.connect("pad-removed", self._removed)))
            for pad in mixer.sinkpads:
                self._added(mixer, pad)

    def read(self) -> dict[str, int]:
        """Return the frames of each source that there is."""
        with self._lock:
            counters = list(self._counters.items())
        frames: dict[str, int] = {}
        for pad, counter in counters:
            name = self._source_of(pad)
            if name is not None:  # a source that is started again may have no pad now
                self._names[pad] = name
            name = self._names.get(pad) or str(pad.get_name())
            frames[name] = frames.get(name, 0) + counter.count
        return frames

    def stop(self) -> None:
        """Take the probes off the pads."""
        for mixer, handler in self._handlers:
            mixer.disconnect(handler)
        self._handlers.clear()
        with self._lock:
            for counter in self._counters.values():
                counter.stop()
            self._counters.clear()
        self._names.clear()

    def _added(self, _mixer: Gst.Element, pad: Gst.Pad) -> None:
        if pad.get_direction() == Gst.PadDirection.SINK:
            with self._lock:
                self._counters.setdefault(pad, BufferCounter(pad))

    def _removed(self, _mixer: Gst.Element, pad: Gst.Pad) -> None:
        with self._lock:
            counter = self._counters.pop(pad, None)
        self._names.pop(pad, None)
        if counter is not None:
            counter.stop()
