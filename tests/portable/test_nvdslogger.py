"""nvdslogger on a CPU: frame rates by source, and what passes through."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from pythiags import portable

NVMM = "video/x-raw,width=32,height=32 ! nvvideoconvert ! video/x-raw(memory:NVMM)"
SOURCES = "".join(f"videotestsrc is-live=true ! {NVMM} ! m.sink_{index} " for index in (0, 2))
LIVE = (
    f"{SOURCES} nvstreammux name=m batch-size=2 width=32 height=32 "
    "! nvdslogger name=log fps-measurement-interval-sec=1 {more} ! fakesink name=sink sync=false"
)
RATES = re.compile(r"^\*\*PERF : FPS_0 \((\d+\.\d\d)\)\tFPS_2 \((\d+\.\d\d)\)\t$", re.MULTILINE)


class Launched:
    """gst-launch-1.0 with a pipeline, whose lines are read as they come."""

    def __init__(self, text, folder):
        environ = os.environ | {
            "GST_PLUGIN_PATH": str(portable.plugin_path()),
            "GST_REGISTRY": str(folder / "registry.bin"),
        }
        self.process = subprocess.Popen(
            ["gst-launch-1.0", "-q", *text.split()], stdout=subprocess.PIPE, text=True, env=environ
        )

    def first(self, pattern):
        for line in self.process.stdout:
            found = pattern.match(line)
            if found:
                return found
        raise AssertionError("the program ended")

    def close(self):
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def launched(tmp_path):
    programs = []

    def launch(text):
        programs.append(Launched(text, tmp_path))
        return programs[-1]

    yield launch
    for each in programs:
        each.close()


def test_the_rate_of_each_source_is_printed(launched):
    found = launched(LIVE.format(more="")).first(RATES)
    assert all(float(rate) > 0 for rate in found.groups())


def test_it_is_printed_without_a_main_loop_and_not_at_all_on_demand():
    code = (
        "import sys, threading; from pythiags import portable; from pythiags.gst import Gst;"
        "portable.install(); Gst.debug_set_active(True);"
        "Gst.debug_set_threshold_from_string('nvdslogger:4', True);"
        "seen = threading.Event(); Gst.debug_remove_log_function(None);"
        "Gst.debug_add_log_function(lambda *a: seen.set() if 'PERF' in a[6].get() else None);"
        "pipeline = Gst.parse_launch(sys.argv[1]); pipeline.set_state(Gst.State.PLAYING);"
        "print(seen.wait(30)); pipeline.set_state(Gst.State.NULL)"
    )
    for more, count in (("", 1), ("show-fps=false", 0)):
        done = subprocess.run(
            [sys.executable, "-c", code, LIVE.format(more=more)],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        lines = done.stdout.splitlines()
        assert lines[-1] == "True"
        assert (len(lines) > 1) == bool(count)


def test_buffers_pass_and_are_handed_to_a_callback(build):
    one = build(
        f"videotestsrc num-buffers=5 ! {NVMM} ! m.sink_0 nvstreammux name=m batch-size=1 width=32 "
        "height=32 ! nvdslogger name=log silent=false ! fakesink name=sink"
    )
    seen, messages = [], []
    one["log"].connect("handoff", lambda _element, buffer: seen.append(buffer.pts))
    one["log"].connect(
        "notify::last-message", lambda log, _: messages.append(log.get_property("last-message"))
    )
    assert one.play().error is None
    assert len(seen) == one.rendered == 5
    assert messages[0].startswith("chain   ******* (log:sink)")


def test_what_would_change_the_stream_is_refused(run):
    played = run(
        "videotestsrc num-buffers=1 ! nvdslogger drop-probability=0.5 ! fakesink name=sink"
    )
    assert played.error == "The property drop-probability is not supported on a CPU"
