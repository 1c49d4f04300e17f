"""How a consumer gets into another process: by reference, by pickle, or by being made again."""

from __future__ import annotations

import functools
import io
import pickle
import sys
from types import BuiltinFunctionType, FunctionType
from typing import TYPE_CHECKING, Any, Final

from pythiags.consumers.base import Consumer, as_consumer
from pythiags.errors import UserCodeError
from pythiags.usercode import describe

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["is_importable", "name_giver", "recipe"]

_NAMED: Final = (type, FunctionType, BuiltinFunctionType)
_REMEDY: Final = "worker='thread' runs it in this process"


def recipe(consumer: object) -> Callable[[], Consumer]:
    """Give what makes a consumer in another process; it can be pickled.

    A class (or a partial of one) and a function go by name, and the other process imports their
    module. An instance is pickled; if it cannot be, and it is a :class:`Consumer`, one is made
    there with the same arguments.

    Raises:
        UserCodeError: It is defined where another process cannot import it, or it cannot be
            pickled; says what to do.
    """
    named = name_giver(consumer)
    if not is_importable(named):
        raise _homeless(named)
    made = functools.partial(as_consumer, consumer)
    error = _objection(made)
    if error is None:
        return made
    if isinstance(consumer, Consumer):
        arguments, options = consumer.made_of
        again = functools.partial(_make, type(consumer), *arguments, **options)
        if _objection(again) is None:
            return again
    raise UserCodeError(
        f"the consumer cannot be sent to another process: {describe(error)}",
        where=named.__qualname__,
        hint=f"acquire what cannot be pickled in open(), or pass the class; {_REMEDY}",
    )


def name_giver(consumer: object) -> Any:
    """Give the class or function that another process has to import: of an instance its class."""
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


def _make(kind: Callable[..., object], *arguments: Any, **options: Any) -> Consumer:
    return as_consumer(kind(*arguments, **options))


def _homeless(named: Any) -> UserCodeError:
    what = "class" if isinstance(named, type) else "function"
    if getattr(sys, "frozen", False):
        place = "this program is frozen, and has no Python to run it with"
    elif named.__name__ == "<lambda>":
        place = "a lambda has no name to import it by"
    elif "<locals>" in named.__qualname__:
        place = f"a {what} defined inside a function cannot be imported"
    elif named.__module__ == "__main__":
        place = f"a {what} of the program's own file would start the program again"
    else:
        place = f"{named.__module__} has no such {what}"
    return UserCodeError(
        f"the consumer cannot run in another process: {place}",
        where=named.__qualname__,
        hint=f"move it to a module and import it; {_REMEDY}",
    )


class _Check(pickle.Pickler):
    """Pickles, but nothing by a name of ``__main__``."""

    def reducer_override(self, it: Any) -> Any:
        """Refuse classes and functions of ``__main__``."""
        if isinstance(it, (type, FunctionType)) and it.__module__ == "__main__":
            raise pickle.PicklingError(f"{it.__qualname__} is of the program's own file")
        return NotImplemented


def _objection(it: object) -> Exception | None:
    try:
        _Check(io.BytesIO(), 5).dump(it)
    except Exception as error:  # noqa: BLE001 (a __reduce__ of the user's)
        return error
    return None
