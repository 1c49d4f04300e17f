"""nvstreammux on a CPU: batches, what is known of each frame, sources that come, go and end."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from pythiags.gst import Gst

SINK = "fakesink name=sink sync=false enable-last-sample=true"
LIVE = "is-live=true"


def source(pad=0, *, n=5, format="NV12", size=(64, 48), rate=30, extra=""):  # noqa: A002
    caps = f"video/x-raw,format={format},width={size[0]},height={size[1]},framerate={rate}/1"
    return f"videotestsrc num-buffers={n} {extra} ! {caps} ! m.sink_{pad}"


def mux(batch_size=1, size=(64, 48), extra=""):
    words = f"width={size[0]} height={size[1]} batch-size={batch_size} {extra}"
    return f"nvstreammux name=m {words}"


def wait(condition, seconds=10):
    """Wait for what another thread does, and give whether it came true."""
    tick = threading.Event()
    for _ in range(seconds * 100):
        if condition():
            return True
        tick.wait(0.01)
    return False


class TestOneSource:
    @pytest.mark.parametrize(
        ("given", "becomes"), [("NV12", "NV12"), ("I420", "NV12"), ("RGBA", "RGBA")]
    )
    def test_caps_are_nvmm_with_a_batch_size(self, run, given, becomes):
        one = run(f"{source(format=given)} {mux()} ! {SINK}")
        assert one.rendered == 5
        caps, _ = one.last()
        structure = caps.get_structure(0)
        assert caps.get_features(0).contains("memory:NVMM")
        assert structure.get_string("format") == becomes
        sizes = [structure.get_value(key) for key in ("width", "height", "batch-size")]
        assert sizes == [64, 48, 1]

    def test_every_frame_is_described(self, build):
        one = build(f"{source(pad=7, n=4, size=(128, 96), rate=25)} {mux()} ! {SINK}")
        batches = one.watch("m")
        assert one.play().error is None
        frames = [frame for batch in batches for frame in batch]
        assert [frame["frame_num"] for frame in frames] == [0, 1, 2, 3]
        assert [frame["buf_pts"] for frame in frames] == [i * Gst.SECOND // 25 for i in range(4)]
        for frame in frames:
            assert (frame["source_id"], frame["pad_index"], frame["batch_id"]) == (7, 7, 0)
            assert (frame["source_frame_width"], frame["source_frame_height"]) == (128, 96)
            assert frame["ntp_timestamp"] > 1_600_000_000 * Gst.SECOND

    def test_without_the_systems_time_there_is_none(self, build):
        one = build(f"{source(n=1)} {mux(extra='attach-sys-ts=false')} ! {SINK}")
        batches = one.watch("m")
        one.play()
        assert batches[0][0]["ntp_timestamp"] == 0

    def test_a_picture_of_the_right_size_goes_on_untouched(self, run):
        after = run(f"{source(n=1)} {mux()} ! {SINK}")
        before = run(
            "videotestsrc num-buffers=1 ! video/x-raw,format=NV12,width=64,height=48,"
            f"framerate=30/1 ! {SINK}"
        )
        assert after.last()[1] == before.last()[1]


class TestSeveralSources:
    @pytest.mark.parametrize("sources", [2, 4, 20])
    def test_a_batch_has_a_frame_of_each(self, build, sources):
        text = " ".join(source(pad=i, n=6, size=(64 + 2 * i, 48)) for i in range(sources))
        one = build(f"{text} {mux(sources)} ! {SINK}")
        batches = one.watch("m")
        assert one.play().error is None
        assert len(batches) == 6
        for number, batch in enumerate(batches):
            assert [frame["source_id"] for frame in batch] == list(range(sources))
            assert [frame["batch_id"] for frame in batch] == list(range(sources))
            assert {frame["frame_num"] for frame in batch} == {number}
            widths = [frame["source_frame_width"] for frame in batch]
            assert widths == [64 + 2 * i for i in range(sources)]

    def test_files_are_read_in_lockstep_though_one_is_slower(self, build):
        slow = "pattern=snow ! identity sleep-time=3000"
        text = f"videotestsrc num-buffers=10 {slow} ! video/x-raw,format=NV12 ! m.sink_1"
        one = build(f"{source(pad=0, n=10)} {text} {mux(2)} ! {SINK}")
        batches = one.watch("m")
        assert one.play().error is None
        assert [[f["source_id"] for f in batch] for batch in batches] == [[0, 1]] * 10

    def test_a_batch_smaller_than_the_sources_goes_round_them(self, build):
        text = " ".join(source(pad=i, n=2) for i in range(3))
        one = build(f"{text} {mux(2)} ! {SINK}")
        batches = one.watch("m")
        one.play()
        assert [[f["source_id"] for f in b] for b in batches] == [[0, 1], [2, 0], [1, 2]]

    def test_a_batch_larger_than_the_sources_takes_several_of_each(self, build):
        one = build(f"{source(pad=0, n=4)} {source(pad=1, n=4)} {mux(4)} ! {SINK}")
        batches = one.watch("m")
        one.play()
        expected = [(0, n // 2) if n % 2 == 0 else (1, n // 2) for n in range(8)]
        seen = [(f["source_id"], f["frame_num"]) for batch in batches for f in batch]
        assert seen == expected
        assert [len(batch) for batch in batches] == [4, 4]

    def test_one_that_ends_early_leaves_the_rest_going(self, build):
        one = build(f"{source(pad=0, n=3)} {source(pad=1, n=9)} {mux(2)} ! {SINK}")
        batches = one.watch("m")
        assert one.play().error is None
        counts = [sum(f["source_id"] == pad for batch in batches for f in batch) for pad in (0, 1)]
        assert counts == [3, 9]
        assert all(len(batch) == 2 for batch in batches)

    def test_the_end_pushes_what_there_is(self, build):
        one = build(f"{source(n=5)} {mux(4)} ! {SINK}")
        batches = one.watch("m")
        assert one.play().error is None
        assert [len(batch) for batch in batches] == [4, 1]

    def test_times_of_the_output_never_go_back(self, build):
        late = source(pad=1, n=10, rate=10)
        one = build(f"{source(pad=0, n=30, rate=30)} {late} {mux(2)} ! {SINK}")
        times = []
        one["sink"].connect("handoff", lambda _sink, buffer, _pad: times.append(buffer.pts))
        one.play()
        assert times == sorted(times)
        assert len(times) == 20


class TestLiveSources:
    def test_a_partial_batch_is_pushed_at_its_timeout(self, build):
        live = source(pad=0, n=6, rate=20, extra=LIVE)
        one = build(f"{live} {mux(4, extra='batched-push-timeout=20000')} ! {SINK}")
        batches = one.watch("m")
        assert one.play().error is None
        assert sum(len(batch) for batch in batches) == 6
        assert len(batches) > 2
        assert all(batch for batch in batches)

    def test_without_a_timeout_the_batch_is_waited_for(self, build):
        one = build(f"{source(pad=0, n=6, rate=50, extra=LIVE)} {mux(3)} ! {SINK}")
        batches = one.watch("m")
        assert one.play().error is None
        assert [len(batch) for batch in batches] == [3, 3]

    def test_a_fast_source_is_not_held_back_by_a_slow_one(self, build):
        fast = source(pad=0, n=20, rate=100, extra=LIVE)
        slow = source(pad=1, n=2, rate=10, extra=LIVE)
        one = build(f"{fast} {slow} {mux(2)} ! {SINK}")
        batches = one.watch("m")
        assert one.play().error is None
        ids = [[f["source_id"] for f in batch] for batch in batches]
        assert [0, 0] in ids
        assert sum(len(batch) for batch in batches) == 22

    def test_latency_is_the_timeout_more(self, build):
        one = build(
            f"{source(n=-1, rate=10, extra=LIVE)} {mux(2, extra='batched-push-timeout=40000')}"
            f" ! {SINK}"
        )
        one.pipeline.set_state(Gst.State.PLAYING)
        query = Gst.Query.new_latency()
        assert wait(lambda: one["m"].get_static_pad("src").query(query))
        live, least, _most = query.parse_latency()
        upstream = Gst.SECOND // 10
        assert live
        assert least == upstream + 40 * Gst.MSECOND

    def test_latency_is_whole_while_the_output_changes(self, build):
        one = build(f"{source(n=-1, rate=100, extra=LIVE)} {mux(2)} ! {SINK}")
        batches = one.watch("m")
        one.pipeline.set_state(Gst.State.PLAYING)
        assert wait(lambda: len(batches) > 1)
        done = threading.Event()

        def resize():
            for number in range(40):
                so_far = len(batches)
                one["m"].set_property("width", 64 + number % 2 * 32)
                assert wait(lambda so_far=so_far: len(batches) > so_far)
            done.set()

        thread = threading.Thread(target=resize)
        thread.start()
        pad, answers = one["m"].get_static_pad("src"), set()
        while not done.is_set():
            query = Gst.Query.new_latency()
            assert pad.query(query)
            answers.add(query.parse_latency()[1])
        thread.join()
        assert answers == {2 * Gst.SECOND // 100}

    @pytest.mark.parametrize(
        ("name", "value"), [("batched-push-timeout", 40_000), ("batch-size", 2)]
    )
    def test_another_latency_is_announced_to_the_pipeline(self, build, name, value):
        one = build(f"{source(n=-1, rate=50, extra=LIVE)} {mux(1)} ! {SINK}")
        batches = one.watch("m")
        one.pipeline.set_state(Gst.State.PLAYING)
        assert wait(lambda: batches)
        bus = one.pipeline.get_bus()
        while bus.pop_filtered(Gst.MessageType.LATENCY):
            pass
        one["m"].set_property(name, value)
        message = bus.timed_pop_filtered(5 * Gst.SECOND, Gst.MessageType.LATENCY)
        assert message.src == one["m"]


class TestScaling:
    GREY = "pattern=solid-color foreground-color=0xff808080"

    def picture(self, run, size, extra=""):
        text = f"{source(n=1, size=(64, 64), extra=self.GREY)} {mux(1, size, extra)}"
        _caps, data = run(f"{text} ! nvvideoconvert ! video/x-raw ! {SINK}").last()
        width, height = size
        return np.frombuffer(data, np.uint8, width * height).reshape(height, width)

    def test_a_picture_is_stretched(self, run):
        assert np.ptp(self.picture(run, (128, 64))) <= 1

    def test_or_padded_with_black(self, run):
        luma = self.picture(run, (128, 64), "enable-padding=true")
        assert (luma[:, :32] == 16).all()
        assert (luma[:, 96:] == 16).all()
        assert (luma[:, 32:96] > 100).all()

    def test_padding_does_nothing_to_a_picture_of_the_same_shape(self, run):
        assert (self.picture(run, (128, 128), "enable-padding=true") > 100).all()

    def test_scaling_is_that_of_the_converter(self, run):
        """By default it is bilinear; see test_sample.py."""
        before = source(n=1, size=(128, 96))
        _, ours = run(f"{before} {mux(1, (80, 44))} ! nvvideoconvert ! video/x-raw ! {SINK}").last()
        plain = before.split("! m.sink")[0]
        _, alone = run(
            f"{plain} ! nvvideoconvert interpolation-method=1"
            f" ! video/x-raw,width=80,height=44 ! {SINK}"
        ).last()
        assert ours == alone


def test_a_source_may_change_its_size_in_mid_stream(build):
    first, second = (
        f"videotestsrc num-buffers=3 ! video/x-raw,format=NV12,width={width},height=48 ! c."
        for width in (128, 32)
    )
    one = build(f"concat name=c ! m.sink_0 {first} {second} {mux()} ! {SINK}")
    batches = one.watch("m")
    assert one.play().error is None
    assert [batch[0]["source_frame_width"] for batch in batches] == [128] * 3 + [32] * 3
    assert [batch[0]["pipeline_width"] for batch in batches] == [64] * 6


def test_the_output_may_change_its_size_in_mid_stream(build):
    one = build(f"{source(n=9)} {mux()} ! {SINK}")
    batches = one.watch("m")
    one["sink"].connect(
        "handoff", lambda *_: len(batches) == 3 and one["m"].set_property("width", 32)
    )
    assert one.play().error is None
    assert {batch[0]["pipeline_width"] for batch in batches[:3]} == {64}
    assert {batch[0]["pipeline_width"] for batch in batches[4:]} == {32}
    caps, _ = one.last()
    assert caps.get_structure(0).get_value("width") == 32


class TestSourcesComeAndGo:
    def live(self, build, extra=""):
        one = build(f"{source(n=-1, rate=50, extra=LIVE)} {mux(2, extra=extra)} ! {SINK}")
        batches = one.watch("m")
        one.pipeline.set_state(Gst.State.PLAYING)
        # Until then the pipeline would start what is added before it is linked.
        assert one.pipeline.get_state(10 * Gst.SECOND)[1] == Gst.State.PLAYING
        return one, batches, lambda pad: any(f["source_id"] == pad for b in batches for f in b)

    def add(self, one, name):
        feed = Gst.parse_bin_from_description(
            "videotestsrc is-live=true"
            " ! capsfilter caps=video/x-raw,format=NV12,width=80,height=60,framerate=50/1",
            ghost_unlinked_pads=True,
        )
        one.pipeline.add(feed)
        pad = one["m"].request_pad_simple(name)
        assert feed.get_static_pad("src").link(pad) == Gst.PadLinkReturn.OK
        feed.sync_state_with_parent()
        return feed, pad

    def test_while_playing(self, build):
        one, batches, seen = self.live(build, "batched-push-timeout=40000")
        assert wait(lambda: seen(0))
        feed, pad = self.add(one, "sink_5")
        assert pad.get_name() == "sink_5"
        assert wait(lambda: seen(5))
        feed.set_state(Gst.State.NULL)
        one["m"].release_request_pad(pad)
        one.pipeline.remove(feed)
        so_far = len(batches)
        assert wait(lambda: len(batches) > so_far + 5)
        assert {f["source_id"] for batch in batches[-3:] for f in batch} == {0}

    def test_a_pad_is_released_while_its_source_waits_in_it(self, build):
        one, batches, seen = self.live(build)
        feed, pad = self.add(one, "sink_1")
        assert wait(lambda: seen(1))
        one["m"].release_request_pad(pad)
        feed.set_state(Gst.State.NULL)
        one.pipeline.remove(feed)
        so_far = len(batches)
        assert wait(lambda: len(batches) > so_far + 2)

    def test_numbers_are_the_lowest_free_ones_and_never_given_twice(self, build):
        one = build(f"{source(pad=1)} {mux()} ! {SINK}")
        free = one["m"].request_pad_simple("sink_%u")
        assert free.get_name() == "sink_0"
        assert one["m"].request_pad_simple("sink_1") is None
        one["m"].release_request_pad(free)
        assert one["m"].request_pad_simple("sink_0").get_name() == "sink_0"

    @pytest.mark.parametrize("timeout", [-1, 300_000])
    def test_frames_of_a_removed_source_leave_the_batch_that_is_forming(self, build, timeout):
        one = build(
            f"{source(n=-1, rate=10, extra=LIVE)} "
            f"{mux(16, extra=f'batched-push-timeout={timeout}')} ! {SINK}"
        )
        batches = one.watch("m")
        one.pipeline.set_state(Gst.State.PLAYING)
        assert one.pipeline.get_state(10 * Gst.SECOND)[1] == Gst.State.PLAYING
        for _ in range(4):  # each takes the number of the one before it
            feed, pad = self.add(one, "sink_1")
            waiting = threading.Event()
            pad.add_probe(
                Gst.PadProbeType.BUFFER,
                lambda _pad, _info, event=waiting: event.set() or Gst.PadProbeReturn.OK,
            )
            assert waiting.wait(10)
            one["m"].release_request_pad(pad)
            gone = len(batches)
            feed.set_state(Gst.State.NULL)
            one.pipeline.remove(feed)
            assert wait(lambda gone=gone: len(batches) > gone)
            assert {f["source_id"] for batch in batches[gone:] for f in batch} == {0}

    @pytest.mark.parametrize("states", [["NULL"], ["PLAYING"], ["PLAYING", "READY", "NULL"]])
    @pytest.mark.parametrize("factory", ["nvstreammux", "nvstreamdemux"])
    def test_pads_of_several_threads_come_and_go(self, factory, states):
        code = COME_AND_GO.format(factory=factory, states=states)
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
        )
        assert (done.returncode, done.stderr) == (0, "")


COME_AND_GO = """
import threading
from pythiags import portable
from pythiags.gst import Gst

