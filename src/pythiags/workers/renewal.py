"""A consumer that takes the place of another one in a worker, between two events."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Renewal"]

_numbers = itertools.count(1)


class Renewal:
    """A new consumer, constructed and not opened, on its way to a worker.

    It travels through the worker's channel, and so takes its turn behind the events that were put
    in before it.

    Args:
        ready: What the worker has prepared.
        on_failure: Called with the error, in the worker's thread, if it cannot be opened: the old
            consumer goes on.

    Attributes:
        ready: The same.
        on_failure: The same.
        number: Later ones have higher ones: what is older than the one at work comes too late.
        done: It has had its turn.
    """

    def __init__(self, ready: Any, on_failure: Callable[[BaseException], object]) -> None:
        self.ready = ready
        self.on_failure = on_failure
        self.number = next(_numbers)
        self.done = False
