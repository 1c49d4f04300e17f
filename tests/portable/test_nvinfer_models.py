"""nvinfer with real ONNX models: each kind of output, batches, the default detector, bad models."""

from __future__ import annotations

import functools
import logging
import os
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import numpy as np
import pytest
from standins.networks import (
    HEIGHT,
    LABELS,
    WIDTH,
    Finder,
    Graph,
    ball,
    bright_box,
    detectnet,
    nanodet,
    read,
    ssd,
    yolo_parts,
    yolo_rows,
    yolo_v5,
    yolo_v8,
)

from pythiags import data, portable
from pythiags.errors import ConfigError, MissingDependency
from pythiags.extras import install_line
from pythiags.gst import Gst
from pythiags.inference import read_config
from pythiags.portable.nvinfer import Engine, RuntimeSession, runs_at_once

onnx = pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")
cv2 = pytest.importorskip("cv2")


@pytest.fixture
def configure(tmp_path):
    """``configure(model, key=value...)``: write the model and a configuration; give its path."""
    (tmp_path / "labels.txt").write_text("\n".join(LABELS))

    def make(model=None, groups="[class-attrs-all]\npre-cluster-threshold=0.5\n", **keys):
        if model:
            model(str(tmp_path / "net.onnx"))
        given = {
            "onnx-file": "net.onnx",
            "labelfile-path": "labels.txt",
            "num-detected-classes": len(LABELS),
            "net-scale-factor": 1 / 255,
            "cluster-mode": 2,
        } | {key.replace("_", "-"): value for key, value in keys.items()}
        lines = [f"{key}={value}" for key, value in given.items() if value is not None]
        path = tmp_path / "config.txt"
        path.write_text("\n".join(["[property]", *lines, groups]))
        return path

    return make


FAMILIES = [
    (nanodet, "NvDsInferParseNanoDet"),
    (yolo_v5, "NvDsInferParseCustomYoloV7"),
    (yolo_v8, "NvDsInferParseCustomYoloV8"),
    (yolo_rows, "NvDsInferParseYolo"),
    (yolo_parts, "NvDsInferParseYolo"),
    (ssd, "NvDsInferParseCustomSSD"),
    (detectnet, "NvDsInferParseCustomResnet"),
]


@pytest.mark.parametrize("named", [True, False], ids=["by name", "by shape"])
@pytest.mark.parametrize(("model", "parser"), FAMILIES, ids=lambda x: getattr(x, "__name__", ""))
def test_each_kind_of_output_finds_the_ball_to_the_pixel(
    run, collect, configure, *, model, parser, named
):
    config = configure(model, parse_bbox_func_name=parser if named else None)
    ((*_, (found,)),) = collect(
        ball() + f"nvinfer config-file-path={config} ! fakesink name=sink", read
    )
    frame = run(ball() + "fakesink name=sink enable-last-sample=true")
    assert found[:2] == ("ball", 0.9)
    assert found[2:] == pytest.approx(bright_box(frame, WIDTH, HEIGHT), abs=0.01)


@pytest.mark.parametrize(("width", "height"), [(320, 240), (400, 150), (100, 300)])
def test_the_ball_is_found_in_frames_of_other_sizes(run, collect, configure, width, height):
    config = configure(nanodet, maintain_aspect_ratio=1, symmetric_padding=1)
    source = ball(3, width, height)
    (*_, ((found,),)) = collect(
        source + f"nvinfer config-file-path={config} ! fakesink name=sink", read
    )
    frame = run(source + "fakesink name=sink enable-last-sample=true")
    pixel = max(width / WIDTH, height / HEIGHT)  # of the network
    assert found[2:] == pytest.approx(bright_box(frame, width, height), abs=pixel)


