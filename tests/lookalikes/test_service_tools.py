"""pyservicemaker's probes that are asked for by name, monitors, tensors, and media in queues."""

import numpy as np
import pytest
from faults.harness import until
from standins.networks import HEIGHT, LABELS, WIDTH, configuration, nanodet, segmenter
from standins.servicemaker import Seeing, batched

from pythiags import data
from pythiags.lookalikes import pyds
from pythiags.lookalikes.pyservicemaker import builtin, monitors
from pythiags.lookalikes.pyservicemaker.media import FrameSampler, MediaChunk, MediaExtractor
from pythiags.lookalikes.pyservicemaker.mediainfo import MediaInfo
from pythiags.lookalikes.pyservicemaker.pipeline import Pipeline
from pythiags.lookalikes.pyservicemaker.postprocessing import ObjectDetectorOutputConverter
from pythiags.lookalikes.pyservicemaker.probes import BufferObserver, CommonFactory, Probe

VIDEO = str(data.path("pedestrians.h264"))


class Clock:
    """Half a second later at each look."""

    def __init__(self):
        self.now = 10.0

    def __call__(self):
        self.now += 0.5
        return self.now


def played(pipeline, *middle):
    names = ["mux", *(name for _, name in middle), "sink"]
    for factory, name in middle:
        pipeline.add(factory, name)
    return pipeline.add("fakesink", "sink", {"sync": False}).link(*names)


# ---- rates ----


def test_the_rate_of_each_pad_is_written():
    lines = []
    counter = builtin.FpsCounter(Clock(), lines.append)
    pipeline = played(batched(2, frames=5))
    pipeline.attach("mux", Probe("fps", counter, {"interval": 1})).start().wait()
    # At the third batch a second has passed since the first one.
    assert lines == ["**FPS:  3.00 (3.00)\t3.00 (3.00)\t", "**FPS:  2.00 (2.50)\t2.00 (2.50)\t"]


def test_the_rate_of_each_source_is_written_by_its_name():
    lines = []
    monitor = monitors.PerfMonitor(2, 1, clock=Clock(), write=lines.append)
    monitor.add_stream(0, "file:///a", "sensor", "Front")
    pipeline = played(batched(2, frames=5))
    monitor.apply(pipeline["sink"], "sink")
    pipeline.start().wait()
    first = "**PERF:  Front: 3.00 (3.00)  source_1: 3.00 (3.00)"
    assert lines == [first, "**PERF:  Front: 2.00 (2.50)  source_1: 2.00 (2.50)"]


def test_a_monitor_that_pauses_counts_nothing():
    lines = []
    monitor = monitors.PerfMonitor(1, 1, show_name=False, clock=Clock(), write=lines.append)
    monitor.pause()
    pipeline = played(batched(1, frames=5))
    monitor.apply(pipeline["sink"], "sink")
    pipeline.start().wait()
    assert lines == []


def test_a_models_file_that_changes_is_told(tmp_path, monkeypatch):
    lines = []
    monkeypatch.setattr(monitors, "LOOK_EVERY", 0.01)
    monkeypatch.setattr(monitors, "tell", lines.append)
    path = tmp_path / "model.engine"
    path.write_text("a")
    node = Pipeline("p").add("nvinfer", "infer")["infer"]
    monitor = monitors.EngineFileMonitor(node, str(path))
    assert (monitor.start(), repr(monitor)) == (True, "EngineFileMonitor(started=1)")
    path.write_text("another")
    until(lambda: lines, "the change is told")
    assert monitor.stop()
    assert lines[0].startswith(f"{path} has changed: the portable nvinfer 'infer'")
    assert repr(monitor) == "EngineFileMonitor(started=0)"


# ---- probes ----


