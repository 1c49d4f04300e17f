"""Parting events by key among several workers, so that what has one key stays in order."""

from __future__ import annotations

import operator
import zlib
from typing import TYPE_CHECKING, Any, Final

from pythiags.errors import ConfigError, EventRefused
from pythiags.suggest import as_option
from pythiags.usercode import check_runs, describe, name_of, place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["SOURCE_ID", "Parting", "lane_of"]

SOURCE_ID: Final = "source_id"

_MISSING: Final = object()


def lane_of(key: object, lanes: int) -> int:
    """Return the lane of a key: the same one in each run and in each process.

    Whole numbers take turns, so that sources, which are numbered from 0, are spread evenly.

    Args:
        key: A whole number, a text, bytes, None, or a tuple of these.
        lanes: How many there are.

    Raises:
        TypeError: It is something else, whose hash may be another in the next run.
    """
    if hasattr(key, "__index__"):
        return operator.index(key) % lanes
    return zlib.crc32(_stable(key)) % lanes


def _stable(key: object) -> bytes:
    if key is None or hasattr(key, "__index__"):
        return b"%d" % (-1 if key is None else operator.index(key))
    if isinstance(key, str):
        return key.encode("utf-8", "surrogatepass")
    if isinstance(key, bytes):
        return key
    if isinstance(key, tuple):
        return b"\0".join(map(_stable, key))
    raise TypeError(
        f"a key must be a number, a string or a tuple of them, not {type(key).__name__}"
    )


class Parting:
    """Parts what an extractor returns into what each of several lanes gets.

    A list, tuple or set is parted by the keys of its items, a numpy structured array by those of
    its rows, a ``supervision.Detections`` by a column of its ``data``; anything else, such as a
    dict or one ``Detection``, is one event that goes to one lane. The order is kept.

    Args:
        lanes: How many there are.
        key: What parts events: the name of an attribute, of a key of a dict, or of a field of an
            array; or a function that gives an event's key, see ``lane_of()``.
        name: Whose events they are, for messages.

    Raises:
        ConfigError: The key is neither.
        UserCodeError: It is a coroutine function or a generator function.
    """

    def __init__(
        self, lanes: int, key: str | Callable[[Any], object] = SOURCE_ID, *, name: str = "events"
    ) -> None:
        if not (callable(key) or (isinstance(key, str) and key)):
            raise ConfigError(
                "invalid key",
                where=name,
                expected="the name of an attribute, or a function of one event",
                got=repr(key),
            )
        if callable(key):
            check_runs(
                key, "the key function", hint="write a plain function, without async and yield"
            )
        self._lanes = lanes
        self._key = key
        self._name = name

    def part(self, events: Any) -> Iterator[tuple[int, Any]]:
        """Return the lanes that get something, each with what it gets, of the type that it was.

        Raises:
            ConfigError: An event has no such attribute, or a key that is none.
            EventRefused: A key function raised; says what.
        """
        if getattr(getattr(events, "dtype", None), "names", None) and events.ndim:
            return self._part_rows(events)
        if (column := self._column_of(events)) is not None:
            return self._part_by(column, events)
        if isinstance(events, (list, tuple, set, frozenset)) and not hasattr(events, "_fields"):
            return self._part_items(events)
        return iter([(self._lane_of(events), events)])

    def _part_items(self, events: Any) -> Iterator[tuple[int, Any]]:
        parts: dict[int, list[Any]] = {}
        for event in events:
            parts.setdefault(self._lane_of(event), []).append(event)
        kind = type(events)
        return iter((lane, part if kind is list else kind(part)) for lane, part in parts.items())

    def _part_rows(self, rows: Any) -> Iterator[tuple[int, Any]]:
        """Numbers are parted all at once; what a function makes of each row, one by one."""
        if not callable(self._key) and self._key in rows.dtype.names:
            return self._part_by(rows[self._key], rows)
        return self._take(rows, map(self._lane_of, rows))

    def _column_of(self, events: Any) -> Any:
        """The keys of a ``supervision.Detections``, an array, where it has them; else None."""
        columns = getattr(events, "data", None)
        if callable(self._key) or not isinstance(columns, dict):
            return None
        column = columns.get(self._key)
        return column if hasattr(column, "dtype") else None

    def _part_by(self, column: Any, events: Any) -> Iterator[tuple[int, Any]]:
        if column.dtype.kind in "iu":
            lanes = column % self._lanes
            present = sorted(set(lanes.tolist()))
            return iter((lane, events[lanes == lane]) for lane in present)
        return self._take(events, map(self._lane_of_key, column))

    def _take(self, events: Any, lanes: Iterable[int]) -> Iterator[tuple[int, Any]]:
        places: dict[int, list[int]] = {}
        for place, lane in enumerate(lanes):
            places.setdefault(lane, []).append(place)
        return iter((lane, events[part]) for lane, part in places.items())

    def _lane_of(self, event: Any) -> int:
        key = self._call(event) if callable(self._key) else _named(event, self._key)
        if key is _MISSING:
            raise self._no_key_error(event)
        return self._lane_of_key(key)

    def _lane_of_key(self, key: object) -> int:
        try:
            return lane_of(key, self._lanes)
        except TypeError as error:
            raise ConfigError(str(error), where=self._name, got=repr(key)) from error

    def _call(self, event: Any) -> object:
        try:
            return self._key(event)  # type: ignore[operator] # who calls has looked
        except BaseException as error:  # a SystemExit is a bug as any other
            raise EventRefused(
                f"the key function {name_of(self._key)} raised {describe(error)}",
                where=self._name,
                got=place_of(error),
                hint="return a key for every event: a number, a string or a tuple of them",
            ) from error

    def _no_key_error(self, event: Any) -> ConfigError:
        return ConfigError(
            f"events have no attribute or key {self._key!r}, to distribute them among workers",
            where=self._name,
            got=f"{type(event).__module__}.{type(event).__qualname__}",
            hint="key=function (--key=module:function), which returns the key of an event; or "
            + as_option("workers", 1),
        )


def _named(event: Any, name: str) -> object:
    """The attribute of an event, or the value of a dict, or the field of a row."""
    if isinstance(event, dict):
        return event.get(name, _MISSING)
    value = getattr(event, name, _MISSING)
    if value is _MISSING and name in (getattr(getattr(event, "dtype", None), "names", None) or ()):
        return event[name]  # a row of an array
    return value