@pytest.mark.parametrize("batch", ["N", 1, 2])
def test_a_batch_of_any_size_is_inferred_whatever_the_models_batch(
    collect, configure, caplog, batch
):
    config = configure(lambda path: nanodet(path, batch=batch), batch_size=4)
    pads = "".join(ball(2) + f"m.sink_{number} " for number in range(3))
    mux = f"nvstreammux name=m width={WIDTH} height={HEIGHT} batch-size=3 ! "
    with caplog.at_level(logging.INFO, "pythiags.nvinfer"):
        batches = collect(
            pads + mux + f"nvinfer config-file-path={config} ! fakesink name=sink", read
        )
    assert [len(batch) for batch in batches] == [3, 3]
    assert all(frames == [frames[0]] * 3 and len(frames[0]) == 1 for frames in batches)
    said = [record.message for record in caplog.records if "batch is fixed" in record.message]
    assert len(said) == (0 if batch == "N" else 1)


def test_thresholds_and_filters_go_by_class(collect, configure):
    low = "[class-attrs-all]\npre-cluster-threshold={}\n[class-attrs-2]\npre-cluster-threshold={}\n"
    for every, own, left_out, count in (
        (0.95, 0.5, None, 1),
        (0.5, 0.95, None, 0),
        (0.5, 0.5, 2, 0),
    ):
        config = configure(nanodet, low.format(every, own), filter_out_class_ids=left_out)
        ((found,),) = collect(
            ball() + f"nvinfer config-file-path={config} ! fakesink name=sink", read
        )
        assert len(found) == count


def test_properties_of_the_element_go_before_the_file(collect, configure):
    config = configure(nanodet, gie_unique_id=3, interval=0)
    properties = "unique-id=8 interval=1 batch-size=2"
    batches = collect(
        ball(4) + f"nvinfer config-file-path={config} {properties} ! fakesink name=sink",
        lambda _, objects: [each.unique_component_id for each in objects],
    )
    assert batches == [[[8]], [[]], [[8]], [[]]]


def with_input(node, kind, shape, path):
    """The finder, with another input that this node turns into its own."""
    nanodet(path)
    model = onnx.load(path)
    del model.graph.input[:]
    model.graph.input.append(onnx.helper.make_tensor_value_info("other", kind, shape))
    model.graph.node.insert(0, node)
    onnx.save(model, path)


def channels_last(path):
    node = onnx.helper.make_node("Transpose", ["other"], ["images"], perm=[0, 3, 1, 2])
    with_input(node, onnx.TensorProto.FLOAT, ["N", HEIGHT, WIDTH, 3], path)


def half(path):
    node = onnx.helper.make_node("Cast", ["other"], ["images"], to=onnx.TensorProto.FLOAT)
    with_input(node, onnx.TensorProto.FLOAT16, ["N", 3, HEIGHT, WIDTH], path)
    model = onnx.load(path)
    for output in model.graph.output:  # out in half precision, too
        wide = f"wide_{output.name}"
        for each in model.graph.node:
            each.output[:] = [wide if name == output.name else name for name in each.output]
        cast = onnx.helper.make_node("Cast", [wide], [output.name], to=onnx.TensorProto.FLOAT16)
        model.graph.node.append(cast)
        output.type.tensor_type.elem_type = onnx.TensorProto.FLOAT16
    onnx.save(model, path)


def half_channels_last(path):
    half(path)
    model = onnx.load(path)
    node = onnx.helper.make_node("Transpose", ["images_last"], ["other"], perm=[0, 3, 1, 2])
    model.graph.node.insert(0, node)
    del model.graph.input[:]
    shape = [2, HEIGHT, WIDTH, 3]  # and a fixed batch, which one picture does not fill
    kind = onnx.TensorProto.FLOAT16
    model.graph.input.append(onnx.helper.make_tensor_value_info("images_last", kind, shape))
    onnx.save(model, path)


@pytest.mark.parametrize(
    ("model", "order"), [(channels_last, 1), (half, 0), (half_channels_last, 1)]
)
def test_networks_with_channels_last_or_in_half_precision_find_the_ball(
    run, collect, configure, model, order
):
    config = configure(model, network_input_order=order)
    (((found,),),) = collect(
        ball() + f"nvinfer config-file-path={config} ! fakesink name=sink", read
    )
    frame = run(ball() + "fakesink name=sink enable-last-sample=true")
    assert found[:2] == ("ball", pytest.approx(0.9, abs=0.001))
    assert found[2:] == pytest.approx(bright_box(frame, WIDTH, HEIGHT), abs=0.1)


