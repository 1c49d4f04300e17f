"""The guarded probe: whatever the callback does, every buffer arrives."""

import gc
import logging
import subprocess
import sys
import threading
import weakref

import pytest

from pythiags.errors import ConfigError, MetadataReleased
from pythiags.gst import Gst
from pythiags.gst.probe import Probe, attach


@pytest.fixture
def arrived(source_pad):
    """The buffers that reach the sink, counted by GStreamer's own probe."""
    _, pipeline = source_pad
    count = []
    sink = pipeline.get_by_name("here").get_static_pad("src").get_peer()
    sink.add_probe(Gst.PadProbeType.BUFFER, lambda *_: count.append(1) or Gst.PadProbeReturn.OK)
    return count


def raising(error):
    def callback(pad, info):
        raise error

    return callback


@pytest.mark.parametrize(
    "callback",
    [
        lambda pad, info: None,
        lambda pad, info: False,
        lambda pad, info: Gst.PadProbeReturn.DROP,
        lambda pad, info: Gst.PadProbeReturn.REMOVE,
        raising(ValueError("no")),
        raising(SystemExit(3)),
        raising(KeyboardInterrupt()),
        raising(GeneratorExit()),
        lambda: "the wrong signature",
    ],
)
def test_every_buffer_arrives(source_pad, arrived, run, callback):
    pad, pipeline = source_pad
    with attach(pad, callback) as probe:
        assert run(pipeline).type == Gst.MessageType.EOS
    assert len(arrived) == 20
    assert probe.stats().buffers == 20


def test_control_an_unguarded_probe_loses_them(source_pad, arrived, run):
    pad, pipeline = source_pad
    pad.add_probe(Gst.PadProbeType.BUFFER, lambda pad, info: None)
    assert run(pipeline).type == Gst.MessageType.EOS
    assert len(arrived) == 0


def test_errors_are_counted_by_type(source_pad, run):
    pad, pipeline = source_pad

    def callback(pad, info):
        if info.buffer_number % 7 == 0:
            raise ValueError
        if info.buffer_number == 18:
            raise SystemExit

    probe = attach(pad, callback)
    run(pipeline)
    assert probe.stats().errors == {"ValueError": 3, "SystemExit": 1}
    assert probe.stats().consecutive_errors == 0
    probe.remove()


def test_the_callback_gets_what_gstreamers_own_gets(source_pad, run):
    pad, pipeline = source_pad
    seen = []

    def callback(pad_given, info):
        seen.append((pad_given is pad, info.type, info.id, info.get_buffer().get_size()))

    probe = attach(pad, callback)
    run(pipeline)
    probe.remove()
    assert len(set(seen)) == 1
    is_pad, kind, probe_id, size = seen[0]
    assert is_pad
    assert kind & Gst.PadProbeType.BUFFER
    assert not kind & Gst.PadProbeType.EVENT_DOWNSTREAM
    assert probe_id > 0
    assert size == 4096


def test_the_buffer_is_the_streams_own(source_pad, run):
    pad, pipeline = source_pad
    addresses = ([], [])
    probe = attach(pad, lambda pad, info: addresses[0].append(hash(info.get_buffer())))

    def other(pad, info):
        addresses[1].append(hash(info.get_buffer()))
        return Gst.PadProbeReturn.OK

    pad.add_probe(Gst.PadProbeType.BUFFER, other)
    run(pipeline)
    probe.remove()
    assert addresses[0] == addresses[1] != []


def test_buffers_of_a_list_are_seen_one_by_one(stream, run):
    pipeline = stream("appsrc name=in ! identity name=here ! fakesink")
    sizes = []
    pad = pipeline.get_by_name("here").get_static_pad("src")
    probe = attach(pad, lambda pad, info: sizes.append(info.get_buffer().get_size()), writable=True)
    buffers = Gst.BufferList.new()
    for size in (1, 2, 3):
        buffers.insert(-1, Gst.Buffer.new_allocate(None, size, None))
    source = pipeline.get_by_name("in")
    pipeline.set_state(Gst.State.PLAYING)
    source.emit("push-buffer-list", buffers)
    source.emit("end-of-stream")
    assert run(pipeline).type == Gst.MessageType.EOS
    probe.remove()
    assert sizes == [1, 2, 3]


