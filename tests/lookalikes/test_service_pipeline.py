"""pyservicemaker's Pipeline: nodes, links, what is attached, and how it runs."""

import gc
import threading
import weakref

import numpy as np
import pytest
from standins.servicemaker import Seeing, add_source, batched, run

from pythiags.gst import Gst
from pythiags.lookalikes.pyservicemaker import messages
from pythiags.lookalikes.pyservicemaker.buffers import (
    Buffer,
    BufferProvider,
    BufferRetriever,
    Feeder,
    Receiver,
)
from pythiags.lookalikes.pyservicemaker.pipeline import Pipeline
from pythiags.lookalikes.pyservicemaker.probes import (
    BatchMetadataOperator,
    BufferOperator,
    CommonFactory,
    Probe,
    probe,
)
from pythiags.lookalikes.pyservicemaker.tensors import ColorFormat, Tensor, as_tensor


def nothing(_):
    return None


# ---- nodes ----


def test_properties_are_set_and_read():
    pipeline = Pipeline("p").add("nvstreammux", "mux", {"batch-size": 3, "live-source": True})
    node = pipeline["mux"]
    node.set({"width": 640})
    node.set([{"height": 480}, {"batched-push-timeout": 40000}])
    node.set("gpu-id", 0)
    names = ("batch-size", "live-source", "width", "height", "batched-push-timeout")
    assert [node.get(name) for name in names] == [3, True, 640, 480, 40000]
    assert (node.name, repr(node)) == ("mux", "Node(name=mux)")


@pytest.mark.parametrize(
    ("factory", "name", "value", "expected"),
    [
        ("videotestsrc", "pattern", "ball", 18),
        ("videotestsrc", "pattern", 18, 18),
        ("capsfilter", "caps", "video/x-raw, width=4", None),
        ("filesrc", "location", "/a", "/a"),
        ("fakesink", "sync", 1, True),
        ("nvdsosd", "display-text", False, False),
    ],
)
def test_values_are_transformed_as_glib_does(factory, name, value, expected):
    node = Pipeline("p").add(factory, "it", {name: value})["it"]
    assert node.get(name) == expected


@pytest.mark.parametrize(
    ("value", "error"), [("many", ValueError), (None, TypeError), ([1], TypeError)]
)
def test_a_value_that_does_not_fit_names_the_property(value, error):
    with pytest.raises(error, match="'batch-size'"):
        Pipeline("p").add("nvstreammux", "mux", {"batch-size": value})


def test_a_property_that_is_not_there_is_told(capsys):
    Pipeline("p").add("nvstreammux", "mux", {"batch-sizes": 1})
    told = "nvstreammux 'mux' has no property 'batch-sizes' (did you mean 'batch-size'?)"
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("factory", "remedy"),
    [
        ("nvinferr", "did you mean 'nvinfer'?"),
        ("nvdspostprocess", "no portable version"),
        ("nothinglikeit", "gst-inspect-1.0"),
    ],
)
def test_an_element_that_is_not_there_is_told(factory, remedy):
    text = f"Element creation failed: .*'{factory}' for 'it'"
    with pytest.raises(RuntimeError, match=text) as found:
        Pipeline("p").add(factory, "it")
    assert remedy in str(found.value)


def test_a_name_that_is_not_there_is_told():
    pipeline = Pipeline("p").add("nvstreammux", "mux")
    with pytest.raises(RuntimeError, match=r"^muxx Not found; did you mean 'mux'"):
        pipeline["muxx"]
    with pytest.raises(RuntimeError, match="has an element 'mux' already"):
        pipeline.add("queue", "mux")


def test_a_bin_that_is_not_there_is_made_of_its_elements():
    pipeline = Pipeline("p").add("nvtrackerbin", "tracker", {"tracker-width": 320})
    assert pipeline["tracker"].get("tracker-width") == 320


# ---- links ----


