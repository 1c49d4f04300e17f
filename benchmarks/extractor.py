"""What reading 100 objects a frame costs the streaming thread, in C and in Python.

The native extractor does it without the GIL, which is shown by taking it away: for a second C holds
it, and frames are read at the rate at which they were before.
"""

from __future__ import annotations

import ctypes
import time
from typing import TYPE_CHECKING, Final

from hooks import Idle
from rows import Row, medians, report
from scenes import scene
from stamp import stamp

import pythiags

if TYPE_CHECKING:
    from collections.abc import Callable

OBJECTS: Final = 100
SECONDS: Final = 1.0
ROUNDS: Final = 5
PIPELINE: Final = (
    "videotestsrc is-live=true ! video/x-raw,width=64,height=64,framerate=1000/1 "
    "! identity name=at ! fakesink sync=false"
)


class InPython(pythiags.Detections):
    """The same, read by Python: a method of one's own is called."""

    def extract_metadata(self, pad: object, info: object) -> object:
        """Return the detections of one buffer."""
        return super().extract_metadata(pad, info)


def hold_the_gil() -> None:
    """Let no other thread run Python for a while."""
    ctypes.PyDLL(None).usleep(int(SECONDS * 1e6))


def watch(extractor: object, pause: Callable[[], object]) -> tuple[float, float]:
    """Run an extractor.

    Returns:
        Microseconds that half of the buffers took at most, and buffers that were read in ``pause``.
    """
    with pythiags.App(PIPELINE) as app:
        pad = app.pipeline.get_by_name("at").get_static_pad("src")
        stamp(pad, scene(OBJECTS))
        app.attach("at", extractor, Idle, worker="thread", on_full="latest", warn_share=1e9)

        def read() -> int:
            (attached,) = app.stats().attachments
            return attached.extraction.buffers

        app.start()
        time.sleep(SECONDS / 2)
        before = read()
        pause()
        count = read() - before
        (attached,) = app.stats().attachments
        if not attached.channel.produced:
            raise SystemExit("nothing was extracted")
        app.stop(drain=False)
        return attached.extraction.p50 * 1e6, count


def main() -> None:
    """Let the ways take turns."""
    figures: dict[str, list[float]] = {}

    def run(name: str, extractor: object, pause: Callable[[], object]) -> float:
        cost, count = watch(extractor, pause)
        figures.setdefault(name, []).append(count)
        return cost

    native = pythiags.Detections()
    free = lambda: time.sleep(SECONDS)  # noqa: E731
    cost = medians(
        {
            "C": lambda: run("free", native, free),
            "C, GIL held": lambda: run("held", native, hold_the_gil),
            "Python": lambda: run("Python", InPython(), free),
        },
        ROUNDS,
    )
    count = {name: sorted(counts)[len(counts) // 2] for name, counts in figures.items()}
    what = f"native extractor, {OBJECTS} objects a frame, full records"
    note = f"{count['held']:.0f} frames in a second without it, {count['free']:.0f} with it"
    report(
        [
            Row(f"{what}, in the streaming thread", cost["C"], "µs a buffer", 40),
            Row(
                "… frames read while C holds the GIL, of those otherwise",
                count["held"] / count["free"],
                "of them",
                0.9,
                "more",
                note,
            ),
            Row("the same tuples read by Python", cost["Python"], "µs a buffer"),
        ]
    )


if __name__ == "__main__":
    main()
