"""nvinfer's output thread: batches overlap, and everything keeps its order, its bound and its end.

Buffers are pushed by hand, so that a test knows where each one is; the engine holds a batch until
it may continue.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from pythiags import data, portable
from pythiags.gst import Gst
from pythiags.gst._gst import set_infer_engine
from pythiags.inference import ClassAttributes
from pythiags.portable.nvinfer import Engine as OnnxEngine
from pythiags.portable.nvinfer import Plan

SOON = 10.0
"""Seconds after which a thing that should have happened has not."""

ROOM = 2
"""Batches that wait or run in nvinfer, besides the one that is prepared and the one that leaves.

Where one may run at a time; else there is room for half as many again.
"""


def until(condition):
    end = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.001)


class Engine:
    """Holds every batch until `permits` lets it go, and keeps what it saw."""

    def __init__(self, runs_at_once=1, interval=0):
        self.permits = threading.Semaphore(0)
        self.begun, self.began = [], threading.Condition()
        self.running = self.most_running = 0
        self.closed = False
        self.plan = Plan(
            infer_dims=(3, 8, 8),
            model_color_format=0,
            maintain_aspect_ratio=False,
            symmetric_padding=False,
            scaling_filter=1,
            net_scale_factor=1.0,
            offsets=(0.0, 0.0, 0.0),
            interval=interval,
            unique_id=1,
            classes=(ClassAttributes(label="ball"),),
            runs_at_once=runs_at_once,
        )

    def infer(self, tensor):
        number = round(float(tensor.mean()))
        with self.began:
            self.begun.append(number)
            self.running += 1
            self.most_running = max(self.most_running, self.running)
            self.began.notify_all()
        try:
            return self.find(number, tensor)
        finally:
            with self.began:
                self.running -= 1

    def find(self, number, tensor):
        assert self.permits.acquire(timeout=SOON), "never let go"
        return [np.empty((0, 6), np.float32)] * len(tensor)

    def wait_for(self, count):
        with self.began:
            assert self.began.wait_for(lambda: len(self.begun) >= count, SOON)

    def let_go(self, count=1000):
        self.permits.release(count)

    def close(self):
        self.closed = True


class Bench:
    """nvinfer between a pad that pushes numbered buffers and whatever comes after it."""

    def __init__(self, engine, rest):
        set_infer_engine(lambda _: engine)
        self.engine = engine
        self.pipeline = Gst.Pipeline()
        self.infer = Gst.parse_launch("nvinfer name=infer")
        self.pipeline.add(self.infer)
        if rest:
            sink = Gst.parse_bin_from_description(rest, ghost_unlinked_pads=True)
            self.pipeline.add(sink)
            self.infer.link(sink)
        self.source = Gst.Pad.new("source", Gst.PadDirection.SRC)
        self.source.link(self.infer.get_static_pad("sink"))
        self.source.set_active(True)
        self.left, self.changed = [], threading.Condition()
        self.pad = self.infer.get_static_pad("src")
        kinds = Gst.PadProbeType.BUFFER | Gst.PadProbeType.EVENT_DOWNSTREAM
        self.probe = self.pad.add_probe(kinds, self._note)
        self.threads = []

    def _note(self, _pad, info):
        what = info.get_event() if info.type & Gst.PadProbeType.EVENT_DOWNSTREAM else None
        if what is None:
            what = info.get_buffer().pts
        elif what.type == Gst.EventType.CUSTOM_DOWNSTREAM:
            what = what.get_structure().get_name()
        else:
            what = Gst.EventType.get_name(what.type)
        with self.changed:
            self.left.append(what)
            self.changed.notify_all()
        return Gst.PadProbeReturn.OK

    def numbers(self):
        return [each for each in self.left if isinstance(each, int)]

    def wait_for(self, done):
        with self.changed:
            assert self.changed.wait_for(done, SOON), f"left until now: {self.left}"

    def begin(self):
        self.pipeline.set_state(Gst.State.PLAYING)
        self.source.push_event(Gst.Event.new_stream_start("test"))
        caps = Gst.Caps.from_string("video/x-raw,format=RGBA,width=8,height=8,framerate=10/1")
        self.source.push_event(Gst.Event.new_caps(caps))
        segment = Gst.Segment()
        segment.init(Gst.Format.TIME)
        self.source.push_event(Gst.Event.new_segment(segment))

    def push(self, number):
        buffer = Gst.Buffer.new_wrapped(bytes([number]) * (8 * 8 * 4))
        buffer.pts = number
        return self.source.push(buffer)

    def later(self, work, *arguments):
        """Do it in a thread of its own; ``answer()`` waits for what it gives."""
        answers = []
        thread = threading.Thread(target=lambda: answers.append(work(*arguments)), daemon=True)
        thread.start()
        self.threads.append(thread)

        def answer():
            thread.join(SOON)
            assert not thread.is_alive(), "it hangs"
            return answers[0]

        answer.thread = thread
        return answer

    def push_many(self, numbers, flows=None):
        """Push from a thread; gives the flow of each that was pushed."""
        flows = [] if flows is None else flows

        def work():
            for number in numbers:
                flows.append(self.push(number))
                with self.changed:
                    self.changed.notify_all()
            return flows

        answer = self.later(work)
        answer.flows = flows
        return answer

    def errors(self):
        bus, found = self.pipeline.get_bus(), []
        while message := bus.pop_filtered(Gst.MessageType.ERROR):
            found.append(message.parse_error()[0].message)
        return found

    def close(self):
        self.engine.let_go()
        self.pipeline.set_state(Gst.State.NULL)
        self.pad.remove_probe(self.probe)
        self.source.set_active(False)
        for thread in self.threads:
            thread.join(SOON)
            assert not thread.is_alive()


@pytest.fixture
def bench():
    """``bench(rest, **plan)``: nvinfer, playing, with an engine that holds its batches."""
    portable.install()
    made = []

    def make(rest="fakesink name=sink sync=false async=false", engine=None, **plan):
        made.append(Bench(engine or Engine(**plan), rest))
        made[-1].begin()
        return made[-1]

    yield make
    for one in made:
        one.close()
    set_infer_engine(portable._open_engine)


@pytest.fixture
def factory_of_engines():
    """Engines that hold nothing, for pipelines that run by themselves."""
    made = []

    def make(_settings):
        made.append(Engine())
        made[-1].let_go()
        return made[-1]

    set_infer_engine(make)
    yield made
    set_infer_engine(portable._open_engine)


def test_the_stream_goes_on_while_the_network_runs_and_no_further_than_there_is_room(bench):
    one = bench()
    flows, leads = [], []

    def find(number, tensor):
        if number == 0:  # held: the next is let in meanwhile
            one.wait_for(lambda: len(flows) == ROOM)
        leads.append(len(flows) - number)
        return [np.empty((0, 6), np.float32)]

    one.engine.find = find
    assert one.push_many(range(20), flows)() == [Gst.FlowReturn.OK] * 20
    one.wait_for(lambda: one.numbers() == list(range(20)))
    assert leads[0] == ROOM
    assert max(leads) <= ROOM


def test_a_run_that_takes_long_keeps_no_other_thread_idle(bench):
    """The others run what came later, as far as there is room, though it cannot leave."""
    one = bench(runs_at_once=2)
    goes_on = threading.Event()

    def find(number, tensor):
        if number == 0:
            assert goes_on.wait(SOON)
        return [np.empty((0, 6), np.float32)]

    one.engine.find = find
    pushing = one.push_many(range(8))
    one.engine.wait_for(3)
    assert one.numbers() == []
    goes_on.set()
    pushing()
    one.wait_for(lambda: one.numbers() == list(range(8)))


def test_a_slow_sink_does_not_keep_the_network_from_its_next_batch(bench):
    one = bench()
    let_go = threading.Event()

    def hold(*_):
        assert let_go.wait(SOON)
        return Gst.PadProbeReturn.OK

    one.pad.add_probe(Gst.PadProbeType.BUFFER, hold)
    one.engine.let_go()
    pushing = one.push_many(range(5))
    one.engine.wait_for(3)  # 0 has not left yet
    assert one.pipeline.get_by_name("sink").get_property("last-sample") is None
    let_go.set()
    pushing()
    one.wait_for(lambda: one.numbers() == list(range(5)))


@pytest.mark.parametrize("at_once", [1, 2])
def test_batches_leave_in_their_order_whichever_is_found_first(bench, at_once):
    found = {number: threading.Event() for number in range(10)}

    def find(number, tensor):
        if at_once == 2 and number % 2 == 0:
            assert found[number + 1].wait(SOON)
        found[number].set()
        return [np.empty((0, 6), np.float32)]

    one = bench(runs_at_once=at_once)
    one.engine.find = find
    one.push_many(range(10))()
    one.wait_for(lambda: one.numbers() == list(range(10)))
    assert one.engine.most_running == at_once


def test_a_skipped_batch_waits_for_the_one_before_it(bench):
    one = bench(interval=1)
    pushing = one.push_many(range(6))
    one.engine.wait_for(1)
    one.wait_for(lambda: len(pushing.flows) == ROOM)
    assert one.numbers() == []
    one.engine.let_go()
    pushing()
    one.wait_for(lambda: one.numbers() == list(range(6)))
    assert one.engine.begun == [0, 2, 4]


def test_events_keep_their_place_among_the_buffers(bench):
    one = bench()

    def mark(name):
        structure = Gst.Structure.new_empty(name)
        one.source.push_event(Gst.Event.new_custom(Gst.EventType.CUSTOM_DOWNSTREAM, structure))

    def work():
        one.push(0)
        one.push(1)
        mark("first")
        one.push(2)
        one.source.push_event(Gst.Event.new_gap(3, 1))
        one.push(4)
        one.source.push_event(Gst.Event.new_eos())

    pushing = one.later(work)
    one.engine.wait_for(1)
    one.engine.let_go()
    pushing()
    head = ["stream-start", "caps", "segment"]
    assert one.left == [*head, 0, 1, "first", 2, "gap", 4, "eos"]


def test_a_query_among_the_buffers_waits_for_those_before_it(bench):
    one = bench()
    one.push_many([0, 1])()
    asked = Gst.Query.new_custom(Gst.QueryType.DRAIN, None)
    asking = one.later(one.source.peer_query, asked)
    one.engine.wait_for(1)
    assert one.numbers() == []
    one.engine.let_go()
    asking()
    assert one.numbers() == [0, 1]


def test_the_end_comes_after_a_full_line(bench):
    one = bench()
    pushing = one.push_many(range(ROOM))
    pushing()
    ending = one.later(one.source.push_event, Gst.Event.new_eos())
    one.engine.wait_for(1)
    assert "eos" not in one.left
    one.engine.let_go()
    ending()
    assert one.left[-ROOM - 1 :] == [*range(ROOM), "eos"]


@pytest.mark.parametrize(("at_once", "room"), [(1, ROOM), (2, 3), (5, 8)])
def test_a_flush_drops_what_is_under_way_and_the_stream_goes_on_after_it(bench, at_once, room):
    one = bench(runs_at_once=at_once)
    pushing = one.push_many(range(10))
    one.engine.wait_for(at_once)
    one.wait_for(lambda: len(pushing.flows) == room)  # the next one waits for room
    one.source.push_event(Gst.Event.new_flush_start())
    assert pushing()[room:] == [Gst.FlowReturn.FLUSHING] * (10 - room)
    assert one.push(99) == Gst.FlowReturn.FLUSHING
    one.source.push_event(Gst.Event.new_flush_stop(True))
    segment = Gst.Segment()
    segment.init(Gst.Format.TIME)
    one.source.push_event(Gst.Event.new_segment(segment))
    again = one.push_many(range(20, 25))
    one.engine.let_go()
    assert again() == [Gst.FlowReturn.OK] * 5
    one.wait_for(lambda: one.numbers() == list(range(20, 25)))


def test_a_seek_starts_where_it_should(factory_of_engines, build):
    one = build(
        "videotestsrc num-buffers=200 ! video/x-raw,width=64,height=64,framerate=10/1"
        " ! nvinfer name=infer ! fakesink name=sink sync=false"
    )
    passed = one.watch("infer")
    one.pipeline.set_state(Gst.State.PAUSED)
    one.pipeline.get_state(SOON * Gst.SECOND)
    flags = Gst.SeekFlags.FLUSH | Gst.SeekFlags.ACCURATE
    span = (Gst.SeekType.SET, 15 * Gst.SECOND, Gst.SeekType.SET, 20 * Gst.SECOND)
    assert one.pipeline.seek(1.0, Gst.Format.TIME, flags, *span)
    assert one.play().error is None
    times = [frame["buf_pts"] / Gst.SECOND for (frame,) in passed]
    after = times[times.index(15.0) :]
    assert after == pytest.approx([15 + n / 10 for n in range(50)])
    assert len(times) - len(after) <= ROOM + 2


@pytest.mark.parametrize("state", [Gst.State.NULL, Gst.State.READY])
def test_stopping_in_mid_inference_waits_for_it_and_for_nothing_else(bench, state):
    one = bench()
    pushing = one.push_many(range(10))
    one.engine.wait_for(1)
    one.wait_for(lambda: len(pushing.flows) == ROOM)
    stopping = one.later(one.pipeline.set_state, state)
    assert Gst.FlowReturn.FLUSHING in pushing()
    assert not one.engine.closed  # its thread is still in it
    assert stopping.thread.is_alive()
    one.engine.let_go()
    assert stopping() == Gst.StateChangeReturn.SUCCESS
    assert one.engine.closed
    assert one.numbers() == []


def test_stopping_in_mid_inference_a_hundred_times_says_nothing_critical():
    code = """
