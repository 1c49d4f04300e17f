"""What elements warn of is logged, and never floods the log."""

import logging

import pytest

from pythiags import App
from pythiags.gst import GLib, Gst
from pythiags.gst.pipeline import Pipeline, PipelineState

TEXT = "fakesrc ! fakesink name=sink"


def logged(caplog, monkeypatch, moments):
    """Have a sink warn at each of these moments; give what was logged."""
    pipeline = Pipeline(TEXT)
    sink = pipeline.gst.get_by_name("sink")
    for moment in moments:
        monkeypatch.setattr("pythiags.gst.reports.time.monotonic", lambda now=moment: now)
        error = GLib.Error.new_literal(Gst.StreamError.quark(), "odd", Gst.StreamError.DECODE)
        pipeline.gst.get_bus().post(Gst.Message.new_warning(sink, error, "debug"))
        with caplog.at_level(logging.WARNING):
            assert pipeline.poll(0.0).text == "odd"
    pipeline.stop()
    return [record.getMessage().rpartition(":")[2].strip() for record in caplog.records]


def test_a_warning_is_logged_with_its_element(caplog, monkeypatch):
    assert logged(caplog, monkeypatch, [10.0]) == ["odd"]
    assert "GstFakeSink:sink" in caplog.text


def test_many_warnings_are_one_line_a_second(caplog, monkeypatch):
    seen = logged(caplog, monkeypatch, [10.0, 10.1, 10.9, 11.0])
    assert seen == ["odd", "odd (2 more since the last one)"]


@pytest.mark.parametrize(("share", "told"), [(1.0, 0), (0.5, 1)])
def test_a_file_that_was_cut_is_told(tmp_path, caplog, share, told):
    path = tmp_path / "clip.mkv"
    App(
        "videotestsrc num-buffers=120 ! video/x-raw,width=64,height=64,framerate=30/1 "
        f"! x264enc speed-preset=ultrafast key-int-max=10 ! matroskamux ! filesink location={path}"
    ).run()
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    App(f"filesrc location={path} ! matroskademux ! h264parse ! avdec_h264 ! fakesink").run()
    assert [r.getMessage().endswith("is the input truncated?") for r in caplog.records] == (
        [True] * told
    )


@pytest.mark.parametrize(
    "branches",
    [
        "t. ! fakesink name=a t. ! fakesink name=b",
        "t. ! queue ! fakesink name=a t. ! queue ! valve drop=true ! fakesink name=b",
    ],
)
def test_sinks_that_wait_for_each_other_are_named(caplog, branches):
    with Pipeline(f"videotestsrc ! tee name=t {branches}") as pipeline:
        pipeline.start()
        first = pipeline.gst.get_by_name("a")
        for _ in range(400):
            pipeline.poll(0.05)
            if first.current_state == Gst.State.PAUSED:
                break
        assert first.current_state == Gst.State.PAUSED
        pipeline.report_branches()
    assert "a holds its first buffer until b has one" in caplog.text
    assert "queue into each branch" in caplog.text


def test_sinks_that_play_are_not_suspected(caplog):
    with Pipeline("videotestsrc ! tee name=t t. ! queue ! fakesink t. ! queue ! fakesink") as one:
        one.start()
        for _ in range(400):
            one.poll(0.05)
            if one.state is PipelineState.RUNNING:
                break
        assert one.state is PipelineState.RUNNING
        one.report_branches()
    assert "does not begin" not in caplog.text


def test_a_time_out_tells_which_sinks_have_waited(caplog):
    App("videotestsrc ! tee name=t t. ! fakesink name=a t. ! fakesink name=b", timeout=0.5).run()
    assert "a holds its first buffer until b has one" in caplog.text
