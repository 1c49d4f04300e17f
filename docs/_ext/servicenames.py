"""``{service-maker-names}``: what the look-alike of pyservicemaker has, read from the code."""

from __future__ import annotations

import enum
import importlib
import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["service_maker_names"]

PRIVATE = "pyservicemaker._pydeepstream"
OURS = ("arm", "connect", "disconnect", "gst", "install", "is_made", "kind")  # not NVIDIA's


def service_maker_names() -> Iterator[str]:
    """Give a section for each module: its names, their parameters, and what classes have."""
    from pythiags.lookalikes import pyservicemaker

    shown: set[str] = set()
    for module in pyservicemaker.MODULES:
        names = sorted(pyservicemaker.MODULES[module])
        new = [name for name in names if name not in shown]
        if module.startswith(f"{PRIVATE}."):  # the same as without it
            continue
        shown.update(new)
        yield from [f"## `{module}`", ""]
        yield from (_row(name, _value(pyservicemaker, name)) for name in new)
        yield ""
        also = ", ".join(f"`{name}`" for name in names if name not in new)
        if also and module != PRIVATE:
            yield from [f"{'Also here' if new else 'Here are'}: {also}.", ""]


def _value(lookalike: Any, name: str) -> Any:
    part = lookalike._WHERE[name]  # noqa: SLF001
    return getattr(importlib.import_module(f"{lookalike.HOME}.{part}"), name)


def _row(name: str, value: Any) -> str:
    if not inspect.isclass(value):
        return f"- `{name}{_parameters(value)}`"
    has = ", ".join(f"`{each}`" for each in _members(value))
    return f"- `{name}{_parameters(value)}`" + (f": {has}" if has else "")


def _members(cls: type) -> Iterator[str]:
    """Name what objects of a class have: first what is read, then what is called."""
    if issubclass(cls, enum.Enum):
        yield from cls.__members__
        return
    bare = {*dir(object), *dir(tuple), *OURS, *_of_user_metas(cls)}
    names = [name for name in dir(cls) if not name.startswith("_") and name not in bare]
    called = [name for name in names if inspect.isroutine(getattr(cls, name))]
    yield from (name for name in names if name not in called)
    yield from _set_in_constructor(cls, names)
    yield from (f"{name}{_parameters(getattr(cls, name))}" for name in called)


def _of_user_metas(cls: type) -> list[str]:
    """What a class of user metas has of their base class, where it is shown."""
    from pythiags.lookalikes.pyservicemaker.usermetas import UserMetadata

    return dir(UserMetadata) if issubclass(cls, UserMetadata) and cls is not UserMetadata else []


def _set_in_constructor(cls: type, known: list[str]) -> Iterator[str]:
    """Name what a class of Python code sets in its constructor."""
    code = getattr(getattr(cls, "__init__", None), "__code__", None)
    for name in code.co_names if code else ():
        if name in _parameter_names(cls) and name not in known:
            yield name


def _parameter_names(cls: type) -> list[str]:
    try:
        return list(inspect.signature(cls).parameters)
    except (TypeError, ValueError):
        return []


def _parameters(value: Any) -> str:
    """Return the parameters with their defaults, and without types."""
    if inspect.isclass(value) and issubclass(value, enum.Enum):
        return ""
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return "()" if not inspect.isclass(value) else ""
    parameters = [
        each.replace(annotation=inspect.Parameter.empty)
        for name, each in signature.parameters.items()
        if name != "self" and each.kind is not inspect.Parameter.KEYWORD_ONLY and name not in OURS
    ]
    return str(signature.replace(parameters=parameters, return_annotation=inspect.Signature.empty))
