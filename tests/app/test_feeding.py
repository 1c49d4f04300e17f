"""Streams that Python makes: recordings, scripts, and what comes between their buffers."""

import gc
import threading
import weakref

import pytest

from pythiags import (
    App,
    Detections,
    Metadata,
    MetadataReleased,
    MetadataWriter,
    NoFramesError,
    RecordingError,
    StreamError,
    UserCodeError,
    frames_per_batch,
    objects_per_frame,
)
from pythiags.testing import END, Collecting, SceneFrame, Stall, make_buffer, script, synthetic

SCENES = synthetic(1, buffers=200, objects=3)


def numbers(events):
    return [event[0].frame_num for event in events]


def played(app, extractor=Detections):
    collected = Collecting()
    with app:
        app.attach("source", extractor, collected)
        summary = app.run()
    return collected.events, summary


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "run.jsonl"
    with App.from_buffers(script(*SCENES)) as app:
        app.attach("source", Metadata, MetadataWriter(path))
        app.run()
    return path


def test_what_is_recorded_is_played(recording):
    before, _ = played(App.from_buffers(script(*SCENES)))
    after, summary = played(App.from_recording(recording))
    assert after == before
    assert len(after) == summary.frames == 200
    assert summary.reason == "end of stream"


def test_how_long_it_is_is_known_where_the_last_line_says_it(recording):
    durations = []

    def look(pad, info):
        durations.append(app.stats().duration)

    with App.from_recording(recording) as app:
        app.attach("source", look, print)
        app.run()
    assert durations[-1] == pytest.approx(199 * 0.04)


def test_an_extractor_sees_a_probe_as_in_any_pipeline(recording):
    kept = []

    def extract(pad, info):
        (frame,) = frames_per_batch(info)
        kept.append(next(objects_per_frame(frame)))
        return [(pad.get_parent().get_name(), info.get_buffer().pts, info.get_buffer().get_size())]

    events, _ = played(App.from_recording(recording), extract)
    assert events[3] == [("source", 3 * 40_000_000, 0)]
    with pytest.raises(MetadataReleased):
        kept[0].obj_label  # noqa: B018


def test_a_damaged_line_ends_the_run_when_what_is_before_it_was_delivered(recording):
    lines = recording.read_text().splitlines(keepends=True)
    recording.write_text("".join([*lines[:101], "{]\n", *lines[101:]]))
    collected = Collecting()
    with App.from_recording(recording) as app:
        app.attach("source", Detections, collected)
        with pytest.raises(RecordingError, match=f"{recording}:102:2"):
            app.run()
    assert numbers(collected.events) == list(range(100))


def test_a_recording_without_buffers_has_no_frames(tmp_path):
    path = tmp_path / "run.jsonl"
    path.write_text('{"format":"pythiags-metadata","version":1}\n')
    with App.from_recording(path) as app, pytest.raises(NoFramesError):
        app.run()


def test_a_stall_waits_for_the_test_and_the_buffers_before_it_have_passed():
    passed, stalls = [], [Stall(), Stall()]
    steps = [*SCENES[:70], stalls[0], *SCENES[70:80], stalls[1], *SCENES[80:100]]
    collected = Collecting()
    with App.from_buffers(script(*steps)) as app:
        app.attach("source", lambda pad, info: passed.append(info.get_buffer().pts), print)
        app.attach("source", Detections, collected)
        app.start()
        for stall, count in zip(stalls, (70, 80), strict=True):
            assert stall.reached.wait(30)
            assert len(passed) == count
            stall.release()
        app.join(30)
    assert numbers(collected.events) == list(range(100))


def test_a_stall_that_was_released_before_does_not_stop_the_stream():
    stall = Stall()
    stall.release()
    events, _ = played(App.from_buffers(script(*SCENES[:2], stall, *SCENES[2:4])))
    assert numbers(events) == [0, 1, 2, 3]
    assert stall.reached.is_set()


def test_a_run_that_stalls_can_be_stopped():
    stall = Stall()
    collected = Collecting()
    with App.from_buffers(script(*SCENES[:3], stall, SCENES[3])) as app:
        app.attach("source", Detections, collected)
        app.start()
        assert stall.reached.wait(30)
        assert app.stop().reason == "stop"
    stall.release()  # too late: nothing happens
    assert numbers(collected.events) == [0, 1, 2]


@pytest.mark.parametrize("before", [0, 1, 63, 64, 65, 130])
def test_an_error_of_the_script_is_that_of_the_run(before):
    collected = Collecting()
    gone = StreamError("the camera is gone", where="rtsp://camera")
    with App.from_buffers(script(*SCENES[:before], gone, SCENES[before])) as app:
        app.attach("source", Detections, collected)
        with pytest.raises(StreamError) as raised:
            app.run()
    assert raised.value is gone
    assert numbers(collected.events) == list(range(before))


def test_an_error_behind_a_stall():
    stall, collected = Stall(), Collecting()
    with App.from_buffers(script(SCENES[0], stall, ValueError("bad"))) as app:
        app.attach("source", Detections, collected)
        app.start()
        assert stall.reached.wait(30)
        stall.release()
        with pytest.raises(UserCodeError, match="ValueError: bad"):
            app.join(30)
    assert len(collected.events) == 1


def test_an_iterator_that_raises_is_named_with_its_line():
    def frames():
        yield make_buffer(SceneFrame())
        raise KeyError("nosuch")

    with App.from_buffers(frames()) as app, pytest.raises(UserCodeError) as raised:
        app.run()
    assert "KeyError: 'nosuch'" in str(raised.value)
    assert f"{__file__}" in str(raised.value)


def test_what_is_no_buffer_is_an_error():
    with App.from_buffers([make_buffer(), "a text"]) as app, pytest.raises(UserCodeError) as raised:
        app.run()
    assert "expected a Gst.Buffer, got 'a text'" in str(raised.value)


def test_the_end_of_a_script_is_that_of_the_stream():
    events, summary = played(App.from_buffers(script(*SCENES[:2], END, *SCENES)))
    assert (len(events), summary.reason) == (2, "end of stream")


def test_a_script_says_which_step_is_none():
    for step in ("frame", 7, [SceneFrame(), None]):
        with pytest.raises(TypeError, match="expected a SceneFrame"):
            script(step)


def test_several_frames_make_a_batch_and_keep_their_sources():
    events, _ = played(App.from_buffers(script(*synthetic(1, buffers=2, objects=1, sources=3))))
    assert [[each.source_id for each in event] for event in events] == [[0, 1, 2]] * 2


def test_nothing_is_kept_when_it_is_over(recording):
    with App.from_recording(recording) as app:
        pipeline, feed = weakref.ref(app.pipeline), weakref.ref(app._pipeline._feed)
        app.run()
    del app
    gc.collect()
    assert (pipeline(), feed()) == (None, None)
    assert not [thread for thread in threading.enumerate() if "pythiags" in thread.name]
