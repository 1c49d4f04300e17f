"""Keeps the metadata of a script's pipelines, for ``pythiags run --record``."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pythiags.lookalikes.afterimport import exchange, when_initialized
from pythiags.lookalikes.atend import at_end

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pythiags.gst.probe import Probe

__all__ = ["Recorder", "install"]

DRAWS: Final = "nvdsosd"
"""What it is about to draw is complete: networks, trackers and the script's probes were there."""

ADDS: Final = ("nvdsanalytics", "nvtracker", "nvinfer", "nvinferserver", "nvstreammux")
"""Elements that add metadata; the last one in a pipeline most likely comes first here."""


NAMES: Final = ", ".join((DRAWS, *ADDS))


class Recorder:
    """A recording of what passes pads; buffers come from any thread.

    Args:
        path: The file. It is opened at once.

    Raises:
        ConfigError: It cannot be opened.
    """

    def __init__(self, path: str) -> None:
        from pythiags.extractors import Metadata
        from pythiags.recording import MetadataWriter

        self._writer = MetadataWriter(path)
        self._extract = Metadata().extract_metadata
        self._lock = threading.Lock()
        # The probes of each pipeline, by the address that is the hash of GStreamer's objects.
        self._probes: dict[int, list[Probe]] = {}
        self._writer.open()

    def attach(self, pipeline: Any) -> None:
        """Record a pipeline that is about to start, if it is not recorded yet.

        It is not kept alive. If nothing in it adds metadata, a line on standard error says so.
        """
        from pythiags.gst.probe import attach

        key = hash(pipeline)
        with self._lock:
            known = self._probes.get(key)
            if known:
                return
            self._probes[key] = []
        pads = _pads(pipeline)
        if known is None:
            pipeline.weak_ref(self._forget, key)
            if not pads:
                _tell(f"{pipeline.get_name()} is not recorded: it has none of {NAMES}")
        self._probes[key] = [attach(pad, self._on_buffer) for pad in pads]

    def _forget(self, key: int) -> None:
        """Let go of a pipeline's pads, which their probes keep alive; it is gone itself."""
        for probe in self._probes.pop(key, []):
            probe.remove()

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
    from pythiags.gst.elements import elements_of

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


def install(path: str, first: int) -> None:
    """Record every pipeline of this process from now on.

    Args:
        path: The file.
        first: The process whose file it is. Another one has a file of its own, with its number in
            the name, and says so: the processes of a script would overwrite each other's.
    """
    recorder: Recorder | None = None
    owner = 0

    def start() -> Recorder:
        here = path if os.getpid() == first else _numbered(Path(path), os.getpid())
        if here != path:
            _tell(f"process {os.getpid()} is recorded in {here}")
        started = Recorder(here)
        process = os.getpid()
        at_end(lambda: _close_in(process, started))
        return started

    def watch(gst: Any) -> None:
        set_state = gst.Element.set_state

        def watched(element: Any, state: Any) -> Any:
            nonlocal recorder, owner
            if isinstance(element, gst.Pipeline) and state >= gst.State.PAUSED:
                if recorder is None or owner != os.getpid():
                    recorder, owner = start(), os.getpid()
                recorder.attach(element)
            return set_state(element, state)

        exchange(gst, gst.Element, "set_state", watched)

    when_initialized(watch)


def _close_in(process: int, recorder: Recorder) -> None:
    """Complete a file in the process whose it is, and not in those that are forked from it."""
    if os.getpid() == process:
        recorder.close()


def _numbered(path: Path, number: int) -> str:
    """Return a path with a number before the suffixes that say what a recording is."""
    ending = "".join(path.suffixes[-2:]) if path.suffix == ".gz" else path.suffix
    return str(path.with_name(f"{path.name.removesuffix(ending)}.{number}{ending}"))


def _tell(text: str) -> None:
    with suppress(OSError, ValueError, AttributeError):  # nobody reads it
        sys.stderr.write(f"pythiags run: {text}\n")
        sys.stderr.flush()
