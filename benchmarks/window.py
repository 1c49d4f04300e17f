"""The Kivy widget under Xvfb: frames shown, and what a frame costs from the appsink to the texture.

Every frame of a live source at 30 fps should be shown, and our part of the work should be little
more than one copy of the frame. Xvfb has no GPU: GL is Mesa's, in software, which copies the pixels
too. That copy is not ours, so the upload of the same bytes by GL alone is measured in turn and
taken off; what is left is all else, Kivy's ``blit_buffer`` included. A hand-over that copies the
frame once more is measured too, to show that the ruler sees a copy.

Kivy allows one window a process, so each measurement is a child: this file with an argument.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import cycle
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rows import Row, medians, report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pythiags.gst import Gst

FRAMES = 150
ROUNDS = 3
WIDTH, HEIGHT = 1280, 720
SIZE = WIDTH * HEIGHT * 4
COLD = 32  # pictures that are read in turn: 118 MB, more than a core's own caches hold
MOST = 1.2  # copies of a frame
PAUSE = 0.005  # s before each measurement, so that all begin alike
PIPELINE = (
    "videotestsrc is-live=true num-buffers={count} ! video/x-raw,format=RGBA,"
    f"width={WIDTH},height={HEIGHT},framerate=30/1 ! appsink name=pythiags"
)
ENVIRONMENT = {"KIVY_LOG_MODE": "PYTHON", "KIVY_NO_FILELOG": "1", "KIVY_NO_CONSOLELOG": "1"}
NOT_INHERITED = {"WAYLAND_DISPLAY", "SDL_VIDEODRIVER", "KIVY_WINDOW", "KIVY_NO_ARGS"}


def shown() -> dict[str, float]:
    """Play the live source in the widget; count the distinct frames that the window has drawn."""
    from pythiags.kivy import VideoView, load_kivy

    window = load_kivy([f"--size={WIDTH}x{HEIGHT}"])
    from kivy.base import runTouchApp, stopTouchApp
    from kivy.clock import Clock

    view = VideoView(text=PIPELINE.format(count=FRAMES))
    drawn: set[int] = set()
    errors: list[Exception] = []

    def leave(_view: VideoView, why: bool | Exception) -> bool:
        if isinstance(why, Exception):
            errors.append(why)
        Clock.schedule_once(lambda _: stopTouchApp(), 0.2)  # the last frame is drawn still
        return True

    view.bind(eos=leave, on_error=leave)
    window.bind(on_flip=lambda _: drawn.add(view.frames))
    Clock.schedule_once(lambda _: view.play(), 1)  # when the window is there
    runTouchApp(view)
    if errors:
        raise SystemExit(f"the widget failed: {errors[0]}")
    return {"shown": len(drawn - {0})}


def cpu_ms(work: Callable[[], object]) -> float:
    """CPU time of this thread, after a pause; work that has nothing to do yet is asked again."""
    while True:
        time.sleep(PAUSE)
        begin = time.thread_time()
        done = work()
        took = time.thread_time() - begin
        if done is not False:
            return took * 1000


def handover_benchmarks(sink: Gst.Element) -> dict[str, Callable[[], object]]:
    """Return what takes turns: the hand-over, with a copy more, GL's upload, and a copy, alone."""
    from kivy.graphics import opengl

    from pythiags.gst._gst import pull_frame
    from pythiags.kivy.frames import FrameTexture

    ours = FrameTexture(sink)
    cpu_ms(ours.update)  # makes the texture
    texture, kept = ours.texture, (ctypes.c_ubyte * SIZE)()
    pictures = cycle([os.urandom(SIZE) for _ in range(COLD)])

    def copied() -> bool:
        frame = pull_frame(sink)
        if frame is None:
            return False
        ctypes.memmove(kept, frame.planes[0].address, SIZE)
        texture.blit_buffer(kept, colorfmt="rgba", bufferfmt="ubyte")
        return True

    def upload() -> None:
        texture.bind()
        opengl.glTexSubImage2D(
            *(opengl.GL_TEXTURE_2D, 0, 0, 0, WIDTH, HEIGHT),
            *(opengl.GL_RGBA, opengl.GL_UNSIGNED_BYTE, next(pictures)),
        )

    def copy() -> None:
        ctypes.memmove(kept, next(pictures), SIZE)

    return {"ours": ours.update, "copied": copied, "upload": upload, "copy": copy}


