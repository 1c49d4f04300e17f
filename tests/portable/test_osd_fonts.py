"""Texts in any script: what nvdsosd draws with a known set of fonts."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

DEJAVU = Path("/usr/share/fonts/truetype/dejavu")
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><dir>{folder}</dir><cachedir>{cache}</cachedir></fontconfig>
"""
DRAW = """
import sys
from pythiags import portable
from pythiags.gst import Gst
from pythiags.gst._gst import BatchMeta
from pythiags.gst.probe import attach

portable.install()
font, words = sys.argv[1:]
pipeline = Gst.parse_launch(
    "videotestsrc num-buffers=1 pattern=black ! video/x-raw,format=GRAY8,width=160,height=48"
    " ! nvdsosd name=osd ! fakesink name=sink"
)

def describe(_pad, info):
    text = BatchMeta.attach(info).add_frame().add_object().text_params
    text.display_text, text.x_offset, text.y_offset = words, 4, 4
    text.font_params.font_name, text.font_params.font_size = font, 16
    text.font_params.font_color.set(1, 1, 1, 1)

probe = attach(pipeline.get_by_name("osd").get_static_pad("sink"), describe, writable=True)
pipeline.set_state(Gst.State.PLAYING)
kinds = Gst.MessageType.EOS | Gst.MessageType.ERROR
message = pipeline.get_bus().timed_pop_filtered(20 * Gst.SECOND, kinds)
assert message.type == Gst.MessageType.EOS, message.parse_error()
assert not probe.stats().errors
buffer = pipeline.get_by_name("sink").get_property("last-sample").get_buffer()
sys.stdout.buffer.write(buffer.extract_dup(0, buffer.get_size()))
pipeline.set_state(Gst.State.NULL)
"""
WIDTH, HEIGHT = 160, 48

ARABIC = "\u0634\u062e\u0635"  # a person
UNKNOWN = "\ue000\ue001\ue002"  # characters that no font has
JOINED, APART = "\u0628\u0628\u0628", "\u0628\u200c\u0628\u200c\u0628"  # three times beh


@pytest.fixture
def draw(tmp_path):
    """``draw(words, font, folder)``: the picture, with the fonts of that folder alone."""

    def one(words, font="DejaVu Sans", folder=DEJAVU, warns=False):
        config = tmp_path / "fonts.conf"
        config.write_text(FONTS.format(folder=folder, cache=tmp_path / "cache"))
        done = subprocess.run(
            [sys.executable, "-c", DRAW, font, words],
            capture_output=True,
            check=False,
            env=os.environ
            | {"FONTCONFIG_FILE": str(config), "GST_DEBUG": "nvdsosd:2", "GST_DEBUG_NO_COLOR": "1"},
        )
        assert done.returncode == 0, done.stderr.decode()
        assert (b"no installed font has" in done.stderr) == warns
        return np.frombuffer(done.stdout, np.uint8).reshape(HEIGHT, WIDTH)

    return one


def runs(picture):
    """The widths of what is drawn, from left to right, with gaps between."""
    inked = (picture > 60).any(axis=0).astype(int)
    steps = np.diff(inked, prepend=0, append=0)
    return (np.flatnonzero(steps < 0) - np.flatnonzero(steps > 0)).tolist()


dejavu = pytest.mark.skipif(not DEJAVU.is_dir(), reason="fonts-dejavu-core is not installed")


@dejavu
def test_a_font_without_the_script_is_no_obstacle(draw):
    """DejaVu Serif has no Arabic, DejaVu Sans has: the text is drawn from there."""
    picture = draw(ARABIC, "DejaVu Serif")
    assert (picture == draw(ARABIC)).all()
    assert (picture != draw(UNKNOWN, warns=True)).any()


@dejavu
def test_letters_are_joined_as_their_script_wants(draw):
    assert len(runs(draw(JOINED))) == 1
    assert len(runs(draw(APART))) == 3


@dejavu
def test_a_script_from_right_to_left_is_drawn_so(draw):
    first, second = runs(draw("\u0627\u0634"))  # a narrow letter, then a wide one
    assert first > second


def test_without_any_font_the_video_goes_on(draw, tmp_path):
    (tmp_path / "none").mkdir()
    draw("person", folder=tmp_path / "none", warns=True)
