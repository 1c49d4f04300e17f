"""Find every problem of a description before anything is built; no element is created.

What the registry and the classes of elements say is enough to judge elements, properties, values,
references and most links. What only a running element could know is left to it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from pythiags.description import (
    Binding,
    CapsBinding,
    Description,
    Problem,
    error_from,
)
from pythiags.gst import GLib, Gst, registry
from pythiags.gst._gst import portable_factories
from pythiags.gst.check_borders import check_borders
from pythiags.gst.check_files import check_file, check_uri, check_uri_value
from pythiags.gst.check_infer import INFERENCE, check_infer
from pythiags.gst.check_links import check_links
from pythiags.gst.check_messages import check_messages
from pythiags.gst.check_metamux import check_metamux
from pythiags.gst.check_regions import REGIONS, check_regions
from pythiags.gst.check_tracker import check_tracker
from pythiags.gst.values import UnfitValue, fit, verdict
from pythiags.gst.written_caps import written_caps
from pythiags.suggest import did_you_mean, hint_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pythiags.description import Element, Position, Property
    from pythiags.errors import DescriptionError

__all__ = ["check", "translate_parse_error"]

MOST_LOOKUPS = 20
"""How many different unknown elements get a suggestion, each of which takes some 20 ms."""

_HARMLESS = {"bad-value", "missing-variable", "unused-variable"}
"""Errors of variables that leave the graph as it was meant."""

_URIS = ("uri", "uri-list")
"""Properties with an address, or several with commas between them."""

_BY_FACTORY: dict[str, Callable[[Description, Element], Iterator[Problem]]] = {
    **dict.fromkeys(INFERENCE, check_infer),
    **dict.fromkeys(REGIONS, check_regions),
    **dict.fromkeys(("nvmsgbroker", "nvmsgconv"), check_messages),
    "nvdsmetamux": check_metamux,
    "nvtracker": check_tracker,
}
"""What judges the files of an element."""

_IDLE = "no effect on a CPU"
"""What portable elements say of properties that are for hardware."""


def check(description: Description) -> list[Problem]:
    """Return every problem of a description: syntax, variables, elements, properties, links.

    Nothing is built or played; of files, the configurations of nvinfer, nvdsanalytics, nvdsmetamux,
    nvdspreprocess, nvtracker and nvmsgbroker and the outline of a model are read. Elements of
    DeepStream that have a portable version pass as they stand; register them first
    (``pythiags.portable.install()``) to have their properties checked too.

    Returns:
        The problems in the order of the text; an empty list if none is found
        without building it.
    """
    problems = description.problems()
    torn = any(p.severity == "error" and p.code not in _HARMLESS for p in problems)
    lookup = _Lookup(description)
    for element in description.graph.elements:
        problems += _element(description, element, lookup)
    problems += _names(description)
    problems += check_borders(description)
    found = check_links(description)
    # Where the text was not understood, links that seem to be missing may well be there.
    reported = {problem.position for problem in problems}
    problems += [
        p for p in found if p.position not in reported and not (torn and p.code == "unlinked")
    ]
    return sorted(problems, key=lambda problem: problem.position or (1 << 30, 0, 0))


# ---- elements


def _element(description: Description, element: Element, lookup: _Lookup) -> Iterator[Problem]:
    if element.uri is not None:
        yield from check_uri(description, element, is_sink=element.index in lookup.sinks)
    if not element.factory:
        return
    yield from check_file(description, element)
    if element.factory in _BY_FACTORY:
        yield from _BY_FACTORY[element.factory](description, element)
    if registry.find_factory(element.factory) is None or registry.is_refused(element.factory):
        yield from _unknown(element.factory, element.position, lookup)
        return
    try:
        known = lookup.properties(element.factory)
    except LookupError:
        message = f"the plugin of '{element.factory}' cannot be loaded"
        hint = f"gst-inspect-1.0 {element.factory} may show why"
        yield Problem("broken-plugin", message, element.position, hint)
        return
    yield from _properties(description, element, known)
    yield from _presets(element)
    if element.is_bin and not registry.implements(element.factory, Gst.Bin):
        message = f"'{element.factory}' is not a bin: it cannot hold other elements"
        yield Problem("not-a-bin", message, element.position, "write '( ... )' or 'bin.( ... )'")


def _unknown(name: str, position: Position, lookup: _Lookup) -> Iterator[Problem]:
    if name in portable_factories():
        return
    if registry.is_deepstream(name):
        message = f"'{name}' is part of NVIDIA DeepStream, and there is no portable version"
        hint = registry.REFUSED.get(name, "run it where DeepStream is installed")
    else:
        message = f"there is no element '{name}'"
        hint = _package_hint(name) or lookup.hint(name)
    yield Problem("unknown-element", message, position, hint)


class _Lookup:
    """What the registry says, looked up once for each name of a factory."""

    def __init__(self, description: Description) -> None:
        self.description = description
        self.hints: dict[str, str] = {}
        self.known: dict[str, dict[str, registry.PropertyInfo]] = {}

    def properties(self, factory: str) -> dict[str, registry.PropertyInfo]:
        if factory not in self.known:
            self.known[factory] = registry.properties(factory)
        return self.known[factory]

    def hint(self, name: str) -> str:
        """Return which element was meant, though not for a whole page of nonsense."""
        if name not in self.hints and len(self.hints) < MOST_LOOKUPS:
            self.hints[name] = self.look_up(name)
        return self.hints.get(name) or "gst-inspect-1.0 lists the installed elements"

    @cached_property
    def sinks(self) -> set[int | None]:
        """The indices of elements that something is linked to."""
        return {link.sink.element for link in self.description.graph.links}

    @cached_property
    def installed(self) -> set[str]:
        return {*registry.factory_names(), *portable_factories(), *registry.DEEPSTREAM}

    def look_up(self, name: str) -> str:
        meant = did_you_mean(name, self.installed)
        if meant is not None:
            return f"did you mean '{meant}'?"
        meant = did_you_mean(name, registry.packaged_elements())
        return f"did you mean '{meant}'? ({_package_hint(meant)})" if meant else ""


def _package_hint(name: str) -> str:
    package = registry.debian_package(name)
    return f"apt install {package}" if package else ""


def _presets(element: Element) -> Iterator[Problem]:
    if element.presets and not registry.implements(element.factory, Gst.Preset):
        message = f"'{element.factory}' has no presets"
        yield Problem("no-presets", message, element.presets[0].position, "remove it")


# ---- properties


def _properties(
    description: Description, element: Element, known: dict[str, registry.PropertyInfo]
) -> Iterator[Problem]:
    for item in element.properties:
        info = known.get(item.key)
        if "::" in item.key:
            yield from _child_property(element, item, known)
        elif info is None:
            message = f"'{element.factory}' has no property '{item.name}'"
            own = [name for name in known if name not in {"name", "parent"}]
            hint = hint_for(item.key, own) or "it has no properties of its own"
            yield Problem("unknown-property", message, item.position, hint)
        elif not info.writable:
            message = f"the property '{item.name}' can only be read"
            yield Problem("read-only-property", message, item.position, "remove it")
        else:
            yield from _value(description, item, info)
        if element.property(item.key) is not item:
            message = f"'{item.name}' is set again later, which overrides this value"
            hint = "remove one of the two"
            yield Problem("duplicate-property", message, item.position, hint, "warning")


def _child_property(
    element: Element, item: Property, known: dict[str, registry.PropertyInfo]
) -> Iterator[Problem]:
    """Judge ``child::property``, of which only the class that could have children is known."""
    if not registry.implements(element.factory, Gst.ChildProxy):
        message = f"'{element.factory}' has no children to set '{item.name}' on"
        hint = hint_for(item.name.rpartition("::")[2], known)
        yield Problem("unknown-property", message, item.position, hint)


def _value(
    description: Description, item: Property, info: registry.PropertyInfo
) -> Iterator[Problem]:
    given = description.given(item)
    if isinstance(given, CapsBinding) or (info.type_name == "GstCaps" and isinstance(given, str)):
        yield from written_caps(description, item)[1]
        return
    text: object = given
    if isinstance(given, Binding):
        text = None
        try:
            text = _judge(given, info)
        except UnfitValue as unfit:
            yield unfit.problem(given.position)
    if not isinstance(text, str):
        return
    if info.is_element:
        yield from _nested(description, item, text)
    else:
        yield from _text_value(description, text, item, info)


def _judge(given: Binding, info: registry.PropertyInfo) -> object:
    """Return what a binding sets; a text is judged further, if there is more to say of it."""
    if info.is_element and isinstance(given.value, str):
        return given.value
    value = fit(info, given.value)
    return value if info.type_name != "gchararray" or info.name in _URIS else None


def _text_value(
    description: Description, text: str, item: Property, info: registry.PropertyInfo
) -> Iterator[Problem]:
    found = verdict(info, text, wraps=True)
    if found == "fits":
        if item.key in _URIS:
            for uri in text.split(",") if item.key == _URIS[1] else [text]:
                yield from check_uri_value(description, uri.strip(), item)
        if _IDLE in info.blurb and not info.is_default(text):
            message = f"'{item.name}' has no effect on a CPU"
            hint = "it has an effect where DeepStream is installed"
            yield Problem("no-effect", message, item.position, hint, "warning")
        return
    if found == "out of range":
        message = f"{text} is out of range for '{item.name}'"
    else:
        message = f"'{text}' is not a value of '{item.name}'"
    meant = did_you_mean(text, info.choices) if info.choices else None
    hint = f"did you mean '{meant}'? Expected " if meant else "expected "
    hint += registry.expected_value(info)
    yield Problem("bad-value", message, item.value.position, hint)


def _nested(description: Description, item: Property, text: str) -> Iterator[Problem]:
    """Judge a value that is itself a description, such as playbin's ``video-sink``."""
    inner = Description(text)
    for problem in check(inner):
        if problem.severity == "error":
            position = item.value.position
            if problem.position and text == item.value.text:
                start = inner.source.offset(problem.position)
                span = item.value.part(start, start + problem.position.length).source_span()
                position = description.source.position(*span)
            message = f"in the value of '{item.name}': {problem.message}"
            yield replace(problem, message=message, position=position)


