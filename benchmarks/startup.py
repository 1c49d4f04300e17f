"""How long a start takes: one buffer from start to exit, and the import alone."""

from __future__ import annotations

import os
import subprocess
import time
from functools import partial
from typing import TYPE_CHECKING

from environments import predecessor, wheel
from rows import Row, medians, report

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 11
PIPELINE = "videotestsrc num-buffers=1 ! fakesink"
BARE = f"""
import gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst
Gst.init([])
pipeline = Gst.parse_launch({PIPELINE!r})
pipeline.set_state(Gst.State.PLAYING)
pipeline.get_bus().timed_pop_filtered(Gst.SECOND * 9, Gst.MessageType.EOS)
pipeline.set_state(Gst.State.NULL)
"""


def seconds(*words: object) -> float:
    """Run a program that has to succeed and time it. Python may write its caches, as it does."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    begin = time.monotonic()
    subprocess.run(
        words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    )
    return time.monotonic() - begin


def main() -> None:
    """Let all ways of starting take turns."""
    python = wheel() / "python"
    contestants: dict[str, Callable[[], float]] = {
        "pythiags": partial(seconds, wheel() / "pythiags", "launch", PIPELINE),
        "gst-launch-1.0": partial(seconds, "gst-launch-1.0", *PIPELINE.split()),
        "bare Python with Gst": partial(seconds, python, "-c", BARE),
        "python": partial(seconds, python, "-c", ""),
        "import": partial(seconds, python, "-c", "import pythiags"),
    }
    if old := predecessor():
        contestants["pythiags 0.12.1"] = partial(seconds, old / "pygst-launch", *PIPELINE.split())
    medians(contestants, rounds=1)
    took = medians(contestants, ROUNDS)
    extra = (took.pop("import") - took.pop("python")) * 1000
    report([Row(f"pythiags launch '{PIPELINE}', start to exit", took.pop("pythiags"), "s", 0.25)])
    report(Row(f"the same, {name}", value, "s") for name, value in took.items())
    report([Row("import pythiags, over bare Python", extra, "ms", 30)])


if __name__ == "__main__":
    main()
