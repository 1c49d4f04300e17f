"""Set the values of a description's variables on what ``Gst.parse_launch`` built.

A text goes into a text property untouched. For any other type GStreamer itself reads the text,
once it is known that it can: GObject would only warn about a value out of range, and ignore it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pythiags.description import Binding, CapsBinding, Description, Problem
from pythiags.errors import TemplateError
from pythiags.gst import GObject, Gst
from pythiags.gst._gst import property_text
from pythiags.gst.registry import class_properties
from pythiags.gst.values import UnfitValue, bound_caps, fit, refusal
from pythiags.redact import MASK, holds_secret, redact
from pythiags.suggest import hint_for

if TYPE_CHECKING:
    from pythiags.gst.registry import PropertyInfo

__all__ = ["UnfitValue", "apply_bindings", "bound_caps", "read_now", "set_now"]

# Flags of a property, from gst/gstparamspecs.h: in which states it may be changed.
_IN_READY, _IN_PAUSED, _IN_PLAYING = 1 << 10, 1 << 11, 1 << 12
_OF_THE_TREE: Final = frozenset({"name", "parent"})
"""GStreamer leaves them as they are, without a word, where an element is in a pipeline."""

_MAY_CHANGE: Final = frozenset({("nvinfer", "interval")})
"""What DeepStream's elements read for each buffer, whatever their flags say."""


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


def set_now(target: Gst.Element | Gst.Pad, name: str, value: object) -> None:
    """Set a property of an element or a pad, in whatever state it is.

    Args:
        target: What has the property.
        name: Of the property.
        value: A value as a description's variable may have it.

    Raises:
        UnfitValue: There is no such property, the value does not fit, or the property cannot be
            changed in this state.
    """
    child, info = _target_of(target, name)
    if info.name in _OF_THE_TREE:
        raise UnfitValue(f"the property '{info.name}' cannot be changed within a pipeline")
    element = target if isinstance(target, Gst.Element) else target.get_parent_element()
    needed = _state_for(child.find_property(info.name).flags)
    factory = element.get_factory().get_name() if element.get_factory() is not None else ""
    if element.current_state > needed and (factory, info.name) not in _MAY_CHANGE:
        raise UnfitValue(
            f"the property '{info.name}' can be changed only while '{element.get_name()}' is "
            f"{needed.value_nick.upper()}; it is {element.current_state.value_nick.upper()}"
        )
    _set(child, info, value)


def read_now(target: Gst.Element | Gst.Pad, name: str) -> str:
    """Return the value of a property of an element or a pad, in GStreamer's text form.

    Secrets are masked.

    Args:
        target: What has the property.
        name: Of the property; of a child as ``sink_0::alpha``.

    Raises:
        UnfitValue: There is no such property, it cannot be read, or its value has no text.
    """
    child, info = _property_of(target, name)
    text = property_text(child, info.name)
    if text is None:
        readable = child.find_property(info.name).flags & GObject.ParamFlags.READABLE
        why = f"its type {info.type_name} has no text form" if readable else "it can only be set"
        raise UnfitValue(f"the property '{info.name}' cannot be read: {why}")
    return MASK if holds_secret(info.name) and text != "NULL" else redact(text)


def _state_for(flags: int) -> Gst.State:
    """The highest state in which a property may be changed; without a flag it is any."""
    if flags & _IN_PLAYING or not flags & (_IN_READY | _IN_PAUSED):
        return Gst.State.PLAYING
    return Gst.State.PAUSED if flags & _IN_PAUSED else Gst.State.READY


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
    target, info = _target_of(element, binding.property)
    if info.construct_only:
        message = f"the property '{info.name}' cannot be a variable"
        raise UnfitValue(message, "write the value itself")
    if isinstance(binding, CapsBinding):
        caps = bound_caps(binding)
        _set(target, info, caps if info.type_name == "GstCaps" else caps.to_string())
    else:
        _set(target, info, binding.value)


def _target_of(owner: Gst.Element | Gst.Pad, path: str) -> tuple[Any, PropertyInfo]:
    """Return the object, an element or a child of it, and its property, which can be set."""
    target, info = _property_of(owner, path)
    if not info.writable:
        raise UnfitValue(f"the property '{info.name}' can only be read")
    return target, info


def _property_of(owner: Gst.Element | Gst.Pad, path: str) -> tuple[Any, PropertyInfo]:
    """Return the object, an element or a child of it, and its property."""
    target: Any = owner
    name = path.rpartition("::")[2]
    if name != path:
        found, target, _ = Gst.ChildProxy.lookup(owner, path)
        if not found:
            raise UnfitValue(f"'{owner.get_name()}' has no child property '{path}'")
    infos = class_properties(target.__gtype__)
    info = infos.get(name)
    if info is None:
        made = owner.get_factory() if isinstance(owner, Gst.Element) else None
        what = made.get_name() if made is not None else owner.get_name()
        raise UnfitValue(f"'{what}' has no property '{name}'", hint_for(name, infos))
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
