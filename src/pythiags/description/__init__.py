"""Pipeline text: read, explained with positions, and bound to values; no GStreamer needed."""

from __future__ import annotations

from .allowed import HARMLESS, Allowed
from .description import Description
from .graph import Caps, Element, End, Graph, Link, Pad, Preset, Property, Value
from .launch import Binding, CapsBinding, CapsField, CapsStructure
from .problem import Problem, error_from, render
from .scalars import as_text, is_atom, is_scalar
from .source import Position, Source
from .untrusted import check_untrusted

__all__ = [
    "HARMLESS",
    "Allowed",
    "Binding",
    "Caps",
    "CapsBinding",
    "CapsField",
    "CapsStructure",
    "Description",
    "Element",
    "End",
    "Graph",
    "Link",
    "Pad",
    "Position",
    "Preset",
    "Problem",
    "Property",
    "Source",
    "Value",
    "as_text",
    "check_untrusted",
    "error_from",
    "is_atom",
    "is_scalar",
    "render",
]
