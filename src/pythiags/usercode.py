"""User code at the door: constructed and checked before it is used, with errors that name it."""

from __future__ import annotations

import functools
import inspect
import traceback
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, Literal

from pythiags.errors import PythiagsError, UserCodeError
from pythiags.redact import redact
from pythiags.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeGuard

COROUTINE: Final = "coroutine function"
GENERATOR: Final = "generator function"
ASYNC_GENERATOR: Final = "async generator function"

__all__ = [
    "ASYNC_GENERATOR",
    "COMPILED",
    "COROUTINE",
    "GENERATOR",
    "MAX_CONSECUTIVE_ERRORS",
    "OnError",
    "called",
    "check_runs",
    "check_spelling",
    "construct",
    "deferred",
    "describe",
    "loggable",
    "makes_instances",
    "name_of",
    "place_of",
    "text_of",
]

OnError = Literal["continue", "stop"]
"""What it means that user code raises: it is counted, or it ends the run."""

MAX_CONSECUTIVE_ERRORS: Final = 10

_SLIP: Final = 0.88  # how alike two names are where one is a slip, by difflib


COMPILED: Final = (".pyx", ".pxi")
"""Sources that Cython names in tracebacks, by paths of where it was compiled."""

# What other libraries call an attribute of DeepStream's metadata.
_ALIASES: Final = {
    "bbox": ("rect_params",),
    "box": ("rect_params",),
    "category": ("obj_label",),
    "class_name": ("obj_label",),
    "label": ("obj_label",),
    "name": ("obj_label",),
    "id": ("object_id", "frame_num"),
    "track_id": ("object_id",),
    "tracker_id": ("object_id",),
    "x": ("left",),
    "x1": ("left",),
    "xmin": ("left",),
    "y": ("top",),
    "y1": ("top",),
    "ymin": ("top",),
    "w": ("width",),
    "h": ("height",),
    "score": ("confidence",),
    "prob": ("confidence",),
    "pts": ("buf_pts",),
    "timestamp": ("ntp_timestamp",),
    "camera_id": ("source_id",),
    "stream_id": ("source_id",),
}


def construct(it: object, what: str) -> object:
    """Make an instance of a class; anything else is passed through.

    Raises:
        UserCodeError: The constructor raises or wants arguments. A ``PythiagsError`` that it
            raises is passed on.
    """
    if not makes_instances(it):
        return it
    kind = getattr(it, "func", it)
    try:
        return it()
    except PythiagsError as error:  # it says by itself what is wrong
        error.where = error.where or kind.__qualname__
        raise
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        hint = None
        if isinstance(error, TypeError) and "argument" in str(error):
            hint = (
                f"pass functools.partial({kind.__name__}, name=value), on the command line "
                f"module:{kind.__name__}(name=value), or give the arguments defaults"
            )
        raise UserCodeError(
            f"the {what} cannot be constructed: {describe(error)}",
            where=kind.__qualname__,
            got=place_of(error),
            hint=hint,
        ) from error


def called(it: object, base: type, method: str, arguments: tuple[str, ...]) -> Callable[..., Any]:
    """Return what is called of user code: its method, or itself if it is a function.

    Args:
        it: An instance of a base class, anything else with that method, or a function.
        base: The base class, which does not implement the method.
        method: Its name.
        arguments: The names of its arguments.

    Raises:
        UserCodeError: It is none of these, or its signature does not fit.
    """
    what, expected = base.__name__.lower(), ", ".join(arguments)
    if isinstance(it, base) and getattr(type(it), method) is getattr(base, method):
        raise UserCodeError(
            f"the {what} does not implement {method}()",
            where=type(it).__qualname__,
            expected=f"a method {method}(self, {expected})",
            hint=_misspelt(it, base, method),
        )
    function = getattr(it, method, it)
    if not callable(function):
        raise UserCodeError(
            f"not a valid {what}",
            expected=f"a subclass of {base.__name__}, an instance, or a function of ({expected})",
            got=repr(it),
            hint=_misspelt(it, base, method),
        )
    _check_call(function, what, arguments)
    return function


def _misspelt(it: object, base: type, method: str) -> str | None:
    """Return which method of an instance was meant to be the one that it lacks."""
    own = [name for name in dir(type(it)) if name[0] != "_" and not hasattr(base, name)]
    close = did_you_mean(method, own)
    return f"should {close}() be named {method}()?" if close else None


