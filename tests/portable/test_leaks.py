"""Nothing that the portable elements make outlives their pipeline, says GStreamer's leak tracer."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from standins import nvidia
from standins.preparing import preprocess_file

SOURCES = (
    "videotestsrc num-buffers=9 ! video/x-raw,format=NV12,width=64,height=48 ! m.sink_0"
    " videotestsrc num-buffers=5 ! video/x-raw,format=I420,width=32,height=32 ! m.sink_3"
    " nvstreammux name=m width=64 height=48 batch-size=2"
)
CODE = """
import gc, sys
from pythiags import portable
from pythiags.gst import Gst
portable.install()
pipeline = Gst.parse_launch(sys.argv[1])
pipeline.set_state(Gst.State.PLAYING)
wanted = Gst.MessageType.EOS | Gst.MessageType.ERROR
message = pipeline.get_bus().timed_pop_filtered(20 * Gst.SECOND, wanted)
assert message.type == Gst.MessageType.EOS, message.parse_error()
kept = [pipeline.get_by_name(name).get_property("last-sample") for name in sys.argv[2:]]
pipeline.set_state(Gst.State.NULL)
del pipeline, message
gc.collect()
Gst.deinit()
"""


def alive(pipeline, *keep):
    """The types of what the tracer finds alive at the end of a process."""
    done = subprocess.run(
        [sys.executable, "-c", CODE, pipeline, *keep],
        capture_output=True,
        text=True,
        check=True,
        env={
            **os.environ,
            "GST_TRACERS": "leaks",
            "GST_DEBUG": "GST_TRACER:7",
            "GST_DEBUG_NO_COLOR": "1",
        },
    )
    lines = [line for line in done.stderr.splitlines() if "object-alive, type-name" in line]
    return [
        line.split("type-name=(string)")[1].split(",")[0]
        for line in lines
        if "type-name=(string)%s" not in line
    ]


ZONES = """[property]
enable=1
config-width=64
config-height=48
[roi-filtering-stream-3]
enable=1
roi-Door=10;2;20;2;20;20;10;20
"""


@pytest.fixture
def zones(tmp_path):
    path = tmp_path / "zones.txt"
    path.write_text(ZONES)
    return path


@pytest.mark.parametrize(
    "tail",
    [
        "nvvideoconvert ! video/x-raw(memory:NVMM),format=RGBA,width=32 ! fakesink name=sink",
        "nvmultistreamtiler rows=1 columns=4 width=256 height=64"
        " ! nvvideoconvert flip-method=clockwise ! video/x-raw,format=RGB ! fakesink name=sink",
        "nvstreamdemux name=d d.src_0 ! fakesink name=sink async=false"
        " d.src_3 ! fakesink async=false",
        *(
            f"nvmultistreamtiler width=64 height=48 ! nvvideoconvert ! {name} ! fakesink name=sink"
            for name in ("nvv4l2h264enc", "nvv4l2h265enc", "nvjpegenc")
        ),
        "nvmultistreamtiler width=64 height=48 ! tee name=t t. ! queue ! fakesink name=sink "
        "async=false t. ! queue ! nvrtspoutsinkbin rtsp-port=0 sync=false "
        "t. ! queue ! nvvideoencfilesinkbin output-file={file}",
        "nvtracker ll-lib-file=libnvds_nvmultiobjecttracker.so ! fakesink name=sink",
        "nvof ! nvofvisual ! nvmultistreamtiler ! fakesink name=sink",
        "nvosdbin border-width=2 bbox-border-colors=a=ff0000ff ! nvdslogger"
        " ! nvmultistreamtiler ! nvvidconv left=2 right=40 top=2 bottom=40"
        " ! video/x-raw(memory:NVMM),format=RGBA ! nvegltransform ! fakesink name=sink",
        "nvmsgconv payload-type=PAYLOAD_DEEPSTREAM_MINIMAL msg2p-newapi=true frame-interval=1"
        " ! fakesink name=sink",
        "tee name=t t. ! queue ! meta.sink_0 t. ! queue ! nvdslogger ! meta.sink_1 "
        "nvdsmetamux name=meta ! fakesink name=sink",
        "nvdsanalytics config-file={zones} ! dsmetaconvert ! tee name=t t. ! queue ! fakesink "
        "name=sink async=false t. ! queue ! dsmetaconvert to=portable ! nvdsosd "
        "! fakesink async=false",
        "nvdspreprocess config-file={tensor} ! tee name=t t. ! queue ! fakesink name=sink "
        "async=false t. ! queue ! nvvideoconvert ! nvdsosd ! fakesink async=false",
        "nvdsanalytics config-file={zones} ! tee name=t t. ! queue ! fakesink name=sink "
        "async=false t. ! queue ! nvvideoconvert ! nvdsosd ! fakesink async=false",
    ],
)
def test_nothing_is_left(tail, zones, tmp_path):
    if "dsmetaconvert" in tail:
        nvidia.needs_library()
    files = {"tensor": preprocess_file(tmp_path), "file": tmp_path / "out.mp4"}
    assert alive(f"{SOURCES} ! {tail.format(zones=zones, **files)}") == []


@pytest.mark.parametrize(
    "source",
    [
        "nvurisrcbin uri={uri} ! m.sink_0 nvstreammux name=m width=64 height=48 batch-size=1",
        "nvmultiurisrcbin uri-list={uri},{uri} port=0 width=64 height=48 max-batch-size=2",
    ],
)
def test_nothing_is_left_of_files(source, tmp_path):
    path = tmp_path / "film.mkv"
    film = f"videotestsrc num-buffers=9 ! jpegenc ! matroskamux ! filesink location={path}"
    subprocess.run(["gst-launch-1.0", "-q", *film.split()], check=True)
    assert alive(f"{source.format(uri=path.as_uri())} ! fakesink name=sink") == []


def test_the_tracer_sees_what_is_kept():
    found = alive(f"{SOURCES} ! nvvideoconvert ! fakesink name=sink", "sink")
    assert "GstBuffer" in found