portable.install()
element = Gst.ElementFactory.make("{factory}")
for name, value in (("width", 64), ("height", 48), ("batch-size", 1)):
    if element.find_property(name):
        element.set_property(name, value)
states = [getattr(Gst.State, name) for name in {states}]
element.set_state(states[0])
name = "sink_%u" if "{factory}" == "nvstreammux" else "src_%u"

def rounds():
    for _ in range(2_000):
        pads = [element.request_pad_simple(name) for _ in range(3)]
        assert len(set(pads)) == 3 and None not in pads
        for pad in pads:
            element.release_request_pad(pad)

threads = [threading.Thread(target=rounds) for _ in range(3)]
for thread in threads:
    thread.start()
while len(states) > 1 and any(thread.is_alive() for thread in threads):
    for state in states:
        element.set_state(state)
for thread in threads:
    thread.join()
assert element.numpads == 1
first = element.request_pad_simple(name)
assert first.get_name() == name.replace("%u", "0"), first.get_name()
element.set_state(Gst.State.NULL)
"""


class TestStates:
    def test_a_full_queue_does_not_hold_a_stop(self, build):
        one = build(f"{source(n=-1)} {mux(4)} ! queue max-size-buffers=1 ! {SINK} sync=true")
        for _ in range(20):
            one.pipeline.set_state(Gst.State.PLAYING)
            one.pipeline.get_state(5 * Gst.SECOND)
            one.pipeline.set_state(Gst.State.NULL)
            assert one.pipeline.get_state(5 * Gst.SECOND)[1] == Gst.State.NULL

    def test_a_hundred_starts_leak_no_descriptor(self, build):
        one = build(f"{source(pad=0, n=-1)} {source(pad=1, n=-1, size=(32, 32))} {mux(2)} ! {SINK}")

        def cycle():
            one.pipeline.set_state(Gst.State.PAUSED)
            one.pipeline.get_state(5 * Gst.SECOND)
            one.pipeline.set_state(Gst.State.NULL)

        def count():
            return len(list(Path("/proc/self/fd").iterdir()))

        cycle()
        before = count()
        for _ in range(100):
            cycle()
        assert count() == before

    def test_a_second_run_counts_from_nought_again(self, build):
        one = build(f"{source(n=3)} {mux()} ! {SINK}")
        batches = one.watch("m")
        one.play()
        one.pipeline.set_state(Gst.State.NULL)
        one.play()
        assert [b[0]["frame_num"] for b in batches] == [0, 1, 2, 0, 1, 2]

    def test_a_flushing_seek_goes_through_to_every_source(self, build):
        rate = 25
        text = f"{source(pad=0, n=500, rate=rate)} {source(pad=1, n=500, rate=rate)}"
        one = build(f"{text} {mux(2)} ! {SINK}")
        batches = one.watch("m")
        one.pipeline.set_state(Gst.State.PAUSED)
        one.pipeline.get_state(5 * Gst.SECOND)
        assert one.pipeline.seek_simple(
            Gst.Format.TIME, Gst.SeekFlags.FLUSH | Gst.SeekFlags.ACCURATE, 10 * Gst.SECOND
        )
        one.pipeline.get_state(5 * Gst.SECOND)
        assert [f["buf_pts"] for f in batches[-1]] == [10 * Gst.SECOND] * 2
        assert one.pipeline.query_position(Gst.Format.TIME) == (True, 10 * Gst.SECOND)
        one.play()
        assert one.error is None

    def test_a_downstream_error_reaches_the_bus(self, run):
        one = run(f"{source(n=50)} {mux()} ! identity error-after=5 ! {SINK}")
        assert one.error is not None

    def test_the_output_can_be_kept_open(self, build):
        one = build(f"{source(n=3)} {mux(extra='drop-pipeline-eos=true')} ! {SINK}")
        batches = one.watch("m")
        one.pipeline.set_state(Gst.State.PLAYING)
        assert wait(lambda: len(batches) == 3)
        bus = one.pipeline.get_bus()
        assert bus.timed_pop_filtered(200 * Gst.MSECOND, Gst.MessageType.EOS) is None


class TestSettings:
    @pytest.mark.parametrize("missing", ["width", "height", "batch-size"])
    def test_a_missing_one_is_an_error_that_names_it(self, run, missing):
        given = {"width": 64, "height": 48, "batch-size": 1}
        del given[missing]
        words = " ".join(f"{key}={value}" for key, value in given.items())
        one = run(f"{source()} nvstreammux name=m {words} ! {SINK}")
        assert f"'{missing}'" in one.error

    @pytest.mark.parametrize(
        "asked", ["align-inputs=1", "num-surfaces-per-frame=2", "frame-duration=40", "sort-batch=1"]
    )
    def test_what_is_not_supported_is_refused_by_name(self, run, asked):
        one = run(f"{source()} {mux(extra=asked)} ! {SINK}")
        assert asked.split("=")[0] in one.error

    def test_what_only_chooses_hardware_is_accepted(self, run):
        hardware = "gpu-id=1 nvbuf-memory-type=nvbuf-mem-cuda-unified compute-hw=GPU"
        assert run(f"{source()} {mux(extra=hardware)} ! {SINK}").error is None

    def test_defaults_are_deepstreams(self, build):
        muxer = build(f"{source()} {mux()} ! {SINK}")["m"]
        fresh = muxer.get_factory().create(None)
        expected = {
            "batched-push-timeout": -1,
            "live-source": False,
            "enable-padding": False,
            "attach-sys-ts": True,
            "buffer-pool-size": 4,
            "num-surfaces-per-frame": 1,
            "frame-num-reset-on-eos": False,
        }
        assert {name: fresh.get_property(name) for name in expected} == expected
        assert fresh.get_property("interpolation-method").value_nick == "Bilinear"


def test_nothing_critical_is_said():
    text = " ".join(source(pad=i, n=20, size=(64 + i, 48 + i)) for i in range(3))
    code = f"""
