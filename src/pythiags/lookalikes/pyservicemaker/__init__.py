"""pyservicemaker, NVIDIA's Service Maker for Python, on the portable elements and their metadata.

Scripts written for it find it by ``import pyservicemaker`` under ``pythiags run``, or once
``pythiags.portable.install()`` was called, where the real one is not installed. Importing it loads
neither GStreamer nor numpy, so that a script may fork first, as NVIDIA's samples do.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any, Final

__all__ = ["MODULES", "make_module", "names_of"]

HOME: Final = "pythiags.lookalikes.pyservicemaker"
_PARTS: Final = {
    "pipeline": "Pipeline",
    "flow": "Flow MediaType RenderMode StreamInfo",
    "sourceconfig": "CameraInfo RecordConfig SensorInfo SmartRecordConfig SourceConfig",
    "probes": "BatchMetadataOperator BufferObserver BufferOperator CommonFactory Probe probe "
    "register_probe",
    "messages": "DynamicSourceMessage EOSMessage PipelineMessage PipelineState RecordingInfo "
    "StateTransitionMessage",
    "buffers": "Buffer BufferProvider BufferRetriever Feeder Receiver",
    "tensors": "ColorFormat Tensor as_tensor",
    "node": "Node",
    "metadata": "BatchMetadata ClassifierMetadata DisplayMetadata FrameMetadata LabelInfo "
    "ObjectMetadata",
    "usermetas": "AnalyticsFrameMeta AnalyticsObjInfo EventMessageUserMetadata "
    "ObjectImageFootLocationUserMetadata ObjectReidUserMetadata ObjectVisibilityUserMetadata "
    "PreprocessBatchUserMetadata SegmentationUserMetadata TensorOutputUserMetadata "
    "TrackerPastFrameUserMetadata UserMetadata",
    "regions": "RoiMetadata",
    "postprocessing": "ObjectDetectorOutputConverter PostProcessing",
    "logs": "get_logger",
    "osd": "Arrow ArrowHead Circle Color EventHandler Font FontFamily Line Mask Rect Text "
    "TextParams",
    "signals": "Emitter SourceManager",
    "monitors": "EngineFileMonitor PerfMonitor",
    "mediainfo": "AudioStreamInfo MediaInfo VideoStreamInfo",
    "media": "FrameSampler MediaChunk MediaExtractor VideoFrame",
}
"""What is where, by the modules of this package."""

_WHERE: Final = {name: part for part, names in _PARTS.items() for name in names.split()}
_UTILS: Final = (*_PARTS["monitors"].split(), *_PARTS["mediainfo"].split())
_BINDING: Final = (*("probes", "messages", "buffers", "tensors", "node", "metadata", "usermetas"),)
_TOP: Final = (
    *("Pipeline", "Flow", "MediaType", "RenderMode", "SourceConfig", "SensorInfo", "CameraInfo"),
    *("RecordConfig", "SmartRecordConfig", "probe", "register_probe", "Probe", "PipelineState"),
    *("StateTransitionMessage", "DynamicSourceMessage", "EOSMessage", "ColorFormat", "Buffer"),
    *("Receiver", "Feeder", "BufferRetriever", "BufferProvider", "BufferObserver"),
    *("BufferOperator", "BatchMetadataOperator", "CommonFactory", "as_tensor", "Tensor"),
)
MODULES: Final[dict[str, tuple[str, ...]]] = {
    "pyservicemaker": _TOP,
    "pyservicemaker.pipeline": ("Pipeline",),
    "pyservicemaker.flow": tuple(_PARTS["flow"].split()),
    "pyservicemaker.source_config": tuple(_PARTS["sourceconfig"].split()),
    "pyservicemaker.probe_registry": ("probe", "register_probe"),
    "pyservicemaker.postprocessing": tuple(_PARTS["postprocessing"].split()),
    "pyservicemaker.logging": ("get_logger",),
    "pyservicemaker.osd": tuple(_PARTS["osd"].split()),
    "pyservicemaker.signal": tuple(_PARTS["signals"].split()),
    "pyservicemaker.utils": (*_UTILS, *_PARTS["media"].split(), *_PARTS["signals"].split()[1:]),
    "pyservicemaker._pydeepstream": tuple(
        name for part in _BINDING for name in _PARTS[part].split()
    ),
    "pyservicemaker._pydeepstream.osd": tuple(_PARTS["osd"].split()),
    "pyservicemaker._pydeepstream.signal": tuple(_PARTS["signals"].split()),
    "pyservicemaker._pydeepstream.utils": _UTILS,
}
"""The modules that a script may import, and the names in each."""

_INNER: Final = {
    "pyservicemaker": ("osd", "postprocessing", "signal", "utils"),
    "pyservicemaker._pydeepstream": ("osd", "signal", "utils"),
}
_LATER: Final = frozenset({"tensors", "media"})
"""Parts that need numpy, and are loaded when a name of theirs is asked for."""


def names_of(module: str) -> list[str]:
    """Return the public names of a module, in alphabetical order."""
    return sorted({*MODULES[module], *_INNER.get(module, ())})


def _value(name: str) -> Any:
    return getattr(importlib.import_module(f"{HOME}.{_WHERE[name]}"), name)


class _Module(ModuleType):
    """A module of pyservicemaker; what needs numpy is loaded when it is asked for."""

    def __getattr__(self, name: str) -> Any:
        spelled = self.__name__
        if name in _INNER.get(spelled, ()):
            found: Any = importlib.import_module(f"{spelled}.{name}")
        elif name in MODULES[spelled]:
            found = _value(name)
        else:
            raise AttributeError(f"module {spelled!r} has no attribute {name!r}")
        setattr(self, name, found)
        return found

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *names_of(self.__name__)})


def make_module(name: str) -> ModuleType:
    """Return a new module of one of the names in ``MODULES``."""
    module = _Module(name, "A look-alike of NVIDIA's: see pythiags.lookalikes.pyservicemaker.")
    module.__path__ = []
    module.__all__ = names_of(name)  # type: ignore[attr-defined]
    if name == "pyservicemaker":
        module.__version__ = "0.0.1"  # type: ignore[attr-defined]
    for each in MODULES[name]:
        if _WHERE[each] not in _LATER:
            setattr(module, each, _value(each))
    return module
