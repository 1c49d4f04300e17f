"""Appsinks, which keep what nobody pulls: the one for the display, and those that are forgotten.

By default an appsink queues without limit, and its end-of-stream waits until the queue was pulled.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from pythiags.gst.pipeline import elements_of

if TYPE_CHECKING:
    from pythiags.gst import Gst

__all__ = ["display_sink", "prepare_sinks"]

DISPLAY: Final = "pythiags"

logger = logging.getLogger(__name__)


def display_sink(pipeline: Gst.Pipeline) -> Gst.Element | None:
    """Give the appsink named ``pythiags``, if there is one."""
    sink = pipeline.get_by_name(DISPLAY)
    return sink if sink is not None and _is_appsink(sink) else None


def prepare_sinks(pipeline: Gst.Pipeline) -> None:
    """Keep appsinks from filling the memory and from holding back the end, before it plays.

    The display's keeps the newest frame alone, unless it has a bound of its own. Of any other one
    without a bound it is only said, since who means to pull from it may want every frame.
    """
    for sink in elements_of(pipeline):
        if not _is_appsink(sink):
            continue
        bounded = sink.get_property("max-buffers") > 0
        if sink.get_name() == DISPLAY:
            sink.set_property("wait-on-eos", False)
            if not bounded:
                sink.set_property("max-buffers", 1)
                sink.set_property("drop", True)
        elif not bounded:
            logger.warning(
                "appsink %r has no bound: if nothing pulls from it, it grows and the stream does "
                "not end; give it max-buffers=1 drop=true wait-on-eos=false",
                sink.get_name(),
            )


def _is_appsink(element: Gst.Element) -> bool:
    factory = element.get_factory()
    return factory is not None and factory.get_name() == "appsink"