def test_elements_that_do_not_fit_are_told():
    pipeline = Pipeline("p").add("videotestsrc", "a").add("h264parse", "b").add("fakesink", "c")
    with pytest.raises(RuntimeError, match=r"'a' cannot be linked to 'b'.*takes video/x-h264"):
        pipeline.link("a", "b")
    with pytest.raises(RuntimeError, match="fakesink has no source pad"):
        pipeline.link("c", "b")
    with pytest.raises(Exception, match="Invalid number of arguments"):
        pipeline.link("a")


def test_a_pad_that_comes_later_is_linked_then(tmp_path):
    path = make_video(tmp_path, frames=4)
    pipeline = Pipeline("p").add("uridecodebin", "source", {"uri": path.as_uri()})
    pipeline.add("nvstreammux", "mux", {"batch-size": 1, "width": 64, "height": 48})
    pipeline.link(("source", "mux"), ("", "sink_%u"))
    found = run(pipeline, lambda batch: [each.frame_number for each in batch.frame_items])
    assert found == [[number] for number in range(4)]


def test_a_source_without_a_stream_that_fits_is_told(tmp_path):
    path = tmp_path / "sound.wav"
    chain = Gst.parse_launch(f"audiotestsrc num-buffers=3 ! wavenc ! filesink location={path}")
    chain.set_state(Gst.State.PLAYING)
    chain.get_bus().timed_pop_filtered(20 * Gst.SECOND, Gst.MessageType.EOS)
    chain.set_state(Gst.State.NULL)
    pipeline = Pipeline("p").add("uridecodebin", "source", {"uri": path.as_uri()})
    pipeline.add("nvstreammux", "mux", {"batch-size": 1, "width": 64, "height": 48})
    pipeline.add("fakesink", "sink").link(("source", "mux"), ("", "sink_%u")).link("mux", "sink")
    with pytest.raises(RuntimeError, match=r"source: none of its streams .* 'mux': .* audio/x-raw"):
        pipeline.start().wait()


def make_video(folder, frames):
    path = folder / "video.mp4"
    chain = Gst.parse_launch(
        f"videotestsrc num-buffers={frames} ! video/x-raw,width=64,height=48 ! x264enc "
        f"speed-preset=ultrafast ! h264parse ! mp4mux ! filesink location={path}"
    )
    chain.set_state(Gst.State.PLAYING)
    message = chain.get_bus().timed_pop_filtered(
        20 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR
    )
    chain.set_state(Gst.State.NULL)
    assert message.type == Gst.MessageType.EOS
    return path


# ---- what is attached ----


def test_a_probe_is_on_the_source_pad_unless_told_otherwise():
    pipeline = batched(frames=2)
    sizes = {"mux": "src", "tiler": "src", "sink": "sink"}
    seeing = {name: Seeing(lambda batch: batch.n_frames) for name in sizes}
    before = Seeing(lambda batch: batch.n_frames)
    pipeline.add("nvmultistreamtiler", "tiler", {"width": 32, "height": 24})
    pipeline.add("fakesink", "sink", {"sync": False}).link("mux", "tiler", "sink")
    for name, handler in seeing.items():
        pipeline.attach(name, Probe(name, handler))
    pipeline.attach("tiler", Probe("before", before), tips="sink").start().wait()
    assert {name: each.seen for name, each in seeing.items()} == {name: [1, 1] for name in sizes}
    assert before.seen == [1, 1]


def test_a_pad_that_is_not_there_is_told():
    pipeline = batched(frames=1).add("fakesink", "sink").link("mux", "sink")
    pipeline.attach("mux", Probe("it", Seeing(nothing)), tips="source")
    with pytest.raises(RuntimeError, match=r"nvstreammux 'mux' has no pad 'source'.*sink_0"):
        pipeline.start()


class Skipping(BufferOperator):
    def __init__(self):
        super().__init__()
        self.times = []

    def handle_buffer(self, buffer):
        self.times.append((buffer.batch_size, buffer.timestamp >= 0, buffer.get_chunk_id(0)))
        return len(self.times) % 2 == 1