def logits(path):
    net = Finder()
    net.save(path, output=net.row(*net.corners, 6.5, 2))


def beyond(path):
    net = Finder()
    net.save(path, output=net.row(*net.corners, 0.9, 3))


def infinite(path):
    net = Finder()
    net.save(path, output=net.row(*net.corners, float("inf"), 2))


@pytest.mark.parametrize(
    ("model", "count", "what"),
    [
        (logits, 1, "reach 6.5"),
        (beyond, 0, "class 3 are skipped"),
        (infinite, 0, "infinite and NaN"),
    ],
)
def test_results_that_cannot_be_right_are_reported_once(
    collect, configure, caplog, *, model, count, what
):
    config = configure(model)
    with caplog.at_level(logging.WARNING, "pythiags.nvinfer"):
        batches = collect(ball(3) + f"nvinfer config-file-path={config} ! fakesink name=sink", read)
    assert [len(found) for (found,) in batches] == [count] * 3
    said = [record.getMessage() for record in caplog.records]
    assert [what in message and str(config) in message for message in said] == [True]


@pytest.mark.parametrize("threads", [None, 0, 1, 2, 1000])
def test_a_run_has_the_threads_that_the_configuration_gives_it(configure, monkeypatch, threads):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(12)))
    monkeypatch.setattr("pythiags.portable.session.CPU_QUOTA", Path("/nowhere"))
    groups = "" if threads is None else f"[onnxruntime]\nintra-op-num-threads={threads}\n"
    config = read_config(configure(nanodet, groups))
    assert config.intra_op_num_threads == (1 if threads is None else threads)
    assert runs_at_once(config) == {None: 11, 0: 1, 1: 11, 2: 5, 1000: 1}[threads]
    assert config.notes == ()


@pytest.mark.parametrize(
    ("quota", "runs"),
    [("200000 100000", 2), ("250000 100000", 2), ("50000 100000", 1), ("max 100000", 11), ("", 11)],
)
def test_a_containers_quota_of_cores_is_kept(configure, monkeypatch, tmp_path, quota, runs):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(12)))
    (tmp_path / "cpu.max").write_text(quota)
    monkeypatch.setattr("pythiags.portable.session.CPU_QUOTA", tmp_path / "cpu.max")
    assert runs_at_once(read_config(configure(nanodet))) == runs


@pytest.fixture
def asked(monkeypatch):
    """How many pictures each run has."""
    counts, run = [], RuntimeSession.run

    def counted(self, names, feed):
        counts.append(len(feed["images"]))
        return run(self, names, feed)

    monkeypatch.setattr(RuntimeSession, "run", counted)
    return counts


@pytest.mark.parametrize(
    ("net", "threads", "runs"),
    [
        ({"side": 400}, 1, [1, 1, 1, 1, 1]),
        ({"side": 400, "weights": 20 << 20}, 1, [3, 2]),
        ({"side": 400, "weights": 20 << 20, "beside": True}, 1, [3, 2]),
        ({"side": 400, "weights": 1 << 20, "beside": True}, 1, [1, 1, 1, 1, 1]),
        ({"side": 160}, 1, [3, 2]),
        ({"side": 400, "batch": 2}, 1, [2, 2, 2]),
        ({"side": 400}, 2, [3, 2]),
    ],
    ids=["light", "heavy", "heavy beside", "light beside", "small", "fixed", "threads"],
)
def test_large_pictures_of_a_light_network_run_one_by_one(configure, asked, net, threads, runs):
    groups = f"[onnxruntime]\nintra-op-num-threads={threads}\n"
    model = functools.partial(means, **net)
    config = configure(model, groups, network_type=100, output_tensor_meta=1, batch_size=3)
    side = net["side"]
    tensor = np.arange(5, dtype=np.float32).repeat(3 * side * side).reshape(5, 3, side, side)
    engine = Engine({"config-file-path": str(config)})
    found = engine.infer(tensor)
    engine.close()
    assert asked == runs
    np.testing.assert_array_equal(found.tensors["means"], np.arange(5)[:, None].repeat(3, 1))


