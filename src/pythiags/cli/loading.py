"""``module:Name`` and ``module:Name(argument=value)``: the user's extractors and consumers.

A module is looked for in the current directory first, as ``python -m`` does. Whatever goes wrong
in it is told with the line of the user's file, not with a traceback through pythiags.
"""

from __future__ import annotations

import functools
import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pythiags.cli.calls import split_call
from pythiags.errors import UserCodeError
from pythiags.suggest import did_you_mean, hint_for
from pythiags.usercode import describe, place_of

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["load"]


def load(spec: str, option: str) -> Any:
    """Import what ``spec`` names.

    Args:
        spec: ``module:Name``; both may have dots. Behind it may be arguments, as in
            ``pythiags:Detections(min_confidence=0.4)``.
        option: The option that it was given to, for messages: ``--ext``.

    Returns:
        What has that name; with arguments a :class:`functools.partial` of it.

    Raises:
        UserCodeError: It has another form, or cannot be imported.
    """
    where = f"{option}={spec}"
    name, arguments = split_call(spec, where)
    found = _find(name, where)
    if arguments is None:
        return found
    if not isinstance(found, type):
        raise UserCodeError(
            "only a class takes arguments here", where=where, got=f"{name} is {found!r}"
        )
    return functools.partial(found, **arguments)


def _find(spec: str, where: str) -> Any:
    module_name, _, path = spec.partition(":")
    if not module_name or not path:
        raise UserCodeError(
            "this does not name a class or function",
            where=where,
            expected="module:Name, such as my_custom_parsing:MyCustomExtract",
            got=spec,
        )
    found: Any = _import(module_name, where)
    for name in path.split("."):
        if not hasattr(found, name):
            raise UserCodeError(
                f"{module_name!r} has no {path!r}",
                where=where,
                got=str(getattr(found, "__file__", None) or found),
                hint=hint_for(name, _offers(found)) or None,
            )
        found = getattr(found, name)
    return found


def _import(name: str, where: str) -> ModuleType:
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise _fault(error, where) from error  # it exists, what it imports does not
        raise UserCodeError(
            f"there is no module {error.name!r}",
            where=where,
            got=f"looked in {folder} and in Python's own path",
            hint=_similar_module(error.name) or "run it in the module's folder, or set PYTHONPATH",
        ) from error
    except (Exception, SystemExit) as error:  # whatever a user's module raises at its top
        raise _fault(error, where) from error


def _fault(error: BaseException, where: str) -> UserCodeError:
    """Tell of an exception of the user's code by the line that raised it."""
    return UserCodeError(describe(error), where=where, got=place_of(error))


def _similar_module(name: str) -> str | None:
    meant = did_you_mean(name, [path.stem for path in Path.cwd().glob("*.py")])
    return f"did you mean {meant!r}?" if meant else None


def _offers(module: Any) -> list[str]:
    """The names a module defines itself: what a user may have meant."""
    own = getattr(module, "__name__", None)
    return [
        name
        for name, value in vars(module).items()
        if callable(value) and not name.startswith("_") and getattr(value, "__module__", own) == own
    ]