def check_spelling(kind: type, base: type, method: str) -> None:
    """See that a subclass has not misspelled the one method that it has to implement.

    Raises:
        UserCodeError: A name differs from it by a letter or two.
    """
    if getattr(kind, method) is not getattr(base, method):
        return
    own = {name.lower(): name for name in dir(kind) if not hasattr(base, name)}
    close = get_close_matches(method, own, n=1, cutoff=_SLIP)
    if close:
        raise UserCodeError(
            f"the method {own[close[0]]}() would never be called",
            where=kind.__qualname__,
            hint=f"did you mean {method}?",
        )


def makes_instances(it: object) -> TypeGuard[Callable[[], object]]:
    """Whether it is a class, or one with its arguments: ``functools.partial(Class, ...)``."""
    kind = it.func if isinstance(it, functools.partial) else it
    return isinstance(kind, type)


def name_of(it: object) -> str:
    """Return ``module.name`` of a class, a partial of one, a function or an instance."""
    it = it.func if isinstance(it, functools.partial) else it
    named = it if hasattr(it, "__qualname__") else type(it)
    module = named.__module__  # a builtin method has none
    return f"{module}.{named.__qualname__}" if module else str(named.__qualname__)


def _check_call(function: Callable[..., object], what: str, arguments: tuple[str, ...]) -> None:
    """See that a function can be called with so many positional arguments.

    Raises:
        UserCodeError: It cannot; the message shows its signature.
    """
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # a builtin has no signature
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


def check_runs(
    function: object, what: str, *, hint: str, allowed: frozenset[str] = frozenset()
) -> None:
    """See that calling a function runs its body, unless whoever calls it sees to that.

    Args:
        function: A function, a partial of one, a method, or an object that can be called.
        what: What messages call it.
        hint: What to write instead.
        allowed: Kinds that may be, of those that ``deferred()`` knows.

    Raises:
        UserCodeError: It would only make a coroutine or a generator.
    """
    kind = deferred(function)
    if kind is not None and kind not in allowed:
        raise UserCodeError(
            f"{what} is {'an' if kind[0] == 'a' else 'a'} {kind}: its body would never run",
            where=name_of(function),
            hint=hint,
        )


def deferred(function: object) -> str | None:
    """Return what kind of function it is, if its body does not run when it is called.

    Returns:
        ``COROUTINE``, ``GENERATOR`` or ``ASYNC_GENERATOR``; None if the body runs.
    """
    while isinstance(function, functools.partial):
        function = function.func
    call = getattr(type(function), "__call__", None)  # noqa: B004 (its function is wanted)
    for each in (function, call):
        if inspect.isasyncgenfunction(each):
            return ASYNC_GENERATOR
        if inspect.iscoroutinefunction(each):
            return COROUTINE
        if inspect.isgeneratorfunction(each):
            return GENERATOR
    return None


def describe(error: BaseException) -> str:
    """Return an exception's type and text, passwords masked, whatever its own methods do."""
    name, text = type(error).__name__, text_of(error)
    return f"{name}: {text}" if text else name


def text_of(error: BaseException) -> str:
    """Return an exception's text, passwords masked, whatever its own methods do."""
    try:
        return redact(str(error)) + _meant_attribute(error)
    except BaseException:  # noqa: BLE001 (its __str__ is user code as well)
        return "its message is not available"


def _meant_attribute(error: BaseException) -> str:
    """Return which attribute was meant, where one was asked for that an object lacks."""
    if not isinstance(error, AttributeError) or not error.name:
        return ""
    known = [name for name in dir(error.obj) if not name.startswith("_")]
    wanted = error.name.lower()
    close = next((name for name in _ALIASES.get(wanted, ()) if name in known), None)
    close = close or did_you_mean(error.name, known)
    return f"; did you mean {close}?" if close else ""


def place_of(error: BaseException) -> str | None:
    """Return ``file:line: text`` of a syntax error, or of the user's last line that was run."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}: {(error.text or '').strip()}"
    import sysconfig
    from pathlib import Path

    installed = (str(Path(__file__).parent), "<frozen", *sysconfig.get_paths().values())
    frames = traceback.extract_tb(error.__traceback__)
    users = [
        frame
        for frame in frames
        if not (frame.filename.startswith(installed) or frame.filename.endswith(COMPILED))
    ]
    if not users:
        return None
    return f"{users[-1].filename}:{users[-1].lineno}: {users[-1].line or ''}"


def loggable(error: BaseException) -> BaseException:
    """Return the exception to log: itself, or a stand-in without its secrets."""
    text = "".join(traceback.format_exception(error))
    if redact(text) == text:
        return error
    name = type(error).__name__
    stand_in: BaseException = type(name, (Exception,), {"__module__": type(error).__module__})(
        describe(error).removeprefix(f"{name}: ")
    )
    return stand_in.with_traceback(error.__traceback__)
