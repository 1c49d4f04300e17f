"""The consumers of the soak: they note each event in a file, and misbehave when a flag says so."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any, Final

from pythiags import Consumer, Gap
from soak.counting import flagged

__all__ = ["Archive", "Gauge", "read_notes"]

POLL: Final = 0.05  # seconds


class _Noting(Consumer):
    """Notes what it has finished: a line of JSON each, which is there as a whole or not at all.

    Args:
        folder: Of the notes and the flags.
    """

    name = ""
    version = 0

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)

    def open(self) -> None:
        """Say which process it is."""
        (self.folder / f"{self.name}.pid").write_text(str(os.getpid()))
        self.note("open", os.getpid())

    def incoming(self, event: Any) -> None:
        """Misbehave, if that is asked for, or note it."""
        if flagged(self.folder, f"{self.name}-raises"):
            raise ValueError("as it was asked to")
        self.misbehave(event[0])
        self.note("event", self.version, *event)

    def misbehave(self, number: int) -> None:
        """Do what this consumer does in particular."""
        raise NotImplementedError

    def control(self, item: object) -> None:
        """Note gaps."""
        if isinstance(item, Gap):
            self.note("gap", item.source_id)

    def note(self, *what: object) -> None:
        """Write a line."""
        path = self.folder / f"{self.name}.notes"
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(descriptor, json.dumps(what).encode() + b"\n")
        os.close(descriptor)


class Archive(_Noting):
    """In a process: it may be killed, exit, or find an event that kills it each time."""

    name = "archive"

    def misbehave(self, number: int) -> None:
        """End the process."""
        if flagged(self.folder, "archive-exits"):
            os._exit(9)
        poison = self.folder / "archive-poison"
        if poison.exists():
            told = poison.read_text()
            if not told:
                poison.write_text(str(number))
            if told in ("", str(number)):
                os._exit(9)


class Gauge(_Noting):
    """In a thread: it may hang."""

    name = "gauge"

    def misbehave(self, number: int) -> None:  # noqa: ARG002
        """Wait until the flag is gone."""
        while (self.folder / "gauge-hangs").exists():
            time.sleep(POLL)


def read_notes(path: Path) -> list[list[Any]]:
    """Read notes; one that was cut off by a death is none."""
    text = path.read_text() if path.exists() else ""
    return [json.loads(line) for line in text.splitlines() if line.endswith("]")]
