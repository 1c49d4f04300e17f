"""Check that events can be pickled, for disk or for another process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pythiags.channel._ring import Field
from pythiags.channel.weighing import fields, step
from pythiags.errors import UnpicklableError
from pythiags.picklable import find_unpicklable, pickling_error
from pythiags.suggest import as_option
from pythiags.usercode import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["check", "refusal"]


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
    """Return the error of ``check()`` for an event; None: it can be pickled."""
    error = pickling_error(event, process=process)
    if error is None:
        return None
    part, path, error = find_unpicklable(event, error, _parts, process=process)
    where = "sent to another process" if process else "written to disk"
    remedy = f"{as_option('worker', 'thread')} with " if process else ""
    return UnpicklableError(
        f"an event holds a value that cannot be {where}",
        where="event" + "".join(map(step, path)),
        expected="plain values, arrays, or instances of classes that a module defines",
        got=f"{type(part).__module__}.{type(part).__qualname__}: {text_of(error)}",
        hint=f"copy what you need of it inside the extractor, or {remedy}"
        + as_option("on_full", "drop-oldest"),
    )


def _parts(it: object) -> Iterable[tuple[Any, Any]]:
    if isinstance(it, tuple):
        names = getattr(it, "_fields", None)
        return zip(map(Field, names), it, strict=True) if names else enumerate(it)
    if isinstance(it, (set, frozenset)):
        return enumerate(it)
    return fields(it)
