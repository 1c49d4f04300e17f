"""Pictures in events: views of the stream's memory become arrays of their own on the way."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from pythiags.channel import _ring
from pythiags.channel.weighing import fields, is_picture

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Allocate", "with_own_pictures"]

DEPTH: Final = 32  # as deep as the walk that finds them

Allocate: TypeAlias = "Callable[[tuple[int, ...], Any], Any]"


def with_own_pictures(event: Any, allocate: Allocate | None) -> Any:
    """Return an event like this one with a copy in place of each view of a picture.

    What holds a view, at whatever depth, is made anew: lists, tuples, dicts, and instances as
    ``copy.copy()`` does it. Neither the event nor anything in it is changed, and what holds none
    is shared.

    Args:
        event: Anything.
        allocate: Makes an array of a shape and a dtype; None: in memory of the process's own.
    """
    return _Copying(allocate).visit(event, 0)


class _Copying:
    def __init__(self, allocate: Allocate | None) -> None:
        self._allocate = allocate
        self._done: dict[int, Any] = {}  # one copy of what is there twice

    def visit(self, it: Any, depth: int) -> Any:
        if depth > DEPTH or it is None or type(it) in (bool, int, float, str, bytes):
            return it
        known = self._done.get(id(it))
        if known is not None:
            return known
        self._done[id(it)] = it  # should it hold itself
        made = self._done[id(it)] = self._made(it, depth)
        return made

    def _made(self, it: Any, depth: int) -> Any:
        if is_picture(it):
            return self._copied(it)
        if isinstance(it, tuple):
            return self._tuple(it, depth)
        if not (isinstance(it, (list, dict)) or hasattr(it, "__dict__") or _has_slots(it)):
            return it
        changed = [
            (key, made)
            for key, value in fields(it)
            if (made := self.visit(value, depth + 1)) is not value
        ]
        return _altered(it, changed) if changed else it

    def _tuple(self, it: tuple[Any, ...], depth: int) -> Any:
        items = [self.visit(item, depth + 1) for item in it]
        if all(made is item for made, item in zip(items, it, strict=True)):
            return it
        return tuple.__new__(type(it), items)

    def _copied(self, picture: Any) -> Any:
        if self._allocate is None:
            return picture.copy()
        own = self._allocate(picture.shape, picture.dtype)
        own[...] = picture  # releases the GIL
        return own


def _has_slots(it: object) -> bool:
    return any("__slots__" in base.__dict__ for base in type(it).__mro__)


def _altered(it: Any, changed: list[tuple[Any, Any]]) -> Any:
    made = copy.copy(it)
    for key, value in changed:
        if isinstance(key, _ring.Field):
            object.__setattr__(made, key, value)  # a frozen dataclass too
        else:
            made[key] = value
    return made
