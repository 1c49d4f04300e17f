"""Pipeline text: read, explained with positions, and bound to values; no GStreamer needed."""

from __future__ import annotations

from .description import Description
from .graph import Caps, Element, End, Graph, Link, Pad, Preset, Property, Value
from .launch import Binding, CapsBinding, CapsField, CapsStructure
from .problem import Problem, error_from, render
from .scalars import as_text, is_atom, is_scalar
from .source import Position, Source

__all__ = [
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
    "error_from",
    "is_atom",
    "is_scalar",
    "render",
]