from pythiags import portable
from pythiags.gst import Gst
portable.install()
pipeline = Gst.parse_launch({f"{text} {mux(3)} ! {SINK}"!r})
for _ in range(3):
    pipeline.set_state(Gst.State.PLAYING)
    wanted = Gst.MessageType.EOS | Gst.MessageType.ERROR
    message = pipeline.get_bus().timed_pop_filtered(20 * Gst.SECOND, wanted)
    assert message.type == Gst.MessageType.EOS, message.parse_error()
    pipeline.set_state(Gst.State.NULL)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "G_DEBUG": "fatal-criticals"},
    )
    assert (done.returncode, done.stderr) == (0, "")


UNWANTED = "video/x-raw(memory:NVMM),width=100"  # of a size that the muxer does not make


@pytest.mark.parametrize("n", [1, 2, 50])
def test_a_failure_is_told_also_when_the_sources_have_no_more_frames(run, n):
    assert run(f"{source(n=n)} {mux()} ! {UNWANTED} ! {SINK}").error is not None


def test_a_source_that_does_not_count_in_time_is_refused(build):
    one = build(f"appsrc name=app format=bytes ! queue ! m.sink_0 {mux()} ! {SINK}")
    caps = "video/x-raw,format=NV12,width=64,height=48,framerate=30/1"
    one["app"].set_property("caps", Gst.Caps.from_string(caps))
    one["app"].emit("push-buffer", Gst.Buffer.new_allocate(None, 64 * 48 * 3 // 2, None))
    one["app"].emit("end-of-stream")
    assert "sink_0 uses the format bytes, expected time" in one.play().error


def test_a_source_released_while_its_first_frame_is_converted_never_was(build):
    one = build(f"{source(0, n=1)} {source(1, n=3)} {mux()} ! {SINK}")
    batches = one.watch("m")
    told = []

    def listen(_pad, info):
        event = info.get_event()
        pad = one["m"].get_static_pad("sink_0")
        if event.type == Gst.EventType.CAPS and pad:
            pad.get_peer().unlink(pad)
            one["m"].release_request_pad(pad)
        if event.type == Gst.EventType.CUSTOM_DOWNSTREAM:
            told.append(event.get_structure().get_uint("source-id")[1])
        return Gst.PadProbeReturn.OK

    one["m"].get_static_pad("src").add_probe(Gst.PadProbeType.EVENT_DOWNSTREAM, listen)
    assert one.play().error is None
    assert [f["source_id"] for batch in batches for f in batch] == [1, 1, 1]
    assert told == [1, 1]


def test_a_source_that_ends_while_another_ones_end_is_announced(build):
    sources = "appsrc name=a0 ! m.sink_0 appsrc name=a1 ! m.sink_1"
    one, ends = build(f"{mux(2)} ! {SINK} {sources}"), []
    pads = [one["m"].get_static_pad(f"sink_{number}") for number in range(2)]

    def note(_pad, info):
        if info.type & Gst.PadProbeType.BUFFER:  # both frames are in it
            pads[0].send_event(Gst.Event.new_eos())
        elif info.get_event().has_name("pythiags-stream-ended"):
            _, number = info.get_event().get_structure().get_uint("source-id")
            ends.append(number)
            if number == 0:
                pads[1].send_event(Gst.Event.new_eos())
        return Gst.PadProbeReturn.OK

    kinds = Gst.PadProbeType.BUFFER | Gst.PadProbeType.EVENT_DOWNSTREAM
    one["m"].get_static_pad("src").add_probe(kinds, note)
    caps = Gst.Caps.from_string("video/x-raw,format=NV12,width=64,height=48,framerate=30/1")
    for number in range(2):
        one[f"a{number}"].set_property("format", Gst.Format.TIME)
        one[f"a{number}"].set_property("caps", caps)
    one.pipeline.set_state(Gst.State.PLAYING)
    for number in range(2):
        buffer = Gst.Buffer.new_wrapped(bytes(64 * 48 * 3 // 2))
        buffer.pts = 0
        one[f"a{number}"].emit("push-buffer", buffer)
    assert one.play().error is None
    assert ends == [0, 1]
