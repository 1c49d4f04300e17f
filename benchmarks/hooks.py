"""Extractors and consumers of the benchmarks, in a module that a process worker can import."""

from __future__ import annotations

import os
import time
from typing import Any

import pythiags

STREAM, CONSUMER = 0, 1  # cores, where a benchmark assigns them
CPU_SECONDS = 0.02  # that a busy consumer computes for each event: more than there is between two


class Extract(pythiags.Extractor):
    """One small event a buffer."""

    def extract_metadata(self, _pad: object, _info: object) -> list[dict[str, object]]:
        """Return it."""
        return [{"label": "person", "confidence": 0.5, "frame": 1}]


class Idle(pythiags.Consumer):
    """Takes events and does nothing."""

    def incoming(self, _events: object) -> None:
        """Take them."""


class Busy(pythiags.Consumer):
    """Computes in Python for each event, on a core of its own."""

    def open(self) -> None:
        """Move this thread, be it of a process of its own or not, to the consumer's core."""
        os.sched_setaffinity(0, {CONSUMER})

    def incoming(self, _events: object) -> None:
        """Compute."""
        until = time.thread_time() + CPU_SECONDS
        while time.thread_time() < until:
            sum(number * number for number in range(100))


class Look(pythiags.Consumer):
    """Sees that each image is the one that was sent, and no copy that this process has made."""

    def incoming(self, events: list[dict[str, Any]]) -> None:
        """Look at its corners."""
        image, number = events[0]["image"], events[0]["frame"] % 256
        corners = image[:: image.shape[0] - 1, :: image.shape[1] - 1]
        if not (corners == number).all():
            raise ValueError(f"image {number} is another one")
        if image.flags.owndata:
            raise ValueError(f"image {number} was copied")


def drain(queue: Any, done: Any) -> None:
    """Take what comes from a queue; None: say so."""
    while True:
        if queue.get() is None:
            done.release()


class Late(pythiags.Consumer):
    """Too slow for so many seconds, then as quick as can be."""

    def __init__(self, pause: float, seconds: float) -> None:
        super().__init__()
        self._pause = pause
        self._seconds = seconds

    def open(self) -> None:
        """The time begins."""
        self._until = time.monotonic() + self._seconds

    def incoming(self, _events: object) -> None:
        """Take its time."""
        if time.monotonic() < self._until:
            time.sleep(self._pause)
