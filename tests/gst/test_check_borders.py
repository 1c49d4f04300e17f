"""pythiags check tells where an element gets metadata of a kind that it does not read."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from standins import nvidia
from standins.compiled import compile_plugin

from pythiags import portable
from pythiags.description import Description
from pythiags.gst.check import check
from pythiags.gst.linkage import needed_libraries

START = "videotestsrc ! m.sink_0 nvstreammux name=m width=64 height=48 batch-size=1"
ELF = b"\x7fELF\x02\x01"
CODE = """
import json, sys
from pythiags import portable
from pythiags.description import Description
from pythiags.gst.check import check
portable.install()
found = [[(p.code, p.severity, p.message, p.hint) for p in check(Description(text))]
         for text in json.loads(sys.argv[1])]
print(json.dumps(found))
"""


def borders(text):
    portable.install()
    return [p for p in check(Description(text)) if p.code == "other-metadata"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (f"{START} ! dsmetaconvert ! nvdsosd ! fakesink", ["nvdsosd"]),
        (f"{START} ! dsmetaconvert to=0 ! queue ! nvdsosd ! fakesink", ["nvdsosd"]),
        (f"{START} ! dsmetaconvert ! nvdsosd ! nvvideoconvert ! fakesink",
         ["nvdsosd", "nvvideoconvert"]),
        (f"{START} ! dsmetaconvert ! tee name=t t. ! nvdsosd ! fakesink t. ! fakesink",
         ["nvdsosd"]),
        (f"{START} ! dsmetaconvert ! dsmetaconvert to=portable ! nvdsosd ! fakesink", []),
        (f"{START} ! dsmetaconvert ! dsmetaconvert to=1 ! nvdsosd ! fakesink", []),
        (f"{START} ! dsmetaconvert ! nveglglessink", []),
        (f"{START} ! dsmetaconvert ! fakesink", []),
        (f"{START} ! nvdsosd ! fakesink", []),
        ("videotestsrc ! dsmetaconvert ! nvvideoconvert ! fakesink", []),
        (f"{START} ! dsmetaconvert to={{to}} ! nvdsosd ! fakesink", []),
    ],
)  # fmt: skip
def test_portable_elements_behind_a_converter(text, named):
    found = borders(text)
    assert [p.message.split("'")[1] for p in found] == named
    for problem in found:
        assert problem.severity == "warning"
        assert problem.hint == "put dsmetaconvert to=portable before it"


def test_elements_that_drop_it():
    text = f"{START} ! dsmetaconvert ! videoscale ! {{}} ! fakesink"
    (found,) = borders(text.format("dsmetaconvert to=portable"))
    assert found.message == (
        "DeepStream's metadata does not reach 'dsmetaconvert': 'videoscale' drops it"
    )
    assert found.hint == "put dsmetaconvert to=portable before 'videoscale'"
    assert borders(text.format("queue")) == []  # nobody misses it
    assert borders(text.replace("! dsmetaconvert", "").format("nvdsosd")) == []


def test_an_element_that_was_compiled_for_deepstream(tmp_path):
    nvidia.needs_library()
    plugin = compile_plugin(tmp_path)
    texts = [
        f"{START} ! dscompiled ! fakesink",
        f"{START} ! queue ! dscompiled ! nvdsosd ! fakesink",
        f"{START} ! dsmetaconvert ! dscompiled ! dsmetaconvert to=portable ! nvdsosd ! fakesink",
        "videotestsrc ! dscompiled ! fakesink",
    ]
    environ = {"GST_PLUGIN_PATH": str(tmp_path), "GST_REGISTRY": str(tmp_path / "registry")}
    done = subprocess.run(
        [sys.executable, "-c", CODE, json.dumps(texts)],
        capture_output=True, text=True, check=True, timeout=60, env=os.environ | environ,
    )  # fmt: skip
    found = json.loads(done.stdout)
    told = [
        "other-metadata",
        "warning",
        "'dscompiled' is linked to libnvdsgst_meta.so: it reads DeepStream's metadata, and gets "
        "portable metadata",
        "put dsmetaconvert to=deepstream before it, dsmetaconvert to=portable behind it",
    ]
    assert found == [[told], [told], [], []]
    assert "libnvdsgst_meta.so" in needed_libraries(str(plugin))


@pytest.mark.parametrize(
    "content",
    [b"", b"\x7fELF", b"\x7fELF\x02\x01" + b"\xff" * 200, b"\x7fELF\x02\x01" + bytes(200)],
)
def test_a_file_that_is_no_plugin_needs_nothing(tmp_path, content):
    path = tmp_path / "file.so"
    path.write_bytes(content)
    assert needed_libraries(str(path)) == frozenset()


def test_what_is_not_there_needs_nothing(tmp_path):
    assert needed_libraries(str(tmp_path / "absent.so")) == frozenset()
