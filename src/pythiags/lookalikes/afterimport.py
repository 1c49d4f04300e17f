"""Does something to a module as soon as the script imports it, and nothing where it never does.

GStreamer's is changed once it is initialized: gst-python exchanges all methods then.
"""

from __future__ import annotations

import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

__all__ = ["when_imported", "when_initialized"]


def when_imported(name: str, then: Callable[[Any], object]) -> None:
    """Call a function with a module: now where it is imported already, else right after it is.

    Args:
        name: Of the module.
        then: Called once.
    """
    if name in sys.modules:
        then(sys.modules[name])
    else:
        sys.meta_path.insert(0, _Watcher(name, then))


def when_initialized(then: Callable[[Any], object]) -> None:
    """Call a function with the module Gst, once the script has imported and initialized it."""
    when_imported("gi.repository.Gst", lambda gst: _wait_for_init(gst, then))


def _wait_for_init(gst: Any, then: Callable[[Any], object]) -> None:
    if gst.is_initialized():
        then(gst)
        return
    names = ("init", "init_check")
    before, waiting = {name: getattr(gst, name) for name in names}, {True}

    def watched(name: str) -> Callable[..., Any]:
        def init(*arguments: Any) -> Any:
            result = before[name](*arguments)
            if waiting and gst.is_initialized():
                waiting.clear()
                for each in names:
                    setattr(gst, each, before[each])
                then(gst)
            return result

        return init

    for name in names:
        setattr(gst, name, watched(name))


class _Watcher(MetaPathFinder):
    def __init__(self, name: str, then: Callable[[Any], object]) -> None:
        self._name = name
        self._then = then

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._name:
            return None
        # Those behind this one: another that waits for the same module is asked, and asks on.
        for finder in sys.meta_path[sys.meta_path.index(self) + 1 :]:
            loader = _loader_of(finder, fullname, path, target)
            if loader is not None:
                wrapped = _Telling if hasattr(loader, "exec_module") else _Old
                return ModuleSpec(fullname, wrapped(loader, self.imported))
        return None

    def imported(self, module: Any) -> None:
        """Call the function. Only now nothing is waited for: a find, or an import, may fail."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)
            self._then(module)


def _loader_of(
    finder: Any, name: str, path: Sequence[str] | None, target: ModuleType | None
) -> Any:
    if hasattr(finder, "find_spec"):
        spec = finder.find_spec(name, path, target)
        return None if spec is None else spec.loader
    return finder.find_module(name, path)  # PyGObject's, before 3.44


class _Telling(Loader):
    def __init__(self, loader: Any, then: Callable[[Any], object]) -> None:
        self._loader = loader
        self._then = then

    def create_module(self, spec: ModuleSpec) -> Any:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        self._then(sys.modules.get(module.__name__, module))


class _Old(Loader):
    """Of loaders that make and run a module in one."""

    def __init__(self, loader: Any, then: Callable[[Any], object]) -> None:
        self._loader = loader
        self._then = then

    def create_module(self, spec: ModuleSpec) -> Any:
        return self._loader.load_module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        self._then(module)
