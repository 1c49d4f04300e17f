"""CUDA's Python modules without a device: ``cuda.cuda``, ``cuda.cudart``, ``cuda.bindings``.

Every function answers with the error that CUDA has for it, as a real one does where no GPU is.
"""

from __future__ import annotations

import enum
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MODULES", "CUresult", "cudaError_t", "make"]


class CUresult(enum.IntEnum):
    """Results of CUDA's driver."""

    CUDA_SUCCESS = 0
    CUDA_ERROR_INVALID_VALUE = 1
    CUDA_ERROR_NOT_INITIALIZED = 3
    CUDA_ERROR_NO_DEVICE = 100
    CUDA_ERROR_INVALID_DEVICE = 101


class cudaError_t(enum.IntEnum):  # noqa: N801 - CUDA's name
    """Results of CUDA's runtime."""

    cudaSuccess = 0  # noqa: N815
    cudaErrorInvalidValue = 1  # noqa: N815
    cudaErrorInsufficientDriver = 35  # noqa: N815
    cudaErrorNoDevice = 100  # noqa: N815


DRIVER: Final = ("cuda.cuda", "cuda.bindings.driver")
RUNTIME: Final = ("cuda.cudart", "cuda.bindings.runtime")
MODULES: Final = ("cuda", "cuda.bindings", *DRIVER, *RUNTIME)
COUNTS: Final = ("cuDeviceGetCount", "cudaGetDeviceCount")
NOTHING: Final = ("cuInit", "cudaSetDevice", "cudaDeviceSynchronize", "cudaFree", "cuMemFree")


def _function(name: str, result: enum.IntEnum) -> Callable[..., tuple[Any, ...]]:
    def function(*_: Any, **__: Any) -> tuple[Any, ...]:
        if name in NOTHING:
            return (result,)
        return (result, 0 if name in COUNTS else None)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = "Say that there is no device."
    return function


class _Cuda(ModuleType):
    """A module that has any of CUDA's functions."""

    def __getattr__(self, name: str) -> Any:
        if self.__name__ in DRIVER and name.startswith("cu") and not name.startswith("cuda"):
            return _function(name, CUresult.CUDA_ERROR_NO_DEVICE)
        if self.__name__ in RUNTIME and name.startswith("cuda"):
            return _function(name, cudaError_t.cudaErrorNoDevice)
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r} without a device")


def make(name: str) -> ModuleType:
    """Return a new module of one of the names in ``MODULES``."""
    module = _Cuda(name, "CUDA without a device.")
    module.__path__ = []
    if name in DRIVER:
        module.CUresult = CUresult  # type: ignore[attr-defined]
    elif name in RUNTIME:
        module.cudaError_t = cudaError_t  # type: ignore[attr-defined]
    return module
