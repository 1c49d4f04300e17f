"""Traces of real pipelines: what is counted, where time is put, and how elements are linked."""

import gc
import time
import weakref
from itertools import pairwise

import pytest
from faults.harness import until

from pythiags import App, Pipeline, PythiagsError, data
from pythiags.gst._gst import Tracer

COUNT = 20
SLOW = 0.01  # seconds
SLEEPS = f"identity name=slow sleep-time={SLOW * 1e6:.0f}"
BIG = "video/x-raw,format=I420,width=320,height=240"
SMALL = "video/x-raw,format=I420,width=32,height=32,framerate=30/1"


def traced(text, **variables):
    """Run a pipeline to its end; gives its elements by name, and its trace."""
    with App(text, trace=True, **variables) as app:
        app.run()
        trace = app.trace()
    assert app.trace() == trace
    return {each.path: each for each in trace.elements}, trace


def test_buffers_are_counted_and_elements_stand_in_their_order():
    found, trace = traced(
        f"videotestsrc num-buffers={COUNT} name=a ! {SMALL} ! queue name=b ! identity name=c "
        "! fakesink name=d"
    )
    names = [name for name in found if not name.startswith("capsfilter")]
    assert names == ["a", "b", "c", "d"]
    assert {each.buffers for each in found.values()} == {COUNT}
    assert [found[name].kind for name in names] == ["makes", "passes", "passes", "takes"]
    assert trace.seconds > 0


def test_time_is_that_of_the_element_that_takes_it():
    found, trace = traced(f"videotestsrc num-buffers={COUNT} ! {SLEEPS} ! identity ! fakesink")
    slow = found["slow"]
    assert slow.median >= SLOW * 0.9
    assert slow.share * trace.seconds >= COUNT * SLOW * 0.9
    others = [each.share for each in found.values() if each is not slow]
    assert slow.share > sum(others)
    assert slow.share <= 1.01


def test_time_in_a_queue_is_waiting():
    found, _ = traced(
        f"videotestsrc num-buffers={COUNT} ! {SMALL} ! queue name=q ! {SLEEPS} ! fakesink"
    )
    assert found["q"].waits == "queue"
    assert found["q"].longest >= SLOW * 0.9, "the last ones wait for those before them"
    assert found["slow"].waits == ""


@pytest.mark.parametrize("rate", ["30/1", "30000/1001", "25/1", "1000/1"])
def test_time_stamps_that_wait_together_are_told_apart(rate):
    text = (
        f"videotestsrc num-buffers=400 ! video/x-raw,width=16,height=16,framerate={rate} "
        "! queue max-size-buffers=300 max-size-time=0 ! identity sleep-time=500 ! fakesink"
    )
    with Pipeline(text) as pipeline:
        tracer = Tracer(pipeline.gst)
        pipeline.start()
        pipeline.wait(60)
        rows = {factory: row for _, factory, *row in tracer.read()}
        tracer.stop()
    came, left, _, _, _, stay, *_ = rows["queue"]
    assert (came, left) == (400, 400)
    assert stay.count >= 396


def test_extractors_are_told_from_the_next_element():
    def extract(_pad, _info):
        time.sleep(SLOW)
        return [1]

    text = f"videotestsrc num-buffers={COUNT} ! identity name=tap ! fakesink name=out"
    with App(text, trace=True) as app:
        app.attach("tap", extract, lambda _events: None)
        app.attach("out", extract, lambda _events: None, name="second")
        app.run()
        trace = app.trace()
    found = {each.path: each for each in trace.elements}
    for name in ("tap", "out"):
        assert found[name].extracted == COUNT
        assert found[name].extract_share * trace.seconds >= COUNT * SLOW * 0.9
        assert found[name].share < found[name].extract_share / 2
    assert "extractors" in str(trace)


def test_sinks_wait_for_the_clock_and_live_sources_for_frames():
    found, _ = traced(
        f"videotestsrc name=a is-live=true num-buffers=5 ! {SMALL} ! fakesink name=b sync=true"
    )
    assert (found["a"].waits, found["b"].waits) == ("live", "clock")


def test_links_have_caps_and_memory():
    _, trace = traced(
        f"videotestsrc num-buffers=3 name=a ! {SMALL} ! nvvideoconvert "
        "! video/x-raw(memory:NVMM),format=NV12 ! fakesink name=z"
    )
    first, last = trace.links[0], trace.links[-1]
    assert (first.source, first.media, first.features) == ("a", "I420 32x32 30/1", "")
    assert (first.memory, first.buffers) == ("SystemMemory", 3)
    assert first.caps.startswith("video/x-raw, ")
    assert (last.sink, last.features, last.sink_pad) == ("z", "memory:NVMM", "sink")
    assert last.media.startswith("NV12 32x32")


