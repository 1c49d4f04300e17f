"""NVIDIA's card beside the portable elements: its decoder, and ONNX Runtime's provider.

Where there is no card, or the packages of the extra ``gpu`` are not installed, everything runs on
the CPU. What keeps a card from being used is logged once.
"""

from __future__ import annotations

import functools
import logging
from typing import Any, Final

from pythiags import nvidia
from pythiags.errors import MissingDependency
from pythiags.gst import GLib, Gst

__all__ = ["device", "has_card", "load_decoder", "providers", "runs_on_card"]

PLUGIN: Final = "libgstnvvideo4linux2.so"
PROVIDER: Final = "CUDAExecutionProvider"

_log = logging.getLogger(__name__)


@functools.cache
def has_card() -> bool:
    """Return whether there is a card that the libraries of the packages can use."""
    try:
        driver = nvidia.driver()
    except MissingDependency:  # pythiags doctor tells which
        return False
    if driver.is_too_old:
        _log.warning("the card is not used: the driver is too old; pythiags doctor tells more")
    return not driver.is_too_old


@functools.cache
def load_decoder() -> None:
    """Load the plugin of NVIDIA's decoder from its package, where there are one and a card.

    Its elements get no rank: only a pipeline that names the decoder is given it.
    """
    if nvidia.decoder_folder() is None or not has_card():
        return
    try:
        folder = nvidia.load()
        plugin = Gst.Plugin.load_file(str(folder / PLUGIN))
    except (MissingDependency, GLib.Error) as problem:
        _log.warning("video is decoded on the CPU: %s", problem)
        return
    registry = Gst.Registry.get()
    for feature in registry.get_feature_list_by_plugin(plugin.get_name()):
        feature.set_rank(Gst.Rank.NONE)
    _log.info("NVIDIA's decoder is used, from %s", folder)


def providers(onnxruntime: Any) -> list[str]:
    """Return the providers of ``onnxruntime`` that a network is to run on, the best first."""
    cpu = ["CPUExecutionProvider"]
    if PROVIDER not in onnxruntime.get_available_providers() or not has_card():
        return cpu
    try:
        nvidia.load_runtime()
    except MissingDependency as problem:
        _log.warning("networks run on the CPU: %s", problem)
        return cpu
    return [PROVIDER, *cpu]


def device(onnxruntime: Any) -> tuple[str, int] | None:
    """Return where pictures may lie that ``onnxruntime`` takes without a copy, as it has it.

    None: it runs networks on the CPU.
    """
    return ("cuda", 0) if PROVIDER in providers(onnxruntime) else None


def runs_on_card(session: Any) -> bool:
    """Return whether a session of ONNX Runtime that was asked for the card has got it."""
    return PROVIDER in session.get_providers()
