"""Does something to a module as soon as the script imports it, and nothing where it never does.

GStreamer's is changed once it is initialized: gst-python exchanges all methods then, and again each
time that it is initialized once more.
"""

from __future__ import annotations

import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

__all__ = ["exchange", "when_imported", "when_initialized"]


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
    when_imported("gi.repository.Gst", lambda gst: _initializing(gst).call(then))


def exchange(gst: Any, owner: Any, name: str, value: object) -> None:
    """Set a method of a class of GStreamer's, which it has for good.

    gst-python puts the methods that it found back at each call of ``Gst.init()``, and scripts and
    libraries call it more than once.

    Args:
        gst: The module.
        owner: The class.
        name: Of the method.
        value: What is called in its place.
    """
    _initializing(gst).exchange(owner, name, value)


class _Initializing:
    """Hears of each time that a module is initialized."""

    def __init__(self, gst: Any) -> None:
        self._gst = gst
        self._waiting: list[Callable[[Any], object]] = []
        self._exchanged: dict[tuple[Any, str], object] = {}
        for name in ("init", "init_check", "init_python"):  # the last is gst-python's
            if hasattr(gst, name):
                setattr(gst, name, self._watched(getattr(gst, name)))

    def call(self, then: Callable[[Any], object]) -> None:
        if self._gst.is_initialized():
            then(self._gst)
        else:
            self._waiting.append(then)

    def exchange(self, owner: Any, name: str, value: object) -> None:
        self._exchanged[owner, name] = value
        setattr(owner, name, value)

    def _watched(self, before: Callable[..., Any]) -> Callable[..., Any]:
        def init(*arguments: Any) -> Any:
            result = before(*arguments)
            for (owner, name), value in self._exchanged.items():
                setattr(owner, name, value)
            if self._gst.is_initialized():
                waiting, self._waiting = self._waiting, []
                for then in waiting:
                    then(self._gst)
            return result

        return init


_modules: dict[int, tuple[Any, _Initializing]] = {}
"""By their ids; there is one, but in tests."""


def _initializing(gst: Any) -> _Initializing:
    if id(gst) not in _modules:
        _modules[id(gst)] = (gst, _Initializing(gst))
    return _modules[id(gst)][1]


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
