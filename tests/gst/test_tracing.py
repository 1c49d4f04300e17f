"""Traces of real pipelines: what is counted, where time is put, and how elements are linked."""

import ctypes
import gc
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from faults.harness import until

from pythiags import App, Pipeline, PythiagsError, data
from pythiags.gst import Gst, _gst
from pythiags.gst._gst import Histogram, Tracer
from pythiags.gst.tracing import _element

COUNT = 20
ONCE = 1.5  # share of the time; given out twice it is nearly 2
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


def measured(factory, came, left, *, seconds=1.0, **times):
    """An element of which so much was measured; ``times`` are (how often, seconds of each)."""
    histograms = {name: Histogram() for name in ("work", "stay", "make", "extract")}
    for name, (count, each) in times.items():
        for _ in range(count):
            histograms[name].add(round(each * 1e9))
    return _element("e", ("e", factory, came, left, 0, 0, *histograms.values(), 0), None, seconds)


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
    found, trace = traced(f"videotestsrc num-buffers={COUNT} ! identity ! {SLEEPS} ! fakesink")
    slow = found["slow"]
    assert slow.median >= SLOW * 0.9
    assert slow.share * trace.seconds >= COUNT * SLOW * 0.9
    # All of them work in one thread: its time is given out once.
    assert sum(each.share for each in found.values()) < ONCE


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
    assert sum(each.share + each.extract_share for each in found.values()) < ONCE
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
    waiting = measured("nvstreammux", 20, 20, work=(20, 0.01), stay=(20, 0.01), make=(20, 0.0001))
    assert waiting.share == pytest.approx(0.002)


def test_an_encoder_that_is_emptied_at_the_end_has_no_thread_of_its_own():
    found, _ = traced(
        f"videotestsrc num-buffers=60 pattern=snow ! {BIG} ! x264enc name=e threads=1 "
        "speed-preset=veryfast rc-lookahead=20 sync-lookahead=0 ! fakesink"
    )
    assert found["e"].buffers == 60
    emptied = measured("x264enc", 60, 60, work=(60, 0.01), stay=(60, 0.2), make=(20, 0.0001))
    assert emptied.share == pytest.approx(0.6), "it works on each picture"
    assert emptied.median == pytest.approx(0.2, rel=0.07)


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
        until(
            lambda: any(each.path == "(removed)/videotestsrc" for each in app.trace().elements),
            "the end of the source",
        )
        found = {each.path: each for each in app.trace().elements}
        assert "leaves" not in found
        gone = found["(removed)/videotestsrc"]
        assert (gone.present, gone.removed) == (False, 1)
        assert gone.buffers
        assert found["stays"].present
        assert "removed" not in app.trace().svg()
        assert "was removed" in str(app.trace())


def play_once(pipeline):
    """Add three elements to a pipeline, play two buffers through them, and remove them."""
    way = [Gst.ElementFactory.make(name, None) for name in ("fakesrc", "identity", "fakesink")]
    way[0].set_property("num-buffers", 2)
    for each in way:
        pipeline.add(each)
    way[0].link(way[1])
    way[1].link(way[2])
    play(pipeline)
    for each in way:
        pipeline.remove(each)


def play(pipeline):
    pipeline.set_state(Gst.State.PLAYING)
    bus = pipeline.get_bus()
    assert bus.timed_pop_filtered(60 * Gst.SECOND, Gst.MessageType.EOS) is not None
    pipeline.set_state(Gst.State.NULL)


def test_elements_that_are_gone_are_one_row_for_each_factory():
    pipeline = Gst.Pipeline()
    tracer = Tracer(pipeline)
    for _ in range(100):
        play_once(pipeline)
    until(lambda: len(tracer.read()) == 3, "the end of the last elements")
    rows = {row[1]: row for row in tracer.read()}
    tracer.stop()
    assert set(rows) == {"fakesrc", "identity", "fakesink"}
    for path, factory, came, left, first, last, work, _, make, _, removed in rows.values():
        assert (path, removed) == ("", 100)
        assert came == 200 * (factory != "fakesrc")
        assert left == 200 * (factory != "fakesink")
        assert work.count == came
        assert 0 < first < last
        assert make.count >= 100 * (factory == "fakesrc")


def test_threads_that_push_on_one_pad_are_all_counted():
    sources = "fakesrc num-buffers=3000 ! f. " * 4
    pipeline = Gst.parse_launch(f"funnel name=f ! fakesink {sources}")
    tracer = Tracer(pipeline)
    play(pipeline)
    rows = {row[1]: row for row in tracer.read()}
    assert Tracer.passed(pipeline.get_by_name("f").get_static_pad("src"))[0] == 12000
    tracer.stop()
    assert rows["funnel"][2:4] == (12000, 12000)
    assert rows["fakesink"][2] == 12000


def notes():
    """The tracer's own function that gives the note of a pad, and lets go of the GIL meanwhile."""
    note_of = ctypes.CDLL(_gst.__file__).pt_note_of
    note_of.argtypes, note_of.restype = [ctypes.c_void_p], ctypes.c_void_p
    return lambda pad: note_of(hash(pad))


def test_threads_that_come_to_a_pad_at_once_share_its_note():
    note_of, count = notes(), 300
    pipeline = Gst.Pipeline()
    tracer = Tracer(pipeline)
    elements = [Gst.ElementFactory.make("fakesrc", None) for _ in range(count)]
    for each in elements:
        pipeline.add(each)
    pads = [each.get_static_pad("src") for each in elements]
    barrier = threading.Barrier(4)

    def ask():
        found = []
        for pad in pads:
            barrier.wait(60)
            found.append(note_of(pad))
        return found

    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(ask) for _ in range(4)]
        assert len({tuple(each.result()) for each in asked}) == 1
    assert len(tracer.read()) == count
    tracer.stop()


def test_a_note_that_is_replaced_stays_with_its_pad():
    """A thread that has just got it may be using it still."""
    note_of = notes()
    pipeline = Gst.Pipeline()
    source = Gst.ElementFactory.make("fakesrc", None)
    pipeline.add(source)
    pad = source.get_static_pad("src")
    older = 0
    for _ in range(3):
        tracer = Tracer(pipeline)
        note = note_of(pad)
        assert note != older
        assert (ctypes.c_void_p.from_address(note).value or 0) == older, "the first field: `older`"
        assert note_of(pad) == note
        tracer.stop()
        older = note
    kept = Tracer(Gst.Pipeline())
    unknown = note_of(pad)
    others = [Tracer(Gst.Pipeline()) for _ in range(3)]
    assert note_of(pad) == unknown, "nothing new was found out, so nothing is kept"
    for each in (kept, *others):
        each.stop()


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
