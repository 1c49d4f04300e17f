"""nvinfer, from its properties to its hand-over: preprocessing, batches, intervals and errors."""

from __future__ import annotations

import numpy as np
import pytest

from pythiags import portable
from pythiags.errors import ConfigError
from pythiags.gst._gst import set_infer_engine
from pythiags.inference import ClassAttributes
from pythiags.portable.nvinfer import Engine, Plan

SIZE = (3, 64, 64)


class Recorder:
    """An engine that keeps the tensors and finds what it is told to find."""

    def __init__(self, found=(), **plan):
        self.tensors = []
        self.found = np.array(found, np.float32).reshape(-1, 6)
        self.closed = False
        defaults = {
            "infer_dims": SIZE,
            "model_color_format": 0,
            "maintain_aspect_ratio": False,
            "symmetric_padding": False,
            "scaling_filter": 1,
            "net_scale_factor": 1.0,
            "offsets": (0.0, 0.0, 0.0),
            "interval": 0,
            "unique_id": 1,
            "classes": (ClassAttributes(label="ball"),),
        }
        self.plan = Plan(**(defaults | plan))

    def infer(self, tensor):
        self.tensors.append(tensor.copy())
        return [self.found] * len(tensor)

    def close(self):
        self.closed = True


@pytest.fixture
def record(run):
    """``record(text, **plan)``: run a pipeline whose nvinfer has a recording engine."""
    made = []

    def play(text, found=(), **plan):
        def factory(settings):
            made.append(Recorder(found, **plan))
            made[-1].settings = settings
            return made[-1]

        set_infer_engine(factory)
        result = run(text)
        assert result.error is None
        return made[-1]

    yield play
    set_infer_engine(portable._open_engine)


def source(color, size="width=64,height=64", form="I420"):
    return (
        f"videotestsrc num-buffers=1 pattern=solid-color foreground-color=0x{0xFF000000 | color:x}"
        f" ! video/x-raw,format={form},{size} ! "
    )


@pytest.mark.parametrize("form", ["RGBA", "BGR", "NV12", "I420"])
def test_a_plain_colour_reaches_the_network_in_its_channel_order(record, form):
    for color_format, channel in ((0, 0), (1, 2)):
        engine = record(
            source(0xFF0000, form=form) + "nvinfer ! fakesink name=sink",
            model_color_format=color_format,
        )
        (tensor,) = engine.tensors
        means = tensor.mean(axis=(0, 2, 3))
        assert means[channel] == pytest.approx(255, abs=3)
        assert np.delete(means, channel) == pytest.approx(0, abs=3)


def test_values_are_scaled_after_the_offsets_are_taken_off(record):
    engine = record(
        source(0x204060, form="RGBA") + "nvinfer ! fakesink name=sink",
        net_scale_factor=0.5,
        offsets=(10.0, 20.0, 30.0),
    )
    means = engine.tensors[0].mean(axis=(0, 2, 3))
    assert means == pytest.approx([(32 - 10) / 2, (64 - 20) / 2, (96 - 30) / 2])


@pytest.mark.parametrize(("symmetric", "first"), [(False, 0), (True, 16)])
def test_the_letterbox_is_black_and_where_nvinfer_puts_it(record, symmetric, first):
    engine = record(
        source(0xFFFFFF, "width=128,height=64", "RGBA") + "nvinfer ! fakesink name=sink",
        maintain_aspect_ratio=True,
        symmetric_padding=symmetric,
    )
    rows = engine.tensors[0].mean(axis=(0, 1, 3))
    expected = np.zeros(64)
    expected[first : first + 32] = 255
    assert rows == pytest.approx(expected)


def test_an_interval_skips_batches_without_the_engine(record):
    source = "videotestsrc num-buffers=10 ! video/x-raw,width=64,height=64 ! "
    engine = record(source + "nvinfer ! fakesink name=sink", interval=3)
    assert len(engine.tensors) == 3
    engine = record(source + "nvinfer ! fakesink name=sink", interval=0)
    assert len(engine.tensors) == 10


def test_the_engine_gets_only_the_properties_that_were_set(record):
    engine = record(
        source(0) + "nvinfer config-file-path=x.txt unique-id=7 output-tensor-meta=false "
        "process-mode=secondary filter-out-class-ids=0;2 ! fakesink name=sink"
    )
    assert engine.settings == {
        "config-file-path": "x.txt",
        "unique-id": "7",
        "output-tensor-meta": "0",
        "process-mode": "2",
        "filter-out-class-ids": "0;2",
    }


def test_an_error_of_the_configuration_is_the_elements_error(run):
    result = run(source(0) + "nvinfer ! fakesink name=sink")
    with pytest.raises(ConfigError) as problem:
        Engine({})
    assert result.error == str(problem.value)
    assert "config-file-path" in result.error


def test_an_engine_that_raises_stops_the_stream_with_its_message(run, monkeypatch):
    class Broken(Recorder):
        def infer(self, tensor):
            raise ConfigError("the network burst", hint="cool it")

    set_infer_engine(lambda settings: Broken())
    try:
        result = run(source(0) + "nvinfer ! fakesink name=sink")
    finally:
        set_infer_engine(portable._open_engine)
    assert result.error == "the network burst\n  try: cool it"
