"""Python scripts for DeepStream: what of pyds, pyservicemaker and Python a release has no more.

The script is parsed, and neither run nor imported.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pythiags.description import Position, Problem
from pythiags.releases.elements import check_element, check_property
from pythiags.releases.facts import (
    GONE_MODULES,
    MAKER_NAMES,
    MAKER_SINCE,
    MOST_STABLE,
    PYDS_GONE,
    PYDS_SINCE,
    RELEASES,
    SERVICE_MAKER,
    number,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pythiags.releases.facts import Release

__all__ = ["check_script"]

_PYTHON_12: Final = "3.12"
_ANALYTICS: Final = {
    "NVIDIA.DSANALYTICSFRAME.USER_META": "NVDS_FRAME_META_NVDSANALYTICS",
    "NVIDIA.DSANALYTICSOBJ.USER_META": "NVDS_OBJ_META_NVDSANALYTICS",
}
_ANALYTICS_FIXED: Final = number("8.0")
_LAST_FIXED: Final = 4095
"""Of ``NvDsMetaType``; what is above is the user's own."""


def check_script(text: str, release: Release) -> list[Problem]:
    """Return what is to be said of a script on a release."""
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        place = Position(error.lineno or 1, error.offset or 1)
        return [Problem("bad-script", f"this is not Python: {error.msg}", place)]
    except ValueError as error:  # NUL bytes
        return [Problem("bad-script", f"this is not Python: {error}", Position(1, 1))]
    lines = text.encode("utf-8", "surrogatepass").splitlines()
    found = [_in_characters(each, lines) for each in _Script(tree, release).problems()]
    return sorted(found, key=lambda each: each.position or (0, 0, 0))


def _in_characters(problem: Problem, lines: list[bytes]) -> Problem:
    """Have the place count characters: Python's parser counts bytes."""
    if problem.position is None:
        return problem
    row, column, length = problem.position
    line = lines[row - 1] if row <= len(lines) else b""
    before = len(line[: column - 1].decode("utf-8", "replace"))
    marked = len(line[column - 1 : column - 1 + length].decode("utf-8", "replace"))
    return replace(problem, position=Position(row, before + 1, max(1, marked)))


