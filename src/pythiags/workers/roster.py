"""The child processes of one worker: started, told something all together, and given back."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from pythiags.workers.spawn import Child, ChildDied
from pythiags.workers.wire import Kind, Message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pythiags.workers.shared import Arena
    from pythiags.workers.wire import Fault, Setup

__all__ = ["Roster", "RosterClosed"]


class RosterClosed(Exception):
    """No child is started any more."""


class Roster:
    """Knows all children that there are; for any thread.

    The kernel ends a child with the thread that has started it.

    Args:
        name: The worker's.
        arena: The memory that they share.
        on_error: Called with each exception of the consumer, in any thread.

    Attributes:
        stopping: Set when no child is replaced any more.
        killing: Whether children are killed at once.
    """

    def __init__(self, name: str, arena: Arena, on_error: Callable[[Fault], object]) -> None:
        self.stopping = threading.Event()
        self.killing = False
        self._closed = False
        self._name = name
        self._arena = arena
        self._on_error = on_error
        self._lock = threading.Lock()
        self._children: list[Child] = []

    def __iter__(self) -> Iterator[Child]:
        """Return the children that there are now."""
        return iter(tuple(self._children))

    def __contains__(self, child: Child) -> bool:
        """Whether a child was started and not given back yet."""
        return child in self._children

    def order(self, what: Callable[[Child], object]) -> None:
        """Do something with each child."""
        with self._lock:
            for child in self._children:
                what(child)

    def start(self, setup: Setup) -> Child:
        """Start a child.

        Raises:
            RosterClosed: None is started any more.
            OSError: There are too many processes or descriptors.
        """
        with self._lock:
            if self.killing or self._closed:
                raise RosterClosed
            child = Child(self._name, self._arena, self._on_error)
            self._children.append(child)
        if self.stopping.is_set():
            child.leave()
        with contextlib.suppress(ChildDied):  # the caller that waits for the answer gets it
            child.send(Message(Kind.SETUP, tuple(setup)))
        return child

    def close(self) -> None:
        """Start none any more."""
        with self._lock:
            self._closed = True

    def dismiss(self, child: Child) -> None:
        """Give back what a child took that is gone."""
        with self._lock:
            if child not in self._children:
                return
            self._children.remove(child)
        self._arena.forget(child.board)
        child.close()
