"""What pickle refuses, and which part of it."""

from __future__ import annotations

import importlib
import pickle
import sys
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["PROTOCOL", "find_unpicklable", "note_replaced", "pickler", "pickling_error"]

PROTOCOL: Final = 5  # the first that leaves large buffers out of the stream
DEPTH: Final = 32  # of the search for the culprit: an object may hold itself


_replaced: set[str] = set()  # modules that were loaded anew, while objects of the old ones live on


def note_replaced(module: str) -> None:
    """Note that a module is another one than it was: there may still be events of its classes."""
    _replaced.add(module)


def pickler(file: Any, **options: Any) -> pickle.Pickler:
    """Return a pickler that writes to a file.

    Pickle refuses an object if its class is another one than the class of that name in the module
    that is imported now. This one only notes the name, of modules that were loaded anew.
    """
    kind = _ByName if _replaced else pickle.Pickler
    return kind(file, PROTOCOL, **options)


class _ByName(pickle.Pickler):
    def reducer_override(self, it: Any) -> Any:
        return _by_name(it)


def _by_name(it: Any) -> Any:
    """Return how to pickle what is in no module any more; NotImplemented: as anything else."""
    if not isinstance(it, (type, FunctionType)) or it.__module__ not in _replaced:
        return NotImplemented
    module, name = it.__module__, it.__qualname__
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return NotImplemented if found is it else (_find, (module, name))


def _find(module: str, name: str) -> Any:
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found


class _NullFile:
    def write(self, data: bytes) -> int:
        return len(data)


class _Check(pickle.Pickler):
    """Pickles to nowhere, and leaves buffers where they are."""

    def __init__(self, process: bool) -> None:
        super().__init__(_NullFile(), PROTOCOL, buffer_callback=lambda _: None)
        self._process = process

    def reducer_override(self, it: Any) -> Any:
        """Refuse what is found by its name in ``__main__``, which another process lacks."""
        if self._process and isinstance(it, (type, FunctionType)) and it.__module__ == "__main__":
            raise pickle.PicklingError(f"{it.__qualname__} is defined in __main__")
        return _by_name(it) if _replaced else NotImplemented


def pickling_error(it: object, *, process: bool) -> BaseException | None:
    """Return why an object cannot be pickled; None: it can.

    Args:
        it: The object.
        process: Whether it goes to another process, which does not import ``__main__``.
    """
    try:
        _Check(process).dump(it)
    except BaseException as error:  # noqa: BLE001 (user code runs: __reduce__, __getstate__)
        return error
    return None


def find_unpicklable(
    it: object,
    error: BaseException,
    parts: Callable[[Any], Iterable[tuple[Any, Any]]],
    *,
    process: bool,
) -> tuple[object, list[Any], BaseException]:
    """Follow the first part that is refused, as deep as it goes.

    Args:
        it: What is refused.
        error: Why.
        parts: Returns the parts of an object, each with the step that leads to it.
        process: As of ``pickling_error()``.

    Returns:
        The part, the steps that lead to it, and why it is refused.
    """
    path: list[Any] = []
    while len(path) < DEPTH:
        for step, part in _all(parts, it):
            reason = pickling_error(part, process=process)
            if reason is not None:
                path.append(step)
                it, error = part, reason
                break
        else:
            break
    return it, path, error


def _all(
    parts: Callable[[Any], Iterable[tuple[Any, Any]]], it: object
) -> Iterable[tuple[Any, Any]]:
    try:
        return list(parts(it))
    except BaseException:  # noqa: BLE001 (its attributes are user code as well)
        return ()
