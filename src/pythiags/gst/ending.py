"""How a pipeline ends: its sources are asked to end the stream, and everything goes to NULL."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pythiags.gst import Gst
from pythiags.gst.elements import each_element

if TYPE_CHECKING:
    from collections.abc import Callable

    from pythiags.gst.sources import Sources

__all__ = ["Ending"]


class Ending:
    """Ends the stream of a pipeline, and takes it down in bounded time.

    Args:
        pipeline: The ``Gst.Pipeline``.
        sources: Its live sources.
    """

    def __init__(self, pipeline: Gst.Pipeline, sources: Sources) -> None:
        self._pipeline = pipeline
        self._sources = sources
        self._asked: dict[Gst.Element, threading.Thread] = {}

    def ask(self) -> bool:
        """Ask the sources to end the stream; do not wait.

        Sending an event holds the state lock of the element that it is sent to for as long as the
        source is blocked downstream; so it is sent to each source, and not to the pipeline, in a
        thread of its own, which ``go_down()`` frees.

        Returns:
            False if the pipeline is paused, so that no end could get through.
        """
        _, state, pending = self._pipeline.get_state(0)
        if Gst.State.PLAYING not in (state, pending):
            return False
        for source in each_element(self._pipeline.iterate_sources()):
            self._asked[source] = threading.Thread(
                target=source.send_event,
                args=(Gst.Event.new_eos(),),
                name="pythiags-eos",
                daemon=True,
            )
            self._asked[source].start()
        return True

    def go_down(self, timeout: float) -> bool:
        """Go to NULL; return False if an element still hangs after ``timeout`` seconds.

        A pipeline that hangs is abandoned to a daemon thread.
        """
        return _bounded(self._go_down, timeout)

    def _go_down(self) -> None:
        self._free_sources()
        hung = self._sources.retire_all()
        if hung:  # the pipeline would wait for them before it stops any other element
            for element in each_element(self._pipeline.iterate_sorted()):
                if element not in hung:
                    element.set_state(Gst.State.NULL)
        self._pipeline.set_state(Gst.State.NULL)
        self._sources.stop()

    def _free_sources(self) -> None:
        """Unblock the sources if the end of stream did not pass downstream."""
        for source, sending in self._asked.items():
            if sending.is_alive():
                for pad in source.srcpads:
                    pad.push_event(Gst.Event.new_flush_start())
        self._asked.clear()


def _bounded(call: Callable[[], object], timeout: float) -> bool:
    """Make a call of GStreamer that may hang, in a thread that may be left behind."""
    thread = threading.Thread(target=call, name="pythiags-bounded", daemon=True)
    thread.start()
    thread.join(timeout)
    return not thread.is_alive()
