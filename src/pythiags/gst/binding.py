"""Set the values of a description's variables on what ``Gst.parse_launch`` built.

A text goes into a text property untouched. For any other type GStreamer itself reads the text,
once it is known that it can: GObject would only warn about a value out of range, and ignore it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pythiags.description import Binding, CapsBinding, Description, Problem
from pythiags.errors import TemplateError
from pythiags.gst import Gst
from pythiags.gst.registry import class_properties
from pythiags.gst.values import UnfitValue, bound_caps, fit, refusal
from pythiags.suggest import hint_for

if TYPE_CHECKING:
    from pythiags.gst.registry import PropertyInfo

__all__ = ["UnfitValue", "apply_bindings", "bound_caps"]


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
    value = fit(info, value)
    if info.is_element and isinstance(value, str):
        target.set_property(info.name, Gst.ElementFactory.make(value))
    elif isinstance(value, str) and info.type_name != "gchararray":
        Gst.util_set_object_arg(target, info.name, value)
    else:
        try:
            target.set_property(info.name, value)
        except (TypeError, OverflowError, ValueError):
            raise refusal(info, value, "is not valid for") from None
