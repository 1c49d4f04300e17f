"""The application that is soaked: cameras, a mixer, an extractor, consumers, and its own counters.

Its argument is a JSON object: ``folder`` and ``text`` of the pipeline. It plays until SIGTERM. It
writes what sources do and, every few seconds, what the process holds, and does short runs beside
the long one when a flag asks for it.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import logging
import math
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any, Final

from pythiags import App, AttachOptions, RetryPolicy
from pythiags.errors import PythiagsError
from pythiags.gst.bus import SourceMessage
from pythiags.testing.leaks import children, memory
from soak import consumers
from soak.counting import flagged

__all__ = ["POLICY"]

POLICY: Final = RetryPolicy(
    stall_timeout=5, start_timeout=10, retry_timeout=math.inf, backoff=0.5, max_backoff=2
)
LOOK: Final = 5.0  # seconds between two looks at what the process holds
POLL: Final = 0.25
CYCLES: Final = 10  # short runs at once; of two of them the consumer is in a process
SHORT: Final = (
    "videotestsrc num-buffers=3 ! video/x-raw,width=32,height=32 ! nvvideoconvert "
    "! identity name=tap ! fakesink"
)


class Notes:
    """Files of lines of JSON."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, file_name: str, /, **what: object) -> None:
        """Add a line, with the moment."""
        with (self._folder / file_name).open("a") as file:
            file.write(json.dumps({"at": time.monotonic(), **what}) + "\n")


def look(app: App) -> dict[str, Any]:
    """Return what the process holds, and all counters."""
    stats = app.stats()
    attachments = {}
    for each in stats.attachments:
        channel = each.channel
        known = channel.delivered + sum(channel.dropped.values()) + channel.pending
        attachments[each.name] = {
            "adds_up": channel.produced == known,
            "produced": channel.produced,
            "delivered": channel.delivered,
            "dropped": channel.dropped,
            "pending": channel.pending,
            "redelivered": channel.redelivered,
            "spilled": channel.spilled,
            "deaths": each.worker_deaths,
            "errors": dict(each.extraction.errors),
        }
    return {
        "memory": memory(),
        "descriptors": len(os.listdir("/proc/self/fd")),  # noqa: PTH208
        "threads": len(os.listdir("/proc/self/task")),  # noqa: PTH208
        "children": len(children()),
        "state": stats.state.value,
        "frames": stats.frames,
        "attachments": attachments,
        "sources": {each.name: each.status for each in stats.sources},
        "reloads": [dataclasses.asdict(each) for each in stats.reloads],
    }


def short_runs(notes: Notes) -> None:
    """Start and stop a number of Apps."""
    delivered, codes = 0, []
    for number in range(CYCLES):
        with App(SHORT) as app:
            worker: Any = "process" if number >= CYCLES - 2 else "thread"
            app.attach("tap", number_of, drop, worker=worker)
            summary = app.run()
        codes.append(summary.exit_code)
        delivered += summary.attachments[0].channel.delivered
    notes.write("cycles", runs=CYCLES, failed=sum(map(bool, codes)), delivered=delivered)


def number_of(_pad: object, info: Any) -> int:
    """Extract the number of a buffer."""
    return int(info.get_buffer().offset)


def drop(_event: object) -> None:
    """Take an event."""


def watch(app: App, notes: Notes, folder: Path, over: threading.Event) -> None:
    """Look every few seconds, and do short runs when they are asked for."""
    due = time.monotonic()
    while not over.wait(POLL):
        if flagged(folder, "short-runs-wanted"):
            short_runs(notes)
        if time.monotonic() >= due:
            notes.write("samples", **look(app))
            due += LOOK


def main() -> int:
    """Play until SIGTERM."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s")
    options = json.loads(sys.argv[1])
    folder = Path(options["folder"])
    sys.path.insert(0, str(folder))
    import soak_extract
    import soak_gauge

    notes, over = Notes(folder), threading.Event()
    app = App(options["text"], retry=POLICY, control=True, reload=True, drain_timeout=20)
    spill, oldest = (
        AttachOptions(worker="process", on_full="spill", queue_size=50, name="archive"),
        AttachOptions(worker="thread", on_full="drop-oldest", queue_size=20, name="gauge"),
    )
    path = str(folder)
    app.attach(
        "tap",
        functools.partial(soak_extract.Extract, path),
        [
            (functools.partial(consumers.Archive, path), spill),
            (functools.partial(soak_gauge.Gauge, path), oldest),
        ],
    )
    app.subscribe(
        lambda message: notes.write(
            "messages", name=message.name, change=message.change, why=message.why
        ),
        SourceMessage,
    )
    watcher = threading.Thread(target=watch, args=(app, notes, folder, over), daemon=True)
    watcher.start()
    told = ""
    try:
        code = app.run().exit_code
    except PythiagsError as error:
        code, told = error.exit_code, str(error)
    over.set()
    watcher.join()
    notes.write("end", code=code, error=told, **look(app))
    app.close()
    return code


if __name__ == "__main__":
    sys.exit(main())