def test_an_operator_on_buffers_drops_them():
    pipeline, skipping = batched(frames=5), Skipping()
    pipeline.attach("mux", Probe("skipping", skipping))
    pipeline.add("identity", "behind")
    pipeline.add("fakesink", "sink", {"sync": False}).link("mux", "behind", "sink")
    seeing = Seeing(lambda batch: next(batch.frame_items).frame_number)
    pipeline.attach("behind", Probe("seeing", seeing)).start().wait()
    assert skipping.times == [(1, True, 0)] * 5
    assert seeing.seen == [0, 2, 4]


def test_a_base_whose_constructor_was_not_called_is_refused():
    class Forgetful(BatchMetadataOperator):
        def __init__(self):
            pass

    with pytest.raises(TypeError, match="must be called when overriding __init__"):
        Probe("it", Forgetful())
    with pytest.raises(TypeError, match="incompatible constructor arguments"):
        Probe("it", print)
    with pytest.raises(Exception, match=r"Unsupported object type for Pipeline.attach"):
        Pipeline("p").add("queue", "q").attach("q", print)


def test_a_class_of_ones_own_is_attached_by_its_name():
    seen = []

    @probe(name="my_probe", params={"font-size": ("integer", 12), "word": ("string", "a", "text")})
    class Mine(BatchMetadataOperator):
        def handle_metadata(self, batch_meta):
            seen.append((self.get_property("font-size"), self.get_property("word")))

    pipeline = batched(frames=1).add("fakesink", "sink").link("mux", "sink")
    pipeline.attach("mux", "my_probe", "one", properties={"font-size": 20})
    pipeline["one"].set({"word": "b"})
    assert pipeline["mux"].find("one") is pipeline["one"]
    with pytest.raises(AttributeError, match="'size'; it has: font-size, word"):
        pipeline["one"].set({"size": 1})
    pipeline.start().wait()
    assert seen == [(20, "b")]


def test_a_kind_that_is_not_there_is_told():
    with pytest.raises(RuntimeError, match="'mesure_fps_probe'; did you mean 'measure_fps_probe'"):
        CommonFactory.create("mesure_fps_probe", "it")
    with pytest.raises(RuntimeError, match="modules in C"):
        Pipeline("p").add("queue", "q").attach("q", "zzz.zzz", "it")


# ---- buffers in and out ----


class Taking(BufferRetriever):
    def __init__(self, most=100):
        super().__init__()
        self.tensors, self.most = [], most

    def consume(self, buffer):
        if len(self.tensors) == self.most:
            return -1
        pictures = [buffer.extract(number).clone() for number in range(buffer.batch_size)]
        self.tensors.append(pictures)
        return 1


def test_pictures_of_a_batch_are_tensors():
    pipeline, taking = batched(2, frames=2, pattern="red"), Taking()
    pipeline.add("nvvideoconvert", "to").add("capsfilter", "rgb")
    pipeline["rgb"].set({"caps": "video/x-raw(memory:NVMM), format=RGB"})
    pipeline.add("appsink", "sink", {"emit-signals": True, "sync": False})
    pipeline.link("mux", "to", "rgb", "sink")
    pipeline.attach("sink", Receiver("taking", taking), tips="new-sample").start().wait()
    assert [len(each) for each in taking.tensors] == [2, 2]
    picture = taking.tensors[0][1]
    assert (picture.shape, picture.dtype, picture.device_type) == ((48, 64, 3), np.uint8, "CPU")
    array = np.from_dlpack(picture)
    assert (array[..., 0].min() > 200, array[..., 1].max() < 50) == (True, True)


class Making(BufferProvider):
    def __init__(self, frames, width=50, height=20):
        super().__init__()
        self.frames, self.width, self.height, self.made = frames, width, height, 0

    def generate(self, size):
        if self.made == self.frames:
            return Buffer()
        self.made += 1
        picture = np.full((self.height, self.width, 3), 40 * self.made, np.uint8)
        return as_tensor(picture, "HWC").wrap(ColorFormat.RGB)