class _Script:
    def __init__(self, tree: ast.Module, release: Release) -> None:
        self.nodes = list(ast.walk(tree))
        self.release = release
        self.pyds = {"pyds"} | {
            name.asname
            for node in self.nodes
            if isinstance(node, ast.Import)
            for name in node.names
            if name.name == "pyds" and name.asname
        }
        self.from_pyds = {
            name.name
            for node in self.nodes
            if isinstance(node, ast.ImportFrom) and node.module == "pyds"
            for name in node.names
        }
        self.uses_pyds = bool(self.from_pyds) or any(
            isinstance(node, ast.Import) and any(name.name == "pyds" for name in node.names)
            for node in self.nodes
        )
        self.factories = dict(self._factories())

    def problems(self) -> Iterator[Problem]:
        for node in self.nodes:
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield from self._imported(node)
            elif isinstance(node, ast.Attribute):
                yield from self._attribute(node)
            elif isinstance(node, ast.Call):
                yield from self._call(node)
            elif isinstance(node, ast.Compare):
                yield from self._comparison(node)
            elif isinstance(node, ast.Name) and node.id in self.from_pyds:
                yield from self._pyds_name(node.id, _place(node))

    # ---- modules

    def _imported(self, node: ast.Import | ast.ImportFrom) -> Iterator[Problem]:
        if isinstance(node, ast.ImportFrom):
            modules = [node.module or ""] if not node.level else []
        else:
            modules = [name.name for name in node.names]
        for module in modules:
            yield from self._module(module.partition(".")[0], _place(node))
        if isinstance(node, ast.ImportFrom) and node.module == "pyservicemaker":
            for name in node.names:
                yield from self._maker_name(name.name, _place(name, len(name.name)))

    def _module(self, module: str, place: Position) -> Iterator[Problem]:
        release = self.release
        if module == "pyds" and release.pyds is None:
            message = f"pyds is deprecated: there is no wheel of it for DeepStream {release.name}"
            hint = "use pyservicemaker; or build the bindings from deepstream_python_apps"
            yield Problem("release-pyds", message, place, hint)
        elif module == "pyservicemaker" and release.number < number(SERVICE_MAKER):
            message = f"pyservicemaker is there from DeepStream {SERVICE_MAKER} on"
            yield Problem("release-module", message, place, "use pyds and GStreamer")
        elif module in GONE_MODULES and release.python == _PYTHON_12:
            version = f"Python {release.python}, which DeepStream {release.name} is for,"
            message = f"{version} has no '{module}'"
            yield Problem("release-python", message, place, f"use {GONE_MODULES[module]}")

    def _maker_name(self, name: str, place: Position) -> Iterator[Problem]:
        since, new = MAKER_SINCE.get(name, ("", ""))
        if since and self.release.number >= number(since):
            message = f"'{name}' of pyservicemaker has another name from DeepStream {since} on"
            yield Problem("release-name", message, place, f"write {new}")

    # ---- names of pyds

    def _attribute(self, node: ast.Attribute) -> Iterator[Problem]:
        if _root(node) in self.pyds:
            yield from self._pyds_name(node.attr, _after_dot(node))
        elif self.uses_pyds and self.release.pyds is None and node.attr in MAKER_NAMES:
            yield self._maker(node.attr, _after_dot(node))

    def _pyds_name(self, name: str, place: Position) -> Iterator[Problem]:
        release = self.release
        if name in PYDS_GONE:
            message = f"pyds has no '{name}' from DeepStream 6.4 on"
            yield Problem("release-name", message, place, f"it is {PYDS_GONE[name]} now")
        elif release.pyds is None and name in MAKER_NAMES:
            yield self._maker(name, place)
        elif release.pyds is not None:
            for since, names in PYDS_SINCE.items():
                if name in names and release.number < number(since):
                    version = f"pyds {release.pyds}, which goes with DeepStream {release.name},"
                    message = f"{version} has no '{name}'"
                    hint = f"pyds {RELEASES[since].pyds} has it: DeepStream {since}"
                    yield Problem("release-name", message, place, hint)

    def _maker(self, name: str, place: Position) -> Problem:
        message = f"'{name}' is pyds's"
        return Problem(
            "release-pyds", message, place, f"in pyservicemaker: {MAKER_NAMES[name]}", "warning"
        )

    # ---- calls

    def _call(self, node: ast.Call) -> Iterator[Problem]:
        name = _name(node.func)
        texts = [text for text in map(_text, node.args) if text is not None]
        if name == "nvds_get_user_meta_type" and texts and texts[0] in _ANALYTICS:
            yield from self._analytics(texts[0], node)
        elif name == "alloc_nvds_event_msg_meta" and not node.args and not node.keywords:
            message = (
                "alloc_nvds_event_msg_meta takes the user meta from pyds 1.1.10 (DeepStream 6.4) on"
            )
            hint = "alloc_nvds_event_msg_meta(user_meta), without copy and release functions"
            yield Problem("release-name", message, _place(node), hint)
        elif name in {"make", "add"} and texts:
            yield from check_element(texts[0], _place(node.args[0]), self.release)
            yield from self._properties_of_add(texts[0], node)
        elif name in {"set_property", "setProperty"} and texts:
            factory = self.factories.get(_root_name(node.func))
            if factory:
                yield from check_property(factory, texts[0], _place(node.args[0]), self.release)

    def _properties_of_add(self, factory: str, node: ast.Call) -> Iterator[Problem]:
        """Of ``pipeline.add("nvinfer", "pgie", {"interval": 1})``."""
        for argument in node.args:
            if isinstance(argument, ast.Dict):
                for key in argument.keys:
                    name = _text(key)
                    if key is not None and name is not None:
                        yield from check_property(factory, name, _place(key), self.release)

    def _analytics(self, text: str, node: ast.Call) -> Iterator[Problem]:
        if self.release.number < _ANALYTICS_FIXED:
            return
        message = "nvdsanalytics attaches user metas of a fixed type from DeepStream 8.0 on"
        yield Problem(
            "release-name", message, _place(node), f"pyds.NvDsMetaType.{_ANALYTICS[text]}"
        )

    def _comparison(self, node: ast.Compare) -> Iterator[Problem]:
        """Of ``user_meta.base_meta.meta_type == 27``."""
        if not any(_name(each) == "meta_type" for each in (node.left, *node.comparators)):
            return
        for each in (node.left, *node.comparators):
            value = each.value if isinstance(each, ast.Constant) else None
            if isinstance(value, int) and MOST_STABLE < value < _LAST_FIXED:
                message = f"meta_type {value} is another type on each release"
                hint = "compare it with a name of pyds.NvDsMetaType"
                yield Problem("release-number", message, _place(each), hint)

    def _factories(self) -> Iterator[tuple[str, str]]:
        """Which variable holds an element of which factory, as far as the text says."""
        for node in self.nodes:
            if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)):
                continue
            call = node.value
            factory = _text(call.args[0]) if call.args else None
            if _name(call.func) == "make" and factory is not None:
                for target in node.targets:
                    yield _name(target), factory


# ---- what nodes say


def _text(node: ast.expr | None) -> str | None:
    """Return what a literal says; None: it is none, or no text."""
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, str) else None


def _name(node: ast.expr) -> str:
    """The last name of ``a.b.c``; empty: it is none."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _root_name(node: ast.expr) -> str:
    """What a method is called on: ``b`` of ``a.b.method``."""
    return _name(node.value) if isinstance(node, ast.Attribute) else ""


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _place(node: ast.expr | ast.stmt | ast.alias, length: int | None = None) -> Position:
    end = node.end_col_offset or 0
    same_line = node.end_lineno == node.lineno
    span = length or (max(1, end - node.col_offset) if same_line else 1)
    return Position(node.lineno, node.col_offset + 1, span)


def _after_dot(node: ast.Attribute) -> Position:
    """Where the attribute's own name stands."""
    length = len(node.attr)
    return Position(
        node.end_lineno or node.lineno, (node.end_col_offset or length) - length + 1, length
    )
