"""Has ``avenc_mpeg4`` of scripts keep the times of pictures, which GStreamer 1.22 loses.

Its frames have none then, and ``qtmux`` ends with "Buffer has no PTS".
"""

from __future__ import annotations

from typing import Any, Final

from pythiags.lookalikes.afterimport import exchange, when_initialized

__all__ = ["install"]

ENCODER: Final = "avenc_mpeg4"


def install() -> None:
    """Mend the encoders of each pipeline of this process when it starts, from now on."""
    when_initialized(_watch)


def _watch(gst: Any) -> None:
    set_state = gst.Element.set_state

    def watched(element: Any, state: Any) -> Any:
        if isinstance(element, gst.Bin) and state != gst.State.NULL:
            _mend(gst, element)
        return set_state(element, state)

    exchange(gst, gst.Element, "set_state", watched)


def _mend(gst: Any, pipeline: Any) -> None:
    found = pipeline.iterate_all_by_element_factory_name(ENCODER)
    if found.next()[0] == gst.IteratorResult.DONE:  # of nearly all: they need not load anything
        return
    from pythiags.gst._gst import mend_encoder_times
    from pythiags.gst.elements import each_element

    for encoder in each_element(pipeline.iterate_all_by_element_factory_name(ENCODER)):
        mend_encoder_times(encoder)
