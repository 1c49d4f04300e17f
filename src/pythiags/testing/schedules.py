"""Faults at moments that a seed decides: the same ones again, when a run has found something."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from pythiags.checks import check_above

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Fault", "FaultSchedule"]

Moment = Literal["begin", "end"]

SPREAD: Final = 0.5  # of the mean time between two faults


@dataclass(frozen=True)
class Fault:
    """One fault of a schedule.

    Attributes:
        name: What is done.
        target: To whom; of one target there is one fault at a time.
        at: When it begins, in seconds from the start.
        seconds: How long it lasts; 0: it has no end that somebody brings about.
    """

    name: str
    target: str
    at: float
    seconds: float

    @property
    def until(self) -> float:
        """When it ends, in seconds from the start."""
        return self.at + self.seconds


@dataclass(frozen=True)
class _Kind:
    name: str
    begin: Callable[[], object]
    end: Callable[[], object] | None
    target: str
    weight: float
    lasts: tuple[float, float]
    rest: float


class _Turn(NamedTuple):
    """What is to be done at one moment of a schedule."""

    at: float
    moment: Moment
    fault: Fault


@dataclass
class FaultSchedule:
    """Plans faults with a random generator of its own, and carries them out.

    ::

        faults = FaultSchedule(seed=7)
        faults.add("killed", camera.kill, camera.start, target="camera", lasts=(1, 5))
        faults.add("frozen", camera.freeze, camera.thaw, target="camera", lasts=(3, 10))
        faults.add("worker dies", kill_worker, rest=20)
        faults.play(faults.plan(seconds=300, every=10))

    Args:
        seed: The same seed, kinds and arguments make the same plan.
    """

    seed: int
    _kinds: list[_Kind] = field(default_factory=list, repr=False)

    def add(
        self,
        name: str,
        begin: Callable[[], object],
        end: Callable[[], object] | None = None,
        *,
        target: str = "",
        weight: float = 1.0,
        lasts: tuple[float, float] = (1.0, 5.0),
        rest: float = 5.0,
    ) -> None:
        """Add a kind of fault.

        Args:
            name: Of the kind; together with the target it is the only one of that name.
            begin: Brings it about.
            end: Ends it; None: it is over at once.
            target: Whom it befalls; by default the kind itself. Faults of one target do not
                overlap.
            weight: How often it comes, compared with the others.
            lasts: The shortest and the longest time that it lasts, in seconds, if it has an end.
            rest: Seconds that the target has, after it, until its next fault.

        Raises:
            ValueError: There is one of that name.
            ConfigError: A number is out of range.
        """
        target = target or name
        if (name, target) in {(kind.name, kind.target) for kind in self._kinds}:
            raise ValueError(f"there is a fault {name!r} of {target!r} already")
        check_above("invalid weight", weight, 0)
        if not 0 <= lasts[0] <= lasts[1]:
            raise ValueError(f"invalid lasts: expected the shortest, the longest; got {lasts}")
        self._kinds.append(_Kind(name, begin, end, target, weight, lasts, rest))

    def plan(self, seconds: float, *, every: float = 10.0) -> list[Fault]:
        """Return the faults of a run, in the order in which they begin. Nothing is done yet.

        Args:
            seconds: In which all of them have ended, and their targets have had their rest.
            every: The mean time from one to the next; more where no target is free.
        """
        chance = random.Random(self.seed)  # noqa: S311
        busy: dict[str, float] = {}
        faults: list[Fault] = []
        now = 0.0
        while (now := now + every * chance.uniform(1 - SPREAD, 1 + SPREAD)) < seconds:
            free = [kind for kind in self._kinds if busy.get(kind.target, 0.0) <= now]
            if not free:
                continue
            (kind,) = chance.choices(free, [each.weight for each in free])
            lasts = chance.uniform(*kind.lasts) if kind.end is not None else 0.0
            if now + lasts + kind.rest > seconds:
                continue
            busy[kind.target] = now + lasts + kind.rest
            faults.append(Fault(kind.name, kind.target, round(now, 3), round(lasts, 3)))
        return faults

    def play(
        self,
        faults: list[Fault],
        *,
        told: Callable[[Fault, Moment], object] = lambda _fault, _moment: None,
        stop: threading.Event | None = None,
    ) -> list[Fault]:
        """Carry a plan out, in the calling thread. Faults that have begun are ended in any case.

        Args:
            faults: What ``plan()`` returned.
            told: Called with each fault when it begins and when it has ended, ``"begin"`` or
                ``"end"``.
            stop: Ends it when it is set.

        Returns:
            The faults that were brought about, with the moments at which they really began and
            ended, in seconds from the start of this call.
        """
        stop = stop or threading.Event()
        kinds = {(kind.name, kind.target): kind for kind in self._kinds}
        turns = sorted(
            [_Turn(each.at, "begin", each) for each in faults]
            + [_Turn(each.until, "end", each) for each in faults if each.seconds],
            key=lambda turn: (turn.at, turn.moment == "begin"),
        )
        start = time.monotonic()
        begun: dict[Fault, float] = {}
        done: list[Fault] = []

        def end(fault: Fault) -> None:
            began = begun.pop(fault)
            if (undo := kinds[fault.name, fault.target].end) is not None:
                undo()
            lasted = time.monotonic() - start - began if undo is not None else 0.0
            done.append(Fault(fault.name, fault.target, began, lasted))
            told(fault, "end")

        try:
            for turn in turns:
                if stop.wait(max(0.0, start + turn.at - time.monotonic())):
                    break
                if turn.moment == "begin":
                    told(turn.fault, "begin")
                    begun[turn.fault] = time.monotonic() - start
                    kinds[turn.fault.name, turn.fault.target].begin()
                if turn.moment == "end" or not turn.fault.seconds:
                    end(turn.fault)
        finally:
            for fault in list(begun):
                end(fault)
        return sorted(done, key=lambda fault: fault.at)