def test_the_info_dies_with_the_call(source_pad, run):
    pad, pipeline = source_pad
    kept = []
    probe = attach(pad, lambda pad, info: kept.append(info))
    run(pipeline)
    probe.remove()
    for use in (lambda info: info.get_buffer(), lambda info: info.type):
        with pytest.raises(MetadataReleased, match="callback had returned"):
            use(kept[0])


# ---- the policy ----


def test_stop_posts_one_error_with_the_traceback(source_pad, arrived, run):
    pad, pipeline = source_pad
    probe = attach(
        pad, raising(ValueError("bad extractor")), on_error="stop", max_consecutive_errors=3
    )
    message = run(pipeline)
    probe.remove()
    assert message.type == Gst.MessageType.ERROR
    error, debug = message.parse_error()
    assert "failed 4 times in a row" in error.message
    assert "bad extractor" in error.message
    assert "Traceback" in debug
    assert "in callback" in debug
    assert message.src.get_name() == "here"
    rest = pipeline.get_bus().timed_pop_filtered(0, Gst.MessageType.ERROR)
    assert rest is None


def test_one_success_starts_the_count_anew(source_pad, run):
    pad, pipeline = source_pad

    def callback(pad, info):
        if info.buffer_number % 4:
            raise ValueError

    probe = attach(pad, callback, on_error="stop", max_consecutive_errors=3)
    assert run(pipeline).type == Gst.MessageType.EOS
    probe.remove()
    assert probe.stats().errors == {"ValueError": 15}


def test_an_unknown_policy_is_refused(source_pad):
    with pytest.raises(ConfigError, match="'continue' or 'stop'"):
        attach(source_pad[0], print, on_error="ignore")


def test_what_is_no_pad_is_refused(source_pad):
    with pytest.raises(TypeError, match=r"Gst\.Pad"):
        attach(source_pad[1], print)


def test_the_log_is_written_at_most_once_a_second(source_pad, run, caplog):
    pad, pipeline = source_pad
    now = iter(range(1000))
    clock = (lambda: next(now) / 10).__call__  # a tenth of a second passes with each error
    probe = Probe(pad, raising(ValueError("why")), clock=clock)
    with caplog.at_level(logging.ERROR):
        run(pipeline)
    probe.remove()
    records = [record for record in caplog.records if record.name == "pythiags.gst.probe"]
    assert 2 <= len(records) <= 3
    assert "9 more" in records[1].getMessage() or "10 more" in records[1].getMessage()
    assert "why" in records[0].getMessage()
    assert records[0].exc_info is not None


def test_a_report_that_fails_harms_nobody(source_pad, arrived, run, monkeypatch):
    pad, pipeline = source_pad
    monkeypatch.setattr("pythiags.gst.probe.logger", None)  # AttributeError at each record
    probe = attach(pad, raising(ValueError()))
    assert run(pipeline).type == Gst.MessageType.EOS
    probe.remove()
    assert len(arrived) == 20
    assert probe.stats().errors == {"ValueError": 20}
    assert probe.stats().unreported == 1  # the others were within the same second


# ---- life ----


def test_remove_ends_the_calls_and_may_be_repeated(source_pad, arrived, run):
    pad, pipeline = source_pad
    probes = []

    def callback(pad, info):
        probes[0].remove()
        probes[0].remove()

    probes.append(attach(pad, callback))
    run(pipeline)
    probes[0].remove()
    assert probes[0].stats().buffers == 1
    assert not probes[0].attached
    assert len(arrived) == 20