def means(path, side, batch="N", weights=0, *, beside=False):
    """A network that finds the mean of each colour, and has so many bytes of weights."""
    net = Graph(batch, (3, side, side))
    net.constant(np.zeros(weights, np.uint8))
    net.save(path, means=net.ReduceMean("images", axes=[2, 3], keepdims=0))
    if beside:  # in a file of their own
        onnx.save(onnx.load(path), path, save_as_external_data=True, location="weights.bin")


def endless(path):
    """A network whose loop has a condition that stays true."""
    infos = [
        onnx.helper.make_tensor_value_info(name, kind, shape)
        for name, kind, shape in (
            ("i", onnx.TensorProto.INT64, []),
            ("go", onnx.TensorProto.BOOL, []),
            ("x", onnx.TensorProto.FLOAT, None),
        )
    ]
    still, x = (onnx.helper.make_node("Identity", [n], [f"{n}_"]) for n in ("go", "x"))
    body = onnx.helper.make_graph(
        [still, x],
        "body",
        infos,
        [
            onnx.helper.make_tensor_value_info("go_", onnx.TensorProto.BOOL, []),
            onnx.helper.make_tensor_value_info("x_", onnx.TensorProto.FLOAT, None),
        ],
    )
    net = Finder()
    rows = net.row(*net.corners, 0.9, 2)
    looped = net.Loop("", net.constant(np.array(True)), rows, body=body)
    net.save(path, output=looped)


def test_a_run_that_never_ends_can_be_interrupted(configure):
    engine = Engine({"config-file-path": str(configure(endless))})
    errors = []

    def run_it():
        try:
            engine.infer(np.zeros((1, 3, HEIGHT, WIDTH), np.float32))
        except ConfigError as error:
            errors.append(str(error))

    runner = threading.Thread(target=run_it, daemon=True)
    runner.start()
    runner.join(0.2)
    assert runner.is_alive()
    engine.interrupt()
    runner.join(20)
    assert not runner.is_alive()
    assert "terminate" in errors[0]
    engine.close()


def test_a_pipeline_stops_while_its_network_runs_for_ever(build, configure, monkeypatch, capfd):
    begun, infer = threading.Event(), Engine.infer

    def noted(engine, tensor):
        begun.set()
        return infer(engine, tensor)

    monkeypatch.setattr(Engine, "infer", noted)
    one = build(ball(9) + f"nvinfer config-file-path={configure(endless)} ! fakesink name=sink")
    one.pipeline.set_state(Gst.State.PLAYING)
    assert begun.wait(20)
    stopping = threading.Thread(target=one.pipeline.set_state, args=[Gst.State.NULL], daemon=True)
    stopping.start()
    stopping.join(20)
    assert not stopping.is_alive()
    assert one.pipeline.get_bus().pop_filtered(Gst.MessageType.ERROR) is None
    assert capfd.readouterr().err == ""


# ---- the default detector ----


def separately(frame, session):
    """Preprocessing, decoding and suppression written apart from pythiags: label, score, box."""
    height, width = frame.shape[:2]
    scale = min(416 / width, 416 / height)
    # Without rounding: of two boxes that are as likely, a half decides which one is kept.
    small = cv2.resize(frame.astype(np.float32), (int(width * scale), int(height * scale)))
    canvas = np.zeros((416, 416, 3), np.float32)
    y, x = (416 - small.shape[0]) // 2, (416 - small.shape[1]) // 2
    canvas[y : y + small.shape[0], x : x + small.shape[1]] = small
    boxes, scores = session.run(None, {"images": cv2.dnn.blobFromImage(canvas)})
    found = []
    for box, each in zip(boxes[0], scores[0], strict=True):
        label = int(each.argmax())
        left, top, right, bottom = np.clip(box, 0, 416).tolist()
        found.append((label, float(each[label]), [left, top, right - left, bottom - top]))
    kept = []
    for label in {each[0] for each in found if each[1] >= 0.42}:
        mine = [each for each in found if each[0] == label]
        places = cv2.dnn.NMSBoxes([e[2] for e in mine], [e[1] for e in mine], 0.42, 0.5)
        kept += [mine[place] for place in np.ravel(places)]
    return [
        (label, score, ((left - x) / scale, (top - y) / scale, wide / scale, tall / scale))
        for label, score, (left, top, wide, tall) in kept
    ]


