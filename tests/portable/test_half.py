"""network-mode=2: half precision where it can be had, else float32, and a line that says so."""

import logging
import sys
import threading
import types

import numpy as np
import pytest

from pythiags import data
from pythiags.errors import ConfigError
from pythiags.extras import install_line
from pythiags.portable import half
from pythiags.portable.half import HalfSession
from pythiags.portable.nvinfer import Engine, RuntimeSession, open_session

pytest.importorskip("onnxruntime")
MODEL = "config_infer_primary_nanodet.txt"


@pytest.fixture
def cpu(monkeypatch, tmp_path):
    """Have a processor with the instructions that are named."""

    def have(flags):
        path = tmp_path / "cpuinfo"
        path.write_text(f"processor\t: 0\nflags\t\t: fpu sse2 {flags}\n")
        monkeypatch.setattr(half, "CPU_INFO", path)

    return have


class Request:
    """Computes what the real network would, coarser: all sums are those of bfloat16."""

    def __init__(self, owner):
        self.owner = owner

    def infer(self, feed, share_inputs):
        assert share_inputs
        self.owner.entered.set()
        assert self.owner.leave.wait(20)
        arrays = self.owner.session.run(["boxes", "scores"], feed)
        coarse = ((each.view(np.uint32) & 0xFFFF0000).view(np.float32) for each in arrays)
        return dict(zip(("boxes", "scores"), coarse, strict=True))


def output(tensor):
    """An output as OpenVINO describes it: a size of 0 is any."""
    sizes = [
        types.SimpleNamespace(is_static=size > 0, get_length=size.__int__) for size in tensor.shape
    ]

    class Shape(list):
        __iter__ = None
        rank = types.SimpleNamespace(is_dynamic=False)

    return types.SimpleNamespace(
        get_any_name=lambda: tensor.name, get_partial_shape=lambda: Shape(sizes)
    )


class Compiled:
    """What the scripted OpenVINO makes of a model."""

    def __init__(self, session):
        self.outputs = [output(each) for each in session.declared()]
        self.session, self.made = session, []
        self.entered, self.leave = threading.Event(), threading.Event()
        self.leave.set()

    def output(self, name):
        return name

    def create_infer_request(self):
        self.made.append(Request(self))
        return self.made[-1]


@pytest.fixture
def openvino(monkeypatch):
    """Install a scripted OpenVINO; give what it was asked for."""
    asked = types.SimpleNamespace(options=None, compiled=None, refusal=None)

    class Core:
        def compile_model(self, path, device, options):
            if asked.refusal:
                raise asked.refusal
            asked.options = {"device": device, **options}
            asked.compiled = Compiled(open_session(half_config(0)))
            return asked.compiled

    monkeypatch.setitem(sys.modules, "openvino", types.SimpleNamespace(Core=Core))
    return asked


def half_config(mode):
    from pythiags.inference import read_config

    return read_config(data.path(MODEL), {"network-mode": str(mode)})


def engine(mode=2):
    return Engine({"config-file-path": str(data.path(MODEL)), "network-mode": str(mode)})


def said(caplog, level):
    found = [each.message for each in caplog.records if each.levelno == level]
    return [text for text in found if "network-mode" in text]


@pytest.mark.parametrize("flags", ["avx512_bf16", "avx512f amx_bf16"])
def test_it_is_used_where_the_processor_has_it(cpu, openvino, caplog, flags):
    cpu(flags)
    with caplog.at_level(logging.INFO, "pythiags.nvinfer"):
        session = open_session(half_config(2))
    assert isinstance(session, HalfSession)
    assert openvino.options["device"] == "CPU"
    assert openvino.options["INFERENCE_PRECISION_HINT"] == "bf16"
    assert openvino.options["NUM_STREAMS"] <= openvino.options["INFERENCE_NUM_THREADS"]
    assert ["bfloat16" in text for text in said(caplog, logging.INFO)] == [True]


