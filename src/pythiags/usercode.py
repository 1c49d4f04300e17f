"""User code at the door: constructed and checked before it is used, with errors that name it."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from pythiags.errors import UserCodeError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["check_call", "construct"]


def construct(it: object, what: str) -> object:
    """Make an instance of a class; anything else is passed through.

    Raises:
        UserCodeError: The constructor raises or wants arguments.
    """
    if not isinstance(it, type):
        return it
    try:
        return it()
    except Exception as error:
        raise UserCodeError(
            f"the {what} cannot be constructed: {type(error).__name__}: {error}",
            where=it.__qualname__,
            hint="pass an instance, if its constructor takes arguments",
        ) from error


def check_call(function: Callable[..., object], what: str, arguments: tuple[str, ...]) -> None:
    """See that a function can be called with so many positional arguments.

    Raises:
        UserCodeError: It cannot; the message shows its signature.
    """
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # a builtin tells nothing about its arguments
        return
    try:
        signature.bind(*arguments)
    except TypeError as error:
        raise UserCodeError(
            f"the {what} cannot be called: {error}",
            where=getattr(function, "__qualname__", type(function).__qualname__),
            expected=f"({', '.join(arguments)})",
            got=str(signature),
        ) from error
