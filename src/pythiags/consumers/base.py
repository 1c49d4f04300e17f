"""The one method that a user writes to do something with events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias

from pythiags.errors import UserCodeError
from pythiags.usercode import check_call, construct

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Consumer", "ConsumerLike", "as_consumer"]


class Consumes(Protocol):
    """A consumer, or anything of its shape."""

    def incoming(self, events: Any, /) -> object:
        """Take events."""


ConsumerLike: TypeAlias = "Consumes | Callable[[], Consumes] | Callable[[Any], object]"
"""What ``attach`` takes: a consumer, what makes one without arguments, or a function."""


class Consumer:
    """Does something with events, in a worker: it may take its time.

    Only :meth:`incoming` has to be written::

        class Print(Consumer):
            def incoming(self, events):
                print(events)

    Delivery is at most once, in order; what a worker process had in its hands when it died is
    delivered again. An event on which ``incoming`` raised is counted as dropped,
    with the reason ``consumer-error``; the next one is delivered all the same.

    Attributes:
        worker: Where a subclass runs unless ``attach`` is told: ``"thread"``, ``"process"``; None
            leaves it to the rule.
    """

    worker: ClassVar[str | None] = None

    def open(self) -> object:
        """Acquire what is needed; called once, before the pipeline plays, in the worker."""

    def incoming(self, events: Any) -> object:
        """Take what one call of the extractor returned.

        Args:
            events: The extractor's return value; a generator has become a list.
        """
        raise NotImplementedError(f"{type(self).__name__} has no method incoming(self, events)")

    def close(self) -> object:
        """Release it all; called once, after the last event, in the worker."""


class _Function(Consumer):
    """A plain function as a consumer."""

    def __init__(self, function: Callable[[Any], object]) -> None:
        self.incoming = function  # type: ignore[method-assign,assignment]


class _Duck(Consumer):
    """An object of one's own that has ``incoming``, and maybe ``open`` and ``close``."""

    def __init__(self, duck: Any) -> None:
        for method in ("incoming", "open", "close", "control"):
            if hasattr(duck, method):
                setattr(self, method, getattr(duck, method))


def as_consumer(it: object) -> Consumer:
    """Make a consumer of a consumer, its class, or a function of one argument.

    Raises:
        UserCodeError: It is none of these, its constructor raises, or its signature does not fit.
    """
    it = construct(it, "consumer")
    if isinstance(it, Consumer) and type(it).incoming is Consumer.incoming:
        raise UserCodeError(
            "the consumer does not say what it does with events",
            where=type(it).__qualname__,
            expected="a method incoming(self, events)",
        )
    function = getattr(it, "incoming", it)
    if not callable(function):
        raise UserCodeError(
            "this is not a consumer",
            expected="a Consumer, its class, or a function of one argument: the events",
            got=repr(it),
        )
    check_call(function, "consumer", ("events",))
    if isinstance(it, Consumer):
        return it
    return _Function(function) if function is it else _Duck(it)
