"""execution-provider: what ONNX Runtime is asked for, with libraries named as TensorRT's."""

import logging
import subprocess
import types
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from pythiags import data
from pythiags.errors import ConfigError
from pythiags.inference import keys, read_config
from pythiags.portable import card, session, tensorrt

CPU, CUDA, TENSORRT = (f"{name}ExecutionProvider" for name in ("CPU", "CUDA", "Tensorrt"))
LIBRARIES = ("libnvinfer", "libnvinfer_plugin", "libnvonnxparser")
LOGGER = "pythiags.nvinfer"
CONFIG = read_config(data.path("config_infer_primary_nanodet.txt"))


@pytest.fixture
def has_card(monkeypatch):
    """Let the driver and CUDA's libraries be there."""
    monkeypatch.setattr(card, "has_card", lambda: True)
    monkeypatch.setattr(card, "_has_runtime", lambda: True)
    monkeypatch.setattr(card, "_check", lambda _gpu_id: None)


@pytest.fixture
def runtime(tmp_path, monkeypatch, has_card):
    """ONNX Runtime for GPUs, built for a TensorRT that no machine has."""
    capi = tmp_path / "onnxruntime" / "capi"
    capi.mkdir(parents=True)
    (capi / tensorrt.PROVIDER_LIBRARY).write_bytes(b"\0libcudart.so.13\0libnvinfer.so.97\0")
    monkeypatch.setenv("PYTHIAGS_STATE_DIR", str(tmp_path / "state"))
    module = types.ModuleType("onnxruntime")
    module.__file__ = str(capi.parent / "__init__.py")
    module.__version__ = "9.9"
    module.get_available_providers = lambda: [TENSORRT, CUDA, CPU]
    return module


@pytest.fixture
def libraries(tmp_path, monkeypatch):
    """Put libraries where pip puts TensorRT's."""
    folder = tmp_path / "tensorrt_libs"
    folder.mkdir()
    for name in LIBRARIES:
        words = ["cc", "-shared", "-x", "c", "-", "-o", str(folder / f"{name}.so.97")]
        subprocess.run(words, input=b"int nothing;", check=True)
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder


def asked(runtime, provider, **more):
    """Return the providers that a session is opened with."""
    config = replace(CONFIG, execution_provider=provider, **more)
    return session._providers(runtime, config)


def test_tensorrt_comes_first_and_keeps_what_it_builds(runtime, libraries, tmp_path):
    first, second, last = asked(runtime, keys.TENSORRT, network_mode=keys.HALF, gpu_id=1)
    assert (first[0], second[0], last) == (TENSORRT, CUDA, CPU)
    folder = tmp_path / "state" / "tensorrt"
    assert first[1]["trt_engine_cache_path"] == str(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (first[1]["device_id"], first[1]["trt_fp16_enable"]) == ("1", "True")
    opened = Path("/proc/self/maps").read_text().split()
    assert {*opened} >= {str(libraries / f"{name}.so.97") for name in LIBRARIES}


def test_float32_stays_float32(runtime, libraries):
    assert asked(runtime, keys.TENSORRT)[0][1]["trt_fp16_enable"] == "False"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda library: None, "needs libnvinfer.so.97"),
        (lambda library: library.unlink(), "has no provider for it"),
        (lambda library: library.write_bytes(b""), "has no provider for it"),
    ],
)
def test_without_it_networks_run_with_cuda_which_is_said_once(runtime, caplog, change, told):
    change(Path(runtime.__file__).parent / "capi" / tensorrt.PROVIDER_LIBRARY)
    with caplog.at_level(logging.WARNING, LOGGER):
        for _ in range(2):
            assert [each[0] for each in asked(runtime, keys.TENSORRT)[:-1]] == [CUDA]
    said = [record.getMessage() for record in caplog.records]
    assert [told in each and "run with CUDA, and not with TensorRT" in each for each in said] == [
        True
    ]
    if "libnvinfer" in told:
        assert "pip install 'tensorrt-cu13>=97,<98'" in said[0]


def test_a_runtime_without_the_provider_says_so(runtime, caplog):
    runtime.get_available_providers = lambda: [CUDA, CPU]
    with caplog.at_level(logging.WARNING, LOGGER):
        assert [each[0] for each in asked(runtime, keys.TENSORRT)[:-1]] == [CUDA]
    assert "has no provider for it" in caplog.text


def test_nobody_gets_tensorrt_unasked(runtime, libraries):
    assert [each[0] for each in asked(runtime, keys.CUDA)[:-1]] == [CUDA]


def test_a_network_may_stay_on_the_cpu(runtime, monkeypatch):
    assert asked(runtime, keys.CPU) == [CPU]
    monkeypatch.setattr(session._gst, "nvidia_is_here", lambda: True)
    monkeypatch.setattr(session, "device", lambda *_: pytest.fail("the card was asked for"))
    assert session.open_card_network(replace(CONFIG, execution_provider=keys.CPU), None) is None


def test_without_a_card_the_same_file_runs_on_the_cpu(runtime, libraries, monkeypatch):
    monkeypatch.setattr(card, "has_card", lambda: False)
    assert asked(runtime, keys.TENSORRT) == [CPU]


@pytest.mark.parametrize(
    ("got", "told"),
    [
        ([TENSORRT, CUDA, CPU], ""),
        ([CUDA, CPU], "the network runs with CUDA: ONNX Runtime cannot use TensorRT"),
        ([CPU], "the network runs on the CPU: ONNX Runtime cannot use the card"),
    ],
)
def test_what_onnx_runtime_passes_over_is_said(runtime, libraries, caplog, got, told):
    wanted = asked(runtime, keys.TENSORRT)
    opened = SimpleNamespace(get_providers=lambda: got)
    with caplog.at_level(logging.WARNING, LOGGER):
        session._tell_where_it_runs(opened, wanted, "file")
    assert [record.getMessage() for record in caplog.records] == [f"file: {told}"] * bool(told)


def test_the_key_is_read_from_its_group(tmp_path):
    text = data.path("config_infer_primary_nanodet.txt").read_text()
    for name in (CONFIG.onnx_file, data.path("labels.txt")):
        text = text.replace(name.name, str(name))
    file = tmp_path / "config.txt"
    file.write_text(f"{text}\n[onnxruntime]\nexecution-provider=tensorrt\n")
    assert read_config(file).execution_provider == keys.TENSORRT
    file.write_text(f"{text}\n[onnxruntime]\nexecution-provider=trt\n")
    with pytest.raises(ConfigError, match="execution-provider") as raised:
        read_config(file)
    assert "one of cuda, tensorrt, cpu" in str(raised.value)
