"""Events as JSON can hold them: tuples with names become objects, NaN becomes null."""

from __future__ import annotations

import dataclasses
import enum
import math
import sys
from datetime import date, time
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from pythiags.errors import UserCodeError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["plain"]


def _in_order(items: Any) -> list[Any]:
    try:
        return sorted(items, key=repr)
    except ValueError:  # a long integer, which is refused with its place
        return list(items)


_SAME: Final = frozenset({bool, str, type(None)})
_SHORT: Final = 1 << 1000  # an integer below that has a text, whatever Python's limit is
_DEPTH: Final = 100
_LONG_PLACE: Final = 200  # characters of it that an error shows
# In this order: a member of an enumeration may be a string, and NumPy's float64 is a float.
_CONVERSIONS: Final[tuple[tuple[tuple[type, ...], Callable[[Any], Any]], ...]] = (
    ((enum.Enum,), lambda member: member.value),
    ((str, PurePath, UUID), str),
    ((int,), int),
    ((float,), float),
    ((set, frozenset), _in_order),
    ((date, time), lambda moment: moment.isoformat()),  # datetime is a date
)


def plain(value: Any, place: str = "event", depth: int = 0) -> Any:
    """Return the value as JSON spells it, in dicts, lists, strings, numbers, True, False and None.

    Named tuples and dataclasses become dicts, other tuples and sets lists, NumPy's scalars and
    arrays numbers and lists, dates ISO 8601 texts, members of an enumeration their values. What is
    not finite becomes None, since JSON cannot represent it.

    Args:
        value: An event.
        place: What an error calls it.
        depth: How deep in the event this is.

    Raises:
        UserCodeError: Something in it has no form in JSON; names the field.
    """
    kind = type(value)
    if kind in _SAME:
        return value
    if kind is int:
        return value if -_SHORT < value < _SHORT else _long(value, place)
    if kind is float:
        return value if math.isfinite(value) else None
    if depth > _DEPTH:
        raise _refusal(place, value, "a value that does not contain itself")
    if isinstance(value, dict):
        return _dict(value, place, depth)
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return [plain(item, f"{place}[{i}]", depth + 1) for i, item in enumerate(value)]
    return _uncommon(value, place, depth)


def _dict(value: Any, place: str, depth: int) -> dict[str, Any]:
    made = {}
    for key, item in value.items():
        text = key if type(key) is str else _key(key, place)
        if text in made:
            others = ", ".join(repr(each) for each in value if _key(each, place) == text)
            raise _refusal(place, value, "keys that differ as strings", got=f"the keys {others}")
        made[text] = plain(item, f"{place}[{key!r}]", depth + 1)
    return made


def _long(value: int, place: str) -> int:
    try:
        int.__repr__(value)  # as JSON would
    except ValueError as error:
        expected = f"an integer of at most {sys.get_int_max_str_digits()} digits"
        got = f"an integer of {value.bit_length()} bits"
        raise _refusal(place, value, expected, got=got) from error
    return value


def _uncommon(value: Any, place: str, depth: int) -> Any:
    if isinstance(value, tuple):
        return _fields(zip(value._fields, value, strict=True), place, depth)  # type: ignore[attr-defined]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return _fields([(name, getattr(value, name)) for name in names], place, depth)
    for kinds, convert in _CONVERSIONS:
        if isinstance(value, kinds):
            return plain(convert(value), place, depth + 1)
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return plain(value.tolist(), place, depth + 1)
    raise _refusal(place, value, "numbers, strings, lists, dicts, tuples, dataclasses, arrays")


def _fields(pairs: Any, place: str, depth: int) -> dict[str, Any]:
    return {name: plain(item, f"{place}.{name}", depth + 1) for name, item in pairs}


def _key(key: Any, place: str) -> str:
    if isinstance(key, str):
        return str(key)
    if isinstance(key, bool) or getattr(getattr(key, "dtype", None), "kind", "") == "b":
        return "true" if key else "false"
    if isinstance(key, int):
        _long(int(key), f"a key of {place}")
        return str(key)
    if isinstance(key, float) or (
        type(key).__module__ == "numpy" and hasattr(key, "item") and key.ndim == 0
    ):
        return str(key)
    raise _refusal(f"a key of {place}", key, "a string or a number")


def _refusal(place: str, value: Any, expected: str, *, got: str = "") -> UserCodeError:
    return UserCodeError(
        "an event cannot be written as JSON",
        where=place if len(place) <= _LONG_PLACE else f"{place[:_LONG_PLACE]}…",
        expected=expected,
        got=got or f"{type(value).__module__}.{type(value).__qualname__}",
        hint="convert it in the extractor, or leave it out",
    )