import threading, time
import numpy as np
from pythiags import portable
from pythiags.gst import Gst
from pythiags.gst._gst import set_infer_engine
from pythiags.inference import ClassAttributes
from pythiags.portable.nvinfer import Plan

class Engine:
    def __init__(self, interval, runs_at_once):
        self.begun, self.running, self.closed = threading.Event(), [], False
        self.plan = Plan((3, 8, 8), 0, False, False, 1, 1.0, (0.0, 0.0, 0.0), interval, 1,
                         (ClassAttributes(label="ball"),), runs_at_once)
    def infer(self, tensor):
        self.running.append(tensor)
        self.begun.set()
        time.sleep(0.005)
        self.running.pop()
        return [np.array([[0, 0.9, 1, 1, 3, 3]], np.float32)] * len(tensor)
    def close(self):
        self.closed = True

portable.install()
SOURCE = "videotestsrc ! video/x-raw,format=RGBA,width=16,height=16,framerate=500/1 ! "
SINK = "nvinfer ! fakesink sync=false"
MUX = "nvstreammux name=m width=16 height=16 batch-size=2 ! "
PIPELINES = [
    SOURCE + SINK,
    SOURCE + "queue ! nvinfer ! queue ! fakesink sync=true",
    MUX + SINK + "".join(f" {SOURCE} nvvideoconvert ! m.sink_{i}" for i in range(2)),
]
for n in range(100):
    engine = Engine(interval=n % 2, runs_at_once=1 + n % 4 // 2)
    set_infer_engine(lambda _: engine)
    pipeline = Gst.parse_launch(PIPELINES[n % 3])
    pipeline.set_state(Gst.State.PAUSED if n % 5 == 4 else Gst.State.PLAYING)
    assert engine.begun.wait(10)
    for state in (Gst.State.READY, Gst.State.NULL)[n % 2:]:
        assert pipeline.set_state(state) == Gst.StateChangeReturn.SUCCESS
    assert engine.closed and not engine.running, n
    assert not pipeline.get_bus().pop_filtered(Gst.MessageType.ERROR)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
        env={**os.environ, "G_DEBUG": "fatal-criticals"},
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_flush_that_ends_while_it_stops_does_not_keep_it(bench):
    one = bench()
    one.engine.let_go()
    held, go_on = threading.Event(), threading.Event()

    def hold(*_):
        held.set()
        assert go_on.wait(SOON)
        return Gst.PadProbeReturn.OK

    sink = one.pipeline.get_by_name("sink").get_static_pad("sink")
    probe = sink.add_probe(Gst.PadProbeType.BUFFER, hold)
    one.push(0)
    assert held.wait(SOON)
    stopping = one.later(one.infer.set_state, Gst.State.READY)
    until(lambda: not one.pad.is_active())  # stopped; now it waits for the output thread
    one.source.push_event(Gst.Event.new_flush_stop(True))
    go_on.set()
    try:
        assert stopping() == Gst.StateChangeReturn.SUCCESS
    finally:
        one.source.push_event(Gst.Event.new_flush_start())  # what frees it if it hangs
        sink.remove_probe(probe)


def test_it_can_be_started_again_and_again(factory_of_engines, build):
    one = build(
        "videotestsrc num-buffers=20 ! video/x-raw,width=64,height=64"
        " ! nvinfer name=infer ! fakesink name=sink"
    )
    for state in (Gst.State.READY, Gst.State.NULL):
        before = one.rendered
        assert one.play().error is None
        assert one.rendered == before + 20
        one.pipeline.set_state(state)
        assert factory_of_engines[-1].closed


def test_pausing_holds_the_stream_and_playing_goes_on(factory_of_engines, build):
    one = build(
        "videotestsrc num-buffers=30 ! video/x-raw,width=64,height=64,framerate=100/1"
        " ! nvinfer ! fakesink name=sink"
    )
    for state in (Gst.State.PAUSED, Gst.State.PLAYING, Gst.State.PAUSED):
        one.pipeline.set_state(state)
        assert one.pipeline.get_state(SOON * Gst.SECOND)[0] == Gst.StateChangeReturn.SUCCESS
    assert one.play().error is None
    assert one.rendered == 30


# ---- results from downstream ----


def test_a_failure_downstream_reaches_upstream(bench):
    one = bench("identity error-after=3 ! fakesink sync=false async=false")
    one.engine.let_go()
    flows = one.push_many(range(20))()
    assert flows[:2] == [Gst.FlowReturn.OK] * 2
    assert set(flows[3 + ROOM :]) == {Gst.FlowReturn.ERROR}
    one.source.push_event(Gst.Event.new_eos())
    assert len(one.errors()) == 1  # identity's: upstream knows, and nothing more is to be said


def test_a_failure_that_no_buffer_carries_up_any_more_is_told(bench):
    one = bench(rest="")
    one.engine.let_go()
    assert one.push(0) == Gst.FlowReturn.OK
    one.source.push_event(Gst.Event.new_eos())
    (error,) = one.errors()
    assert "data stream" in error


def test_linking_downstream_lets_the_stream_go_on(bench):
    one = bench(rest="")
    one.engine.let_go()
    assert Gst.FlowReturn.NOT_LINKED in one.push_many(range(4))()
    sink = Gst.ElementFactory.make("fakesink")
    sink.set_property("async", False)
    one.pipeline.add(sink)
    sink.sync_state_with_parent()
    one.infer.link(sink)
    before = len(one.numbers())
    assert one.push_many(range(10, 15))() == [Gst.FlowReturn.OK] * 5
    one.wait_for(lambda: one.numbers()[before:] == list(range(10, 15)))


def test_an_end_downstream_ends_the_stream_and_a_new_segment_starts_it_again(bench):
    one = bench("identity eos-after=3 ! fakesink sync=false async=false")
    one.engine.let_go()
    assert Gst.FlowReturn.EOS in one.push_many(range(10))()
    segment = Gst.Segment()
    segment.init(Gst.Format.TIME)
    one.source.push_event(Gst.Event.new_stream_start("again"))
    one.source.push_event(Gst.Event.new_segment(segment))
    assert one.push(20) == Gst.FlowReturn.OK
    one.source.push_event(Gst.Event.new_eos())
    assert one.left[-1] == "eos"
    assert one.errors() == []


def test_what_was_found_before_the_network_failed_still_leaves(bench):
    one = bench()

    def find(number, tensor):
        if number == 3:
            raise ValueError("the network burst")
        return [np.empty((0, 6), np.float32)]

    one.engine.find = find
    flows = one.push_many(range(10))()
    assert flows[-1] == Gst.FlowReturn.ERROR
    assert one.numbers() == [0, 1, 2]
    assert one.errors() == ["ValueError: the network burst"]


def test_a_network_that_fails_on_the_last_batch_is_told_once(bench):
    one = bench()

    def find(number, tensor):
        raise ValueError("the network burst")

    one.engine.find = find
    assert one.push(0) == Gst.FlowReturn.OK
    one.source.push_event(Gst.Event.new_eos())
    assert one.errors() == ["ValueError: the network burst"]


def test_the_engine_finds_the_same_when_two_threads_run_it():
    settings = {"config-file-path": str(data.path("config_infer_primary_nanodet.txt"))}
    one = OnnxEngine(settings)
    assert 1 <= one.plan.runs_at_once <= len(os.sched_getaffinity(0))
    noise = np.random.default_rng(1)
    tensors = [noise.uniform(0, 255, (1, 3, 416, 416)).astype(np.float32) for _ in range(6)]
    alone = [one._run(tensor)["scores"] for tensor in tensors]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda tensor: one._run(tensor)["scores"], tensors))
    one.close()
    for expected, got in zip(alone, together, strict=True):
        np.testing.assert_array_equal(got, expected)