def detected(tmp_path, **keys):
    """A pipeline of the ball and a detector."""
    groups = "[class-attrs-all]\npre-cluster-threshold=0.5\n"
    path = configuration(tmp_path, nanodet, groups, LABELS, cluster_mode=2, **keys)
    pipeline = batched(frames=1, kind="RGBA", size=(WIDTH, HEIGHT), pattern="ball")
    pipeline.add("nvinfer", "infer", {"config-file-path": str(path)})
    pipeline.add("fakesink", "sink", {"sync": False}).link("mux", "infer", "sink")
    return pipeline


class Frames(BufferObserver):
    """Calls a function with pyds's view of the frame of each buffer, and keeps what it returns."""

    def __init__(self, function):
        super().__init__()
        self.function, self.seen = function, []

    def handle_buffer(self, buffer):
        batch = pyds.gst_buffer_get_nvds_batch_meta(hash(buffer.gst))
        self.seen.append(self.function(pyds.NvDsFrameMeta.cast(batch.frame_meta_list.data)))


def with_objects(*classes):
    """A pipeline of one frame, to whose muxer is attached what adds objects."""

    def put(batch):
        (frame,) = batch.frame_items
        for class_id in classes:
            made = batch.acquire_object_meta()
            made.class_id, made.label = class_id, "car"
            frame.append(made)

    pipeline = batched(frames=1).add("fakesink", "sink", {"sync": False}).link("mux", "sink")
    return pipeline.attach("mux", Probe("put", Seeing(put)))


def test_vehicles_and_persons_are_counted_on_the_picture():
    def read(frame):
        text = pyds.NvDsDisplayMeta.cast(frame.display_meta_list.data).text_params[0]
        return pyds.get_string(text.display_text), text.font_params.font_size

    pipeline, frames = with_objects(0, 2, 2, 1), Frames(read)
    pipeline.attach("mux", "sample_video_probe", "count", properties={"font-size": 15})
    pipeline.attach("sink", Probe("frames", frames)).start().wait()
    assert frames.seen == [("Person=2,Vehicle=1", 15)]


def test_a_message_for_each_object_and_sensor(tmp_path):
    path = tmp_path / "sources.yaml"
    path.write_text("source-list:\n- uri: file:///a\n  sensor-id: Front\n  sensor-name: b\n")

    def read(frame):
        found, link = [], frame.frame_user_meta_list
        while link is not None:
            held = pyds.NvDsUserMeta.cast(link.data).user_meta_data
            message = pyds.NvDsEventMsgMeta.cast(held)
            found.append((pyds.get_string(message.sensorStr), message.objClassId))
            link = link.next
        return sorted(found)

    pipeline, frames = with_objects(0, 7), Frames(read)
    properties = {"source-config": str(path)}
    pipeline.attach("mux", "add_message_meta_probe", "messages", properties=properties)
    pipeline.attach("sink", Probe("frames", frames)).start().wait()
    assert frames.seen == [[("Front", 0), ("Front", 7)]]


def test_objects_are_written_to_files(tmp_path):
    pipeline = detected(tmp_path)
    folder = tmp_path / "kitti"
    pipeline.attach("infer", "kitti_dump_probe", "dump", properties={"kitti-dir": str(folder)})
    pipeline.start().wait()
    (path,) = folder.iterdir()
    assert path.name == "000_000000.txt"
    words = path.read_text().split()
    assert words[0] == "ball"
    left, top, right, bottom = map(float, words[4:8])
    assert (0 < left < right <= WIDTH, 0 < top < bottom <= HEIGHT) == (True, True)
    assert float(words[-1]) == pytest.approx(0.9, abs=1e-3)


# ---- what networks put out ----


def test_tensors_are_arrays(tmp_path):
    pipeline, seen = detected(tmp_path, output_tensor_meta=1, gie_unique_id=5), []

    def read(batch):
        (frame,) = batch.frame_items
        for user_meta in frame.tensor_items:
            found = user_meta.as_tensor_output()
            layers = found.get_layers()
            seen.append((found.unique_id, sorted(layers), np.from_dlpack(layers["scores"]).max()))

    pipeline.attach("infer", Probe("it", Seeing(read))).start().wait()
    ((number, names, highest),) = seen
    assert (number, names) == (5, ["boxes", "scores"])
    assert highest == pytest.approx(0.9, abs=1e-3)


