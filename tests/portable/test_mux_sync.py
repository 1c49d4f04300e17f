"""nvstreammux with sync-inputs: a batch holds the frames of one moment."""

from __future__ import annotations

import pytest
from faults.harness import until

from pythiags.gst import Gst

CAPS = "video/x-raw,format=NV12,width=64,height=48"
SINK = "fakesink name=sink sync=false"
STEP = 100 * Gst.MSECOND


def mux(extra=""):
    return f"nvstreammux name=m width=64 height=48 batch-size=2 sync-inputs=true {extra}"


def source(pad, n, rate):
    return f"videotestsrc num-buffers={n} ! {CAPS},framerate={rate}/1 ! m.sink_{pad}"


def ids(batches):
    return [sorted(frame["source_id"] for frame in batch) for batch in batches]


@pytest.fixture
def played(build):
    """``played(text)``: the sources in each batch."""

    def play(text):
        one = build(f"{text} ! {SINK}")
        batches = one.watch("m")
        assert one.play().error is None
        return ids(batches)

    return play


def test_frames_of_one_moment_are_together(played):
    both = f"{source(0, 4, 10)} {source(1, 2, 5)}"
    assert played(f"{both} {mux()}") == [[0, 1], [0], [0, 1], [0]]
    assert played(f"{both} {mux('sync-inputs=false')}") == [[0, 1], [0, 1], [0, 0]]


def test_frames_that_are_less_than_half_a_frame_apart_are_of_one_moment(played):
    shifted = f"videotestsrc num-buffers=2 timestamp-offset={STEP // 3} ! {CAPS},framerate=10/1"
    assert played(f"{source(0, 2, 10)} {shifted} ! m.sink_1 {mux()}") == [[0, 1], [0, 1]]


def test_a_batch_is_never_larger_than_its_size(played):
    sources = " ".join(source(pad, 2, 10) for pad in range(3))
    sizes = [len(batch) for batch in played(f"{sources} {mux()}")]
    assert sorted(sizes) == [1, 1, 2, 2]


def feed(one, name, frame):
    buffer = Gst.Buffer.new_allocate(None, 64 * 48 * 3 // 2, None)
    buffer.pts = frame * STEP
    assert one[name].emit("push-buffer", buffer) == Gst.FlowReturn.OK


@pytest.fixture
def live(build):
    """Two live sources that are fed by hand, a and b, and their batches."""
    sources = (
        f"appsrc name={name} format=time caps={CAPS},framerate=10/1 ! m.sink_{pad}"
        for pad, name in enumerate("ab")
    )
    waiting = "live-source=true batched-push-timeout=20000 max-latency=30000000"
    one = build(f"{' '.join(sources)} {mux(waiting)} ! {SINK} async=false")
    return one, one.watch("m")


def frames(batches):
    return [sorted((f["source_id"], f["buf_pts"] // STEP) for f in batch) for batch in batches]


def test_late_frames_of_live_sources_are_dropped(live):
    one, batches = live
    one.pipeline.set_state(Gst.State.PLAYING)
    for frame in range(3):
        feed(one, "a", frame)
        until(lambda frame=frame: len(batches) > frame, f"batch {frame}")
    one["m"].set_property("batched-push-timeout", 20_000_000)  # the last two are one batch
    feed(one, "b", 0)
    feed(one, "b", 3)
    feed(one, "a", 3)
    until(lambda: len(batches) > 3, "the last batch")
    assert frames(batches) == [[(0, 0)], [(0, 1)], [(0, 2)], [(0, 3), (1, 3)]]


@pytest.mark.parametrize("offset", [0, 15 * STEP])
def test_a_source_that_begins_at_zero_later_is_told_of_once(live, offset):
    one, batches = live
    one["m"].get_static_pad("sink_1").set_offset(offset)
    one.pipeline.set_state(Gst.State.PLAYING)
    for count, frame in enumerate([0, 15], 1):
        feed(one, "a", frame)
        until(lambda count=count: len(batches) == count, f"batch {count}")
    one["m"].set_property("batched-push-timeout", 20_000_000)  # the last two are one batch
    for frame in [0, 1] if offset == 0 else []:
        feed(one, "b", frame)
    feed(one, "b", 16 - offset // STEP)
    feed(one, "a", 16)
    until(lambda: len(batches) == 3, "the last batch")
    assert ids(batches)[-1] == [0, 1]
    one.pipeline.get_bus().post(Gst.Message.new_eos(one.pipeline))
    assert one.play().warnings == [
        "The first frame of sink_1 is 1.5 s late: with sync-inputs=true frames of a live pipeline "
        "are dropped until they have caught up. A source that is added to a running pipeline "
        "begins at zero: set_offset() of the pad with the pipeline's running time has it begin now"
    ] * (offset == 0)


def test_latency_is_the_timeout_and_what_is_waited_longer(build):
    text = f"videotestsrc is-live=true ! {CAPS},framerate=10/1 ! m.sink_0"
    one = build(f"{text} {mux('batched-push-timeout=20000 max-latency=30000000')} ! {SINK}")
    one.pipeline.set_state(Gst.State.PLAYING)
    one.pipeline.get_state(10 * Gst.SECOND)
    query = Gst.Query.new_latency()
    assert one["m"].get_static_pad("src").query(query)
    assert query.parse_latency()[1] == Gst.SECOND // 10 + 50 * Gst.MSECOND
