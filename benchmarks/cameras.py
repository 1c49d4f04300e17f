"""How soon a lost camera is noticed and back, and what sources that come and go cost the others.

The cameras are RTSP servers in processes of their own, which are killed, started again and frozen.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rows import Row, report

import pythiags
from pythiags import App, RetryPolicy, data
from pythiags.gst.bus import SourceMessage
from pythiags.testing import Camera
from pythiags.testing.leaks import descriptors, memory, slope

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS: Final = 10
STALLS: Final = 3
CHANGES: Final = 1000
WARM: Final = 200  # changes until all that is needed once is there
LOOK: Final = 100  # changes from one look at the memory to the next
POLICY: Final = RetryPolicy(stall_timeout=3, backoff=1, max_backoff=1, jitter=0)
PATIENCE: Final = 30.0  # seconds
RTSP: Final = "rtspsrc location={uri} protocols={kind} latency=0 ! rtph264depay ! avdec_h264"
SOURCES: Final = {
    "rtspsrc, TCP": RTSP.replace("{kind}", "tcp"),
    "rtspsrc, UDP": RTSP.replace("{kind}", "udp"),
    "uridecodebin": "uridecodebin uri={uri}",
}
OTHERS: Final = 7
MIXER: Final = (
    "nvstreammux name=m batch-size={count} width=320 height=240 live-source=true "
    "batched-push-timeout=40000 ! identity name=at ! fakesink sync=false "
)
STEADY: Final = (
    "videotestsrc is-live=true ! video/x-raw,width=320,height=240,framerate=30/1 "
    "! nvvideoconvert ! m.sink_{n} "
)


class Watched:
    """An App, when each of its cameras was lost and back, and when frames of each source came."""

    def __init__(self, text: str) -> None:
        self.app = App(text, retry=POLICY)
        self.app.subscribe(self._note, SourceMessage)
        self.app.attach("at", self._look, lambda _events: None, worker="thread")
        self.moments: dict[str, list[float]] = {"lost": [], "back": []}
        self.frames: Counter[int] = Counter()
        self.last: dict[int, float] = {}
        self.longest: dict[int, float] = {}  # gap between two frames

    def _note(self, message: SourceMessage) -> None:
        self.moments.setdefault(message.change, []).append(time.monotonic())

    def _look(self, _pad: Any, info: Any) -> None:
        for frame in pythiags.frames_per_batch(info):
            source, now = frame.source_id, time.monotonic()
            gap = now - self.last.get(source, now)
            self.last[source] = now
            self.longest[source] = max(gap, self.longest.get(source, 0.0))
            self.frames[source] += 1

    def await_frames(self, count: int, source: int = 0) -> None:
        """Wait for more frames of a source."""
        goal = self.frames[source] + count
        until(lambda: self.frames[source] >= goal)

    def since(self, start: float, change: str, count: int) -> float:
        """Wait for a change, and give how long it took."""
        until(lambda: len(self.moments[change]) >= count)
        return self.moments[change][count - 1] - start


def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition."""
    limit, tick = time.monotonic() + PATIENCE, threading.Event()
    while not condition():
        if time.monotonic() > limit:
            raise SystemExit("a camera did not do what it should")
        tick.wait(0.002)


def losses(name: str, source: str) -> list[Row]:
    """Kill a camera again and again, then freeze it."""
    lost, back, stalls = [], [], []
    with Camera() as camera:
        watched = Watched(
            f"{MIXER.format(count=2)} {source.format(uri=camera.address)} "
            "! nvvideoconvert ! m.sink_0"
        )
        with watched.app as app:
            app.start()
            for count in range(1, ROUNDS + 1):
                watched.await_frames(20)
                start = time.monotonic()
                camera.kill()
                lost.append(watched.since(start, "lost", count))
                camera.start()
                back.append(watched.since(time.monotonic(), "back", count))
            for count in range(ROUNDS + 1, ROUNDS + STALLS + 1):
                watched.await_frames(20)
                start = time.monotonic()
                camera.freeze()
                stalls.append(watched.since(start, "lost", count))
                camera.thaw()
                watched.since(start, "back", count)
    worst = max(abs(each - POLICY.stall_timeout) for each in stalls)
    note = f"the longest of {ROUNDS} rounds"
    return [
        Row(f"{name}: loss seen after the server was killed", max(lost), "s", 1, note=note),
        Row(
            "… frames after it was back, back-off 1 s",
            max(back),
            "s",
            POLICY.backoff + 2,
            note=note,
        ),
        Row("… stall seen, off stall_timeout by", worst, "s", 1, note=f"of {STALLS} stalls"),
    ]


def changes() -> list[Row]:
    """Add a source and remove it, again and again, beside others that go on."""
    steady = (STEADY.format(n=n) for n in range(OTHERS))
    watched = Watched(MIXER.format(count=OTHERS + 1) + "".join(steady))
    uri = data.path("pedestrians.h264").as_uri()
    looks: list[tuple[float, float]] = []
    with watched.app as app:
        app.start()
        watched.await_frames(30)
        for count in range(CHANGES + WARM):
            name = app.add_source(uri)
            watched.await_frames(1, OTHERS)
            app.remove_source(name)
            if count == WARM:
                before = held()
                watched.longest.clear()
            if count >= WARM and count % LOOK == 0:
                looks.append((count, memory()))
        more = [after - then for after, then in zip(held(), before, strict=True)]
        gap = max(watched.longest[n] for n in range(OTHERS))
    note = f"{CHANGES:,} additions and removals beside {OTHERS} others"
    return [
        Row(
            "sources that come and go: memory",
            CHANGES * slope(looks) / 1e6,
            "MB more",
            1,
            note=f"{note}; the slope of ten looks, after {WARM} to warm up",
        ),
        Row("… descriptors", more[1], "more", 0),
        Row("… threads", more[2], "more", 0),
        Row("… longest gap between frames of the others", 1000 * gap, "ms", 100),
    ]


def held() -> tuple[int, int, int]:
    """Return the memory, the descriptors and the threads of this process."""
    return memory(), sum(descriptors().values()), len(list(Path("/proc/self/task").iterdir()))


def main() -> None:
    """Run all."""
    rows = [row for name, source in SOURCES.items() for row in losses(name, source)]
    report(rows + changes())


if __name__ == "__main__":
    main()
