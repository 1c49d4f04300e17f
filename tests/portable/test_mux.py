"""nvstreammux on a CPU: batches, their caps and what it refuses."""

from __future__ import annotations

import pytest

SOURCE = "videotestsrc num-buffers={n} ! video/x-raw,format={format},width=64,height=48 ! m.sink_0"
SINK = "fakesink name=sink sync=false enable-last-sample=true"


def source(n=5, format="NV12"):  # noqa: A002
    return SOURCE.format(n=n, format=format)


@pytest.mark.parametrize(
    ("given", "becomes"), [("NV12", "NV12"), ("I420", "NV12"), ("RGBA", "RGBA")]
)
def test_one_source_passes_through_with_nvmm_caps(run, given, becomes):
    one = run(f"{source(format=given)} nvstreammux name=m width=64 height=48 batch-size=1 ! {SINK}")
    assert one.error is None
    assert one.rendered == 5
    caps = one["sink"].get_property("last-sample").get_caps()
    structure = caps.get_structure(0)
    assert caps.get_features(0).contains("memory:NVMM")
    assert structure.get_string("format") == becomes
    assert [structure.get_value(key) for key in ("width", "height", "batch-size")] == [64, 48, 1]


@pytest.mark.parametrize("missing", ["width", "height", "batch-size"])
def test_a_missing_size_is_an_error_that_names_it(run, missing):
    given = {"width": 64, "height": 48, "batch-size": 1}
    del given[missing]
    words = " ".join(f"{key}={value}" for key, value in given.items())
    one = run(f"{source()} nvstreammux name=m {words} ! {SINK}")
    assert f"'{missing}'" in one.error


@pytest.mark.parametrize(
    "asked", ["sync-inputs=true", "num-surfaces-per-frame=2", "frame-duration=40", "sort-batch=1"]
)
def test_what_is_not_supported_is_refused_by_name(run, asked):
    mux = "nvstreammux name=m width=64 height=48 batch-size=1"
    one = run(f"{source()} {mux} {asked} ! {SINK}")
    assert asked.split("=")[0] in one.error


def test_what_only_chooses_hardware_is_accepted(run):
    hardware = "gpu-id=1 nvbuf-memory-type=nvbuf-mem-cuda-unified compute-hw=GPU buffer-pool-size=8"
    mux = "nvstreammux name=m width=64 height=48 batch-size=1"
    one = run(f"{source()} {mux} {hardware} ! {SINK}")
    assert one.error is None
