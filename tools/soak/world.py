"""What surrounds the soaked application: its cameras, its files, and who asks it for changes."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pythiags.controlsocket import ask
from pythiags.errors import PythiagsError
from pythiags.testing import Camera, Fault, FaultSchedule, FaultyServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from pythiags.testing.schedules import Moment

__all__ = ["LOSING", "World"]

ROOT: Final = Path(__file__).parents[2]
RATE: Final = 5  # frames a second, so that the soak takes a part of a core
SIZE: Final = {"width": 160, "height": 120}
OWN: Final = {**SIZE, "rate": RATE, "codec": "h264"}  # the stream that a camera begins with
CHANGED: Final = {"width": 96, "height": 64, "rate": 4}
PATIENCE: Final = 120.0  # seconds for the first frames, and for the end
SLOW: Final = 30.0  # seconds for a source to be added or removed
POLL: Final = 0.1
SEEN: Final = 5.0  # seconds in which a camera that was killed is lost, and sought again

RTSP: Final = (
    "rtspsrc name={name} location={uri} protocols={protocol} latency=0 ! rtph264depay ! h264parse "
    "! avdec_h264"
)
SOURCES: Final = (
    RTSP.replace("{protocol}", "tcp"),
    RTSP.replace("{protocol}", "udp"),
    "uridecodebin name={name} uri={uri}",
    "uridecodebin name={name} uri={uri}",
)
MIXER: Final = (
    "nvstreammux name=m batch-size=5 width=160 height=120 live-source=true "
    "batched-push-timeout=100000 ! queue name=between ! identity name=tap "
    "! fakesink name=sink sync=false "
)
EXTRACT: Final = """\
import time
from pythiags import frames_per_batch
from soak.counting import flagged, next_number

VERSION = {version}

class Extract:
    def __init__(self, folder):
        self.folder = folder

    def extract_metadata(self, pad, info):
        if flagged(self.folder, "extract-raises"):
            raise ValueError("as it was asked to")
        frames = [(each.source_id, each.frame_num) for each in frames_per_batch(info)]
        return (next_number(), VERSION, time.monotonic(), frames)
"""
GAUGE: Final = """\
from soak import consumers

class Gauge(consumers.Gauge):
    version = {version}
