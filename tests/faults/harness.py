"""What the tests of faults look with: frames at a sink, counters of every moment, what is left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from faults.consumers import Gate, number, read_notes

from pythiags import App
from pythiags.gst import probe
from pythiags.gst.pipeline import PipelineState
from pythiags.testing.leaks import children, descriptors, memory, threads  # noqa: F401

FPS = 50
LIVE = (
    "videotestsrc is-live=true pattern=black ! video/x-raw,width=32,height=32,framerate={fps}/1 "
    "! identity name=tap ! fakesink name=sink sync=false"
)
POLL = 0.005  # seconds
PATIENCE = 20.0  # seconds: far more than anything takes on a machine that is merely busy


def until(condition, what, patience=PATIENCE):
    """Poll until a condition holds."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < patience, f"{what}: not within {patience} s"
        time.sleep(POLL)


class Stream:
    """A live stream with one consumer; frames are timed when they reach the sink.

    Its gate is closed until the test opens it, at the latest after the block.

    Args:
        consumer: Of :mod:`faults.consumers`.
        folder: Of its notes.
        extractor: A function.
        app: Options of the App.
        fps: Frames a second.
        options: Of ``App.attach``.

    Attributes:
        times: When each frame was at the sink, in seconds.
        gate: Where the consumer may wait.
    """

    def __init__(self, consumer, folder, *, extractor=number, app=None, fps=FPS, **options):
        self.folder = folder
        self.gate = Gate(folder)
        self.app = App(LIVE, fps=fps, **(app or {}))
        self.app.attach("tap", extractor, consumer, **options)
        self.times = []
        pad = self.app.pipeline.get_by_name("sink").get_static_pad("sink")
        self._probe = probe.attach(pad, lambda _pad, _info: self.times.append(time.monotonic()))

    def __enter__(self):
        self.app.start()
        return self

    def __exit__(self, *_error):
        self._probe.remove()
        self.gate.open()
        self.app.close()

    @property
    def channel(self):
        return self.app.stats().attachments[0].channel

    def notes(self, what):
        """What the consumer noted of one kind."""
        return [note for note in read_notes(self.folder) if note.what == what]

    def await_frames(self, count):
        """Wait for that many more frames at the sink."""
        goal = len(self.times) + count
        until(lambda: len(self.times) >= goal, f"{count} frames")

    def await_events(self, count):
        """Wait until the consumer has finished that many more events."""
        goal = len(self.notes("end")) + count
        until(lambda: len(self.notes("end")) >= goal, f"{count} events")

    def await_misdeed(self, frame):
        """Wait until the consumer has begun with a frame; give the process."""
        until(lambda: frame in [note.frame for note in self.notes("begin")], f"frame {frame}")
        return self.notes("begin")[-1].pid

    def open_gate_when_draining(self):
        """Let the consumer continue once the app has begun to end."""
        opening = threading.Thread(target=self._open_gate_when_draining, daemon=True)
        opening.start()

    def _open_gate_when_draining(self):
        until(lambda: self.app.state is PipelineState.DRAINING, "the end has begun")
        self.gate.open()


class Sampler(threading.Thread):
    """Reads the counters of an App again and again while it lasts.

    Attributes:
        wrong: Those that did not add up.
        deepest: For each attachment the most events, and the most bytes, that waited in memory.
        samples: How often.
    """

    def __init__(self, app):
        super().__init__(name="sampler", daemon=True)
        self.wrong = []
        self.deepest = {}
        self.samples = 0
        self._app = app
        self._over = threading.Event()

    def run(self):
        while not self._over.wait(POLL):
            for each in self._app.stats().attachments:
                self._look_at(each.name, each.channel)
            self.samples += 1

    def _look_at(self, name, channel):
        if not adds_up(channel):
            self.wrong.append(channel)
        waiting = channel.pending - channel.on_disk - channel.in_flight
        most, bytes_ = self.deepest.get(name, (0, 0))
        self.deepest[name] = max(most, waiting), max(bytes_, channel.bytes)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_error):
        self._over.set()
        self.join()


def adds_up(channel):
    """Whether every event is accounted for."""
    known = channel.delivered + sum(channel.dropped.values()) + channel.pending
    return channel.produced == known


def files(folder):
    """Return the files below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


class Program:
    """``program.py`` at work; killed at the end of the block if it still is.

    Its gate is closed until the test opens it, at the latest after the block.

    Args:
        consumer: The name of a class of :mod:`faults.consumers`.
        folder: For its notes.
        arguments: Of its constructor, besides the folder.
        app: Options of the App.
        attach: Options of ``attach``.
    """

    def __init__(self, consumer, folder, *, text=None, arguments=None, app=None, **attach):
        self.folder = folder
        self.gate = Gate(folder)
        options = {
            "text": text or LIVE.format(fps=FPS),
            "consumer": consumer,
            "arguments": {"folder": str(folder), **(arguments or {})},
            "app": app or {},
            "attach": attach,
        }
        path = [str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("program.py")), json.dumps(options)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))},
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.process.kill()
        self.process.communicate()
        self.gate.open()

    def await_events(self, count):
        """Wait until the consumer has begun with so many events."""
        until(lambda: len(self._begun()) >= count or self._over(), f"{count} events")
        assert not self._over(), "it ended before"

    def signal(self, number):
        """Send a signal."""
        self.process.send_signal(number)

    def await_draining(self):
        """Wait until the program has begun to end."""
        assert self.process.stdout.readline() == "draining\n"

    def finish(self):
        """Wait for the end.

        Returns:
            The exit code (the signal's number, negative, if one killed it), and the counters that
            the program printed (None if it did not come to that).
        """
        out, _ = self.process.communicate(timeout=60)
        last = out.splitlines()[-1] if out else ""
        return self.process.returncode, json.loads(last) if last.startswith("{") else None

    def _begun(self):
        return [note for note in read_notes(self.folder) if note.what == "begin"]

    def _over(self):
        return self.process.poll() is not None
