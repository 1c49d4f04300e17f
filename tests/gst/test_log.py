"""The collector of warnings leaves GStreamer's debug log to the program that asks for it."""

import subprocess
import sys

import pytest
from standins.environments import bare

PROGRAM = """
import ctypes
from pythiags import App
from pythiags.gst import Gst
{before}
app = App("videotestsrc num-buffers=2 ! identity ! fakesink")
{after}
app.run()
library = ctypes.CDLL("libgstreamer-1.0.so.0")
print(ctypes.c_int.in_dll(library, "_gst_debug_min").value)
"""
FIXME = 3


def run(after="", before="", **environment):
    """Run the program in a process of its own; returns the debug log and its level."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(before=before, after=after)],
        env=bare(GST_DEBUG_NO_COLOR="1", **environment),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "CRITICAL" not in done.stderr
    return done.stderr, int(done.stdout)


def test_nothing_is_printed_or_evaluated_unless_asked_for():
    log, most = run()
    assert log == ""
    assert most == FIXME


@pytest.mark.parametrize(
    "call",
    [
        "Gst.debug_set_default_threshold(Gst.DebugLevel.INFO)",
        "Gst.debug_set_default_threshold(Gst.DebugLevel.DEBUG)",
        "Gst.debug_set_threshold_for_name('basesink', Gst.DebugLevel.DEBUG)",
        "Gst.debug_set_threshold_from_string('basesrc:5', False)",
        "Gst.debug_set_threshold_from_string('*:4', True)",
        "Gst.debug_set_default_threshold(Gst.DebugLevel.NONE); "
        "Gst.debug_set_threshold_for_name('basesink', Gst.DebugLevel.DEBUG)",
    ],
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_what_a_program_asks_for_is_printed(call, when):
    log, _ = run(**{when: call})
    assert "INFO" in log or "DEBUG" in log


@pytest.mark.parametrize("when", ["before", "after"])
def test_warnings_can_be_asked_for(when):
    call = "Gst.debug_set_default_threshold(Gst.DebugLevel.WARNING)"
    refuse = "e = Gst.ElementFactory.make('filesrc'); e.set_property('location', '/nowhere/x'); "
    log, _ = run(**{when: f"{call}; {refuse} e.set_state(Gst.State.PAUSED); e.set_state(1)"})
    assert "WARN" in log


def test_the_environment_is_obeyed():
    log, _ = run(GST_DEBUG="basesink:5")
    assert "DEBUG" in log


def test_who_has_a_log_of_his_own_gets_no_second_one():
    before = "Gst.debug_remove_log_function(None)"
    log, _ = run("Gst.debug_set_default_threshold(Gst.DebugLevel.INFO)", before)
    assert log == ""
