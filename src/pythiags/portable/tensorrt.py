"""TensorRT below ONNX Runtime, for networks whose configuration asks for it."""

from __future__ import annotations

import functools
import logging
import re
from pathlib import Path
from typing import Any, Final

from pythiags import nvidia
from pythiags.errors import MissingDependency
from pythiags.statedir import make_private, state_dir

__all__ = ["PROVIDER", "tensorrt_providers"]

PROVIDER: Final = "TensorrtExecutionProvider"
PROVIDER_LIBRARY: Final = "libonnxruntime_providers_tensorrt.so"
VERSION: Final = re.compile(rb"libnvinfer\.so\.(\d+)")

_log = logging.getLogger("pythiags.nvinfer")


def tensorrt_providers(onnxruntime: Any, gpu_id: int, *, half: bool) -> list[tuple[str, Any]]:
    """Return the provider that comes before CUDA's; none, and a warning, where it cannot be had.

    What TensorRT compiles a network to is kept for the next start.

    Args:
        onnxruntime: The module.
        gpu_id: The number of the card.
        half: Compute in float16 where that is faster.

    Raises:
        ConfigError: There is no place for what is kept.
    """
    if not _has_tensorrt(onnxruntime):
        return []
    folder = state_dir("tensorrt")
    make_private(folder)  # an engine is code
    _log.info("TensorRT builds an engine at a network's first start: minutes; kept in %s", folder)
    options = {
        "device_id": str(gpu_id),
        "trt_fp16_enable": str(half),
        "trt_engine_cache_enable": "True",
        "trt_engine_cache_path": str(folder),
        "trt_timing_cache_enable": "True",
        "trt_timing_cache_path": str(folder),
    }
    return [(PROVIDER, options)]


@functools.cache
def _has_tensorrt(onnxruntime: Any) -> bool:
    try:
        nvidia.load_tensorrt(_version(onnxruntime))
    except MissingDependency as problem:
        _log.warning("networks run with CUDA, and not with TensorRT: %s", problem)
        return False
    return True


def _version(onnxruntime: Any) -> int:
    """Return which TensorRT the provider was built for."""
    library = Path(onnxruntime.__file__).parent / "capi" / PROVIDER_LIBRARY
    named = None
    if PROVIDER in onnxruntime.get_available_providers() and library.is_file():
        named = VERSION.search(library.read_bytes())
    if named is None:
        raise MissingDependency(f"ONNX Runtime {onnxruntime.__version__} has no provider for it")
    return int(named[1])