def cost() -> dict[str, float]:
    """Milliseconds of CPU a frame, by contestant; a window is open, nothing is drawn meanwhile."""
    from pythiags.gst import Gst
    from pythiags.kivy import load_kivy

    load_kivy([f"--size={WIDTH}x{HEIGHT}"])
    pipeline = Gst.parse_launch(PIPELINE.format(count=-1))
    pipeline.set_state(Gst.State.PLAYING)
    works = handover_benchmarks(pipeline.get_by_name("pythiags"))
    costs = medians({name: lambda work=work: cpu_ms(work) for name, work in works.items()}, FRAMES)
    pipeline.set_state(Gst.State.NULL)
    return costs


@contextmanager
def screen() -> Iterator[str]:
    """Start an X server of our own; give its display."""
    readable, writable = os.pipe()
    words = ["Xvfb", "-displayfd", str(writable), "-screen", "0", f"{WIDTH}x{HEIGHT}x24"]
    with subprocess.Popen(
        [*words, "-nolisten", "tcp"], pass_fds=[writable], stderr=subprocess.DEVNULL
    ) as server:
        os.close(writable)
        try:
            with os.fdopen(readable) as number:
                display = number.readline().strip()  # empty where it could not start
            if not display:
                raise SystemExit("Xvfb does not start")
            yield f":{display}"
        finally:
            server.terminate()


def child(name: str, display: str) -> dict[str, float]:
    """Run one measurement in a process, with a home of Kivy's that is thrown away."""
    ours = {key: value for key, value in os.environ.items() if key not in NOT_INHERITED}
    with TemporaryDirectory() as home:
        done = subprocess.run(
            [sys.executable, __file__, name],
            env={**ours, **ENVIRONMENT, "KIVY_HOME": home, "DISPLAY": display},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    if done.returncode:
        raise SystemExit(f"{done.stderr}\nmeasuring {name!r} failed: exit {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Let the measurements take turns; report the medians."""
    if shutil.which("Xvfb") is None:
        raise SystemExit("Xvfb is not installed: apt install xvfb")
    if find_spec("kivy") is None:
        raise SystemExit(f"Kivy is not installed: {sys.executable} -m pip install kivy")
    figures: dict[str, list[float]] = {}
    load = os.getloadavg()[0]
    with screen() as display:
        for _ in range(ROUNDS):
            got = {**child("shown", display), **child("cost", display)}
            copy, upload = got.pop("copy"), got["upload"]
            part = {
                "shown": got["shown"],
                "ours": (got["ours"] - upload) / copy,
                "copied": (got["copied"] - upload) / copy,
                "upload": upload / copy,
                "copy": copy,
            }
            for name, figure in part.items():
                figures.setdefault(name, []).append(figure)
    middle = {name: statistics.median(values) for name, values in figures.items()}
    each = ", ".join(f"{count:g}" for count in figures["shown"])
    rest = "pull, map and Kivy's blit_buffer; GL's upload (software) measured apart and taken off"
    note = f"Xvfb, software GL; needs a quiet machine: load {load:.1f} before; the runs: {each}"
    what = f"frames of a 30 fps source shown, {WIDTH}x{HEIGHT}"
    report(
        [
            Row(what, middle["shown"], f"of {FRAMES}", FRAMES, "more", note),
            Row("our part of the CPU a frame", middle["ours"], "copies of it", MOST, note=rest),
            Row("… with a copy on purpose", middle["copied"], "copies of it"),
            Row("… GL's upload alone", middle["upload"], "copies of it", note="not ours"),
            Row(f"one copy of a cold frame, {WIDTH}x{HEIGHT} RGBA", middle["copy"], "ms"),
        ]
    )


if __name__ == "__main__":
    if sys.argv[1:]:
        print(json.dumps({"shown": shown, "cost": cost}[sys.argv[1]]()))
    else:
        main()
