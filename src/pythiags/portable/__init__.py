"""Elements under DeepStream's names that run on a CPU, for where DeepStream is not installed.

They are a GStreamer plugin, `pythiags`, which ``install()`` loads into this process. For other
programs, such as ``gst-launch-1.0``, its folder goes on ``GST_PLUGIN_PATH``: ``plugin_path()``.
Where the registry already has a factory of a name, that one wins: DeepStream's own elements are
never replaced.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pythiags.gst import GLib, Gst, _gst
from pythiags.gst.registry import DEEPSTREAM
from pythiags.lookalikes import finder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pythiags.brokers import Broker
    from pythiags.portable.nvinfer import Engine

__all__ = ["available", "install", "plugin_path", "unavailable"]

PLUGIN = "pythiags"
DECODER: Final = "nvv4l2decoder"

_log = logging.getLogger(__name__)
_lock = threading.Lock()


def available() -> tuple[str, ...]:
    """Return the names of the portable elements, in alphabetical order.

    They are DeepStream's, but for ``dsmetaconvert``, which DeepStream has no need of.
    """
    return tuple(_gst.portable_factories())


def unavailable() -> tuple[str, ...]:
    """Return the names of DeepStream's elements without a portable version, in that order too."""
    return tuple(sorted(DEEPSTREAM.difference(available())))


def plugin_path() -> Path:
    """Return the folder of the plugin, for ``GST_PLUGIN_PATH``."""
    # Beside the compiled core: an editable installation has both in its build folder.
    return Path(_gst.__file__).resolve().parent.parent / "portable"


def install(names: Iterable[str] | None = None) -> list[str]:
    """Load the plugin into this process, where GStreamer lacks an element that it has.

    It may be called again and from any thread.

    Args:
        names: The elements that are wanted; None: all, and ``import pyds`` finds a look-alike where
            the real one is not installed. Names without a portable version are left out, so that
            whoever looks one up gets GStreamer's own answer.

    Returns:
        Those of ``names`` whose element is the portable one, in alphabetical order.

    Raises:
        RuntimeError: GStreamer cannot load the plugin.
    """
    if names is None:
        finder.install()
    known = available()
    wanted = known if names is None else sorted(set(names).intersection(known))
    if not wanted:
        return []
    with _lock:
        _forget_another_installation()
        if DECODER in wanted and Gst.ElementFactory.find(DECODER) is None:
            _load_nvidias_decoder()
        if any(Gst.ElementFactory.find(name) is None for name in wanted):
            _load()
            _log.debug("DeepStream is not installed; portable: %s", ", ".join(_portable(known)))
    return _portable(wanted)


def _load_nvidias_decoder() -> None:
    from pythiags.portable.card import load_decoder

    load_decoder()


def _portable(names: Iterable[str]) -> list[str]:
    factories = ((name, Gst.ElementFactory.find(name)) for name in names)
    return [name for name, found in factories if found and found.get_plugin_name() == PLUGIN]


def _library() -> Path:
    return plugin_path() / "libgstpythiags.so"


def _forget_another_installation() -> None:
    """Take a plugin out of this process's registry that was found on ``GST_PLUGIN_PATH``.

    It belongs to a native core of another version, perhaps.
    """
    registry = Gst.Registry.get()
    other = registry.find_plugin(PLUGIN)
    if other is None or Path(other.get_filename()).resolve() == _library():
        return
    if other.is_loaded():
        _log.warning(
            "the plugin %s is in use instead of this installation's %s",
            other.get_filename(),
            _library(),
        )
    else:
        registry.remove_plugin(other)


def _load() -> None:
    try:
        Gst.Plugin.load_file(str(_library()))
    except GLib.Error as problem:
        raise RuntimeError(f"GStreamer cannot load {_library()}: {problem.message}") from None


def _open_engine(settings: Mapping[str, str]) -> Engine:
    from pythiags.portable.nvinfer import Engine  # with numpy and ONNX Runtime

    return Engine(settings)


def _open_broker(given: Mapping[str, str]) -> Broker:
    from pythiags.brokers import open_broker, read_settings

    return open_broker(read_settings(given))


def _open_maker(given: Mapping[str, str]) -> Any:
    from pythiags.inference import open_maker

    return open_maker(given)


# ONNX Runtime 1.32 and later report usage and keep a database for it below the user's cache, unless
# this is set before they are imported. Worker processes inherit it. A value that is set stays.
TELEMETRY: Final = "ORT_DISABLE_TELEMETRY"
RECORDS_USAGE: Final = "onnxruntime" in sys.modules and TELEMETRY not in os.environ
os.environ.setdefault(TELEMETRY, "1")
_gst.set_infer_engine(_open_engine)
_gst.set_broker_factory(_open_broker)
_gst.set_maker_factory(_open_maker)
