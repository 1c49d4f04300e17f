"""What a soak has written, as values."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from soak.consumers import read_notes

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Event", "Record", "Span", "read_record"]


PLAYING: Final = ("running", "retrying")  # at the end it holds less


class Span(NamedTuple):
    """A fault, by the clock that all processes share.

    Attributes:
        name: What was done.
        target: To whom.
        start: When it began.
        end: When it ended.
    """

    name: str
    target: str
    start: float
    end: float


class Event(NamedTuple):
    """An event that a consumer has finished.

    Attributes:
        consumer: The version of its file.
        number: The event's.
        extractor: The version of the extractor's file.
        at: When it was extracted.
        frames: Pairs of a source's number and a frame's.
    """

    consumer: int
    number: int
    extractor: int
    at: float
    frames: list[list[int]]


@dataclass
class Record:
    """All of a soak.

    Attributes:
        driver: What the driver knows: seed, minutes, start, code, left, failures, late, edits.
        faults: In the order in which they began.
        messages: What the application said of its sources.
        samples: What it looked like, every few seconds.
        cycles: Short runs.
        end: The last look, with the exit code and the error.
        events: Of each consumer, in the order in which it finished them.
        gaps: How often each consumer was told of one.
    """

    driver: dict[str, Any]
    faults: list[Span] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    samples: list[dict[str, Any]] = field(default_factory=list)
    cycles: list[dict[str, Any]] = field(default_factory=list)
    end: dict[str, Any] = field(default_factory=dict)
    events: dict[str, list[Event]] = field(default_factory=dict)
    gaps: dict[str, int] = field(default_factory=dict)

    def of(self, target: str, *names: str) -> list[Span]:
        """Return the faults of a target; of some names only, if there are any."""
        return [
            each
            for each in self.faults
            if each.target == target and (not names or each.name in names)
        ]

    def minutes(self, moment: float) -> float:
        """Return a moment as minutes from the start."""
        return float(moment - self.driver["start"]) / 60


def read_record(folder: Path) -> Record:
    """Read what is there so far."""
    record = Record(json.loads((folder / "driver.json").read_text()))
    record.faults = [Span(*each) for each in _lines(folder / "faults")]
    record.faults.sort(key=lambda span: span.start)
    for name in ("messages", "samples", "cycles"):
        setattr(record, name, _lines(folder / name))
    record.samples = [each for each in record.samples if each.get("state") in PLAYING]
    ends = _lines(folder / "end")
    record.end = ends[-1] if ends else {}
    for name in ("archive", "gauge"):
        notes = read_notes(folder / f"{name}.notes")
        record.events[name] = [Event(*note[1:]) for note in notes if note[0] == "event"]
        record.gaps[name] = sum(note[0] == "gap" for note in notes)
    return record


def _lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
