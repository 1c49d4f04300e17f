"""Appsinks, which keep what nobody pulls: the one for the display, and those that are forgotten.

By default an appsink queues without limit, and its end-of-stream waits until the queue was pulled.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from pythiags.gst import Gst
from pythiags.gst.elements import elements_of

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["EndWatch", "display_sink", "empty_sinks", "prepare_sinks"]

DISPLAY: Final = "pythiags"
PULL_PATIENCE: Final = 3.0  # seconds from the end-of-stream until the last frame was pulled

logger = logging.getLogger(__name__)


def display_sink(pipeline: Gst.Pipeline) -> Gst.Element | None:
    """Return the appsink named ``pythiags``, if there is one."""
    sink = pipeline.get_by_name(DISPLAY)
    return sink if sink is not None and _is_appsink(sink) else None


def prepare_sinks(pipeline: Gst.Pipeline, may_pull: Callable[[], bool]) -> None:
    """Keep appsinks from filling the memory and from holding back the end, before it plays.

    The display's appsink keeps the newest frame only, unless it has a bound of its own. Any other
    one without a bound is only reported, since a program that pulls from it may want every frame.

    Args:
        pipeline: What is about to play.
        may_pull: Whether the program can reach the appsinks; asked when the end comes. It must not
            refer to the pipeline.
    """
    for sink in _appsinks(pipeline):
        bounded = sink.get_property("max-buffers") > 0
        if sink.get_name() == DISPLAY:
            sink.set_property("wait-on-eos", False)
            if not bounded:
                _keep_newest(sink)
            continue
        _let_end_pass(sink, may_pull)
        if not bounded:
            logger.warning(
                "appsink %r has no limit: its queue grows if nothing pulls from it; "
                "set max-buffers=1 drop=true",
                sink.get_name(),
            )
        elif not sink.get_property("drop") and not may_pull():
            logger.warning(
                "appsink %r blocks the stream when its queue is full, until something pulls "
                "from it; set drop=true to drop frames instead",
                sink.get_name(),
            )


def empty_sinks(pipeline: Gst.Pipeline) -> None:
    """Have appsinks that no program will pull from drop their frames, and say so."""
    for sink in _appsinks(pipeline):
        if sink.get_name() != DISPLAY:
            sink.set_property("wait-on-eos", False)
            _keep_newest(sink)
            logger.warning(
                "nothing pulls from appsink %r: its frames are dropped; set name=%s to show "
                "them in a "
                "window, or use fakesink, which drops them without this warning",
                sink.get_name(),
                DISPLAY,
            )


class EndWatch:
    """Warns once of each appsink that holds back the end because nothing pulls its last frames.

    Args:
        pipeline: What is about to play.
    """

    def __init__(self, pipeline: Gst.Pipeline) -> None:
        self._sinks = _appsinks(pipeline)
        self._seen: dict[Gst.Element, float] = {}

    def look(self, now: float) -> None:
        """Look whether one has waited for too long; ``now`` is a monotonic clock's, in seconds."""
        for sink in list(self._sinks):
            # Its own pad has the event only once it was handled, which is what this waits for.
            before = sink.sinkpads[0].get_peer()
            if before is None or before.get_sticky_event(Gst.EventType.EOS, 0) is None:
                continue
            if sink.get_property("eos"):
                continue
            if now - self._seen.setdefault(sink, now) >= PULL_PATIENCE:
                self._sinks.remove(sink)
                logger.warning(
                    "the end of the stream waits for appsink %r: nothing has pulled its last "
                    "frames; pull them, or set wait-on-eos=false",
                    sink.get_name(),
                )


def _keep_newest(sink: Gst.Element) -> None:
    sink.set_property("max-buffers", 1)
    sink.set_property("drop", True)


def _let_end_pass(sink: Gst.Element, may_pull: Callable[[], bool]) -> None:
    """Have an appsink report the end at once, unless somebody may pull what is in its queue.

    By default it waits until its queue is empty: for ever, where nothing pulls.
    """

    def on_event(pad: Gst.Pad, info: Gst.PadProbeInfo) -> Gst.PadProbeReturn:
        if info.get_event().type == Gst.EventType.EOS and not may_pull():
            pad.get_parent_element().set_property("wait-on-eos", False)
        return Gst.PadProbeReturn.OK

    sink.sinkpads[0].add_probe(Gst.PadProbeType.EVENT_DOWNSTREAM, on_event)


def _appsinks(pipeline: Gst.Pipeline) -> list[Gst.Element]:
    return [element for element in elements_of(pipeline) if _is_appsink(element)]


def _is_appsink(element: Gst.Element) -> bool:
    factory = element.get_factory()
    return factory is not None and factory.get_name() == "appsink"
