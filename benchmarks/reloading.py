"""What a reload costs: how long it takes, and what the stream sees of it.

A stream of 200 frames a second, whose extractor and consumer are edited again and again.
"""

from __future__ import annotations

import logging
import re
import statistics
import sys
import tempfile
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from rows import Row, report

from pythiags import App
from pythiags.gst import probe

EDITS: Final = 20
PATIENCE: Final = 30.0  # seconds
PERIOD: Final = 5.0  # milliseconds of a frame
LIVE: Final = (
    "videotestsrc is-live=true pattern=black ! video/x-raw,width=32,height=32,framerate=200/1 "
    "! identity name=tap ! fakesink name=sink sync=false"
)
TEXT: Final = """\
VERSION = {version}

class Extract:
    def extract_metadata(self, pad, info):
        return (VERSION, info.get_buffer().offset)

class Process:
    def incoming(self, event):
        pass
"""
TOOK: Final = re.compile(r"loaded anew \((\d+) ms\)")


class Log(logging.Handler):
    """Keeps how long each reload took, in milliseconds."""

    def __init__(self) -> None:
        super().__init__()
        self.took: list[float] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        if match := TOOK.search(record.getMessage()):
            self.took.append(float(match[1]))


def until(condition: Any) -> None:
    """Wait for a condition."""
    limit, tick = time.monotonic() + PATIENCE, threading.Event()
    while not condition():
        if time.monotonic() > limit:
            raise SystemExit("an edit was not taken")
        tick.wait(0.01)


def measure(worker: Any) -> tuple[float, float, int]:
    """Edit again and again; give the median time, the longest gap between frames, the losses."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"edited_{worker}.py")
        path.write_text(TEXT.format(version=0))
        sys.path.insert(0, folder)
        module = __import__(path.stem)
        log, times = Log(), []
        logger = logging.getLogger("pythiags.app.reload")
        logger.setLevel(logging.INFO)
        logger.addHandler(log)
        with App(LIVE, reload=True) as app:
            app.attach("tap", module.Extract, module.Process, worker=worker)
            pad = app.pipeline.get_by_name("sink").get_static_pad("sink")
            seen = probe.attach(pad, lambda _pad, _info: times.append(time.monotonic()))
            app.start()
            until(lambda: len(times) > 200)
            del times[:]
            for edit in range(1, EDITS + 1):
                new = path.with_suffix(".new")
                new.write_text(TEXT.format(version=edit))
                new.replace(path)
                until(lambda edit=edit: len(log.took) >= edit)
            seen.remove()
            channel = app.stop().attachments[0].channel
        logger.removeHandler(log)
        sys.path.remove(folder)
    gap = max(second - first for first, second in pairwise(times))
    lost = channel.produced - channel.delivered
    return statistics.median(log.took), 1000 * gap, lost


def main() -> None:
    """Measure with a consumer in a thread, and in a process."""
    took, gap, lost = measure("thread")
    _, behind, missing = measure("process")
    note = f"the longest of {EDITS} edits; a frame comes every {PERIOD:g} ms"
    report(
        [
            Row("reload, consumer in a thread", took, "ms", 50, note=f"median of {EDITS} edits"),
            Row("… gap between frames meanwhile", gap, "ms", 50, note=note),
            Row("… the same, consumer in a process", behind, "ms", 50, note=note),
            Row("… events lost", lost + missing, "", 0, note="of both"),
        ]
    )


if __name__ == "__main__":
    main()
