"""From the graph to what is built: text without variables, and the values to set afterwards.

A value is never pasted into the text. The property that holds it is left out, its element is
given a name if it has none, and a binding says what to set once the element is there. The caps of
a link become a ``capsfilter`` of their own for the same reason.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from pythiags.suggest import hint_for

from .graph import automatic_stem
from .problem import Problem
from .scalars import as_text, is_atom, plain_values, unusable
from .template import VARIABLE, CapsText, Parts, Variable, read_caps, read_parts, variables_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .graph import Element, Graph, Link, Preset, Property, Value
    from .source import Position, Source

__all__ = [
    "Binding",
    "CapsBinding",
    "CapsField",
    "CapsStructure",
    "Launch",
    "bind",
]

_CAPSFILTER = "capsfilter-"
"""What names of capsfilters begin with, so that they differ from those that GStreamer makes."""


class Binding(NamedTuple):
    """A property to set after parsing.

    Attributes:
        element: The element's name in what was built.
        property: The property, in GLib's spelling; ``child::property`` for a child's.
        value: The whole value: a text, or what the caller gave if the variable stood alone.
        position: Where the value stands in the description.
        variables: The names of the variables in it.
    """

    element: str
    property: str
    value: object
    position: Position
    variables: tuple[str, ...]


class CapsField(NamedTuple):
    """A field of caps to set after parsing; ``type`` is None if GStreamer is to guess it.

    ``alone`` says that the variable was the whole value, which may then be any text.
    """

    name: str
    type: str | None
    value: object
    alone: bool
    position: Position
    variables: tuple[str, ...]


class CapsStructure(NamedTuple):
    """The text of one structure of caps, and the fields to add to it."""

    text: str
    fields: tuple[CapsField, ...]


class CapsBinding(NamedTuple):
    """A property that takes caps, some fields of which are variables."""

    element: str
    property: str
    structures: tuple[CapsStructure, ...]
    position: Position
    variables: tuple[str, ...]


@dataclass
class Launch:
    """What there is to build.

    Attributes:
        text: For ``Gst.parse_launch``.
        bindings: To be applied to what it built.
        problems: Of the variables: missing, unused, misplaced, or of no usable value.
        variables: The names in the text, in their order.
        last_names: For each factory, the last name that was given to an element without one.
        values: The value of each property or link with caps (by its offset in the source): a
            text, a binding, or None where a variable has no usable value.
    """

    text: str
    bindings: list[Binding | CapsBinding] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    variables: list[str] = field(default_factory=list)
    last_names: dict[str, str] = field(default_factory=dict)
    values: dict[int, str | Binding | CapsBinding | None] = field(default_factory=dict)


def bind(source: Source, graph: Graph, given: Mapping[str, object]) -> Launch:
    """Take the variables out of a description and bind the given values to them."""
    binder = _Binder(source, graph, given)
    for element in graph.elements:
        binder.element(element)
    for link in graph.links:
        binder.link(link)
    for element in graph.elements:
        # So that a name does not depend on what else this process has built.
        if element.factory not in {"", "capsfilter"} and element.uri is None:
            binder.name(element)
    binder.unused()
    names = {graph.elements[index].factory: name for index, name in binder.names.items()}
    return Launch(
        binder.text(), binder.bindings, binder.problems, list(binder.seen), names, binder.values
    )


class _Binder:
    def __init__(self, source: Source, graph: Graph, given: Mapping[str, object]) -> None:
        self.source = source
        self.graph = graph
        self.given = plain_values(given)
        self.seen: dict[str, None] = {}
        self.edits: list[tuple[int, int, str]] = []
        self.bindings: list[Binding | CapsBinding] = []
        self.problems: list[Problem] = []
        self.values: dict[int, str | Binding | CapsBinding | None] = {}
        self.taken = Counter(element.name for element in graph.elements)
        self.names: dict[int, str] = {}
        self.numbers: dict[str, int] = {}

    def element(self, element: Element) -> None:
        for assignment in element.properties:
            self.assignment(element, assignment)
        for preset in element.presets:
            self.preset(preset)

    def assignment(self, element: Element, assignment: Property) -> None:
        value = assignment.value
        parts, caps = self.read(assignment)
        variables = caps.variables if caps else parts.variables
        misplaced = list(caps.misplaced) if caps else []
        if assignment.key == "name":
            variables, misplaced = [], variables
        alone = len(parts.parts) == 1 and caps is None
        self.note(
            variables, misplaced, "only property values can be variables, except names", alone=alone
        )
        self.values[assignment.start] = None
        counts = element.property(assignment.key) is assignment
        if not variables:
            self.values[assignment.start] = caps.text if caps else parts.text
        if counts and not variables:
            self.spell(assignment)
            self.undouble(caps.doubled if caps else parts.doubled)
            return
        # GStreamer may crash on a property that is set twice, so only the last stays.
        self.edits.append((assignment.start, assignment.end, ""))
        if not counts or not variables or not self.known(variables, alone=alone):
            return
        name = self.name(element)
        if self.taken[name] > 1:
            message = (
                f"several elements are named '{name}', so a variable cannot be set on one of them"
            )
            self.problem("duplicate-name", message, variables[0], "give each its own name")
            return
        if caps:
            self.add(assignment.start, self.caps_binding(name, assignment.key, caps, value))
        else:
            joined = self.join(parts)
            names = tuple(variable.name for variable in variables)
            binding = Binding(name, assignment.key, joined, value.position, names)
            self.add(assignment.start, binding)

    def preset(self, preset: Preset) -> None:
        misplaced = list(variables_in(preset.value))
        self.note([], misplaced, "only property values can be variables, not presets")

    def read(self, assignment: Property) -> tuple[Parts, CapsText | None]:
        """Read a value as caps if its property holds caps and more than one variable alone."""
        parts = read_parts(assignment.value, self.given)
        alone = len(parts.parts) == 1 and bool(parts.variables)
        if not assignment.key.endswith("caps") or alone:
            return parts, None
        return parts, read_caps(assignment.value, self.given)

    def link(self, link: Link) -> None:
        if link.caps is None:
            return
        caps = read_caps(link.caps.value, self.given)
        variables, misplaced = caps.variables, list(caps.misplaced)
        if link.all_pads:
            variables, misplaced = [], variables + misplaced
        self.note(
            variables,
            misplaced,
            "in caps, only field values can be variables, and only between '!'",
        )
        self.values[link.start] = None if variables or misplaced else caps.text
        if not variables:
            self.undouble(caps.doubled)
        elif self.known(variables):
            name = self.new_name(_CAPSFILTER)
            self.edits.append((link.start, link.end, f"! capsfilter name={name} !"))
            self.add(link.start, self.caps_binding(name, "caps", caps, link.caps.value))

    # ---- variables

    def note(
        self,
        variables: list[Variable],
        misplaced: list[Variable],
        hint: str,
        *,
        alone: bool = False,
    ) -> None:
        for variable in misplaced:
            message = f"the variable {{{variable.name}}} is not allowed here"
            self.problem("misplaced-variable", message, variable, hint)
        for variable in [*variables, *misplaced]:
            self.seen[variable.name] = None
        for variable in variables:
            if variable.name not in self.given:
                unused = set(self.given) - set(self.seen)
                option = f"--{variable.name.replace('_', '-')}=VALUE"
                value = f"set its value with {option}, or {variable.name}=... in Python"
                hint = hint_for(variable.name, unused) if unused else value
                message = f"the variable {{{variable.name}}} has no value"
                self.problem("missing-variable", message, variable, hint)
            elif reason := unusable(self.given[variable.name], alone=alone):
                message = f"the value of {{{variable.name}}} {reason}"
                self.problem("bad-value", message, variable, "use a string, a number or a bool")

    def known(self, variables: Sequence[Variable], *, alone: bool = False) -> bool:
        return all(
            each.name in self.given and not unusable(self.given[each.name], alone=alone)
            for each in variables
        )

    def unused(self) -> None:
        missing = [name for name in self.seen if name not in self.given]
        for name in self.given:
            if name in self.seen or self.misplaced_elsewhere(name):
                continue
            dashed = "{" + name.replace("_", "-") + "}"
            if "_" in name and dashed in self.source.code:
                hint = f"write {{{name}}} instead of {dashed}"
            elif self.seen:
                hint = hint_for(name, missing or self.seen)
            else:
                hint = f"write {{{name}}} as the value of a property"
            message = f"the description has no variable {{{name}}}"
            self.problems.append(Problem("unused-variable", message, None, hint))

    def misplaced_elsewhere(self, name: str) -> bool:
        """Return whether the parser has already reported the variable as misplaced."""
        code = self.source.code
        return any(
            match["name"] == name and code[match.start() - 1 : match.start()] not in {"{", "\\"}
            for match in VARIABLE.finditer(code)
        )

    def problem(self, code: str, message: str, variable: Variable, hint: str) -> None:
        position = self.source.position(variable.start, variable.end)
        self.problems.append(Problem(code, message, position, hint))

    # ---- bindings

    def add(self, offset: int, binding: Binding | CapsBinding) -> None:
        self.bindings.append(binding)
        self.values[offset] = binding

    def join(self, parts: Parts) -> object:
        """Return the value that the parts make: as given if one variable is all there is."""
        if len(parts.parts) == 1:
            return self.given[parts.variables[0].name]
        return "".join(
            as_text(self.given[part.name]) if isinstance(part, Variable) else part
            for part in parts.parts
        )

    def caps_binding(self, name: str, key: str, caps: CapsText, value: Value) -> CapsBinding:
        structures = []
        for structure in caps.structures:
            fields = []
            for field_, type_, parts in structure.fields:
                variables = parts.variables
                position = self.source.position(variables[0].start, variables[-1].end)
                self.plain_words(parts)
                fields.append(
                    CapsField(
                        field_,
                        type_,
                        self.join(parts),
                        len(parts.parts) == 1,
                        position,
                        tuple(variable.name for variable in variables),
                    )
                )
            structures.append(CapsStructure(structure.text, tuple(fields)))
        names = tuple(variable.name for variable in caps.variables)
        return CapsBinding(name, key, tuple(structures), value.position, names)

    def plain_words(self, parts: Parts) -> None:
        """Complain of values that would not stay one value inside a longer one."""
        if len(parts.parts) == 1:
            return
        for variable in parts.variables:
            if not is_atom(as_text(self.given[variable.name])):
                message = f"the value of {{{variable.name}}} must be a plain word or number"
                hint = "a variable that is part of a caps value is inserted as plain text"
                self.problem("bad-value", message, variable, hint)

    # ---- text

    def name(self, element: Element) -> str:
        """Return the element's name, given now if it has none.

        All nameless elements of its factory are named together, in order, so that none of them
        can be given the same name automatically.
        """
        if element.name is not None:
            return element.name
        if element.index not in self.names:
            # Links with caps make capsfilters whose automatic names must not be met.
            stem = _CAPSFILTER if element.factory == "capsfilter" else element.factory
            stem = automatic_stem(stem)
            for other in self.graph.elements:
                if other.factory == element.factory and other.name is None:
                    name = self.names[other.index] = self.new_name(stem)
                    self.edits.append((other.end, other.end, f" name={name} "))
        return self.names[element.index]

    def new_name(self, stem: str) -> str:
        number = self.numbers.get(stem, 0)
        while f"{stem}{number}" in self.taken:
            number += 1
        self.numbers[stem] = number + 1
        self.taken[f"{stem}{number}"] += 1
        return f"{stem}{number}"

    def spell(self, assignment: Property) -> None:
        if assignment.key != assignment.name:
            end = assignment.start + len(assignment.name)
            self.edits.append((assignment.start, end, assignment.key))

    def undouble(self, offsets: tuple[int, ...]) -> None:
        self.edits += [(offset, offset + 1, "") for offset in offsets]

    def text(self) -> str:
        pieces = []
        at = 0
        for start, end, new in sorted(self.edits):
            pieces += [self.source.code[at:start], new]
            at = end
        return "".join([*pieces, self.source.code[at:]])