def test_a_network_that_fails_while_downstream_holds_is_told_when_its_turn_comes(bench):
    one = bench()
    failed, go_on = threading.Event(), threading.Event()

    def hold(*_):
        assert go_on.wait(SOON)
        return Gst.PadProbeReturn.OK

    def find(number, tensor):
        if number == 1:
            failed.set()
            raise ValueError("the network burst")
        return [np.empty((0, 6), np.float32)]

    one.engine.find = find
    one.pad.add_probe(Gst.PadProbeType.BUFFER, hold)
    pushing = one.push_many(range(10))
    assert failed.wait(SOON)
    assert one.errors() == []
    go_on.set()
    assert pushing()[-1] == Gst.FlowReturn.ERROR
    assert one.numbers() == [0]
    assert one.errors() == ["ValueError: the network burst"]


def test_it_stops_while_downstream_is_paused_and_the_network_has_failed(bench):
    one = bench("fakesink name=sink sync=false")
    failed = threading.Event()

    def find(number, tensor):
        if number == 2:
            failed.set()
            raise ValueError("the network burst")
        return [np.empty((0, 6), np.float32)]

    one.engine.find = find
    one.pipeline.set_state(Gst.State.PAUSED)
    pushing = one.push_many(range(10))  # the sink keeps the first
    assert failed.wait(SOON)
    assert one.later(one.pipeline.set_state, Gst.State.NULL)() == Gst.StateChangeReturn.SUCCESS
    assert pushing()[-1] == Gst.FlowReturn.FLUSHING
    assert one.engine.closed


