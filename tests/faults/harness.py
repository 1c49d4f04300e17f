"""What the tests of faults measure with: gaps at a sink, counters of every moment, what is left."""

from __future__ import annotations

import ctypes
import gc
import itertools
import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from faults.consumers import NeverReturns, number, read_notes

from pythiags import App
from pythiags.gst import probe

FPS = 50
LIVE = (
    "videotestsrc is-live=true pattern=black ! video/x-raw,width=32,height=32,framerate={fps}/1 "
    "! identity name=tap ! fakesink name=sink sync=false"
)
POLL = 0.005  # seconds
PATIENCE = 20.0  # seconds: far more than anything takes on a machine that is merely busy
LONGEST_GAP = 0.2  # seconds between two frames at the sink, whatever a consumer does
TRIES = 3


class TooSlow(AssertionError):
    """A measured time is beyond its limit: a busy machine's doing, unless it happens again."""


def at_most(what, seconds, limit):
    """Hold a measured time against its limit."""
    print(f"{what}: {seconds * 1000:.1f} ms, at most {limit * 1000:.0f}")
    if seconds > limit:
        raise TooSlow(f"{what} took {seconds:.3f} s, at most {limit} s")


def retried(attempt, folder, tries=TRIES):
    """Run what measures a time, again if it was too slow; any other failure counts at once.

    Args:
        attempt: Called with a folder of its own each time.
        folder: Where those are made.
        tries: How often at the most.
    """
    own = folder / f"try-{tries}"
    own.mkdir()
    NeverReturns.released.clear()
    try:
        return attempt(own)
    except TooSlow as error:
        if tries == 1:
            raise
        print(f"again: {error}")
        return retried(attempt, folder, tries - 1)
    finally:
        NeverReturns.release()


def until(condition, what, patience=PATIENCE):
    """Poll until a condition holds.

    Returns:
        Seconds that it took.
    """
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < patience, f"{what}: not within {patience} s"
        time.sleep(POLL)
    return time.monotonic() - start


class Stream:
    """A live stream with one consumer; frames are timed when they reach the sink.

    Args:
        consumer: Of :mod:`faults.consumers`.
        folder: Of its notes.
        extractor: A function.
        app: Options of the App.
        fps: Frames a second.
        options: Of ``App.attach``.

    Attributes:
        times: When each frame was at the sink, in seconds.
    """

    def __init__(self, consumer, folder, *, extractor=number, app=None, fps=FPS, **options):
        self.folder = folder
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

    def longest_gap(self):
        """Give the longest time between two frames at the sink, in seconds."""
        return max(after - before for before, after in itertools.pairwise(self.times))

    def rate(self):
        """Give the frames a second at the sink."""
        return (len(self.times) - 1) / (self.times[-1] - self.times[0])


class Passage:
    """How long buffers take past an element, with all that is attached to its source pad.

    Args:
        element: Its name.
        pipeline: Holds it.
    """

    def __init__(self, pipeline, element):
        self.seconds = []
        self._entered = 0.0
        pad = pipeline.get_by_name(element).get_static_pad("sink")
        peer = pipeline.get_by_name(element).get_static_pad("src").get_peer()
        self._probes = [probe.attach(pad, self._enter), probe.attach(peer, self._leave)]

    def _enter(self, _pad, _info):
        self._entered = time.monotonic()

    def _leave(self, _pad, _info):
        self.seconds.append(time.monotonic() - self._entered)

    def remove(self):
        """Measure no more."""
        for each in self._probes:
            each.remove()

    def p99(self):
        """Give the time that 99 of 100 buffers do not exceed, in seconds."""
        return sorted(self.seconds)[len(self.seconds) * 99 // 100]


class Machine:
    """How late the machine lets a process run that wants to, while the block lasts.

    Attributes:
        late: 999 of 1000 times no later than this, in seconds; known after the block. A frame may
            have to wait for several threads of its process, each of which may be kept waiting.
    """

    _PROGRAM = """if True:
        import select, time
        late, step = [], 0.002
        while True:
            start = time.monotonic()
            if select.select([0], [], [], step)[0]:
                break
            late.append(time.monotonic() - start - step)
        print(sorted(late)[len(late) * 999 // 1000])
    """

    def __enter__(self):
        words = [sys.executable, "-I", "-S", "-c", self._PROGRAM]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True)
        return self

    def __exit__(self, *_error):
        self.late = float(self._process.communicate()[0])


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


def memory():
    """Give the bytes of memory that this process uses, without what it has set free or lost."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def children():
    """Give the numbers of this process's children, zombies included."""
    stats = (_read(path) for path in Path("/proc").glob("[0-9]*/stat"))
    fields = [stat.replace(stat.partition("(")[2].rpartition(")")[0], "").split() for stat in stats]
    return {int(each[0]) for each in fields if each and int(each[3]) == os.getpid()}


def threads():
    """Give the threads that Python started."""
    return {thread for thread in threading.enumerate() if type(thread).__name__ != "_DummyThread"}


def descriptors():
    """Give what the open descriptors refer to, pipes and sockets without their numbers."""
    links = map(_target, Path("/proc/self/fd").iterdir())
    return Counter(link.partition(":[")[0] for link in links if link)


def shared_memory():
    """Give the names in /dev/shm."""
    return {path.name for path in Path("/dev/shm").iterdir()}


def files(folder):
    """Give the files below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def _read(path):
    try:
        return path.read_text()
    except OSError:
        return ""  # gone meanwhile


def _target(path):
    try:
        return str(path.readlink())
    except OSError:
        return ""


class Program:
    """``program.py`` at work; killed at the end of the block if it still is.

    Args:
        consumer: The name of a class of :mod:`faults.consumers`.
        folder: For its notes.
        arguments: Of its constructor, besides the folder.
        app: Options of the App.
        attach: Options of ``attach``.
    """

    def __init__(self, consumer, folder, *, text=None, arguments=None, app=None, **attach):
        self.folder = folder
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
            The exit code (the signal's number, negative, if one killed it), the counters that the
            program printed (None if it did not come to that), and the seconds that it took.
        """
        start = time.monotonic()
        out, _ = self.process.communicate(timeout=60)
        seconds = time.monotonic() - start
        last = out.splitlines()[-1] if out else ""
        return self.process.returncode, json.loads(last) if last.startswith("{") else None, seconds

    def _begun(self):
        return [note for note in read_notes(self.folder) if note.what == "begin"]

    def _over(self):
        return self.process.poll() is not None
