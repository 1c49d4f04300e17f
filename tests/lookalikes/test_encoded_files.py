"""Scripts write films by avenc_mpeg4 and qtmux, as DeepStream's samples do, unedited."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import sys
import gi
gi.require_version('Gst', '1.0')
from gi.repository import Gst
Gst.init(None)
pipeline = Gst.Pipeline.new(None)
names = 'videotestsrc videoconvert capsfilter avenc_mpeg4 mpeg4videoparse qtmux filesink'
elements = [Gst.ElementFactory.make(name) for name in names.split()]
source, _, caps, encoder, _, _, sink = elements
source.set_property('num-buffers', 20)
caps.set_property('caps', Gst.Caps.from_string('video/x-raw, format=I420'))
encoder.set_property('bitrate', 2000000)
sink.set_property('location', sys.argv[1])
whole = pipeline
if INSIDE:
    whole = Gst.Bin.new(None)
    pipeline.add(whole)
for each in elements:
    whole.add(each)
for first, second in zip(elements, elements[1:]):
    first.link(second)
pipeline.set_state(Gst.State.PLAYING)
wanted = Gst.MessageType.EOS | Gst.MessageType.ERROR
message = pipeline.get_bus().timed_pop_filtered(20 * Gst.SECOND, wanted)
pipeline.set_state(Gst.State.NULL)
if message is None or message.type == Gst.MessageType.ERROR:
    sys.exit(message and str(message.parse_error()))
"""


@pytest.mark.parametrize("inside", [False, True], ids=["pipeline", "bin"])
def test_a_script_writes_a_film(tmp_path, inside):
    script, film = tmp_path / "app.py", tmp_path / "film.mp4"
    script.write_text(SCRIPT.replace("INSIDE", str(inside)))
    command = [sys.executable, "-m", "pythiags", "run", str(script), str(film)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert b"moov" in film.read_bytes()
