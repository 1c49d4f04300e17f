"""``pythiags run`` shows the errors of pipelines that the script does not read, and no others."""

import subprocess
import sys
from importlib import util

import pytest

BEGIN = """
import sys
import gi
gi.require_version('Gst', '1.0')
from gi.repository import GLib, Gst
Gst.init(None)
pipeline = Gst.parse_launch('videotestsrc ! nvvideoconvert ! m.sink_0 '
    'nvstreammux name=m width=64 height=64 batch-size=1 '
    '! nvinfer name=net config-file-path=nowhere.txt ! fakesink')
bus = pipeline.get_bus()
loop = GLib.MainLoop()
"""
HEAR_THE_END = "bus.add_signal_watch(); bus.connect('message::eos', lambda *_: loop.quit())\n"
START = "pipeline.set_state(Gst.State.PLAYING)\n"
SHOWN = "pythiags run: net: "


OVERRIDES = util.find_spec("gi.overrides.Gst") is not None
WITHOUT = "import sys; sys.modules['gi.overrides.Gst'] = None\n"
ONCE_MORE = "Gst.init(None)\n"  # as libraries do


@pytest.fixture(
    params=[
        pytest.param(
            "", id="overrides", marks=pytest.mark.skipif(not OVERRIDES, reason="no gst-python")
        ),
        pytest.param(WITHOUT, id="plain"),
    ]
)
def app(tmp_path, request):
    """Write a script, which runs with gst-python's overrides and without them."""

    def write(text):
        path = tmp_path / "app.py"
        path.write_text(request.param + BEGIN + text)
        return [sys.executable, "-m", "pythiags", "run", str(path)]

    return write


def run(command):
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize(
    "waits", ["loop.run()", "import time; time.sleep(600)", "import signal; signal.pause()"]
)
def test_a_script_that_waits_for_the_end_alone_is_told_at_once(app, waits):
    command = app(HEAR_THE_END + START + waits)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        line = process.stderr.readline()
        while SHOWN not in line:
            assert line, "it ended"
            line = process.stderr.readline()
        process.kill()
    assert "nowhere.txt" in line


@pytest.mark.parametrize("ends", ["sys.exit('failed to start')", "raise ValueError('no')", ""])
def test_a_script_that_ends_of_itself_is_told_at_the_end_and_once(app, ends):
    done = run(app(START + ends))
    assert done.stderr.count(SHOWN) == 1
    assert f"{SHOWN}nowhere.txt" in done.stderr
    assert done.returncode == (1 if ends else 0)


@pytest.mark.parametrize(
    "looks",
    [
        "message = bus.timed_pop_filtered(Gst.CLOCK_TIME_NONE, Gst.MessageType.ERROR)\n"
        "print(message.parse_error()[0].message)",
        "def on(bus, message):\n    print(message.parse_error()[0].message); loop.quit()\n"
        "bus.add_signal_watch(); bus.connect('message::error', on); loop.run()",
        "print(Gst.Message.parse_error(bus.pop_filtered(Gst.MessageType.ERROR))[0].message)",
    ],
    ids=["pop", "signal", "function"],
)
@pytest.mark.parametrize("begins", ["", ONCE_MORE], ids=["once", "again"])
def test_a_script_that_looks_has_it_for_itself(app, looks, begins):
    done = run(app(begins + START + looks + "\npipeline.set_state(Gst.State.NULL)"))
    assert "nowhere.txt" in done.stdout
    assert SHOWN not in done.stderr
    assert "CRITICAL" not in done.stderr


MISSING = (
    BEGIN.partition("pipeline = ")[0]
    + """
pipeline = Gst.parse_launch('uridecodebin uri=file:///no/such.mp4 ! fakesink')
other = Gst.parse_launch('filesrc location=/no/such.h264 name=other ! fakesink')
bus = pipeline.get_bus()
"""
)
FIRST = "print(bus.pop_filtered(Gst.MessageType.ERROR).parse_error()[0].message)\n"


@pytest.mark.parametrize(
    ("reads", "shown"),
    [("", ["source", "other"]), (FIRST, ["other"])],
    ids=["nothing", "the first"],
)
def test_what_a_pipeline_posted_along_with_an_error_that_is_read_is_not_shown(
    tmp_path, reads, shown
):
    path = tmp_path / "app.py"
    path.write_text(f"{MISSING}{START}other.set_state(Gst.State.PLAYING)\n{reads}")
    done = run([sys.executable, "-m", "pythiags", "run", str(path)])
    lines = [each for each in done.stderr.splitlines() if each.startswith("pythiags run: ")]
    assert list(dict.fromkeys(each.split(": ")[1] for each in lines)) == shown, done.stderr


def test_a_pipeline_that_is_started_again_is_heard_once_and_is_not_kept(app):
    done = run(
        app(
            "gone = []\npipeline.weak_ref(gone.append, 'pipeline')\n"
            "pipeline.set_state(Gst.State.READY)\npipeline.set_state(Gst.State.READY)\n"
            "pipeline.set_state(Gst.State.NULL)\n"
            "del pipeline, bus\nimport gc; gc.collect(); print(gone)"
        )
    )
    assert done.stdout == "['pipeline']\n"
