"""``module:Name`` and ``module:Name(argument=value)``: the user's extractors and consumers.

A module is looked for in the current directory first, as ``python -m`` does, and may be written as
a file: ``folder/file.py:Name``. An error in it is reported with the line of the user's file, not
with a traceback through pythiags.
"""

from __future__ import annotations

import functools
import importlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pythiags.cli.calls import split_call
from pythiags.errors import PythiagsError, UserCodeError
from pythiags.statedir import current_folder
from pythiags.suggest import did_you_mean, hint_for
from pythiags.textfile import is_file
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
        What has that name; with arguments a ``functools.partial`` of it.

    Raises:
        UserCodeError: It has another form, or cannot be imported.
    """
    where = f"{option}={spec}"
    name, arguments = split_call(spec, where)
    found = _find(name, where)
    if arguments is None:
        return found
    if not isinstance(found, type):
        raise UserCodeError("only a class takes arguments", where=where, got=f"{name} is {found!r}")
    return functools.partial(found, **arguments)


def _find(spec: str, where: str) -> Any:
    module_name, _, path = spec.partition(":")
    if not module_name or not path:
        raise UserCodeError(
            "does not name a class or function",
            where=where,
            expected="module:Name, such as my_custom_parsing:MyCustomExtract",
            got=spec,
            hint="add a colon and the name" if module_name and not path else None,
        )
    folder, name = _module_of(module_name, where)
    found: Any = _import(name, folder, where)
    _check_file(found, module_name, where)
    for part in path.split("."):
        if not hasattr(found, part):
            raise UserCodeError(
                f"{module_name!r} has no {path!r}",
                where=where,
                got=str(getattr(found, "__file__", None) or found),
                hint=hint_for(part, _offers(found)) or None,
            )
        found = getattr(found, part)
    return found


def _module_of(text: str, where: str) -> tuple[Path | None, str]:
    """Return the folder to look in and the module's name: of ``package.module``, or of a file.

    The folder is None if the current directory was deleted.
    """
    here = current_folder()
    if not text.endswith(".py") or not (os.sep in text or is_file(text)):
        return here, text
    if here is None and not Path(text).is_absolute():
        raise UserCodeError(
            f"there is no file {text!r}", where=where, got="the current directory was deleted"
        )
    file = Path(text) if here is None else (here / text).resolve()
    folder, name = file.parent, file.stem
    while (folder / "__init__.py").exists():  # a part of a package, which may import others
        folder, name = folder.parent, f"{folder.name}.{name}"
    return folder, name


def _import(name: str, folder: Path | None, where: str) -> ModuleType:
    if folder is not None and str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise _fault(error, where) from error  # it exists, what it imports does not
        looked = "the current directory, which was deleted," if folder is None else folder
        raise UserCodeError(
            f"there is no module {error.name!r}",
            where=where,
            got=f"looked in {looked} and in Python's own path",
            hint=_similar_module(error.name, folder)
            or "run it in the module's folder, or set PYTHONPATH",
        ) from error
    except KeyboardInterrupt:
        raise
    except PythiagsError as error:  # a class that cannot be used, for example
        error.where = f"{where}: {error.where}" if error.where else where
        error.got = error.got or place_of(error)
        raise
    except BaseException as error:  # whatever a user's module raises at its top
        raise _fault(error, where) from error


def _fault(error: BaseException, where: str) -> UserCodeError:
    """Tell of an exception of the user's code by the line that raised it."""
    return UserCodeError(describe(error), where=where, got=place_of(error))


def _check_file(module: ModuleType, text: str, where: str) -> None:
    """Refuse a module of the same name that is not the file that was asked for."""
    file, imported = Path(text), getattr(module, "__file__", None)
    if file.suffix == ".py" and is_file(file) and not (imported and file.samefile(imported)):
        raise UserCodeError(
            f"another module has the name {module.__name__!r}",
            where=where,
            got=str(imported or "one that is built into Python"),
            hint="rename the file",
        )


def _similar_module(name: str, folder: Path | None) -> str | None:
    meant = did_you_mean(name, [path.stem for path in folder.glob("*.py")] if folder else ())
    return f"did you mean {meant!r}?" if meant else None


def _offers(module: Any) -> list[str]:
    """The names a module defines itself: what a user may have meant."""
    own = getattr(module, "__name__", None)
    return [
        name
        for name, value in vars(module).items()
        if callable(value) and not name.startswith("_") and getattr(value, "__module__", own) == own
    ]
