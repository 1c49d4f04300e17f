"""An element that was compiled for DeepStream works behind portable ones, and notices nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from standins import nvidia
from standins.compiled import compile_plugin

SOURCE = (
    "videotestsrc num-buffers=3 ! nvvideoconvert ! video/x-raw(memory:NVMM),width=64,height=48 "
    "! m.sink_5 nvstreammux name=m width=64 height=48 batch-size=1"
)
CODE = """
import json, sys
from pythiags import portable
from pythiags.gst import Gst
from pythiags.gst._gst import BatchMeta
from pythiags.gst.probe import attach
portable.install()
pipeline = Gst.parse_launch(sys.argv[1])

def add(_pad, info):
    for frame in BatchMeta.of(info).iter_frames():
        frame.add_object().obj_label = "portable"

def read(_pad, info):
    found.extend(
        sorted((o.obj_label, o.class_id, o.rect_params.width, o.text_params.display_text)
               for o in frame.iter_objects())
        for frame in BatchMeta.of(info).iter_frames()
    )

found, said = [], []
probes = [attach(pipeline.get_by_name(name).get_static_pad("src"), each)
          for name, each in (("m", add), ("after", read))]
pipeline.set_state(Gst.State.PLAYING)
wanted = Gst.MessageType.EOS | Gst.MessageType.ERROR | Gst.MessageType.ELEMENT
while True:
    message = pipeline.get_bus().timed_pop_filtered(20 * Gst.SECOND, wanted)
    if message.type != Gst.MessageType.ELEMENT:
        break
    said.append(message.get_structure().get_value("text"))
pipeline.set_state(Gst.State.NULL)
assert message.type == Gst.MessageType.EOS, message.parse_error()
with open("/proc/self/maps") as maps:
    libraries = {line.split()[-1] for line in maps if "libnvds_meta.so" in line}
print(json.dumps([said, found, len(libraries)]))
"""
ADDED, PORTABLE = ["compiled", 77, 3.0, "from C"], ["portable", -1, 0.0, None]


@pytest.fixture(scope="module")
def plugin(tmp_path_factory):
    nvidia.needs_library()
    return compile_plugin(tmp_path_factory.mktemp("compiled"))


@pytest.fixture
def play(plugin, tmp_path):
    def run(text, complaint=""):
        environ = {
            "GST_PLUGIN_PATH": str(plugin.parent),
            "GST_REGISTRY": str(tmp_path / "registry"),
        }
        done = subprocess.run(
            [sys.executable, "-c", CODE, f"{SOURCE} ! {text} ! identity name=after ! fakesink"],
            capture_output=True, text=True, check=False, timeout=60, env=os.environ | environ,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert complaint in done.stderr
        assert complaint or not done.stderr
        return json.loads(done.stdout)

    return run


def test_what_it_reads_and_adds(play):
    said, found, libraries = play("dsmetaconvert ! dscompiled ! dsmetaconvert to=portable")
    assert said == ["seen: source 5 portable"] * 3
    assert found == [[ADDED, PORTABLE]] * 3
    assert libraries == 1


def test_two_of_them_behind_a_tee(play):
    said, found, _ = play(
        "dsmetaconvert ! tee name=t t. ! queue ! dscompiled ! fakesink async=false "
        "t. ! queue ! dscompiled ! dsmetaconvert to=portable"
    )
    assert said == ["seen: source 5 portable"] * 6
    assert found == [[ADDED, PORTABLE]] * 3


def test_without_the_converter_it_sees_nothing(play):
    """A control. NVIDIA's function is critical of all metadata until there is its own."""
    said, found, _ = play("dscompiled", "gst_meta_api_type_has_tag: assertion 'tag != 0' failed")
    assert said == ["nothing"] * 3
    assert found == [[PORTABLE]] * 3


def test_buffers_without_metadata_are_nothing_critical(play):
    said, found, _ = play("dsmetaconvert to=portable ! dscompiled")
    assert said == ["nothing"] * 3
    assert found == [[PORTABLE]] * 3
