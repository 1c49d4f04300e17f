"""What users need to test their own pythiags code: scenes, cameras, faults, carriers of metadata.

The names are loaded when they are first used: pytest imports this package at its start, for the
plugin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pythiags.lazy import loader

if TYPE_CHECKING:
    from pythiags.testing.batches import make_batch as make_batch
    from pythiags.testing.batches import make_buffer as make_buffer
    from pythiags.testing.batches import synthetic as synthetic
    from pythiags.testing.cameras import Camera as Camera
    from pythiags.testing.cameras import FaultyServer as FaultyServer
    from pythiags.testing.carried import carried_buffers as carried_buffers
    from pythiags.testing.carriers import CARRIERS as CARRIERS
    from pythiags.testing.carriers import Analytics as Analytics
    from pythiags.testing.carriers import DeepStream as DeepStream
    from pythiags.testing.carriers import Portable as Portable
    from pythiags.testing.carriers import Pyds as Pyds
    from pythiags.testing.carriers import PydsWritten as PydsWritten
    from pythiags.testing.carriers import Regions as Regions
    from pythiags.testing.conformance import Report as Report
    from pythiags.testing.conformance import check_carrier as check_carrier
    from pythiags.testing.consumers import Collecting as Collecting
    from pythiags.testing.consumers import Crashing as Crashing
    from pythiags.testing.consumers import Flaky as Flaky
    from pythiags.testing.consumers import Slow as Slow
    from pythiags.testing.facts import FACTS as FACTS
    from pythiags.testing.facts import Fact as Fact
    from pythiags.testing.golden import check_golden as check_golden
    from pythiags.testing.leaks import LeakReport as LeakReport
    from pythiags.testing.leaks import check_leaks as check_leaks
    from pythiags.testing.leaks import live_objects as live_objects
    from pythiags.testing.leaks import nothing_left as nothing_left
    from pythiags.testing.scene import Carrier as Carrier
    from pythiags.testing.scene import SceneFrame as SceneFrame
    from pythiags.testing.scene import SceneLabel as SceneLabel
    from pythiags.testing.scene import SceneObject as SceneObject
    from pythiags.testing.schedules import Fault as Fault
    from pythiags.testing.schedules import FaultSchedule as FaultSchedule
    from pythiags.testing.scripts import END as END
    from pythiags.testing.scripts import Stall as Stall
    from pythiags.testing.scripts import script as script

_HOMES: Final = {
    "Analytics": "pythiags.testing.carriers",
    "CARRIERS": "pythiags.testing.carriers",
    "Camera": "pythiags.testing.cameras",
    "Carrier": "pythiags.testing.scene",
    "Collecting": "pythiags.testing.consumers",
    "Crashing": "pythiags.testing.consumers",
    "DeepStream": "pythiags.testing.carriers",
    "END": "pythiags.testing.scripts",
    "FACTS": "pythiags.testing.facts",
    "Fact": "pythiags.testing.facts",
    "Fault": "pythiags.testing.schedules",
    "FaultSchedule": "pythiags.testing.schedules",
    "FaultyServer": "pythiags.testing.cameras",
    "Flaky": "pythiags.testing.consumers",
    "LeakReport": "pythiags.testing.leaks",
    "Portable": "pythiags.testing.carriers",
    "Pyds": "pythiags.testing.carriers",
    "PydsWritten": "pythiags.testing.carriers",
    "Regions": "pythiags.testing.carriers",
    "Report": "pythiags.testing.conformance",
    "SceneFrame": "pythiags.testing.scene",
    "SceneLabel": "pythiags.testing.scene",
    "SceneObject": "pythiags.testing.scene",
    "Slow": "pythiags.testing.consumers",
    "Stall": "pythiags.testing.scripts",
    "carried_buffers": "pythiags.testing.carried",
    "check_carrier": "pythiags.testing.conformance",
    "check_golden": "pythiags.testing.golden",
    "check_leaks": "pythiags.testing.leaks",
    "live_objects": "pythiags.testing.leaks",
    "make_batch": "pythiags.testing.batches",
    "make_buffer": "pythiags.testing.batches",
    "nothing_left": "pythiags.testing.leaks",
    "script": "pythiags.testing.scripts",
    "synthetic": "pythiags.testing.batches",
}

__all__ = list(_HOMES)
if not TYPE_CHECKING:  # which would take any name for one that is there
    __getattr__ = loader(__name__, _HOMES)
