"""The launch lines of the elements' documentation run, and can be watched as any other pipeline."""

import os
import re
import runpy
import subprocess
from pathlib import Path

import pytest
from standins import nvidia
from standins.brokers import Mosquitto, running
from standins.launchfiles import write_files

from pythiags import portable

EXTENSION = Path(__file__).parents[2] / "docs" / "_ext" / "launchlines.py"
LINES = runpy.run_path(str(EXTENSION))["launch_lines"]()
# The default names of the elements; of a bin, tracers see the elements inside.
INSTANCES = {name: f"{name}0" for name in LINES} | {
    "nvstreammux": "m",
    "nvstreamdemux": "d",
    "nvdsmetamux": "meta",
}
SOURCES = ("nvurisrcbin", "nvmultiurisrcbin")
BINS = (
    *("nvv4l2decoder", "nveglglessink", "nv3dsink", "nvjpegenc", "nvv4l2h264enc", "nvv4l2h265enc"),
    *SOURCES,
)
INSTANCES |= dict.fromkeys(BINS, "pythiagsnvmmbridge0")
INSTANCES |= {"nvjpegdec": "jpegdec0", "nvosdbin": "osd", "nvvidconv": "nvvconv0"}
INSTANCES |= {
    "nvrtspoutsinkbin": "nvrtspoutsinkbin0-video_transform",
    "nvvideoencfilesinkbin": "nvvideoencfilesinkbin0-transform",
}
SINKS = ("nvmsgbroker",)  # the tracer measures up to them
LOGGED = re.compile(r"^\S+ +\d+ +\S+ +(\w+) +(\w+) ", re.MULTILINE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The files that the launch lines name: a short video, and a network."""
    folder = tmp_path_factory.mktemp("launch")
    video = f"filesink location={folder / 'video.h264'}"
    source = "videotestsrc num-buffers=5 ! video/x-raw,width=160,height=120 ! x264enc"
    subprocess.run(["gst-launch-1.0", "-q", *f"{source} ! {video}".split()], check=True)
    write_files(folder)
    return folder


@pytest.fixture(scope="module")
def mosquitto(tmp_path_factory):
    with running(Mosquitto(tmp_path_factory.mktemp("broker"))) as server:
        yield server


@pytest.fixture
def launch(folder, request):
    """``launch(line, NAME=value)``: run it in a shell; what it wrote to stderr."""

    def run(line, **more):
        environ = os.environ | {
            "GST_PLUGIN_PATH": str(portable.plugin_path()),
            "GST_REGISTRY": str(folder / "registry.bin"),
            "GST_DEBUG_NO_COLOR": "1",
        }
        line = line.replace("num-buffers=100", "num-buffers=5")
        if "dsmetaconvert" in line:
            nvidia.needs_library()
        if "localhost;1883" in line:
            port = request.getfixturevalue("mosquitto").port
            line = line.replace("localhost;1883", f"127.0.0.1;{port}")
        done = subprocess.run(
            ["/bin/sh", "-c", line.replace("gst-launch-1.0", "exec gst-launch-1.0 -q", 1)],
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
            env=environ | more,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        assert "CRITICAL" not in done.stderr
        return done.stderr

    return run


def test_every_element_has_a_launch_line():
    assert sorted(LINES) == list(portable.available())


@pytest.mark.parametrize("name", LINES)
def test_a_launch_line_runs_without_a_message(launch, name):
    assert launch(LINES[name]) == ""


@pytest.mark.parametrize("name", LINES)
def test_an_element_logs_under_its_own_name(launch, name):
    found = LOGGED.findall(launch(LINES[name], GST_DEBUG=f"{name}:LOG"))
    levels = [level for level, category in found if category == name]
    assert len(levels) == len(found)
    assert "INFO" in levels
    assert levels.count("LOG") >= 5  # one a buffer
    assert not {"WARN", "ERROR"} & set(levels)


# ---- GStreamer's means to watch a pipeline ----


def records(text, kind):
    """The records of one kind that a tracer wrote, as far as they are not formats."""
    return [
        line for line in text.splitlines() if f" {kind}, " in line and "=(string)%s" not in line
    ]


@pytest.fixture(scope="module")
def latency_tracer():
    """Its environment; that of GStreamer 1.26.2 stops even a pipeline without our elements."""
    tracer = {"GST_TRACERS": "latency(flags=element+pipeline)", "GST_DEBUG": "GST_TRACER:7"}
    control = "gst-launch-1.0 -q videotestsrc num-buffers=5 ! videoconvert ! fakesink"
    try:
        subprocess.run(
            control.split(), env=os.environ | tracer, capture_output=True, check=True, timeout=30
        )
    except subprocess.TimeoutExpired:
        pytest.skip("the latency tracer of this GStreamer stops GStreamer's own elements")
    return tracer


@pytest.mark.parametrize("name", LINES)
def test_the_latency_tracer_measures_an_element_and_the_pipeline(launch, latency_tracer, name):
    written = launch(LINES[name], **latency_tracer)
    own = [
        each
        for each in records(written, "element-latency")
        if f"element=(string){INSTANCES[name]}," in each
    ]
    assert bool(own) is (name not in SINKS)
    assert records(written, "latency")


@pytest.mark.parametrize("name", LINES)
def test_the_stats_tracer_sees_an_element(launch, name):
    written = launch(LINES[name], GST_TRACERS="stats", GST_DEBUG="GST_TRACER:7")
    new = records(written, "new-element")
    # Up to GStreamer 1.20 an element is recorded before it has the name that the line gives it.
    candidates = (INSTANCES[name], f"{name}0")
    found = [[each for each in new if f" name=(string){known}," in each] for known in candidates]
    (own,) = found[0] or found[1]
    number = re.search(r"ix=\(uint\)(\d+)", own)[1]
    buffers = records(written, "buffer")
    assert [each for each in buffers if re.search(rf"element-ix=\(uint\){number}\b", each)]


@pytest.mark.parametrize("name", LINES)
def test_the_leaks_tracer_finds_nothing_alive(launch, name):
    written = launch(LINES[name], GST_TRACERS="leaks", GST_DEBUG="GST_TRACER:7")
    assert "object-alive" in written  # the format, which the tracer announces
    assert records(written, "object-alive") == []


@pytest.mark.parametrize("name", LINES)
def test_a_pipeline_is_dumped_as_a_graph(launch, name, tmp_path):
    launch(LINES[name], GST_DEBUG_DUMP_DOT_DIR=str(tmp_path))
    (playing,) = tmp_path.glob("*PAUSED_PLAYING.dot")
    # What sources are made of may not be there yet, or no more.
    assert (f"{name}0" if name in SOURCES else INSTANCES[name]) in playing.read_text()
