"""Children that are to take the place of one at work, with another consumer."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

from pythiags.errors import PythiagsError, WorkerDied
from pythiags.workers.roster import RosterClosed
from pythiags.workers.spare import CONSTRUCTING, construct, not_begun
from pythiags.workers.spawn import ChildDied

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pythiags.sourcecode import Source
    from pythiags.workers.roster import Roster
    from pythiags.workers.spawn import Child
    from pythiags.workers.wire import Setup

__all__ = ["Succession", "Successor", "merged"]


class Successor(NamedTuple):
    """A child that has constructed another consumer, and waits for its turn.

    Attributes:
        child: It.
        make: Makes the consumer, pickled.
        source: The consumer's module.
    """

    child: Child
    make: bytes
    source: Source

    def follow(self, setup: Setup) -> Setup:
        """Return what children are to be started with once this one is at work."""
        return setup._replace(make=self.make, sources=merged(setup.sources, [self.source]))


def merged(old: Iterable[Source], new: Iterable[Source]) -> tuple[Source, ...]:
    """Return sources with others in the place of those of the same modules."""
    return tuple({source.module: source for source in (*old, *new)}.values())


class Succession:
    """Starts children with other consumers, in the threads of those who ask for it.

    Args:
        name: The worker's.
        roster: Where they are entered.
    """

    def __init__(self, name: str, roster: Roster) -> None:
        self._name = name
        self._roster = roster
        self._preparing = threading.Lock()
        self._waiting: list[Child] = []

    def __contains__(self, child: Child) -> bool:
        """Whether a child is prepared or waits for its turn."""
        return child in self._waiting

    def prepare(self, setup: Setup, make: bytes, source: Source) -> Successor:
        """Start a child and have it construct its consumer.

        Args:
            setup: Of the child at work.
            make: See ``Successor``.
            source: The same.

        Raises:
            PythiagsError: It cannot, or the worker has ended.
        """
        following = setup._replace(make=make, sources=merged(setup.sources, [source]))
        with self._preparing:
            try:
                child = self._roster.start(following)
            except RosterClosed:
                raise PythiagsError("the worker has ended", where=self._name) from None
            except OSError as error:
                raise WorkerDied(f"cannot start a process: {error}", where=self._name) from error
            self._waiting.append(child)
            failure = self._construct(child)
        if failure is not None:
            self.forgo(child)
            raise failure
        return Successor(child, make, source)

    def promote(self, child: Child) -> None:
        """Note that a child is at work."""
        self._waiting.remove(child)

    def forgo(self, child: Child) -> None:
        """End a child that was prepared."""
        child.end()
        self._roster.dismiss(child)
        if child in self._waiting:
            self._waiting.remove(child)

    def wait(self) -> None:
        """Wait until nobody reads from a child that was just ended."""
        with self._preparing:
            pass

    def _construct(self, child: Child) -> PythiagsError | None:
        try:
            fault = construct(child)
        except ChildDied:
            what = f"the worker process died {CONSTRUCTING}"
            return WorkerDied(what, where=self._name, got=child.end())
        if fault is None:
            return None
        return not_begun("the consumer cannot be constructed", fault, self._name)