def test_the_default_detector_agrees_with_a_separate_run_within_a_pixel(collect):
    config = data.path("config_infer_primary_nanodet.txt")

    def read_all(frame, objects, buffer):
        if not frame.bInferDone:
            return None
        content = np.frombuffer(buffer.extract_dup(0, buffer.get_size()), np.uint8)
        numbers = [each.class_id for each in objects]
        return content.reshape(576, 768, 3), list(zip(numbers, read(frame, objects), strict=True))

    batches = collect(
        f"filesrc location={data.path('pedestrians.h264')} ! h264parse ! nvv4l2decoder ! "
        "nvvideoconvert ! video/x-raw,format=BGR ! "
        f"nvinfer config-file-path={config} interval=59 ! fakesink name=sink",
        read_all,
    )
    inferred = [frame for (frame,) in batches if frame]
    assert len(inferred) == 5
    session = ort.InferenceSession(
        str(data.path("nanodet_g_416.onnx")), providers=["CPUExecutionProvider"]
    )
    compared = 0
    for picture, ours in inferred:
        theirs = separately(picture, session)
        sure = [each for each in theirs if each[1] > 0.421]
        assert len(sure) <= len(ours) <= len(theirs) + 1
        for label, score, box in sure:
            (near,) = [o for n, o in ours if n == label and o[2:] == pytest.approx(box, abs=1)]
            assert near[1] == pytest.approx(score, abs=0.01)
            compared += 1
    assert compared > 20


# ---- what is refused ----


def garbage(path):
    with open(path, "wb") as file:  # noqa: PTH123
        file.write(b"not a model, at all " * 10)


