"""What may leave the process: events that go to disk or to another process are pickled."""

from __future__ import annotations

import contextlib
import pickle
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

from pythiags.channel._ring import Field
from pythiags.channel.weighing import fields, step
from pythiags.errors import UnpicklableError
from pythiags.suggest import spelled
from pythiags.usercode import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["PROTOCOL", "check", "refusal"]

PROTOCOL: Final = 5  # the first that leaves large buffers out of the stream
DEPTH: Final = 32  # of the search for the culprit: an event may hold itself


class _Nowhere:
    def write(self, data: bytes) -> int:
        return len(data)


class _Check(pickle.Pickler):
    """Pickles to nowhere, and leaves buffers where they are.

    Args:
        process: Whether it has to be readable in another process.
    """

    def __init__(self, process: bool) -> None:
        super().__init__(_Nowhere(), PROTOCOL, buffer_callback=lambda _: None)
        self._process = process

    def reducer_override(self, it: Any) -> Any:
        """Refuse what is found by its name in ``__main__``, which a child does not import."""
        if self._process and isinstance(it, (type, FunctionType)) and it.__module__ == "__main__":
            raise pickle.PicklingError(f"{it.__qualname__} is defined in __main__")
        return NotImplemented


def check(event: object, *, process: bool) -> None:
    """Make sure that an event can be pickled.

    Args:
        event: The event.
        process: Whether it goes to another process, or else to disk.

    Raises:
        UnpicklableError: It cannot; says which part of it, and why.
    """
    error = refusal(event, process=process)
    if error is not None:
        raise error


def refusal(event: object, *, process: bool) -> UnpicklableError | None:
    """Give the error of :func:`check` for an event; None: it can be pickled."""
    error = _refusal(event, process)
    if error is None:
        return None
    culprit, path, error = _culprit(event, [], error, process)
    where = "another process" if process else "disk"
    remedy = f"{spelled('worker', 'thread')} with " if process else ""
    return UnpicklableError(
        f"an event holds something that cannot go to {where}",
        where="event" + "".join(map(step, path)),
        expected="plain values, arrays, and instances of a module's classes",
        got=f"{type(culprit).__module__}.{type(culprit).__qualname__}: {text_of(error)}",
        hint=f"copy what you need of it inside the extractor, or {remedy}"
        + spelled("on_full", "drop-oldest"),
    )


def _refusal(it: object, process: bool) -> BaseException | None:
    try:
        _Check(process).dump(it)
    except BaseException as error:  # noqa: BLE001 (user code runs: __reduce__, __getstate__)
        return error
    return None


def _culprit(
    it: object, path: list[Any], error: BaseException, process: bool
) -> tuple[object, list[Any], BaseException]:
    """Follow the first part that is refused, as deep as it goes."""
    parts: list[tuple[Any, Any]] = []
    with contextlib.suppress(BaseException):  # its attributes are user code as well
        parts = list(_parts(it)) if len(path) < DEPTH else []
    for key, part in parts:
        reason = _refusal(part, process)
        if reason is not None:
            return _culprit(part, [*path, key], reason, process)
    return it, path, error


def _parts(it: object) -> Iterable[tuple[Any, Any]]:
    if isinstance(it, tuple):
        names = getattr(it, "_fields", None)
        return zip(map(Field, names), it, strict=True) if names else enumerate(it)
    if isinstance(it, (set, frozenset)):
        return enumerate(it)
    return fields(it)
