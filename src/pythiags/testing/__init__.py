"""What users need to test their own pythiags code, and carriers of metadata."""

from __future__ import annotations

from pythiags.testing.carriers import (
    DeepStream,
    Portable,
    Pyds,
    PydsWritten,
    Regions,
    carriers_here,
)
from pythiags.testing.conformance import Report, check_carrier
from pythiags.testing.facts import FACTS, Fact
from pythiags.testing.scene import Carrier, SceneFrame, SceneLabel, SceneObject

__all__ = [
    "FACTS",
    "Carrier",
    "DeepStream",
    "Fact",
    "Portable",
    "Pyds",
    "PydsWritten",
    "Regions",
    "Report",
    "SceneFrame",
    "SceneLabel",
    "SceneObject",
    "carriers_here",
    "check_carrier",
]
