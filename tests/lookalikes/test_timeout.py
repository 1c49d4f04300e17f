"""``pythiags run --timeout``: the script ends, whatever its standard error and its objects are."""

import os
import signal
import subprocess
import sys
from contextlib import suppress

import pytest

WAIT = "import signal\nsignal.pause()"

PLAY = (
    "import gi; gi.require_version('Gst', '1.0')\n"
    "from gi.repository import Gst\n"
    "Gst.init(None)\n"
    "pipeline = Gst.parse_launch('videotestsrc is-live=true ! fakesink')\n"
    "pipeline.set_state(Gst.State.PLAYING)\n"
    "bus = pipeline.get_bus()\n"
    "message = bus.timed_pop_filtered(Gst.CLOCK_TIME_NONE, Gst.MessageType.EOS)\n"
    "print(message.type == Gst.MessageType.EOS)\n"
    "pipeline.set_state(Gst.State.NULL)"
)

STRANGE = (
    "import weakref\n"
    "class Lazy:\n"
    "    @property\n"
    "    def __class__(self):\n"
    "        raise RuntimeError('not loaded')\n"
    "class Thing: pass\n"
    "kept = [weakref.proxy(Thing()), Lazy()]\n"
)


@pytest.fixture
def run(tmp_path):
    def run(text, stderr):
        path = tmp_path / "app.py"
        path.write_text(text)
        return subprocess.run(
            [sys.executable, "-m", "pythiags", "run", "--timeout=1.5", str(path)],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            timeout=90,  # it only ends a hang
            check=False,
        )

    return run


@pytest.fixture(params=["nobody reads", "full"])
def broken(request):
    """Return the end for writing of a pipe that nobody reads, or that is full."""
    reads, writes = os.pipe()
    if request.param == "full":
        os.set_blocking(writes, False)
        for size in (65536, 1):
            with suppress(BlockingIOError):
                while True:
                    os.write(writes, b"x" * size)
        os.set_blocking(writes, True)
    else:
        os.close(reads)
    yield writes
    os.close(writes)
    if request.param == "full":
        os.close(reads)


def test_a_script_ends_whose_standard_error_is_broken(run, broken):
    assert run(WAIT, broken).returncode == -signal.SIGTERM


def test_a_stream_ends_whose_standard_error_is_broken(run, broken):
    done = run(PLAY, broken)
    assert (done.stdout, done.returncode) == ("True\n", 0)


def test_objects_that_raise_when_they_are_looked_at_hinder_nothing(run):
    done = run(STRANGE + PLAY, subprocess.PIPE)
    assert (done.stdout, done.stderr) == ("True\n", "pythiags run: the time is up\n")
    assert done.returncode == 0
