"""Send a consumer to another process, by reference or by pickle."""

from __future__ import annotations

import functools
import sys
from types import BuiltinFunctionType, FunctionType
from typing import TYPE_CHECKING, Any, Final

from pythiags.consumers.consumer import Consumer, as_consumer, check_methods
from pythiags.errors import UserCodeError
from pythiags.picklable import PROTOCOL, find_unpicklable, pickling_error
from pythiags.suggest import as_option
from pythiags.usercode import describe

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["import_target", "is_importable", "recipe"]

_NAMED: Final = (type, FunctionType, BuiltinFunctionType)
_REMEDY: Final = f"{as_option('worker', 'thread')} runs it in this process"


def recipe(consumer: object) -> Callable[[], Consumer]:
    """Return what makes a consumer in another process; it can be pickled.

    A class (or a partial of one) and a function go by name, and the other process imports their
    module; an instance is pickled with all that it has.

    Raises:
        UserCodeError: It is defined where another process cannot import it, or it cannot be
            pickled; says which part of it, and what to do.
    """
    check_methods(consumer)
    named = import_target(consumer)
    if not is_importable(named):
        raise _not_importable(named)
    made = functools.partial(as_consumer, consumer)
    error = pickling_error(made, process=True)
    if error is None:
        return made
    if isinstance(error, KeyboardInterrupt):  # of the user, not of the consumer
        raise error
    raise _unpicklable(getattr(consumer, "__self__", consumer), error)


def import_target(consumer: object) -> Any:
    """Return the class or function that another process has to import: of an instance its class."""
    it = consumer.func if isinstance(consumer, functools.partial) else consumer
    return it if isinstance(it, _NAMED) else type(it)


def is_importable(named: Any) -> bool:
    """Whether another process finds a class or function under its name, outside of __main__."""
    module = getattr(named, "__module__", None) or "builtins"
    if getattr(sys, "frozen", False):  # its executable is the program, not a Python
        return False
    if module == "builtins":  # as a bound method's type: pickle knows what to do with those
        return True
    found: Any = sys.modules.get(module)
    for part in named.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is named and module != "__main__"


def _not_importable(named: Any) -> UserCodeError:
    what = "class" if isinstance(named, type) else "function"
    if getattr(sys, "frozen", False):
        place = "this program is frozen and has no Python interpreter to run it"
    elif named.__name__ == "<lambda>":
        place = "a lambda cannot be imported"
    elif "<locals>" in named.__qualname__:
        place = f"a {what} defined inside a function cannot be imported"
    elif named.__module__ == "__main__":
        place = f"importing a {what} from the main program would start the program again"
    else:
        place = f"{named.__module__} has no such {what}"
    in_module = named.__name__ == "<lambda>" and named.__module__ != "__main__"
    remedy = "write it with def" if in_module else "move it to a module and import it"
    return UserCodeError(
        f"the consumer cannot run in another process: {place}",
        where=named.__qualname__,
        hint=f"{remedy}; {_REMEDY}",
    )


def _unpicklable(consumer: object, error: BaseException) -> UserCodeError:
    kind = import_target(consumer).__qualname__
    _, steps, reason = find_unpicklable(consumer, error, _parts, process=True)
    path = kind + "".join(steps)
    given = isinstance(consumer, functools.partial)
    other = "" if given else f", or pass functools.partial({kind}, ...)"
    return UserCodeError(
        f"{path} cannot be sent to another process: {describe(reason)}",
        hint=f"acquire it in open(){other}; {_REMEDY}",
    )


def _parts(it: Any) -> list[tuple[str, object]]:
    """Return the parts of an object that pickle reads, each with its path in Python's notation."""
    if isinstance(it, functools.partial):
        given = [(f"({key}=...)", value) for key, value in it.keywords.items()]
        return [(f"(argument {number})", each) for number, each in enumerate(it.args, 1)] + given
    if isinstance(it, dict):
        return [(f"[{key!r}]", value) for key, value in it.items()]
    if isinstance(it, (list, tuple)):
        return [(f"[{number}]", each) for number, each in enumerate(it)]
    try:
        state = it.__reduce_ex__(PROTOCOL)[2]
    except BaseException:  # noqa: BLE001 (it refuses by itself, or has no state)
        return []
    of_slots = isinstance(state, tuple)
    states = [each for each in (state if of_slots else [state]) if isinstance(each, dict)]
    return [(f".{name}", value) for each in states for name, value in each.items()]
