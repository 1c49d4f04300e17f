"""The results of a benchmark: rows with a figure, its limit, and how it was measured.

Each ``benchmarks/<name>.py`` is a program that prints its rows with :func:`report`; ``run.py`` runs
them all and draws one table. Figures are medians, and contestants take turns, so that a machine
that slows down slows down all of them.
"""

from __future__ import annotations

import dataclasses
import json
import statistics
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

__all__ = ["Row", "medians", "report"]


@dataclasses.dataclass(frozen=True)
class Row:
    """One figure.

    Args:
        what: What was measured, in a few words.
        got: The figure.
        unit: Its unit.
        must: The limit that it has to keep; None for a contestant shown for comparison.
        better: Which side of the limit is the right one.
        note: Anything that a reader has to know: who had which cores, what was left out.
        points: What the figure was worked out from, to be drawn: how many, and what each cost.
    """

    what: str
    got: float
    unit: str
    must: float | None = None
    better: Literal["less", "more"] = "less"
    note: str = ""
    points: Sequence[tuple[float, float]] = ()

    @property
    def kept(self) -> bool:
        """Whether the limit is kept."""
        if self.must is None:
            return True
        return self.got <= self.must if self.better == "less" else self.got >= self.must


def medians(contestants: Mapping[str, Callable[[], float]], rounds: int = 5) -> dict[str, float]:
    """Let the contestants take turns for a number of rounds.

    Args:
        contestants: By name, what runs one round and returns its figure.
        rounds: How often each runs.

    Returns:
        By name, the median of its figures.
    """
    figures: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, run in contestants.items():
            figures[name].append(run())
    return {name: statistics.median(values) for name, values in figures.items()}


def report(rows: Iterable[Row]) -> None:
    """Print each row as a line of JSON, as soon as it is known."""
    for row in rows:
        print(json.dumps(dataclasses.asdict(row)), flush=True)
