"""Set the values of a description's variables on what ``Gst.parse_launch`` built.

A text goes into a text property untouched. For any other type GStreamer itself reads the text,
after it has told that it can: GObject would only warn of a value out of range, and leave it out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pythiags.description import (
    Binding,
    CapsBinding,
    CapsField,
    CapsStructure,
    Description,
    Problem,
    as_text,
    is_atom,
)
from pythiags.errors import TemplateError
from pythiags.gst import GObject, Gst
from pythiags.gst._gst import value_verdict
from pythiags.gst.registry import (
    class_properties,
    expected_value,
    find_factory,
    read_caps,
)
from pythiags.suggest import hint_for

if TYPE_CHECKING:
    from pythiags.description import Position
    from pythiags.gst.registry import PropertyInfo

__all__ = ["UnfitValue", "apply_bindings", "bound_caps"]

_RATES = frozenset({"framerate", "max-framerate", "pixel-aspect-ratio"})
"""Fields that are fractions always: ``framerate=30`` is a whole number, and fits no element."""

_STRING = frozenset({"string", "str", "s", "gchararray"})


class UnfitValue(ValueError):
    """A value that cannot be bound.

    Args:
        message: Why.
        hint: What to try.
        position: Where the value stands, if that is narrower than the binding.
    """

    def __init__(self, message: str, hint: str = "", position: Position | None = None) -> None:
        self.hint = hint
        self.position = position
        super().__init__(message)

    def problem(self, position: Position) -> Problem:
        """Return it as a problem of the binding at ``position``."""
        return Problem("bad-value", str(self), self.position or position, self.hint)


def apply_bindings(root: Gst.Element, description: Description) -> None:
    """Set all values of the description's variables, which must be done before it plays.

    Args:
        root: What ``Gst.parse_launch(description.launch_text)`` returned.
        description: The description itself.

    Raises:
        TemplateError: A value does not fit its property; all such values are named at once.
    """
    tried = (_problem(root, binding) for binding in description.bindings)
    description.raise_for([problem for problem in tried if problem])


def _problem(root: Gst.Element, binding: Binding | CapsBinding) -> Problem | None:
    """Apply one binding; return why it does not fit, or None."""
    try:
        _apply(root, binding)
    except UnfitValue as unfit:
        return unfit.problem(binding.position)
    return None


def _apply(root: Gst.Element, binding: Binding | CapsBinding) -> None:
    element = root
    if root.get_name() != binding.element:
        element = root.get_by_name(binding.element)
    if element is None:
        raise TemplateError(f"there is no element '{binding.element}' to set a value on")
    target, info = _target(element, binding)
    if isinstance(binding, CapsBinding):
        caps = bound_caps(binding)
        _set(target, info, caps if info.type_name == "GstCaps" else caps.to_string())
    else:
        _set(target, info, binding.value)


def _target(element: Gst.Element, binding: Binding | CapsBinding) -> tuple[Any, PropertyInfo]:
    """Return the object, the element or a child of it, and its property."""
    target: Any = element
    name = binding.property.rpartition("::")[2]
    if name != binding.property:
        found, target, _ = Gst.ChildProxy.lookup(element, binding.property)
        if not found:
            raise UnfitValue(f"'{element.get_name()}' has no child property '{binding.property}'")
    infos = class_properties(target.__gtype__)
    info = infos.get(name)
    if info is None:
        message = f"'{element.get_factory().get_name()}' has no property '{name}'"
        raise UnfitValue(message, hint_for(name, infos))
    if not info.writable:
        raise UnfitValue(f"the property '{name}' can only be read")
    if info.construct_only:
        raise UnfitValue(f"the property '{name}' cannot be a variable", "write the value itself")
    return target, info


def _set(target: Any, info: PropertyInfo, value: object) -> None:
    if not isinstance(value, str | int | float) and not hasattr(value, "denominator"):
        try:
            target.set_property(info.name, value)
        except (TypeError, OverflowError, ValueError):
            raise _refusal(info, value, "does not fit") from None
        return
    text = as_text(value)
    if info.type_name == "gchararray":
        target.set_property(info.name, text)
    elif info.is_element:
        if find_factory(text) is None:
            raise _refusal(info, value, "does not fit")
        target.set_property(info.name, Gst.ElementFactory.make(text))
    else:
        verdict = value_verdict(info.owner, info.name, text)
        if verdict != "fits":
            is_range = verdict == "out of range"
            raise _refusal(info, value, "is out of range for" if is_range else "does not fit")
        Gst.util_set_object_arg(target, info.name, text)


def _refusal(info: PropertyInfo, value: object, verb: str) -> UnfitValue:
    hint = f"expected {expected_value(info)}"
    return UnfitValue(f"{value!r} {verb} the property '{info.name}'", hint)


def bound_caps(binding: CapsBinding) -> Gst.Caps:
    """Return the caps that a binding makes.

    Raises:
        UnfitValue: A value does not fit.
    """
    caps = Gst.Caps.new_empty()
    for structure in binding.structures:
        caps.append(_caps(structure))
    return caps


def _caps(structure: CapsStructure) -> Gst.Caps:
    """Return caps of one structure with its variable fields set."""
    texts: dict[str, str] = {}
    for field in structure.fields:
        value = as_text(field.value)
        if field.alone and (field.type in _STRING or not is_atom(value)):
            if field.type not in {None, *_STRING}:
                raise _field_refusal(field)
            texts[field.name] = value
    typed = []
    for field in structure.fields:
        if field.name not in texts:
            typed.append(_typed(field))
            if read_caps(f"any/thing,{typed[-1]}") is None:
                raise _field_refusal(field)
    caps = read_caps(",".join([structure.text, *typed]))
    if caps is None or caps.get_size() != 1:
        raise UnfitValue(f"'{structure.text}' cannot be read as caps")
    for name, value in texts.items():
        caps.set_value(name, GObject.Value(str, value))
    return caps


def _typed(field: CapsField) -> str:
    """Return the field as caps hold it; that its words need no quotes is known by now."""
    text = as_text(field.value)
    if field.type is None and field.name in _RATES and text.isdecimal():
        text += "/1"
    return f"{field.name}={f'({field.type})' if field.type else ''}{text}"


def _field_refusal(field: CapsField) -> UnfitValue:
    type_ = f" as {field.type}" if field.type else ""
    message = f"{field.value!r} cannot be the value of '{field.name}' in caps{type_}"
    hint = "give a number, a fraction such as 30/1, or a word"
    return UnfitValue(message, hint, field.position)