# ---- names


def _names(description: Description) -> Iterator[Problem]:
    """Find names that are given twice in one bin."""
    first: dict[tuple[int | None, str], Position] = {}
    for element in description.graph.elements:
        item = element.property("name")
        if item is None:
            continue
        key = (element.bin, item.value.text)
        if key in first:
            message = f"the name '{key[1]}' is already used at {first[key]}"
            yield Problem("duplicate-name", message, item.value.position, "choose another name")
        first.setdefault(key, item.value.position)


# ---- what only building found

_QUOTED = re.compile(r'"([^"]*)"')
_WORD = re.compile(r"[\w.%:-]+")


def translate_parse_error(error: GLib.Error, description: Description) -> DescriptionError:
    """Return what ``Gst.parse_launch`` complains of the place in the text that it is about.

    The place is guessed from the names in the message, since GStreamer reports nothing else.
    """
    place = _place_of(error.message, description)
    hint = "" if place else "`pythiags check` may show more"
    problem = Problem("cannot-build", error.message, place, hint)
    translated = error_from([problem], description.source)
    assert translated is not None  # noqa: S101 (it is of an error)
    return translated


def _place_of(message: str, description: Description) -> Position | None:
    graph = description.graph
    quoted = set(_QUOTED.findall(message))
    words = [word.rstrip(".:,") for word in _WORD.findall(message)]
    named = [word for word in words if any(_has_name(e, word) for e in graph.elements)]
    # Of two links between the same elements, the later one is the one too many.
    for link in reversed(graph.links):
        if link.caps and link.caps.value.text in quoted:
            return link.caps.position
        ends = graph.resolve(link.source), graph.resolve(link.sink)
        if len(named) > 1 and all(map(_has_name, ends, named)):
            return link.position
    suspects = [
        e for e in graph.elements if {e.factory, e.uri} & quoted or _has_name(e, *named[:1])
    ]
    for element in suspects:
        for item in element.properties:
            if {item.name, item.key} & quoted:
                return item.position
    return suspects[0].position if suspects else None


def _has_name(element: Element | None, name: str = "") -> bool:
    """Return whether an element has that name, or may have been given it automatically."""
    if element is None or element.name is not None:
        return element is not None and element.name == name
    return bool(name) and re.sub(r"-?\d+$", "", name) == element.factory
