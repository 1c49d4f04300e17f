"""What users need to test their own pythiags code, and carriers of metadata."""

from __future__ import annotations

from pythiags.testing.conformance import Report, check_carrier
from pythiags.testing.facts import FACTS, Fact
from pythiags.testing.scene import Carrier, SceneFrame, SceneLabel, SceneObject

__all__ = [
    "FACTS",
    "Carrier",
    "Fact",
    "Report",
    "SceneFrame",
    "SceneLabel",
    "SceneObject",
    "check_carrier",
]