@pytest.mark.parametrize("mode", [0, 1])
def test_nobody_gets_it_unasked(cpu, openvino, mode):
    cpu("avx512_bf16")
    assert isinstance(open_session(half_config(mode)), RuntimeSession)
    assert openvino.options is None


@pytest.mark.parametrize("flags", ["", "avx512f avx512_vnni", "avx512_bf16_not"])
def test_an_older_processor_uses_float32_and_says_so(cpu, openvino, caplog, flags):
    cpu(flags)
    with caplog.at_level(logging.INFO, "pythiags.nvinfer"):
        assert isinstance(open_session(half_config(2)), RuntimeSession)
    (text,) = said(caplog, logging.INFO)
    assert "float32 is used, since the CPU has no instructions" in text
    assert openvino.options is None


def test_without_openvino_the_line_says_what_to_install(cpu, monkeypatch, caplog):
    cpu("avx512_bf16")
    monkeypatch.setitem(sys.modules, "openvino", None)
    with caplog.at_level(logging.INFO, "pythiags.nvinfer"):
        assert isinstance(open_session(half_config(2)), RuntimeSession)
    (text,) = said(caplog, logging.INFO)
    assert install_line("openvino") in text


def test_a_network_that_openvino_cannot_load_runs_in_float32(cpu, openvino, caplog):
    cpu("amx_bf16")
    openvino.refusal = RuntimeError("no such operator")
    with caplog.at_level(logging.INFO, "pythiags.nvinfer"):
        assert isinstance(open_session(half_config(2)), RuntimeSession)
    (text,) = said(caplog, logging.WARNING)
    assert "no such operator" in text


def test_an_unknown_mode_is_refused():
    with pytest.raises(ConfigError) as problem:
        half_config(7)
    assert "2 (half precision)" in problem.value.expected


def test_an_engine_runs_on_it_and_uses_requests_again(cpu, openvino):
    cpu("avx512_bf16")
    one = engine()
    tensor = np.random.default_rng(1).random((2, 3, 416, 416), np.float32)
    assert len(one.infer(tensor).boxes) == 2
    one.infer(tensor)
    assert len(openvino.compiled.made) == 1
    one.close()


def test_after_an_interrupt_the_run_that_is_under_way_ends_and_no_other_begins(cpu, openvino):
    cpu("avx512_bf16")
    one = engine()
    openvino.compiled.leave.clear()
    picture = np.zeros((1, 3, 416, 416), np.float32)
    found = []
    thread = threading.Thread(target=lambda: found.extend(one.infer(picture).boxes))
    thread.start()
    assert openvino.compiled.entered.wait(20)
    one.interrupt()
    openvino.compiled.leave.set()
    thread.join(20)
    assert len(found) == 1
    with pytest.raises(ConfigError, match="interrupted"):
        one.infer(picture)


def test_results_are_those_of_float32_within_what_is_documented():
    pytest.importorskip("openvino")
    if not half.INSTRUCTIONS & half._cpu_flags():
        pytest.skip("this processor has no instructions for bfloat16")
    cv2 = pytest.importorskip("cv2")
    video = cv2.VideoCapture(str(data.path("pedestrians.h264")))
    picture = np.zeros((416, 416, 3), np.float32)
    picture[:234] = cv2.resize(video.read()[1], (416, 234))
    feed = {"images": np.ascontiguousarray(picture.transpose(2, 0, 1)[None])}
    exact, coarse = (open_session(half_config(mode)) for mode in (0, 2))
    assert isinstance(coarse, HalfSession)
    assert {each.name for each in coarse.declared()} == {"boxes", "scores"}
    names = ("boxes", "scores")
    (boxes, scores), (near, close) = (each.run(names, feed) for each in (exact, coarse))
    assert scores.max() > 0.3  # the control: it sees somebody
    found = scores.max(axis=2) > 0.35
    assert np.abs(close - scores).max() < 0.02
    assert np.abs(near - boxes)[found].max() < 1
    assert not np.array_equal(close, scores)