def test_pictures_that_a_script_makes_are_played():
    making, taking = Making(frames=4), Taking()
    caps = "video/x-raw(memory:NVMM), format=RGB, width=50, height=20, framerate=30/1"
    pipeline = Pipeline("p").add("appsrc", "src", {"caps": caps, "do-timestamp": True})
    pipeline.add("appsink", "sink", {"emit-signals": True, "sync": False}).link("src", "sink")
    pipeline.attach("src", Feeder("feeder", making), tips="need-data/enough-data")
    pipeline.attach("sink", Receiver("taking", taking), tips="new-sample").start().wait()
    means = [int(np.from_dlpack(each[0]).mean()) for each in taking.tensors]
    assert means == [40, 80, 120, 160]


def test_a_retriever_that_gives_a_negative_number_ends_it():
    pipeline, taking = batched(frames=50), Taking(most=2)
    pipeline.add("appsink", "sink", {"emit-signals": True, "sync": False}).link("mux", "sink")
    pipeline.attach("sink", Receiver("taking", taking), tips="new-sample").start()
    with pytest.raises(RuntimeError, match="error"):
        pipeline.wait()
    assert len(taking.tensors) == 2


def test_signals_that_are_not_there_are_told():
    pipeline = batched(frames=1).add("appsink", "sink").link("mux", "sink")
    pipeline.attach("sink", Receiver("taking", Taking()), tips="new-samples")
    with pytest.raises(RuntimeError, match="'taking' cannot be attached to appsink 'sink'"):
        pipeline.start()
    pipeline = batched(frames=1).add("appsink", "sink").link("mux", "sink")
    pipeline.attach("sink", Receiver("taking", Taking()))
    with pytest.raises(RuntimeError, match="without a signal: expected tips"):
        pipeline.start()


# ---- tensors ----


def test_a_tensor_shares_memory_and_a_clone_does_not():
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    tensor = as_tensor(array, "HW")
    assert (tensor.shape, tensor.strides, tensor.size()) == ((2, 3), (3, 1), 24)
    assert tensor.__dlpack_device__() == (1, 0)
    clone = tensor.clone()
    np.from_dlpack(tensor)[0, 0] = 9 if np.from_dlpack(tensor).flags.writeable else array[0, 0]
    array[0, 1] = 7
    assert np.from_dlpack(tensor)[0, 1] == 7
    assert np.from_dlpack(clone)[0, 1] == 1


def test_what_is_no_tensor_is_false():
    empty = as_tensor("text", "HWC")
    assert (bool(empty), bool(as_tensor(np.zeros(1), "")), empty.size()) == (False, True, 0)
    assert not empty.wrap(ColorFormat.RGB)
    assert not Tensor().clone()
    with pytest.raises(RuntimeError, match="in the CPU's memory"):
        as_tensor(np.zeros(1), "").to_gpu(0)


def test_a_shape_that_is_no_picture_is_told():
    with pytest.raises(
        ValueError, match=r"expected the shape \(height, width, 3\), got \(3, 2, 4\)"
    ):
        as_tensor(np.zeros((3, 2, 4), np.uint8), "HWC").wrap(ColorFormat.RGB)
    assert as_tensor(np.zeros((4, 2, 6), np.uint8), "CHW").wrap(ColorFormat.RGBA)
    assert as_tensor(np.zeros((6, 8), np.uint8), "HW").wrap(ColorFormat.I420)


# ---- running ----


def test_messages_reach_the_script():
    seen = []
    pipeline = batched(frames=1).add("fakesink", "sink").link("mux", "sink")
    pipeline.prepare(seen.append)
    pipeline.activate().wait()
    states = [
        (each.origin, each.old_state, each.new_state)
        for each in seen
        if isinstance(each, messages.StateTransitionMessage)
    ]
    state = messages.PipelineState
    assert ("sink", state.PAUSED, state.PLAYING) in states
    assert isinstance(seen[-1], messages.EOSMessage)


