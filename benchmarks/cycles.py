"""What 5,000 starts and stops leave behind.

Each is an App of portable elements, with an extractor in a probe and a consumer, which is in a
process in one of ten. They may be fewer: ``python benchmarks/cycles.py 500``.
"""

from __future__ import annotations

import sys
from itertools import count
from typing import Any, Final

from rows import Row, report

from pythiags import App
from pythiags.testing import check_leaks

CYCLES: Final = 5000
WARM: Final = 50
IN_A_PROCESS: Final = 10
CHAIN: Final = (
    "videotestsrc num-buffers=2 ! video/x-raw,width=64,height=48 ! nvvideoconvert ! m.sink_0 "
    "nvstreammux name=m batch-size=1 width=64 height=48 ! nvtracker "
    "ll-lib-file=libnvds_nvmultiobjecttracker.so ! nvdsosd name=osd ! nvvideoconvert ! fakesink"
)

numbers = count()


def extract(_pad: object, info: Any) -> list[int]:
    """Return when the buffer is to be shown."""
    return [info.get_buffer().pts]


def cycle() -> None:
    """Start, play, stop."""
    worker: Any = "process" if next(numbers) % IN_A_PROCESS == 0 else "thread"
    with App(CHAIN) as app:
        app.attach("osd", extract, len, worker=worker)  # a process finds that, too
        channel = app.run().attachments[0].channel
    if (channel.produced, channel.delivered) != (2, 2):
        raise SystemExit(f"a cycle has lost events: {channel}")


def main(cycles: int = CYCLES) -> None:
    """Do it, and report."""
    left = check_leaks(cycle, cycles, warm_up=WARM)
    note = f"{cycles:,} cycles, after {WARM} to warm up; every tenth has its consumer in a process"
    report(
        [
            Row("start and stop: memory", left.kilobytes, "KB a cycle", 1, note=note),
            Row("… descriptors", left.descriptors, "more", 0),
            Row("… threads", left.threads, "more", 0),
            Row("… processes", left.children, "more", 0),
        ]
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
