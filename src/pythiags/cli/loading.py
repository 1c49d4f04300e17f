"""``module:Name`` on the command line: the user's extractors and consumers.

A module is looked for in the current directory first, as ``python -m`` does. Whatever goes wrong
in it is told with the line of the user's file, not with a traceback through pythiags.
"""

from __future__ import annotations

import importlib
import sys
import sysconfig
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pythiags.errors import UserCodeError
from pythiags.suggest import did_you_mean, hint_for

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["load"]


def load(spec: str, option: str) -> Any:
    """Import what ``spec`` names; a class is instantiated, anything else is given as it is.

    Args:
        spec: ``module:Name``; both may have dots.
        option: The option that it was given to, for messages: ``--ext``.

    Raises:
        UserCodeError: It has another form, cannot be imported, or cannot be constructed.
    """
    module_name, _, path = spec.partition(":")
    where = f"{option}={spec}"
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
    return _construct(found, where) if isinstance(found, type) else found


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


def _construct(kind: type, where: str) -> Any:
    try:
        return kind()
    except (Exception, SystemExit) as error:  # whatever a user's constructor raises
        hint = None
        if isinstance(error, TypeError) and "argument" in str(error):
            hint = "give the arguments defaults, or name a function or an object made of the class"
        raise _fault(error, where, hint) from error


def _fault(error: BaseException, where: str, hint: str | None = None) -> UserCodeError:
    """Tell of an exception of the user's code by the line that raised it."""
    file, line, text = _place(error)
    place = f"{file}:{line}: {text}" if file else None
    message = f"{type(error).__name__}: {error}".rstrip(": ")
    return UserCodeError(message, where=where, got=place, hint=hint)


def _place(error: BaseException) -> tuple[str | None, int | None, str]:
    """Give file, line and text: of a syntax error, or of the user's last line that was run."""
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno, (error.text or "").strip()
    installed = (str(Path(__file__).parent), "<frozen", *sysconfig.get_paths().values())
    frames = traceback.extract_tb(error.__traceback__)
    users = [frame for frame in frames if not frame.filename.startswith(installed)]
    if not users:
        return None, None, ""
    return users[-1].filename, users[-1].lineno, users[-1].line or ""


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