# ---- caps and modes ----


def test_new_caps_come_after_the_pictures_of_the_old_ones(bench):
    one = bench()
    sizes = []
    one.pad.add_probe(
        Gst.PadProbeType.BUFFER,
        lambda pad, info: (
            sizes.append(
                (
                    pad.get_current_caps().get_structure(0).get_value("width"),
                    info.get_buffer().get_size(),
                )
            )
            or Gst.PadProbeReturn.OK
        ),
    )

    def work():
        one.push_many(range(ROOM))()
        for width in (16, 4):
            caps = f"video/x-raw,format=RGBA,width={width},height=8,framerate=10/1"
            one.source.push_event(Gst.Event.new_caps(Gst.Caps.from_string(caps)))
            one.source.push(Gst.Buffer.new_wrapped(bytes([width]) * (width * 8 * 4)))
        one.source.push_event(Gst.Event.new_eos())

    pushing = one.later(work)
    one.engine.wait_for(1)
    one.engine.let_go()
    pushing()
    assert sizes == [(8, 256)] * ROOM + [(16, 512), (4, 128)]
    assert one.engine.begun == [0, 1, 16, 4]


@pytest.mark.parametrize("element", ["identity", "nvinfer"])
def test_nobody_can_pull_from_it(element, factory_of_engines, build, tmp_path):
    file = tmp_path / "pictures"
    file.write_bytes(bytes(1000))
    one = build(f"filesrc name=file location={file} ! {element} name=middle ! fakesink name=sink")
    pad = one["middle"].get_static_pad("src")
    query = Gst.Query.new_scheduling()
    one["file"].set_state(Gst.State.READY)
    assert pad.query(query)
    pulls = element == "identity"
    assert query.has_scheduling_mode(Gst.PadMode.PULL) == pulls
    assert query.has_scheduling_mode(Gst.PadMode.PUSH)
    assert pad.activate_mode(Gst.PadMode.PULL, True) == pulls
    assert not pulls or pad.activate_mode(Gst.PadMode.PULL, False)


# ---- latency ----


def test_a_live_source_may_be_held_back_by_the_room_there_is(factory_of_engines, build):
    def latency(element):
        one = build(
            "appsrc name=source is-live=true format=time min-latency=5 max-latency=100"
            " caps=video/x-raw,format=RGBA,width=8,height=8,framerate=10/1"
            f" ! {element} name=middle ! fakesink name=sink"
        )
        one["source"].emit("push-buffer", Gst.Buffer.new_wrapped(bytes(8 * 8 * 4)))
        one["source"].emit("end-of-stream")
        assert one.play().error is None
        query = Gst.Query.new_latency()
        assert one["middle"].get_static_pad("src").query(query)
        return query.parse_latency()

    assert tuple(latency("identity")) == (True, 5, 100)
    assert tuple(latency("nvinfer")) == (True, 5, 100 + ROOM * Gst.SECOND // 10)
