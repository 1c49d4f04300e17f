"""Which of GStreamer's elements keep which carrier: the documented table is true."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest
from standins import nvidia

from pythiags.gst import Gst

TOOL = Path(__file__).parents[2] / "tools" / "kept_by_elements.py"


def load():
    spec = importlib.util.spec_from_file_location("kept_by_elements", TOOL)
    module = sys.modules["kept_by_elements"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tool = load()
PAGE = tool.PAGE.read_text(encoding="utf-8")
CELL = re.compile(r"\| `(.+)` \| (.+) \|")
ROWS = {
    match[1].replace("`", ""): match[2].split(" | ")
    for match in map(CELL.fullmatch, PAGE.splitlines())
    if match
}
CELLS = [(name, carrier) for name in ROWS for carrier in tool.CARRIERS]


def test_every_element_of_the_tool_has_a_row():
    assert list(ROWS) == list(tool.ELEMENTS)
    for has_analytics, page in tool.PAGES.items():
        head, *_ = lines = page.read_text(encoding="utf-8").splitlines()
        assert len(lines) == 2 + len(tool.ELEMENTS)
        assert ("GstAnalytics" in head) == has_analytics


@pytest.mark.parametrize(("name", "carrier"), CELLS, ids=[f"{n}-{c}" for n, c in CELLS])
def test_the_table_is_true(name, carrier):
    """Of the GStreamer that it names; how elements treat metas may change with another one."""
    version = f"| GStreamer {Gst.version().major}.{Gst.version().minor} |"
    if not PAGE.startswith(version):
        pytest.skip(f"the table is of {PAGE.splitlines()[0].split(' | ')[0].strip('| ')}")
    if carrier == "DeepStream":
        nvidia.needs_library()
    if not tool.is_here(name):
        pytest.skip(f"not all of {name} is installed")
    documented = ROWS[name][list(tool.CARRIERS).index(carrier)]
    assert tool.verdict(tool.CARRIERS[carrier](), name) == documented


@pytest.mark.parametrize("name", ["queue", "tee", "identity"])
@pytest.mark.parametrize("carrier", tool.CARRIERS)
def test_what_only_passes_buffers_on_keeps_every_carrier(name, carrier):
    if carrier == "DeepStream":
        nvidia.needs_library()
    assert tool.verdict(tool.CARRIERS[carrier](), name) == "kept"


class Unsteady(tool.Portable):
    """A control: it has metadata on every second buffer only."""

    def put(self, buffer, scene):
        if buffer.pts == 0:
            super().put(buffer, scene)


class Moving(tool.Portable):
    """A control: its boxes are elsewhere on every buffer."""

    def put(self, buffer, scene):
        super().put(buffer, scene)
        (frame,) = tool.frames_per_batch(buffer)
        (obj,) = tool.objects_per_frame(frame)
        obj.rect_params.left = buffer.pts / Gst.SECOND


class Nothing(tool.Portable):
    """A control: it attaches nothing."""

    def put(self, buffer, scene):
        pass


@pytest.mark.parametrize(
    ("carrier", "verdict"),
    [
        (Unsteady, "lost on some buffers"),
        (Moving, "kept, boxes differ"),
        (Nothing, "lost"),
    ],
)
def test_the_tool_sees_what_is_not_kept(carrier, verdict):
    assert tool.verdict(carrier(), "queue") == verdict


def test_a_pipeline_that_fails_is_no_verdict():
    with pytest.raises(SystemExit, match="0 of 3 buffers arrived"):
        tool.boxes_after(tool.Portable(), "jpegdec")
