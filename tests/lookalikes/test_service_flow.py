"""pyservicemaker's Flow: what each of its methods puts into the pipeline, and what comes of it."""

import re

import numpy as np
import pytest
from standins.networks import HEIGHT, LABELS, WIDTH, configuration, nanodet
from standins.servicemaker import Seeing

from pythiags.lookalikes.pyservicemaker.buffers import Buffer, BufferProvider, BufferRetriever
from pythiags.lookalikes.pyservicemaker.flow import Flow, RenderMode
from pythiags.lookalikes.pyservicemaker.mediainfo import MediaInfo
from pythiags.lookalikes.pyservicemaker.pipeline import Pipeline
from pythiags.lookalikes.pyservicemaker.probes import Probe
from pythiags.lookalikes.pyservicemaker.streams import UpstreamError
from pythiags.lookalikes.pyservicemaker.tensors import ColorFormat, as_tensor

BOX = (40, 20, 30, 50)  # left, top, width, height of what is bright


class Making(BufferProvider):
    """A bright box on black, in RGB."""

    def __init__(self, frames=3):
        super().__init__()
        self.format, self.width, self.height = "RGB", WIDTH, HEIGHT
        self.framerate, self.device, self.left = 30, "cpu", frames

    def generate(self, size):
        if not self.left:
            return Buffer()
        self.left -= 1
        picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        left, top, width, height = BOX
        picture[top : top + height, left : left + width] = 255
        return as_tensor(picture, "HWC").wrap(ColorFormat.RGB)


class Taking(BufferRetriever):
    """Keeps a picture of each buffer, and how many frames it has."""

    def __init__(self):
        super().__init__()
        self.pictures, self.sizes = [], []

    def consume(self, buffer):
        self.pictures.append(np.from_dlpack(buffer.extract(0).clone()))
        self.sizes.append(buffer.batch_size)
        return 1


@pytest.fixture
def detector(tmp_path):
    groups = "[class-attrs-all]\npre-cluster-threshold=0.5\n"
    return str(configuration(tmp_path, nanodet, groups, LABELS, cluster_mode=2))


def injected(count=1, frames=3):
    return Flow(Pipeline("test")).inject([Making(frames) for _ in range(count)])


def chain_of(flow):
    """The factories of the nodes, in the order in which they were added."""
    return [node.factory for node in flow.pipeline._nodes.values()]


def names_of(flow):
    """The names without their numbers."""
    return [re.sub(r"-\d+$", "", name) for name in flow.pipeline._nodes]


# ---- to the end ----


def test_objects_are_found_in_what_a_script_makes(detector):
    seeing = Seeing(
        lambda batch: [
            (frame.source_id, each.label, each.rect_params.left, each.rect_params.width)
            for frame in batch.frame_items
            for each in frame.object_items
        ]
    )
    flow = injected(count=2).batch(width=WIDTH, height=HEIGHT, batched_push_timeout=10_000_000)
    flow = flow.infer(detector).attach(what=Probe("seeing", seeing))
    flow.render(RenderMode.DISCARD)()
    left, _, width, _ = BOX
    expected = {(source, "ball", left, width) for source in range(2)}
    assert {each for seen in seeing.seen for each in seen} == expected
    assert sum(map(len, seeing.seen)) == 6


def test_pictures_come_as_rgb():
    taking = Taking()
    injected().batch(width=WIDTH, height=HEIGHT).retrieve(taking)()
    left, top, width, height = BOX
    assert taking.sizes == [1, 1, 1]
    for picture in taking.pictures:
        assert picture.shape == (HEIGHT, WIDTH, 3)
        bright = picture.min(axis=2) > 200
        assert bright.sum() == width * height
        assert bright[top : top + height, left : left + width].all()


def test_a_branch_each():
    first, second = Taking(), Seeing(lambda batch: len(list(batch.frame_items)))
    fork = injected().batch(width=WIDTH, height=HEIGHT).fork()
    fork.retrieve(first)
    fork.attach(Probe("second", second)).render(RenderMode.DISCARD)
    fork()
    assert (len(first.pictures), second.seen) == (3, [1, 1, 1])


@pytest.mark.parametrize("kind", ["h264", "h265"])
@pytest.mark.parametrize("software", [False, True])
def test_a_file_is_written(tmp_path, kind, software):
    path = tmp_path / "out file.mp4"
    flow = injected(frames=5).batch(width=WIDTH, height=HEIGHT)
    flow.encode(str(path), use_sw_codec=software, codec_type=kind, bitrate=400_000)()
    found = MediaInfo.discover(str(path))
    (stream,) = found.streams
    assert found
    assert not found.live
    assert (stream.codec, stream.width, stream.height) == (f"video/x-{kind}", WIDTH, HEIGHT)
    assert found.duration > 0


@pytest.mark.parametrize("software", [False, True])
def test_a_picture_is_written(tmp_path, software):
    path = tmp_path / "out.jpg"
    flow = injected(frames=1).batch(width=WIDTH, height=HEIGHT)
    flow.encode(path.as_uri(), use_sw_codec=software, enable_osd=False)()
    (stream,) = MediaInfo.discover(path.as_uri()).streams
    assert (stream.codec, stream.width, stream.height) == ("image/jpeg", WIDTH, HEIGHT)