def truncated(path):
    whole = data.path("nanodet_g_416.onnx").read_bytes()
    with open(path, "wb") as file:  # noqa: PTH123
        file.write(whole[: len(whole) // 3])


def two_inputs(path):
    net = Graph()
    net.save(path, out=net.Add("images", "more"))
    model = onnx.load(path)
    model.graph.input.append(
        onnx.helper.make_tensor_value_info("more", onnx.TensorProto.FLOAT, [1])
    )
    onnx.save(model, path)


def open_size(path):
    net = Graph(size=(3, "h", "w"))
    net.save(path, out=net.Relu("images"))


def unknown_outputs(path):
    net = Graph()
    net.save(path, out=net.ReduceMax("images", axes=[1, 2, 3], keepdims=0))


def fails_when_run(path):
    net = Graph()
    net.save(path, out=net.Reshape("images", np.array([1, 7, 11])))


def unknown_operator(path):
    net = Graph()
    net.save(path, out=net.Frobnicate("images"))


@pytest.mark.parametrize(
    ("model", "keys", "message", "got"),
    [
        (garbage, {}, "the model file is a text file", "net.onnx"),
        (truncated, {}, "the model file is truncated", "net.onnx"),
        (unknown_operator, {}, "the model cannot be loaded", "net.onnx"),
        (two_inputs, {}, "the model has 2 inputs", "more"),
        (open_size, {}, "has no fixed input size", "[any, 3, any, any]"),
        (
            nanodet,
            {"infer_dims": "3;416;416"},
            "infer-dims does not match the model's",
            "3;416;416",
        ),
        (nanodet, {"model_color_format": 2}, "model-color-format does not match", "3 channels"),
        (nanodet, {"num_detected_classes": 7, "labelfile_path": None}, "no decoder", "[1, 1, 3]"),
        (
            nanodet,
            {"parse_bbox_func_name": "NvDsInferParseCustomResnet"},
            "does not support these outputs",
            "boxes",
        ),
        (unknown_outputs, {}, "no decoder supports these outputs", "out [1]"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_model_that_does_not_fit_is_refused_before_a_frame_is_read(
    run, configure, capfd, *, model, keys, message, got
):
    config = configure(model, **keys)
    with pytest.raises(ConfigError) as problem:
        Engine({"config-file-path": str(config)})
    assert message in problem.value.message
    assert got in problem.value.got
    assert str(config) in problem.value.where
    one = run(ball() + f"nvinfer config-file-path={config} ! fakesink name=sink")
    assert one.error == str(problem.value)
    assert one.rendered == 0
    assert capfd.readouterr().err == ""


def test_a_model_that_fails_at_the_first_picture_ends_the_stream_with_its_reason(run, configure):
    config = configure(fails_when_run)
    one = run(ball() + f"nvinfer config-file-path={config} ! fakesink name=sink")
    assert "net.onnx: the model cannot run: " in one.error
    assert "[1, 3, 120, 160]" in one.error
    assert one.rendered == 0


def test_without_onnx_runtime_the_error_says_what_to_install(monkeypatch, configure):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingDependency) as problem:
        Engine({"config-file-path": str(configure(nanodet))})
    assert problem.value.hint == install_line("infer")


def test_what_the_configuration_says_in_vain_is_logged(configure, caplog):
    config = configure(nanodet, network_mode=2, net_scale_factr=1)
    with caplog.at_level(logging.INFO, "pythiags.nvinfer"):
        Engine({"config-file-path": str(config)}).close()
    levels = {record.levelname: record.message for record in caplog.records}
    assert "network-mode" in levels["INFO"]
    assert "net-scale-factr" in levels["WARNING"]


class Libc:
    """Notes the calls to the C library."""

    def __init__(self, session, *, glibc=True):
        self.session, self.calls = session, []
        if glibc:
            self.malloc_trim = lambda _: self.calls.append(("trim", self.session() is None))
            self.mallopt = lambda what, size: self.calls.append((what, size))


@pytest.mark.parametrize(
    ("glibc", "tuned", "calls"),
    [
        (True, {}, [(-1, 1 << 17), ("trim", True), (-3, 1 << 25), (-1, 1 << 26)]),
        (True, {"MALLOC_ARENA_MAX": "2"}, [("trim", True)]),
        (True, {"GLIBC_TUNABLES": "glibc.malloc.arena_max=2"}, [("trim", True)]),
        (False, {}, []),
    ],
)
def test_memory_goes_back_to_the_system_once_the_network_is_freed(monkeypatch, glibc, tuned, calls):
    for name in [name for name in os.environ if name.startswith(("MALLOC_", "GLIBC_"))]:
        monkeypatch.delenv(name)
    for name, value in tuned.items():
        monkeypatch.setenv(name, value)
    engine = Engine({"config-file-path": str(data.path("config_infer_primary_nanodet.txt"))})
    libc = Libc(weakref.ref(engine._session), glibc=glibc)
    monkeypatch.setattr("ctypes.CDLL", lambda _: libc)
    engine.close()
    assert libc.session() is None
    assert libc.calls == calls


USE = """
import sys
from pythiags.portable.nvinfer import Engine
Engine({"config-file-path": sys.argv[1]}).close()
"""
CONSUMER = """
import os
import onnxruntime

def extract(pad, info):
    return [1]

def consume(event):
    open_files = [os.path.realpath(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd")]
    assert not [name for name in open_files if "onnxruntime.db" in name]
"""
DETECT = (
    "videotestsrc num-buffers=2 ! video/x-raw,width=64,height=64 ! nvvideoconvert ! m.sink_0 "
    "nvstreammux name=m width=64 height=64 batch-size=1 ! nvinfer name=here config-file-path={} "
    "! fakesink"
)


@pytest.fixture
def record(tmp_path):
    """Return what runs a command, and what ONNX Runtime keeps below the user's cache then."""

    def run(*command, **environment):
        cache = tmp_path / "cache"
        environ = {**os.environ, "XDG_CACHE_HOME": str(cache), **environment}
        # ONNX Runtime keeps none where it finds itself in continuous integration either.
        for name in {"ORT_DISABLE_TELEMETRY", "CI", "GITHUB_ACTIONS"} - set(environment):
            environ.pop(name, None)
        done = subprocess.run(
            command, env=environ, cwd=tmp_path, check=True, capture_output=True, text=True,
            timeout=60,
        )  # fmt: skip
        return done.stderr, [path for path in cache.rglob("*onnxruntime*") if path.is_file()]

    return run


CONFIG = str(data.path("config_infer_primary_nanodet.txt"))


def test_onnx_runtime_keeps_no_record_of_its_use(record):
    assert record(sys.executable, "-c", USE, CONFIG) == ("", [])


def test_nor_does_it_in_gstreamers_own_tools(record):
    tool = ["gst-launch-1.0", "-q", *DETECT.format(CONFIG).split()]
    assert record(*tool, GST_PLUGIN_PATH=str(portable.plugin_path())) == ("", [])


@pytest.mark.parametrize("worker", ["thread", "process"])
def test_nor_where_a_consumer_imports_it(record, tmp_path, worker):
    (tmp_path / "mine.py").write_text(CONSUMER)
    attach = ["--obs=here", "--ext=mine:extract", "--proc=mine:consume", f"--worker={worker}"]
    command = [sys.executable, "-m", "pythiags", "launch", DETECT.format(CONFIG), *attach]
    log, kept = record(*command)
    assert "Error" not in log
    assert kept == []


def test_unless_it_is_asked_to(record):
    _, kept = record(sys.executable, "-c", USE, CONFIG, ORT_DISABLE_TELEMETRY="0")
    if not kept:
        pytest.skip("this ONNX Runtime keeps none anyway")


@pytest.mark.parametrize("environment", [{}, {"CI": "true"}])
def test_a_program_that_imports_it_first_is_told(record, environment):
    begin = "import logging, onnxruntime; logging.basicConfig(level=logging.INFO)\n"
    log, kept = record(sys.executable, "-c", begin + USE, CONFIG, **environment)
    assert ("ORT_DISABLE_TELEMETRY=1 in the environment" in log) == bool(kept)
    quiet = record(sys.executable, "-c", begin + USE, CONFIG, ORT_DISABLE_TELEMETRY="0")[0]
    assert "in the environment" not in quiet


# ---- a GPU without memory ----


class Full:
    """A network on a card that has no memory left."""

    def __init__(self, said):
        self.said = said

    def run(self, *_place):
        raise RuntimeError(self.said)

    def close(self):
        """It has nothing."""


SAID = pytest.mark.parametrize(
    ("said", "full"),
    [
        ("... CUBLAS failure 3: the resource allocation failed ; GPU=0", True),
        ("... CUDA failure 2: out of memory ; GPU=0", True),
        ("CUDA failure 2 of cuMemHostAlloc", True),
        ("CUDNN failure 4000: CUDNN_STATUS_ALLOC_FAILED", True),
        ("bfc_arena.cc: Failed to allocate memory for requested buffer of size 9", True),
        ("Non-zero status code returned while running Add node", False),
    ],
)


@SAID
def test_that_a_gpu_has_no_memory_for_the_network_is_said_with_what_to_do(monkeypatch, said, full):
    onnxruntime = pytest.importorskip("onnxruntime")

    def fail(*_more, **_options):
        raise RuntimeError(said)

    monkeypatch.setattr(onnxruntime, "InferenceSession", fail)
    with pytest.raises(ConfigError, match="the model cannot be loaded: ") as raised:
        Engine({"config-file-path": str(data.path("config_infer_primary_nanodet.txt"))})
    assert ("no memory left: " in str(raised.value)) == full
    assert ("nvidia-smi" in (raised.value.hint or "")) == full
    assert ("expected: an ONNX model" in str(raised.value)) != full
    assert said in str(raised.value)


@SAID
def test_that_a_gpu_has_no_memory_left_is_said_with_what_to_do(said, full):
    engine = Engine({"config-file-path": str(data.path("config_infer_primary_nanodet.txt"))})
    engine._card = Full(said)
    try:
        with pytest.raises(ConfigError, match="the model cannot run: ") as raised:
            engine.infer_surface((0, 64, 96, 64), (64, 64), (0, 0, 64, 64), (), 1)
    finally:
        engine.close()
    assert ("no memory left: " in str(raised.value)) == full
    assert ("nvidia-smi" in (raised.value.hint or "")) == full
    assert said in str(raised.value)
