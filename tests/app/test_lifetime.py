"""What was opened is closed: no pipeline, thread or descriptor outlives its App."""

import gc
import subprocess
import sys
import weakref
from contextlib import suppress

import pytest

from pythiags import App
from pythiags.errors import PythiagsError
from pythiags.gst import Gst
from pythiags.testing import nothing_left

EXIT = """\
import gc, pythiags
gc.disable()  # what is in a cycle is there until the interpreter's own end
class Holder:
    def __del__(self):
        {last}
it = {make}
holder = Holder()
holder.it, it.holder = it, holder
if hasattr(it, "attach"):
    it.attach("here", lambda pad, info: [1], lambda events: None)
{then}
"""
TEXT = "videotestsrc num-buffers=2 ! video/x-raw,width=32,height=32 ! fakesink name=sink"


def cycle(text=TEXT):
    with App(text) as app:
        app.subscribe(lambda message: None)
        app.attach("sink", lambda pad, info: [info.get_buffer().pts], lambda events: None)
        app.run()


def test_app_and_pipeline_are_dead_after_close():
    app = App(TEXT)
    seen = []
    app.subscribe(seen.append)
    app.attach("sink", lambda pad, info: [1], seen.append)
    references = [weakref.ref(it) for it in (app, app._pipeline, app.pipeline)]
    app.run()
    app.close()
    del app
    gc.collect()
    assert [reference() for reference in references] == [None, None, None]


def test_the_pipeline_is_dead_after_close_while_the_app_lives():
    app = App(TEXT)
    app.attach("sink", lambda pad, info: [1], print)
    reference = weakref.ref(app.pipeline)
    app.close()
    gc.collect()
    assert reference() is None
    assert app.stats().attachments[0].extraction.buffers == 0


def test_the_control_a_handler_that_holds_its_pipeline_keeps_it():
    class Leaky:
        def __init__(self):
            self.pipeline = Gst.parse_launch(TEXT)
            pad = self.pipeline.get_by_name("sink").get_static_pad("sink")
            self.handler = pad.add_probe(Gst.PadProbeType.BUFFER, self.probe)

        def probe(self, pad, info):
            return Gst.PadProbeReturn.OK

    leaky = Leaky()
    pipeline, handler, reference = leaky.pipeline, leaky.handler, weakref.ref(leaky)
    del leaky
    gc.collect()
    assert reference() is not None
    pipeline.get_by_name("sink").get_static_pad("sink").remove_probe(handler)
    assert reference() is None


def test_200_cycles_leak_no_descriptor_and_no_thread():
    for _ in range(20):
        cycle()
    with nothing_left():
        for _ in range(200):
            cycle()


@pytest.mark.parametrize(
    "text",
    [
        "filesrc ! fakesink name=sink",
        "videotestsrc num-buffers=2 ! appsink name=pythiags videotestsrc num-buffers=2 ! "
        "decodebin ! fakesink name=sink",
    ],
    ids=["error", "dynamic pads"],
)
def test_other_ends_leak_nothing_either(text):
    def once():
        with suppress(PythiagsError):
            cycle(text)

    for _ in range(5):
        once()
    with nothing_left():
        for _ in range(10):
            once()


def test_close_before_start_and_twice():
    app = App(TEXT)
    app.attach("sink", lambda pad, info: [1], print)
    app.close()
    app.close()


@pytest.mark.parametrize("then", ["", "del it, holder", "it.start()", "it.start(); del it, holder"])
@pytest.mark.parametrize(
    ("kind", "last"),
    [
        ("App", "pass"),
        ("Pipeline", "pass"),
        ("App", "self.it.stop()"),
        ("App", "self.it.close()"),
        ("Pipeline", "self.it.stop()"),
    ],
)
def test_a_cycle_at_the_end_of_the_interpreter_is_silent(kind, last, then):
    make = f"pythiags.{kind}('videotestsrc is-live=true ! identity name=here ! fakesink')"
    done = subprocess.run(
        [sys.executable, "-c", EXIT.format(make=make, last=last, then=then)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
