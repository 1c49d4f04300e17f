"""pyservicemaker's Flow and MediaExtractor on files: nvurisrcbin, lists of sources, recordings."""

import functools
import re

import numpy as np
import pytest
from faults.harness import until
from standins.network import Camera
from standins.servicemaker import Seeing

from pythiags.gst import Gst
from pythiags.lookalikes.pyservicemaker.flow import Flow, RenderMode
from pythiags.lookalikes.pyservicemaker.media import MediaChunk, MediaExtractor
from pythiags.lookalikes.pyservicemaker.pipeline import Pipeline
from pythiags.lookalikes.pyservicemaker.probes import Probe

FRAMES = 5
SIZE = (160, 120)


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    """A file of five frames, a thirtieth of a second each."""
    path = tmp_path_factory.mktemp("video") / "a video.mp4"
    pipeline = Gst.parse_launch(
        f"videotestsrc num-buffers={FRAMES} pattern=red ! video/x-raw,width={SIZE[0]},"
        f"height={SIZE[1]},framerate=30/1 ! x264enc ! h264parse ! mp4mux ! filesink name=sink"
    )
    pipeline.get_by_name("sink").set_property("location", str(path))
    pipeline.set_state(Gst.State.PLAYING)
    wanted = Gst.MessageType.EOS | Gst.MessageType.ERROR
    message = pipeline.get_bus().timed_pop_filtered(40 * Gst.SECOND, wanted)
    pipeline.set_state(Gst.State.NULL)
    assert message.type == Gst.MessageType.EOS
    return path


def numbers(batch):
    return [(frame.source_id, frame.frame_number) for frame in batch.frame_items]


def played(flow):
    """The source and the number of each frame, in order."""
    seeing = Seeing(numbers)
    flow = flow.attach(Probe("seeing", seeing))
    flow.render(RenderMode.DISCARD, sync=False)()
    return sorted(each for seen in seeing.seen for each in seen)


def names_of(flow):
    return [re.sub(r"-\d+(?=_|$)", "", name) for name in flow.pipeline._nodes]


def expected(sources):
    return [(source, number) for source in range(sources) for number in range(FRAMES)]


SLOW = {"batched_push_timeout": 10_000_000, "width": SIZE[0], "height": SIZE[1]}


def test_files_are_read_into_batches(video):
    flow = Flow(Pipeline("test")).batch_capture([str(video), video.as_uri()], **SLOW)
    assert names_of(flow) == [
        *["batch_capture-mux", "batch_capture-source_0", "batch_capture-source_1"]
    ]
    assert played(flow) == expected(2)


def test_files_are_read_and_batched_later(video):
    flow = Flow(Pipeline("test")).capture([str(video)] * 2)
    assert names_of(flow) == ["capture-source"] * 2
    assert played(flow.batch(**SLOW)) == expected(2)


@pytest.mark.parametrize("element", ["nvurisrcbin", "nvmultiurisrcbin"])
def test_a_list_of_sources_is_read(video, tmp_path, element):
    path = tmp_path / "sources.yaml"
    lines = ["source-list:"]
    for name in ("Front", "Back"):
        lines += [f'- uri: "{video.as_uri()}"', f"  sensor-id: {name}", f"  sensor-name: {name}"]
    lines += ["source-config:", f"  source-bin: {element}", "  properties:", "    file-loop: false"]
    if element == "nvmultiurisrcbin":
        lines += ["    port: 0", "    max-batch-size: 2"]
    path.write_text("\n".join(lines))
    flow = Flow(Pipeline("test")).batch_capture(str(path), **SLOW)
    if element == "nvurisrcbin":
        assert names_of(flow) == ["batch_capture-mux", "Front", "Back"]
    else:
        assert names_of(flow) == ["batch_capture-source"]
    assert played(flow) == expected(2)


def test_only_what_records_is_recorded(video):
    flow = Flow(Pipeline("test")).batch_capture([str(video)], **SLOW)
    mux = next(iter(flow.pipeline._nodes))
    with pytest.raises(RuntimeError, match="has no signal 'start-sr': only nvurisrcbin records"):
        flow.pipeline.start_recording(mux, 0, 20)
    assert not flow.pipeline.stop_recording(mux)


def test_a_source_that_does_not_record_is_an_error(video):
    pipeline = Pipeline("test").add("nvurisrcbin", "source", {"uri": video.as_uri()})
    with pytest.raises(RuntimeError, match="nvurisrcbin 'source' does not record: it needs"):
        pipeline.start_recording("source", 0, 20)
    assert not pipeline.stop_recording("source")


def test_two_sources_record_at_once(tmp_path):
    pipeline, done, begun = Pipeline("test"), {}, {}
    with Camera(rate=30, width=64, height=48) as camera:
        for name in ("left", "right"):
            words = {"uri": camera.address, "select-rtp-protocol": 4, "smart-record": 2}
            words |= {"smart-rec-dir-path": str(tmp_path), "smart-rec-file-prefix": name}
            pipeline.add("nvurisrcbin", name, words)
            pipeline.add("fakesink", f"{name}-sink", {"sync": False}).link(name, f"{name}-sink")
        pipeline.start()

        def begin(name):
            try:
                note = functools.partial(done.__setitem__, name)
                begun[name] = pipeline.start_recording(name, 0, 60, note)
            except RuntimeError:  # nothing has come yet
                return False
            return True

        for name in ("left", "right"):
            until(lambda name=name: begin(name), f"{name} records")
        with pytest.raises(RuntimeError, match="'left' records already"):
            pipeline.start_recording("left", 0, 60)
        assert pipeline.stop_recording_by_session_id(begun["left"])
        until(lambda: "left" in done, "the first is complete")
        assert "right" not in done
        assert pipeline.stop_recording("right")
        until(lambda: "right" in done, "the second is complete")
        pipeline.stop()
    assert begun["left"] != begun["right"]
    for name, info in done.items():
        assert info.session_id == begun[name]
        assert info.file_name.startswith(name)


# ---- queues of frames ----


def taken(waiting):
    """The frames of a queue, until its end."""
    found = []
    while (frame := waiting.get(timeout=60)) is not None:
        found.append(frame)
    return found


@pytest.mark.parametrize("batch_size", [0, 2])
def test_the_frames_of_files_are_put_into_queues(video, batch_size):
    chunks = [MediaChunk(str(video)), MediaChunk(str(video), duration=50_000_000)]
    extractor = MediaExtractor(chunks, batch_size, SIZE, q_size=10, blocking=True)
    with extractor:
        first, second = map(taken, extractor())
    assert len(first) == FRAMES
    assert len(second) == 2
    for frame in [*first, *second]:
        picture = np.from_dlpack(frame.tensor)
        assert picture.shape == (SIZE[1], SIZE[0], 3)
        assert (picture[..., 0].min() > 200, picture[..., 1].max() < 60) == (True, True)
    times = [frame.timestamp for frame in first]
    assert times == sorted(set(times))
