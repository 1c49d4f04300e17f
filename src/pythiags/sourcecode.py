"""Modules made of a text that was read before, whatever is in their files by now."""

from __future__ import annotations

import ast
import contextlib
import importlib.abc
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pythiags.errors import UserCodeError
from pythiags.suggest import hint_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType

__all__ = ["Source", "build", "find", "import_from", "in_place", "install", "place_in"]


class Source(NamedTuple):
    """A version of a module.

    Attributes:
        module: The module's name.
        path: Its file.
        text: What is in the file.
    """

    module: str
    path: str
    text: bytes


class _Loader(importlib.abc.InspectLoader):
    """Compiles a text; bytecode on disk is neither read nor written."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def is_package(self, fullname: str) -> bool:  # noqa: ARG002 (as importlib calls it)
        return Path(self._source.path).name == "__init__.py"

    def get_source(self, fullname: str) -> str:  # noqa: ARG002
        return importlib.util.decode_source(self._source.text)

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002
        code: CodeType = compile(self._source.text, self._source.path, "exec", dont_inherit=True)
        return code


class _Finder(importlib.abc.MetaPathFinder):
    """Finds modules among sources."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._sources = {source.module: source for source in sources}

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 (as importlib calls it)
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        source = self._sources.get(fullname)
        return None if source is None else _spec(source)


def build(source: Source) -> ModuleType:
    """Make a module of a source. The one of that name that is imported stays as it is.

    Raises:
        BaseException: Whatever compiling and running it raises.
    """
    spec = _spec(source)
    module = importlib.util.module_from_spec(spec)
    with in_place(module):
        spec.loader.exec_module(module)  # type: ignore[union-attr]
    return module


@contextlib.contextmanager
def in_place(module: ModuleType) -> Iterator[None]:
    """Have a module imported under its name while the block runs, as classes in it need it."""
    name = module.__name__
    before = sys.modules.get(name)
    sys.modules[name] = module
    try:
        yield
    finally:
        if before is not None:
            sys.modules[name] = before
        else:
            del sys.modules[name]


def install(module: ModuleType) -> None:
    """Have a module imported under its name from now on; who has imported the old one keeps it."""
    name = module.__name__
    sys.modules[name] = module
    package, _, short = name.rpartition(".")
    if package in sys.modules:
        setattr(sys.modules[package], short, module)


def import_from(sources: Iterable[Source]) -> None:
    """Have imports of these modules take these sources, in this process, from now on."""
    sys.meta_path.insert(0, _Finder(sources))


def find(module: ModuleType, name: str) -> Any:
    """Return what has a name in a module; the name may have dots.

    Raises:
        UserCodeError: There is no such thing any more.
    """
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            offered = [each for each in vars(found) if not each.startswith("_")]
            raise UserCodeError(
                f"there is no {name!r} in it any more",
                where=str(module.__file__),
                hint=hint_for(part, offered) or None,
            )
        found = getattr(found, part)
    return found


def place_in(source: Source, *names: str) -> str | None:
    """Return ``file:line: text`` of the first of several definitions that there is in a source."""
    try:
        tree = ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    lines = source.text.decode(errors="replace").splitlines()
    for name in names:
        node: Any = tree
        for part in name.split("."):
            node = next((each for each in getattr(node, "body", ()) if _defines(each, part)), None)
        if node is not None:
            return f"{source.path}:{node.lineno}: {lines[node.lineno - 1].strip()}"
    return None


def _defines(node: ast.stmt, name: str) -> bool:
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return isinstance(node, kinds) and node.name == name


def _spec(source: Source) -> ModuleSpec:
    loader = _Loader(source)
    spec = importlib.util.spec_from_file_location(
        source.module,
        source.path,
        loader=loader,
        submodule_search_locations=(
            [str(Path(source.path).parent)] if loader.is_package(source.module) else None
        ),
    )
    assert spec is not None  # noqa: S101 (there is one wherever there is a loader)
    return spec
