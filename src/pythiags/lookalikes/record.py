"""Keeps the metadata of a script's pipelines, for ``pythiags run --record``."""

from __future__ import annotations

import atexit
import threading
from typing import TYPE_CHECKING, Any, Final

from pythiags.lookalikes.afterimport import when_initialized

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Recorder", "install"]

DRAWS: Final = "nvdsosd"
"""What it is about to draw is complete: networks, trackers and the script's probes were there."""

ADDS: Final = ("nvdsanalytics", "nvtracker", "nvinfer", "nvinferserver", "nvstreammux")
"""Elements that add metadata; the last one in a pipeline most likely comes first here."""


class Recorder:
    """A recording of what passes pads; buffers come from any thread.

    Args:
        path: The file. It is opened with the first pipeline.
    """

    def __init__(self, path: str) -> None:
        from pythiags.extractors import Metadata
        from pythiags.recording import MetadataWriter

        self._writer = MetadataWriter(path)
        self._extract = Metadata().extract_metadata
        self._lock = threading.Lock()
        self._pipelines: list[Any] = []
        self._writer.open()

    def attach(self, pipeline: Any) -> None:
        """Record a pipeline that is about to start, if it is not recorded yet."""
        from pythiags.gst.probe import attach

        with self._lock:
            if any(known is pipeline for known in self._pipelines):
                return
            self._pipelines.append(pipeline)
        for pad in _pads(pipeline):
            attach(pad, self._on_buffer)

    def close(self) -> None:
        """Complete the file."""
        with self._lock:
            self._writer.close()

    def _on_buffer(self, pad: Any, info: Any) -> None:
        document = self._extract(pad, info)
        if document is not None:
            with self._lock:
                self._writer.incoming(document)


def _elements(pipeline: Any) -> Iterator[tuple[str, Any]]:
    from pythiags.gst.pipeline import elements_of

    for element in elements_of(pipeline):
        factory = element.get_factory()
        if factory is not None:
            yield factory.get_name(), element


def _pads(pipeline: Any) -> list[Any]:
    """Return where it is complete: before all that draw, else after the last that adds."""
    found = list(_elements(pipeline))
    drawing = [element.get_static_pad("sink") for name, element in found if name == DRAWS]
    if drawing:
        return drawing
    for wanted in ADDS:
        adding = [element for name, element in found if name == wanted]
        if adding:  # what was added to the pipeline first is upstream, mostly
            return [adding[0].get_static_pad("src")]
    return []


def install(path: str) -> None:
    """Record every pipeline of this process from now on.

    Args:
        path: The file; a script that starts processes which play pipelines needs one for each.
    """
    recorder: Recorder | None = None

    def watch(gst: Any) -> None:
        set_state = gst.Element.set_state

        def watched(element: Any, state: Any) -> Any:
            nonlocal recorder
            if isinstance(element, gst.Pipeline) and state >= gst.State.PAUSED:
                if recorder is None:
                    recorder = Recorder(path)
                    atexit.register(recorder.close)
                recorder.attach(element)
            return set_state(element, state)

        gst.Element.set_state = watched

    when_initialized(watch)
