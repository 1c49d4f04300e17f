"""Each element is paused, sought, ended and started again, as applications do it.

These are the scenarios of GStreamer's ``gst-validate-1.0``, which neither Debian nor Ubuntu has a
package of, on the launch lines of the elements' documentation.
"""

from __future__ import annotations

import os
import re
import runpy
import shlex
import subprocess
from pathlib import Path

import pytest
from faults.harness import until
from standins import nvidia
from standins.brokers import Mosquitto, running
from standins.launchfiles import write_files

from pythiags import portable
from pythiags.gst import Gst

EXTENSION = Path(__file__).parents[2] / "docs" / "_ext" / "launchlines.py"
LINES = runpy.run_path(str(EXTENSION))["launch_lines"]()
WINDOWS = ("nveglglessink", "nv3dsink")
# Whose pads come when it is known what there is, and what the lines link them to.
COMES_LATER = {"qtdemux": "h264parse", "nvurisrcbin": "nvstreammux"}
# These do not wait for a picture in PAUSED, as DeepStream's do not: nothing can be sought there.
UNPREROLLED = ("nvrtspoutsinkbin", "nvvideoencfilesinkbin")
PATIENCE = 30 * Gst.SECOND  # only to end a hang
FLUSH = Gst.SeekFlags.FLUSH
DONE = (Gst.StateChangeReturn.SUCCESS, Gst.StateChangeReturn.NO_PREROLL)
# What the lines play: ten seconds, which no test waits for, with a key frame every third of one.
FRAMES, KEYS = 300, 10
FRAME = Gst.SECOND // 30
MIDDLE = 5 * Gst.SECOND
END = 10 * Gst.SECOND
LATE = 9_700 * Gst.MSECOND


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The files that the launch lines name."""
    folder = tmp_path_factory.mktemp("scenarios")
    source = f"videotestsrc num-buffers={FRAMES} ! video/x-raw,width=160,height=120"
    encoder = f"x264enc key-int-max={KEYS} bframes=0 ! h264parse ! mp4mux"
    line = f"gst-launch-1.0 -q {source} ! {encoder} ! filesink location={folder / 'video.mp4'}"
    subprocess.run(line.split(), check=True)
    write_files(folder)
    return folder


@pytest.fixture(scope="module")
def mosquitto(tmp_path_factory):
    with running(Mosquitto(tmp_path_factory.mktemp("broker"))) as server:
        yield server


class Played:
    """The pipeline of a launch line.

    A frame of its file can be sought, which the line's elementary stream has no index for; and it
    is played at its own pace, so that there is a middle to be in.
    """

    def __init__(self, line):
        line = line.replace("\\\n", " ").replace("num-buffers=100", f"num-buffers={FRAMES}")
        line = line.replace("location=video.h264 !", "location=video.mp4 ! qtdemux !")
        line = re.sub(r"\bfakesink\b", "fakesink sync=true", line).replace(
            "sync=false", "sync=true"
        )
        line = re.sub(r"\bnvinfer(server)?(?= config)", r"\g<0> interval=9", line)  # it takes long
        line = line.replace("$PWD/video.h264", f"{Path.cwd()}/video.mp4")
        self.pipeline = Gst.parse_launchv(shlex.split(line)[1:])
        self.bus = self.pipeline.get_bus()
        for each in self.elements:
            if _factory(each) in COMES_LATER:
                each.connect("pad-added", self._link_again)

    def _link_again(self, source, pad):
        """A link of the text that waits for a pad is made once."""
        sink = self._sink_for(COMES_LATER[_factory(source)])
        if sink is not None and not sink.is_linked():
            pad.link(sink)

    def _sink_for(self, factory):
        found = [each for each in self.pipeline.children if _factory(each) == factory]
        return found[0].get_static_pad("sink") or found[0].get_static_pad("sink_0")

    @property
    def elements(self):
        return _all(self.pipeline.iterate_recurse())

    def to(self, state):
        """Go to a state, and wait until it is reached."""
        self.pipeline.set_state(state)
        change, now, pending = self.pipeline.get_state(PATIENCE)
        assert change in DONE, (change, now, pending, self.error())
        assert now == state
        if state >= Gst.State.PAUSED:
            until(self._has_all_sources, "each source is in the batches")

    def _has_all_sources(self):
        """A source that comes after the first batch is not sought with the others."""
        names = [(_factory(each), each) for each in self.elements]
        sources = [each for name, each in names if name == "nvurisrcbin"]
        pads = [pad for name, each in names if name == "nvstreammux" for pad in each.sinkpads]
        return len(pads) >= len(sources) and all(pad.has_current_caps() for pad in pads)

    def error(self):
        message = self.bus.pop_filtered(Gst.MessageType.ERROR)
        return message and message.parse_error()

    def await_(self, wanted):
        """Wait for a message."""
        message = self.bus.timed_pop_filtered(PATIENCE, wanted | Gst.MessageType.ERROR)
        assert message is not None, f"no {wanted}"
        assert message.type == wanted, message.parse_error()

    def await_end(self):
        self.await_(Gst.MessageType.EOS)

    def seek(self, position):
        """Seek, and wait until a frame is at every sink; sinks that wait for others may refuse."""
        kind, flags = Gst.SeekType.SET, FLUSH | Gst.SeekFlags.ACCURATE
        # Up to where: after a seek videotestsrc goes on counting its frames, and not from there.
        assert self.pipeline.seek(1.0, Gst.Format.TIME, flags, kind, position, kind, END)
        assert self.pipeline.get_state(PATIENCE)[0] in DONE, self.error()

    @property
    def position(self):
        found, position = self.pipeline.query_position(Gst.Format.TIME)
        assert found
        return position

    @property
    def sinks(self):
        """All sinks, those in bins included."""
        return [each for each in self.elements if each.find_property("last-sample") is not None]

    def places(self):
        """Where in the stream the last frame at each sink is."""
        samples = [each.get_property("last-sample") for each in self.sinks]
        return [
            each.get_segment().to_stream_time(Gst.Format.TIME, each.get_buffer().pts)
            for each in samples
        ]

    def move_on(self):
        """Wait until each sink has shown a frame more."""
        before = [_shown(each) for each in self.sinks]
        until(lambda: self._has_moved(before), "each sink shows a frame more")

    def _has_moved(self, before):
        assert self.error() is None
        return all(_shown(each) != was for each, was in zip(self.sinks, before, strict=True))


def _factory(element):
    factory = element.get_factory()
    return factory.get_name() if factory else ""  # the pipeline's own bins have none


def _shown(sink):
    return sink.get_property("stats").get_value("rendered")


def _all(iterator):
    found = []
    iterator.foreach(found.append)
    return found


@pytest.fixture(scope="module")
def screen():
    """A connection to the screen that stays: Xvfb begins anew with the end of the last one."""
    if not os.environ.get("DISPLAY"):
        pytest.skip("there is no screen: xvfb-run -a makes one")
    window = Gst.ElementFactory.make("ximagesink")
    assert window.set_state(Gst.State.READY) == Gst.StateChangeReturn.SUCCESS
    yield
    window.set_state(Gst.State.NULL)


@pytest.fixture
def play(folder, monkeypatch, capfd, request):
    """``play(name)``: the pipeline of an element; nothing critical is said in the end."""
    portable.install()
    monkeypatch.chdir(folder)
    made = []

    def start(name):
        if name in WINDOWS:
            request.getfixturevalue("screen")
        line = LINES[name]
        if name == "dsmetaconvert":
            nvidia.needs_library()
        if name == "nvmsgbroker":
            port = request.getfixturevalue("mosquitto").port
            line = line.replace("localhost;1883", f"127.0.0.1;{port}")
        made.append(Played(line))
        return made[-1]

    yield start
    for each in made:
        assert each.pipeline.set_state(Gst.State.NULL) == Gst.StateChangeReturn.SUCCESS
        assert each.error() is None
    said = capfd.readouterr().err
    assert "CRITICAL" not in said
    assert "WARNING" not in said


every_element = pytest.mark.parametrize("name", LINES)
every_prerolled = pytest.mark.parametrize("name", sorted(set(LINES).difference(UNPREROLLED)))


@every_prerolled
def test_up_and_down(play, name):
    played = play(name)
    for lowest in (Gst.State.READY, Gst.State.NULL, Gst.State.READY):
        played.to(Gst.State.PAUSED)
        played.to(Gst.State.PLAYING)
        played.move_on()
        played.to(Gst.State.PAUSED)
        played.to(Gst.State.PLAYING)
        played.to(lowest)
    played.to(Gst.State.PAUSED)
    played.seek(LATE)
    played.to(Gst.State.PLAYING)
    played.await_end()


@every_element
def test_down_before_it_is_up(play, name):
    played = play(name)
    for state in (Gst.State.PAUSED, Gst.State.PLAYING):
        for lowest in (Gst.State.READY, Gst.State.NULL):
            played.pipeline.set_state(state)
            played.to(lowest)
    played.to(Gst.State.PAUSED)


@every_prerolled
def test_seeks_while_paused(play, name):
    played = play(name)
    played.to(Gst.State.PAUSED)
    for position in (MIDDLE, 0, MIDDLE, MIDDLE, LATE):
        played.seek(position)
        for place in [*played.places(), played.position]:
            assert position - FRAME <= place <= position + 2 * FRAME
    played.to(Gst.State.PLAYING)
    played.await_end()


@every_element
def test_seeks_while_playing(play, name):
    played = play(name)
    played.to(Gst.State.PLAYING)
    for position in (MIDDLE, 0, MIDDLE // 2, 0):
        played.move_on()
        played.seek(position)
    played.seek(LATE)
    played.await_end()


@every_prerolled
def test_an_end_in_the_middle_and_a_new_beginning(play, name):
    if name == "nvmultiurisrcbin":
        pytest.skip("its sources are removed when they have ended: see the caveats")
    played = play(name)
    played.to(Gst.State.PLAYING)
    played.move_on()
    assert played.pipeline.send_event(Gst.Event.new_eos())
    played.await_end()
    played.seek(LATE)
    played.await_end()
    played.seek(LATE)
    played.to(Gst.State.READY)
    played.to(Gst.State.PAUSED)
    assert played.position < MIDDLE


@every_element
def test_a_seek_is_left_half_way(play, name):
    played = play(name)
    for state in (Gst.State.PAUSED, Gst.State.PLAYING):
        played.to(state)
        for lowest in (Gst.State.READY, Gst.State.NULL):
            played.to(state)
            played.pipeline.seek_simple(Gst.Format.TIME, FLUSH, MIDDLE)
            played.to(lowest)
