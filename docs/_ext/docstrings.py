"""Docstrings as they are read in ``help()`` and in editors, with links where a page has them.

Docstrings have no markup but double backticks. A name in these that the documentation describes,
such as ``App.attach()``, or ``run()`` where a method of ``App`` names another, becomes a link.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from sphinx.pycode import ModuleAnalyzer

import pythiags
import pythiags.app
import pythiags.channel
import pythiags.metadata.columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

__all__ = ["setup"]

HOMES: Final = ("pythiags", "pythiags.app", "pythiags.channel", "pythiags.metadata.columns")
"""Where the reference page takes its names from, in the order in which they count."""

_NAME: Final = re.compile(r"(?<!`)``([A-Za-z_][\w.]*)(\(\))?``(?!`)")
_VALUE: Final = re.compile(r"<(?:class|function) '?(?:\w+\.)*(\w+)'?(?: at \w+)?>")


def link_names(
    _app: Sphinx, what: str, name: str, _obj: object, _options: object, lines: list[str]
) -> None:
    """Turn the names in a docstring that are described somewhere into references."""
    if what == "data":  # of a constant autodoc takes what its type says
        lines[:] = _said_of(name) or lines
    for number, line in enumerate(lines):
        lines[number] = _NAME.sub(lambda match: _linked(match, name), line)


def _linked(match: re.Match[str], where: str) -> str:
    name, call = match.group(1), match.group(2) or ""
    if call or "." in name or name[0].isupper():  # else it may be an argument
        for target in _candidates(name, where):
            if target != where and _exists(target):
                return f":py:obj:`{name}{call} <{target}>`"
    return match.group(0)


def _said_of(name: str) -> list[str]:
    """Return what the module that defines a constant says of it, behind ``#:``."""
    short = name.rpartition(".")[2]
    for home in ("pythiags.metadata.types", name.rpartition(".")[0]):
        found = ModuleAnalyzer.for_module(home).find_attr_docs()
        if ("", short) in found:
            return found["", short]
    return []


def _candidates(name: str, where: str) -> Iterator[str]:
    yield f"{where}.{name}"
    yield f"{where.rpartition('.')[0]}.{name}"
    yield name
    yield from (f"{home}.{name}" for home in HOMES)


def _exists(target: str) -> bool:
    found: Any = pythiags
    first, *rest = target.split(".")
    if first != "pythiags":
        return False
    for part in rest:
        found = getattr(found, part, None)
        if found is None or part.startswith("_"):
            return False
    return True


def tidy_signature(
    _app: Sphinx,
    _what: str,
    _name: str,
    obj: object,
    _options: object,
    signature: str | None,
    returns: str | None,
) -> tuple[str | None, str | None]:
    """Write a default that is a class or a function by its name; a Protocol is never called."""
    if getattr(obj, "_is_protocol", False):
        return "", returns
    return (_VALUE.sub(r"\1", signature) if signature else signature), returns


def skip_fields(
    _app: Sphinx, _what: str, _name: str, obj: object, _skip: bool, _options: object
) -> bool | None:
    """Leave out the fields of named tuples, which their classes describe as attributes."""
    return True if type(obj).__name__ == "_tuplegetter" else None


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx of all three."""
    app.connect("autodoc-process-docstring", link_names, priority=600)  # behind napoleon's
    app.connect("autodoc-process-signature", tidy_signature)
    app.connect("autodoc-skip-member", skip_fields)
    return {"parallel_read_safe": True}
