"""The gate at the end of a live source: what it counts, and the end that it holds back."""

import threading
import time

import pytest

from pythiags.gst import Gst
from pythiags.gst._gst import Gate

TEXT = "fakesrc num-buffers=20 ! identity name=here ! fakesink name=sink"


@pytest.mark.parametrize("closed", [False, True])
def test_an_end_passes_unless_it_is_closed(stream, closed):
    pipeline = stream(TEXT)
    gate = Gate(pipeline.get_by_name("here").get_static_pad("src"))
    gate.close(closed)
    assert (gate.count, gate.last, gate.ended) == (0, None, False)
    before = time.monotonic()
    pipeline.set_state(Gst.State.PLAYING)
    patience = 2 if closed else 20
    end = pipeline.get_bus().timed_pop_filtered(patience * Gst.SECOND, Gst.MessageType.EOS)
    assert (end is None) is closed
    assert gate.ended
    assert gate.count == 20
    assert before < gate.last < time.monotonic()


def test_a_new_stream_ends_the_end(stream):
    pipeline = stream(TEXT)
    gate = Gate(pipeline.get_by_name("here").get_static_pad("src"))
    for _ in range(2):
        pipeline.set_state(Gst.State.PLAYING)
        pipeline.get_bus().timed_pop_filtered(20 * Gst.SECOND, Gst.MessageType.EOS)
        assert gate.ended
        pipeline.set_state(Gst.State.NULL)
    assert gate.count == 40
    gate.stop()
    gate.stop()
    assert gate.count == 40


def test_it_is_known_when_downstream_holds_a_buffer(stream):
    pipeline = stream("fakesrc is-live=true ! identity name=here ! fakesink name=sink sync=false")
    here, sink = pipeline.get_by_name("here"), pipeline.get_by_name("sink")
    gate = Gate(here.get_static_pad("src"))
    assert not gate.pushing
    held, free = threading.Event(), threading.Event()

    def hold(_pad, _info):
        held.set()
        free.wait(20)
        return Gst.PadProbeReturn.OK

    sink.get_static_pad("sink").add_probe(Gst.PadProbeType.BUFFER, hold)
    pipeline.set_state(Gst.State.PLAYING)
    assert held.wait(20)
    assert gate.pushing
    free.set()


def test_it_wants_a_pad():
    with pytest.raises(TypeError, match=r"expected a Gst\.Pad, got str"):
        Gate("src")