def test_remove_while_a_call_is_under_way(source_pad, arrived, run):
    pad, pipeline = source_pad
    entered, leave = threading.Event(), threading.Event()

    def callback(pad, info):
        entered.set()
        leave.wait(10)

    probe = attach(pad, callback)
    pipeline.set_state(Gst.State.PLAYING)
    assert entered.wait(10)
    probe.remove()
    leave.set()
    assert run(pipeline).type == Gst.MessageType.EOS
    assert probe.stats().buffers == 1
    assert len(arrived) == 20


def test_a_removed_probe_keeps_nothing_alive(stream, run, monkeypatch):
    # pytest keeps the log's records, with the tracebacks that they hold.
    monkeypatch.setattr("pythiags.gst.probe.logger.disabled", True)

    class Holder:
        """An object that holds the pipeline, with a probe that calls its method: a cycle."""

        def __init__(self):
            self.pipeline = stream("fakesrc num-buffers=5 ! identity name=here ! fakesink")
            pad = self.pipeline.get_by_name("here").get_static_pad("src")
            self.probe = attach(pad, self.callback)

        def callback(self, pad, info):
            raise ValueError

    holder = Holder()
    run(holder.pipeline)
    holder.pipeline.set_state(Gst.State.NULL)
    weak = weakref.ref(holder)
    probe = holder.probe
    del holder
    gc.collect()
    assert weak() is not None  # the control: the pad holds the method, the method the holder
    probe.remove()
    gc.collect()
    assert weak() is None


def test_a_pipeline_that_dies_takes_the_probe_along(run):
    pipeline = Gst.parse_launch("fakesrc num-buffers=5 ! identity name=here ! fakesink")
    pad = pipeline.get_by_name("here").get_static_pad("src")
    probe = attach(pad, print)
    del pipeline, pad
    gc.collect()
    probe.remove()
    assert probe.stats().buffers == 0


def test_time_in_the_callback_is_measured(source_pad, run):
    pad, pipeline = source_pad
    probe = attach(pad, lambda pad, info: sum(range(100_000)))
    run(pipeline)
    probe.remove()
    stats = probe.stats()
    assert 0 < stats.longest <= stats.seconds < 20
    assert stats.seconds / 20 <= stats.longest


SHUTDOWN = """
import sys, threading
from pythiags.gst import Gst
from pythiags.gst.probe import attach
pipeline = Gst.parse_launch("videotestsrc is-live=false ! identity name=here ! fakesink")
started = threading.Event()
kept = []
def callback(pad, info):
    from pythiags.gst._gst import BatchMeta
    BatchMeta.attach(info).add_user_meta(object())
    started.set()
probe = attach(pipeline.get_by_name("here").get_static_pad("src"), callback, writable=True)
pipeline.set_state(Gst.State.PLAYING)
assert started.wait(10)
print("leaving")
"""


def test_the_interpreter_may_go_down_while_the_stream_runs():
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", SHUTDOWN],
            check=False,
            capture_output=True,
            text=True,
            timeout=100,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "leaving\n", "")


GATE = """
import sys
from pythiags.gst import Gst, _gst
from pythiags.gst.probe import attach
pipeline = Gst.parse_launch("fakesrc num-buffers=5 ! identity name=here ! fakesink name=sink")
probe = attach(pipeline.get_by_name("here").get_static_pad("src"), lambda pad, info: None)
if "closed" in sys.argv:
    _gst._leave_python()
pipeline.set_state(Gst.State.PLAYING)
end = pipeline.get_bus().timed_pop_filtered(20 * Gst.SECOND, Gst.MessageType.EOS)
pipeline.set_state(Gst.State.NULL)
print(end is not None, probe.stats().buffers)
"""


@pytest.mark.parametrize(("state", "calls"), [("open", 5), ("closed", 0)])
def test_once_python_goes_down_streams_run_without_it(state, calls):
    done = subprocess.run(
        [sys.executable, "-c", GATE, state], check=True, capture_output=True, text=True, timeout=100
    )
    assert (done.stdout, done.stderr) == (f"True {calls}\n", "")