def test_a_converter_of_ones_own_finds_objects(tmp_path):
    class Mine(ObjectDetectorOutputConverter):
        def __call__(self, layers):
            return [[2, float(np.from_dlpack(layers["scores"]).max()), 1, 2, 3, 4]]

    pipeline, converter, seen = detected(tmp_path, output_tensor_meta=1), Mine(), []

    def read(batch):
        (frame,) = batch.frame_items
        for user_meta in frame.tensor_items:
            seen.extend(converter(user_meta.as_tensor_output().get_layers()))

    pipeline.attach("infer", Probe("it", Seeing(read))).start().wait()
    assert seen == [[2, pytest.approx(0.9, abs=1e-3), 1, 2, 3, 4]]


def test_the_class_of_each_pixel_is_an_array(tmp_path):
    path = configuration(
        *(tmp_path, segmenter, "", ("dark", "bright")),
        network_type=2,
        num_detected_classes=2,
        segmentation_threshold=0.5,
        gie_unique_id=3,
    )
    pipeline = batched(frames=1, size=(WIDTH, HEIGHT), pattern="ball")
    pipeline.add("nvinfer", "infer", {"config-file-path": str(path)})

    def read(batch):
        (frame,) = batch.frame_items
        return [
            (found.unique_id, found.width, found.height, np.array(found.class_map))
            for found in (each.as_segmentation() for each in frame.segmentation_items)
        ]

    pipeline.add("fakesink", "sink").link("mux", "infer", "sink")
    seeing = Seeing(read)
    pipeline.attach("infer", Probe("it", seeing)).start().wait()
    (((number, width, height, classes),),) = seeing.seen
    assert (number, width, height, classes.shape) == (3, WIDTH, HEIGHT, (HEIGHT, WIDTH))
    assert set(classes.flat) == {0, 1}


# ---- media ----


def test_what_a_file_has():
    found = MediaInfo.discover(VIDEO)
    (stream,) = found.streams
    assert (stream.codec, stream.width > 0, stream.height > 0) == ("video/x-h264", True, True)
    assert repr(found).startswith("MediaInfo(live=0, duration=")


def test_a_file_that_is_not_there_has_nothing(tmp_path):
    found = MediaInfo.discover("not/there.mp4")
    assert (bool(found), found.streams) == (False, [])
    assert "not/there.mp4" in found.error
    (tmp_path / "text.mp4").write_text("no video")
    assert not MediaInfo.discover(str(tmp_path / "text.mp4"))


class Pictures:
    """As a buffer: its picture is its number."""

    def extract(self, batch_id):
        return self

    def clone(self):
        return "picture"


@pytest.mark.parametrize(
    ("chunk", "expected"),
    [
        (MediaChunk("a"), [0, 100, 200, 300, 400, 500]),
        (MediaChunk("a", start_pts=150), [200, 300, 400, 500]),
        (MediaChunk("a", duration=250), [0, 100, 200]),
        (MediaChunk("a", interval=200), [0, 200, 400]),
        (MediaChunk("a", start_pts=100, duration=300, interval=250), [100, 400]),
    ],
)
def test_frames_of_a_chunk(chunk, expected):
    sampler = FrameSampler(chunk)
    taken = [sampler.sample(Pictures(), pts) for pts in range(0, 600, 100)]
    assert [frame.timestamp for frame in taken if frame is not None] == expected


def test_an_extractor_wants_chunks():
    with pytest.raises(NotImplementedError, match="nvdsdynamicsrcbin"):
        MediaExtractor()


def test_a_custom_object_by_the_name_of_its_module():
    made = CommonFactory.create("sample_video_probe.sample_video_probe", "it")
    assert (made.name, made.properties) == ("it", {"font-size": 12})
