"""600 frames through an Extractor and a Consumer, against gst-launch-1.0 and the predecessor.

All are programs of their own and have both cores. Frames a second are those of the steady state: a
run of one frame is taken off a run of 600, so that the start does not count.
"""

from __future__ import annotations

import os
import subprocess
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from environments import predecessor, wheel
from rows import Row, medians, report

if TYPE_CHECKING:
    from collections.abc import Callable

FRAMES = 600
ROUNDS = 7
PIPELINE = (
    "videotestsrc num-buffers={count} ! video/x-raw,format=I420,width=1280,height=720 "
    "! videoconvert name=convert ! video/x-raw,format=RGB ! fakesink"
)
HOOKS = ["--obs=convert", "--ext=hooks:Extract", "--proc=hooks:Consume"]
# The same hooks for both; the predecessor calls its extractor a producer.
CODE = """
import pythiags
Base = getattr(pythiags, "Producer", None) or pythiags.Extractor
class Extract(Base):
    def extract_metadata(self, pad, info):
        return [{"label": "person", "confidence": 0.5, "frame": 1}]
class Consume(pythiags.Consumer):
    def incoming(self, events):
        pass
"""


def seconds(words: list[object], folder: str) -> float:
    """Run a program that has to succeed and time it."""
    environment = {**os.environ, "PYTHONPATH": folder, "KIVY_NO_ARGS": "1"}
    begin = time.monotonic()
    subprocess.run(
        words,
        cwd=folder,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.monotonic() - begin


def rate(command: Callable[[int], list[object]], folder: str) -> float:
    """Frames a second of the steady state."""
    short = seconds(command(1), folder)
    return (FRAMES - 1) / (seconds(command(FRAMES), folder) - short)


def gst_launch(count: int) -> list[object]:
    """Return the command of the plain pipeline."""
    return ["gst-launch-1.0", "-q", *PIPELINE.format(count=count).split()]


def current(binary: Path, count: int) -> list[object]:
    """Return the command of this pythiags."""
    return [binary / "pythiags", "launch", *HOOKS, PIPELINE.format(count=count)]


def former(binary: Path, count: int) -> list[object]:
    """Return the command of pythiags 0.12.1."""
    return [binary / "pygst-launch", *HOOKS, *PIPELINE.format(count=count).split()]


def main() -> None:
    """Let all take turns; what counts is each one's median against gst-launch-1.0's."""
    commands: dict[str, Callable[[int], list[object]]] = {
        "gst-launch-1.0": gst_launch,
        "pythiags": partial(current, wheel()),
    }
    if old := predecessor():
        commands["pythiags 0.12.1"] = partial(former, old)
    with TemporaryDirectory() as folder:
        Path(folder, "hooks.py").write_text(CODE)
        fps = medians(
            {name: partial(rate, command, folder) for name, command in commands.items()}, ROUNDS
        )
    bare = fps["gst-launch-1.0"]
    note = f"gst-launch-1.0: {bare:.0f} fps"
    what = f"{FRAMES} frames 1280x720 I420 to RGB through Extractor and Consumer, fps of gst-launch"
    report([Row(what, fps["pythiags"] / bare, "of it", 0.93, "more", note)])
    if "pythiags 0.12.1" in fps:
        report([Row(f"{what}, pythiags 0.12.1", fps["pythiags 0.12.1"] / bare, "of it")])


if __name__ == "__main__":
    main()
