"""nvstreamdemux on a CPU: each source's frames to its own pad, as if never batched."""

from __future__ import annotations

import threading

import pytest

from pythiags.gst import Gst

END = "sync=false async=false enable-last-sample=true"


def source(pad, n=6, size=(64, 48), rate=30):
    caps = f"video/x-raw,format=NV12,width={size[0]},height={size[1]},framerate={rate}/1"
    return f"videotestsrc num-buffers={n} ! {caps} ! m.sink_{pad}"


def mux(batch_size):
    return f"nvstreammux name=m width=64 height=48 batch-size={batch_size}"


def branch(pad, name):
    return f"d.src_{pad} ! identity name=i{pad} ! fakesink name={name} {END}"


def pixels_before(run, n=1):
    text = "videotestsrc num-buffers={} ! video/x-raw,format=NV12,width=64,height=48"
    return run(f"{text.format(n)},framerate=30/1 ! fakesink name=sink {END}").last()[1]


@pytest.mark.parametrize("batch_size", [1, 2, 4])
def test_each_pad_gets_its_source(build, batch_size):
    one = build(
        f"{source(0, rate=30)} {source(3, rate=25)} {mux(batch_size)} ! nvstreamdemux name=d"
        f" {branch(0, 'sink')} {branch(3, 'other')}"
    )
    seen = {pad: one.watch(f"i{pad}") for pad in (0, 3)}
    assert one.play().error is None
    for pad, rate in ((0, 30), (3, 25)):
        frames = [frame for batch in seen[pad] for frame in batch]
        assert [f["source_id"] for f in frames] == [pad] * 6
        assert [f["batch_id"] for f in frames] == [0] * 6
        assert [f["frame_num"] for f in frames] == list(range(6))
        assert [len(batch) for batch in seen[pad]] == [1] * 6
        assert [f["buf_pts"] for f in frames] == [i * Gst.SECOND // rate for i in range(6)]
    caps, _ = one.last("other")
    structure = caps.get_structure(0)
    assert structure.get_fraction("framerate")[1:] == (25, 1)
    assert structure.get_int("batch-size").value == 1
    assert caps.get_features(0).contains("memory:NVMM")


def test_pixels_and_times_are_the_sources_own(build, run):
    one = build(
        f"{source(0, n=1)} {source(1, n=1)} {mux(2)} ! nvstreamdemux name=d"
        f" {branch(0, 'sink')} {branch(1, 'other')}"
    )
    one.play()
    before = pixels_before(run)
    assert one.last("sink")[1] == before
    assert one.last("other")[1] == before
    assert one["other"].get_property("last-sample").get_buffer().pts == 0


def test_a_source_without_a_pad_is_let_go(build):
    one = build(f"{source(0)} {source(1)} {mux(2)} ! nvstreamdemux name=d {branch(1, 'sink')}")
    seen = one.watch("i1")
    assert one.play().error is None
    assert len(seen) == 6


def ends(build, extra):
    """How often source 0 was seen before its pad ended, and source 1 by then."""
    one = build(
        f"{source(0, n=3)} {source(1, n=30)} {mux(2)} ! nvstreamdemux name=d {extra}"
        f" {branch(0, 'sink')} {branch(1, 'other')}"
    )
    seen = one.watch("i1")
    at_the_end = []

    def note(_pad, info):
        if info.get_event().type == Gst.EventType.EOS:
            at_the_end.append(len(seen))
        return Gst.PadProbeReturn.OK

    pad = one["sink"].get_static_pad("sink")
    number = pad.add_probe(Gst.PadProbeType.EVENT_DOWNSTREAM, note)
    assert one.play().error is None
    pad.remove_probe(number)
    assert len(seen) == 30
    return at_the_end


def test_all_pads_end_together(build):
    assert ends(build, "") == [30]


def test_or_each_with_its_source(build):
    (early,) = ends(build, "per-stream-eos=true")
    assert early < 10


@pytest.mark.parametrize("before", ["", "! nvvideoconvert"])
@pytest.mark.parametrize("pads", [(0, 1), (1, 0)])
def test_a_source_without_a_frame_ends_before_the_others(build, before, pads):
    empty, full = pads
    # The sinks wait for each other at the start: one of them needs the end to be ready.
    queue = "queue max-size-buffers=4"
    one = build(
        f"{source(empty, n=0).replace('! m.', f'{before} ! m.')} {source(full, n=30)} {mux(2)}"
        " ! nvstreamdemux name=d per-stream-eos=true"
        f" d.src_{empty} ! {queue} ! fakesink name=other"
        f" d.src_{full} ! {queue} ! fakesink name=sink"
    )
    assert one.play().error is None
    assert one.rendered == 30


def test_a_pad_may_be_asked_for_while_playing(build):
    one = build(
        "videotestsrc is-live=true ! video/x-raw,format=NV12,width=64,height=48,framerate=50/1"
        f" ! m.sink_0 {mux(1)} ! nvstreamdemux name=d"
        f" fakesink name=sink {END}"
    )
    one.pipeline.set_state(Gst.State.PLAYING)
    arrived = []
    one["sink"].connect("handoff", lambda _sink, buffer, _pad: arrived.append(buffer.pts))
    pad = one["d"].request_pad_simple("src_0")
    assert one["d"].request_pad_simple("src_0") is None
    assert pad.link(one["sink"].get_static_pad("sink")) == Gst.PadLinkReturn.OK
    error = Gst.MessageType.ERROR
    for _ in range(100):
        assert one.pipeline.get_bus().timed_pop_filtered(20 * Gst.MSECOND, error) is None
        if len(arrived) > 3:
            break
    assert len(arrived) > 3
    one.pipeline.set_state(Gst.State.NULL)
    one["d"].release_request_pad(pad)


def test_frames_can_be_batched_again(build):
    one = build(
        f"{source(0)} {source(1)} {mux(2)} ! nvstreamdemux name=d"
        " d.src_0 ! queue ! n.sink_5 d.src_1 ! queue ! n.sink_4"
        f" nvstreammux name=n width=32 height=24 batch-size=2 ! fakesink name=sink {END}"
    )
    batches = one.watch("n")
    assert one.play().error is None
    assert [sorted(f["source_id"] for f in batch) for batch in batches] == [[4, 5]] * 6


def test_a_buffer_without_metadata_is_an_error_that_says_what_is_missing(run):
    one = run(
        "videotestsrc num-buffers=2 ! nvvideoconvert ! video/x-raw(memory:NVMM),format=NV12"
        f" ! nvstreamdemux name=d d.src_0 ! fakesink name=sink {END}"
    )
    assert "nvstreammux" in one.error


def test_a_pad_that_is_released_in_mid_stream_leaves_the_others_running(build):
    one = build(
        f"{source(0)} {source(1)} {mux(2)} ! nvstreamdemux name=d"
        f" {branch(0, 'other')} {branch(1, 'sink')}"
    )
    pad = one["d"].get_static_pad("src_0")

    def release(_pad, info):
        if info.get_event().type == Gst.EventType.CAPS:
            one["d"].release_request_pad(pad)
        return Gst.PadProbeReturn.OK

    pad.get_peer().add_probe(Gst.PadProbeType.EVENT_DOWNSTREAM, release)
    frames = one.watch("i1")
    ended = one["sink"].get_static_pad("sink")
    done = threading.Event()

    def listen(_pad, info):
        if info.get_event().type == Gst.EventType.EOS:
            done.set()
        return Gst.PadProbeReturn.OK

    ended.add_probe(Gst.PadProbeType.EVENT_DOWNSTREAM, listen)
    one.pipeline.set_state(Gst.State.PLAYING)
    assert done.wait(10)
    assert len(frames) == 6
