"""nveglglessink and nv3dsink: windows of the desktop, and a clear error without a display."""

import os
import shutil
import subprocess
import sys

import pytest

from pythiags import portable
from pythiags.gst import Gst

SINKS = ["nveglglessink", "nv3dsink"]
SOURCE = "videotestsrc num-buffers=3 ! video/x-raw,format={format},width=64,height=48"


@pytest.fixture(params=SINKS)
def name(request):
    portable.install()
    return request.param


def show_on_fakesink(pipeline):
    inner = Gst.ElementFactory.make("fakesink", "inner")
    pipeline.get_by_name("sink").set_property("video-sink", inner)


@pytest.fixture
def shown(run):
    """``shown(sink, ...)``: play into a sink that has a fakesink in the place of a window."""

    def one(sink, caps="NV12", properties="sync=false", tail="! "):
        text = f"{SOURCE.format(format=caps)} {tail} {sink} name=sink {properties}"
        return run(text, prepare=show_on_fakesink)

    return one


@pytest.mark.parametrize("caps", ["NV12", "RGBA", "I420", "BGRx"])
def test_any_raw_video_is_shown(shown, name, caps):
    played = shown(name, caps)
    assert played.error is None
    assert played["sink"].get_property("stats").get_value("rendered") == 3


def test_nvmm_caps_are_taken_and_arrive_without_the_feature(run, name):
    source = "videotestsrc num-buffers=3 ! jpegenc ! nvv4l2decoder"
    played = run(f"{source} ! {name} name=sink sync=false", prepare=show_on_fakesink)
    assert played.error is None
    caps = played["sink"].get_property("last-sample").get_caps()
    assert not caps.get_features(0).contains("memory:NVMM")


def test_a_batch_of_pictures_is_refused_with_what_to_put_before(shown, name):
    picture = "videotestsrc num-buffers=3 ! video/x-raw,format=NV12,width=64,height=48 "
    to_nvmm = "! nvvideoconvert ! video/x-raw(memory:NVMM) ! "
    played = shown(
        f"m.sink_0 {picture}{to_nvmm} m.sink_1 "
        f"nvstreammux name=m batch-size=2 width=64 height=48 ! {name}",
        tail=to_nvmm,
    )
    assert played.error == "A batch of 2 pictures cannot leave NVMM memory as one"


def test_the_window_has_the_size_that_is_asked_for(shown, name):
    played = shown(name, properties="sync=false window-width=100 window-height=80")
    structure = played["sink"].get_property("last-sample").get_caps().get_structure(0)
    assert (structure.get_value("width"), structure.get_value("height")) == (100, 80)


def test_properties_of_a_sink_reach_the_inner_one_at_any_time(shown, name):
    played = shown(name, properties="sync=false qos=false max-lateness=-1 ts-offset=5")
    inner = played["inner"]
    assert [inner.get_property(key) for key in ("sync", "qos", "max-lateness", "ts-offset")] == [
        False,
        False,
        -1,
        5,
    ]
    played["sink"].set_property("sync", True)
    assert inner.get_property("sync")


def test_what_was_not_set_is_left_to_the_inner_sink(shown, name):
    played = shown(name, properties="")
    assert played["sink"].get_property("sync") is True
    assert played["inner"].get_property("sync") is False  # a fakesink's own default


@pytest.mark.parametrize(
    ("key", "value"), [("rows", "2"), ("columns", "2"), ("create-window", "false")]
)
def test_what_a_desktop_window_cannot_do_is_refused_by_name(shown, key, value):
    played = shown("nveglglessink", properties=f"{key}={value}")
    assert played.error == f"The property {key} is not supported on a CPU"


def test_a_sink_can_be_started_again(shown, name):
    played = shown(name)
    played.pipeline.set_state(Gst.State.NULL)
    played.play()
    assert played.error is None
    assert played["sink"].get_property("stats").get_value("rendered") == 3


PLAY = """
import sys
from pythiags import portable
from pythiags.gst import Gst
portable.install()
pipeline = Gst.parse_launch(f"videotestsrc num-buffers=3 ! {sys.argv[1]} name=sink sync=false")
pipeline.set_state(Gst.State.PLAYING)
message = pipeline.get_bus().timed_pop_filtered(
    9 * Gst.SECOND, Gst.MessageType.ERROR | Gst.MessageType.EOS)
if message.type == Gst.MessageType.ERROR:
    print(message.src.get_name(), message.parse_error()[0].message)
else:
    print(pipeline.get_by_name("sink").get_property("stats").get_value("rendered"))
pipeline.set_state(Gst.State.NULL)
"""


def play_with(name, **display):
    """Play in a process of its own, in an environment with this display only."""
    environment = {k: v for k, v in os.environ.items() if "DISPLAY" not in k} | display
    words = [sys.executable, "-c", PLAY, name]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=environment)
    assert done.stderr == ""
    return done.stdout.strip()


@pytest.fixture(scope="module")
def screen():
    """The name of a virtual X display."""
    if shutil.which("Xvfb") is None:
        pytest.skip("xvfb is not installed")
    words = ["Xvfb", "-displayfd", "1", "-screen", "0", "320x240x24", "-nolisten", "tcp"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        yield f":{server.stdout.readline().decode().strip()}"
        server.terminate()


def test_without_a_display_the_error_names_display(name):
    assert play_with(name) == (
        "sink There is no display to show video on: DISPLAY is not set; set it (such as "
        "DISPLAY=:0), "
        "or use fakesink instead of this element"
    )


def test_a_display_that_cannot_be_opened_is_named(name):
    assert play_with(name, DISPLAY=":4711") == (
        "sink The display cannot be opened: DISPLAY is :4711; the command w lists displays, "
        "ssh needs -X, a container needs the X11 socket"
    )


def test_with_a_display_the_video_is_shown(name, screen):
    assert play_with(name, DISPLAY=screen) == "3"


def test_counters_may_be_read_while_another_thread_starts_and_stops():
    code = """
import sys, threading
from pythiags import portable
from pythiags.gst import Gst
sys.setswitchinterval(1e-5)  # each call of the main thread waits for the readers
portable.install()
sink = Gst.ElementFactory.make("nveglglessink")
over = threading.Event()

def read():
    while not over.is_set():
        sink.get_property("stats")
        sink.get_property("last-sample")

readers = [threading.Thread(target=read) for _ in range(3)]
for reader in readers:
    reader.start()
for _ in range(500):
    sink.set_property("video-sink", Gst.ElementFactory.make("fakesink"))
    assert sink.set_state(Gst.State.READY) == Gst.StateChangeReturn.SUCCESS
    sink.set_state(Gst.State.NULL)
    sink.set_property("video-sink", None)
over.set()
for reader in readers:
    reader.join()
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
        env={**os.environ, "G_DEBUG": "fatal-criticals"},
    )
    assert (done.returncode, done.stderr) == (0, "")