def test_an_error_of_an_element_is_raised_by_wait(tmp_path):
    pipeline = batched(frames=1).add("nvinfer", "infer", {"config-file-path": f"{tmp_path}/no.txt"})
    pipeline.add("fakesink", "sink").link("mux", "infer", "sink")
    with pytest.raises(RuntimeError, match=r"infer: .*no\.txt"):
        pipeline.start().wait()


def test_an_exception_of_a_probe_ends_it_and_is_raised_by_wait():
    def fail(_):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        run(batched(frames=1000), fail)


def test_it_is_stopped_by_another_thread():
    seen = threading.Event()
    pipeline = batched(frames=-1).add("fakesink", "sink", {"sync": True}).link("mux", "sink")
    pipeline.attach("mux", Probe("it", Seeing(lambda _: seen.set()))).start()
    assert seen.wait(20)
    threading.Thread(target=pipeline.stop).start()
    assert pipeline.wait() is pipeline
    assert pipeline._gst.get_state(0)[1] == Gst.State.NULL


def test_it_is_stopped_by_its_own_probe():
    pipeline = batched(frames=-1)
    assert run(pipeline, lambda _: pipeline.stop() is pipeline)[0] is True


def test_it_runs_again():
    pipeline, seeing = batched(frames=2), Seeing(lambda batch: batch.n_frames)
    pipeline.add("fakesink", "sink", {"sync": False}).link("mux", "sink")
    pipeline.attach("mux", Probe("it", seeing))
    pipeline.start().wait()
    pipeline.start().wait()
    assert seeing.seen == [1] * 4


def test_it_is_started_once_at_a_time():
    pipeline = batched(frames=-1).add("fakesink", "sink", {"sync": True}).link("mux", "sink")
    pipeline.start()
    with pytest.raises(RuntimeError, match="runs already"):
        pipeline.start()
    pipeline.stop()


def test_a_pipeline_that_has_run_is_let_go():
    class Holding(BatchMetadataOperator):
        def __init__(self, pipeline):
            super().__init__()
            self.pipeline = pipeline

        def handle_metadata(self, batch_meta):
            pass

    pipeline = batched(frames=1).add("fakesink", "sink").link("mux", "sink")
    pipeline.attach("mux", Probe("it", Holding(pipeline))).start().wait()
    gone = []
    pipeline._gst.weak_ref(gone.append, True)
    kept = weakref.ref(pipeline)
    del pipeline  # and what was attached holds it
    gc.collect()
    assert (kept(), gone) == (None, [True])


def test_two_pipelines_run_at_once():
    found = []
    pipelines = [batched(frames=3).add("fakesink", "sink").link("mux", "sink") for _ in range(2)]
    for each in pipelines:
        each.attach("mux", Probe("it", Seeing(lambda batch: found.append(batch.n_frames)))).start()
    for each in pipelines:
        each.wait()
    assert found == [1] * 6


def test_a_source_may_feed_a_muxer_by_a_pad_that_it_names():
    pipeline = Pipeline("p").add("nvstreammux", "mux", {"batch-size": 1, "width": 8, "height": 8})
    pipeline.link((add_source(pipeline, frames=1), "mux"), ("src", "sink_3"))
    (found,) = run(pipeline, lambda batch: [each.pad_index for each in batch.frame_items])
    assert found == [3]


def test_ctrl_c_while_it_starts_leaves_nothing_that_plays(monkeypatch):
    pipeline = Pipeline("p").add("videotestsrc", "source").add("fakesink", "sink")
    pipeline.link("source", "sink")

    def interrupted(_thread):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", interrupted)
        with pytest.raises(KeyboardInterrupt):
            pipeline.start()
    assert pipeline._gst.get_state(0).state == Gst.State.NULL
    assert pipeline.ended(0)
    pipeline.start().stop()
    assert pipeline.ended(0)