def test_messages_reach_a_function():
    seen = []
    injected().batch(width=WIDTH, height=HEIGHT).render(RenderMode.DISCARD)
    flow = injected().batch(width=WIDTH, height=HEIGHT).render(RenderMode.DISCARD)
    flow(seen.append)
    assert {type(message).__name__ for message in seen} >= {"StateTransitionMessage"}


# ---- the nodes ----


def test_what_each_method_adds(detector):
    flow = injected(count=2).batch().infer(detector).track().render(RenderMode.DISPLAY)
    assert chain_of(flow) == [
        *["appsrc", "nvvideoconvert", "capsfilter"] * 2,
        *["nvstreammux", "nvinfer", "nvtrackerbin"],
        *["nvvideoconvert", "nvmultistreamtiler", "nvdsosd", "nveglglessink"],
    ]
    assert names_of(flow) == [
        *["inject-source", "inject-converter", "inject-capsfilter"] * 2,
        *["batch-mux", "infer-infer", "track-tracker"],
        *["render-convert", "render-tiler", "render-osd", "render-sink"],
    ]


def test_keywords_are_properties(detector):
    flow = injected(count=3).batch(width=640, height=360, live_source=True)
    flow = flow.infer(detector, interval=2).track(tracker_width=320, tracker_height=160)
    nodes = list(flow.pipeline._nodes.values())
    mux, infer, tracker = nodes[-3:]
    found = [mux.get(name) for name in ("batch-size", "width", "height", "live-source")]
    assert found == [3, 640, 360, True]
    assert (infer.get("batch-size"), infer.get("interval")) == (3, 2)
    assert (tracker.get("tracker-width"), tracker.get("tracker-height")) == (320, 160)


def test_numbers_go_on_from_method_to_method():
    first, second = (list(injected().batch().pipeline._nodes) for _ in range(2))
    numbers = [int(name.rpartition("-")[2]) for name in [*first[:3], *second[:3]]]
    assert numbers == sorted(set(numbers))
    assert int(second[3].rpartition("-")[2]) == int(first[3].rpartition("-")[2]) + 1


def test_a_flow_has_its_streams_selected():
    flow = injected(count=2)
    names = [name for name in flow.pipeline._nodes if "capsfilter" in name]
    assert flow.select("video", originator=names[1]).encode
    with pytest.raises(UpstreamError, match="No stream matched the selection"):
        flow.select("audio")
    with pytest.raises(TypeError, match="exactly one"):
        flow.select("all")


# ---- what does not fit ----


def test_streams_that_are_not_batched_are_told(detector):
    with pytest.raises(UpstreamError, match=r"^Upstream error: multiple streams must be batched"):
        injected(count=2).infer(detector)
    with pytest.raises(UpstreamError, match=r"^Upstream error: already batched"):
        injected().batch().batch()
    with pytest.raises(UpstreamError, match=r"^Upstream error: no stream found"):
        Flow(Pipeline("test")).batch()


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda flow: flow.infer(None), TypeError, "must be a file path"),
        (lambda flow: flow.encode("a.avi"), TypeError, "File extension .avi is not supported"),
        (lambda flow: flow.encode("http://a/b"), TypeError, "Only file, rtsp or udp"),
        (lambda flow: flow.encode("udp://there:1"), TypeError, "Only localhost"),
        (lambda flow: flow.encode("a.mp4", codec_type="vp9"), TypeError, "vp9 is not supported"),
        (lambda flow: flow.render("nowhere"), ValueError, "Invalid render mode"),
        (lambda flow: flow.analyze("not/there.txt"), FileNotFoundError, "not/there.txt"),
        (lambda flow: flow.preprocess("not/there.txt"), FileNotFoundError, "not/there.txt"),
        (lambda flow: flow.inject([]), TypeError, "List of providers"),
        (lambda flow: flow.capture([]), TypeError, "No input list"),
        (lambda flow: flow.capture(["not/there.mp4"]), FileNotFoundError, "not/there.mp4"),
        (lambda flow: flow.batch_capture("there.mp4"), TypeError, "source list or source config"),
        (lambda flow: flow.batch_capture(["not/there.mp4"]), FileNotFoundError, "not/there.mp4"),
    ],
)
def test_what_does_not_fit_is_told(call, error, text):
    with pytest.raises(error, match=text):
        call(injected().batch())


def test_a_provider_of_a_kind_that_there_is_not_is_told():
    making = Making()
    making.format = "NV99"
    making.media_type = "video"
    with pytest.raises(TypeError, match="Format NV99 not supported"):
        Flow(Pipeline("test")).inject([making])


# ---- sound ----


class Sounding(BufferProvider):
    """Samples of 16 bits, mono."""

    def __init__(self):
        super().__init__()
        self.format, self.rate, self.channels, self.left = "S16LE", 8000, 1, 4

    def generate(self, size):
        if not self.left:
            return Buffer()
        self.left -= 1
        return Buffer(np.full(800, 1000, np.int16).tobytes())


def test_sound_is_written_to_a_file(tmp_path):
    path = tmp_path / "out.wav"
    Flow(Pipeline("test")).inject([Sounding()]).encode(str(path))()
    content = path.read_bytes()
    samples = np.frombuffer(content[-6400:], np.int16)
    assert content.startswith(b"RIFF")
    assert set(samples.tolist()) == {1000}
