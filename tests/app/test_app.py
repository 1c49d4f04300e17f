"""App: from text to delivered events, and down again."""

import re

import pytest

import pythiags
from pythiags import App, Consumer, Extractor
from pythiags.errors import DescriptionError, NoFramesError, PythiagsError, StreamError
from pythiags.gst import Gst
from pythiags.gst.pipeline import PipelineState

FOR_EVER = 3600.0  # seconds: for a test
FRAMES = "videotestsrc num-buffers={count} ! video/x-raw,width=32,height=32 ! fakesink name=sink"


class Pts(Extractor):
    def extract_metadata(self, pad, info):
        return [info.get_buffer().pts]


class Keep(Consumer):
    def __init__(self):
        self.events = []
        self.closed = False

    def incoming(self, events):
        self.events += events

    def close(self):
        self.closed = True


def test_everything_that_was_produced_is_delivered_before_run_returns():
    keep = Keep()
    with App(FRAMES, count=40) as app:
        app.attach("sink", Pts, keep)
        summary = app.run()
    assert len(keep.events) == 40
    assert keep.events == sorted(keep.events)
    assert keep.closed
    (attachment,) = summary.attachments
    assert (attachment.extraction.buffers, attachment.channel.delivered) == (40, 40)
    assert (summary.reason, summary.exit_code, summary.pending) == ("end of stream", 0, 0)
    assert summary.state is PipelineState.STOPPED


def test_a_file_with_variables(tmp_path):
    file = tmp_path / "demo.gstp"
    file.write_text(FRAMES, encoding="utf-8")
    seen = []
    app = App.from_file(file, count=3, timeout=20)
    app.attach("videotestsrc0", lambda pad, info: [pad.get_name()], seen.append)
    app.run()
    assert seen == [["src"]] * 3


def test_an_element_that_is_not_there_gets_a_suggestion():
    app = App(FRAMES, count=1)
    with pytest.raises(DescriptionError, match="did you mean 'sink'") as caught:
        app.attach("sing", Pts, Keep())
    assert caught.value.exit_code == 2


def test_what_is_wrong_with_the_text_is_told_before_anything_is_built():
    with pytest.raises(DescriptionError, match="did you mean 'num-buffers'") as caught:
        App("videotestsrc num-bufers=1 ! fakesink")
    assert caught.value.where == "<description>:1:14"


def test_an_error_on_the_bus_is_raised_with_the_element_and_a_hint(tmp_path):
    path = tmp_path / "gone"
    path.touch()
    app = App("filesrc location={path} ! fakesink", path=path)
    path.unlink()
    with pytest.raises(StreamError, match="filesrc0") as caught:
        app.run()
    assert "check the path" in str(caught.value)
    assert app.state is PipelineState.FAILED


def test_no_frame_is_an_error():
    app = App("videotestsrc num-buffers=0 ! fakesink")
    with pytest.raises(NoFramesError):
        app.run()


def test_an_app_runs_once():
    app = App(FRAMES, count=1)
    app.run()
    with pytest.raises(PythiagsError, match="once"):
        app.run()


@pytest.mark.parametrize(
    "text",
    [
        "videotestsrc ! fakesink fakesrc num-buffers=0 ! fakesink",  # the second never prerolls
        "videotestsrc ! video/x-raw,framerate=1/10 ! fakesink sync=true",
    ],
)
def test_a_stop_does_not_wait_until_everything_plays(text, monkeypatch):
    monkeypatch.setattr("pythiags.app.run.EOS_PATIENCE", FOR_EVER)
    monkeypatch.setattr("pythiags.app.run.EOS_LIMIT", FOR_EVER)
    with App(text) as app:
        app.start()
        app.stop()


def test_a_stop_while_it_is_paused_waits_for_no_end_of_stream(monkeypatch):
    monkeypatch.setattr("pythiags.app.run.EOS_PATIENCE", FOR_EVER)
    monkeypatch.setattr("pythiags.app.run.EOS_LIMIT", FOR_EVER)
    with App("videotestsrc is-live=false ! fakesink sync=true") as app:
        app.start()
        app.pause()
        app.pipeline.get_state(20 * Gst.SECOND)
        app.stop()


def test_the_pieces_that_a_file_is_written_in_are_not_frames(tmp_path):
    text = (
        "videotestsrc num-buffers=7 ! video/x-raw,width=32,height=32 ! tee name=t "
        "t. ! queue ! jpegenc ! rndbuffersize min=50 max=99 ! filesink location={file} "
        "t. ! queue ! fakesink"
    )
    assert App(text, file=tmp_path / "a.mjpeg").run().frames == 7


def test_the_control_where_nothing_else_is_counted_what_is_written_is():
    assert App("fakesrc num-buffers=7 ! fakesink").run().frames == 7


def test_what_a_session_in_python_shows():
    app = App("videotestsrc num-buffers=5 ! fakesink name=sink")
    app.attach("sink", lambda pad, info: [1], lambda events: None)
    assert repr(app) == "<App new, sink: 0 of 0 delivered>"
    summary = app.run()
    assert repr(app) == "<App stopped, 5 frames, sink: 5 of 5 delivered>"
    head, line = str(summary).split("\n")
    assert re.fullmatch(r"5 frames in [\d.]+ s, [\d.]+ fps: end of stream", head)
    assert line.startswith("  sink: produced 5  delivered 5  pending 0")
    assert repr(summary) == f"<Summary: {head}, 1 attachment>"
    assert re.match("stopped, 5 frames in", str(app.stats()))
    assert repr(app.stats()).startswith("<AppStats: stopped, 5 frames")
    app.close()
    assert repr(app).startswith("<App stopped")


def test_the_face_of_the_package_is_what_it_offers():
    shown = {name for name in dir(pythiags) if not name.startswith("__")}
    assert shown == set(pythiags.__all__)
