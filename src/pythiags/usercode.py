"""User code at the door: constructed and checked before it is used, with errors that name it."""

from __future__ import annotations

import inspect
import traceback
from typing import TYPE_CHECKING

from pythiags.errors import UserCodeError
from pythiags.redact import redact

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["check_call", "construct", "describe", "loggable"]


def construct(it: object, what: str) -> object:
    """Make an instance of a class; anything else is passed through.

    Raises:
        UserCodeError: The constructor raises or wants arguments.
    """
    if not isinstance(it, type):
        return it
    try:
        return it()
    except (Exception, SystemExit) as error:
        raise UserCodeError(
            f"the {what} cannot be constructed: {describe(error)}",
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


def describe(error: BaseException) -> str:
    """Give an exception's type and text, passwords masked, whatever its own methods do."""
    name = type(error).__name__
    try:
        text = redact(str(error))
    except Exception:  # noqa: BLE001 (its __str__ is user code as well)
        text = "its text cannot be had"
    return f"{name}: {text}" if text else name


def loggable(error: BaseException) -> BaseException:
    """Give what a log may show as a traceback: the exception, or a stand-in without its secrets."""
    text = "".join(traceback.format_exception(error))
    if redact(text) == text:
        return error
    name = type(error).__name__
    stand_in: BaseException = type(name, (Exception,), {"__module__": type(error).__module__})(
        describe(error).removeprefix(f"{name}: ")
    )
    return stand_in.with_traceback(error.__traceback__)
