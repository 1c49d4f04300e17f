"""NVIDIA's card beside the portable elements: its decoder, and ONNX Runtime's provider.

Where there is no card, or the packages of the extra ``gpu`` are not installed, everything runs on
the CPU. What keeps a card from being used is logged once.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import logging
import os
from pathlib import Path
from typing import Any, Final

from pythiags import nvidia
from pythiags.errors import MissingDependency
from pythiags.gst import GLib, Gst

__all__ = ["device", "has_card", "keep_provider", "load_decoder", "providers", "runs_on_card"]

PLUGIN: Final = "libgstnvvideo4linux2.so"
PROVIDER: Final = "CUDAExecutionProvider"
PROVIDER_LIBRARY: Final = "libonnxruntime_providers_cuda.so"

OPTIONS: Final = {"cudnn_conv_algo_search": "HEURISTIC"}
"""Trying all ways to compute each layer takes a second at the start, and finds nothing faster."""

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


def providers(onnxruntime: Any) -> list[Any]:
    """Return the providers of ``onnxruntime`` that a network is to run on, the best first."""
    cpu: list[Any] = ["CPUExecutionProvider"]
    if PROVIDER not in onnxruntime.get_available_providers() or not has_card():
        return cpu
    return [(PROVIDER, OPTIONS), *cpu] if _has_runtime() else cpu


@functools.cache
def _has_runtime() -> bool:
    try:
        nvidia.load_runtime()
    except MissingDependency as problem:
        _log.warning("networks run on the CPU: %s", problem)
        return False
    return True


def keep_provider(onnxruntime: Any) -> None:
    """Keep the provider's library in the process once it is there.

    At the end ONNX Runtime takes it out while threads still have to run what it left for their end.
    """
    path = Path(onnxruntime.__file__).parent / "capi" / PROVIDER_LIBRARY
    with contextlib.suppress(OSError):
        ctypes.CDLL(str(path), os.RTLD_NOW | os.RTLD_NOLOAD | os.RTLD_NODELETE)


def device(onnxruntime: Any) -> tuple[str, int] | None:
    """Return where pictures may lie that ``onnxruntime`` takes without a copy, as it has it.

    None: it runs networks on the CPU.
    """
    return ("cuda", 0) if len(providers(onnxruntime)) > 1 else None


def runs_on_card(session: Any) -> bool:
    """Return whether a session of ONNX Runtime that was asked for the card has got it."""
    return PROVIDER in session.get_providers()
