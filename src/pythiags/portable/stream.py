"""A stream of an NVIDIA card: work that is done in order, and can be recorded and replayed.

It calls the driver, whose functions keep their arguments from version to version, unlike those of
CUDA's runtime library. Calls do not hold the GIL.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Stream", "open_stream"]

DRIVER: Final = "libcuda.so.1"

_HANDLE, _ADDRESS, _SIZE = ctypes.c_void_p, ctypes.c_uint64, ctypes.c_size_t
_INT, _UINT, _OUT = ctypes.c_int, ctypes.c_uint, ctypes.c_void_p

FUNCTIONS: Final[dict[str, tuple[Any, ...]]] = {
    "cuInit": (_UINT,),
    "cuDeviceGet": (_OUT, _INT),
    "cuDevicePrimaryCtxRetain": (_OUT, _INT),
    "cuDevicePrimaryCtxRelease_v2": (_INT,),
    "cuCtxSetCurrent": (_HANDLE,),
    "cuStreamCreate": (_OUT, _UINT),
    "cuStreamDestroy_v2": (_HANDLE,),
    "cuStreamBeginCapture_v2": (_HANDLE, _INT),
    "cuStreamEndCapture": (_HANDLE, _OUT),
    "cuEventCreate": (_OUT, _UINT),
    "cuEventRecord": (_HANDLE, _HANDLE),
    "cuEventSynchronize": (_HANDLE,),
    "cuEventDestroy_v2": (_HANDLE,),
    "cuMemHostAlloc": (_OUT, _SIZE, _UINT),
    "cuMemFreeHost": (_HANDLE,),
    "cuMemcpyDtoDAsync_v2": (_ADDRESS, _ADDRESS, _SIZE, _HANDLE),
    "cuMemcpyDtoHAsync_v2": (_HANDLE, _ADDRESS, _SIZE, _HANDLE),
    "cuMemsetD8Async": (_ADDRESS, ctypes.c_ubyte, _SIZE, _HANDLE),
    "cuPointerGetAttribute": (_OUT, _INT, _ADDRESS),
    "cuGraphGetNodes": (_HANDLE, _OUT, _OUT),
    "cuGraphNodeGetType": (_HANDLE, _OUT),
    "cuGraphNodeGetDependentNodes": (_HANDLE, _OUT, _OUT),
    "cuGraphDestroyNode": (_HANDLE,),
    "cuGraphMemcpyNodeGetParams": (_HANDLE, _OUT),
    "cuGraphInstantiateWithFlags": (_OUT, _HANDLE, ctypes.c_ulonglong),
    "cuGraphLaunch": (_HANDLE, _HANDLE),
    "cuGraphExecDestroy": (_HANDLE,),
    "cuGraphDestroy": (_HANDLE,),
}
"""Those that are called, and what they take."""

_NON_BLOCKING = 1  # CU_STREAM_NON_BLOCKING: it does not wait for the default stream
_SLEEPS = 1 | 2  # CU_EVENT_BLOCKING_SYNC, CU_EVENT_DISABLE_TIMING
_RELAXED = 2  # CU_STREAM_CAPTURE_MODE_RELAXED: other threads may do all that they do
_MEMORY_TYPE = 2  # CU_POINTER_ATTRIBUTE_MEMORY_TYPE

KERNEL, COPY, FILL, CALL, EMPTY = 0, 1, 2, 3, 5
"""Of CUgraphNodeType."""

HOST, UNIFIED = 1, 4
"""Of CUmemorytype."""

_log = logging.getLogger(__name__)


class _Memcpy3D(ctypes.Structure):
    """CUDA_MEMCPY3D."""

    _fields_ = [
        *((f"source_{each}", _SIZE) for each in ("x", "y", "z", "lod")),
        ("source_type", _INT),
        ("source_host", _ADDRESS),
        ("source_device", _ADDRESS),
        ("source_array", _HANDLE),
        ("reserved_0", _HANDLE),
        *((f"source_{each}", _SIZE) for each in ("pitch", "height")),
        *((f"to_{each}", _SIZE) for each in ("x", "y", "z", "lod")),
        ("to_type", _INT),
        ("to_host", _ADDRESS),
        ("to_device", _ADDRESS),
        ("to_array", _HANDLE),
        ("reserved_1", _HANDLE),
        *((f"to_{each}", _SIZE) for each in ("pitch", "height", "width", "rows", "depth")),
    ]


class Stream:
    """A stream of one card. One thread at a time may use it.

    Args:
        gpu_id: The number of the card.

    Raises:
        RuntimeError: The driver refuses, here or in a method.
        OSError: There is no driver.
    """

    def __init__(self, gpu_id: int) -> None:
        self._cuda = ctypes.CDLL(DRIVER)
        for name, takes in FUNCTIONS.items():
            getattr(self._cuda, name).argtypes = takes
        self._call("cuInit", 0)
        self._device = self._get(_INT, "cuDeviceGet", gpu_id)
        self._context = self._get(_HANDLE, "cuDevicePrimaryCtxRetain", self._device)
        self._arrays: list[int] = []
        self._graph: int | None = None
        self._event: int | None = None
        self.handle: int | None = None
        """As CUDA's functions take it."""
        try:
            self.enter()
            self.handle = self._get(_HANDLE, "cuStreamCreate", _NON_BLOCKING)
            self._event = self._get(_HANDLE, "cuEventCreate", _SLEEPS)
        except RuntimeError:
            self.close()
            raise

    def _call(self, name: str, *arguments: object) -> None:
        result = getattr(self._cuda, name)(*arguments)
        if result:
            raise RuntimeError(f"CUDA failure {result} of {name}")

    def _get(self, kind: Any, name: str, *arguments: object) -> Any:
        value = kind()
        self._call(name, ctypes.byref(value), *arguments)
        return value.value

    def enter(self) -> None:
        """Make this thread one of the card."""
        self._call("cuCtxSetCurrent", self._context)

    def array(self, shape: tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """Return an array that the card writes to, which lives until ``forget()``."""
        count = math.prod(shape)
        size = max(count * np.dtype(dtype).itemsize, 1)
        address = self._get(_HANDLE, "cuMemHostAlloc", size, 0)
        self._arrays.append(address)
        memory = memoryview((ctypes.c_ubyte * size).from_address(address))
        return np.frombuffer(memory, dtype, count).reshape(shape)

    def copy(self, to: int, source: int, size: int) -> None:
        """Copy bytes on the card."""
        self._call("cuMemcpyDtoDAsync_v2", to, source, size, self.handle)

    def fetch(self, to: npt.NDArray[Any], source: int) -> None:
        """Copy an array from the card; it is there after ``wait()``."""
        self._call("cuMemcpyDtoHAsync_v2", to.ctypes.data, source, to.nbytes, self.handle)

    def fill(self, to: int, size: int) -> None:
        """Write zeros on the card."""
        self._call("cuMemsetD8Async", to, 0, size, self.handle)

    def wait(self) -> None:
        """Sleep until all is done."""
        self._call("cuEventRecord", self._event, self.handle)
        self._call("cuEventSynchronize", self._event)

    def record(self, work: Callable[[], None]) -> bool:
        """Record what ``work`` gives this stream to do, instead of doing it.

        Returns:
            Whether all that it reads is on the card. Else it reads memory of the host, which the
            caller must keep as it is.

        Raises:
            RuntimeError: It cannot be recorded, or would read memory that may be gone by then.
        """
        self._call("cuStreamBeginCapture_v2", self.handle, _RELAXED)
        graph = _HANDLE()
        try:
            work()
        finally:  # else the stream is of no use any more
            result = self._cuda.cuStreamEndCapture(self.handle, ctypes.byref(graph))
        if result or not graph.value:
            raise RuntimeError(f"CUDA failure {result} of cuStreamEndCapture")
        try:
            copies = [self._reads_host(node) for node in self._nodes(graph.value)]
            self._graph = self._get(_HANDLE, "cuGraphInstantiateWithFlags", graph.value, 0)
        finally:
            self._call("cuGraphDestroy", graph.value)
        return not any(copies)

    def replay(self) -> None:
        """Do what was recorded, again."""
        self._call("cuGraphLaunch", self._graph, self.handle)

    def forget(self) -> None:
        """Free what was recorded, and the arrays."""
        self.enter()
        graph, self._graph = self._graph, None
        if graph is not None:
            self._call("cuGraphExecDestroy", graph)
        while self._arrays:
            self._call("cuMemFreeHost", self._arrays.pop())

    def _nodes(self, graph: int) -> list[int]:
        count = _SIZE()
        self._call("cuGraphGetNodes", graph, None, ctypes.byref(count))
        nodes = (_HANDLE * count.value)()
        self._call("cuGraphGetNodes", graph, nodes, ctypes.byref(count))
        return list(nodes)

    def _reads_host(self, node: int) -> bool:
        """Tell whether a step reads memory of the host.

        Raises:
            RuntimeError: It is of a kind that cannot be done twice.
        """
        kind = _INT()
        self._call("cuGraphNodeGetType", node, ctypes.byref(kind))
        if kind.value == CALL and self._is_last(node):
            # It would free what steps have read on the host, which is kept for the next time.
            self._call("cuGraphDestroyNode", node)
        elif kind.value not in (KERNEL, COPY, FILL, EMPTY):
            raise RuntimeError(f"a step of the kind {kind.value} cannot be done twice")
        return kind.value == COPY and self._copies_from_host(node)

    def _is_last(self, node: int) -> bool:
        count = _SIZE()
        self._call("cuGraphNodeGetDependentNodes", node, None, ctypes.byref(count))
        return count.value == 0

    def _copies_from_host(self, node: int) -> bool:
        """What is copied from the host must be memory that CUDA knows: any other may be freed."""
        of = _Memcpy3D()
        self._call("cuGraphMemcpyNodeGetParams", node, ctypes.byref(of))
        if of.to_type == HOST:
            raise RuntimeError("a step copies to the host")
        address = {HOST: of.source_host, UNIFIED: of.source_device}.get(of.source_type)
        if address is None:
            return False
        kind = _UINT()
        if self._cuda.cuPointerGetAttribute(ctypes.byref(kind), _MEMORY_TYPE, address):
            raise RuntimeError("a step copies from memory of the host that may be freed")
        return kind.value == HOST

    def close(self) -> None:
        """Give everything back. What a card that fails keeps is logged: its error came before."""
        event, self._event = self._event, None
        handle, self.handle = self.handle, None
        with _told():
            self.forget()
        if event is not None:
            with _told():
                self._call("cuEventDestroy_v2", event)
        if handle is not None:
            with _told():
                self._call("cuStreamDestroy_v2", handle)
        with _told():
            self._call("cuDevicePrimaryCtxRelease_v2", self._device)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except RuntimeError as problem:
        _log.info("the GPU's memory stays taken: %s", problem)


def open_stream(gpu_id: int) -> Stream | None:
    """Return a stream of a card; None, and a line in the log: there is none, as on a full card."""
    try:
        return Stream(gpu_id)
    except (OSError, RuntimeError) as problem:
        _log.info("GPU %d: no stream of work can be made: %s", gpu_id, problem)
        return None
