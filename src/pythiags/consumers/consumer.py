"""The interface of consumers: one method that a user writes."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol, TypeAlias

from pythiags.abstract import Abstract, abstractmethod
from pythiags.usercode import (
    COROUTINE,
    called,
    check_runs,
    check_spelling,
    construct,
    makes_instances,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Consumer", "ConsumerLike", "as_consumer", "check_methods"]

_METHODS: Final = ("incoming", "open", "close", "control")


class Consumes(Protocol):
    """A consumer, or any object with its method."""

    def incoming(self, events: Any, /) -> object:
        """Take events."""


ConsumerLike: TypeAlias = "Consumes | Callable[[], Consumes] | Callable[[Any], object]"
"""What ``attach`` accepts: a consumer, a factory without arguments, or a function."""


class Consumer(Abstract):
    """Handles events, in a worker, so it may be slow.

    Only ``incoming()`` has to be written::

        class Print(Consumer):
            def incoming(self, events):
                print(events)

    Delivery is at most once, in order; an event that a worker process was handling when it died is
    delivered again. Methods may be coroutine functions: each runs to its end on an event loop of
    the worker before the next event is taken. An event on which ``incoming`` raised is counted as
    dropped, with the reason ``consumer-error``; the next one is still delivered.

    A subclass may have a method ``control(item)``, which is called, in order with the events, with
    ``pythiags.Gap`` when a live source was lost, and with ``pythiags.channel.Control.END`` when the
    stream has ended by itself.

    Attributes:
        worker: Where a subclass runs unless ``attach`` sets it: ``"thread"``, ``"process"``; None
            applies the default rule.
    """

    worker: ClassVar[str | None] = None

    def open(self) -> object:
        """Acquire resources; called once, in the worker, before the pipeline plays."""

    def __init_subclass__(cls, **more: Any) -> None:
        """Refuse a subclass that has misspelled ``incoming``.

        Raises:
            UserCodeError: Names both.
        """
        super().__init_subclass__(**more)
        check_spelling(cls, Consumer, "incoming")

    @abstractmethod
    def incoming(self, events: Any) -> object:
        """Handle what one call of the extractor returned.

        Args:
            events: The extractor's return value; a generator has become a list.
        """
        raise NotImplementedError(f"{type(self).__name__} has no method incoming(self, events)")

    def close(self) -> object:
        """Release the resources; called once, in the worker, after the last event."""


class _Function(Consumer):
    """A plain function as a consumer."""

    incoming: Any = None

    def __init__(self, function: Callable[[Any], object]) -> None:
        self.incoming = function


class _Duck(Consumer):
    """A user's object that has ``incoming``, and maybe ``open`` and ``close``."""

    incoming: Any = None

    def __init__(self, duck: Any) -> None:
        for method in _METHODS:
            if hasattr(duck, method):
                setattr(self, method, getattr(duck, method))


def check_methods(it: object) -> None:
    """See that the methods of a consumer run when they are called; a class is not constructed.

    Raises:
        UserCodeError: One of them is a generator function; names it.
    """
    made = makes_instances(it)
    kind = it.func if made and isinstance(it, functools.partial) else it
    if hasattr(kind, "incoming"):
        calls = {f"{name}() of the consumer": getattr(kind, name, None) for name in _METHODS}
    else:
        calls = {"the consumer": getattr(kind, "__call__", None) if made else kind}  # noqa: B004 (of its instances)
    for what, call in calls.items():
        check_runs(
            call,
            what,
            hint="use a loop instead of yield, or async def without yield",
            allowed=frozenset({COROUTINE}),
        )


def as_consumer(it: object) -> Consumer:
    """Make a consumer of a consumer, its class, or a function of one argument.

    Raises:
        UserCodeError: It is none of these, its constructor raises, its signature does not fit, or
            it is a generator function.
    """
    it = construct(it, "consumer")
    function = called(it, Consumer, "incoming", ("events",))
    check_methods(it)
    if isinstance(it, Consumer):
        return it
    return _Function(function) if function is it else _Duck(it)
