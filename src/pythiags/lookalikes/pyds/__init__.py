"""pyds, NVIDIA's Python bindings of DeepStream's metadata, on the portable elements' metadata.

Scripts written for pyds find it by ``import pyds`` under ``pythiags run``, or once
``pythiags.portable.install()`` was called, where the real one is not installed. What pyds answers
with a crash is an answer here, and in strict mode an error: see ``StrictError``.
"""

from __future__ import annotations

from typing import Any

from pythiags.lookalikes.options import options
from pythiags.lookalikes.pyds import (
    _pyds,
    analytics,
    enums,
    functions,
    messages,
    metas,
    networks,
    prepared,
    rest,
    tracker,
    versions,
)
from pythiags.suggest import meant

__all__: list[str] = []


def _names() -> dict[str, Any]:
    """All that the chosen version has, by name."""
    version = versions.chosen_version()
    absent = versions.absent_names(version)
    _pyds.terminate_labels(version >= (1, 2, 2))
    names: dict[str, Any] = {"StrictError": _pyds.StrictError, "GList": metas.GList}
    for enumeration in enums.ENUMERATIONS:
        for member in absent.intersection(enumeration.__members__):
            delattr(enumeration, member)
            enumeration.known = {
                value: each for value, each in enumeration.known.items() if each.name != member
            }
        names |= {enumeration.__name__: enumeration, **enumeration.__members__}
    names |= {**metas.CLASSES, **messages.CLASSES, **tracker.CLASSES, **analytics.CLASSES}
    names |= prepared.CLASSES
    names |= {**networks.CLASSES, **rest.CLASSES, **networks.FUNCTIONS, **rest.FUNCTIONS}
    names |= {**messages.FUNCTIONS, **functions.FUNCTIONS}
    return {name: value for name, value in names.items() if name not in absent}


globals().update(_names())
__all__ += sorted(_names())
__version__ = ".".join(map(str, versions.chosen_version()))


def __getattr__(name: str) -> Any:
    text = f"module 'pyds' has no attribute {name!r}"
    if not name.startswith("__"):
        text += f": {versions.versions_with(name) or _of_no_version(name)}"
    raise AttributeError(text)


def _of_no_version(name: str) -> str:
    close = meant(name, __all__)
    return close or "NVIDIA's has none either; what a build of one's own adds to it is not here"


_told = options()
if _told is not None and _told.strict:
    from pythiags.lookalikes import strict

    strict.install()