"""
BROKEN: Final = "def not_finished(:\n"

LOSING: Final = ("killed", "frozen", "moved", "silent", "half-way", "cut", "garbage")
"""Faults of a camera that are losses; a hiccup is none."""


class World:
    """Starts the cameras and the application, and brings faults about.

    Args:
        folder: Of the run; what it writes is in there.
        seed: Of what the schedule leaves open.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.failures: list[str] = []
        self.sets = self.added = 0
        self.edits = {"extract": 0, "gauge": 0, "broken": 0}
        self._chance = random.Random(seed)  # noqa: S311
        self._versions = {"extract": 1, "gauge": 1}
        self._impostors: dict[int, FaultyServer] = {}
        self._moved: set[int] = set()  # cameras with another stream than their own
        self._visitor = ""
        self._stack = contextlib.ExitStack()
        self.cameras = [self._stack.enter_context(Camera(**OWN)) for _ in range(len(SOURCES) + 1)]
        for name in self._versions:
            self._edit(name)
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        sources = [
            f"{source.format(name=f'cam{n}', uri=self.cameras[n].address)} ! nvvideoconvert "
            f"! queue name=queue{n} ! m.sink_{n}"
            for n, source in enumerate(SOURCES)
        ]
        options = {"folder": str(self.folder), "text": MIXER + " ".join(sources)}
        path = [str(ROOT / "tools"), str(self.folder), os.environ.get("PYTHONPATH", "")]
        code = "from soak.subject import main; raise SystemExit(main())"
        with (self.folder / "log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-c", code, json.dumps(options)],
                env={
                    **os.environ,
                    "PYTHONPATH": os.pathsep.join(filter(None, path)),
                    "PYTHIAGS_STATE_DIR": str(self.folder / "state"),
                    "XDG_RUNTIME_DIR": str(self.folder),
                },
                stdout=log,
                stderr=log,
            )

    def await_all(self) -> None:
        """Wait until every camera sends.

        Raises:
            PythiagsError: One does not, or the application has ended.
        """
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit:
            if self.process.poll() is not None:
                break
            with contextlib.suppress(PythiagsError):
                sources = self.ask("stats")["sources"]
                if all(each["status"] == "running" for each in sources):
                    return
            time.sleep(POLL)
        raise PythiagsError(
            "not every camera sends", where=str(self.folder), hint="see the file log in there"
        )

    def ask(self, do: str, **more: object) -> Any:
        """Ask the application, as ``pythiags ctl`` does."""
        return ask(self.folder / "pythiags", str(self.process.pid), {"do": do, **more}, SLOW)

    def end(self) -> tuple[int | None, list[str]]:
        """Send SIGTERM; return the exit code, None if it had to be killed, and what is left."""
        workers = _children(self.process.pid)
        self.process.send_signal(signal.SIGTERM)
        code: int | None = None
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = self.process.wait(PATIENCE)
        if code is None:
            self.process.kill()
            self.process.wait()
        left = [f"process {pid}" for pid in workers if Path(f"/proc/{pid}").exists()]
        for part in ("pythiags", "state/spill"):
            left += [str(path.relative_to(self.folder)) for path in self._files(part)]
        return code, left

    def _files(self, part: str) -> list[Path]:
        return [path for path in (self.folder / part).rglob("*") if not path.is_dir()]

    def close(self) -> None:
        """End everything."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for server in self._impostors.values():
            server.close()
        self._stack.close()

    # ---- moments at which nothing befalls it ----

    def show_all_streams(self) -> None:
        """Have every camera send each stream once, and its own at the end.

        What is made for pictures of another size when they first come, such as a pool, is kept.
        """
        for codec in ("h264", "jpeg"):
            for number, camera in enumerate(self.cameras[: len(SOURCES)]):
                stream = {**OWN, **CHANGED}
                if "uridecodebin" in SOURCES[number]:
                    stream["codec"] = codec
                camera.kill()
                self._start_with(number, stream)
            self._await_again()
        self.settle(lambda _fault, _moment: None)

    def settle(self, told: Callable[[Fault, Moment], object]) -> None:
        """Give all cameras their own streams again, and wait until all of them send.

        Args:
            told: As for ``FaultSchedule.play()``: a camera that is moved is lost.
        """
        for number in sorted(self._moved):
            fault = Fault("moved", f"cam{number}", 0.0, 0.0)
            told(fault, "begin")
            self.cameras[number].kill()
            self._start_with(number, OWN)
            told(fault, "end")
        self._await_again()

    def _await_again(self) -> None:
        time.sleep(SEEN)
        self.await_all()

    # ---- faults ----

    def schedule(self, seed: int) -> FaultSchedule:
        """Return all kinds of faults."""
        faults = FaultSchedule(seed)
        for number, camera in enumerate(self.cameras[: len(SOURCES)]):
            cam = partial(faults.add, target=f"cam{number}", rest=30)
            cam("killed", camera.kill, camera.start, lasts=(2, 8))
            cam("frozen", camera.freeze, camera.thaw, lasts=(9, 15))
            cam("hiccup", camera.freeze, camera.thaw, lasts=(0.3, 1.0))
            cam("moved", camera.kill, partial(self._move, number), lasts=(1, 3))
            for behaviour in ("silent", "half-way", "cut", "garbage"):
                begin = partial(self._replace, number, behaviour)
                cam(behaviour, begin, partial(self._put_back, number), weight=0.4, lasts=(5, 10))
        archive = partial(faults.add, target="archive", rest=25)
        archive("worker killed", partial(self._signal, signal.SIGKILL))
        archive("worker exits", partial(self._flag, "archive-exits"))
        stop, go = (partial(self._signal, each) for each in (signal.SIGSTOP, signal.SIGCONT))
        archive("worker hangs", stop, go, lasts=(5, 12))
        archive("consumer raises", partial(self._flag, "archive-raises"))
        poison = partial(self._flag, "archive-poison")
        archive(
            "event kills three workers",
            poison,
            partial(self._unflag, "archive-poison"),
            lasts=(12, 14),
        )
        gauge = partial(faults.add, target="gauge", rest=10)
        hang = partial(self._flag, "gauge-hangs")
        gauge("consumer hangs", hang, partial(self._unflag, "gauge-hangs"), lasts=(5, 12))
        gauge("consumer raises", partial(self._flag, "gauge-raises"))
        gauge("file edited", partial(self._edit, "gauge"))
        extract = partial(faults.add, target="extractor", rest=10)
        extract("extractor raises", partial(self._flag, "extract-raises"))
        extract("file edited", partial(self._edit, "extract"))
        extract("file broken", self._break, partial(self._edit, "extract"), lasts=(3, 5))
        faults.add("source added", self._add, self._remove, target="visitor", lasts=(8, 15))
        faults.add("property set", self._set, weight=2)
        faults.add("short runs", partial(self._flag, "short-runs-wanted"), weight=2, rest=30)
        return faults

    def _fail(self, what: str) -> None:
        self.failures.append(what)

    def _move(self, number: int) -> None:
        """Start a camera with another size and rate, and another codec where that may be."""
        stream: dict[str, Any] = self._chance.choice([OWN, {**OWN, **CHANGED}])
        if "uridecodebin" in SOURCES[number]:
            stream = {**stream, "codec": self._chance.choice(["h264", "jpeg"])}
        self._start_with(number, stream)

    def _start_with(self, number: int, stream: dict[str, Any]) -> None:
        self.cameras[number].start(**stream)
        (self._moved.discard if stream == OWN else self._moved.add)(number)

    def _replace(self, number: int, behaviour: Any) -> None:
        """Put something in a camera's place that is none."""
        camera = self.cameras[number]
        camera.kill()
        self._impostors[number] = FaultyServer(behaviour, camera.port)

    def _put_back(self, number: int) -> None:
        if (server := self._impostors.pop(number, None)) is not None:
            server.close()
        self.cameras[number].start()

    def _signal(self, number: int) -> None:
        os.kill(int((self.folder / "archive.pid").read_text()), number)

    def _flag(self, name: str) -> None:
        (self.folder / name).write_text("")

    def _unflag(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)

    def _edit(self, name: str) -> None:
        text = {"extract": EXTRACT, "gauge": GAUGE}[name]
        self._write(name, text.format(version=self._versions[name]))
        self.edits[name] += self._versions[name] > 1
        self._versions[name] += 1

    def _break(self) -> None:
        self._write("extract", BROKEN)
        self.edits["broken"] += 1

    def _write(self, name: str, text: str) -> None:
        path = self.folder / f"soak_{name}.py"
        new = path.with_suffix(".new")
        new.write_text(text)
        new.replace(path)

    def _add(self) -> None:
        try:
            self._visitor = self.ask("add-source", uri=self.cameras[-1].address)
            self.added += 1
        except PythiagsError as error:
            self._fail(f"add-source: {error}")

    def _remove(self) -> None:
        if not self._visitor:
            return
        try:
            self.ask("remove-source", name=self._visitor)
        except PythiagsError as error:
            self._fail(f"remove-source: {error}")
        self._visitor = ""

    def _set(self) -> None:
        element = f"queue{self._chance.randrange(len(SOURCES))}"
        value = str(self._chance.randrange(50, 200))
        try:
            self.ask("set", element=element, property="max-size-buffers", value=value)
            now = str(self.ask("get", element=element, property="max-size-buffers"))
        except PythiagsError as error:
            self._fail(f"set: {error}")
            return
        self.sets += 1
        if now != value:
            self._fail(f"{element}.max-size-buffers: {value} was set, {now} was read")


def _children(parent: int) -> set[int]:
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            number, _, rest = path.read_text().partition(" ")
            if int(rest.rpartition(")")[2].split()[1]) == parent:
                found.add(int(number))
    return found


class Watch(threading.Thread):
    """Notes when this machine has not let a thread run that was due: what that explains.

    Attributes:
        late: Such times, from and to.
    """

    TICK: Final = 0.1
    LATE: Final = 0.75

    def __init__(self) -> None:
        super().__init__(name="watch", daemon=True)
        self.late: list[tuple[float, float]] = []
        self._over = threading.Event()

    def run(self) -> None:
        """Tick."""
        last = time.monotonic()
        while not self._over.wait(self.TICK):
            now = time.monotonic()
            if now - last > self.LATE:
                self.late.append((last, now))
            last = now

    def close(self) -> None:
        """Tick no more."""
        self._over.set()
        if self.is_alive():
            self.join()