def test_bins_are_seen_through():
    _, trace = traced(
        "videotestsrc num-buffers=3 name=a ! ( name=box queue name=b ! ( identity name=c ) ) "
        "! fakesink name=d"
    )
    ways = [(link.source, link.sink) for link in trace.links]
    paths = [each.path for each in trace.elements]
    assert [path.rpartition("/")[2] for path in paths] == ["a", "b", "c", "d"]
    assert paths[1] == "box/b"
    assert ways == list(pairwise(paths))


def test_a_tee_and_a_mixer():
    row = f"videotestsrc name={{0}} num-buffers=5 ! {SMALL} ! nvvideoconvert ! m.sink_{{0}}"
    found, trace = traced(
        "nvstreammux name=m batch-size=2 width=32 height=32 ! tee name=t ! queue ! fakesink "
        f"t. ! queue ! fakesink {row.format(0)} {row.format(1)}"
    )
    assert found["m"].waits == "mixer"
    assert found["m"].buffers == 10
    assert found["m"].kind == "passes"
    assert len([link for link in trace.links if link.sink == "m"]) == 2
    assert len([link for link in trace.links if link.source == "t"]) == 2
    names = list(found)
    assert names.index("m") > max(names.index("0"), names.index("1"))
    assert trace.svg().count("memory:NVMM") > 3


def test_to_wait_for_what_follows_is_no_work_of_a_mixer():
    found, _ = traced(
        f"nvstreammux name=m batch-size=1 width=32 height=32 ! {SLEEPS} ! fakesink "
        f"videotestsrc num-buffers={COUNT} ! {SMALL} ! nvvideoconvert ! m.sink_0"
    )
    assert found["m"].longest >= SLOW * 0.9
    assert found["m"].share < found["slow"].share / 2


def test_an_encoder_that_is_emptied_at_the_end_has_no_thread_of_its_own():
    found, trace = traced(
        f"videotestsrc num-buffers=60 pattern=snow ! {BIG} ! x264enc name=e threads=1 "
        "speed-preset=veryfast rc-lookahead=20 sync-lookahead=0 ! fakesink"
    )
    e = found["e"]
    assert e.buffers == 60
    assert e.share * trace.seconds > 5 * e.median, "it works on each picture"


def test_what_is_pulled_is_measured():
    found, _ = traced(
        "filesrc name=f location={p} ! h264parse name=p ! fakesink", p=data.path("pedestrians.h264")
    )
    assert found["f"].buffers > 0
    assert (found["f"].kind, found["p"].kind) == ("takes", "makes")
    assert found["p"].share > 0


def test_a_trace_of_now_and_of_what_has_gone():
    with App(
        "nvstreammux name=m batch-size=2 width=32 height=32 live-source=true ! fakesink "
        "videotestsrc name=stays is-live=true ! nvvideoconvert ! m.sink_0 "
        "videotestsrc name=leaves is-live=true ! nvvideoconvert ! m.sink_1",
        trace=True,
    ) as app:
        assert app.trace().elements == ()
        app.start()
        until(lambda: all(each.buffers for each in app.trace().elements), "buffers")
        app.remove_source("leaves")
        found = {each.path: each for each in app.trace().elements}
        assert not found["leaves"].present
        assert found["stays"].present
        assert "leaves" not in app.trace().svg()


def test_only_the_pipeline_that_is_traced():
    text = f"videotestsrc num-buffers={COUNT} name=%s ! {SLEEPS} ! fakesink"
    with (
        App(text % "mine", trace=True) as app,
        App(text % "other") as other,
        App(text % "second", trace=True) as second,
    ):
        for each in (app, other, second):
            each.start()
        for each in (app, other, second):
            each.join()
        assert next(iter(app.trace().elements)).path == "mine"
        assert next(iter(second.trace().elements)).path == "second"
        with pytest.raises(PythiagsError, match="nothing was traced"):
            other.trace()
    with App(text % "later") as later:
        later.run()
    assert next(iter(app.trace().elements)).path == "mine"


def test_a_trace_keeps_no_pipeline_alive():
    app = App(f"videotestsrc num-buffers=3 ! {SMALL} ! queue ! fakesink", trace=True)
    reference = weakref.ref(app.pipeline)
    app.run()
    app.close()
    tracing = app._services._tracing
    del app
    gc.collect()
    assert reference() is None
    assert tracing.read().elements


def test_a_run_that_fails_has_a_trace():
    with App("videotestsrc ! identity error-after=5 name=i ! fakesink", trace=True) as app:
        with pytest.raises(PythiagsError):
            app.run()
        found = {each.path: each for each in app.trace().elements}
        assert found["i"].buffers >= 5
