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
import re
from pathlib import Path
from typing import Any, Final

from pythiags import nvidia
from pythiags.errors import ConfigError, MissingDependency
from pythiags.gst import GLib, Gst

__all__ = ["device", "has_card", "keep_provider", "load_decoder", "providers", "runs_on_card"]

PLUGIN: Final = "libgstnvvideo4linux2.so"
PROVIDER: Final = "CUDAExecutionProvider"
PROVIDER_LIBRARY: Final = "libonnxruntime_providers_cuda.so"

OPTIONS: Final = {"cudnn_conv_algo_search": "HEURISTIC"}
"""Trying all ways to compute each layer takes a second at the start, and finds nothing faster."""

WITHOUT_ENCODER: Final = re.compile(r"\b(A100|A30|A800|[BH][12]00|H20|H800|GH200|GB[23]00)\b")
"""Cards that decode video and have no engine to encode it, by NVIDIA's support matrix."""

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
    can_encode = any(not WITHOUT_ENCODER.search(each.name) for each in nvidia.driver().cards)
    for feature in registry.get_feature_list_by_plugin(plugin.get_name()):
        feature.set_rank(Gst.Rank.NONE)
        if not can_encode and feature.get_name().endswith("enc"):
            registry.remove_feature(feature)  # and the portable one is registered
    if not can_encode:
        _log.info("the card has no encoder: video is encoded on the CPU")
    _log.info("NVIDIA's decoder is used, from %s", folder)


def providers(onnxruntime: Any, gpu_id: int = 0) -> list[Any]:
    """Return the providers of ``onnxruntime`` that a network is to run on, the best first.

    Args:
        onnxruntime: The module.
        gpu_id: The number of the card, where there is one.

    Raises:
        ConfigError: There are cards, and none has the number.
    """
    cpu: list[Any] = ["CPUExecutionProvider"]
    if PROVIDER not in onnxruntime.get_available_providers() or not has_card():
        return cpu
    if not _has_runtime():
        return cpu
    _check(gpu_id)
    return [(PROVIDER, {**OPTIONS, "device_id": str(gpu_id)}), *cpu]


def _check(gpu_id: int) -> None:
    cards = nvidia.driver().cards
    if gpu_id >= len(cards):
        raise ConfigError(
            f"there is no GPU {gpu_id}",
            expected=f"gpu-id of 0 to {len(cards) - 1}" if len(cards) > 1 else "gpu-id=0",
            hint=f"this machine has {', '.join(f'{each.number}: {each.name}' for each in cards)}",
        )


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


def device(onnxruntime: Any, gpu_id: int = 0) -> tuple[str, int] | None:
    """Return where pictures may lie that ``onnxruntime`` takes without a copy, as it has it.

    None: it runs networks on the CPU. See ``providers()`` for the arguments and errors.
    """
    return ("cuda", gpu_id) if len(providers(onnxruntime, gpu_id)) > 1 else None


def runs_on_card(session: Any) -> bool:
    """Return whether a session of ONNX Runtime that was asked for the card has got it."""
    return PROVIDER in session.get_providers()
